"""The gateways of the demo as real processes: started, killed, stopped in order."""

import subprocess
import sys
from collections.abc import Iterable
from typing import Final

from gateway.entrypoints.cli.demo.network import HOME, Member

STOP_PATIENCE: Final = 30.0
"""Seconds that a gateway gets to stop before it is killed."""


class Processes:
    """One process for each member, with its log in the member's folder."""

    def __init__(self) -> None:
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._log_from: dict[str, int] = {}

    @property
    def ids(self) -> dict[str, int]:
        """Process ids by country."""
        return {country: process.pid for country, process in self._running.items()}

    def start(self, members: Iterable[Member]) -> None:
        """Start members; who is ready, `is_ready` tells."""
        for member in members:
            roles = [] if member.country == HOME else ["--role", "exchange"]
            command = [sys.executable, "-m", "gateway", "serve", *roles]
            path = member.folder / "gateway.log"
            self._log_from[member.country] = path.stat().st_size if path.exists() else 0
            with path.open("ab") as log:
                self._running[member.country] = subprocess.Popen(  # noqa: S603 - our own interpreter and package, no shell
                    [*command, "--config", str(member.settings)],
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                )

    def is_ready(self, member: Member) -> bool:
        """Tell whether a member answers partners, and home border systems too."""
        logged = self.log(member)
        return b'"exchange.ready"' in logged and (
            member.country != HOME or b'"lookup.ready"' in logged
        )

    def log(self, member: Member) -> bytes:
        """Return what a member has logged since it was started last."""
        with (member.folder / "gateway.log").open("rb") as log:
            log.seek(self._log_from[member.country])
            return log.read()

    def ended(self) -> list[str]:
        """Return whose process ended, though nobody asked for it."""
        return [name for name, each in self._running.items() if each.poll() is not None]

    def kill(self, country: str) -> None:
        """End a process as a power cut does."""
        process = self._running.pop(country)
        process.kill()
        process.wait()

    def stop(self, *countries: str) -> bool:
        """Stop these, or all; tell whether each ended by itself, with code 0."""
        names = countries or tuple(self._running)
        stopping = [self._running.pop(name) for name in names]
        for process in stopping:
            process.terminate()
        clean = [_is_over(process) for process in stopping]
        return all(clean)


def _is_over(process: "subprocess.Popen[bytes]") -> bool:
    try:
        return process.wait(STOP_PATIENCE) == 0
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        return False
