"""Spans of time as people write them in files: `30s`, `15m`, `24h`, `7d`."""

import re
from datetime import timedelta

_UNITS = {
    "d": timedelta(days=1),
    "h": timedelta(hours=1),
    "m": timedelta(minutes=1),
    "s": timedelta(seconds=1),
}
_LONGEST = timedelta(days=36_525)
"""Far below what datetime can add to a moment of this era."""
_PATTERN = re.compile(r"([0-9]{1,10})([smhd])", re.ASCII)


def parse_duration(value: object) -> timedelta:
    """Read a whole number with its unit; a span passes through.

    Raises:
        ValueError: Anything else, also a number without a unit: of what, nobody can tell.
    """
    if isinstance(value, timedelta):
        return value
    match = _PATTERN.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise ValueError('not a span of time such as "30s", "15m", "24h" or "7d"')
    span = int(match[1]) * _UNITS[match[2]]
    if span > _LONGEST:
        raise ValueError("longer than a hundred years")
    return span


def format_duration(span: timedelta) -> str:
    """Write a span of whole seconds in the largest unit that fits it: the inverse."""
    whole = (unit for unit, size in _UNITS.items() if span and span % size == timedelta(0))
    unit = next(whole, "s")
    return f"{span // _UNITS[unit]}{unit}"
