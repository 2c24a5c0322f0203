from datetime import UTC, datetime

import pytest

from gateway.domain.deliveries import (
    FIRST_RETRY,
    LONGEST_RETRY,
    REFUSALS_UNTIL_DEAD,
    Kind,
    Movement,
    Transmission,
    failure_of,
    retry_after,
)
from gateway.domain.errors import NotFoundError, TransportError
from gateway.domain.lists import Stream
from gateway.domain.transport_faults import TransportFault

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)
FROM_XB = Stream(issuer="XB", recipient="XA", agreement="XA-XB", test=False, epoch=1)
FROM_XA = Stream(issuer="XA", recipient="XB", agreement="XA-XB", test=False, epoch=1)


def test_syn_3_pauses_between_deliveries_double_up_to_an_hour() -> None:
    pauses = [retry_after(attempts) for attempts in (0, 1, 2, 30)]
    assert pauses == [FIRST_RETRY, FIRST_RETRY * 2, FIRST_RETRY * 4, LONGEST_RETRY]


def test_acc_15_partner_that_cannot_be_reached_is_tried_for_ever() -> None:
    failure = failure_of(
        TransportError("connection refused", TransportFault.UNREACHABLE), attempts=100_000, now=NOW
    )
    assert failure.next_attempt_at == NOW + LONGEST_RETRY


def test_acc_15_refusal_that_does_not_pass_is_dead_after_so_many_attempts() -> None:
    refused = NotFoundError("no such stream")
    last = REFUSALS_UNTIL_DEAD - 1
    assert failure_of(refused, attempts=last - 1, now=NOW).next_attempt_at is not None
    dead = failure_of(refused, attempts=last, now=NOW)
    assert (dead.next_attempt_at, dead.code, dead.why) == (None, "NOT_FOUND", "no such stream")


ENDS = {
    "list that we fetched": (FROM_XB, Kind.LIST, Movement.FETCHED),
    "list that was brought to us": (FROM_XB, Kind.LIST, Movement.RECEIVED),
    "our answer": (FROM_XB, Kind.ACKNOWLEDGEMENT, Movement.SENT),
    "list that was fetched from us": (FROM_XA, Kind.LIST, Movement.SERVED),
    "list that we brought": (FROM_XA, Kind.LIST, Movement.SENT),
    "answer to our list": (FROM_XA, Kind.ACKNOWLEDGEMENT, Movement.RECEIVED),
}


@pytest.mark.parametrize(("stream", "kind", "movement"), ENDS.values(), ids=ENDS)
def test_partner_is_at_the_other_end(stream: Stream, kind: Kind, movement: Movement) -> None:
    transmission = Transmission(
        stream=stream, kind=kind, movement=movement, sequence=1, digest=None, size=0, at=NOW
    )
    assert transmission.partner == "XB"
