"""The alerts that ship name figures that exist, and say what to do."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml  # type: ignore[import-untyped] # its types are a package of their own
from prometheus_client.core import Metric

from gateway.domain.answers import Freshness, FreshnessClass
from gateway.domain.data_freshness import DataFreshness
from gateway.entrypoints.monitoring import families
from gateway.entrypoints.monitoring.latency import Latency
from gateway.services.decision_recorder import Figures

ROOT = Path(__file__).parents[2]
RULES = yaml.safe_load((ROOT / "deploy/prometheus/mra-gateway.rules.yml").read_text())
ALERTS = [rule for group in RULES["groups"] for rule in group["rules"]]
FIGURE = re.compile(r"mra_[a-z_]+")
NOW = datetime(2026, 11, 2, tzinfo=UTC)
GAUGES_OF_A_PROCESS = {
    "mra_lookup_ready",
    "mra_database_up",
    "mra_holds_waiting",
    "mra_acknowledgements_undelivered",
}


def known() -> Iterator[Metric]:
    freshness = Freshness(condition=FreshnessClass.CURRENT, issued_at=NOW)
    yield families.of_release("1")
    yield families.of_runs({})
    yield families.of_certificates({})
    yield from families.of_lists(
        [DataFreshness(agreement="a", partner="p", is_in_force=True, freshness=freshness)]
    )
    figures = Figures(decisions={}, waiting=0, written=0, refused=0, lost=0, failures=0)
    yield from families.of_decisions(figures)
    yield from families.of_latency(Latency())


def names() -> set[str]:
    return GAUGES_OF_A_PROCESS | {
        f"{one.name}_total" if one.type == "counter" else one.name for one in known()
    }


@pytest.mark.parametrize("rule", ALERTS, ids=[rule["alert"] for rule in ALERTS])
def test_an_alert_asks_for_figures_that_exist_and_says_what_to_do(
    rule: dict[str, dict[str, str]],
) -> None:
    assert set(FIGURE.findall(str(rule["expr"]))) <= names()
    assert rule["labels"]["severity"] in {"page", "ticket"}
    assert set(rule["annotations"]) == {"summary", "action"}


def test_every_figure_stands_in_the_table() -> None:
    text = (ROOT / "docs/operations.md").read_text()
    # Those of the log share a line that spells the first of them out.
    short = {f"mra_decision_log_{name}_total" for name in ("refused", "lost", "write_failures")}
    assert [name for name in sorted(names() - short) if f"`{name}" not in text] == []
    assert all(f"…_{name}_total" in text for name in ("refused", "lost", "write_failures"))
