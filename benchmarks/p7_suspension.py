"""P7: from a suspension in the issuer's programme to the partner's decision, by watch (EXC-5)."""

import time
from pathlib import Path
from random import Random
from statistics import median

from benchmarks.administration import BENCH
from benchmarks.pair import Pair, make_pair
from benchmarks.plan import Plan
from benchmarks.processes import Server
from benchmarks.rows import Row, median_ratio
from benchmarks.synthetic import make_operators
from gateway.bootstrap import system_clock
from gateway.domain.operators import Status, StatusCode
from gateway.entrypoints.rpc.lookup_client import LookupClient
from gateway.services.home_desk import StatusReport, Terms

SIZE = 10_000
GOAL_MS = 1000
PATIENCE = 60.0
"""Seconds for the first list to arrive, and for a decision to change."""
LOOK_EVERY = 0.005


def run(plan: Plan, folder: Path) -> list[Row]:
    """Measure milliseconds from the commit of the change to the first decision that is not GRANT.

    The floor is one lookup: what asking alone takes.
    """
    size = plan.size(SIZE)
    operators = make_operators(size, seed=plan.seed)
    pair = make_pair(folder, operators)
    ids = [one.operator.id for one in operators]
    chosen = Random(plan.seed).sample(ids, min(size, plan.repeat + 1))  # noqa: S311 - repeatable
    with (
        _serving(pair, "issuer", folder),
        _serving(pair, "recipient", folder),
        _serving(pair, "lookup", folder),
        LookupClient(pair.recipient.lookup, pair.caller, deadline=5.0) as border,
    ):
        _await(border, chosen[0], granted=True)
        told = [_suspend(pair, border, one) for one in chosen]
    figures, floors = [one[0] for one in told[1:]], [one[1] for one in told[1:]]
    return [
        Row(
            id="P7",
            figure=median(figures),
            floor=median(floors),
            ratio=median_ratio(figures, floors),
            goal=GOAL_MS,
            at_least=False,
            bounds_figure=True,
            unit="ms",
            n=size,
            raw={"ms to the decision": figures, "ms a lookup": floors, "first ms": told[0][0]},
        )
    ]


def _suspend(pair: Pair, border: LookupClient, operator_id: str) -> tuple[float, float]:
    asked = time.perf_counter()
    border.ask(operator_id)
    lookup = time.perf_counter() - asked
    gateway = pair.issuer.open()
    try:
        report = StatusReport(
            operator_id=operator_id,
            authorisation_id=f"{operator_id}-1",
            status=Status(code=StatusCode.SUSPENDED, effective_at=system_clock()),
        )
        gateway.home_desk().report_status(report, Terms(), BENCH)
    finally:
        gateway.close()
    begun = time.perf_counter()
    _await(border, operator_id, granted=False)
    return (time.perf_counter() - begun) * 1000, lookup * 1000


def _await(border: LookupClient, operator_id: str, *, granted: bool) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if (border.ask(operator_id).verdict == "GRANT") is granted:
            return
        time.sleep(LOOK_EVERY)
    raise ValueError(f"no decision about {operator_id} changed within {PATIENCE:g} s")


def _serving(pair: Pair, what: str, folder: Path) -> Server:
    side = pair.issuer if what == "issuer" else pair.recipient
    role = "lookup" if what == "lookup" else "exchange"
    return Server(
        side.lookup if what == "lookup" else side.exchange,
        "gateway",
        *("serve", "--role", role, "--config", str(side.settings)),
        log=folder / f"{what}.log",
    )
