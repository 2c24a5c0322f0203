"""Alarms of streams that are late, overdue or held: told once per change of health (SYN-6).

What was told last is remembered like the last run of every other job: a restart tells nothing
again, and of several processes one tells.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from msgspec import Struct

from gateway.domain.lists import Stream
from gateway.domain.parties import Actor
from gateway.domain.profiles import PartnerProfile
from gateway.domain.stream_health import StreamHealth, health_of
from gateway.ports.audit import Audit
from gateway.ports.leases import Ended, Leases
from gateway.ports.overview import Overview
from gateway.ports.profiles import Profiles
from gateway.ports.registry import CurrentLists
from gateway.services.publish import is_exchanging

ALARMING: Final = frozenset({StreamHealth.LATE, StreamHealth.OVERDUE, StreamHealth.HELD})
_MARKS: Final = {health: mark for mark, health in enumerate(StreamHealth, start=1)}
_QUIET: Final = 0
"""The mark of a stream of which nothing was ever told."""
_SPAN: Final = timedelta(seconds=30)


class Told(Struct, frozen=True, kw_only=True):
    """A change of health."""

    partner: str
    stream: str
    health: StreamHealth

    @property
    def is_alarm(self) -> bool:
        """Tell whether somebody has to look."""
        return self.health in ALARMING


class HealthAlarms:
    """Looks at all streams that partners send to us."""

    def __init__(
        self,
        *,
        profiles: Profiles,
        registry: CurrentLists,
        overview: Overview,
        leases: Leases,
        audit: Audit,
        holder: str,
        actor: Actor,
    ) -> None:
        self._profiles = profiles
        self._registry = registry
        self._overview = overview
        self._leases = leases
        self._audit = audit
        self._holder = holder
        self._actor = actor

    def look(self, now: datetime) -> Sequence[Told]:
        """Put alarms into the audit trail, and return what has changed since the last look.

        Raises:
            DatabaseUnavailableError: The database does not answer.
        """
        runs = self._leases.last_runs()
        changed = []
        for stored in self._profiles.survey().readable:
            profile = stored.profile
            run, health = runs.get(_look_at(profile.receives)), self._health(profile, now)
            told = run.mark if run else _QUIET
            # SYN-6: once per change of health; that all is well is news only after an alarm
            if told == _MARKS[health] or (told == _QUIET and health not in ALARMING):
                continue
            if self._tell(profile.receives, health, seen=run.token if run else 0, now=now):
                stream = str(profile.receives)
                changed.append(Told(partner=profile.partner, stream=stream, health=health))
        return changed

    def _health(self, profile: PartnerProfile, now: datetime) -> StreamHealth:
        stream = profile.receives
        return health_of(
            self._registry.find_head(self._registry.in_force(stream)),
            profile.agreement,
            is_enabled=is_exchanging(profile),
            is_held=self._overview.waiting(stream).needs_officer,
            now=now,
        )

    def _tell(self, stream: Stream, health: StreamHealth, *, seen: int, now: datetime) -> bool:
        lease = self._leases.acquire(_look_at(stream), self._holder, now, _SPAN, seen=seen)
        # Another process tells it.
        if lease is None:
            return False
        # SYN-6: silence is a signal
        if health in ALARMING:
            action = f"alarm.{health.value.replace(' ', '_')}"
            self._audit.record(action, str(stream), {}, self._actor, now)
        self._leases.release(lease, Ended(began_at=now, ended_at=now, mark=_MARKS[health]))
        return True


def _look_at(stream: Stream) -> str:
    """Name the job that tells how a stream is."""
    return f"health {stream}"
