"""Lookups first: how threads and processes give way to them."""

import os
import sys
from typing import Final

TURN: Final = 0.0005
"""Seconds that a thread may compute while another waits for the interpreter; by default ten times
as many. A lookup waits for the thread that takes a new list over, at every step of both."""
NICENESS: Final = 10


def take_short_turns() -> None:
    """Let no thread of this process keep the others waiting; called once, where it begins."""
    sys.setswitchinterval(TURN)


def give_way() -> None:
    """Let other processes of this machine compute first; called once, where this one begins.

    A list may come a moment later: the lorry at the border stands there now.
    """
    os.nice(NICENESS)
