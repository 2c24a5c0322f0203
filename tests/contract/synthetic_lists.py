"""Synthetic lists between two administrations that do not exist, for the suites of the store."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from msgspec import structs

from gateway.domain.acknowledgements import (
    Acknowledgement,
    Outcome,
    Reason,
    SealedAcknowledgement,
)
from gateway.domain.canonical import list_digest, list_operator
from gateway.domain.decisions import (
    AcceptedState,
    Apply,
    Decision,
    Hold,
    Incoming,
    Refuse,
    Repeat,
)
from gateway.domain.lists import ListedOperator, ListHeader, ListKind, StatusList, Stream
from gateway.domain.operators import Authorisation, Name, Operator, Status, StatusCode
from gateway.domain.parties import Actor, Role
from gateway.domain.state_change import NOTHING, lay_over

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
GATEWAY = Actor(name="gateway", role=Role.GATEWAY)
STREAM = Stream(issuer="XB", recipient="XA", agreement="XA-XB", test=False, epoch=1)
OTHER_STREAM = Stream(issuer="XC", recipient="XA", agreement="XA-XC", test=False, epoch=1)
SIGNER = "ab" * 32


def operator(number: int, *, status: StatusCode = StatusCode.ACTIVE) -> ListedOperator:
    return list_operator(
        Operator(
            id=f"XBAEO{number:08d}",
            names=(Name(text=f"Synthetic Trader {number}"),),
            authorisations=(
                Authorisation(
                    id=f"A-{number}",
                    category="TYPE-1",
                    programme="XB-AEO",
                    issuing_office="XB001",
                    effective_at=datetime(2025, 1, 1, tzinfo=UTC),
                    status=Status(code=status, effective_at=datetime(2025, 1, 1, tzinfo=UTC)),
                ),
            ),
        )
    )


def operators(*numbers: int) -> list[ListedOperator]:
    return [operator(number) for number in numbers]


def incoming(
    sequence: int,
    listed: Sequence[ListedOperator] = (),
    *,
    stream: Stream = STREAM,
    received_at: datetime | None = None,
    document: str = "",
    root: str = "00" * 32,
) -> Incoming:
    moment = NOW + timedelta(hours=sequence) if received_at is None else received_at
    header = ListHeader(
        version=1,
        list_id=f"{stream.issuer}-{sequence}",
        kind=ListKind.FULL,
        issuer=stream.issuer,
        recipient=stream.recipient,
        agreement=stream.agreement,
        test=stream.test,
        epoch=stream.epoch,
        sequence=sequence,
        previous_digest=None if sequence == 1 else "ef" * 32,
        issued_at=NOW + timedelta(hours=sequence),
        next_update_at=NOW + timedelta(hours=sequence + 24),
        state_root=root,
        quantity=len(listed),
    )
    digest = list_digest(header)
    return Incoming(
        list=StatusList(header=header, operators=listed),
        list_digest=digest,
        document_digest=sha256(f"{digest}{document}".encode()).hexdigest(),
        received_at=moment,
        signer=SIGNER,
    )


NO_CHANGE = lay_over(NOTHING, incoming(1).list)


def apply(
    unusable: Mapping[str, Reason] | None = None,
) -> Callable[[AcceptedState], Decision]:
    """Apply whatever comes; `laid_by` puts in what it changes."""
    return lambda _: Apply(unusable=unusable or {}, change=NO_CHANGE, rulebook="rules")


def laid_by(
    received: Incoming, decide: Callable[[AcceptedState], Decision]
) -> Callable[[AcceptedState], Decision]:
    """Decide as `decide` does, over what the list really changes."""

    def decided(state: AcceptedState) -> Decision:
        decision = decide(state)
        if not isinstance(decision, Apply):
            return decision
        return structs.replace(decision, change=lay_over(state.base, received.list))

    return decided


def revise(
    before: Acknowledgement, outcome: Outcome, applied: ListHeader | None
) -> SealedAcknowledgement:
    """Answer anew as a real revision does, with bytes that stand for a signed document."""
    answer = structs.replace(
        before,
        outcome=outcome,
        revision=before.revision + 1,
        applied_sequence=applied.sequence if applied else None,
        applied_root=applied.state_root if applied else None,
    )
    return SealedAcknowledgement(
        acknowledgement=answer, document=f"revised {answer.sequence} {answer.revision}".encode()
    )


def refuse(
    code: str = "ROLLBACK", *, transient: bool = False
) -> Callable[[AcceptedState], Decision]:
    reasons = (Reason(code=code, text="refused for the test"),)
    return lambda _: Refuse(reasons=reasons, transient=transient)


def hold(state: AcceptedState) -> Decision:
    del state
    return Hold(
        reasons=(Reason(code="EQUIVOCATION", text="held for the test"),), alarms=("EQUIVOCATION",)
    )


def repeat(state: AcceptedState) -> Decision:
    assert state.seen is not None
    return Repeat(seen=state.seen)


def conclude(
    received: Incoming,
) -> Callable[[AcceptedState, Apply | Hold | Refuse], SealedAcknowledgement]:
    """Answer as a real conclusion does, with bytes that stand for a signed document."""

    def sealed(state: AcceptedState, decision: Apply | Hold | Refuse) -> SealedAcknowledgement:
        header = received.list.header
        again = state.seen is not None and state.seen.list_digest == received.list_digest
        revision = (
            state.seen.acknowledgement.acknowledgement.revision if again and state.seen else 0
        )
        return acknowledgement(
            header.sequence,
            outcome=_outcome(decision),
            stream=header.stream,
            revision=revision + 1,
            digest=received.list_digest,
            reasons=decision.reasons,
            at=received.received_at,
        )

    return sealed


def acknowledgement(
    sequence: int,
    *,
    outcome: Outcome = Outcome.APPLIED,
    stream: Stream = STREAM,
    revision: int = 1,
    digest: str = "cd" * 32,
    reasons: tuple[Reason, ...] = (),
    at: datetime = NOW,
    applied: tuple[int, str] | None = None,
) -> SealedAcknowledgement:
    answer = Acknowledgement(
        acknowledgement_id=f"ack-{sequence}-{revision}",
        stream=stream,
        sequence=sequence,
        list_digest=digest,
        outcome=outcome,
        revision=revision,
        applied_sequence=applied and applied[0],
        applied_root=applied and applied[1],
        acknowledged_at=at,
        reasons=reasons,
    )
    return SealedAcknowledgement(
        acknowledgement=answer, document=f"signed {stream} {sequence} {digest} {revision}".encode()
    )


def _outcome(decision: Apply | Hold | Refuse) -> Outcome:
    match decision:
        case Apply():
            return Outcome.APPLIED
        case Hold():
            return Outcome.HELD
        case Refuse():
            return Outcome.REFUSED
