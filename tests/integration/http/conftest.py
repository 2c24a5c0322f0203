"""A partner server on loopback, and those who call it."""

import ssl
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from gateway.domain.documents import Packaging, SealedList
from gateway.domain.errors import (
    NotPermittedError,
)
from gateway.domain.lists import StatusList, Stream
from gateway.domain.parties import Caller, Purpose
from gateway.entrypoints.http.partner_server import make_app
from gateway.entrypoints.http.serving import HttpsServer, serve
from gateway.exchange.xml_feed.channel import XmlChannel
from gateway.exchange.xml_feed.codec import head_to_xml, list_to_xml
from gateway.exchange.xml_feed.replies import XML
from gateway.exchange.xml_feed.tls_context import client_context
from gateway.services.watching import HeadBoard
from gateway.trust.certificates import fingerprint
from gateway.trust.pki import TrialPki, make_client
from tests.fakes.partner_desk import FakePartnerDesk
from tests.fakes.partner_tls import client_tls, leaf, profile_of, server_tls
from tests.fakes.trial_keys import make_partner
from tests.fakes.xml_lists import STREAM, header_for, whole_operators

BACK = Stream(issuer="XB", recipient="XA", agreement="XA-XB", test=False, epoch=1)
OPERATORS = whole_operators(2)
HEADER = header_for(OPERATORS)
PATH = "/exchange/v1/streams/XA-XB/production/1"
MAX_BODY = 20_000


def now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


def refuse_all(shown: bytes) -> Caller:
    raise NotPermittedError(f"nobody is known, {len(shown)} bytes")


def sealed(sequence: int = 1) -> SealedList:
    header = header_for(OPERATORS, sequence=sequence)
    return SealedList(
        packaging=Packaging.XADES,
        document=list_to_xml(StatusList(header, OPERATORS)),
        head=head_to_xml(header),
    )


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> TrialPki:
    return make_partner(tmp_path_factory.mktemp("home"), now=now())


@pytest.fixture(scope="module")
def partner(tmp_path_factory: pytest.TempPathFactory) -> TrialPki:
    return make_partner(tmp_path_factory.mktemp("partner"), "XB", now=now())


@pytest.fixture
def desk() -> FakePartnerDesk:
    return FakePartnerDesk(sends=STREAM, receives=BACK)


@pytest.fixture
def board() -> HeadBoard:
    return HeadBoard()


@pytest.fixture(scope="module")
def border(partner: TrialPki, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("border")
    return make_client(folder, "border", authority=partner.authority.parent, now=now())


@pytest.fixture
def server(
    home: TrialPki, partner: TrialPki, border: Path, desk: FakePartnerDesk, board: HeadBoard
) -> Iterator[HttpsServer]:
    registered = {
        ssl.PEM_cert_to_DER_cert(leaf(partner.tls)): (Purpose.EXCHANGE, "XB"),
        ssl.PEM_cert_to_DER_cert(leaf(border)): (Purpose.LOOKUP, None),
    }

    def identify(shown: bytes) -> Caller:
        if shown not in registered:
            raise NotPermittedError("unknown certificate")
        purpose, administration = registered[shown]
        return Caller(
            name=f"{administration or 'border'} gateway",
            fingerprint=fingerprint(shown),
            purposes=(purpose,),
            partner=administration,
            added_at=now(),
        )

    app = make_app(desk, identify, now, home="XA", max_body_bytes={XML: MAX_BODY}, board=board)
    running = serve(app, "127.0.0.1:0", server_tls(home.tls, partner.authority))
    running.start()
    yield running
    board.close()
    running.stop()


@pytest.fixture
def channel(server: HttpsServer, home: TrialPki, partner: TrialPki) -> XmlChannel:
    return XmlChannel(
        profile_of(f"https://{server.address}"), client_tls(partner.tls, home.authority)
    )


@pytest.fixture
def http(server: HttpsServer, home: TrialPki, partner: TrialPki) -> Iterator[httpx.Client]:
    context = client_context(client_tls(partner.tls, home.authority))
    with httpx.Client(
        base_url=f"https://{server.address}", verify=context, trust_env=False
    ) as client:
        yield client
