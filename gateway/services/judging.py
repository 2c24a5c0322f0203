"""Judging a verified list: decode it against what is known, decide, answer, all in one step.

The steps that need no evidence and no retry: `receiving` adds those.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from msgspec import structs

from gateway.domain import acceptance
from gateway.domain.acknowledgements import (
    Acknowledgement,
    Outcome,
    Reason,
    SealedAcknowledgement,
)
from gateway.domain.canonical import list_digest
from gateway.domain.decisions import (
    NOTHING_KNOWN,
    AcceptedState,
    Apply,
    Decision,
    Hold,
    Incoming,
    Known,
    Refuse,
    Repeat,
)
from gateway.domain.documents import Unverified, Verified
from gateway.domain.errors import UnknownSignerError
from gateway.domain.identifiers import Checks
from gateway.domain.lists import ListHeader, StatusList, Stream
from gateway.domain.members import Record
from gateway.domain.parties import Actor
from gateway.domain.profiles import FeedKind, KeyUse, PartnerProfile, TrustAnchors
from gateway.ports.feed import Feed
from gateway.ports.leases import Lease
from gateway.ports.registry import Accepted, Registry, Revise
from gateway.services.sealing import sealer_for

OUTCOMES: Final = {Apply: Outcome.APPLIED, Hold: Outcome.HELD, Refuse: Outcome.REFUSED}


def list_anchors(profile: PartnerProfile) -> TrustAnchors:
    """Return the certificates that may sign this partner's lists.

    Raises:
        UnknownSignerError: None is registered.
    """
    return _anchors(profile, KeyUse.LISTS)


def acknowledgement_anchors(profile: PartnerProfile) -> TrustAnchors:
    """Return the certificates that may sign this partner's acknowledgements.

    Raises:
        UnknownSignerError: None is registered.
    """
    return _anchors(profile, KeyUse.ACKNOWLEDGEMENTS)


def _anchors(profile: PartnerProfile, use: KeyUse) -> TrustAnchors:
    anchors = profile.anchors(use)
    if anchors is None:
        message = f"no certificate of {profile.partner} is registered for {use}"
        raise UnknownSignerError(message, context={"partner": profile.partner, "use": use})
    return anchors


class Bench:
    """Judges the lists of all partners."""

    def __init__(
        self, *, registry: Registry, feeds: Mapping[FeedKind, Feed], checks: Checks
    ) -> None:
        self._registry = registry
        self._feeds = feeds
        self._checks = checks

    def decode(
        self,
        profile: PartnerProfile,
        document: Unverified,
        verified: Verified[Any],
        *,
        now: datetime,
    ) -> Incoming:
        """Decode a verified list of the partner's stream.

        Raises:
            DocumentError: It is no list, or not of this stream.
            TrustError: Its signer was not to be believed when it was issued.
            DatabaseUnavailableError: What is known could not be read.
        """
        asked = _Asked(self._registry, profile.receives)
        opener = self._feeds[profile.kind].opener
        status_list: StatusList = opener.decode(
            verified, list_anchors(profile), profile.limits, asked.members
        )
        acceptance.require_stream(status_list.header, profile.receives)
        return Incoming(
            list=status_list,
            list_digest=list_digest(status_list.header),
            document_digest=document.digest,
            received_at=now,
            signer=verified.signer.fingerprint,
            known=asked.known,
        )

    def judge(
        self,
        profile: PartnerProfile,
        incoming: Incoming,
        *,
        actor: Actor,
        now: datetime,
        lease: Lease | None = None,
    ) -> Accepted:
        """Decide on a list and write what was decided, if a run still has its lease (SYN-1).

        Raises:
            ConflictError: Another process moved the stream; decode and judge again.
            DatabaseUnavailableError: Nothing was decided.
        """

        def decide(state: AcceptedState) -> Decision:
            decision = acceptance.decide(
                state,
                incoming,
                agreement=profile.agreement,
                limits=profile.limits,
                now=now,
                checks=self._checks,
            )
            return _said_before(state, incoming, decision) or decision

        def conclude(
            state: AcceptedState, decision: Apply | Hold | Refuse
        ) -> SealedAcknowledgement:
            # Signed here, stored with the outcome, sent until the partner has it (ACC-15).
            return self._seal(profile, acknowledge(state, decision, incoming, now=now), now)

        revise = self.revising(profile, now=now)
        return self._registry.accept(incoming, decide, conclude, revise, actor, lease=lease)

    def revising(self, profile: PartnerProfile, *, now: datetime) -> Revise:
        """Return what builds and signs newer answers to this partner's lists (EXC-4)."""

        def revise(
            before: Acknowledgement, outcome: Outcome, applied: ListHeader | None
        ) -> SealedAcknowledgement:
            revision = before.revision + 1
            answer = structs.replace(
                before,
                acknowledgement_id=f"{before.acknowledgement_id.rpartition('-')[0]}-{revision}",
                outcome=outcome,
                revision=revision,
                applied_sequence=applied.sequence if applied else None,
                applied_root=applied.state_root if applied else None,
                acknowledged_at=now,
            )
            return self._seal(profile, answer, now)

        return revise

    def _seal(
        self, profile: PartnerProfile, answer: Acknowledgement, now: datetime
    ) -> SealedAcknowledgement:
        document = sealer_for(self._feeds, profile, now).seal_acknowledgement(answer)
        return SealedAcknowledgement(acknowledgement=answer, document=document)


class _Asked:
    """What is known of a stream, read when a decoder asks for it and kept for the judgement."""

    def __init__(self, registry: Registry, stream: Stream) -> None:
        self._registry = registry
        self._stream = stream
        self.known: Known = NOTHING_KNOWN

    def members(self) -> Mapping[str, Record]:
        self.known = self._registry.known(self._stream)
        return self.known.base.members


def _said_before(state: AcceptedState, incoming: Incoming, decision: Decision) -> Repeat | None:
    """Return the answer that was given already, when a list is refused again for the same reasons.

    A revision is a change of outcome (EXC-4), and a partner that offers a refused list once a
    minute shall not fill the audit trail.
    """
    seen = state.seen
    if seen is None or seen.list_digest != incoming.list_digest or not isinstance(decision, Refuse):
        return None
    before = seen.acknowledgement.acknowledgement
    if before.outcome is not Outcome.REFUSED or _told(before.reasons) != _told(decision.reasons):
        return None
    return Repeat(seen=seen)


def _told(reasons: Sequence[Reason]) -> list[tuple[str, str | None]]:
    return [(reason.code, reason.pointer) for reason in reasons]


def acknowledge(
    state: AcceptedState, decision: Apply | Hold | Refuse, incoming: Incoming, *, now: datetime
) -> Acknowledgement:
    """Put a decision into the words of an acknowledgement (EXC-4)."""
    header = incoming.list.header
    outcome = OUTCOMES[type(decision)]
    seen = state.seen
    same = seen is not None and seen.list_digest == incoming.list_digest
    revision = seen.acknowledgement.acknowledgement.revision + 1 if seen and same else 1
    applied = header if isinstance(decision, Apply) else state.head and state.head.header
    unusable = tuple(decision.unusable.values()) if isinstance(decision, Apply) else ()
    unusable = unusable[: acceptance.MOST_NAMED]
    return Acknowledgement(
        acknowledgement_id=_acknowledgement_id(incoming, revision),
        stream=state.stream,
        sequence=header.sequence,
        list_digest=incoming.list_digest,
        outcome=outcome,
        revision=revision,
        applied_sequence=applied.sequence if applied else None,
        applied_root=applied.state_root if applied else None,
        acknowledged_at=now,
        reasons=(*decision.reasons, *unusable),
    )


def _acknowledgement_id(incoming: Incoming, revision: int) -> str:
    header = incoming.list.header
    digest = incoming.list_digest[:12]
    return f"{_stream_id(header.stream)}-{header.sequence}-{digest}-{revision}"


def _stream_id(stream: Stream) -> str:
    return f"{stream.issuer}-{stream.recipient}-{'T' if stream.test else 'P'}{stream.epoch}"
