"""How long one thread of a lookup process may compute while another waits for the interpreter.

A lookup that comes in while a new list is taken over waits for that thread's turn to end: by
default 5 ms, and once more for each answer's step. Short turns cost nothing where nobody waits.
"""

import sys
from typing import Final

TURN: Final = 0.0005
"""Seconds."""


def take_short_turns() -> None:
    """Set it for this process; called once, where the process begins."""
    sys.setswitchinterval(TURN)
