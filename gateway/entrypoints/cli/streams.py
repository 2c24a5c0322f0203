"""Standard streams as they may be when `mra` starts: closed, or of an encoding without signs."""

import io
import os
import sys


def prepare() -> None:
    """Make standard output and error ready for any text.

    A closed stream is opened on nothing: else the next file that is opened, such as the database,
    would take its number. A sign that the encoding lacks is written as its code point.
    """
    for name in ("stdin", "stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            # Left open on purpose, as the stream would have been.
            setattr(sys, name, open(os.devnull, "r" if name == "stdin" else "w"))  # noqa: PTH123, SIM115
        elif name != "stdin" and isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def discard_output() -> None:
    """Forget what could not be written, so that the interpreter does not fail on it again."""
    nothing = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            os.dup2(nothing, stream.fileno())
    os.close(nothing)
