"""Attacks on the way over HTTPS, in both packagings: a list comes whole or not at all (issue 6)."""

import time
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.domain.profiles import FeedKind
from gateway.domain.transport_faults import TransportFault
from gateway.exchange.xml_feed.channel import XmlChannel
from gateway.exchange.xml_feed.list_form import form_of
from gateway.ports.tls import ServerTls
from tests.fakes.besieged import Besieged
from tests.fakes.besieged_ways import (
    failed,
    fetch,
    home_tls,
    next_sealed,
    other_pki,
    partner_tls,
    reaching,
    require_repelled_on_the_way,
)
from tests.fakes.hostile_answers import (
    ENDLESS,
    INDEXES,
    JSON,
    UNUSABLE,
    XML,
    Spoilt,
    http,
    sound,
    typed,
)
from tests.fakes.partner_tls import server_tls
from tests.fakes.raw_https import Answer, HostilePartner, dripping
from tests.fakes.silent_partners import silent_listener

KINDS = (FeedKind.XML, FeedKind.ASICE)
INDEX = sound(b'{"sequences": [3]}', JSON)
QUICK = timedelta(seconds=0.5)


class Way:
    """The partner's good list 3, and servers that spoil it."""

    def __init__(self, ground: Besieged) -> None:
        self.ground = ground
        self.servers: list[HostilePartner] = []
        sealed = next_sealed(ground)
        self.head, self.document = sealed.head, sealed.document
        self.media_type = form_of(ground.profile).media_type
        self.good = {
            "head": (sound(self.head),),
            "changes": (INDEX,),
            "lists": (sound(self.document, self.media_type),),
        }

    def serve(
        self, tls: ServerTls | None = None, answers: Mapping[str, tuple[Answer, ...]] | None = None
    ) -> HostilePartner:
        server = HostilePartner(tls or partner_tls(self.ground), self.good | dict(answers or {}))
        self.servers.append(server)
        return server

    def repel(self, *told: str | TransportFault, **answers: tuple[Answer, ...]) -> None:
        """Answer so once, and then as one should."""
        self.repel_at(self.serve(answers=answers).port, *told)

    def repel_at(
        self, port: int, *told: str | TransportFault, patience: timedelta | None = None
    ) -> None:
        """Refused with one of these codes, or faults on the way."""
        ground, soundly = self.ground, self.serve()
        way = {} if patience is None else {"patience": patience}
        hostile = reaching(ground, f"https://localhost:{port}", **way)
        good = reaching(ground, f"https://localhost:{soundly.port}")
        tls = home_tls(ground)
        require_repelled_on_the_way(
            ground, (hostile, XmlChannel(hostile, tls)), (good, XmlChannel(good, tls)), told
        )


@pytest.fixture
def way(ground: Besieged) -> Iterator[Way]:
    made = Way(ground)
    yield made
    for server in made.servers:
        server.close()


@pytest.mark.parametrize(("spoilt", "fault"), UNUSABLE.values(), ids=UNUSABLE)
def test_the_head_does_not_come(way: Way, spoilt: Spoilt, fault: TransportFault) -> None:
    way.repel(fault, head=(spoilt(way.head, XML),))


@pytest.mark.parametrize(("spoilt", "fault"), UNUSABLE.values(), ids=UNUSABLE)
def test_the_list_does_not_come(way: Way, spoilt: Spoilt, fault: TransportFault) -> None:
    way.repel(fault, lists=(spoilt(way.document, way.media_type),))


@pytest.mark.parametrize(("answer", "fault"), INDEXES.values(), ids=INDEXES)
def test_the_index_does_not_come(way: Way, answer: Answer, fault: TransportFault) -> None:
    way.repel(fault, changes=(answer,))


@pytest.mark.parametrize("spoilt", ENDLESS.values(), ids=ENDLESS)
@pytest.mark.parametrize("place", ["head", "changes", "lists"])
def test_an_answer_without_end_is_read_to_the_limit(way: Way, place: str, spoilt: Spoilt) -> None:
    media_type = {"head": XML, "changes": JSON, "lists": way.media_type}[place]
    hostile = way.serve(answers={place: (spoilt(b"", media_type),)})
    way.repel_at(hostile.port, "TOO_LARGE")


@pytest.mark.parametrize("place", ["head", "changes", "lists"])
def test_an_answer_byte_by_byte_ends_at_the_deadline(way: Way, place: str) -> None:
    began = time.monotonic()
    slow = dripping(way.good[place][0], 0.02)
    port = way.serve(answers={place: (slow,)}).port
    way.repel_at(port, TransportFault.TIMEOUT, patience=QUICK)
    assert time.monotonic() - began < 8


def test_a_partner_that_never_says_a_word_ends_at_the_deadline(way: Way) -> None:
    with silent_listener() as address:
        way.repel_at(int(address.rpartition(":")[2]), TransportFault.TIMEOUT, patience=QUICK)


def _piece(way: Way, begin: int, *, says: int | None = None, etag: str = '"one"') -> bytes:
    body, at = way.document, begin if says is None else says
    place = f"content-range: bytes {at}-{len(body) - 1}/{len(body)}\r\netag: {etag}\r\n"
    return http("206 Partial Content", typed(way.media_type) + place, body[begin:])


def _begun(way: Way, upto: int) -> bytes:
    head = f'{typed(way.media_type)}etag: "one"\r\n'
    return http("200 OK", head, way.document[:upto], length=len(way.document))


Piece = Callable[[Way], bytes]
PIECES: dict[str, tuple[Piece, TransportFault]] = {
    "of another body": (lambda way: _piece(way, 50, etag='"two"'), TransportFault.OUT_OF_ORDER),
    "a piece before it": (lambda way: _piece(way, 40), TransportFault.OUT_OF_ORDER),
    "a piece behind it": (lambda way: _piece(way, 60), TransportFault.OUT_OF_ORDER),
    "no more": (lambda _: b"", TransportFault.NO_ANSWER),
    "a page of HTML": (
        lambda _: http("200 OK", typed("text/html"), b"<html>log in</html>"),
        TransportFault.MEDIA_TYPE,
    ),
}


@pytest.mark.parametrize(("piece", "fault"), PIECES.values(), ids=PIECES)
def test_pieces_that_do_not_fit_make_no_list(way: Way, piece: Piece, fault: TransportFault) -> None:
    way.repel(fault, lists=(_begun(way, 50), piece(way)))


BELIEVED: dict[str, Piece] = {
    "a piece repeated": lambda way: _piece(way, 40, says=50),
    "a piece left out": lambda way: _piece(way, 60, says=50),
    "a piece of other bytes": lambda way: _piece(way, 50)[:-9] + b"x" * 9,
}
CODES = ("NOT_WELL_FORMED", "SIGNATURE_INVALID", "CONTAINER_REFUSED")


@pytest.mark.parametrize("piece", BELIEVED.values(), ids=BELIEVED)
def test_pieces_that_say_they_fit_are_no_list_that_was_signed(way: Way, piece: Piece) -> None:
    way.repel(*CODES, lists=(_begun(way, 50), piece(way)))


def test_pieces_without_end_are_given_up(way: Way) -> None:
    """A server that brings one byte for each question."""
    cuts = (_piece(way, n)[: -len(way.document) + n + 1] for n in range(50, 90))
    way.repel(TransportFault.TRUNCATED, lists=(_begun(way, 50), *cuts))


def test_a_list_over_the_limit_is_not_read(way: Way) -> None:
    body = way.document + b" " * 300_000
    way.repel("TOO_LARGE", lists=(sound(body, way.media_type),))


def test_another_list_than_the_head_names(way: Way) -> None:
    """The list before, genuine, in the place of the next one: nothing is taken twice or back."""
    before = way.ground.partner._require_sealed()
    answer = sound(before.document, way.media_type)
    server = way.serve(answers={"lists": (answer,)})
    profile = reaching(way.ground, f"https://localhost:{server.port}")
    rows = way.ground.deciding_rows()
    fetch(way.ground, profile, XmlChannel(profile, home_tls(way.ground)))
    assert way.ground.deciding_rows() == rows
    soundly = reaching(way.ground, f"https://localhost:{way.serve().port}")
    way.ground.advance(timedelta(seconds=1))
    channel = XmlChannel(soundly, home_tls(way.ground))
    assert fetch(way.ground, soundly, channel) == "applied"


def test_a_head_in_the_place_of_the_list(way: Way) -> None:
    way.repel("SCHEMA_VIOLATION", "CONTAINER_REFUSED", lists=(sound(way.head, way.media_type),))


def test_a_list_in_the_place_of_the_head(way: Way) -> None:
    way.repel("SCHEMA_VIOLATION", "CONTAINER_REFUSED", head=(sound(way.document),))


def test_a_server_of_a_strange_authority_gets_nothing(way: Way, tmp_path: Path) -> None:
    server = way.serve(server_tls(other_pki(tmp_path) / "tls.pem"))
    way.repel_at(server.port, TransportFault.UNTRUSTED)
    assert server.requests == []


@pytest.mark.parametrize(
    ("host", "ago"), [("elsewhere.invalid", 0), ("localhost", 60)], ids=["other name", "expired"]
)
def test_a_server_with_a_wrong_certificate_gets_nothing(
    way: Way, tmp_path: Path, host: str, ago: int
) -> None:
    folder = other_pki(tmp_path, host, ago=ago)
    server = way.serve(server_tls(folder / "tls.pem"))
    profile = reaching(way.ground, f"https://localhost:{server.port}")
    rows = way.ground.deciding_rows()
    channel = XmlChannel(profile, home_tls(way.ground, folder / "ca.pem"))
    assert fetch(way.ground, profile, channel) == failed(TransportFault.UNTRUSTED)
    assert server.requests == []
    assert way.ground.deciding_rows() == rows


def test_a_server_with_the_partners_key_for_lists_gets_nothing(way: Way) -> None:
    server = way.serve(server_tls(way.ground.partner.keys.folder / "lists.pem"))
    way.repel_at(server.port, TransportFault.UNTRUSTED)
    assert server.requests == []
