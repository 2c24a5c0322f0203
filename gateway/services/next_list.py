"""The header of a list to be issued, and what is kept so that the next one can follow it."""

from collections.abc import Mapping
from datetime import datetime

from msgspec import Struct

from gateway.domain.canonical import list_digest
from gateway.domain.lists import SCHEMA_VERSION, ListHeader, ListKind
from gateway.domain.profiles import PartnerProfile
from gateway.domain.publishing import (
    Cause,
    Due,
    Footing,
    IssuedState,
    is_needed_by_partner,
    rules_digest,
)
from gateway.ports.issuing import Transition
from gateway.services.partner_view import Difference


class Basis(Struct, frozen=True, kw_only=True):
    """What a list is made from."""

    footing: Footing
    """How the stream stood before it."""
    change: int
    """The home programme's last change that it tells of."""
    difference: Difference


def next_header(profile: PartnerProfile, basis: Basis, due: Due, now: datetime) -> ListHeader:
    """Return the header of the next list of a stream."""
    stream, newest = profile.sends, basis.footing.newest
    follows, previous = _follows(basis.footing)
    # From 1, plus one each, never reused: the store refuses a sequence that exists (SEQ-1).
    sequence = follows + 1
    kind = "T" if stream.test else "P"
    # A list is never issued before the one that it follows.
    issued_at = now if newest is None else max(now, newest.issued_at)
    return ListHeader(
        version=SCHEMA_VERSION,
        list_id=f"{stream.agreement}-{stream.issuer}-{kind}{stream.epoch}-{sequence}",
        kind=due.kind,
        issuer=stream.issuer,
        recipient=stream.recipient,
        agreement=stream.agreement,
        test=stream.test,
        epoch=stream.epoch,
        sequence=sequence,
        previous_digest=previous,
        issued_at=issued_at,
        next_update_at=issued_at + profile.agreement.period,
        state_root=basis.difference.root,
        quantity=basis.difference.quantity,
    )


def make_transition(
    profile: PartnerProfile, basis: Basis, due: Due, header: ListHeader, signer: str
) -> Transition:
    """Return what is kept with a list, so that the next one is computed from it."""
    before, difference = basis.footing.state, basis.difference
    is_full = header.kind is ListKind.FULL
    needed = is_needed_by_partner(due.cause)
    unknown = basis.footing.unknown
    return Transition(
        state=IssuedState(
            sequence=header.sequence,
            change=basis.change,
            rules=rules_digest(profile.agreement.disclosure),
            signer=signer,
            full_sequence=header.sequence if is_full or not before else before.full_sequence,
            full_issued_at=header.issued_at if is_full or not before else before.full_issued_at,
            asked_at=header.issued_at if needed else before.asked_at if before else None,
            settled=max(before.settled if before else 0, unknown.sequence if unknown else 0),
        ),
        cause=due.cause,
        follows=header.sequence - 1,
        members=difference.members,
        buckets=difference.buckets,
        alarm=_alarm(basis.footing, due),
    )


def _follows(footing: Footing) -> tuple[int, str | None]:
    """Return sequence and digest of the list that the next one names as the one before it."""
    newest, unknown = footing.newest, footing.unknown
    # PUB-6: the stream goes on from what the partner has
    if unknown is not None and (newest is None or unknown.sequence >= newest.sequence):
        return unknown.sequence, unknown.list_digest
    if newest is None:
        return 0, None
    # Sequence - 1 as issued, whatever became of it (SEQ-2).
    return newest.sequence, list_digest(newest)


def _alarm(footing: Footing, due: Due) -> tuple[str, Mapping[str, str]] | None:
    newest, unknown = footing.newest, footing.unknown
    if due.cause is not Cause.RESTORED or unknown is None:
        return None
    return "alarm.restored", {
        "acknowledged": str(unknown.sequence),
        "list_digest": unknown.list_digest,
        "newest": str(newest.sequence if newest else 0),
    }
