"""One open gateway: settings, clock and registry, and what is made of them."""

import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

from msgspec import Struct

from gateway.bootstrap.admission import Door, make_door
from gateway.bootstrap.clock import Clock, system_clock
from gateway.bootstrap.decisions import RELEASE
from gateway.bootstrap.exchange import Exchange, make_exchange
from gateway.bootstrap.own_keys import load_audit_key, load_server_tls, read_file, tls_pair
from gateway.config.check_digits import CHECKS
from gateway.config.settings import Settings
from gateway.domain.audit_heads import SignedHead
from gateway.domain.errors import NotPermittedError
from gateway.domain.parties import Caller
from gateway.domain.profiles import PartnerProfile
from gateway.domain.snapshot import Snapshot
from gateway.ports.feed import Channel
from gateway.ports.holds import Holds
from gateway.ports.tls import ServerTls
from gateway.services.actor_desk import ActorDesk
from gateway.services.approval_check import check_approvals
from gateway.services.audit_signing import HeadSigner, check_heads
from gateway.services.block_desk import BlockDesk
from gateway.services.epoch_desk import EpochDesk
from gateway.services.file_notices import FileNotices
from gateway.services.full_waits import FullWaits
from gateway.services.hold_desk import HoldDesk
from gateway.services.home_desk import HomeDesk
from gateway.services.known_callers import KnownCallers
from gateway.services.logged_channel import LoggedChannel
from gateway.services.lookup import LookupDesk
from gateway.services.proofs import Prover
from gateway.services.review import HoldReview
from gateway.services.sync import SCHEDULE
from gateway.store.engines import Store, open_store
from gateway.trust.actor_keys import is_signed_by
from gateway.trust.audit_keys import is_head_signed, sign_head
from gateway.trust.certificates import fingerprint, fingerprint_of_pem

REMEMBERED: Final = 0.1
"""Seconds for which the exchange knows a caller without asking the registry."""
REST: Final = 0.001
"""Seconds between two slices of taking a list over: four times what a lookup computes."""


class Gateway(Struct, frozen=True, kw_only=True):
    """One open gateway: settings, clock and registry."""

    settings: Settings
    clock: Clock
    store: Store
    notices: FileNotices

    def close(self) -> None:
        """Give back the database."""
        self.store.close()

    def lookup_desk(self, begins: Callable[[Snapshot], None] = lambda _: None) -> LookupDesk:
        """Make the desk that answers lookups; it is not ready before its first `refresh`.

        Args:
            begins: Told the snapshot of all answers from then on, before the first of them.
        """
        return LookupDesk(
            registry=self.store.registry,
            past=self.store.history,
            profiles=self.store.profiles,
            checks=CHECKS,
            blocks=self.store.blocks,
            release=RELEASE,
            begins=begins,
            rest=lambda: time.sleep(REST),
        )

    def block_desk(self) -> BlockDesk:
        """Make the desk at which operators are blocked."""
        store = self.store
        return BlockDesk(
            store.blocks,
            store.actors,
            profiles=store.profiles,
            registry=store.registry,
            history=store.history,
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
        return make_exchange(self.settings, self.store, self.clock, self.channel, self.full_waits())

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
        key = load_audit_key(self.settings, now=self.clock())
        if key is None:
            return None
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
        own = {fingerprint_of_pem(read_file(file).decode("ascii", "replace")) for file in files}
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
        return load_server_tls(self.settings, self.store, now=self.clock())

    def door(self) -> Door:
        """Make what lets callers of lookups in."""
        return make_door(self.store, self.identify, self.settings.lookup.tokens)

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

    def remember_callers(self) -> Callable[[bytes], Caller]:
        """Return `identify` that asks the registry once, and again within a tenth of a second.

        A flood of one partner's calls then costs no query each.
        """
        store = self.store
        callers = KnownCallers(self.identify, store.registry.version, store.callers.all)
        return callers.refresh_every(REMEMBERED, time.monotonic)

    def channel(self, profile: PartnerProfile) -> Channel:
        """Make the way to a partner.

        Raises:
            ConfigError: It has no endpoint and no folders, or our TLS files cannot be read.
        """
        # Read for each channel: a certificate that was replaced is shown from the next run on.
        certificate, key = tls_pair(self.settings)
        from gateway.exchange.kinds import make_channel  # noqa: PLC0415 - as in `exchange`

        store = self.store
        channel = make_channel(profile, certificate, key, self.notices.tell)
        return LoggedChannel(channel, store.deliveries, store.contacts, self.clock)


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
