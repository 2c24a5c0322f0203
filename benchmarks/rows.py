"""What a benchmark tells: rows for people and for machines."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median

SLOW = 2.0
"""A floor so many times slower than the one seen once: the machine was busy or is another."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """One figure beside its floor, both of the same run."""

    id: str
    figure: float
    floor: float
    ratio: float
    """Median of the ratios of the single turns, not the ratio of the medians."""
    goal: float
    at_least: bool
    """Whether the goal is a lower bound (rates) or an upper one (times)."""
    unit: str
    n: int
    """Operators, or operators in the index."""
    bounds_figure: bool = False
    """The goal bounds the figure itself, in its unit: what people wait for has no ratio."""
    raw: dict[str, object] = field(default_factory=dict)
    """Everything that was measured on the way."""
    warnings: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """Tell whether the goal is reached."""
        measured = self.figure if self.bounds_figure else self.ratio
        return measured >= self.goal if self.at_least else measured <= self.goal

    def as_json(self) -> dict[str, object]:
        """Return the row with the keys that machines read."""
        return {
            "id": self.id,
            "figure": _short(self.figure),
            "floor": _short(self.floor),
            "ratio": _short(self.ratio),
            "goal": self.goal,
            "pass": self.passed,
            "unit": self.unit,
            "n": self.n,
        }


def median_ratio(figures: Sequence[float], floors: Sequence[float]) -> float:
    """Return the median of the ratios of turns that stood beside each other."""
    return median(figure / floor for figure, floor in zip(figures, floors, strict=True))


def warnings_of(
    unit: str, floor: float, seen_once: float, *, rate: bool = False
) -> tuple[str, ...]:
    """Say that a floor is far slower than the one of the design's machine."""
    slower = seen_once / floor if rate else floor / seen_once
    if slower < SLOW:
        return ()
    seen = f"{_short(seen_once):g} {unit}"
    return (f"the floor is {slower:.1f} times slower than the {seen} seen once: a busy machine?",)


def table(rows: Sequence[Row]) -> str:
    """Return rows as a table, with raw figures and warnings below it."""
    heads = ("id", "figure", "floor", "ratio", "goal", "", "unit", "n")
    body = [
        (
            row.id,
            f"{_short(row.figure):g}",
            f"{_short(row.floor):g}",
            f"{row.ratio:.2f}",
            f"{'≥' if row.at_least else '≤'} {row.goal:g}",
            "pass" if row.passed else "falls short",
            row.unit,
            f"{row.n:,}",
        )
        for row in rows
    ]
    widths = [max(map(len, column)) for column in zip(heads, *body, strict=True)]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in (heads, *body)
    ]
    for row in rows:
        lines += ["", f"{row.id} raw:", *_raw(row)]
        lines += [f"  warning: {warning}" for warning in row.warnings]
    return "\n".join(lines)


def _raw(row: Row) -> list[str]:
    return [f"  {name}: {json.dumps(_rounded(value))}" for name, value in row.raw.items()]


def _rounded(value: object) -> object:
    if isinstance(value, float):
        return _short(value)
    if isinstance(value, list | tuple):
        return [_rounded(one) for one in value]
    return value


def _short(value: float) -> float:
    """Four significant digits: more would be noise."""
    return float(f"{value:.4g}")
