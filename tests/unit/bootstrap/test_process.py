"""Who is dead is told by more than its number."""

import os
import subprocess
import sys

import pytest

from gateway.bootstrap.process import is_dead, own_name


def test_this_process_is_alive() -> None:
    assert not is_dead(own_name())


def test_a_process_that_was_killed_is_dead_before_it_is_waited_for() -> None:
    code = "from gateway.bootstrap.process import own_name; print(own_name(), flush=True); input()"
    with subprocess.Popen(  # noqa: S603 - our own interpreter and package, no shell
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        name = other.stdout.readline().strip()
        assert not is_dead(name)
        other.kill()
        os.waitid(os.P_PID, other.pid, os.WEXITED | os.WNOWAIT)
        assert is_dead(name)
    assert is_dead(name)


def test_the_same_number_given_to_another_process_is_no_life() -> None:
    assert is_dead(f"{own_name().rpartition('.')[0]}.1")


@pytest.mark.parametrize("name", ["", "test", "elsewhere/ab/cd:1.2", "killed:12", ":.", "a:b.c"])
def test_who_is_not_of_this_machine_is_never_dead(name: str) -> None:
    assert not is_dead(name)
