"""A process that works on demand: a JSON object a line in, a JSON object a line out.

Figure and floor each live in such a process, so that the bench can let them take turns. Imports
nothing of the gateway, because floors use it too.
"""

import gc
import json
import os
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

Work = Callable[[Mapping[str, Any]], dict[str, Any]]


def serve_lines(work: Work) -> None:
    """Say that it is ready, then answer line by line until the input ends."""
    # What a library prints must not stand between the answers.
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    _say(answers, {"ready": True})
    for line in sys.stdin:
        _say(answers, work(json.loads(line)))


def timed(work: Callable[[], object]) -> dict[str, float]:
    """Run once and tell the seconds by the wall and by this process's CPU, and its peak memory.

    What earlier runs left is collected before; the collector then works as it always does.
    """
    gc.collect()
    before = _forget_peak()
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return {
        "seconds": time.perf_counter() - wall,
        "cpu_seconds": time.process_time() - cpu,
        "peak_bytes": _memory("VmHWM") - before,
    }


def _forget_peak() -> int:
    """Let the kernel forget how large the process was once; return how large it is."""
    # 5: the peak (man 5 proc).
    Path("/proc/self/clear_refs").write_text("5", "ascii")
    return _memory("VmRSS")


def _memory(name: str) -> int:
    status = Path("/proc/self/status").read_text("ascii")
    (kilobytes,) = (line.split()[1] for line in status.splitlines() if line.startswith(name))
    return int(kilobytes) * 1024


def _say(answers: Any, answer: Mapping[str, Any]) -> None:  # noqa: ANN401 - a text stream
    answers.write(json.dumps(answer) + "\n")
    answers.flush()
