"""A stream with sequence 4 accepted, and a good list 5 that tests bend until it is not accepted."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from msgspec import structs

from gateway.domain.acceptance import decide
from gateway.domain.acknowledgements import Acknowledgement, Outcome, Reason, SealedAcknowledgement
from gateway.domain.agreements import (
    Agreement,
    Direction,
    Disclosure,
    IdentifierScheme,
    Interval,
    Lifecycle,
    Rules,
)
from gateway.domain.canonical import list_digest
from gateway.domain.decisions import (
    AcceptedHead,
    AcceptedState,
    Apply,
    Decision,
    Hold,
    Incoming,
    Refuse,
    SeenList,
)
from gateway.domain.grounds import Ground
from gateway.domain.lists import ListedOperator, ListHeader, StatusList
from gateway.domain.profiles import Limits
from gateway.domain.state import state_root
from tests.fakes.headers import header
from tests.fakes.operators import listed

NOW = datetime(2026, 11, 1, 12, 5, tzinfo=UTC)
ISSUED = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)
START = datetime(2020, 1, 1, tzinfo=UTC)
SCHEME = IdentifierScheme(name="XA-TIN", pattern="XA[0-9]{10}")
RULES = Rules(
    interval=Interval(effective_at=START),
    programme="XA-AEO",
    types=("AEOS",),
    directions=(Direction.IMPORT,),
    measures=(),
    schemes=(SCHEME,),
)
AGREEMENT = Agreement(
    id="XH-XA",
    home="XH",
    partner="XA",
    partner_name="Xaland",
    state=Lifecycle.IN_FORCE,
    rules=(RULES,),
    territory=("XA", "XB"),
    period=DAY,
    grace=DAY,
    max_age=10 * DAY,
    max_next_update=3 * DAY,
    disclosure=Disclosure(types=(), fields=()),
)
OPERATORS = listed("XA0000000001", "XA0000000002", "XA0000000003")
ACCEPTED = header(
    sequence=4,
    listId="XA-XH-4",
    previousDigest="03" * 32,
    issuedAt="2026-10-31T12:00:00Z",
    nextUpdateAt="2026-11-02T12:00:00Z",
)
ACCEPTED_DIGEST = list_digest(ACCEPTED)


def head(accepted: ListHeader = ACCEPTED) -> AcceptedHead:
    """Return an accepted list."""
    return AcceptedHead(
        header=accepted,
        list_digest=list_digest(accepted),
        received_at=accepted.issued_at,
        signer="aa" * 32,
        grounds=(Ground("aa" * 32, accepted.issued_at),),
    )


def seen(of: ListHeader, outcome: Outcome, *, digest: str | None = None) -> SeenList:
    """Return a list as it was seen, with what was answered."""
    answer = Acknowledgement(
        acknowledgement_id=f"ack-{of.sequence}",
        stream=of.stream,
        sequence=of.sequence,
        list_digest=digest or list_digest(of),
        outcome=outcome,
        revision=1,
        acknowledged_at=of.issued_at,
    )
    return SeenList(
        sequence=of.sequence,
        list_digest=digest or list_digest(of),
        acknowledgement=SealedAcknowledgement(acknowledgement=answer, document=b"sealed"),
        transient=False,
    )


def state(**changes: Any) -> AcceptedState:  # noqa: ANN401 - any field
    """Return the state in which sequence 4 is accepted."""
    accepted = AcceptedState(
        stream=ACCEPTED.stream,
        head=head(),
        seen=None,
        seen_previous=seen(ACCEPTED, Outcome.APPLIED),
    )
    return structs.replace(accepted, **changes)


def first() -> AcceptedState:
    """Return the state of a stream in which nothing was accepted or seen."""
    return state(head=None, seen_previous=None)


def offered(
    operators: Sequence[ListedOperator] = OPERATORS,
    **changes: Any,  # noqa: ANN401 - fields of the header
) -> Incoming:
    """Return the good FULL list 5 that follows; `changes` are made before it is signed."""
    fields = {
        "previousDigest": ACCEPTED_DIGEST,
        "stateRoot": state_root(operators),
        "quantity": len(operators),
    } | changes
    return incoming(header(**fields), operators)


def incoming(of: ListHeader, operators: Sequence[ListedOperator] = OPERATORS) -> Incoming:
    """Return a list as it comes, with what is computed here."""
    return Incoming(
        list=StatusList(header=of, operators=operators),
        list_digest=list_digest(of),
        document_digest="dd" * 32,
        received_at=NOW,
        signer="aa" * 32,
    )


def judge(
    of: AcceptedState,
    offer: Incoming,
    *,
    agreement: Agreement = AGREEMENT,
    limits: Limits | None = None,
    now: datetime = NOW,
    checks: Mapping[str, Callable[[str], bool]] | None = None,
) -> Decision:
    """Decide, in the small world of this module."""
    return decide(
        of, offer, agreement=agreement, limits=limits or Limits(), now=now, checks=checks or {}
    )


def refusal(decision: Decision) -> Refuse:
    """Return the decision, which is a refusal."""
    assert isinstance(decision, Refuse)
    return decision


def hold(decision: Decision) -> Hold:
    """Return the decision, which is a hold."""
    assert isinstance(decision, Hold)
    return decision


def application(decision: Decision) -> Apply:
    """Return the decision, which is to apply."""
    assert isinstance(decision, Apply)
    return decision


def told(reasons: Sequence[Reason]) -> list[tuple[str, str | None]]:
    """Return codes and pointers of reasons."""
    return [(reason.code, reason.pointer) for reason in reasons]
