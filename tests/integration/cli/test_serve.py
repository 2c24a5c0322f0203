import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import grpc
import pytest

from gateway.bootstrap import open_gateway
from gateway.config.settings import load_settings
from gateway.domain.schedule import LastRun
from gateway.pb.mra.lookup.v1 import lookup_pb2 as pb
from gateway.pb.mra.lookup.v1.lookup_pb2_grpc import LookupStub, LookupWatchStub
from tests.contract.profiles_suite import write_version
from tests.fakes.command_line import CommandLine
from tests.fakes.rpc_calls import connected_unproven, refusal_of
from tests.fakes.silent_partners import silent_listener
from tests.fakes.token_issuer import AUDIENCE, ISSUER, key_set, token

ROOT = Path(__file__).parents[3]
"""Where the gateway under test is: `python -m` looks there first."""
PATIENCE = 60.0


def free_ports(count: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports: list[int] = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


@pytest.fixture
def ports(mra: CommandLine) -> list[int]:
    """Free ports for gRPC, HTTPS and lookups, written into the settings."""
    chosen = free_ports(3)
    file = mra.folder / "mra.toml"
    text = file.read_text()
    for old, new in zip((7443, 7444, 7445), chosen, strict=True):
        text = text.replace(f":{old}", f":{new}")
    file.write_text(text)
    return chosen


@contextmanager
def serving(folder: Path, *arguments: str) -> Iterator["subprocess.Popen[bytes]"]:
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "gateway", "serve", *arguments, "-c", str(folder / "mra.toml")],
            stdout=log,
            stderr=log,
            cwd=ROOT,
        )
    try:
        yield process
    finally:
        for pid in (*children_of(process), process.pid):
            if is_running(pid):
                os.kill(pid, signal.SIGKILL)
        process.wait(PATIENCE)


def log_of(folder: Path) -> str:
    return (folder / "log").read_text()


def wait_until(holds: Callable[[], object], what: Callable[[], str]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline, what()
        time.sleep(0.05)


def wait_ready(folder: Path, *events: str) -> None:
    wait_until(lambda: all(event in log_of(folder) for event in events), lambda: log_of(folder))


def children_of(process: "subprocess.Popen[bytes]") -> list[int]:
    return [pid for pid, (_, parent) in processes().items() if parent == process.pid]


def is_running(pid: int) -> bool:
    state, _ = processes().get(pid, ("Z", 0))
    return state != "Z"


def processes() -> dict[int, tuple[str, int]]:
    """Return state and parent of every process; read here, for `ps` is not on every machine."""
    found: dict[int, tuple[str, int]] = {}
    for file in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            # The name before them stands in parentheses and may hold anything.
            state, parent = file.read_text().rpartition(")")[2].split()[:2]
            found[int(file.parent.name)] = (state, int(parent))
    return found


@pytest.fixture
def hangup_counts() -> Iterator[None]:
    """What a test run under `nohup` hands down would be respected."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


@pytest.mark.parametrize("name", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
@pytest.mark.usefixtures("ports", "hangup_counts")
def test_signal_ends_everything_cleanly_with_code_0(mra: CommandLine, name: signal.Signals) -> None:
    with serving(mra.folder) as process:
        wait_ready(mra.folder, "exchange.ready", "lookup.ready")
        children = children_of(process)
        assert len(children) == 2
        process.send_signal(name)
        assert process.wait(PATIENCE) == 0
        assert not any(map(is_running, children))
    assert "exchange.stopping" in log_of(mra.folder)
    assert "lookup.stopping" in log_of(mra.folder)
    assert "Traceback" not in log_of(mra.folder)


@pytest.mark.usefixtures("ports")
def test_signal_during_the_start_leaves_nothing_behind(mra: CommandLine) -> None:
    with serving(mra.folder) as process:
        wait_until(lambda: children_of(process), lambda: log_of(mra.folder))
        children = children_of(process)
        process.terminate()
        assert process.wait(PATIENCE) == 0
        assert not any(map(is_running, children))


@pytest.mark.usefixtures("ports")
def test_death_of_one_process_ends_all_and_is_told(mra: CommandLine) -> None:
    with serving(mra.folder) as process:
        wait_ready(mra.folder, "exchange.ready", "lookup.ready")
        children = children_of(process)
        os.kill(children[0], signal.SIGKILL)
        assert process.wait(PATIENCE) == 128 + signal.SIGKILL
        assert not any(map(is_running, children))
    assert "ended with code -9; stopping all" in log_of(mra.folder)


@pytest.mark.usefixtures("ports")
def test_processes_whose_parent_was_killed_end_and_free_their_ports(mra: CommandLine) -> None:
    with serving(mra.folder) as process:
        wait_ready(mra.folder, "exchange.ready", "lookup.ready")
        children = children_of(process)
        process.kill()
        try:
            wait_until(lambda: not any(map(is_running, children)), lambda: log_of(mra.folder))
        finally:
            for pid in filter(is_running, children):
                os.kill(pid, signal.SIGKILL)
    assert log_of(mra.folder).count("serve.parent_gone") == 2
    assert "lookup.stopping" in log_of(mra.folder)


BUSY = {"gRPC of partners": (0, "exchange"), "HTTPS": (1, "exchange"), "lookups": (2, "lookup")}


@pytest.mark.parametrize(("index", "role"), BUSY.values(), ids=BUSY)
def test_busy_port_is_named(mra: CommandLine, ports: list[int], index: int, role: str) -> None:
    with (
        socket.create_server(("127.0.0.1", ports[index])),
        serving(mra.folder, "--role", role) as process,
    ):
        assert process.wait(PATIENCE) == 78
    assert f"127.0.0.1:{ports[index]}" in log_of(mra.folder)
    assert "CONFIG_INVALID" in log_of(mra.folder)
    assert "Traceback" not in log_of(mra.folder)


def test_busy_port_of_one_process_ends_all(mra: CommandLine, ports: list[int]) -> None:
    with socket.create_server(("127.0.0.1", ports[2])), serving(mra.folder) as process:
        assert process.wait(PATIENCE) == 78
    assert f"127.0.0.1:{ports[2]}" in log_of(mra.folder)


@pytest.mark.parametrize("use", ["tls", "lists", "acknowledgements"])
@pytest.mark.usefixtures("ports")
def test_key_that_cannot_be_used_is_named_before_anything_listens(
    mra: CommandLine, use: str
) -> None:
    (mra.folder / f"keys/{use}.key").unlink()
    with serving(mra.folder, "--role", "exchange") as process:
        assert process.wait(PATIENCE) == 78
    assert f"keys/{use}.key" in log_of(mra.folder)
    assert "exchange.ready" not in log_of(mra.folder)


def test_strangers_handshake_leaves_no_line_of_another_form_in_the_log(
    mra: CommandLine, ports: list[int]
) -> None:
    with serving(mra.folder, "--role", "lookup") as process:
        wait_ready(mra.folder, "lookup.ready")
        with socket.create_connection(("127.0.0.1", ports[2])) as stranger:
            stranger.settimeout(PATIENCE)
            stranger.sendall(b"GET / HTTP/1.0\r\n\r\n")
            with suppress(ConnectionResetError):
                while stranger.recv(100):
                    pass
        process.terminate()
        process.wait(PATIENCE)
    events = [json.loads(line)["event"] for line in log_of(mra.folder).splitlines()]
    assert events == ["lookup.ready", "lookup.stopping"]


def last_syncs(folder: Path) -> list[LastRun]:
    """What the registry remembers of syncs, read as another process reads it."""
    gateway = open_gateway(load_settings(folder / "mra.toml", {}))
    try:
        runs = gateway.store.leases.last_runs()
    finally:
        gateway.close()
    return [run for job, run in runs.items() if job.startswith("sync ")]


@pytest.mark.parametrize("kind", ["grpc_feed", "xml_feed"])
@pytest.mark.usefixtures("ports")
def test_syn_1_signal_in_the_middle_of_a_sync_cuts_it_and_gives_its_lease_back(
    mra: CommandLine, kind: str
) -> None:
    with silent_listener() as address:
        file = mra.folder / "partners/XA-XB/partner.toml"
        text = file.read_text().replace('kind = "grpc_feed"', f'kind = "{kind}"')
        scheme = "https://" if kind == "xml_feed" else ""
        file.write_text(text.replace('"127.0.0.1:7543"', f'"{scheme}{address}"'))
        assert mra("partner", "apply", file, "-c", mra.folder / "mra.toml").code == 0
        with serving(mra.folder, "--role", "exchange") as process:
            wait_until(lambda: last_syncs(mra.folder), lambda: log_of(mra.folder))
            (run,) = last_syncs(mra.folder)
            assert run.busy_until is not None
            began = time.monotonic()
            process.terminate()
            assert process.wait(PATIENCE) == 0
            # Its network steps would have gone on for a minute each.
            assert time.monotonic() - began < 20
    assert last_syncs(mra.folder) == [LastRun(token=run.token)]
    assert "exchange.cut" in log_of(mra.folder)
    assert "Traceback" not in log_of(mra.folder)


@pytest.mark.usefixtures("ports")
def test_callers_with_tokens_ask_on_a_port_of_their_own_and_no_token_is_logged(
    mra: CommandLine,
) -> None:
    (port,) = free_ports(1)
    (mra.folder / "keys/issuer.json").write_bytes(key_set())
    file = mra.folder / "mra.toml"
    file.write_text(
        file.read_text().replace("# bearer_listen =", f'bearer_listen = "127.0.0.1:{port}" #')
        + f'\n[lookup.tokens]\nissuer = "{ISSUER}"\naudience = "{AUDIENCE}"\n'
        + 'keys = "keys/issuer.json"\n'
    )
    mra("caller", "add", "agency", "--purpose", "lookup", "--subject", "agency-client",
        "--scope", "decision", "--quota", "1")  # fmt: skip
    now = int(time.time())
    shown = token(iat=now, exp=now + 300)
    request = pb.LookupRequest(question=pb.Question(code="XB0000000001"))
    with serving(mra.folder, "--role", "lookup"):
        wait_ready(mra.folder, "lookup.ready")
        authorities = (mra.folder / "keys/ca.pem").read_bytes()
        with connected_unproven(port, authorities) as channel:
            stub, metadata = LookupStub(channel), (("authorization", f"Bearer {shown}"),)
            answer = stub.Lookup(request, timeout=20, metadata=metadata, wait_for_ready=True).answer
            assert answer.reason
            assert not answer.rungs
            exhausted, _, _ = refusal_of(lambda: stub.Lookup(request, metadata=metadata))
            assert exhausted is grpc.StatusCode.RESOURCE_EXHAUSTED
            forged = (("authorization", f"Bearer {shown[:-6]}"),)
            refused, _, _ = refusal_of(lambda: stub.Lookup(request, metadata=forged))
            assert refused is grpc.StatusCode.UNAUTHENTICATED
        wait_until(lambda: _asked_today(mra) == [1], lambda: log_of(mra.folder))
    log = log_of(mra.folder)
    assert not any(part in log for part in shown.split("."))


@pytest.mark.usefixtures("ports")
def test_a_watch_by_token_ends_with_its_token(mra: CommandLine) -> None:
    by_certificate, by_token = free_ports(2)
    (mra.folder / "keys/issuer.json").write_bytes(key_set())
    file = mra.folder / "mra.toml"
    listens = (
        f'watch_listen = "127.0.0.1:{by_certificate}"\n'
        f'watch_bearer_listen = "127.0.0.1:{by_token}"\n'
    )
    file.write_text(
        file.read_text().replace("[lookup]\n", f"[lookup]\n{listens}")
        + f'\n[lookup.tokens]\nissuer = "{ISSUER}"\naudience = "{AUDIENCE}"\n'
        + 'keys = "keys/issuer.json"\nskew = "0s"\n'
    )
    mra("caller", "add", "agency", "--purpose", "lookup", "--subject", "agency-client")
    mra("partner", "apply", "partners")
    with serving(mra.folder, "--role", "lookup"):
        wait_ready(mra.folder, "lookup.ready")
        authorities = (mra.folder / "keys/ca.pem").read_bytes()
        now = int(time.time())
        metadata = (("authorization", f"Bearer {token(iat=now, exp=now + 3)}"),)
        with connected_unproven(by_token, authorities) as channel:
            request = pb.WatchChangesRequest(agreement="XA-XB")
            stub = LookupWatchStub(channel)
            watch = iter(stub.WatchChanges(request, timeout=20, metadata=metadata))
            assert next(watch).resume_token
            status, _, _ = refusal_of(lambda: list(watch))
        # Long before the next beat is due.
        assert time.time() < now + 10
        assert status is grpc.StatusCode.UNAUTHENTICATED


@pytest.mark.usefixtures("ports")
def test_a_damaged_profile_stops_neither_process(mra: CommandLine) -> None:
    mra("partner", "apply", "partners")
    with open_gateway(load_settings(mra.folder / "mra.toml", {})).store as store:
        write_version(store, "XA-XB", 1, '{"kind": "pigeon"}')
    with serving(mra.folder):
        wait_ready(mra.folder, "exchange.ready", "lookup.ready")
        told = [json.loads(line) for line in log_of(mra.folder).splitlines()]
    damaged = {one["event"] for one in told if one.get("agreement") == "XA-XB"}
    assert damaged == {"exchange.unreadable", "lookup.unreadable"}
    ended = mra("lookup", "XB000001")
    assert (ended.code, ended.out.splitlines()[0]) == (11, "UNDETERMINED  DATA_MISSING")


def _asked_today(mra: CommandLine) -> list[object]:
    callers = mra("caller", "list", "--json").data
    assert isinstance(callers, list)
    return [one["asked_today"] for one in callers if one["name"] == "agency"]
