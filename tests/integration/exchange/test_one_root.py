"""Issue 2, shown by 5: one list by XML, by gRPC and by an independent reading, one root.

The checker verifies and reads the sealed bytes with protos/, schemas/ and its own twenty lines.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from signxml.exceptions import InvalidSignature as InvalidXmlSignature

from gateway.domain.canonical import list_digest, list_operator
from gateway.domain.documents import SealedList, Unverified
from gateway.domain.errors import SignatureError, UnknownSignerError
from gateway.domain.lists import ListedOperator, ListHeader, ListKind, StatusList
from gateway.domain.profiles import Limits
from gateway.domain.state import state_root
from gateway.exchange.grpc_feed.feed import GrpcFeed
from gateway.exchange.xml_feed.feed import XmlFeed
from gateway.ports.feed import Feed
from tests.e2e.checker import canonical as checker
from tests.e2e.checker import dsse, forgery, xml
from tests.e2e.checker.partner import Sealed
from tests.e2e.checker.protobuf import Contract
from tests.fakes.full_operators import full_operators
from tests.fakes.trial_keys import key_of, make_partner, pin

NOW = datetime.now(UTC).replace(microsecond=0)
FEEDS = ("XML", "gRPC")


@dataclass(frozen=True)
class World:
    """One list of an administration XA, and how to seal and open it."""

    header: ListHeader
    operators: list[ListedOperator]
    certificate: Path
    feeds: dict[str, Feed]
    sealed: dict[str, SealedList]
    contract: Contract

    @property
    def signer(self) -> x509.Certificate:
        return x509.load_pem_x509_certificates(self.certificate.read_bytes())[0]

    def open(self, feed: str, document: bytes, chunks: tuple[bytes, ...]) -> StatusList:
        opener, anchors = self.feeds[feed].opener, pin(self.certificate)
        unverified = Unverified(document=document, chunks=chunks)
        verified = opener.open(unverified, anchors, Limits(), NOW)
        return opener.decode(verified, anchors, Limits())

    def read(self, feed: str, sealed: Sealed) -> dsse.ReadList:
        if feed == "XML":
            return xml.open_list(sealed.document, self.signer)
        return dsse.open_list(self.contract, sealed.document, sealed.chunks, self.signer)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    pki = make_partner(tmp_path_factory.mktemp("XA"), now=NOW)
    keys = key_of(pki.lists, now=NOW), key_of(pki.acknowledgements, now=NOW)
    operators = sorted(map(list_operator, full_operators(1000)), key=_id)
    header = ListHeader(
        version=1,
        list_id="XA-1",
        kind=ListKind.FULL,
        issuer="XA",
        recipient="XB",
        agreement="XA-XB",
        test=False,
        epoch=1,
        sequence=1,
        issued_at=NOW,
        next_update_at=NOW + timedelta(days=1),
        state_root=state_root(operators),
        quantity=len(operators),
    )
    feeds: dict[str, Feed] = {"XML": XmlFeed(*keys), "gRPC": GrpcFeed(*keys)}
    sealed = {
        name: feed.sealer.seal_list(StatusList(header, operators)) for name, feed in feeds.items()
    }
    return World(header, operators, pki.lists, feeds, sealed, Contract())


@pytest.mark.parametrize("feed", FEEDS)
def test_sta_3_root_is_the_same_whichever_adapter_carried_the_list(world: World, feed: str) -> None:
    sealed = world.sealed[feed]
    received = world.open(feed, sealed.document, sealed.chunks)
    assert state_root(received.operators) == world.header.state_root
    assert [one.canonical for one in received.operators] == [
        one.canonical for one in world.operators
    ]


@pytest.mark.parametrize("feed", FEEDS)
def test_sta_1_names_come_out_code_point_for_code_point(world: World, feed: str) -> None:
    sealed = world.sealed[feed]
    received = world.open(feed, sealed.document, sealed.chunks)
    sent = {operator.id: operator for operator in full_operators(1000)}
    for operator in (one.operator for one in received.operators):
        assert set(operator.names) == set(sent[operator.id].names)
        assert set(operator.trade_names) == set(sent[operator.id].trade_names)


@pytest.mark.parametrize("feed", FEEDS)
def test_sta_2_independent_reading_of_the_sealed_bytes_has_that_root(
    world: World, feed: str
) -> None:
    sealed = world.sealed[feed]
    read = world.read(feed, Sealed(sealed.document, sealed.chunks))
    assert len(read.operators) == 1000
    assert checker.state_root(read.operators) == world.header.state_root
    assert read.header["stateRoot"] == world.header.state_root


@pytest.mark.parametrize("feed", FEEDS)
def test_sta_6_independent_reading_has_the_same_list_digest(world: World, feed: str) -> None:
    sealed = world.sealed[feed]
    read = world.read(feed, Sealed(sealed.document, sealed.chunks))
    assert checker.list_digest(read.header) == list_digest(world.header)


def test_sig_3_head_of_an_xml_list_is_signed_by_itself_with_the_same_digest(world: World) -> None:
    header = xml.open_head(world.sealed["XML"].head, world.signer)
    assert checker.list_digest(header) == list_digest(world.header)


def _attacks(world: World, feed: str) -> dict[str, Sealed]:
    sealed = world.sealed[feed]
    genuine, forger = Sealed(sealed.document, sealed.chunks), forgery.make_forger("XA")
    if feed == "XML":
        return {
            "forged": forgery.forged_xml(genuine, forger),
            "tampered": forgery.tampered_xml(genuine),
        }
    return {
        "forged": forgery.forged_over_grpc(world.contract, genuine, forger),
        "tampered": forgery.tampered_over_grpc(world.contract, genuine),
        "tampered chunk": forgery.tampered_chunk(genuine),
    }


@pytest.mark.parametrize("feed", FEEDS)
def test_what_the_checker_forges_is_refused_by_the_gateway(world: World, feed: str) -> None:
    for name, attack in _attacks(world, feed).items():
        error = UnknownSignerError if name == "forged" else SignatureError
        with pytest.raises(error):
            world.open(feed, attack.document, attack.chunks)


@pytest.mark.parametrize("feed", FEEDS)
def test_what_the_checker_forges_is_refused_by_the_checker(world: World, feed: str) -> None:
    for attack in _attacks(world, feed).values():
        with pytest.raises((InvalidSignature, InvalidXmlSignature, AssertionError)):
            world.read(feed, attack)


def test_forged_xml_is_well_signed_by_the_wrong_key(world: World) -> None:
    sealed, forger = world.sealed["XML"], forgery.make_forger("XA")
    forged = forgery.forged_xml(Sealed(sealed.document), forger)
    assert xml.open_list(forged.document, forger.certificate).header["sequence"] == 2


def _id(listed: ListedOperator) -> bytes:
    return listed.operator.id.encode()
