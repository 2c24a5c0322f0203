"""Gateways as processes of their own: made, started, killed and asked by the command line alone."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_ROOT = Path(__file__).resolve().parents[3]
_SECONDS = 60.0
"""For one command, and for a start."""
_LOOK_EVERY = 0.02
_STOP_PATIENCE = 20.0


@dataclass
class Gateway:
    """One administration: its folder, its addresses, its exchange process."""

    country: str
    folder: Path
    ports: dict[str, int] = field(default_factory=dict)
    kills: int = 0
    _process: "subprocess.Popen[bytes] | None" = None

    @property
    def keys(self) -> Path:
        return self.folder / "keys"

    @property
    def log(self) -> Path:
        return self.folder / "gateway.log"

    def start(self) -> None:
        """Start the exchange process; `wait_until_ready` tells when it answers."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "gateway", "serve", "--role", "exchange"],
                cwd=_ROOT,
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def wait_until_ready(self) -> None:
        deadline = time.monotonic() + _SECONDS
        while not all(map(_answers, self.ports.values())):
            assert self.is_running, f"{self.country} ended: {self.last_lines()}"
            assert time.monotonic() < deadline, f"{self.country} does not start"
            time.sleep(_LOOK_EVERY)

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def kill(self) -> None:
        """End it as a power cut does (`kill -9`)."""
        assert self._process is not None
        assert self.is_running, f"{self.country} ended by itself: {self.last_lines()}"
        self._process.kill()
        self._process.wait()
        self.kills += 1

    def stop(self) -> int | None:
        """End it in order; return its exit code, none if it had to be killed or never ran."""
        if self._process is None:
            return None
        self._process.send_signal(signal.SIGTERM)
        try:
            return self._process.wait(_STOP_PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            return None

    def begin(self, *arguments: str) -> "subprocess.Popen[str]":
        """Begin a command; several may run beside each other."""
        return subprocess.Popen(
            [sys.executable, "-m", "gateway", *arguments],
            cwd=_ROOT,
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def last_lines(self, count: int = 12) -> str:
        if not self.log.exists():
            return "no log"
        lines = self.log.read_text(errors="replace").splitlines()
        return "\n".join(["", *lines[-count:]])

    def crashes(self) -> list[str]:
        """Return what the log tells of defects: exceptions that nobody expected."""
        signs = ('"exception"', "Traceback", '_crashed"', '.crashed"', '"level":"error"')
        lines = self.log.read_text(errors="replace").splitlines()
        return [line for line in lines if any(sign in line for sign in signs)]

    def _environment(self) -> dict[str, str]:
        listen = {
            "MRA_EXCHANGE__GRPC_LISTEN": "grpc",
            "MRA_EXCHANGE__HTTPS_LISTEN": "https",
            "MRA_EXCHANGE__WATCH_LISTEN": "watch",
            "MRA_PROGRAMME__LISTEN": "programme",
        }
        return {
            **os.environ,
            "MRA_CONFIG": str(self.folder / "mra.toml"),
            "MRA_LOG__FORMAT": "json",
            # What breaks for seconds is tried again within seconds.
            "MRA_RETRY__FIRST_WAIT": "1s",
            "MRA_RETRY__LONGEST_WAIT": "2s",
            "MRA_RETRY__LEASE": "5s",
            **{
                name: f"127.0.0.1:{self.ports[key]}"
                for name, key in listen.items()
                if key in self.ports
            },
        }


def finish(commands: Iterable["subprocess.Popen[str]"]) -> list[str]:
    """Wait for commands that run beside each other, and return what they printed."""
    printed = []
    for command in commands:
        output, said = command.communicate(timeout=_SECONDS)
        assert command.returncode == 0, f"{command.args!r}: {output}{said}"
        printed.append(output)
    return printed


def ask(gateway: Gateway, *arguments: str) -> list[dict[str, Any]]:
    """Run a command and return the rows that it says as data."""
    rows: list[dict[str, Any]] = json.loads(finish([gateway.begin(*arguments, "--json")])[0])
    return rows


def free_ports(count: int) -> list[int]:
    """Let the system choose; held all at once, so that they differ."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()


def _answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True
