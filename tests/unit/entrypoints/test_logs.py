import io
import json
import sys
from collections.abc import Iterator

import pytest
import structlog

from gateway.entrypoints.logs import configure


class Writes(io.StringIO):
    """Keeps apart what is written in one go."""

    def __init__(self) -> None:
        super().__init__()
        self.each: list[str] = []

    def write(self, text: str) -> int:
        self.each.append(text)
        return len(text)


@pytest.fixture(autouse=True)
def _as_it_was() -> Iterator[None]:
    yield
    structlog.reset_defaults()


def test_a_line_is_one_write_so_that_those_of_several_processes_stay_apart(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    writes = Writes()
    monkeypatch.setattr(sys, "stderr", writes)
    configure("json", "info")
    structlog.get_logger().info("sync.done", partner="XB")
    (line,) = writes.each
    assert line.endswith("}\n")
    assert json.loads(line)["partner"] == "XB"


def test_what_a_caller_sent_fills_no_log(monkeypatch: pytest.MonkeyPatch) -> None:
    writes = Writes()
    monkeypatch.setattr(sys, "stderr", writes)
    configure("json", "info")
    structlog.get_logger().info("rpc.refused", message=f"no stream {'x' * 4_000_000} for them")
    (line,) = writes.each
    message = json.loads(line)["message"]
    assert len(message) < 8_100
    assert message.startswith("no stream xxx")
    assert message.endswith("xxx for them")
