"""Two administrations on loopback: home XA as a whole gateway, partner XB as keys that sign lists.

The gateway is made as `mra init` makes one, and its servers are started as `mra serve` starts them.
"""

import socket
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks.synthetic import COUNTRY, COVERED, PROGRAMME
from gateway.bootstrap import Gateway, open_gateway, system_clock
from gateway.config.example import write_example
from gateway.config.settings import load_settings
from gateway.domain.agreements import (
    Agreement,
    Direction,
    Disclosure,
    IdentifierScheme,
    Interval,
    Lifecycle,
    Measure,
    MeasureCode,
    Rules,
)
from gateway.domain.canonical import list_digest
from gateway.domain.documents import SealedList, Unverified
from gateway.domain.lists import (
    Action,
    Change,
    ListedOperator,
    ListHeader,
    ListKind,
    StatusList,
)
from gateway.domain.parties import Actor, Caller, Purpose, Role
from gateway.domain.profiles import (
    Endpoint,
    FeedKind,
    KeyUse,
    Limits,
    PartnerProfile,
    Schedule,
    TrustAnchors,
)
from gateway.domain.state import state_root
from gateway.exchange.kinds import make_feeds
from gateway.ports.feed import Feed
from gateway.services.onboarding import apply_profile
from gateway.store.decision_log import make_decision_log
from gateway.store.versioning import upgrade
from gateway.trust.certificates import fingerprint_of_pem
from gateway.trust.keys import load_signing_key
from gateway.trust.pki import make_client, make_trial_pki

HOME = "XA"
BENCH = Actor(name="benchmark", role=Role.ADMINISTRATOR)
DAYS = 2
"""Validity of the certificates."""
LIMITS = Limits(
    max_document_bytes=256 * 1024**2,
    max_document_operators=200_000,
    fetch_timeout=timedelta(seconds=120),
)
"""Wider than the defaults for XML, so that the two feeds can be compared at one size."""


class Administration:
    """Everything of one benchmark in one folder; opened again by its path in other processes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.settings = folder / "mra.toml"
        self.keys = folder / "keys"
        self.partner_keys = folder / "partner"
        self.caller = folder / "border" / "border.pem"

    def pem(self, name: str) -> Path:
        """Return one of home's certificates; its key has the suffix `.key`."""
        return self.keys / f"{name}.pem"

    def open(self) -> Gateway:
        """Open its registry in this process."""
        return open_gateway(load_settings(self.settings, {}))

    def lookup_address(self) -> str:
        """Return where its lookup listens."""
        listen = load_settings(self.settings, {}).lookup.listen
        assert listen is not None  # noqa: S101 - `found` has written it
        return listen

    def lookup_https_address(self) -> str:
        """Return where its lookup listens for HTTP."""
        listen = load_settings(self.settings, {}).lookup.https_listen
        assert listen is not None  # noqa: S101 - `found` has written it
        return listen

    def exchange_address(self) -> str:
        """Return where its exchange listens."""
        listen = load_settings(self.settings, {}).exchange.grpc_listen
        assert listen is not None  # noqa: S101 - `found` has written it
        return listen

    def profile(self) -> PartnerProfile:
        """Return the partner's profile as the gateway holds it."""
        gateway = self.open()
        try:
            stored = gateway.store.profiles.find(COUNTRY)
        finally:
            gateway.close()
        assert stored is not None  # noqa: S101 - `found` has applied it
        return stored.profile

    def partner_feed(self, kind: FeedKind) -> Feed:
        """Return the feed with the partner's own keys."""
        now = system_clock()
        pairs = (self.partner_keys / "lists", self.partner_keys / "acknowledgements")
        lists, answers = (
            load_signing_key(pair.with_suffix(".pem"), pair.with_suffix(".key"), now=now)
            for pair in pairs
        )
        return make_feeds(lists, answers)[kind]


def found(folder: Path, kind: FeedKind) -> Administration:
    """Make home with its keys, database, one partner and one caller."""
    one = Administration(folder)
    now = system_clock()
    for keys, country in ((one.keys, HOME), (one.partner_keys, COUNTRY)):
        make_trial_pki(
            keys,
            administration=f"Customs of {country}",
            country=country,
            hosts=("localhost", "127.0.0.1"),
            now=now,
            days=DAYS,
        )
    exchange, https, lookup, lookup_https = free_addresses(4)
    text = write_example(
        home=HOME,
        name=f"Customs of {HOME}",
        authorities=True,
        grpc_listen=exchange,
        https_listen=https,
        lookup_listen=lookup,
        lookup_https_listen=lookup_https,
    )
    one.settings.write_text(text, encoding="utf-8")
    url = load_settings(one.settings, {}).database.read_url()
    upgrade(url)
    make_decision_log(url)
    gateway = one.open()
    try:
        _register(gateway, _profile(one.partner_keys, COUNTRY, kind))
        make_client(one.caller.parent, one.caller.stem, authority=one.keys, now=now, days=DAYS)
        gateway.store.callers.add(
            Caller(
                name="border",
                fingerprint=fingerprint_of_pem(one.caller.read_text("ascii")),
                purposes=(Purpose.LOOKUP,),
                added_at=now,
            ),
            BENCH,
            now,
        )
    finally:
        gateway.close()
    return one


def befriend(one: Administration, country: str, kind: FeedKind) -> Path:
    """Make another partner with keys of its own; return their folder."""
    keys = one.folder / country
    make_trial_pki(
        keys,
        administration=f"Customs of {country}",
        country=country,
        hosts=("localhost",),
        now=system_clock(),
        days=DAYS,
    )
    gateway = one.open()
    try:
        _register(gateway, _profile(keys, country, kind))
    finally:
        gateway.close()
    return keys


def _register(gateway: Gateway, profile: PartnerProfile) -> None:
    apply_profile(
        profile,
        profiles=gateway.store.profiles,
        callers=gateway.store.callers,
        fingerprint_of=fingerprint_of_pem,
        actor=BENCH,
        now=system_clock(),
    )


def issue(
    feed: Feed,
    profile: PartnerProfile,
    operators: Sequence[ListedOperator],
    before: ListHeader | None,
) -> tuple[ListHeader, SealedList]:
    """Sign the partner's next list, a FULL."""
    header = _header(profile, ListKind.FULL, operators, before)
    return header, feed.sealer.seal_list(StatusList(header, operators))


def issue_delta(
    feed: Feed,
    profile: PartnerProfile,
    operators: Sequence[ListedOperator],
    before: tuple[ListHeader, Sequence[ListedOperator]],
) -> tuple[ListHeader, SealedList]:
    """Sign the partner's next list, a DELTA of those that are not as they were before."""
    earlier, known = before
    header = _header(profile, ListKind.DELTA, operators, earlier)
    changes = [
        Change(Action.CHANGE, now.operator.id, now)
        for then, now in zip(known, operators, strict=True)
        if then.digest != now.digest
    ]
    return header, feed.sealer.seal_list(StatusList(header, changes=changes))


def _header(
    profile: PartnerProfile,
    kind: ListKind,
    operators: Sequence[ListedOperator],
    before: ListHeader | None,
) -> ListHeader:
    now = system_clock()
    stream = profile.receives
    sequence = 1 if before is None else before.sequence + 1
    return ListHeader(
        version=1,
        list_id=f"{stream.issuer}-{sequence}",
        kind=kind,
        issuer=stream.issuer,
        recipient=stream.recipient,
        agreement=stream.agreement,
        test=stream.test,
        epoch=stream.epoch,
        sequence=sequence,
        previous_digest=None if before is None else list_digest(before),
        issued_at=now,
        next_update_at=now + profile.agreement.period,
        state_root=state_root(operators),
        quantity=len(operators),
    )


def accept(one: Administration, sealed: SealedList) -> None:
    """Take a list in, as the exchange does with one that was pushed."""
    gateway = one.open()
    try:
        gateway.exchange().receiver.receive(
            one.profile(), arrived(sealed), actor=BENCH, now=gateway.clock()
        )
    finally:
        gateway.close()


def arrived(sealed: SealedList) -> Unverified:
    """Return a list as it comes off the wire."""
    return Unverified(document=sealed.document, chunks=sealed.chunks)


def free_addresses(count: int) -> list[str]:
    """Let the system choose free ports; held all at once, so that they differ."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [f"127.0.0.1:{each.getsockname()[1]}" for each in sockets]
    finally:
        for each in sockets:
            each.close()


def _profile(keys: Path, country: str, kind: FeedKind) -> PartnerProfile:
    since = datetime(2020, 1, 1, tzinfo=UTC)
    rules = Rules(
        interval=Interval(effective_at=since),
        programme=PROGRAMME,
        types=(COVERED,),
        directions=(Direction.IMPORT, Direction.EXPORT),
        measures=(
            Measure(code=MeasureCode.INSP, parameters={"factor": "0.2"}),
            Measure(code=MeasureCode.PRIO),
        ),
        schemes=(IdentifierScheme(name=f"{country} code", pattern=f"^{country}[0-9]{{10}}$"),),
    )
    day = timedelta(days=1)
    agreement = Agreement(
        id=f"{HOME}-{country}",
        home=HOME,
        partner=country,
        partner_name=f"Customs of {country}",
        state=Lifecycle.IN_FORCE,
        in_force=Interval(effective_at=since),
        rules=(rules,),
        territory=(country,),
        period=day,
        grace=day,
        max_age=7 * day,
        max_next_update=2 * day,
        disclosure=Disclosure(
            types=(COVERED,), fields=("addresses", "roles", "acceptedAt", "changeReason")
        ),
        contact="aeo@customs.example",
    )
    return PartnerProfile(
        agreement=agreement,
        kind=kind,
        # Nobody listens there: lists are pushed, and the schedule never comes to ask.
        endpoint=Endpoint(address="127.0.0.1:9", server_authorities=()),
        trust=tuple(_anchors(keys, country, use) for use in KeyUse),
        schedule=Schedule(every=timedelta(days=DAYS)),
        limits=LIMITS,
    )


def _anchors(keys: Path, country: str, use: KeyUse) -> TrustAnchors:
    path = keys / f"{use.value}.pem"
    return TrustAnchors(
        use=use,
        issuer=country,
        countries=(country,),
        pinned=(path.read_text("ascii"),),
        authorities=((keys / "ca.pem").read_text("ascii"),) if use is KeyUse.TLS else (),
        algorithms=("ecdsa-p256-sha256",),
    )
