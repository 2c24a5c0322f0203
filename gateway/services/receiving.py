"""One way in for every list, fetched or pushed: open, decode, accept, acknowledge."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any, Final

from gateway.domain.acknowledgements import Outcome, SealedAcknowledgement
from gateway.domain.decisions import Incoming
from gateway.domain.documents import SignerIdentity, Unverified, Verified
from gateway.domain.errors import ConflictError, GatewayError, PartnerError
from gateway.domain.parties import Actor
from gateway.domain.profiles import FeedKind, KeyUse, PartnerProfile, TrustAnchors
from gateway.ports.audit import Audit
from gateway.ports.evidence import Evidence, EvidenceItem
from gateway.ports.feed import Feed
from gateway.ports.leases import Lease
from gateway.ports.registry import Accepted, Registry
from gateway.services.judging import Bench, list_anchors

ATTEMPTS: Final = 3
"""A list is judged anew when another process moved the stream meanwhile; twice is bad luck."""


class Receiver:
    """Takes in the lists of all partners."""

    def __init__(
        self,
        *,
        registry: Registry,
        evidence: Evidence,
        audit: Audit,
        feeds: Mapping[FeedKind, Feed],
        bench: Bench,
    ) -> None:
        self._registry = registry
        self._evidence = evidence
        self._audit = audit
        self._feeds = feeds
        self._bench = bench

    def receive(
        self,
        profile: PartnerProfile,
        document: Unverified,
        *,
        actor: Actor,
        now: datetime,
        lease: Lease | None = None,
    ) -> Accepted | SealedAcknowledgement:
        """Judge a document that came from the partner, over a connection of its own.

        A run of the schedule hands over its lease: without it nothing is written (SYN-1).

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
            verified, incoming = self._believe(profile, document, now)
        except PartnerError as error:
            self._tell_refusal(profile, document, error, actor=actor, now=now)
            raise
        self._keep(profile, document, verified.signer, verdict="verified", now=now)
        self._tell_grace(profile, document, verified.signer, actor=actor, now=now)
        accepted = self._judge(
            profile, document, verified, incoming, actor=actor, now=now, lease=lease
        )
        outcome = accepted.acknowledgement.acknowledgement.outcome
        self._keep(profile, document, verified.signer, verdict=outcome.value, now=now)
        return accepted

    def _judge(
        self,
        profile: PartnerProfile,
        document: Unverified,
        verified: Verified[Any],
        incoming: Incoming,
        *,
        actor: Actor,
        now: datetime,
        lease: Lease | None,
    ) -> Accepted:
        for _ in range(ATTEMPTS - 1):
            with suppress(ConflictError):
                return self._bench.judge(profile, incoming, actor=actor, now=now, lease=lease)
            # Another process moved the stream: what was known when it was decoded is not any more.
            incoming = self._bench.decode(profile, document, verified, now=now)
        return self._bench.judge(profile, incoming, actor=actor, now=now, lease=lease)

    def _believe(
        self, profile: PartnerProfile, document: Unverified, now: datetime
    ) -> tuple[Verified[Any], Incoming]:
        opener = self._feeds[profile.kind].opener
        verified = opener.open(document, list_anchors(profile), profile.limits, now)
        return verified, self._bench.decode(profile, document, verified, now=now)

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

    def _tell_grace(
        self,
        profile: PartnerProfile,
        document: Unverified,
        signer: SignerIdentity,
        *,
        actor: Actor,
        now: datetime,
    ) -> None:
        # SIG-9: what was believed on a revocation list that may not know the newest is on record
        if signer.crl_ended_at is not None:
            facts = {"ended_at": str(signer.crl_ended_at), "document": document.digest}
            self._audit.record("list.crl_grace", str(profile.receives), facts, actor, now)

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
