"""The kinds of feed: a row each. A new kind is a folder beside the others and a row here."""

from collections.abc import Callable

from msgspec import Struct

from gateway.domain.documents import Unverified
from gateway.domain.errors import ConfigError
from gateway.domain.profiles import FeedKind, PartnerProfile
from gateway.domain.transport_faults import TransportFault
from gateway.exchange.grpc_feed import witness as grpc_witness
from gateway.exchange.grpc_feed.channel import GrpcChannel
from gateway.exchange.grpc_feed.feed import GrpcFeed, GrpcOpener
from gateway.exchange.request_ids import forget
from gateway.exchange.xml_feed import witness as xml_witness
from gateway.exchange.xml_feed.asice_feed import AsiceFeed, AsiceOpener
from gateway.exchange.xml_feed.channel import XmlChannel
from gateway.exchange.xml_feed.feed import XmlFeed, XmlOpener
from gateway.exchange.xml_feed.file_names import Tell
from gateway.exchange.xml_feed.folder import FolderChannel
from gateway.ports.evidence import Witness
from gateway.ports.feed import Channel, Feed, Opener
from gateway.ports.tls import ClientTls
from gateway.trust.keys import SigningKey


class Kind(Struct, frozen=True, kw_only=True):
    """How one kind of feed is made."""

    feed: Callable[[SigningKey, SigningKey], Feed]
    channel: Callable[[PartnerProfile, ClientTls], Channel]
    opener: Callable[[], Opener]
    witness: Callable[[Unverified], Witness]


KINDS: dict[FeedKind, Kind] = {
    FeedKind.XML: Kind(
        feed=XmlFeed, channel=XmlChannel, opener=XmlOpener, witness=xml_witness.take_apart
    ),
    FeedKind.ASICE: Kind(
        feed=AsiceFeed, channel=XmlChannel, opener=AsiceOpener, witness=xml_witness.take_apart
    ),
    FeedKind.GRPC: Kind(
        feed=GrpcFeed, channel=GrpcChannel, opener=GrpcOpener, witness=grpc_witness.take_apart
    ),
}


def make_feeds(list_key: SigningKey, acknowledgement_key: SigningKey) -> dict[FeedKind, Feed]:
    """Make one feed of every kind with home's keys."""
    return {name: kind.feed(list_key, acknowledgement_key) for name, kind in KINDS.items()}


def make_opener(kind: FeedKind) -> Opener:
    """Make what believes the documents of a kind; it needs no keys of home."""
    return KINDS[kind].opener()


def take_apart(kind: FeedKind, document: Unverified) -> Witness:
    """Take a document apart for programs of others."""
    return KINDS[kind].witness(document)


def _tell_nobody(path: str, fault: TransportFault, why: str) -> None:
    del path, fault, why


def make_channel(
    profile: PartnerProfile, certificate: bytes, key: bytes, tell: Tell = _tell_nobody
) -> Channel:
    """Make the way to a partner.

    Args:
        profile: The partner.
        certificate: PEM chain of home's TLS client certificate.
        key: Its PEM private key.
        tell: Is told of files in shared folders that are not read.

    Raises:
        ConfigError: The profile has no endpoint and no folders, or the key for SFTP cannot be used.
    """
    forget()
    if profile.exchange.folders is not None:
        return FolderChannel(profile, tell)
    endpoint = profile.endpoint
    if endpoint is None:
        message = f"the profile {profile.agreement.id} has no endpoint: nothing can be fetched"
        raise ConfigError(message, context={"partner": profile.partner})
    authorities = "\n".join(endpoint.server_authorities).encode("ascii")
    tls = ClientTls(certificate=certificate, key=key, authorities=authorities)
    return KINDS[profile.kind].channel(profile, tls)
