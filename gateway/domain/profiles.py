"""Partner profiles: an agreement with how to reach the partner and whom to trust.

In the database a profile is an immutable version; `partners/<agreement>/partner.toml` is the same
as a file. PEM texts are embedded, so that a stored profile needs no file.
"""

from datetime import datetime, timedelta
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from gateway.domain.agreements import Agreement
from gateway.domain.lists import Stream

POST_QUANTUM = "ml-dsa-65"
"""The algorithm that signs beside another one in a hybrid stream, and nowhere else (SIG-4)."""


class FeedKind(StrEnum):
    """How lists travel to and from a partner: a row of `exchange.kinds`."""

    XML = "xml_feed"
    """XML lists with their signature in them (SIG-1)."""
    ASICE = "asice_feed"
    """XML lists beside their signature, in a container (SIG-2): large ones."""
    GRPC = "grpc_feed"

    @property
    def is_xml(self) -> bool:
        """Tell whether heads and acknowledgements are XML: over HTTPS, or as files."""
        return self is not FeedKind.GRPC


class KeyUse(StrEnum):
    """What a partner's key is registered for; one key has one use (SIG-6)."""

    TLS = "tls"
    LISTS = "lists"
    ACKNOWLEDGEMENTS = "acknowledgements"


class CompromisedKey(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A signer's key that others may have: nothing of it counts that came since (SIG-9)."""

    fingerprint: str
    """Hex SHA-256 of the DER certificate."""
    since: datetime
    reason: str = ""


class TrustAnchors(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The certificates that may sign for a partner, for one use (SIG-4, SIG-5, SIG-6)."""

    use: KeyUse
    issuer: str
    """The administration that they sign for."""
    countries: tuple[str, ...]
    """Countries that a signer's certificate may carry."""
    pinned: tuple[str, ...] = ()
    """PEM certificates of signers."""
    authorities: tuple[str, ...] = ()
    """PEM certificates of the partner's CAs; a signer chains to one of them or is pinned."""
    revocation_lists: tuple[str, ...] = ()
    """PEM CRLs of those CAs."""
    algorithms: tuple[str, ...]
    """Exactly these may sign: `ecdsa-p256-sha256`, `ecdsa-p384-sha384`, `rsa-pss-sha256`,
    `rsa-pkcs1-sha256`, `ed25519`, ... (SIG-4)."""
    compromised: tuple[CompromisedKey, ...] = ()
    crl_grace: timedelta = timedelta(0)
    """How long a revocation list is taken after its end (SIG-9)."""
    hybrid_since: datetime | None = None
    """What is received from then on is signed twice: by one of `algorithms`, then by ML-DSA-65."""

    def is_hybrid(self, at: datetime) -> bool:
        """Tell whether what is received then has two signatures (SIG-4)."""
        return self.hybrid_since is not None and at >= self.hybrid_since

    @property
    def post_quantum(self) -> "TrustAnchors":
        """Who may make the second signature: a pinned certificate.

        A CA that signs with another algorithm would make the second signature as weak as itself.
        """
        return replace(self, algorithms=(POST_QUANTUM,), authorities=(), revocation_lists=())


class Endpoint(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where the partner listens, and the CA of its server certificate."""

    address: str
    """`host:port` for gRPC, `https://host:port` for XML."""
    server_authorities: tuple[str, ...]
    watch_address: str | None = None
    """`host:port` where gRPC watches are answered (EXC-5); over HTTPS `address` answers them."""


class Receive(StrEnum):
    """Who brings the partner's lists to us."""

    PULL = "pull"
    """We ask, by the schedule."""
    WATCH = "watch"
    """We ask by the schedule, and at once when the partner says that there is a new one (EXC-5)."""
    PUSH = "push"
    """The partner brings them (EXC-3); we ask by the schedule whether one got lost."""


class Send(StrEnum):
    """Who takes our lists to the partner."""

    PULL = "pull"
    """The partner asks."""
    PUSH = "push"
    """We bring each as soon as it is issued (EXC-3)."""


class SftpPlace(Struct, frozen=True, kw_only=True):
    """A machine that both sides reach by SFTP; home is a user there."""

    address: str
    """`host:port`."""
    user: str
    key_file: str
    """Absolute path of home's private key for it, on this machine and for its owner alone."""
    host_keys: tuple[str, ...]
    """Public keys that the machine may show, as `ssh-ed25519 AAAA...`; no other is believed."""


class Folders(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Absolute paths of two folders that both sides reach (EXC-7), instead of an endpoint."""

    inbox: str
    """The partner writes its lists there, we our acknowledgements of them."""
    outbox: str
    """We write our lists there, the partner its acknowledgements of them."""
    sftp: SftpPlace | None = None
    """Where the folders are; none: on this machine."""


class Ways(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How lists travel in each direction."""

    receive: Receive = Receive.PULL
    send: Send = Send.PULL
    folders: Folders | None = None
    hybrid_since: datetime | None = None
    """From then on what we sign for this partner has a second signature, by ML-DSA-65 (SIG-4)."""

    def is_hybrid(self, at: datetime) -> bool:
        """Tell whether what we sign then has two signatures."""
        return self.hybrid_since is not None and at >= self.hybrid_since


class Schedule(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """When this partner is asked (SYN-2): a period in seconds or a cron line with weekday names."""

    every: timedelta | None = None
    cron: str | None = None
    time_zone: str = "UTC"
    jitter: timedelta = timedelta(0)


class Limits(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Upper bounds on what a partner may send (section 2, Limits). Sizes in bytes."""

    max_document_bytes: int = 32 * 1024**2
    """Enveloped XML."""
    max_document_operators: int = 50_000
    max_container_bytes: int = 256 * 1024**2
    """ASiC-E container, packed."""
    max_body_bytes: int = 2 * 1024**3
    """gRPC body, and the list of a container, unpacked."""
    max_operators: int = 2_000_000
    max_depth: int = 32
    clock_skew: timedelta = timedelta(minutes=5)
    """Tolerated lead of the issuer's clock (ACC-9)."""
    unusable_share: float = 0.01
    unusable_floor: int = 5
    """More unusable operators than max(floor, share of the state) refuse a list (ACC-10)."""
    fetch_timeout: timedelta = timedelta(seconds=60)
    """Total time for one network step, not idle time (SYN-4)."""


class PartnerProfile(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Everything that this gateway must know to exchange lists under one agreement."""

    agreement: Agreement
    kind: FeedKind
    enabled: bool = True
    test: bool = False
    receive_epoch: int = 1
    send_epoch: int = 1
    endpoint: Endpoint | None = None
    """Absent in state draft: nothing is fetched."""
    exchange: Ways = Ways()
    trust: tuple[TrustAnchors, ...] = ()
    schedule: Schedule
    limits: Limits = Limits()

    @property
    def partner(self) -> str:
        """The partner administration."""
        return self.agreement.partner

    @property
    def is_reachable(self) -> bool:
        """Tell whether there is a way to the partner, over a network or through folders."""
        return self.endpoint is not None or self.exchange.folders is not None

    @property
    def receives(self) -> Stream:
        """The stream of lists that the partner issues to home."""
        return Stream(
            issuer=self.agreement.partner,
            recipient=self.agreement.home,
            agreement=self.agreement.id,
            test=self.test,
            epoch=self.receive_epoch,
        )

    @property
    def sends(self) -> Stream:
        """The stream of lists that home issues to the partner."""
        return Stream(
            issuer=self.agreement.home,
            recipient=self.agreement.partner,
            agreement=self.agreement.id,
            test=self.test,
            epoch=self.send_epoch,
        )

    def anchors(self, use: KeyUse) -> TrustAnchors | None:
        """The certificates registered for `use`, or none."""
        return next((anchors for anchors in self.trust if anchors.use is use), None)


class StoredProfile(Struct, frozen=True, kw_only=True):
    """One immutable version of a profile: who applied it, when."""

    profile: PartnerProfile
    version: int
    applied_at: datetime
    applied_by: str


class DamagedProfile(Struct, frozen=True, kw_only=True):
    """What is known of a version that cannot be read: whose codes they are, and nothing of worth.

    An earlier version is not taken in its place: it may grant what the damaged one took away.
    """

    agreement: str
    version: int
    partner: str
    territory: tuple[str, ...]
    """By the newest earlier version that can be read; without one, the partner's own code."""
    problem: str


class KnownProfiles(Struct, frozen=True, kw_only=True):
    """One version of every profile, by agreement id."""

    readable: tuple[StoredProfile, ...]
    damaged: tuple[DamagedProfile, ...] = ()
