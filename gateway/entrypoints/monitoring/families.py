"""The figures as Prometheus knows them. Names are published: docs/operations.md has the table.

Timestamps and not ages: an age is right for a moment only. No label is ever an operator, a code or
a caller: their number has no bound.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from itertools import accumulate
from typing import Final

from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)

from gateway.domain.answers import Freshness
from gateway.domain.data_freshness import DataFreshness
from gateway.entrypoints.monitoring.latency import BOUNDS, Latency
from gateway.services.decision_recorder import Figures

_LIST_TIMES: Final = {
    "produced": ("issued_at", "When the partner issued the accepted list"),
    "accepted": ("received_at", "When the accepted list was received"),
    "next_update": ("next_update_at", "When the partner promised its next list"),
    "usable_until": ("usable_until", "From when on the accepted list decides no more"),
}


def gauge(name: str, help_text: str, value: float) -> Metric:
    """Make a figure without labels."""
    return GaugeMetricFamily(name, help_text, value=value)


def of_release(release: str) -> Metric:
    """Write which release this is."""
    text = "The release of this process"
    return labelled("mra_build_info", text, ("version",), {(release,): 1.0})


def labelled(
    name: str, help_text: str, labels: tuple[str, ...], values: Mapping[tuple[str, ...], float]
) -> Metric:
    """Make a figure with labels."""
    family = GaugeMetricFamily(name, help_text, labels=labels)
    for key, value in values.items():
        family.add_metric(key, value)
    return family


def of_decisions(figures: Figures) -> Iterator[Metric]:
    """Write what was decided, and how its log goes."""
    decisions = CounterMetricFamily(
        "mra_lookup_decisions",
        "Decisions given, by agreement, decision and reason",
        labels=("agreement", "decision", "reason"),
    )
    for (agreement, verdict, reason), count in figures.decisions.items():
        decisions.add_metric((agreement or "", verdict.value, reason.value), count)
    yield decisions
    yield gauge("mra_decision_log_waiting", "Decisions that wait to be written", figures.waiting)
    for name, help_text, count in (
        ("written", "Decisions written", figures.written),
        ("refused", "Decisions refused because they could not be logged", figures.refused),
        ("lost", "Decisions given without being logged", figures.lost),
        ("write_failures", "Batches that could not be written at an attempt", figures.failures),
    ):
        yield CounterMetricFamily(f"mra_decision_log_{name}", help_text, value=count)


def of_latency(latency: Latency) -> Iterator[Metric]:
    """Write how long calls took."""
    family = HistogramMetricFamily(
        "mra_lookup_duration_seconds",
        "From the read request to the written answer, without the network",
        labels=("method",),
    )
    ends = [*map(str, BOUNDS), "+Inf"]
    for method, durations in latency.read():
        counts = accumulate(durations.buckets)
        family.add_metric((method,), list(zip(ends, counts, strict=True)), durations.total)
    yield family


def of_lists(lists: Iterable[DataFreshness]) -> Iterator[Metric]:
    """Write the times of the accepted lists, and whether decisions wait for data."""
    known = list(lists)
    for name, (field, help_text) in _LIST_TIMES.items():
        yield labelled(
            f"mra_list_{name}_timestamp_seconds",
            help_text,
            ("partner", "agreement"),
            {
                (one.partner, one.agreement): moment.timestamp()
                for one in known
                if (moment := _time(one.freshness, field)) is not None
            },
        )
    yield labelled(
        "mra_list_missed",
        "1 if the agreement is in force and there is no data to decide on",
        ("partner", "agreement"),
        {(one.partner, one.agreement): float(one.is_missed) for one in known},
    )


def of_certificates(ends: Mapping[tuple[str, str], datetime]) -> Metric:
    """Write until when there is a certificate, by whose it is and what for."""
    return labelled(
        "mra_certificate_not_after_timestamp_seconds",
        "End of the certificate that lasts longest",
        ("partner", "use"),
        {key: end.timestamp() for key, end in ends.items()},
    )


def of_runs(counts: Mapping[tuple[str, str], int]) -> Metric:
    """Write how syncs went."""
    family = CounterMetricFamily(
        "mra_sync_runs", "Syncs of this process, by result", labels=("partner", "result")
    )
    for key, count in counts.items():
        family.add_metric(key, count)
    return family


def _time(freshness: Freshness, field: str) -> datetime | None:
    found: datetime | None = getattr(freshness, field)
    return found
