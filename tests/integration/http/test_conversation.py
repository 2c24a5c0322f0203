"""Changes, FULLs on request, pieces of lists and watches over HTTPS (EXC-2, EXC-5, EXC-6)."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import httpx
import pytest

from gateway.domain.errors import ConflictError, GoneError, NotFoundError, TransportError
from gateway.entrypoints.http.serving import HttpsServer
from gateway.exchange.xml_feed import channel as xml_channel
from gateway.exchange.xml_feed.channel import XmlChannel
from gateway.services.watching import HeadBoard
from gateway.trust.pki import TrialPki
from tests.fakes.partner_desk import FakePartnerDesk
from tests.fakes.partner_tls import client_tls, profile_of
from tests.fakes.xml_lists import STREAM
from tests.integration.http.conftest import PATH, sealed


def test_exc_2_every_list_after_a_sequence_comes_in_order(
    desk: FakePartnerDesk, channel: XmlChannel
) -> None:
    desk.lists = [sealed(1), sealed(2), sealed(3)]
    received = [each.document for each in channel.fetch_changes(STREAM, 1)]
    assert received == [desk.lists[1].document, desk.lists[2].document]
    assert list(channel.fetch_changes(STREAM, 3)) == []


def test_exc_2_a_full_is_asked_for(desk: FakePartnerDesk, channel: XmlChannel) -> None:
    desk.lists = [sealed(1), sealed(2)]
    assert channel.fetch_full(STREAM).document == desk.lists[1].document


@pytest.mark.parametrize(
    "query", ["", "?since=", "?since=-1", "?since=1&full=1", "?full=yes", "?since=9" + "9" * 16]
)
def test_a_question_for_changes_names_a_sequence_or_a_full(http: httpx.Client, query: str) -> None:
    answer = http.get(f"{PATH}/changes{query}")
    assert (answer.status_code, answer.json()["code"]) == (400, "REQUEST_INVALID")


def test_exc_9_changes_of_another_stream_are_not_found(http: httpx.Client) -> None:
    other = PATH.replace("production", "test")
    for place in ("changes?since=0", "changes?full=1", "acknowledgement", "head?wait=5"):
        assert http.get(f"{other}/{place}").status_code == 404


def test_exc_6_a_list_has_an_etag_and_never_changes(
    desk: FakePartnerDesk, http: httpx.Client
) -> None:
    desk.lists = [sealed(1)]
    etag = http.get(f"{PATH}/lists/1").headers["etag"]
    again = http.get(f"{PATH}/lists/1", headers={"if-none-match": etag})
    assert (again.status_code, again.content) == (304, b"")


def test_exc_2_the_rest_of_a_list_is_served(desk: FakePartnerDesk, http: httpx.Client) -> None:
    desk.lists = [sealed(1)]
    document = desk.lists[0].document
    etag = http.get(f"{PATH}/lists/1").headers["etag"]
    rest = http.get(f"{PATH}/lists/1", headers={"range": "bytes=100-", "if-range": etag})
    size = len(document)
    assert (rest.status_code, rest.content) == (206, document[100:])
    assert rest.headers["content-range"] == f"bytes 100-{size - 1}/{size}"
    beyond = http.get(f"{PATH}/lists/1", headers={"range": f"bytes={size}-", "if-range": etag})
    assert (beyond.status_code, beyond.headers["content-range"]) == (416, f"bytes */{size}")


@pytest.mark.parametrize(
    "headers",
    [
        {"range": "bytes=100-", "if-range": '"of another list"'},
        {"range": "bytes=100-200"},
        {"range": "bytes=-100"},
        {"range": "lines=1-"},
    ],
    ids=["of another body", "a piece in the middle", "a piece from the end", "another unit"],
)
def test_exc_2_any_other_range_is_answered_with_the_whole(
    desk: FakePartnerDesk, http: httpx.Client, headers: dict[str, str]
) -> None:
    desk.lists = [sealed(1)]
    answer = http.get(f"{PATH}/lists/1", headers=headers)
    assert (answer.status_code, answer.content) == (200, desk.lists[0].document)


def test_pub_7_a_list_that_was_erased_is_gone(
    desk: FakePartnerDesk, channel: XmlChannel, http: httpx.Client
) -> None:
    desk.lists, desk.gone = [sealed(1), sealed(2)], {1}
    answer = http.get(f"{PATH}/lists/1")
    assert (answer.status_code, answer.json()["code"]) == (410, "LIST_GONE")
    with pytest.raises(GoneError):
        channel.fetch_list(STREAM, 1)


def test_exc_1_the_answer_that_the_publisher_holds_comes_back(
    desk: FakePartnerDesk, channel: XmlChannel, http: httpx.Client
) -> None:
    desk.lists = [sealed(1)]
    assert http.get(f"{PATH}/acknowledgement").status_code == 204
    desk.held_answer = b"<later/>"
    assert channel.fetch_head(STREAM, b"<ours/>").held == b"<later/>"
    # It lies with the publisher to keep the later one; ours was handed over again.
    assert channel.fetch_head(STREAM, b"<ours/>").held == b"<ours/>"


def test_exc_1_a_poll_does_not_fail_for_an_answer_that_cannot_be_read(
    desk: FakePartnerDesk, channel: XmlChannel
) -> None:
    desk.lists, desk.held_answer = [sealed(1)], b" "
    head = channel.fetch_head(STREAM, b"<ours/>")
    assert (head.document is not None, head.held) == (True, None)


def test_exc_5_a_question_waits_until_there_is_a_new_head(
    desk: FakePartnerDesk, http: httpx.Client, board: HeadBoard
) -> None:
    desk.lists = [sealed(1)]
    etag = http.get(f"{PATH}/head").headers["etag"]
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(
            http.get, f"{PATH}/head?wait=20", headers={"if-none-match": etag}, timeout=25
        )
        while not board.watches:
            assert not waiting.done()
        desk.lists.append(sealed(2))
        board.ring()
        assert waiting.result().content == desk.lists[1].head
    assert board.watches == 0


def test_exc_5_without_a_new_head_the_answer_is_a_beat(
    desk: FakePartnerDesk, http: httpx.Client
) -> None:
    assert http.get(f"{PATH}/head?wait=1").status_code == 204
    desk.lists = [sealed(1)]
    etag = http.get(f"{PATH}/head?wait=20").headers["etag"]
    assert http.get(f"{PATH}/head?wait=1", headers={"if-none-match": etag}).status_code == 304


def test_exc_5_a_newer_watch_ends_the_older(
    desk: FakePartnerDesk, http: httpx.Client, board: HeadBoard
) -> None:
    desk.lists = [sealed(1)]
    etag = http.get(f"{PATH}/head").headers["etag"]
    ask = {"if-none-match": etag}
    with ThreadPoolExecutor(2) as pool:
        older = pool.submit(http.get, f"{PATH}/head?wait=20", headers=ask, timeout=25)
        while not board.watches:
            assert not older.done()
        newer = pool.submit(http.get, f"{PATH}/head?wait=20", headers=ask, timeout=25)
        assert (older.result().status_code, older.result().json()["code"]) == (409, "CONFLICT")
        assert not newer.done()
        board.close()
        assert newer.result().status_code == 304


@pytest.mark.parametrize("wait", ["-1", "31", "soon", "1.5"])
def test_exc_5_nobody_waits_for_long(http: httpx.Client, wait: str) -> None:
    assert http.get(f"{PATH}/head?wait={wait}").status_code == 400


@pytest.fixture
def watched(
    desk: FakePartnerDesk, channel: XmlChannel, monkeypatch: pytest.MonkeyPatch
) -> Iterator[XmlChannel]:
    monkeypatch.setattr(xml_channel, "WAIT_SECONDS", 1)
    monkeypatch.setattr(xml_channel, "SHORTEST_WAIT", 0.0)
    desk.lists = [sealed(1)]
    yield channel
    channel.close()


def test_exc_5_a_watch_yields_heads_and_beats(
    desk: FakePartnerDesk, watched: XmlChannel, board: HeadBoard
) -> None:
    heads = watched.watch_heads(STREAM, None)
    first = next(heads)
    assert first is not None
    assert first.document == desk.lists[0].head
    assert next(heads) is None
    desk.lists.append(sealed(2))
    board.ring()
    second = next(heads)
    assert second is not None
    assert second.document == desk.lists[1].head
    watched.close()
    with pytest.raises(TransportError):
        next(heads)


def test_exc_5_a_watch_ends_with_the_partners_refusal(
    desk: FakePartnerDesk, watched: XmlChannel
) -> None:
    heads = watched.watch_heads(STREAM, None)
    next(heads)
    desk.error = NotFoundError("no longer")
    with pytest.raises(NotFoundError):
        next(heads)
    desk.error = ConflictError("another one")
    with pytest.raises(TransportError):
        next(watched.watch_heads(STREAM, None))


def test_exc_5_a_watch_gives_up_after_silence(
    desk: FakePartnerDesk,
    server: HttpsServer,
    home: TrialPki,
    partner: TrialPki,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(xml_channel, "SILENCE", timedelta(seconds=0.5))
    desk.lists = [sealed(1)]
    profile = profile_of(f"https://{server.address}")
    heads = XmlChannel(profile, client_tls(partner.tls, home.authority)).watch_heads(STREAM, None)
    next(heads)
    with pytest.raises(TransportError, match="longer than"):
        next(heads)
