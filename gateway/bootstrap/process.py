"""This process by a name that no other ever has, and whether one of that kind is still alive.

Only a process of the same machine can be told dead, and only where `/proc` tells when it started:
its number alone may be another's by now. Elsewhere nothing is ever dead, and leases run out.
"""

import os
import socket
from functools import cache
from pathlib import Path
from typing import Final

_PROC: Final = Path("/proc")
_STARTED: Final = 19
"""Fields between the closing bracket of the command and the time at which the process started, in
`/proc/PID/stat` (proc_pid_stat(5), field 22)."""


@cache
def own_name() -> str:
    """Return `machine:process`; in it the machine's boot and the namespace of process numbers."""
    pid = os.getpid()
    return f"{_machine()}:{pid}.{_started(pid) or 0}"


def is_dead(name: str) -> bool:
    """Tell whether the process with this name ran on this machine and has ended."""
    machine, _, process = name.rpartition(":")
    pid, _, started = process.partition(".")
    if machine != _machine() or not pid.isdecimal() or started in {"", "0"}:
        return False
    return _started(int(pid)) != started


@cache
def _machine() -> str:
    host = socket.gethostname()
    try:
        boot = (_PROC / "sys/kernel/random/boot_id").read_text("ascii").strip()
        numbers = (_PROC / "self/ns/pid").readlink().name
    except OSError:
        return host
    return f"{host}/{boot[:8]}/{numbers}"


def _started(pid: int) -> str | None:
    """Return when a process started, in ticks since the boot; none if there is no such process."""
    try:
        stat = (_PROC / str(pid) / "stat").read_text("utf-8", "replace")
    except OSError:
        return None
    state, *fields = stat.rpartition(") ")[2].split()
    # A process that was killed and not yet waited for does nothing any more.
    return None if state in "ZX" else fields[_STARTED - 1]
