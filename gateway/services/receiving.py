"""One way in for every list, fetched or pushed: open, decode, accept, acknowledge."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

from gateway.domain import acceptance
from gateway.domain.acknowledgements import (
    Acknowledgement,
    Outcome,
    SealedAcknowledgement,
)
from gateway.domain.canonical import list_digest
from gateway.domain.decisions import AcceptedState, Apply, Decision, Hold, Incoming, Refuse
from gateway.domain.documents import SignerIdentity, Unverified
from gateway.domain.errors import ConflictError, GatewayError, PartnerError, UnknownSignerError
from gateway.domain.lists import StatusList, Stream
from gateway.domain.parties import Actor
from gateway.domain.profiles import FeedKind, KeyUse, PartnerProfile, TrustAnchors
from gateway.domain.state import state_root
from gateway.ports.audit import Audit
from gateway.ports.evidence import Evidence, EvidenceItem
from gateway.ports.feed import Feed
from gateway.ports.registry import Accepted, Registry

Checks = Mapping[str, Callable[[str], bool]]
"""Check digits by name; bootstrap hands them over."""

ATTEMPTS: Final = 3
"""A list is judged anew when another process moved the stream meanwhile; twice is bad luck."""

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


class Receiver:
    """Takes in the lists of all partners."""

    def __init__(
        self,
        *,
        registry: Registry,
        evidence: Evidence,
        audit: Audit,
        feeds: Mapping[FeedKind, Feed],
        checks: Checks,
    ) -> None:
        self._registry = registry
        self._evidence = evidence
        self._audit = audit
        self._feeds = feeds
        self._checks = checks

    def receive(
        self, profile: PartnerProfile, document: Unverified, *, actor: Actor, now: datetime
    ) -> Accepted | SealedAcknowledgement:
        """Judge a document that came from the partner, over a connection of its own.

        Returns:
            What was decided, or the acknowledgement of these same bytes from before (ACC-0).

        Raises:
            DocumentError: It is no list, or not of this stream; told in evidence and audit.
            TrustError: It is not proven to come from the partner; told in evidence and audit.
            ConflictError: Other processes moved the stream again and again.
            DatabaseUnavailableError: Nothing was decided.
        """
        stream = profile.receives
        repeated = self._registry.find_acknowledgement(document.digest, stream)
        # ACC-0: the same bytes are answered as before, also when their signer has expired since.
        if repeated is not None and repeated.acknowledgement.outcome is not Outcome.REFUSED:
            return repeated
        try:
            incoming, signer = self._believe(profile, document, now)
        except PartnerError as error:
            self._tell_refusal(profile, document, error, actor=actor, now=now)
            raise
        self._keep(profile, document, signer, verdict="verified", now=now)
        accepted = self._accept(profile, incoming, actor, now)
        outcome = accepted.acknowledgement.acknowledgement.outcome
        self._keep(profile, document, signer, verdict=outcome.value, now=now)
        return accepted

    def _believe(
        self, profile: PartnerProfile, document: Unverified, now: datetime
    ) -> tuple[Incoming, SignerIdentity]:
        opener = self._feeds[profile.kind].opener
        anchors = list_anchors(profile)
        verified = opener.open(document, anchors, profile.limits, now)
        status_list: StatusList = opener.decode(verified, anchors, profile.limits)
        acceptance.require_stream(status_list.header, profile.receives)
        incoming = Incoming(
            list=status_list,
            list_digest=list_digest(status_list.header),
            document_digest=document.digest,
            received_at=now,
            signer=verified.signer.fingerprint,
            root=state_root(status_list.operators),
        )
        return incoming, verified.signer

    def _accept(
        self, profile: PartnerProfile, incoming: Incoming, actor: Actor, now: datetime
    ) -> Accepted:
        def decide(state: AcceptedState) -> Decision:
            return acceptance.decide(
                state,
                incoming,
                agreement=profile.agreement,
                limits=profile.limits,
                now=now,
                checks=self._checks,
            )

        def conclude(
            state: AcceptedState, decision: Apply | Hold | Refuse
        ) -> SealedAcknowledgement:
            answer = acknowledge(state, decision, incoming, now=now)
            # Signed here, stored with the outcome, sent until the partner has it (ACC-15).
            document = self._feeds[profile.kind].sealer.seal_acknowledgement(answer)
            return SealedAcknowledgement(acknowledgement=answer, document=document)

        for attempt in range(1, ATTEMPTS + 1):
            try:
                return self._registry.accept(incoming, decide, conclude, actor)
            except ConflictError:
                if attempt == ATTEMPTS:
                    raise
        raise AssertionError  # the loop returns or raises

    def _tell_refusal(
        self,
        profile: PartnerProfile,
        document: Unverified,
        error: GatewayError,
        *,
        actor: Actor,
        now: datetime,
    ) -> None:
        self._keep(profile, document, None, verdict=error.code, now=now)
        facts = {"code": error.code, "why": error.message, "document": document.digest}
        self._audit.record("list.refused", str(profile.receives), facts, actor, now)

    def _keep(
        self,
        profile: PartnerProfile,
        document: Unverified,
        signer: SignerIdentity | None,
        *,
        verdict: str,
        now: datetime,
    ) -> None:
        anchors = profile.anchors(KeyUse.LISTS)
        self._evidence.keep(
            EvidenceItem(
                digest=document.digest,
                partner=profile.partner,
                packaging=profile.kind,
                document=document,
                received_at=now,
                chain=() if signer is None else (signer.pem, *_authorities(anchors)),
                revocation_lists=() if anchors is None else anchors.revocation_lists,
                verdict=verdict,
            )
        )


def _authorities(anchors: TrustAnchors | None) -> tuple[str, ...]:
    return () if anchors is None else anchors.authorities


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
