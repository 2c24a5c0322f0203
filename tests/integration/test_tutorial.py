"""The tutorial is true: its commands run as they stand, and print what it shows."""

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from shutil import which

import pytest
from msgspec import Struct

ROOT = Path(__file__).parents[2]
TUTORIAL = ROOT / "docs" / "tutorials" / "first-exchange.md"
ANY = "…"
"""In a shown line: any text. Alone: any lines."""
LONGEST = 60
"""Seconds for one command; the machine may be busy."""
BLOCK = re.compile(r"^```console(?P<setup> setup)?\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)


class Step(Struct):
    """One command, with the lines that continue it, and what the page shows of its output."""

    command: str
    shown: list[str]


def steps(*, setup: bool = False) -> list[Step]:
    """Return the commands of the page in their order."""
    found: list[Step] = []
    for block in BLOCK.finditer(TUTORIAL.read_text("utf-8")):
        if bool(block["setup"]) is not setup:
            continue
        for line in block["text"].splitlines():
            if line.startswith("$ "):
                found.append(Step(line[2:], []))
            elif line.startswith("> "):
                found[-1].command += f"\n{line[2:]}"
            else:
                found[-1].shown.append(line)
    return found


def pattern_of(shown: list[str]) -> re.Pattern[str]:
    """Return what matches an output as the page shows it."""
    lines = [
        r"(?:.*\n)*?" if line == ANY else ".*".join(map(re.escape, line.split(ANY))) + r" *\n"
        for line in shown
    ]
    return re.compile("".join(lines))


class Shell:
    """One bash for the whole page: its folder and its background process stay.

    It stands where the reader stands after setting up; only the ports differ.
    """

    def __init__(self, folder: Path, port: int) -> None:
        programs = folder / "programs"
        programs.mkdir()
        mra = programs / "mra"
        mra.write_text(
            "#!/bin/sh\n"
            f'[ "$1" = init ] && set -- "$@" --grpc-port {port} --https-port {port + 1} '
            f"--lookup-port {port + 2}\n"
            f'exec "{sys.executable}" -m gateway "$@"\n'
        )
        mra.chmod(0o755)
        environment = {name: text for name, text in os.environ.items() if name[:4] != "MRA_"}
        environment |= {
            "PATH": f"{programs}:{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT),
            "COLUMNS": "120",
        }
        self._folder = folder
        self._process = subprocess.Popen(
            ["bash", "--norc", "--noprofile"],
            cwd=folder,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            encoding="utf-8",
        )

    def run(self, command: str) -> tuple[int, str]:
        """Run one command as a reader types it: exit code and output."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{command}\necho END-OF-STEP $?\n")
        self._process.stdin.flush()
        output = ""
        while (end := re.search(r"^END-OF-STEP (\d+)\n\Z", output, re.MULTILINE)) is None:
            line = self._process.stdout.readline()
            assert line, f"the shell ended: {output}"
            output += line
        return int(end[1]), output[: end.start()]

    def stop(self) -> None:
        """End the shell and whatever it started."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.communicate(timeout=LONGEST)


def free_port() -> int:
    """Return the first of three ports that are free here, as are those of the trial partner."""
    for port in range(20_000 + os.getpid() % 10_000, 40_000, 7):
        wanted = [port + offset + beside for offset in range(3) for beside in (0, 100)]
        if all(map(is_free, wanted)):
            return port
    raise AssertionError("no free ports")


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Shell]:
    if which("bash") is None:
        pytest.skip("the tutorial is written for bash")
    started = Shell(tmp_path, free_port())
    yield started
    started.stop()


def test_every_command_of_the_tutorial_prints_what_it_shows(shell: Shell) -> None:
    run = steps()
    assert sum(step.command.startswith("mra ") for step in run) > 10
    for step in run:
        code, output = shell.run(step.command)
        assert code == 0, f"$ {step.command}\n{output}"
        wanted = pattern_of(step.shown)
        assert wanted.fullmatch(output), f"$ {step.command}\n{output}"


def test_the_tutorial_sets_up_with_targets_that_exist() -> None:
    targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    made = [step.command.split()[1] for step in steps(setup=True) if "make " in step.command]
    assert made == ["setup"]
    assert set(made) <= set(targets)
