"""`mra` with streams, locales and terminals as they come: each case is a process of its own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fakes.command_line import CommandLine

ROOT = Path(__file__).parents[4]
LOOKUP = ("lookup", "XA0000000001", "-c", "XB/mra.toml")


def run(
    folder: Path,
    *arguments: str,
    redirected: str = "",
    writing: int = subprocess.PIPE,
    **environment: str,
) -> "Ended":
    line = f'exec "$0" -m gateway "$@" {redirected}'
    return subprocess.run(  # noqa: S603 - our own interpreter and package
        ["/bin/sh", "-c", line, sys.executable, *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},  # noqa: TID251 - for a process of its own
        stdout=writing,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        timeout=60,
        check=False,
    )


Ended = subprocess.CompletedProcess[str]

FULL = {"for people": (), "as JSON": ("--json",)}


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no full disk to write to here")
@pytest.mark.parametrize("options", FULL.values(), ids=FULL)
def test_output_that_cannot_be_written_is_told_in_one_line(
    mra_exchanged: CommandLine, options: tuple[str, ...]
) -> None:
    ended = run(mra_exchanged.folder, *LOOKUP, *options, redirected=">/dev/full")
    assert ended.returncode == 74
    assert "MACHINE_FAILED" in ended.stderr
    assert "no space left on device" in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize("options", FULL.values(), ids=FULL)
def test_closed_standard_output_changes_no_exit_code(
    mra_exchanged: CommandLine, options: tuple[str, ...]
) -> None:
    ended = run(mra_exchanged.folder, *LOOKUP, *options, redirected=">&-")
    assert (ended.returncode, ended.stderr) == (0, "")


@pytest.mark.parametrize("options", FULL.values(), ids=FULL)
def test_reader_that_has_read_enough_changes_no_exit_code(
    mra_exchanged: CommandLine, options: tuple[str, ...]
) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    try:
        ended = run(mra_exchanged.folder, *LOOKUP, *options, writing=writing)
    finally:
        os.close(writing)
    assert (ended.returncode, ended.stderr) == (0, "")


def test_terminal_that_knows_ascii_only_gets_an_answer_all_the_same(
    mra_exchanged: CommandLine,
) -> None:
    ended = run(mra_exchanged.folder, *LOOKUP, LC_ALL="C", PYTHONIOENCODING="ascii")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.startswith("GRANT  RECOGNISED")
    overview = run(mra_exchanged.folder, "--help", LC_ALL="C", PYTHONIOENCODING="ascii")
    assert (overview.returncode, overview.stderr) == (0, "")


@pytest.mark.parametrize("columns", ["0", "1", "20"])
def test_terminal_too_narrow_for_anything_still_shows_every_word(
    mra_exchanged: CommandLine, columns: str
) -> None:
    ended = run(mra_exchanged.folder, *LOOKUP, COLUMNS=columns, TERM="dumb")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "home has not blocked this operator" in " ".join(ended.stdout.split())
