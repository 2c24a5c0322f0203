"""Certificates of running servers are replaced by replacing the files, without a restart."""

import socket
import ssl
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from msgspec.structs import replace

from gateway.bootstrap import Gateway, open_gateway
from gateway.config.settings import load_settings
from gateway.domain.errors import ConfigError, NotPermittedError
from gateway.domain.parties import Caller
from gateway.domain.profiles import Endpoint, FeedKind, KeyUse, PartnerProfile, Schedule
from gateway.entrypoints.cli.app import main
from gateway.entrypoints.cli.tls_rotation import TlsRotation
from gateway.entrypoints.http.partner_server import make_app
from gateway.entrypoints.http.serving import serve
from gateway.entrypoints.rpc.exchange_server import make_server
from gateway.exchange.xml_feed.tls_context import client_context
from gateway.ports.tls import ClientTls
from gateway.trust.pki import make_client
from tests.fakes.desks import FakePartnerDesk
from tests.fakes.home import OFFICER, make_agreement
from tests.fakes.partner_simulator import Keys
from tests.fakes.tls_peers import shown_by

CLOCK_NOW = datetime.now(UTC).replace(microsecond=0)


class Running:
    """A gateway whose folder was made by `mra init`, with both servers on loopback."""

    def __init__(self, folder: Path) -> None:
        with pytest.raises(SystemExit) as ended:
            main(["init", str(folder)])
        assert ended.value.code == 0
        self.keys = folder / "keys"
        self.gateway: Gateway = open_gateway(load_settings(folder / "mra.toml", {}))
        self.partner = Keys(folder / "partner", "XB", CLOCK_NOW)
        self.apply(self.partner)
        self.rotation = TlsRotation(self.gateway.server_tls)
        self.rpc = make_server(
            FakePartnerDesk(None),
            self.gateway.identify,
            self.gateway.clock,
            tls=self.rotation.tls,
            listen="127.0.0.1:0",
        )
        app = make_app(FakePartnerDesk(None), self.gateway.identify, self.gateway.clock, home="XA")
        self.https = serve(app, "127.0.0.1:0", self.rotation.tls)
        self.rpc.start()
        self.https.start()
        self.rotation.add(self.rpc.replace_tls)
        self.rotation.add(self.https.replace_tls)

    def apply(self, partner: Keys) -> None:
        profile = PartnerProfile(
            agreement=make_agreement(),
            kind=FeedKind.GRPC,
            trust=tuple(partner.anchors(use) for use in KeyUse),
            schedule=Schedule(every=timedelta(hours=6)),
        )
        self.gateway.store.profiles.apply(profile, OFFICER, CLOCK_NOW)

    def replace_files(self, folder: Path) -> Keys:
        """Put another pair in the place of the one that is shown."""
        renewed = Keys(folder, "XA", CLOCK_NOW)
        for name in ("tls.key", "tls.pem"):
            (folder / name).rename(self.keys / name)
        return renewed

    def own_certificate(self) -> bytes:
        return ssl.PEM_cert_to_DER_cert((self.keys / "tls.pem").read_text("ascii"))

    def close(self) -> None:
        self.rpc.stop(0)
        self.https.stop()
        self.gateway.close()


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    made = Running(tmp_path / "home")
    yield made
    made.close()


def is_let_in_over_https(running: Running, caller: Keys) -> bool:
    """Tell whether a caller's certificate passes the handshake of the https server."""
    tls = _client_tls(caller, running)
    context = client_context(tls)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    host, _, port = running.https.address.rpartition(":")
    try:
        with (
            socket.create_connection((host, int(port)), timeout=20) as plain,
            context.wrap_socket(plain) as secured,
        ):
            secured.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            return secured.recv(1000).startswith(b"HTTP/1.1")
    except (ssl.SSLError, ConnectionResetError):
        return False


def is_let_in_over_grpc(running: Running, caller: Keys) -> bool:
    """Tell whether a caller's certificate passes the handshake of the gRPC server."""
    tls = _client_tls(caller, running)
    credentials = grpc.ssl_channel_credentials(tls.authorities, tls.key, tls.certificate)
    options = (("grpc.enable_http_proxy", 0), ("grpc.use_local_subchannel_pool", 1))
    address = f"localhost:{running.rpc.port}"
    with grpc.secure_channel(address, credentials, options=options) as channel:
        stub = health_pb2_grpc.HealthStub(channel)
        try:
            stub.Check(health_pb2.HealthCheckRequest(), timeout=2)
        except grpc.RpcError:
            return False
    return True


def _client_tls(caller: Keys, running: Running) -> ClientTls:
    return ClientTls(
        certificate=(caller.folder / "tls.pem").read_bytes(),
        key=(caller.folder / "tls.key").read_bytes(),
        authorities=(running.keys / "ca.pem").read_bytes(),
    )


@pytest.mark.parametrize("host", ["localhost", None], ids=["named by host", "named by nothing"])
def test_replaced_files_are_shown_by_both_running_servers(
    running: Running, tmp_path: Path, host: str | None
) -> None:
    before = running.own_certificate()
    addresses = (f"127.0.0.1:{running.rpc.port}", running.https.address)
    assert [shown_by(address, host) for address in addresses] == [before, before]
    running.replace_files(tmp_path / "renewed")
    assert running.rotation.look()
    after = running.own_certificate()
    assert after != before
    assert [shown_by(address, host) for address in addresses] == [after, after]


def test_half_replaced_files_change_nothing_until_they_fit(
    running: Running, tmp_path: Path
) -> None:
    before = running.own_certificate()
    Keys(tmp_path / "renewed", "XA", CLOCK_NOW)
    (tmp_path / "renewed" / "tls.pem").rename(running.keys / "tls.pem")
    assert not running.rotation.look()
    assert shown_by(running.https.address) == before
    assert shown_by(f"127.0.0.1:{running.rpc.port}") == before
    (tmp_path / "renewed" / "tls.key").rename(running.keys / "tls.key")
    assert running.rotation.look()
    assert shown_by(running.https.address) != before


def test_key_that_others_may_read_is_not_taken_over(running: Running, tmp_path: Path) -> None:
    before = running.own_certificate()
    running.replace_files(tmp_path / "renewed")
    (running.keys / "tls.key").chmod(0o644)
    assert not running.rotation.look()
    assert shown_by(running.https.address) == before


def test_unchanged_files_hand_nothing_over(running: Running) -> None:
    assert not running.rotation.look()


WAYS_IN: dict[str, Callable[[Running, Keys], bool]] = {
    "over https": is_let_in_over_https,
    "over grpc": is_let_in_over_grpc,
}


@pytest.mark.parametrize("is_let_in", WAYS_IN.values(), ids=WAYS_IN)
def test_sig_6_certificate_that_a_partner_registers_anew_is_let_in_and_the_old_one_is_not(
    running: Running, tmp_path: Path, is_let_in: Callable[[Running, Keys], bool]
) -> None:
    renewed = Keys(tmp_path / "renewed partner", "XB", CLOCK_NOW)
    assert is_let_in(running, running.partner)
    assert not is_let_in(running, renewed)
    running.apply(renewed)
    assert running.rotation.look()
    assert is_let_in(running, renewed)
    assert not is_let_in(running, running.partner)


def test_calls_to_partners_show_the_replaced_certificate(running: Running, tmp_path: Path) -> None:
    shown: list[bytes] = []

    def identify(der: bytes) -> Caller:
        shown.append(der)
        raise NotPermittedError("known by nobody")

    app = make_app(FakePartnerDesk(None), identify, running.gateway.clock, home="XB")
    authority = (running.keys / "ca.pem").read_bytes()
    tls = replace(running.gateway.server_tls(), client_authorities=authority)
    there = serve(app, "127.0.0.1:0", tls)
    there.start()
    (stored,) = running.gateway.store.profiles.all()
    endpoint = Endpoint(
        address=f"https://{there.address}", server_authorities=(authority.decode("ascii"),)
    )
    profile = replace(stored.profile, kind=FeedKind.XML, endpoint=endpoint)

    def call() -> bytes:
        channel = running.gateway.channel(profile)
        with pytest.raises(NotPermittedError):
            channel.fetch_head(profile.receives, None)
        channel.close()
        return shown[-1]

    try:
        before = call()
        renewed = make_client(tmp_path / "renewed", "tls", authority=running.keys, now=CLOCK_NOW)
        for path in (renewed, renewed.with_suffix(".key")):
            path.rename(running.keys / path.name)
        after = call()
    finally:
        there.stop()
    assert before != after == running.own_certificate()


def test_sig_6_one_key_under_two_names_is_refused_at_the_start(running: Running) -> None:
    for suffix in ("pem", "key"):
        copied = (running.keys / f"lists.{suffix}").read_bytes()
        (running.keys / f"acknowledgements.{suffix}").write_bytes(copied)
    with pytest.raises(ConfigError, match="lists and acknowledgements use the same key"):
        running.gateway.exchange()


def test_sig_6_tls_key_that_signs_lists_too_is_refused_at_the_start(running: Running) -> None:
    for suffix in ("pem", "key"):
        copied = (running.keys / f"tls.{suffix}").read_bytes()
        (running.keys / f"lists.{suffix}").write_bytes(copied)
    with pytest.raises(ConfigError, match="tls and lists use the same key"):
        running.gateway.exchange()


def test_key_that_others_may_read_is_refused_at_the_start(running: Running) -> None:
    (running.keys / "tls.key").chmod(0o640)
    with pytest.raises(ConfigError, match=r"tls\.key may be read by others"):
        running.gateway.exchange()
