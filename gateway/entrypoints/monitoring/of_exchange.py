"""What an exchange process tells of itself: read from the registry whenever it is asked."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime

from msgspec import Struct
from prometheus_client.core import Metric

from gateway.domain.data_freshness import DataFreshness, data_freshness
from gateway.domain.errors import GatewayError
from gateway.domain.freshness import freshness_at
from gateway.domain.profiles import PartnerProfile
from gateway.entrypoints.monitoring import families
from gateway.entrypoints.monitoring.tally import Tally
from gateway.ports.overview import Overview
from gateway.ports.profiles import Profiles
from gateway.ports.registry import CurrentLists
from gateway.services.publish import is_exchanging

Ends = Callable[[Sequence[PartnerProfile]], Mapping[tuple[str, str], datetime]]
"""Until when there are certificates, home's own and those of partners."""


class ExchangeMonitor(Struct, frozen=True, kw_only=True):
    """`monitoring.server.Monitored` of an exchange process."""

    profiles: Profiles
    registry: CurrentLists
    overview: Overview
    certificates: Ends
    syncs: Tally
    clock: Callable[[], datetime]
    release: str

    def is_ready(self) -> bool:
        """Tell that the servers listen: they do before this answers."""
        return True

    def data(self) -> list[DataFreshness]:
        """Return how fresh the accepted lists are.

        Raises:
            DatabaseUnavailableError: The database does not answer.
        """
        now = self.clock()
        return [self._fresh(profile, now) for profile in self._known() if not profile.test]

    def figures(self) -> Iterator[Metric]:
        """Return all figures; with the database gone, those of this process alone."""
        yield families.of_release(self.release)
        yield families.of_runs(self.syncs.read())
        try:
            told = [*self._told()]
        except GatewayError:
            told = []
        yield families.gauge(
            "mra_database_up", "1 if the registry answered when asked last", bool(told)
        )
        yield from told

    def _told(self) -> Iterator[Metric]:
        yield from families.of_lists(self.data())
        profiles = [profile for profile in self._known() if is_exchanging(profile)]
        yield families.of_certificates(self.certificates(profiles))
        waiting = {
            (profile.partner, profile.agreement.id): self.overview.waiting(profile.receives)
            for profile in profiles
        }
        labels = ("partner", "agreement")
        yield families.labelled(
            "mra_holds_waiting",
            "Lists that wait for an officer",
            labels,
            {key: len(one.held) for key, one in waiting.items()},
        )
        yield families.labelled(
            "mra_acknowledgements_undelivered",
            "Acknowledgements that the partner does not have yet",
            labels,
            {key: one.undelivered for key, one in waiting.items()},
        )

    def _known(self) -> list[PartnerProfile]:
        return [stored.profile for stored in self.profiles.survey().readable]

    def _fresh(self, profile: PartnerProfile, now: datetime) -> DataFreshness:
        head = self.registry.find_head(self.registry.in_force(profile.receives))
        return data_freshness(profile.agreement, freshness_at(head, profile.agreement, now), now)
