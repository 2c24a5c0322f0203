import asyncio
import socket
import ssl
import threading
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
import pytest
from litestar.connection import ASGIConnection
from msgspec import structs

from gateway.domain.canonical import list_digest
from gateway.domain.documents import Packaging
from gateway.domain.errors import (
    ConfigError,
    NotFoundError,
    NotPermittedError,
    SchemaViolationError,
    TooLargeError,
    TransportError,
)
from gateway.entrypoints.http.partner_server import CallerMiddleware, make_app
from gateway.entrypoints.http.serving import HttpsServer, serve
from gateway.exchange.xml_feed.channel import XmlChannel
from gateway.exchange.xml_feed.tls_context import client_context
from gateway.trust.pki import TrialPki, make_client
from tests.fakes.callers import BORDER
from tests.fakes.partner_desk import FakePartnerDesk
from tests.fakes.partner_tls import client_tls, leaf, profile_of, server_tls
from tests.fakes.xml_lists import STREAM
from tests.integration.http.conftest import (
    BACK,
    HEADER,
    MAX_BODY,
    PATH,
    now,
    refuse_all,
    sealed,
)


def test_exc_6_a_list_comes_back_byte_for_byte(desk: FakePartnerDesk, channel: XmlChannel) -> None:
    desk.lists = [sealed(1), sealed(2)]
    assert channel.fetch_list(STREAM, 1).document == desk.lists[0].document
    assert channel.fetch_list(STREAM, 2).document == desk.lists[1].document


def test_exc_6_the_head_is_that_of_the_newest_list(
    desk: FakePartnerDesk, channel: XmlChannel
) -> None:
    assert channel.fetch_head(STREAM, None).document is None
    desk.lists = [sealed(1)]
    first = channel.fetch_head(STREAM, None).document
    assert first is not None
    assert first.document == desk.lists[0].head
    desk.lists.append(sealed(2))
    second = channel.fetch_head(STREAM, None).document
    assert second is not None
    assert second.document == desk.lists[1].head


def test_exc_6_an_unchanged_head_costs_no_body(desk: FakePartnerDesk, http: httpx.Client) -> None:
    desk.lists = [sealed(1)]
    first = http.get(f"{PATH}/head")
    etag = first.headers["etag"]
    assert etag == f'"{list_digest(HEADER)}"'
    again = http.get(f"{PATH}/head", headers={"if-none-match": f'"other", W/{etag}'})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", etag)
    desk.lists = [sealed(2)]
    assert http.get(f"{PATH}/head", headers={"if-none-match": etag}).status_code == 200


def test_exc_6_the_channel_keeps_an_unchanged_head(
    desk: FakePartnerDesk, channel: XmlChannel
) -> None:
    desk.lists = [sealed(1)]
    assert channel.fetch_head(STREAM, None) == channel.fetch_head(STREAM, None)


def test_exc_6_lists_may_be_cached_for_ever_and_heads_not_at_all(
    desk: FakePartnerDesk, http: httpx.Client
) -> None:
    desk.lists = [sealed(1)]
    listed = http.get(f"{PATH}/lists/1")
    assert listed.headers["cache-control"] == "private, max-age=31536000, immutable"
    assert listed.headers["content-type"] == "application/xml"
    assert "immutable" not in http.get(f"{PATH}/head").headers["cache-control"]


def test_exc_3_a_pushed_list_is_answered_with_the_acknowledgement(
    desk: FakePartnerDesk, channel: XmlChannel
) -> None:
    assert channel.submit_list(BACK, sealed()) == desk.answer
    assert desk.submitted == [sealed().document]


def test_exc_4_an_acknowledgement_is_taken_in(desk: FakePartnerDesk, channel: XmlChannel) -> None:
    channel.deliver_acknowledgement(STREAM, b"<answer/>")
    assert desk.held_answer == b"<answer/>"


def test_exc_1_a_poll_repeats_an_acknowledgement_that_the_publisher_lost(
    desk: FakePartnerDesk, channel: XmlChannel, http: httpx.Client
) -> None:
    desk.lists = [sealed(1)]
    channel.fetch_head(STREAM, b"<answer/>")
    assert desk.held_answer == b"<answer/>"
    digest = http.get(f"{PATH}/head").headers["mra-acknowledgement-digest"]
    assert digest == sha256(b"<answer/>").hexdigest()


def test_acc_1_a_body_over_the_limit_is_cut_off_while_reading(
    desk: FakePartnerDesk, channel: XmlChannel, http: httpx.Client
) -> None:
    large = structs.replace(sealed(), document=b"x" * (MAX_BODY + 1))
    with pytest.raises(TooLargeError):
        channel.submit_list(BACK, large)

    def pieces() -> Iterator[bytes]:
        yield from [b"x" * 1000] * (MAX_BODY // 1000 + 1)

    streamed = http.post(
        f"{PATH}/lists", content=pieces(), headers={"content-type": "application/xml"}
    )
    assert (streamed.status_code, streamed.json()["code"]) == (413, "TOO_LARGE")
    assert desk.submitted == []


def test_acc_1_a_body_that_states_to_be_longer_is_not_waited_for(
    desk: FakePartnerDesk, server: HttpsServer, home: TrialPki, partner: TrialPki
) -> None:
    context = client_context(client_tls(partner.tls, home.authority))
    host, _, port = server.address.rpartition(":")
    with (
        socket.create_connection((host, int(port)), 5) as plain,
        context.wrap_socket(plain, server_hostname="localhost") as secured,
    ):
        secured.sendall(
            f"POST {PATH}/lists HTTP/1.1\r\nhost: localhost\r\n"
            f"content-type: application/xml\r\ncontent-length: {10**12}\r\n\r\n<".encode()
        )
        assert secured.recv(100).startswith(b"HTTP/1.1 413 ")
    assert desk.submitted == []


def test_a_caller_that_is_cut_off_is_no_defect_of_ours(
    desk: FakePartnerDesk,
    server: HttpsServer,
    home: TrialPki,
    partner: TrialPki,
    capsys: pytest.CaptureFixture[str],
) -> None:
    context = client_context(client_tls(partner.tls, home.authority))
    host, _, port = server.address.rpartition(":")
    with (
        socket.create_connection((host, int(port)), 5) as plain,
        context.wrap_socket(plain, server_hostname="localhost") as secured,
    ):
        secured.sendall(
            f"POST {PATH}/acknowledgements HTTP/1.1\r\nhost: localhost\r\n"
            "content-type: application/xml\r\ncontent-length: 900\r\n\r\n<".encode()
        )
    server.stop()
    told = capsys.readouterr()
    assert "http.failed" not in told.out + told.err
    assert desk.held_answer is None


def test_a_body_of_another_type_is_refused(desk: FakePartnerDesk, http: httpx.Client) -> None:
    reply = http.post(f"{PATH}/lists", json={})
    assert (reply.status_code, reply.json()["code"]) == (415, "MEDIA_TYPE_NOT_SUPPORTED")
    assert desk.submitted == []


NOT_THEIRS: dict[str, str] = {
    "another agreement": "/exchange/v1/streams/XA-XC/production/1",
    "the test stream": "/exchange/v1/streams/XA-XB/test/1",
    "another epoch": "/exchange/v1/streams/XA-XB/production/2",
    "a kind that does not exist": "/exchange/v1/streams/XA-XB/staging/1",
    "epoch 0": "/exchange/v1/streams/XA-XB/production/0",
    "no number": "/exchange/v1/streams/XA-XB/production/one",
    "no such path": "/somewhere/else",
}


@pytest.mark.parametrize("path", NOT_THEIRS.values(), ids=NOT_THEIRS.keys())
def test_exc_9_every_stream_that_is_not_theirs_gets_the_same_answer(
    desk: FakePartnerDesk, http: httpx.Client, path: str
) -> None:
    desk.lists = [sealed(1)]
    unknown = http.get(f"{PATH}/lists/999")
    for place in ("head", "lists/1", "lists/0", "lists/-1"):
        reply = http.get(f"{path}/{place}")
        assert reply.status_code == unknown.status_code == 404
        assert reply.content == unknown.content
        assert reply.headers["content-type"] == "application/problem+json"


def test_exc_9_a_stream_that_is_not_theirs_is_not_found_by_the_channel(
    channel: XmlChannel,
) -> None:
    with pytest.raises(NotFoundError):
        channel.fetch_head(structs.replace(STREAM, agreement="XA/XC"), None)


def test_a_list_of_another_kind_of_feed_is_not_served_as_xml(
    desk: FakePartnerDesk, channel: XmlChannel
) -> None:
    desk.lists = [structs.replace(sealed(), packaging=Packaging.DSSE)]
    with pytest.raises(NotFoundError):
        channel.fetch_list(STREAM, 1)


def test_exc_9_without_a_certificate_nothing_is_answered(
    desk: FakePartnerDesk, server: HttpsServer, home: TrialPki
) -> None:
    desk.lists = [sealed(1)]
    context = ssl.create_default_context(cadata=home.authority.read_text())
    with httpx.Client(verify=context, trust_env=False) as client:
        for method in ("GET", "OPTIONS"):
            reply = client.request(method, f"https://{server.address}{PATH}/head")
            assert reply.status_code == 403
        problem = client.get(f"https://{server.address}{PATH}/head").json()
    assert problem["code"] == "NOT_PERMITTED"
    assert problem["type"].startswith("urn:mra-gateway:problem:")
    assert not desk.threads


def test_exc_9_whoever_shows_no_certificate_is_not_looked_up() -> None:
    async def nothing(*_: object) -> None:
        raise AssertionError

    scope: Any = {"type": "http", "extensions": {}}
    connection = ASGIConnection[Any, Any, Any, Any](scope)
    middleware = CallerMiddleware(nothing, identify=lambda _: BORDER)
    with pytest.raises(NotPermittedError, match="no client certificate was shown"):
        asyncio.run(middleware.authenticate_request(connection))


def test_exc_9_a_certificate_that_is_not_registered_is_refused(
    server: HttpsServer, home: TrialPki, partner: TrialPki, tmp_path: Path
) -> None:
    other = make_client(tmp_path, "other", authority=partner.authority.parent, now=now())
    channel = XmlChannel(profile_of(f"https://{server.address}"), client_tls(other, home.authority))
    with pytest.raises(NotPermittedError):
        channel.fetch_head(STREAM, None)


def test_exc_9_a_caller_that_is_no_partner_has_no_streams(
    desk: FakePartnerDesk, server: HttpsServer, home: TrialPki, border: Path
) -> None:
    desk.lists = [sealed(1)]
    address = f"https://{server.address}"
    channel = XmlChannel(profile_of(address), client_tls(border, home.authority))
    for ask in (
        lambda: channel.fetch_list(STREAM, 1),
        lambda: channel.submit_list(BACK, sealed()),
        lambda: channel.deliver_acknowledgement(STREAM, b"<answer/>"),
    ):
        with pytest.raises(NotFoundError):
            ask()
    assert not desk.threads


def test_a_certificate_of_a_strange_authority_ends_the_handshake(
    server: HttpsServer, home: TrialPki
) -> None:
    channel = XmlChannel(
        profile_of(f"https://{server.address}"), client_tls(home.tls, home.authority)
    )
    with pytest.raises(TransportError):
        channel.fetch_head(STREAM, None)


def test_a_server_of_a_strange_authority_is_not_spoken_to(
    desk: FakePartnerDesk, server: HttpsServer, partner: TrialPki
) -> None:
    channel = XmlChannel(
        profile_of(f"https://{server.address}"), client_tls(partner.tls, partner.authority)
    )
    with pytest.raises(TransportError):
        channel.fetch_head(STREAM, None)
    assert not desk.threads


def test_a_pinned_server_certificate_is_enough(
    desk: FakePartnerDesk, server: HttpsServer, home: TrialPki, partner: TrialPki
) -> None:
    pinned = structs.replace(
        client_tls(partner.tls, home.authority), authorities=leaf(home.tls).encode()
    )
    desk.lists = [sealed(1)]
    channel = XmlChannel(profile_of(f"https://{server.address}"), pinned)
    assert channel.fetch_list(STREAM, 1).document == desk.lists[0].document


def test_tls_1_1_is_refused(server: HttpsServer, home: TrialPki) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(cadata=home.authority.read_text())
    context.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        context.minimum_version = ssl.TLSVersion.TLSv1_1
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    host, _, port = server.address.rpartition(":")
    with (
        socket.create_connection((host, int(port)), timeout=5) as plain,
        pytest.raises(ssl.SSLError),
    ):
        context.wrap_socket(plain, server_hostname="127.0.0.1").close()


def test_exc_8_errors_carry_the_catalogue_and_the_callers_request_id(
    desk: FakePartnerDesk, http: httpx.Client
) -> None:
    desk.error = SchemaViolationError("names needs one at least")
    reply = http.get(f"{PATH}/head", headers={"mra-request-id": "abc-1"})
    assert reply.status_code == 422
    assert reply.json()["code"] == "SCHEMA_VIOLATION"
    assert "names needs one at least" in reply.json()["detail"]
    assert reply.headers["mra-request-id"] == "abc-1"


def test_a_defect_tells_nothing_of_the_inside(desk: FakePartnerDesk, http: httpx.Client) -> None:
    desk.lists = [structs.replace(sealed(), head=b"secret inside")]
    reply = http.get(f"{PATH}/head")
    assert reply.status_code in {422, 500}
    desk.held_answer = 7  # type: ignore[assignment]  # a defect in the desk
    reply = http.get(f"{PATH}/head")
    assert reply.status_code == 500
    assert reply.json()["code"] == "INTERNAL"
    assert "int" not in reply.json()["detail"].split()


def test_the_desk_is_called_in_worker_threads(desk: FakePartnerDesk, http: httpx.Client) -> None:
    desk.lists = [sealed(1)]
    http.get(f"{PATH}/head")
    http.post(f"{PATH}/lists", content=b"x", headers={"content-type": "application/xml"})
    names = {thread.ident: thread.name for thread in threading.enumerate()}
    assert desk.threads
    assert all(names.get(ident) != "partner-https" for ident in desk.threads)


def test_a_busy_port_is_named(server: HttpsServer, home: TrialPki) -> None:
    app = make_app(FakePartnerDesk(STREAM, BACK), refuse_all, now, home="XA")
    with pytest.raises(ConfigError) as refused:
        serve(app, server.address, server_tls(home.tls))
    assert server.address in refused.value.message


BAD_TLS: dict[str, dict[str, bytes]] = {
    "a key that is none": {"key": b"no key"},
    "a certificate that is none": {"certificate": b"no certificate"},
    "authorities that are none": {"client_authorities": b"no authorities"},
}


@pytest.mark.parametrize("bad", BAD_TLS.values(), ids=BAD_TLS.keys())
def test_tls_material_that_cannot_be_used_is_refused(home: TrialPki, bad: dict[str, bytes]) -> None:
    app = make_app(FakePartnerDesk(STREAM, BACK), refuse_all, now, home="XA")
    with pytest.raises(ConfigError):
        serve(app, "127.0.0.1:0", structs.replace(server_tls(home.tls), **bad))


def test_a_stopped_server_answers_no_more_and_may_be_stopped_twice(
    server: HttpsServer, channel: XmlChannel
) -> None:
    server.stop()
    server.stop()
    with pytest.raises(TransportError):
        channel.fetch_head(STREAM, None)


def test_exc_8_answers_name_the_callers_request_id(
    desk: FakePartnerDesk, http: httpx.Client
) -> None:
    desk.lists = [sealed(1)]
    reply = http.get(f"{PATH}/head", headers={"mra-request-id": "abc-1"})
    assert (reply.status_code, reply.headers["mra-request-id"]) == (200, "abc-1")
    ids = [http.get(f"{PATH}/head").headers["mra-request-id"] for _ in range(2)]
    assert len(set(ids)) == 2


def test_exc_8_a_malformed_request_id_is_refused(desk: FakePartnerDesk, http: httpx.Client) -> None:
    desk.lists = [sealed(1)]
    reply = http.get(f"{PATH}/head", headers={"mra-request-id": "a b"})
    assert (reply.status_code, reply.json()["code"]) == (400, "REQUEST_INVALID")
    assert reply.headers["mra-request-id"] != "a b"
