"""The clients in docs/clients ask a running gateway, as they stand."""

import json
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Timer
from typing import IO

import httpx
import pytest
from msgspec import Struct

from gateway.domain.answers import AnswerReason
from gateway.entrypoints.cli.app import main
from gateway.exchange.xml_feed.tls_context import client_context
from gateway.ports.tls import ClientTls
from tests.fakes.command_line import hand_over
from tests.fakes.gateways import exchanged, founded, plain_terminal

__all__ = ["exchanged", "founded", "plain_terminal"]

ROOT = Path(__file__).resolve().parents[3]
CLIENTS = ROOT / "docs" / "clients"
TEST_CODES = ROOT / "docs" / "test-codes.md"
PATIENCE = 60
NPM_PATIENCE = 180


class Running(Struct):
    """A lookup process, and the folder of a registered caller."""

    grpc: str
    http: str
    watch: str
    folder: Path
    settings: Path
    code: str


@pytest.fixture(scope="module")
def running(
    exchanged: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Running]:
    home = tmp_path_factory.mktemp("clients") / "my"
    shutil.copytree(exchanged, home)
    settings, folder = home / "XB" / "mra.toml", home / "border"
    arguments = ["caller", "add", "border", "--purpose", "lookup", "--trial", str(folder)]
    with pytest.raises(SystemExit) as ended:
        main([*arguments, "-c", str(settings)])
    assert ended.value.code == 0
    shutil.copy(settings.parent / "keys" / "ca.pem", folder)
    (folder / "protos").symlink_to(ROOT / "protos")
    grpc, http, watch = _free_addresses()
    code = (home / "operators.csv").read_text("utf-8").splitlines()[1].split(",")[0]
    log = home / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "gateway", "serve", "--role", "lookup", "-c", str(settings)],
            cwd=ROOT,
            stdout=output,
            stderr=output,
            env={
                "MRA_LOOKUP__LISTEN": grpc,
                "MRA_LOOKUP__HTTPS_LISTEN": http,
                "MRA_LOOKUP__WATCH_LISTEN": watch,
            },
        )
    try:
        _wait(log, process)
        yield Running(
            grpc=grpc, http=http, watch=watch, folder=folder, settings=settings, code=code
        )
    finally:
        process.terminate()
        assert process.wait(PATIENCE) == 0


def _free_addresses() -> list[str]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(3)]
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return [f"localhost:{port}" for port in ports]


def _wait(log: Path, process: "subprocess.Popen[bytes]") -> None:
    give_up_at = time.monotonic() + PATIENCE
    while "lookup.ready" not in log.read_text("utf-8"):
        assert process.poll() is None, log.read_text("utf-8")
        assert time.monotonic() < give_up_at, log.read_text("utf-8")
        time.sleep(0.05)


def ask(running: Running, *command: str) -> str:
    ended = subprocess.run(
        command,
        cwd=running.folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def test_the_running_server_gives_every_reason_by_test_codes(running: Running) -> None:
    """The codes are those of docs/test-codes.md: decision and reason stand beside each."""
    table = re.findall(
        r"^\| `([^`]+)` \| (\w+) \| (\w+) \|", TEST_CODES.read_text("utf-8"), re.MULTILINE
    )
    asked = [{"key": code, "question": {"code": code, "test": True}} for code, _, _ in table]
    for one in asked:
        if "NAMECONFLICT" in one["key"]:
            one["question"] |= {"name": "Somebody Else"}
    context = client_context(
        ClientTls(
            certificate=(running.folder / "border.pem").read_bytes(),
            key=(running.folder / "border.key").read_bytes(),
            authorities=(running.folder / "ca.pem").read_bytes(),
        )
    )
    with httpx.Client(verify=context, trust_env=False) as client:
        reply = client.post(
            f"https://{running.http}/lookup/v1/decisions:batch", json={"questions": asked}
        )
    given = {
        one["key"]: (one["answer"]["verdict"], one["answer"]["reason"])
        for one in reply.json()["answers"]
    }
    assert given == {code: (verdict, reason) for code, verdict, reason in table}
    assert {reason for _, reason in given.values()} == {reason.value for reason in AnswerReason}


@pytest.mark.parametrize("name", ["lookup.py", "lookup.mjs", "lookup.sh", "watch.py"])
def test_a_client_has_less_than_20_lines(name: str) -> None:
    assert len((CLIENTS / name).read_text("utf-8").splitlines()) < 20


def test_the_python_client_is_answered(running: Running) -> None:
    said = ask(running, sys.executable, str(CLIENTS / "lookup.py"), running.grpc, running.code)
    assert said.splitlines()[:2] == ["VERDICT_GRANT", "RECOGNISED"]


def test_the_node_client_is_answered(running: Running) -> None:
    shutil.copy(CLIENTS / "lookup.mjs", running.folder)
    shutil.copy(CLIENTS / "package.json", running.folder)
    _install(running.folder)
    said = ask(running, "node", "lookup.mjs", running.grpc, running.code)
    assert said.splitlines()[:2] == ["VERDICT_GRANT", "RECOGNISED"]


def _install(folder: Path) -> None:
    if shutil.which("npm") is None:
        pytest.skip("npm is not installed")
    try:
        subprocess.run(
            ["npm", "install", "--no-audit", "--no-fund", "--silent"],
            cwd=folder,
            check=True,
            capture_output=True,
            timeout=NPM_PATIENCE,
        )
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        pytest.skip(f"npm cannot install the client's libraries: {error}")


def test_the_curl_client_is_answered_as_the_command_line_is(
    running: Running, capsys: pytest.CaptureFixture[str]
) -> None:
    said = json.loads(ask(running, "sh", str(CLIENTS / "lookup.sh"), running.http, running.code))
    capsys.readouterr()
    with pytest.raises(SystemExit) as ended:
        main(["lookup", running.code, "--json", "-c", str(running.settings)])
    assert ended.value.code == 0
    printed = json.loads(capsys.readouterr().out)
    # Each was asked at its own moment.
    for answer in (said, printed):
        for moment in ("known_at", "valid_at", "reference", "rungs"):
            del answer[moment]
    assert said == printed


def test_the_watching_client_prints_changes_and_goes_on_after_a_break(running: Running) -> None:
    """The first run is broken off before the change, the second is told of it."""
    token = running.folder / "watch.token"
    with _watching(running):
        _wait_until(token.exists)
    home = running.settings.parents[1]
    header, first, second, *others = (home / "operators.csv").read_text("utf-8").splitlines()
    (home / "operators.csv").write_text("\n".join([header, first, *others, ""]), "utf-8")
    with pytest.raises(SystemExit) as ended:
        main(["operator", "import", str(home / "operators.csv"), "-c", str(home / "mra.toml")])
    assert ended.value.code == 0
    hand_over(home / "mra.toml", running.settings)
    with _watching(running) as printed:
        assert printed.readline() == f"CHANGE_KIND_REMOVED {second.split(',')[0]}\n"


@contextmanager
def _watching(running: Running) -> Iterator[IO[str]]:
    process = subprocess.Popen(
        [sys.executable, str(CLIENTS / "watch.py"), running.watch, "XA-XB"],
        cwd=running.folder,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    broken_off = Timer(PATIENCE, process.kill)
    broken_off.start()
    try:
        yield process.stdout
    finally:
        broken_off.cancel()
        process.kill()
        process.wait(PATIENCE)
        process.stdout.close()


def _wait_until(holds: Callable[[], bool]) -> None:
    give_up_at = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < give_up_at
        time.sleep(0.05)
