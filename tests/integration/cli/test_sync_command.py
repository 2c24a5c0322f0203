from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.fakes.command_line import CommandLine
from tests.fakes.partner_tls import server_tls
from tests.fakes.raw_https import RawHttps

XB = ("-c", "XB/mra.toml")


def http(body: bytes, kind: str, *, length: int | None = None) -> bytes:
    announced = len(body) if length is None else length
    head = f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {announced}\r\n\r\n"
    return head.encode() + body


@pytest.fixture
def partner_answers(
    mra_exchanged: CommandLine,
) -> Iterator[Callable[..., CommandLine]]:
    """XB reaches, instead of XA's gateway, a server that answers as it is told."""
    servers: list[RawHttps] = []

    def start(answer: bytes, *, seconds_a_byte: float = 0) -> CommandLine:
        tls = server_tls(mra_exchanged.folder / "keys/tls.pem")
        servers.append(RawHttps(tls, answer, seconds_a_byte=seconds_a_byte))
        file = Path("XB/partners/XA-XB/partner.toml")
        text = file.read_text()
        text = text.replace('kind = "grpc_feed"', 'kind = "xml_feed"')
        text = text.replace("127.0.0.1:7443", f"https://{servers[0].address}")
        file.write_text(f'{text}\n[limits]\nfetch_timeout = "2s"\n')
        assert mra_exchanged("partner", "apply", file, *XB).code == 0
        return mra_exchanged

    yield start
    for each in servers:
        each.close()


XML = "application/vnd.mra.status-list+xml"
BAD_ANSWERS = {
    "HTML with status 200": (http(b"<html>Sign in</html>", "text/html"), 0),
    "HTML that claims to be a list": (http(b"<!DOCTYPE html><html></html>", XML), 0),
    "DOCTYPE": (http(b'<?xml version="1.0"?><!DOCTYPE a []><a/>', XML), 0),
    "empty body": (http(b"", XML), 0),
    "cut off": (http(b"<StatusListHead", XML, length=5000), 0),
    "stalling": (http(b"<StatusListHead", XML), 0.2),
    "no HTTP at all": (b"SSH-2.0-OpenSSH\r\n", 0),
}


@pytest.mark.parametrize(("answer", "pause"), BAD_ANSWERS.values(), ids=BAD_ANSWERS)
def test_partner_that_answers_badly_is_named_and_the_accepted_list_stays(
    partner_answers: Callable[..., CommandLine], answer: bytes, pause: float
) -> None:
    mra = partner_answers(answer, seconds_a_byte=pause)
    before = mra("partner", "list", "--json", *XB).data
    ended = mra("sync", *XB)
    assert ended.code in {65, 75}
    assert ended.err.startswith("XA (https://127.0.0.1:")
    assert "next: " in ended.err
    assert "Traceback" not in ended.err
    assert mra("partner", "list", "--json", *XB).data == before
    assert mra("lookup", "XA0000000001", *XB).code == 0


def test_failure_is_told_as_json_with_the_partner(mra_exchanged: CommandLine) -> None:
    file = Path("XB/partners/XA-XB/partner.toml")
    file.write_text(file.read_text().replace("127.0.0.1:7443", "127.0.0.1:1"))
    mra_exchanged("partner", "apply", file, *XB)
    ended = mra_exchanged("sync", "XA", "--json", *XB)
    assert ended.code == 75
    assert ended.data == []
    assert ended.error["error"] == "TRANSPORT_FAILED"
    assert ended.error["context"]["fault"] == "unreachable"  # type: ignore[index] # an object
    assert ended.error["about"] == "XA (127.0.0.1:1)"
    status = mra_exchanged("stream", "status", "XA", *XB)
    assert "TRANSPORT_FAILED: unreachable: GetListHead" in " ".join(status.out.split())


def test_partner_without_an_endpoint_is_told(mra_exchanged: CommandLine) -> None:
    mra_exchanged("init", "other", "--home", "XC")
    other = ("-c", "other/mra.toml")
    mra_exchanged("partner", "apply", "other/partners/XC-XB", *other)
    assert "no partner to sync with" in mra_exchanged("sync", *other).err
    assert mra_exchanged("sync", "--json", *other).data == []
    named = mra_exchanged("sync", "XB", *other)
    assert named.code == 78
    assert "no endpoint" in named.err
