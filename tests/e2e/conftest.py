import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.checker.protobuf import Contract

_ROOT = Path(__file__).resolve().parents[2]
_SECONDS = 240


@dataclass(frozen=True)
class Kept:
    """What `mra demo --keep` left running."""

    endpoints: dict[str, Any]


@pytest.fixture(scope="session")
def contract() -> Contract:
    return Contract()


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kept]:
    folder = tmp_path_factory.mktemp("demo") / "kept"
    code, output = _demo("--keep", str(folder))
    try:
        assert code == 0, output
        yield Kept(json.loads((folder / "endpoints.json").read_text(encoding="utf-8")))
    finally:
        # Also after a demo in which a step did not hold: it has left its gateways running.
        code, output = _demo("--stop", str(folder))
    assert code == 0, output


def _demo(*arguments: str) -> tuple[int, str]:
    command = [sys.executable, "-m", "gateway", "demo", *arguments]
    with subprocess.Popen(
        command, cwd=_ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as demo:
        try:
            output, _ = demo.communicate(timeout=_SECONDS)
        except subprocess.TimeoutExpired:
            # Interrupted, not killed: the demo then stops the gateways that it has started.
            demo.send_signal(signal.SIGINT)
            output, _ = demo.communicate()
        return demo.returncode, output
