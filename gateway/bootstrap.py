"""The only place that connects things: settings become one object graph."""

import os
import socket
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache, partial
from pathlib import Path
from time import time
from typing import Final

from msgspec import Struct
from stdnum.au import abn
from stdnum.br import cnpj
from stdnum.ch import uid
from stdnum.cn import uscc
from stdnum.jp import cn as jp_corporate_number

from gateway.config.settings import Settings
from gateway.domain.audit_heads import SignedHead
from gateway.domain.errors import ConfigError, NotPermittedError
from gateway.domain.lists import Stream
from gateway.domain.parties import Actor, Caller, Role
from gateway.domain.profiles import FeedKind, KeyUse, PartnerProfile, StoredProfile, TrustAnchors
from gateway.ports.feed import Channel, Feed
from gateway.ports.holds import Holds
from gateway.ports.tls import ServerTls
from gateway.services.actor_desk import ActorDesk
from gateway.services.answers_received import AnswerDesk
from gateway.services.approval_check import check_approvals
from gateway.services.audit_signing import HeadSigner, check_heads
from gateway.services.epoch_desk import EpochDesk
from gateway.services.file_notices import FileNotices
from gateway.services.full_waits import FullWaits
from gateway.services.health_alarms import HealthAlarms
from gateway.services.hold_desk import HoldDesk
from gateway.services.home_desk import HomeDesk
from gateway.services.issued import Issued
from gateway.services.judging import Bench
from gateway.services.known_callers import KnownCallers
from gateway.services.logged_channel import LoggedChannel
from gateway.services.lookup import LookupDesk
from gateway.services.own_answers import OwnAnswers
from gateway.services.partner_desk import PartnerDesk
from gateway.services.proofs import Prover
from gateway.services.publish import Publisher
from gateway.services.pushing import Pusher
from gateway.services.receiving import Receiver
from gateway.services.review import HoldReview
from gateway.services.sync import SCHEDULE, PartnerSync
from gateway.services.turns import Turns
from gateway.services.watching import HeadBoard, HeadWatcher, WatchDesk
from gateway.store.engines import Store, open_store
from gateway.trust.actor_keys import is_signed_by
from gateway.trust.audit_keys import is_head_signed, sign_head
from gateway.trust.certificates import fingerprint, fingerprint_of_pem, own_anchors
from gateway.trust.keys import SigningKey, load_signing_key, require_separate_keys

Clock = Callable[[], datetime]

CHECKS: Mapping[str, Callable[[str], bool]] = {
    "au.abn": abn.is_valid,
    "br.cnpj": cnpj.is_valid,
    "ch.uid": uid.is_valid,
    "cn.uscc": uscc.is_valid,
    "jp.cn": jp_corporate_number.is_valid,
}
"""Check digits by the names that profiles use; the pure rules get them as functions."""


PARTNER: Final = Actor(name="a partner's request", role=Role.GATEWAY)
"""Who issues a FULL that a partner asks for."""


def system_clock() -> datetime:
    """Return the time in whole seconds, UTC: the only reading of the clock."""
    return _second(int(time()))


@lru_cache(maxsize=1)  # one object per second, made and hashed once for all that is decided in it
def _second(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


class Exchange(Struct, frozen=True, kw_only=True):
    """What an exchange process works with: everything that needs home's signing keys."""

    feeds: Mapping[FeedKind, Feed]
    bench: Bench
    receiver: Receiver
    desk: PartnerDesk
    turns: Turns
    sync: PartnerSync
    publisher: Publisher
    pusher: Pusher
    watcher: HeadWatcher
    board: HeadBoard
    alarms: HealthAlarms

    def watch_desk(self, clock: Clock) -> WatchDesk:
        """Make the desk that answers partners who watch for our heads."""

        def heads(
            caller: Caller, stream: Stream, acknowledgement: bytes | None
        ) -> tuple[bytes | None, bytes | None]:
            return self.desk.head(caller, stream, acknowledgement, now=clock())

        return WatchDesk(self.board, heads)


class Gateway(Struct, frozen=True, kw_only=True):
    """One open gateway: settings, clock and registry."""

    settings: Settings
    clock: Clock
    store: Store
    notices: FileNotices

    def close(self) -> None:
        """Give back the database."""
        self.store.close()

    def lookup_desk(self) -> LookupDesk:
        """Make the desk that answers lookups; it is not ready before its first `refresh`."""
        return LookupDesk(
            registry=self.store.registry,
            history=self.store.history,
            profiles=self.store.profiles,
            checks=CHECKS,
        )

    def home_desk(self) -> HomeDesk:
        """Make the desk that takes reports about home's own operators."""
        return HomeDesk(self.store.home_programme, territory=(self.settings.home,))

    def exchange(self) -> Exchange:
        """Load the signing keys and make what exchanges lists.

        Raises:
            ConfigError: A key or certificate is missing, open to others, expired, does not match,
                or one key has two uses (SIG-6).
        """
        store, keys = self.store, load_keys(self.settings, now=self.clock())
        # Both kinds of feed take longer to import than a lookup to start and to answer.
        from gateway.exchange.kinds import make_feeds  # noqa: PLC0415 - not for lookups

        feeds = make_feeds(keys[KeyUse.LISTS], keys[KeyUse.ACKNOWLEDGEMENTS])
        bench = Bench(registry=store.registry, feeds=feeds, checks=CHECKS)
        receiver = Receiver(
            registry=store.registry,
            evidence=store.evidence,
            audit=store.audit,
            feeds=feeds,
            bench=bench,
        )
        publisher = Publisher(
            programme=store.home_programme, publications=store.publications, feeds=feeds
        )

        def ask_full(profile: PartnerProfile, now: datetime) -> int:
            return publisher.full(profile, actor=PARTNER, now=now)

        issued = Issued(store.publications, ask_full)
        answers = AnswerDesk(outbox=store.outbox, deliveries=store.deliveries, feeds=feeds)
        desk = PartnerDesk(
            profiles=store.profiles,
            issued=issued,
            outbox=store.outbox,
            answers=answers,
            deliveries=store.deliveries,
            receiver=receiver,
        )
        holder = f"{socket.gethostname()}:{os.getpid()}"
        turns = Turns(store.leases, clock=self.clock, holder=holder, span=self.settings.retry.lease)
        sync = PartnerSync(
            receiver=receiver,
            registry=store.registry,
            outbox=store.outbox,
            turns=turns,
            feeds=feeds,
            channel_for=self.channel,
            audit=store.audit,
            floors=store.registry,
            waits=self.full_waits(),
            proofs=store.proofs,
            own_anchors=_own_anchors(self.settings.home, keys[KeyUse.ACKNOWLEDGEMENTS]),
        )
        pusher = Pusher(
            issued=issued,
            outbox=store.outbox,
            answers=answers,
            deliveries=store.deliveries,
            turns=turns,
            channel_for=self.channel,
        )
        watcher = HeadWatcher(turns=turns, answers=OwnAnswers(store.registry, feeds))
        return Exchange(
            feeds=feeds,
            bench=bench,
            receiver=receiver,
            desk=desk,
            turns=turns,
            sync=sync,
            publisher=publisher,
            pusher=pusher,
            watcher=watcher,
            board=HeadBoard(),
            alarms=HealthAlarms(
                profiles=store.profiles,
                registry=store.registry,
                overview=store.overview,
                leases=store.leases,
                audit=store.audit,
                holder=holder,
                actor=SCHEDULE,
            ),
        )

    def prover(self) -> Prover:
        """Make what knows whose a signature is."""
        return Prover(self.store.actors, is_signed_by)

    def actor_desk(self) -> ActorDesk:
        """Make the desk at which actors are registered and revoked."""
        return ActorDesk(self.store.actors, self.prover(), home=self.settings.home)

    def epoch_desk(self) -> EpochDesk:
        """Make the desk at which approvals for new epochs are collected."""
        return EpochDesk(self.store.profiles, self.store.approvals, self.prover())

    def full_waits(self) -> FullWaits:
        """Make what knows the streams in which a FULL failed too."""
        store = self.store
        return FullWaits(overview=store.overview, leases=store.leases, audit=store.audit)

    def hold_desk(self) -> HoldDesk:
        """Make the desk at which approvals for held lists are collected.

        Raises:
            ConfigError: A signing key is missing or unusable: partners are answered with it.
        """
        return HoldDesk(self.holds(), self.store.actors, self.store.approvals, self.prover())

    def holds(self) -> Holds:
        """Make what carries out decisions on held lists.

        Raises:
            ConfigError: A signing key is missing or unusable: partners are answered with it.
        """
        return HoldReview(
            held_lists=self.store.held_lists,
            profiles=self.store.profiles,
            bench=self.exchange().bench,
        )

    def check_approvals(self) -> int:
        """Check each approval against the key registered then, and return their number.

        Raises:
            AuditTrailError: An actor or approval was changed, removed or put in; it is named.
            DatabaseUnavailableError: The database does not answer.
        """
        return check_approvals(self.store.actors.witnessed(), is_signed_by)

    def head_signer(self) -> HeadSigner | None:
        """Make what signs the head of the audit trail; none if the settings name no key for it.

        Raises:
            ConfigError: The key is missing, open to others, expired, or has another use (SIG-6).
        """
        pair = self.settings.audit
        if pair is None:
            return None
        now = self.clock()
        key = load_signing_key(pair.certificate, pair.key, now=now)
        others = load_keys(self.settings, now=now)
        # SIG-6: what is said of the trail is said with a key that says nothing else
        require_separate_keys({**{use.value: one for use, one in others.items()}, "audit": key})
        return HeadSigner(self.store.audit_heads, partial(sign_head, key), home=self.settings.home)

    def check_heads(self, handed_in: Sequence[SignedHead] = ()) -> int:
        """Check the signed heads against the trail, and return their number.

        Raises:
            AuditTrailError: One is not signed by home, or vouches for another trail.
            ConfigError: A certificate of the settings cannot be read.
            DatabaseUnavailableError: The database does not answer.
        """
        pair = self.settings.audit
        files = () if pair is None else (pair.certificate, *pair.earlier)
        own = {fingerprint_of_pem(_read(file).decode("ascii", "replace")) for file in files}
        return check_heads(
            self.store.audit_heads,
            lambda signed: is_head_signed(signed, own),
            home=self.settings.home,
            handed_in=handed_in,
        )

    def server_tls(self) -> ServerTls:
        """Read what home's servers show and whose certificates they let in the door.

        Raises:
            ConfigError: A file is missing or unreadable, the key is open to others, the
                certificate expired, or they do not match.
            DatabaseUnavailableError: The partners' CAs cannot be read.
        """
        load_signing_key(self.settings.tls.certificate, self.settings.tls.key, now=self.clock())
        certificate, key = self._tls_pair()
        own = self.settings.tls.authorities
        authorities = [] if own is None else [_read(own).decode("ascii")]
        for stored in self.store.profiles.all():
            authorities += _caller_authorities(stored)
        return ServerTls(
            certificate=certificate,
            key=key,
            client_authorities="\n".join(authorities).encode("ascii"),
        )

    def known_callers(self) -> KnownCallers:
        """Make what remembers callers between two moves of the registry, for the lookup."""
        return KnownCallers(self.identify, self.store.registry.version)

    def identify(self, der: bytes) -> Caller:
        """Tell who calls, by the certificate of its connection.

        Raises:
            NotPermittedError: The certificate is not registered, or was revoked.
        """
        digest = fingerprint(der)
        caller = self.store.callers.find(digest)
        if caller is None:
            message = f"certificate {digest[:16]}… is not registered"
            raise NotPermittedError(message, context={"fingerprint": digest})
        return caller

    def channel(self, profile: PartnerProfile) -> Channel:
        """Make the way to a partner.

        Raises:
            ConfigError: It has no endpoint and no folders, or our TLS files cannot be read.
        """
        # Read for each channel: a certificate that was replaced is shown from the next run on.
        certificate, key = self._tls_pair()
        from gateway.exchange.kinds import make_channel  # noqa: PLC0415 - as in `exchange`

        store = self.store
        channel = make_channel(profile, certificate, key, self.notices.tell)
        return LoggedChannel(channel, store.deliveries, store.contacts, self.clock)

    def _tls_pair(self) -> tuple[bytes, bytes]:
        return _read(self.settings.tls.certificate), _read(self.settings.tls.key)


def open_gateway(settings: Settings, clock: Clock = system_clock) -> Gateway:
    """Open the registry that the settings name.

    Raises:
        ConfigError: The database URL is unusable.
        DatabaseUnavailableError: The database does not answer.
        SchemaVersionError: The database is behind or ahead of this release.
    """
    store = open_store(settings.database.read_url(), clock=clock)
    notices = FileNotices(store.audit, clock, SCHEDULE)
    return Gateway(settings=settings, clock=clock, store=store, notices=notices)


def load_keys(settings: Settings, *, now: datetime) -> dict[KeyUse, SigningKey]:
    """Load home's own keys, by use.

    Raises:
        ConfigError: A key or certificate is missing, open to others, expired, does not match, or
            one key has two uses (SIG-6).
    """
    pairs = {
        KeyUse.TLS: settings.tls,
        KeyUse.LISTS: settings.lists,
        KeyUse.ACKNOWLEDGEMENTS: settings.acknowledgements,
    }
    keys = {
        use: load_signing_key(pair.certificate, pair.key, now=now) for use, pair in pairs.items()
    }
    # SIG-6: a copy of a file under another name is the same key all the same
    require_separate_keys({use.value: key for use, key in keys.items()})
    return keys


def _own_anchors(home: str, key: SigningKey) -> TrustAnchors:
    return own_anchors(home, KeyUse.ACKNOWLEDGEMENTS, key.certificate, key.algorithm)


def _caller_authorities(stored: StoredProfile) -> list[str]:
    anchors = stored.profile.anchors(KeyUse.TLS)
    return [] if anchors is None else [*anchors.authorities, *anchors.pinned]


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}", context={"file": str(path)}) from error
