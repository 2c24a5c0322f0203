import subprocess
import sys

IMPORT = "import os, sys; from gateway.entrypoints.yielding import give_way, take_short_turns;"


def said(code: str) -> str:
    # A process of its own: what it changes stays changed.
    ended = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", IMPORT + code],
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    )
    return ended.stdout.strip()


def test_threads_take_short_turns() -> None:
    assert said("take_short_turns(); print(sys.getswitchinterval())") == "0.0005"


def test_a_process_that_gives_way_is_nicer_than_before() -> None:
    before, after = said("print(os.nice(0)); give_way(); print(os.nice(0))").split()
    assert int(after) == min(19, int(before) + 10)
