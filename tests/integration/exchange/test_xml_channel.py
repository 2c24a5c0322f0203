import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest

from gateway.domain.documents import Packaging, SealedList
from gateway.domain.errors import (
    ConfigError,
    GatewayError,
    GoneError,
    NotFoundError,
    NotPermittedError,
    TooLargeError,
    TransportError,
)
from gateway.domain.profiles import Limits
from gateway.domain.transport_faults import TransportFault
from gateway.exchange.xml_feed.channel import XmlChannel
from gateway.trust.pki import TrialPki
from tests.fakes.hostile_answers import INDEXES, UNUSABLE, Spoilt, http, typed
from tests.fakes.partner_tls import client_tls, profile_of, server_tls
from tests.fakes.raw_https import Answer, RawHttps
from tests.fakes.trial_keys import make_partner
from tests.fakes.xml_lists import STREAM

Answering = Callable[..., XmlChannel]
XML, JSON = typed("application/xml; charset=utf-8"), typed("application/json")
LIST = b"<list/>"
LIMITS = Limits(fetch_timeout=timedelta(seconds=3), max_document_bytes=5000)


@pytest.fixture(scope="module")
def pki(tmp_path_factory: pytest.TempPathFactory) -> TrialPki:
    return make_partner(tmp_path_factory.mktemp("pki"), now=datetime.now(UTC))


@pytest.fixture
def answering(pki: TrialPki) -> Iterator[Answering]:
    servers: list[RawHttps] = []

    def start(*answers: Answer, seconds_a_byte: float = 0, limits: Limits = LIMITS) -> XmlChannel:
        tls = server_tls(pki.tls, pki.authority)
        servers.append(RawHttps(tls, *answers, seconds_a_byte=seconds_a_byte))
        profile = profile_of(f"https://{servers[-1].address}", limits=limits)
        return XmlChannel(profile, client_tls(pki.tls, pki.authority))

    yield start
    for server in servers:
        server.close()


@pytest.mark.parametrize(("spoilt", "fault"), UNUSABLE.values(), ids=UNUSABLE.keys())
def test_syn_7_never_read_as_a_list(
    answering: Answering, spoilt: Spoilt, fault: TransportFault
) -> None:
    channel = answering(spoilt(LIST, "application/xml"))
    with pytest.raises(TransportError, match=f"^{fault}: "):
        channel.fetch_list(STREAM, 1)
    with pytest.raises(TransportError) as refused:
        channel.fetch_head(STREAM, None)
    assert refused.value.context["fault"] == fault


def test_syn_7_no_content_is_no_list(answering: Answering) -> None:
    with pytest.raises(TransportError):
        answering(http("204 No Content")).fetch_list(STREAM, 1)


def test_no_content_is_a_stream_without_head(answering: Answering) -> None:
    assert answering(http("204 No Content")).fetch_head(STREAM, None).document is None


def test_a_whole_answer_is_handed_on(answering: Answering) -> None:
    assert answering(http("200 OK", XML, LIST)).fetch_list(STREAM, 1).document == LIST


PROBLEM = "content-type: application/problem+json\r\n"
REFUSALS: dict[str, tuple[str, type[GatewayError]]] = {
    "no stream": ("404 Not Found", NotFoundError),
    "not for us": ("403 Forbidden", NotPermittedError),
    "a list that is too large for them": ("413 Content Too Large", TooLargeError),
    "anything else": ("422 Unprocessable Content", TransportError),
}


@pytest.mark.parametrize("case", REFUSALS.values(), ids=REFUSALS.keys())
def test_a_partner_says_why(answering: Answering, case: tuple[str, type[GatewayError]]) -> None:
    status, error = case
    body = b'{"code": "SOME_CODE", "detail": "because\\u001b[31m", "more": 1}'
    sealed = SealedList(packaging=Packaging.XADES, document=LIST, head=LIST)
    with pytest.raises(error) as refused:
        answering(http(status, PROBLEM, body)).submit_list(STREAM, sealed)
    assert type(refused.value) is error
    assert "SOME_CODE: because[31m" in refused.value.message
    with pytest.raises(error):
        answering(http(status, PROBLEM, body)).deliver_acknowledgement(STREAM, LIST)


def test_an_acknowledgement_that_was_not_taken_is_not_delivered(answering: Answering) -> None:
    with pytest.raises(TransportError):
        answering(http("200 OK", XML, LIST)).deliver_acknowledgement(STREAM, LIST)


def test_a_poll_does_not_fail_because_the_acknowledgement_is_refused(
    answering: Answering,
) -> None:
    channel = answering(http("200 OK", XML, LIST))
    head = channel.fetch_head(STREAM, b"<answer/>").document
    assert head is not None


def test_acc_1_reading_stops_at_the_limit(answering: Answering) -> None:
    with pytest.raises(TooLargeError):
        answering(http("200 OK", XML, b"x" * 5001)).fetch_list(STREAM, 1)
    whole = answering(http("200 OK", XML, b"x" * 5000)).fetch_list(STREAM, 1)
    assert len(whole.document) == 5000


DRIPPING: dict[str, bytes] = {
    "in its headers": b"HTTP/1.1 200 OK\r\nx-slow: " + b"x" * 1000,
    "in its body": http("200 OK", XML, b"x" * 1000),
}


@pytest.mark.parametrize("answer", DRIPPING.values(), ids=DRIPPING.keys())
def test_syn_4_a_partner_that_drips_is_cut_off_at_the_deadline(
    answering: Answering, answer: bytes
) -> None:
    limits = Limits(fetch_timeout=timedelta(seconds=0.6))
    channel = answering(answer, seconds_a_byte=0.05, limits=limits)
    started = time.monotonic()
    with pytest.raises(TransportError) as refused:
        channel.fetch_list(STREAM, 1)
    assert time.monotonic() - started < 2.5
    assert "longer than 0.6 s" in refused.value.message


def test_a_partner_that_is_not_there_is_a_transport_error(pki: TrialPki) -> None:
    channel = XmlChannel(profile_of("https://127.0.0.1:1"), client_tls(pki.tls, pki.authority))
    with pytest.raises(TransportError, match=r"^unreachable: "):
        channel.fetch_head(STREAM, None)
    channel.close()
    channel.close()


def test_an_address_without_tls_is_refused(pki: TrialPki) -> None:
    with pytest.raises(ConfigError) as refused:
        XmlChannel(profile_of("http://127.0.0.1:1"), client_tls(pki.tls, pki.authority))
    assert "endpoint.address" in refused.value.message


WHOLE = b"<list>" + b"x" * 200 + b"</list>"
ETAG = 'etag: "one"\r\n'


def piece(begin: int, *, etag: str = ETAG, end: int | None = None) -> bytes:
    """The rest of the list from `begin`, cut off at `end`."""
    place = f"content-range: bytes {begin}-{len(WHOLE) - 1}/{len(WHOLE)}\r\n"
    length = len(WHOLE) - begin
    return http("206 Partial Content", XML + etag + place, WHOLE[begin:end], length=length)


def test_exc_2_a_list_that_breaks_off_is_taken_up_again(answering: Answering) -> None:
    cut = http("200 OK", XML + ETAG, WHOLE[:50], length=len(WHOLE))
    received = answering(cut, piece(50, end=120), piece(120)).fetch_list(STREAM, 1)
    assert received.document == WHOLE


def test_exc_2_a_body_that_changed_meanwhile_begins_anew(answering: Answering) -> None:
    cut = http("200 OK", XML + ETAG, b"<other>" + b"y" * 50, length=500)
    received = answering(cut, http("200 OK", XML + ETAG, WHOLE)).fetch_list(STREAM, 1)
    assert received.document == WHOLE


WRONG_PIECES: dict[str, tuple[bytes, ...]] = {
    "of another body": (piece(50, etag='etag: "two"\r\n'),),
    "from another place": (piece(40),),
    "without a place": (http("206 Partial Content", XML + ETAG, WHOLE[50:]),),
    "nothing more": (http("200 OK", XML + ETAG, b"", length=300), b""),
    "a login page": (http("200 OK", "content-type: text/html\r\n", b"<html>log in</html>"),),
    "a body without end": tuple(piece(n, end=n + 1) for n in range(50, 70)),
}


@pytest.mark.parametrize("answers", WRONG_PIECES.values(), ids=WRONG_PIECES.keys())
def test_exc_2_pieces_that_do_not_fit_make_no_list(
    answering: Answering, answers: tuple[bytes, ...]
) -> None:
    cut = http("200 OK", XML + ETAG, WHOLE[:50], length=len(WHOLE))
    with pytest.raises(TransportError):
        answering(cut, *answers).fetch_list(STREAM, 1)


def test_exc_2_an_attempt_that_brings_nothing_is_the_last(answering: Answering) -> None:
    cut = http("200 OK", XML + ETAG, WHOLE[:50], length=len(WHOLE))
    with pytest.raises(TransportError):
        answering(cut, b"", piece(50)).fetch_list(STREAM, 1)


def test_exc_2_without_an_etag_nothing_is_taken_up_again(answering: Answering) -> None:
    cut = http("200 OK", XML, WHOLE[:50], length=len(WHOLE))
    with pytest.raises(TransportError):
        answering(cut, piece(50, etag="")).fetch_list(STREAM, 1)


def test_acc_1_the_limit_holds_over_all_pieces(answering: Answering) -> None:
    limits = Limits(max_document_bytes=100)
    cut = http("200 OK", XML + ETAG, WHOLE[:50], length=len(WHOLE))
    with pytest.raises(TooLargeError):
        answering(cut, piece(50), limits=limits).fetch_list(STREAM, 1)


@pytest.mark.parametrize(("answer", "fault"), INDEXES.values(), ids=INDEXES.keys())
def test_syn_7_what_is_no_index_is_never_read_as_no_changes(
    answering: Answering, answer: Answer, fault: TransportFault
) -> None:
    with pytest.raises(TransportError, match=f"^{fault}: "):
        list(answering(answer).fetch_changes(STREAM, 1))


@pytest.mark.parametrize("named", ["3, 2", "2, 2", "1, 2"])
def test_syn_7_an_index_names_each_list_once_and_in_order(answering: Answering, named: str) -> None:
    index = http("200 OK", JSON, f'{{"sequences": [{named}]}}'.encode())
    with pytest.raises(TransportError, match="out of order"):
        list(answering(index, http("200 OK", XML, LIST)).fetch_changes(STREAM, 1))


@pytest.mark.parametrize("body", [b'{"sequences": []}', b'{"sequences": [2, 3]}'])
def test_syn_7_a_full_is_one_list(answering: Answering, body: bytes) -> None:
    with pytest.raises(TransportError, match="not a FULL"):
        answering(http("200 OK", JSON, body)).fetch_full(STREAM)


def test_pub_7_gone_is_told_by_code_or_status(answering: Answering) -> None:
    for code in (b'{"code": "LIST_GONE"}', b'{"code": "OF_A_LATER_RELEASE"}'):
        with pytest.raises(GoneError):
            answering(http("410 Gone", PROBLEM, code)).fetch_list(STREAM, 1)
