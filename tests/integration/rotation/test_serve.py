"""`mra serve` looks at its certificate files: what is put in their place is shown, unasked."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway.trust.pki import make_client
from tests.fakes.installed import run
from tests.fakes.tls_peers import shown_by

PATIENCE = 60.0


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port: int = listening.getsockname()[1]
    return port


@contextmanager
def serving(folder: Path, role: str) -> Iterator[None]:
    command = [sys.executable, "-m", "gateway", "serve", "--role", role]
    process = subprocess.Popen(
        [*command, "--config", str(folder / "mra.toml")],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield
    finally:
        process.terminate()
        process.wait(30)


def await_certificate(address: str, *, other_than: bytes | None) -> bytes:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        try:
            shown: bytes | None = shown_by(address)
        except OSError:
            shown = other_than
        if shown is not None and shown != other_than:
            return shown
        time.sleep(0.2)
    raise AssertionError(address)


@pytest.mark.e2e
@pytest.mark.parametrize("role", ["exchange", "lookup"])
def test_replaced_files_are_shown_without_a_restart(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], role: str
) -> None:
    folder = tmp_path / "home"
    ports = {name: free_port() for name in ("grpc", "https", "lookup")}
    options = [f"--{name}-port={port}" for name, port in ports.items()]
    made, _, said = run(capsys, "init", str(folder), *options)
    assert made == 0, said
    names = ("grpc", "https") if role == "exchange" else ("lookup",)
    addresses = [f"127.0.0.1:{ports[name]}" for name in names]
    now = datetime.now(UTC)
    with serving(folder, role):
        before = [await_certificate(address, other_than=None) for address in addresses]
        renewed = make_client(tmp_path / "renewed", "tls", authority=folder / "keys", now=now)
        for path in (renewed.with_suffix(".key"), renewed):
            path.rename(folder / "keys" / path.name)
        after = [
            await_certificate(address, other_than=old)
            for address, old in zip(addresses, before, strict=True)
        ]
    assert len({*before, *after}) == 2
