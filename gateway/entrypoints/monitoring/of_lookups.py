"""What a lookup process tells of itself: all of it from memory, also with the database gone."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime

from msgspec import Struct
from prometheus_client.core import Metric

from gateway.domain.data_freshness import DataFreshness
from gateway.entrypoints.monitoring import families
from gateway.entrypoints.monitoring.latency import Latency
from gateway.services.decision_recorder import DecisionRecorder
from gateway.services.lookup import LookupDesk


class LookupMonitor(Struct, frozen=True, kw_only=True):
    """`monitoring.server.Monitored` of a lookup process."""

    desk: LookupDesk
    record: DecisionRecorder
    latency: Latency
    clock: Callable[[], datetime]
    release: str

    def is_ready(self) -> bool:
        """Tell whether the index is loaded."""
        return self.desk.ready

    def data(self) -> Sequence[DataFreshness]:
        """Return how fresh the data is that lookups are decided on.

        Raises:
            NotReadyError: Nothing was loaded yet.
            DatabaseUnavailableError: The same, and the database does not answer.
        """
        return self.desk.data(now=self.clock())

    def figures(self) -> Iterator[Metric]:
        """Return all figures."""
        yield families.of_release(self.release)
        yield families.gauge("mra_lookup_ready", "1 if the index is loaded", self.desk.ready)
        yield families.gauge(
            "mra_database_up", "1 if the registry answered when asked last", self.desk.reachable
        )
        lists: Iterable[DataFreshness] = self.data() if self.desk.ready else ()
        yield from families.of_lists(lists)
        yield from families.of_decisions(self.record.figures)
        yield from families.of_latency(self.latency)
