"""The figure of the log: the gateway's own table, in batches as a process brings them."""

import json
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.floors.log_rows import BATCH
from benchmarks.lines import serve_lines, timed
from gateway.domain.answers import AnswerReason, Verdict
from gateway.domain.logged_decisions import Logged, LoggedBasis
from gateway.store.decision_log import DecisionTable, make_decision_log, open_decision_log


def main() -> None:
    """Append the rows of the turn that a line names."""
    folder = Path(sys.argv[1])
    url = f"sqlite:///{folder / 'mra.db'}"
    make_decision_log(url)
    log = open_decision_log(url)

    def work(order: Mapping[str, Any]) -> dict[str, Any]:
        rows = json.loads((folder / f"{order['turn']}.json").read_text("ascii"))
        bases = {row[-1]: _basis(row[-1]) for row in rows}
        decisions = [(tuple(row), bases[row[-1]]) for row in rows]
        return dict(timed(partial(_append, log, decisions)))

    serve_lines(work)


def _basis(name: str) -> LoggedBasis:
    return LoggedBasis(
        name=name,
        known_at=datetime.fromtimestamp(int(name[:8], 16), UTC),
        verdict=Verdict.GRANT,
        reason=AnswerReason.RECOGNISED,
        agreement="XA-XB",
        sequence=17,
        list_digest="f" * 64,
        rule_version=1,
        snapshot="a" * 24,
    )


def _append(log: DecisionTable, decisions: list[Logged]) -> None:
    for begin in range(0, len(decisions), BATCH):
        log.append(decisions[begin : begin + BATCH], {})


if __name__ == "__main__":
    main()
