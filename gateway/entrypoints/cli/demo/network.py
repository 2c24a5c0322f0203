"""Three administrations on loopback, each with its own folder, keys, database and processes.

Home CN, partner SG over gRPC and partner NZ over XML. The rules are those of the reference
profiles in `partners/`; the operators are synthetic.
"""

import socket
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import SystemRandom
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

import gateway
from gateway.bootstrap import Gateway, open_gateway, system_clock
from gateway.config.example import write_example
from gateway.config.partner_files import dump_partner, load_partner
from gateway.config.settings import load_settings
from gateway.domain.agreements import (
    Direction,
    Disclosure,
    IdentifierScheme,
    Interval,
    Lifecycle,
    Rules,
)
from gateway.domain.errors import ConfigError
from gateway.domain.parties import Actor, Caller, Purpose, Role, Scope
from gateway.domain.profiles import (
    Endpoint,
    FeedKind,
    KeyUse,
    Limits,
    PartnerProfile,
    Receive,
    Schedule,
    Send,
    TrustAnchors,
    Ways,
)
from gateway.entrypoints.cli.demo.programmes import get_programme
from gateway.services.onboarding import apply_profile
from gateway.store.decision_log import make_decision_log
from gateway.store.versioning import upgrade
from gateway.trust.certificates import fingerprint_of_pem
from gateway.trust.pki import make_client, make_trial_pki

HOME: Final = "CN"
NAMES: Final = {
    "CN": "China Customs (demo)",
    "SG": "Singapore Customs (demo)",
    "NZ": "New Zealand Customs (demo)",
}
KINDS: Final = {"SG": FeedKind.GRPC, "NZ": FeedKind.XML}
SYNC_EVERY: Final = timedelta(seconds=2)
WAYS: Final = {
    ("CN", "SG"): Ways(receive=Receive.WATCH, send=Send.PUSH),
    ("SG", "CN"): Ways(receive=Receive.PUSH),
    ("CN", "NZ"): Ways(receive=Receive.WATCH),
    ("NZ", "CN"): Ways(),
}
"""How lists travel, by whose profile of whom."""
PERIOD: Final = timedelta(minutes=10)
"""Lists are renewed after half of it, so that a demo that is left running stays fresh."""
TRIAL_DAYS: Final = 365
PRESENTER: Final = Actor(name="demo", role=Role.ADMINISTRATOR)
ALL_FIELDS: Final = (
    "alternateIds",
    "tradeNames",
    "addresses",
    "roles",
    "acceptedAt",
    "changeReason",
)
PORTS: Final = range(20_000, 32_000)
"""Below those that the system gives to outgoing connections: a gateway that is stopped and started
again finds its own port free."""


class Member(Struct, frozen=True, kw_only=True):
    """One administration of the demo."""

    country: str
    folder: Path
    grpc: str
    https: str
    watch: str
    lookup: str
    lookup_https: str

    @property
    def settings(self) -> Path:
        """Its settings file."""
        return self.folder / "mra.toml"

    @property
    def keys(self) -> Path:
        """Its trial PKI."""
        return self.folder / "keys"

    def pem(self, name: str) -> str:
        """Read one of its PEM files."""
        return (self.keys / f"{name}.pem").read_text("ascii")

    def open(self) -> Gateway:
        """Open its registry in this process, beside its own processes."""
        return open_gateway(load_settings(self.settings, {}))


class Network(Struct, frozen=True, kw_only=True):
    """All three, and the certificates of home's border system and of another agency."""

    members: dict[str, Member]
    caller: Path
    """PEM certificate; the key is beside it with the suffix `.key`."""
    agency: Path
    """That of another agency, which is shown decisions alone."""

    @property
    def home(self) -> Member:
        """The administration whose lookups are shown."""
        return self.members[HOME]

    def partners(self) -> list[Member]:
        """The other two."""
        return [member for name, member in self.members.items() if name != HOME]


def build(folder: Path) -> Network:
    """Make folders, keys, settings, databases and profiles for all three.

    Raises:
        ConfigError: The folder is not empty, or the reference profiles are not there.
    """
    if folder.exists() and any(folder.iterdir()):
        raise ConfigError(f"{folder} is not empty; nothing was written")
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    ports = _free_ports(5 * len(NAMES))
    members = {
        country: Member(
            country=country,
            folder=folder / country,
            grpc=f"127.0.0.1:{ports.pop()}",
            https=f"127.0.0.1:{ports.pop()}",
            watch=f"127.0.0.1:{ports.pop()}",
            lookup=f"127.0.0.1:{ports.pop()}",
            lookup_https=f"127.0.0.1:{ports.pop()}",
        )
        for country in NAMES
    }
    for member in members.values():
        _found(member)
    for partner in KINDS:
        home, other = members[HOME], members[partner]
        _introduce(home, other, _reference(partner))
        _introduce(other, home, _mirror(partner))
    return Network(
        members=members,
        caller=_register(members[HOME], folder / "border", "border-demo", Scope.FULL),
        agency=_register(members[HOME], folder / "agency", "agency-demo", Scope.DECISION),
    )


def _free_ports(count: int) -> list[int]:
    """Choose ports that nobody listens on; held all at once, so that they differ."""
    sockets: list[socket.socket] = []
    try:
        for port in SystemRandom().sample(PORTS, len(PORTS)):
            if len(sockets) == count:
                break
            each = socket.socket()
            with suppress(OSError):
                each.bind(("127.0.0.1", port))
                sockets.append(each)
                continue
            each.close()
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()


def _found(member: Member) -> None:
    make_trial_pki(
        member.keys,
        administration=NAMES[member.country],
        country=member.country,
        hosts=("localhost", "127.0.0.1"),
        now=system_clock(),
        days=TRIAL_DAYS,
    )
    text = write_example(
        home=member.country,
        name=NAMES[member.country],
        authorities=True,
        audit=True,
        grpc_listen=member.grpc,
        https_listen=member.https,
        watch_listen=member.watch,
        lookup_listen=member.lookup,
        lookup_https_listen=member.lookup_https,
    )
    member.settings.write_text(text, encoding="utf-8")
    url = load_settings(member.settings, {}).database.read_url()
    upgrade(url)
    make_decision_log(url)


def _reference(partner: str) -> PartnerProfile:
    path = Path(gateway.__file__).parents[1] / "partners" / f"{HOME}-{partner}" / "partner.toml"
    if not path.is_file():
        raise ConfigError(f"{path} is missing: the demo runs from a source checkout")
    return load_partner(path)


def _mirror(partner: str) -> PartnerProfile:
    """Return the same agreement as the partner sees it: it recognises home's operators.

    A partner sends its types that are not covered too, so that the demo can ask about one.
    """
    reference, programme = _reference(partner).agreement, get_programme(partner)
    rules = Rules(
        interval=reference.in_force or Interval(effective_at=datetime(2020, 1, 1, tzinfo=UTC)),
        programme=get_programme(HOME).name,
        types=(get_programme(HOME).covered,),
        directions=(Direction.IMPORT, Direction.EXPORT),
        measures=reference.rules[-1].measures,
        schemes=(
            IdentifierScheme(name="GACC AEO code", pattern="^CN[0-9A-Z]{10}$", verified=True),
        ),
    )
    agreement = replace(
        reference,
        home=partner,
        partner=HOME,
        partner_name=NAMES[HOME],
        rules=(rules,),
        territory=(HOME,),
        disclosure=Disclosure(types=(programme.covered, *programme.uncovered), fields=ALL_FIELDS),
    )
    return PartnerProfile(
        agreement=agreement, kind=KINDS[partner], schedule=Schedule(every=SYNC_EVERY)
    )


def _introduce(member: Member, other: Member, profile: PartnerProfile) -> None:
    """Complete a profile with the other's address and certificates, and apply it."""
    agreement = replace(
        profile.agreement,
        state=Lifecycle.IN_FORCE,
        period=PERIOD,
        grace=PERIOD,
        max_age=timedelta(days=2),
        max_next_update=timedelta(days=1),
        disclosure=profile.agreement.disclosure
        if member.country != HOME
        else Disclosure(types=(get_programme(HOME).covered,), fields=ALL_FIELDS),
    )
    kind, ways = profile_kind(member, other), WAYS[member.country, other.country]
    is_grpc = kind is FeedKind.GRPC
    whole = replace(
        profile,
        agreement=agreement,
        kind=kind,
        enabled=True,
        endpoint=Endpoint(
            address=other.grpc if is_grpc else f"https://{other.https}",
            server_authorities=(other.pem("ca"),),
            watch_address=other.watch if is_grpc and ways.receive is Receive.WATCH else None,
        ),
        exchange=ways,
        trust=tuple(_anchors(use, other) for use in KeyUse),
        schedule=Schedule(every=PERIOD if ways.receive is Receive.PUSH else SYNC_EVERY),
        limits=Limits(fetch_timeout=timedelta(seconds=20)),
    )
    path = member.folder / "partners" / agreement.id / "partner.toml"
    path.parent.mkdir(parents=True)
    path.write_text(dump_partner(whole), encoding="utf-8")
    opened = member.open()
    try:
        apply_profile(
            whole,
            profiles=opened.store.profiles,
            callers=opened.store.callers,
            fingerprint_of=fingerprint_of_pem,
            actor=PRESENTER,
            now=opened.clock(),
        )
    finally:
        opened.close()


def profile_kind(one: Member, other: Member) -> FeedKind:
    """Return how lists travel between two members."""
    return KINDS[other.country if one.country == HOME else one.country]


def _anchors(use: KeyUse, other: Member) -> TrustAnchors:
    names = {KeyUse.TLS: "tls", KeyUse.LISTS: "lists", KeyUse.ACKNOWLEDGEMENTS: "acknowledgements"}
    return TrustAnchors(
        use=use,
        issuer=other.country,
        countries=(other.country,),
        pinned=(other.pem(names[use]),),
        authorities=(other.pem("ca"),) if use is KeyUse.TLS else (),
        algorithms=("ecdsa-p256-sha256",),
    )


def _register(home: Member, folder: Path, name: str, scope: Scope) -> Path:
    opened = home.open()
    try:
        now = opened.clock()
        path = make_client(folder, name=name, authority=home.keys, now=now)
        caller = Caller(
            name=name,
            fingerprint=fingerprint_of_pem(path.read_text("ascii")),
            purposes=(Purpose.LOOKUP,),
            scope=scope,
            added_at=now,
        )
        opened.store.callers.add(caller, PRESENTER, now)
    finally:
        opened.close()
    return path
