"""Decisions over HTTP: answers, batches, what the header fields say, and every refusal."""

import socket
import ssl

import httpx
import pytest
from litestar import Litestar
from msgspec import structs

from gateway.domain.errors import NotReadyError
from gateway.domain.parties import Caller, Limits, Purpose, Scope
from gateway.entrypoints.http import head_limits
from gateway.entrypoints.http.lookup_server import MAX_BATCH_BYTES
from gateway.entrypoints.http.questions import MAX_QUESTION_BYTES
from gateway.entrypoints.http.serving import HttpsServer, serve
from gateway.entrypoints.lookup_limits import MAX_QUESTIONS
from gateway.exchange.xml_feed.tls_context import client_context
from gateway.ports.tls import ClientTls
from tests.fakes.desks import Doorkeeper, FakeLookupDesk
from tests.integration.http_lookup.conftest import connected

DECISIONS = "/lookup/v1/decisions"
BATCH = f"{DECISIONS}:batch"


def refused(reply: httpx.Response) -> tuple[int, str]:
    assert reply.headers["content-type"] == "application/problem+json"
    problem = reply.json()
    assert problem["status"] == reply.status_code
    return reply.status_code, problem["code"]


def test_a_question_is_answered_as_the_desk_decides(http: httpx.Client) -> None:
    reply = http.post(DECISIONS, json={"code": "xa1", "on": "2026-11-02", "direction": "import"})
    answer = reply.json()
    assert reply.status_code == 200
    assert (answer["verdict"], answer["reason"]) == ("GRANT", "RECOGNISED")
    assert (answer["code"], answer["valid_at"]) == ("xa1", "2026-11-02")


def test_header_fields_tell_how_fresh_the_data_is(http: httpx.Client) -> None:
    fields = http.post(DECISIONS, json={"code": "xa1"}).headers
    assert (fields["mra-freshness"], fields["mra-list-sequence"]) == ("CURRENT", "7")
    assert fields["mra-usable-until"].endswith("Z")
    assert (fields["cache-control"], fields["content-language"]) == ("no-store", "en")


def test_the_answer_names_the_callers_request(http: httpx.Client) -> None:
    named = http.post(DECISIONS, json={"code": "x"}, headers={"mra-request-id": "abc-1"})
    assert named.headers["mra-request-id"] == "abc-1"
    malformed = http.post(DECISIONS, json={"code": "x"}, headers={"mra-request-id": "a b"})
    assert refused(malformed) == (400, "REQUEST_INVALID")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"code": ""},
        {"code": "x" * 71},
        {"code": 7},
        {"code": "x", "name": "n" * 513},
        {"code": "x", "role": "OT"},
        {"code": "x", "direction": "transit"},
        {"code": "x", "on": "2026-02-29"},
        {"code": "x", "on": "2026-11-02T12:00:00"},
        {"code": "x", "on": "2026-11-02T12:00:00.5Z"},
        {"code": "x", "on": "2026-11-02\n"},
        {"code": "x", "agreement": "XA-XB"},
        [],
        7,
    ],
)
def test_a_question_that_the_schema_does_not_allow_is_refused(
    http: httpx.Client, desk: FakeLookupDesk, body: object
) -> None:
    assert refused(http.post(DECISIONS, json=body)) == (400, "REQUEST_INVALID")
    assert desk.asked == []


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[" * 5000, b'{"code": "\\ud800"}'])
def test_what_is_no_json_is_refused(http: httpx.Client, body: bytes) -> None:
    reply = http.post(DECISIONS, content=body, headers={"content-type": "application/json"})
    assert refused(reply) == (400, "REQUEST_INVALID")


def test_a_leap_day_and_a_moment_can_be_asked_about(
    http: httpx.Client, desk: FakeLookupDesk
) -> None:
    for on in ("2028-02-29", "2000-02-29", "2026-12-31", "2026-11-02T23:59:59Z"):
        assert http.post(DECISIONS, json={"code": "x", "on": on}).status_code == 200
    assert [str(one.on)[:10] for one in desk.asked] == [
        "2028-02-29",
        "2000-02-29",
        "2026-12-31",
        "2026-11-02",
    ]


def test_a_batch_gives_back_the_callers_keys_and_an_error_for_each_bad_question(
    http: httpx.Client,
) -> None:
    questions = [
        {"key": "a", "question": {"code": "xa1"}},
        {"key": "b", "question": {}},
        {"question": 7},
        {"key": "a", "question": {"code": "xa3"}},
    ]
    answers = http.post(BATCH, json={"questions": questions}).json()["answers"]
    assert [one["key"] for one in answers] == ["a", "b", "", "a"]
    assert [set(one) - {"key"} for one in answers] == [{"answer"}, {"error"}, {"error"}, {"answer"}]
    assert answers[1]["error"]["code"] == "REQUEST_INVALID"
    assert "code" in answers[1]["error"]["detail"]
    assert answers[3]["answer"]["code"] == "xa3"


def test_a_brief_batch_leaves_the_evidence_out(http: httpx.Client) -> None:
    asked = {"questions": [{"question": {"code": "xa1"}}], "brief": True}
    (one,) = http.post(BATCH, json=asked).json()["answers"]
    assert not {"rungs", "hints", "next_step"} & set(one["answer"])


def test_the_longest_batch_is_answered_and_a_longer_one_is_not(http: httpx.Client) -> None:
    item = {"question": {"code": "xa1"}}
    asked = {"questions": [item] * MAX_QUESTIONS, "brief": True}
    reply = http.post(BATCH, json=asked, timeout=30)
    assert len(reply.json()["answers"]) == MAX_QUESTIONS
    asked["questions"] = [item] * (MAX_QUESTIONS + 1)
    assert refused(http.post(BATCH, json=asked)) == (413, "TOO_LARGE")


def test_a_batch_of_nothing_is_answered_with_nothing(http: httpx.Client) -> None:
    reply = http.post(BATCH, json={"questions": []})
    assert (reply.json(), "mra-freshness" in reply.headers) == ({"answers": []}, False)


@pytest.mark.parametrize(
    ("path", "limit"), [(DECISIONS, MAX_QUESTION_BYTES), (BATCH, MAX_BATCH_BYTES)]
)
def test_a_body_is_never_longer_than_allowed(http: httpx.Client, path: str, limit: int) -> None:
    reply = http.post(
        path, content=b" " * (limit + 1), headers={"content-type": "application/json"}
    )
    assert refused(reply) == (413, "TOO_LARGE")


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"])
def test_other_methods_are_refused_and_the_right_one_is_named(
    http: httpx.Client, method: str
) -> None:
    reply = http.request(method, DECISIONS)
    assert (reply.status_code, reply.headers["allow"]) == (405, "POST")


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"content-type": "application/xml"}, (415, "MEDIA_TYPE_NOT_SUPPORTED")),
        ({"content-type": "application/json; charset=latin-1"}, (415, "MEDIA_TYPE_NOT_SUPPORTED")),
        (
            {"content-type": "application/json", "content-encoding": "gzip"},
            (415, "MEDIA_TYPE_NOT_SUPPORTED"),
        ),
        ({"content-type": "application/json", "accept": "text/html"}, (406, "NOT_ACCEPTABLE")),
        (
            {"content-type": "application/json", "accept": "application/json;q=0"},
            (406, "NOT_ACCEPTABLE"),
        ),
    ],
)
def test_other_media_types_are_refused(
    http: httpx.Client, fields: dict[str, str], code: tuple[int, str]
) -> None:
    assert refused(http.post(DECISIONS, content=b'{"code":"x"}', headers=fields)) == code


def test_json_is_accepted_in_all_its_ways(http: httpx.Client) -> None:
    for accept in ("*/*", "text/html, application/*;q=0.1", "application/json; q=1.0"):
        fields = {"accept": accept, "content-type": "Application/JSON; charset=UTF-8"}
        assert http.post(DECISIONS, content=b'{"code":"x"}', headers=fields).status_code == 200


def test_an_unknown_address_is_not_found(http: httpx.Client) -> None:
    assert refused(http.get("/lookup/v2/decisions")) == (404, "NOT_FOUND")


def test_a_caller_that_asks_too_much_is_told_when_to_come_back(
    server: HttpsServer, door: Doorkeeper
) -> None:
    hasty = door.client_tls("hasty", Purpose.LOOKUP)
    limited = structs.replace(door.callers.popitem()[1], limits=Limits(rate=1))
    door.callers[limited.fingerprint or ""] = limited
    with connected(server, hasty) as client:
        reply = client.post(BATCH, json={"questions": [{"question": {"code": "x"}}] * 3})
    assert refused(reply) == (429, "RATE_EXCEEDED")
    assert reply.headers["retry-after"] == "7"
    assert door.spent[-1] == ("hasty", 3)


def test_without_certificate_or_token_nobody_is_let_in(
    server: HttpsServer, border: ClientTls, door: Doorkeeper
) -> None:
    context = ssl.create_default_context(cadata=border.authorities.decode())
    with httpx.Client(base_url=f"https://{server.address}", verify=context) as stranger:
        reply = stranger.post(DECISIONS, json={"code": "x"})
        assert refused(reply) == (401, "CREDENTIALS_MISSING")
        assert reply.headers["www-authenticate"] == "Bearer"
        door.bearers["good"] = next(iter(door.callers.values()))
        token = {"authorization": "Bearer good"}
        assert stranger.post(DECISIONS, json={"code": "x"}, headers=token).status_code == 200
        for wrong in ("Basic border", "Bearer"):
            reply = stranger.post(DECISIONS, json={"code": "x"}, headers={"authorization": wrong})
            assert refused(reply) == (401, "CREDENTIALS_MISSING")
        reply = stranger.post(
            DECISIONS, json={"code": "x"}, headers={"authorization": "Bearer nobody"}
        )
        assert refused(reply) == (401, "TOKEN_REFUSED")
        assert reply.headers["www-authenticate"] == 'Bearer error="invalid_token"'


def test_a_caller_of_another_purpose_is_refused(server: HttpsServer, door: Doorkeeper) -> None:
    partner = door.client_tls("xa", Purpose.EXCHANGE, partner="XA")
    with connected(server, partner) as client:
        assert refused(client.post(DECISIONS, json={"code": "x"})) == (403, "NOT_PERMITTED")
    with connected(server, door.client_tls("unregistered")) as client:
        assert refused(client.post(DECISIONS, json={"code": "x"})) == (403, "NOT_PERMITTED")


def test_another_agency_is_shown_the_decision_only(server: HttpsServer, door: Doorkeeper) -> None:
    agency = door.client_tls("agency", Purpose.LOOKUP)
    narrow: Caller = structs.replace(door.callers.popitem()[1], scope=Scope.DECISION)
    door.callers[narrow.fingerprint or ""] = narrow
    with connected(server, agency) as client:
        one = client.post(DECISIONS, json={"code": "xa1"}).json()
        asked = {"questions": [{"question": {"code": "xa1"}}]}
        (item,) = client.post(BATCH, json=asked).json()["answers"]
    for answer in (one, item["answer"]):
        assert answer["verdict"] == "GRANT"
        assert not {"operator_name", "operator_id", "rungs", "hints"} & set(answer)
        assert set(answer["authorisation"]) == {"effectiveAt", "expiresAt", "status"}


def test_an_index_that_is_not_loaded_is_no_answer(
    http: httpx.Client, desk: FakeLookupDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise NotReadyError("the accepted lists are not loaded yet")

    monkeypatch.setattr(desk, "answer", fail)
    reply = http.post(DECISIONS, json={"code": "x"})
    assert refused(reply) == (503, "NOT_READY")
    assert reply.headers["retry-after"] == "1"


def test_a_defect_of_ours_tells_nothing_of_our_inside(
    http: httpx.Client, desk: FakeLookupDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError("inside")

    monkeypatch.setattr(desk, "answer", fail)
    reply = http.post(DECISIONS, json={"code": "x"})
    assert refused(reply) == (500, "INTERNAL")
    assert "inside" not in reply.text


@pytest.mark.parametrize(
    "fields", [{f"x-{number}": "y" for number in range(70)}, {"x-long": "y" * 17_000}]
)
def test_the_head_of_a_request_has_a_limit(http: httpx.Client, fields: dict[str, str]) -> None:
    reply = http.post(DECISIONS, json={"code": "x"}, headers=fields)
    assert refused(reply) == (431, "HEAD_TOO_LARGE")


def test_too_many_connections_are_told_so(
    app: Litestar, door: Doorkeeper, border: ClientTls
) -> None:
    running = serve(app, "127.0.0.1:0", door.server_tls(), connections=2)
    running.start()
    try:
        with connected(running, border) as first, connected(running, border) as second:
            assert first.post(DECISIONS, json={"code": "x"}).status_code == 200
            assert refused(second.post(DECISIONS, json={"code": "x"})) == (429, "BUSY")
    finally:
        running.stop()


def _talk(server: HttpsServer, tls: ClientTls, *pieces: bytes) -> bytes:
    host, _, port = server.address.rpartition(":")
    with (
        socket.create_connection((host, int(port)), 10) as plain,
        client_context(tls).wrap_socket(plain, server_hostname="localhost") as secured,
    ):
        for piece in pieces:
            secured.sendall(piece)
        said = b""
        while piece := secured.recv(65536):
            said += piece
        return said


def test_a_field_without_an_end_is_cut_off(server: HttpsServer, border: ClientTls) -> None:
    said = _talk(server, border, b"GET / HTTP/1.1\r\nx: ", *[b"y" * 8000] * 5)
    assert said.startswith(b"HTTP/1.1 431 ")


def test_what_is_no_http_is_refused(server: HttpsServer, border: ClientTls) -> None:
    said = _talk(server, border, b"\x16\x03\x01 hello\r\n\r\n")
    assert said.startswith(b"HTTP/1.1 400 ")
    assert b"REQUEST_INVALID" in said


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(head_limits, "_LOOK_EVERY", 0.05)
    monkeypatch.setattr(head_limits, "BODY_SECONDS", 0.2)
    monkeypatch.setattr(head_limits.LimitedProtocol, "_patience", 0.2)


@pytest.mark.usefixtures("impatient")
def test_a_slow_body_is_given_up(server: HttpsServer, border: ClientTls) -> None:
    head = f"POST {DECISIONS} HTTP/1.1\r\nhost: localhost\r\ncontent-length: 9\r\n"
    said = _talk(server, border, head.encode() + b"content-type: application/json\r\n\r\n{")
    assert said.startswith(b"HTTP/1.1 400 ")
    assert b"did not come within" in said


@pytest.mark.usefixtures("impatient")
def test_a_slow_head_is_given_up(server: HttpsServer, border: ClientTls) -> None:
    assert _talk(server, border) == b""
    assert _talk(server, border, b"POST / HTT") == b""
