"""What is published about the interface, and whether the server and the document agree."""

import json
import re
import ssl

import httpx
import pytest
from litestar import Litestar

from gateway.domain.answers import AnswerReason
from gateway.entrypoints.http.serving import HttpsServer
from gateway.ports.tls import ClientTls

DOCS = "/lookup/v1/docs"
DOCUMENT = "/lookup/v1/openapi.json"


def test_the_document_names_every_address_and_every_reason(
    http: httpx.Client, app: Litestar
) -> None:
    document = http.get(DOCUMENT).json()
    served = {route.path.replace(":str", "") for route in app.routes}
    assert {*document["paths"], DOCS, DOCUMENT} == served
    assert document["openapi"] == "3.1.0"
    reasons = document["components"]["schemas"]["AnswerReason"]["enum"]
    assert reasons == [reason.value for reason in AnswerReason]


def test_the_page_loads_nothing_from_any_host(http: httpx.Client) -> None:
    reply = http.get(DOCS)
    assert reply.headers["content-type"] == "text/html; charset=utf-8"
    assert re.findall(r"(?i)(?:src|href|action)\s*=\s*[\"']?(?:https?:)?//", reply.text) == []
    assert not re.search(r"(?i)<script|<link|<img|<iframe|@import|url\(", reply.text)
    links = set(re.findall(r'href="([^"]*)"', reply.text))
    anchors = {f"#{name}" for name in re.findall(r'id="([^"]*)"', reply.text)}
    assert links - anchors == {"openapi.json"}
    policy = reply.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


def test_both_may_be_read_without_a_certificate_and_are_sent_once(
    server: HttpsServer, border: ClientTls
) -> None:
    context = ssl.create_default_context(cadata=border.authorities.decode())
    with httpx.Client(base_url=f"https://{server.address}", verify=context) as stranger:
        for path in (DOCS, DOCUMENT):
            first = stranger.get(path)
            again = stranger.get(path, headers={"if-none-match": first.headers["etag"]})
            assert (first.status_code, again.status_code, again.content) == (200, 304, b"")


@pytest.mark.parametrize("path", [DOCS, DOCUMENT])
def test_neither_can_be_written(http: httpx.Client, path: str) -> None:
    assert http.put(path, content=json.dumps({})).status_code == 405
