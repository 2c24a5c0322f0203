"""Processes that a benchmark starts: servers, and workers that answer line by line."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

ROOT = Path(__file__).resolve().parents[1]
PATIENCE = 120.0
"""Seconds for a server to listen, or to end."""


class BenchmarkError(Exception):
    """A process ended or was silent for too long."""


class Server:
    """A server in a process of its own; use it as a context."""

    def __init__(self, address: str, module: str, *arguments: str, log: Path) -> None:
        self.address = address
        self._log = log
        with log.open("ab") as output:
            self._process = _start(
                module, arguments, stdin=subprocess.DEVNULL, stdout=output, stderr=output
            )

    def __enter__(self) -> Self:
        """Wait until it listens."""
        host, _, port = self.address.rpartition(":")
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                break
            try:
                socket.create_connection((host, int(port)), timeout=1).close()
            except OSError:
                time.sleep(0.05)
            else:
                return self
        self._end()
        raise BenchmarkError(f"no server on {self.address}: {self._log.read_text()[-2000:]}")

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End it."""
        self._end()

    def cpu_seconds(self) -> float:
        """Return what CPU time it has used so far."""
        fields = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def _end(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


class Worker:
    """A process of `lines.serve_lines`; use it as a context."""

    def __init__(self, module: str, *arguments: str) -> None:
        self._module = module
        self._process = _start(
            module, arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=None
        )
        self._is_ready = False

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End it by the end of its input."""
        self._process.communicate(timeout=PATIENCE)

    def ask(self, **order: object) -> dict[str, Any]:
        """Give an order and wait for its answer."""
        self.tell(**order)
        return self._hear()

    def tell(self, **order: object) -> None:
        """Give an order; `heard` waits for the answer."""
        # Only now, so that two workers that are made one after the other prepare side by side.
        if not self._is_ready:
            self._hear()
            self._is_ready = True
        assert self._process.stdin is not None  # noqa: S101 - opened as a pipe
        self._process.stdin.write(json.dumps(order).encode() + b"\n")
        self._process.stdin.flush()

    def heard(self) -> dict[str, Any]:
        """Wait for the answer to `tell`."""
        return self._hear()

    def _hear(self) -> dict[str, Any]:
        assert self._process.stdout is not None  # noqa: S101 - opened as a pipe
        line = self._process.stdout.readline()
        if not line:
            raise BenchmarkError(f"{self._module} ended with code {self._process.wait()}")
        answer: dict[str, Any] = json.loads(line)
        return answer


def _start(module: str, arguments: Sequence[str], **pipes: Any) -> "subprocess.Popen[bytes]":  # noqa: ANN401 - as subprocess has them
    return subprocess.Popen(
        [sys.executable, "-m", module, *arguments],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        **pipes,
    )
