"""Search and watches on a lookup process of `mra serve`, which is killed in between."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import grpc
import pytest

from gateway.domain.operators import StatusCode
from gateway.domain.profiles import FeedKind
from gateway.pb.mra.lookup.v1 import lookup_pb2 as pb
from gateway.pb.mra.lookup.v1.lookup_pb2_grpc import LookupStub, LookupWatchStub
from gateway.ports.tls import ClientTls
from tests.fakes.installed import Installed
from tests.fakes.partner_simulator import make_operator
from tests.fakes.rpc_calls import connected

ROOT = Path(__file__).parents[3]
PATIENCE = 60.0


@pytest.fixture
def installed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Installed:
    made = Installed(tmp_path, FeedKind.GRPC, capsys)
    certificate = made.folder / "keys" / "tls.pem"
    added, _, said = made.mra(
        "caller", "add", "border", "--purpose", "lookup", "--certificate", certificate
    )
    assert added == 0, said
    publish(made, StatusCode.ACTIVE)
    return made


def publish(installed: Installed, code: StatusCode) -> None:
    on = installed.now
    operators = (make_operator("XB000001", on=on, code=code), make_operator("XB000002", on=on))
    installed.partner.publish_next(*operators)
    installed.receive()


@contextmanager
def serving(installed: Installed) -> Iterator[tuple[int, int]]:
    """Run a lookup process, and kill it at the end; yields the ports of lookups and watches."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
    lookups, watches = (each.getsockname()[1] for each in sockets)
    for each in sockets:
        each.close()
    log = installed.folder / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "gateway", "serve", "--role", "lookup"],
            env=os.environ
            | {
                "MRA_CONFIG": str(installed.settings),
                "MRA_LOOKUP__LISTEN": f"127.0.0.1:{lookups}",
                "MRA_LOOKUP__WATCH_LISTEN": f"127.0.0.1:{watches}",
            },
            stdout=output,
            stderr=output,
            cwd=ROOT,
        )
    try:
        deadline = time.monotonic() + PATIENCE
        while "lookup.ready" not in log.read_text():
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.05)
        yield lookups, watches
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait(PATIENCE)


def tls_of(installed: Installed) -> ClientTls:
    keys = installed.folder / "keys"
    return ClientTls(
        certificate=(keys / "tls.pem").read_bytes(),
        key=(keys / "tls.key").read_bytes(),
        authorities=(keys / "ca.pem").read_bytes(),
    )


def found_by(stub: LookupStub, query: str) -> list[str]:
    """Search until the index is built."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            page = stub.SearchOperators(pb.SearchOperatorsRequest(query=query))
        except grpc.RpcError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
        else:
            return [one.operator_id for one in page.operators]


def watch(port: int, tls: ClientTls, token: str) -> Iterator[pb.WatchChangesResponse]:
    request = pb.WatchChangesRequest(agreement="XA-XB", resume_token=token)
    with connected(port, tls) as connection:
        yield from LookupWatchStub(connection).WatchChanges(request, timeout=PATIENCE)


def test_a_process_that_was_killed_is_followed_by_one_that_goes_on(installed: Installed) -> None:
    tls = tls_of(installed)
    with serving(installed) as (lookups, watches):
        with connected(lookups, tls) as connection:
            stub = LookupStub(connection)
            assert found_by(stub, "synthetic XB000002")[0] == "XB000002"
            (view,) = stub.ListAgreements(pb.ListAgreementsRequest()).agreements
            assert view.freshness.sequence == 1
        token = next(watch(watches, tls, "")).resume_token
    publish(installed, StatusCode.SUSPENDED)
    with serving(installed) as (lookups, watches):
        told = next(one for one in watch(watches, tls, token) if one.operator_id)
        assert (told.operator_id, told.kind) == ("XB000001", pb.CHANGE_KIND_CHANGED)
        with connected(lookups, tls) as connection:
            request = pb.GetOperatorRequest(operator_id="XB000001")
            history = LookupStub(connection).GetOperator(request).history
        assert [version.from_sequence for version in history] == [2, 1]
