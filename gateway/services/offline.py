"""Judging a document without the registry: as if it were the first list of its stream."""

from datetime import datetime
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from gateway.domain import acceptance
from gateway.domain.acknowledgements import Reason
from gateway.domain.canonical import list_digest
from gateway.domain.decisions import UNJUDGED, AcceptedState, Apply, Incoming, Repeat
from gateway.domain.documents import SignerIdentity, Unverified, Verified
from gateway.domain.identifiers import Checks
from gateway.domain.lists import ListHeader, ListKind, StatusList
from gateway.domain.profiles import PartnerProfile
from gateway.domain.state_change import NOTHING, lay_over
from gateway.domain.usability import marks_after, misplaced
from gateway.ports.feed import Opener
from gateway.services.judging import list_anchors


class Examined(Struct, frozen=True, kw_only=True):
    """What a document is, once its signature was believed."""

    accepted: bool
    """Whether the rules that need no earlier list let it pass."""
    reasons: tuple[Reason, ...]
    """Why not."""
    unusable: tuple[Reason, ...]
    """Operators that never grant (ACC-10)."""
    header: ListHeader
    list_digest: str
    document_digest: str
    signer: SignerIdentity
    signed_at: datetime | None
    root: str | None
    """Computed here (STA-4); none for a DELTA, whose root rests on the list before."""
    operators: int
    """Counted here; of a DELTA, those that it names."""


def examine(
    profile: PartnerProfile, document: Unverified, *, opener: Opener, checks: Checks, at: datetime
) -> Examined:
    """Verify a document against a partner's profile as of a moment of receipt; nothing is stored.

    Raises:
        DocumentError: It is no list, or not of this partner's stream.
        TrustError: It is not proven to come from the partner.
        ConfigError: The profile cannot be used.
    """
    anchors = list_anchors(profile)
    verified = opener.open(document, anchors, profile.limits, at)
    status_list: StatusList = opener.decode(verified, anchors, profile.limits)
    acceptance.require_stream(status_list.header, profile.receives)
    incoming = Incoming(
        list=status_list,
        list_digest=list_digest(status_list.header),
        document_digest=document.digest,
        received_at=at,
        signer=verified.signer.fingerprint,
    )
    if status_list.header.kind is ListKind.DELTA:
        return _examine_changes(profile, incoming, verified, checks=checks, at=at)
    nothing_before = AcceptedState(
        stream=profile.receives, head=None, seen=None, seen_previous=None
    )
    decision = acceptance.decide(
        nothing_before,
        incoming,
        agreement=profile.agreement,
        limits=profile.limits,
        now=at,
        checks=checks,
    )
    change = lay_over(NOTHING, status_list)
    return _examined(
        incoming,
        verified,
        reasons=() if isinstance(decision, Apply | Repeat) else decision.reasons,
        unusable=tuple(decision.unusable.values()) if isinstance(decision, Apply) else (),
        root=change.root,
        operators=change.quantity,
    )


def _examine_changes(
    profile: PartnerProfile,
    incoming: Incoming,
    verified: Verified[Any],
    *,
    checks: Checks,
    at: datetime,
) -> Examined:
    """Examine a DELTA as far as it speaks for itself: it has a root only over the list before."""
    header, changes = incoming.list.header, incoming.list.changes
    listed = [change.listed for change in changes if change.listed is not None]
    as_full = StatusList(replace(header, kind=ListKind.FULL), listed)
    marks = marks_after(
        UNJUDGED,
        lay_over(NOTHING, as_full),
        lambda _: (),
        agreement=profile.agreement,
        issued_at=header.issued_at,
        checks=checks,
    )
    problems = acceptance.time_problems(None, header, profile.agreement, profile.limits, at)
    return _examined(
        incoming,
        verified,
        reasons=(*problems, *misplaced(incoming.list.ids)),
        unusable=tuple(marks.values()),
        root=None,
        operators=len(changes),
    )


def _examined(
    incoming: Incoming,
    verified: Verified[Any],
    *,
    reasons: tuple[Reason, ...],
    unusable: tuple[Reason, ...],
    root: str | None,
    operators: int,
) -> Examined:
    return Examined(
        accepted=not reasons,
        reasons=reasons,
        unusable=unusable,
        header=incoming.list.header,
        list_digest=incoming.list_digest,
        document_digest=incoming.document_digest,
        signer=verified.signer,
        signed_at=verified.signed_at,
        root=root,
        operators=operators,
    )
