from datetime import UTC, datetime, timedelta

import pytest

from gateway.domain.decisions import AcceptedHead
from gateway.domain.lists import ListHeader, ListKind
from gateway.domain.stream_health import StreamHealth, health_of
from tests.fakes.home import make_agreement

ISSUED = datetime(2026, 3, 2, 8, tzinfo=UTC)
PERIOD = timedelta(hours=24)
SECOND = timedelta(seconds=1)
AGREEMENT = make_agreement(period=PERIOD)
HEAD = AcceptedHead(
    header=ListHeader(
        version=1,
        list_id="XB-1",
        kind=ListKind.FULL,
        issuer="XB",
        recipient="XA",
        agreement="XA-XB",
        test=False,
        epoch=1,
        sequence=1,
        issued_at=ISSUED,
        next_update_at=ISSUED + PERIOD,
        state_root="00" * 32,
        quantity=0,
    ),
    list_digest="11" * 32,
    received_at=ISSUED + timedelta(hours=20),
    signer="22" * 32,
    grounds=(),
)

CASES = {
    "just issued": (timedelta(0), StreamHealth.ON_TIME),
    "one period of silence": (PERIOD, StreamHealth.ON_TIME),
    "a second more than one period": (PERIOD + SECOND, StreamHealth.LATE),
    "two periods of silence": (2 * PERIOD, StreamHealth.LATE),
    "a second more than two periods": (2 * PERIOD + SECOND, StreamHealth.OVERDUE),
}


def health(
    *, head: AcceptedHead | None = HEAD, after: timedelta = timedelta(0), **is_: bool
) -> StreamHealth:
    flags = {"is_enabled": True, "is_held": False} | is_
    return health_of(head, AGREEMENT, now=ISSUED + after, **flags)


@pytest.mark.parametrize(("after", "expected"), CASES.values(), ids=CASES)
def test_syn_6_silence_is_measured_in_periods_of_the_agreement(
    after: timedelta, expected: StreamHealth
) -> None:
    assert health(after=after) is expected


def test_syn_6_stream_without_any_list_has_never_run() -> None:
    assert health(head=None) is StreamHealth.NEVER_RUN


def test_syn_6_held_stream_waits_for_an_officer_whatever_its_age() -> None:
    assert health(is_held=True, after=9 * PERIOD) is StreamHealth.HELD
    assert health(is_held=True, head=None) is StreamHealth.HELD


def test_syn_6_disabled_stream_is_paused_and_never_late() -> None:
    assert health(is_enabled=False, after=9 * PERIOD) is StreamHealth.PAUSED
    assert health(is_enabled=False, is_held=True) is StreamHealth.PAUSED
