"""The commands of README's own gateway, as a newcomer types them."""

import re
import shlex
from pathlib import Path

import pytest

from tests.fakes.command_line import CommandLine
from tests.integration.cli.test_serve import ROOT, free_ports, serving, wait_ready


def commands() -> tuple[list[list[str]], list[list[str]]]:
    """Return the arguments of `mra` in the first and in the second terminal."""
    text = (ROOT / "README.md").read_text("utf-8")
    section = text.partition("## Your own gateway")[2].partition("\n## ")[0]
    blocks = re.findall(r"```console\n(.*?)```", section, re.DOTALL)
    lines = [[line[2:] for line in block.splitlines() if line.startswith("$ ")] for block in blocks]
    first, second = (
        [
            words[1:]
            for line in block
            for words in [shlex.split(line, comments=True)]
            if "mra" in words[0]
        ]
        for block in lines
    )
    return first, second


EXPECTED = {
    ("lookup", "XA0000000001"): (0, "GRANT  RECOGNISED"),
    ("lookup", "XA0000000002"): (10, "NO_GRANT  SUSPENDED"),
}


def test_every_command_works_in_a_fresh_folder(
    mra: CommandLine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    fresh = tmp_path / "fresh"
    fresh.mkdir()
    monkeypatch.chdir(fresh)
    ports = free_ports(3)
    first, second = commands()
    assert first[0][0] == "init"
    assert first[-1] == ["serve"]
    given = zip(("--grpc-port", "--https-port", "--lookup-port"), map(str, ports), strict=True)
    assert mra(*first[0], *(word for pair in given for word in pair)).code == 0
    monkeypatch.chdir(fresh / "my")
    for arguments in first[1:-1]:
        ended = mra(*arguments)
        assert ended.code == 0, f"{arguments}: {ended.err}"
    with serving(fresh / "my"):
        wait_ready(fresh / "my", "exchange.ready", "lookup.ready")
        for arguments in second:
            ended = mra(*arguments)
            code, begins = EXPECTED.get((arguments[0], arguments[1]), (0, ""))
            assert ended.code == code, f"{arguments}: {ended.err}"
            assert ended.out.startswith(begins)
