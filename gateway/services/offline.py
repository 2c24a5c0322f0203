"""Judging a document without the registry: as if it were the first list of its stream."""

from datetime import datetime

from msgspec import Struct

from gateway.domain import acceptance
from gateway.domain.acknowledgements import Reason
from gateway.domain.canonical import list_digest
from gateway.domain.decisions import AcceptedState, Apply, Incoming, Repeat
from gateway.domain.documents import SignerIdentity, Unverified
from gateway.domain.identifiers import Checks
from gateway.domain.lists import ListHeader, StatusList
from gateway.domain.profiles import PartnerProfile
from gateway.domain.state_change import NOTHING, lay_over
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
    root: str
    """Computed here (STA-4)."""
    operators: int
    """Counted here."""


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
    return Examined(
        accepted=isinstance(decision, Apply),
        reasons=() if isinstance(decision, Repeat) else decision.reasons,
        unusable=tuple(decision.unusable.values()) if isinstance(decision, Apply) else (),
        header=status_list.header,
        list_digest=incoming.list_digest,
        document_digest=incoming.document_digest,
        signer=verified.signer,
        signed_at=verified.signed_at,
        root=change.root,
        operators=change.quantity,
    )
