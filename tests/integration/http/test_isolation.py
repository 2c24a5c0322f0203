"""One partner takes neither the threads of all others nor their connections."""

import ssl
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from threading import Event, Semaphore

import httpx
import pytest

from gateway.domain.documents import Unverified
from gateway.domain.errors import BusyError, GatewayError, RateExceededError, TransportError
from gateway.domain.lists import Stream
from gateway.domain.parties import Caller, Purpose
from gateway.entrypoints.http.in_hand import MOST
from gateway.entrypoints.http.partner_server import make_app
from gateway.entrypoints.http.serving import HttpsServer, serve
from gateway.exchange.xml_feed.channel import XmlChannel
from gateway.exchange.xml_feed.replies import XML
from gateway.exchange.xml_feed.tls_context import client_context
from gateway.trust.pki import TrialPki, make_client
from tests.fakes.partner_desk import FakePartnerDesk
from tests.fakes.partner_tls import client_tls, leaf, profile_of, server_tls
from tests.fakes.xml_lists import STREAM
from tests.integration.http.conftest import BACK, PATH, now, sealed

CONNECTIONS = 64
TOO_MUCH = (
    BusyError("too much"),
    RateExceededError("too much", caller="partner", retry_after=60, limit="50 an hour"),
)


class SlowDesk(FakePartnerDesk):
    """Takes as long over a list as the test wants."""

    def __init__(self) -> None:
        super().__init__(sends=STREAM, receives=BACK)
        self.lists = [sealed(1)]
        self.begun = Semaphore(0)
        self.may_go = Event()

    def submit(self, caller: Caller, stream: Stream, document: Unverified, *, now: object) -> bytes:
        del caller, stream, document, now
        self.begun.release()
        assert self.may_go.wait(20)
        return self.answer


@pytest.fixture
def desk() -> SlowDesk:
    return SlowDesk()


@pytest.fixture
def flooding(partner: TrialPki, tmp_path: Path) -> Path:
    return make_client(tmp_path, "flooding", authority=partner.authority.parent, now=now())


@pytest.fixture
def server(
    home: TrialPki, partner: TrialPki, flooding: Path, desk: SlowDesk
) -> Iterator[HttpsServer]:
    names = {
        ssl.PEM_cert_to_DER_cert(leaf(partner.tls)): "partner",
        ssl.PEM_cert_to_DER_cert(leaf(flooding)): "flooding",
    }

    def identify(shown: bytes) -> Caller:
        return Caller(
            name=names[shown],
            fingerprint="ab" * 32,
            purposes=(Purpose.EXCHANGE,),
            partner="XB",
            added_at=now(),
        )

    app = make_app(desk, identify, now, home="XA")
    running = serve(
        app,
        "127.0.0.1:0",
        server_tls(home.tls, partner.authority),
        connections=CONNECTIONS,
    )
    running.start()
    yield running
    desk.may_go.set()
    running.stop()


@pytest.fixture
def connect(server: HttpsServer, home: TrialPki) -> Iterator[Callable[[Path], httpx.Client]]:
    with ExitStack() as connections:

        def connected(certificate: Path) -> httpx.Client:
            context = client_context(client_tls(certificate, home.authority))
            client = httpx.Client(
                base_url=f"https://{server.address}", verify=context, trust_env=False, timeout=20
            )
            return connections.enter_context(client)

        yield connected


def submit(client: httpx.Client) -> httpx.Response:
    return client.post(f"{PATH}/lists", content=b"<x/>", headers={"content-type": XML})


def test_a_partner_with_many_slow_lists_keeps_no_other_waiting(
    connect: Callable[[Path], httpx.Client], desk: SlowDesk, partner: TrialPki, flooding: Path
) -> None:
    with ThreadPoolExecutor(MOST) as threads:
        begun = [threads.submit(submit, connect(flooding)) for _ in range(MOST)]
        assert all(desk.begun.acquire(timeout=20) for _ in range(MOST))
        one_more = submit(connect(flooding))
        others = connect(partner.tls).get(f"{PATH}/head")
        desk.may_go.set()
        assert [one.result().status_code for one in begun] == [200] * MOST
    assert (one_more.status_code, one_more.json()["code"]) == (429, "BUSY")
    assert others.status_code == 200


def test_a_partner_has_at_most_half_of_all_connections(
    connect: Callable[[Path], httpx.Client], partner: TrialPki, flooding: Path
) -> None:
    kept = [connect(flooding) for _ in range(CONNECTIONS // 2)]
    assert {one.get(f"{PATH}/head").status_code for one in kept} == {200}
    one_more = connect(flooding)
    reply = one_more.get(f"{PATH}/head")
    assert (reply.status_code, reply.json()["code"]) == (429, "BUSY")
    assert connect(partner.tls).get(f"{PATH}/head").status_code == 200
    # The refused connection is closed, and those that end make room.
    kept[0].close()
    assert any(one_more.get(f"{PATH}/head").status_code == 200 for _ in range(100))


@pytest.mark.parametrize("error", TOO_MUCH, ids=lambda error: error.code)
def test_a_partner_that_is_told_to_wait_tries_again_later(
    server: HttpsServer, desk: SlowDesk, home: TrialPki, partner: TrialPki, error: GatewayError
) -> None:
    address = f"https://{server.address}"
    channel = XmlChannel(profile_of(address), client_tls(partner.tls, home.authority))
    desk.error = error
    with pytest.raises(TransportError, match="too much"):
        channel.fetch_head(STREAM, None)
    desk.error = None
    assert channel.fetch_head(STREAM, None).document is not None
