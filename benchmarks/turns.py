"""Figure and floor as workers that take turns, and the row that comes of it."""

from collections.abc import Mapping
from statistics import median

from benchmarks.processes import Worker
from benchmarks.rows import Row, median_ratio, warnings_of


def row_of_turns(
    figure: Worker,
    floor: Worker,
    *,
    row_id: str,
    repeat: int,
    goal: float,
    n: int,
    seen_once: float,
    raw: Mapping[str, object],
) -> Row:
    """Let both run in turn; the row counts CPU seconds, which others on the machine do not change.

    Args:
        figure: The gateway's worker.
        floor: The floor's worker.
        row_id: Name of the row.
        repeat: Turns of each.
        goal: The greatest ratio that passes.
        n: Operators.
        seen_once: Seconds of the floor on the design's machine, for n operators.
        raw: What else is to be told.
    """
    mine, bare = [], []
    for _ in range(repeat):
        mine.append(figure.ask())
        bare.append(floor.ask())
    if mine[0].get("changed") != bare[0].get("changed"):
        raise ValueError(f"figure and floor changed different rows: {mine[0]}, {bare[0]}")
    figures = [one["cpu_seconds"] for one in mine]
    floors = [one["cpu_seconds"] for one in bare]
    return Row(
        id=row_id,
        figure=median(figures),
        floor=median(floors),
        ratio=median_ratio(figures, floors),
        goal=goal,
        at_least=False,
        unit="s CPU",
        n=n,
        raw={
            "figure CPU s": figures,
            "floor CPU s": floors,
            "figure wall s": [one["seconds"] for one in mine],
            "floor wall s": [one["seconds"] for one in bare],
            "changed": mine[0].get("changed"),
            **raw,
        },
        warnings=warnings_of("s", median(floors), seen_once),
    )
