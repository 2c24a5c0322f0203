"""The figure of the log: the gateway's own table, in batches as a process brings them."""

import json
import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.floors.log_rows import BATCH
from benchmarks.lines import serve_lines, timed
from gateway.store.decision_log import DecisionTable, make_decision_log, open_decision_log


def main() -> None:
    """Append the rows of the turn that a line names."""
    folder = Path(sys.argv[1])
    url = f"sqlite:///{folder / 'mra.db'}"
    make_decision_log(url)
    log = open_decision_log(url)

    def work(order: Mapping[str, Any]) -> dict[str, Any]:
        rows = json.loads((folder / f"{order['turn']}.json").read_text("ascii"))
        return dict(timed(partial(_append, log, [tuple(row) for row in rows])))

    serve_lines(work)


def _append(log: DecisionTable, rows: list[tuple[str | int | None, ...]]) -> None:
    for begin in range(0, len(rows), BATCH):
        log.append(rows[begin : begin + BATCH], {})


if __name__ == "__main__":
    main()
