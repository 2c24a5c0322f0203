"""Attacks by a partner, or somebody like it, that pushes over HTTPS (EXC-3, issue 6)."""

import gzip
import json
import socket
import ssl
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from gateway.domain.documents import SealedList
from gateway.domain.errors import NotPermittedError, TransportError
from gateway.domain.parties import Caller, Purpose
from gateway.domain.profiles import FeedKind
from gateway.entrypoints.http.partner_server import make_app
from gateway.entrypoints.http.serving import HttpsServer, serve
from gateway.exchange.xml_feed.channel import XmlChannel
from gateway.exchange.xml_feed.list_form import form_of
from gateway.exchange.xml_feed.replies import XML
from gateway.exchange.xml_feed.tls_context import client_context
from gateway.ports.tls import ClientTls
from gateway.trust.certificates import fingerprint
from gateway.trust.container import MEDIA_TYPE
from gateway.trust.pki import make_client
from tests.fakes.besieged import Besieged
from tests.fakes.besieged_ways import next_sealed, reaching, require_shut
from tests.fakes.partner_tls import client_tls, leaf, server_tls
from tests.fakes.raw_https import reset_after

KINDS = (FeedKind.XML, FeedKind.ASICE)
MOST = 100_000
PATH = "/exchange/v1/streams/XA-XB/production/1"
PATIENCE = 10.0
NOBODY = ""
"""The connection ends without an answer."""


class Gate:
    """Home's server, the partner's good list 3, and connections to it."""

    def __init__(self, ground: Besieged, folder: Path) -> None:
        self.ground, self.folder = ground, folder
        self.sealed: SealedList = next_sealed(ground)
        self.media_type = form_of(ground.profile).media_type
        shown = {
            ssl.PEM_cert_to_DER_cert(leaf(ground.partner.keys.folder / "tls.pem")): "XB",
        }

        def identify(der: bytes) -> Caller:
            if der not in shown:
                raise NotPermittedError("unknown certificate")
            return Caller(
                name="XB gateway",
                fingerprint=fingerprint(der),
                purposes=(Purpose.EXCHANGE,),
                partner=shown[der],
                added_at=ground.clock.now,
            )

        app = make_app(
            ground.desk,
            identify,
            lambda: ground.clock.now,
            home="XA",
            max_body_bytes={XML: MOST, MEDIA_TYPE: MOST},
        )
        tls = server_tls(ground.keys.folder / "tls.pem", ground.partner.keys.folder / "ca.pem")
        self.server: HttpsServer = serve(app, "127.0.0.1:0", tls)
        self.server.start()
        self.port = int(self.server.address.rpartition(":")[2])

    def partner(self) -> ClientTls:
        return client_tls(
            self.ground.partner.keys.folder / "tls.pem", self.ground.keys.folder / "ca.pem"
        )

    def connected(self, tls: ClientTls | None = None) -> ssl.SSLSocket:
        plain = socket.create_connection(("127.0.0.1", self.port), PATIENCE)
        return client_context(tls or self.partner()).wrap_socket(plain, server_hostname="localhost")

    def ask(self, *sent: bytes, tls: ClientTls | None = None, pause: float = 0.0) -> str:
        """Send bytes, and return the code of the refusal; nothing if there is no answer."""
        answer = b""
        with suppress(OSError), self.connected(tls) as secured:
            with suppress(OSError):
                for piece in sent:
                    secured.sendall(piece)
                    time.sleep(pause)
            while piece := secured.recv(65_536):
                answer += piece
        return _code_of(answer)

    def push(self) -> None:
        """Push the good list as the partner does."""
        profile = reaching(self.ground, f"https://localhost:{self.port}")
        channel = XmlChannel(profile, self.partner())
        channel.submit_list(self.ground.profile.receives, self.sealed)


def _code_of(answer: bytes) -> str:
    _, _, body = answer.partition(b"\r\n\r\n")
    try:
        return str(json.loads(body)["code"])
    except (ValueError, KeyError, TypeError):
        return answer.partition(b"\r\n")[0].decode("ascii", "replace")


@pytest.fixture
def gate(ground: Besieged, tmp_path: Path) -> Iterator[Gate]:
    made = Gate(ground, tmp_path)
    yield made
    made.server.stop()


def request(
    gate: Gate,
    body: bytes | None = None,
    *,
    place: str = f"{PATH}/lists",
    method: str = "POST",
    length: str | None = None,
    more: str = "",
    media_type: str | None = None,
) -> bytes:
    """Return a request; what is not said is as in a good push."""
    body = gate.sealed.document if body is None else body
    size = f"content-length: {len(body)}\r\n" if length is None else length
    kind = f"content-type: {gate.media_type if media_type is None else media_type}\r\n"
    head = f"{method} {place} HTTP/1.1\r\nhost: localhost\r\n{kind}{size}{more}"
    return f"{head}connection: close\r\n\r\n".encode() + body


CHUNKED = "transfer-encoding: chunked\r\n"
Make = Callable[[Gate], bytes]
MALFORMED = "NOT_WELL_FORMED"

PUSHES: Mapping[str, tuple[Make, str]] = {
    "a body over the limit": (lambda it: request(it, b"<" * (MOST + 1)), "TOO_LARGE"),
    "a body that states more than the limit": (
        lambda it: request(it, b"<", length=f"content-length: {10**12}\r\n"),
        "TOO_LARGE",
    ),
    "chunks over the limit": (
        lambda it: request(it, b"6400\r\n%b\r\n" % (b"x" * 0x6400) * 4, length=CHUNKED),
        "TOO_LARGE",
    ),
    "an empty body": (lambda it: request(it, b""), MALFORMED),
    "a page of HTML": (lambda it: request(it, b"<!doctype html><html></html>"), MALFORMED),
    "HTML that says so": (
        lambda it: request(it, b"<html></html>", media_type="text/html"),
        "MEDIA_TYPE_NOT_SUPPORTED",
    ),
    "JSON": (
        lambda it: request(it, b"{}", media_type="application/json"),
        "MEDIA_TYPE_NOT_SUPPORTED",
    ),
    "no type": (lambda it: request(it, media_type=""), "MEDIA_TYPE_NOT_SUPPORTED"),
    "a compressed list": (
        lambda it: request(
            it, gzip.compress(it.sealed.document), more="content-encoding: gzip\r\n"
        ),
        "MEDIA_TYPE_NOT_SUPPORTED",
    ),
    "a compressed bomb": (
        lambda it: request(it, gzip.compress(b" " * 50_000_000), more="content-encoding: gzip\r\n"),
        "MEDIA_TYPE_NOT_SUPPORTED",
    ),
    "two lengths": (
        lambda it: request(it, more=f"content-length: {len(it.sealed.document) + 9}\r\n"),
        "REQUEST_INVALID",
    ),
    "a length and chunks": (lambda it: request(it, more=CHUNKED), "REQUEST_INVALID"),
    "a length that is no number": (
        lambda it: request(it, length="content-length: many\r\n"),
        "REQUEST_INVALID",
    ),
    "a length below zero": (
        lambda it: request(it, length="content-length: -1\r\n"),
        "REQUEST_INVALID",
    ),
    "chunks of no number": (
        lambda it: request(it, b"zz\r\n<list/>\r\n", length=CHUNKED),
        "REQUEST_INVALID",
    ),
    "no http": (lambda _: b"EHLO mail.invalid\r\n\r\n", "REQUEST_INVALID"),
    "HTTP 2": (lambda _: b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "REQUEST_INVALID"),
    "another method": (lambda it: request(it, method="PUT"), "METHOD_NOT_ALLOWED"),
    "a method that nobody knows": (lambda it: request(it, method="BREW"), "REQUEST_INVALID"),
    "a head without end": (
        lambda it: request(it, more=f"x-long: {'y' * 40_000}\r\n"),
        "HEAD_TOO_LARGE",
    ),
    "a thousand fields": (
        lambda it: request(it, more="".join(f"x-{n}: y\r\n" for n in range(1000))),
        "HEAD_TOO_LARGE",
    ),
    "another agreement": (
        lambda it: request(it, place=f"{PATH.replace('XA-XB', 'XA-XC')}/lists"),
        "NOT_FOUND",
    ),
    "the test stream": (
        lambda it: request(it, place=f"{PATH.replace('production', 'test')}/lists"),
        "NOT_FOUND",
    ),
    "another epoch": (lambda it: request(it, place=f"{PATH[:-1]}2/lists"), "NOT_FOUND"),
    "a path that leads out": (
        lambda it: request(it, place=f"{PATH}/../../../lists"),
        "NOT_FOUND",
    ),
    "a request id that is none": (
        lambda it: request(it, more="mra-request-id: a b; c\r\n"),
        "REQUEST_INVALID",
    ),
}


@pytest.mark.parametrize(("make", "code"), PUSHES.values(), ids=PUSHES)
def test_a_hostile_push_is_refused_and_the_good_one_taken(
    gate: Gate, make: Make, code: str
) -> None:
    sent = make(gate)
    require_shut(gate, lambda: gate.ask(sent), code)


def _faults(told: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the faults on the way that our server told of, each as it reads in the log."""
    failed = (each for each in told if each.get("code") == TransportError.code)
    return [each["message"].partition(":")[0] for each in failed]


@pytest.mark.parametrize(
    "upto", [0, 40, 300, -1], ids=["nothing", "the head", "a piece", "all but"]
)
def test_a_push_that_breaks_off_is_no_push(gate: Gate, upto: int) -> None:
    def broken() -> str:
        with gate.connected() as secured:
            secured.sendall(request(gate)[:upto])
        return NOBODY

    with capture_logs() as told:
        require_shut(gate, broken, NOBODY)
    # Before the head is whole there is no request.
    assert _faults(told) == (["truncated"] if upto in {300, -1} else [])


def test_a_push_that_is_reset_is_no_push(gate: Gate) -> None:
    def reset() -> str:
        reset_after(request(gate)[:-50])(gate.connected())
        return NOBODY

    with capture_logs() as told:
        require_shut(gate, reset, NOBODY)
    assert _faults(told) == ["truncated"]


@pytest.mark.parametrize(
    ("upto", "code"), [(30, NOBODY), (-40, "REQUEST_INVALID")], ids=["a slow head", "a slow body"]
)
def test_a_push_byte_by_byte_is_not_waited_for(
    gate: Gate, upto: int, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    limits = "gateway.entrypoints.http.head_limits"
    monkeypatch.setattr(f"{limits}.BODY_SECONDS", 0.3)
    monkeypatch.setattr(f"{limits}.LimitedProtocol._patience", 0.3)
    monkeypatch.setattr(f"{limits}._LOOK_EVERY", 0.1)
    sent = request(gate)
    slow = (bytes([byte]) for byte in sent[upto:])
    require_shut(gate, lambda: gate.ask(sent[:upto], *slow, pause=0.04), code)


def _stranger(gate: Gate) -> ClientTls:
    """Issued by the partner's CA, registered by nobody."""
    authority = gate.ground.partner.keys.folder
    made = make_client(gate.folder, "stranger", authority=authority, now=gate.ground.clock.now)
    return client_tls(made, gate.ground.keys.folder / "ca.pem")


def test_a_certificate_that_is_not_registered_pushes_nothing(gate: Gate) -> None:
    tls = _stranger(gate)
    require_shut(gate, lambda: gate.ask(request(gate), tls=tls), "NOT_PERMITTED")


def test_a_certificate_of_another_authority_pushes_nothing(gate: Gate) -> None:
    tls = client_tls(gate.ground.stranger.folder / "tls.pem", gate.ground.keys.folder / "ca.pem")
    require_shut(gate, lambda: gate.ask(request(gate), tls=tls), NOBODY)


def test_the_partners_key_for_lists_opens_no_connection(gate: Gate) -> None:
    folder = gate.ground.partner.keys.folder
    tls = client_tls(folder / "lists.pem", gate.ground.keys.folder / "ca.pem")
    require_shut(gate, lambda: gate.ask(request(gate), tls=tls), NOBODY)


def test_a_list_in_the_place_of_an_acknowledgement_is_none(gate: Gate) -> None:
    sent = request(gate, place=f"{PATH}/acknowledgements", media_type=XML)
    attack = gate.ask(sent)
    assert attack not in {"applied", "HTTP/1.1 204 No Content"}
    require_shut(gate, lambda: NOBODY, NOBODY)
