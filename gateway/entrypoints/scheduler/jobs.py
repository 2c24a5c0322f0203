"""The two jobs of a partner: fetch its lists, and issue lists to it. Each run tells one line."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from enum import Enum, auto
from threading import BoundedSemaphore
from typing import Final, Protocol

import structlog
from msgspec import Struct

from gateway.domain.errors import GatewayError
from gateway.domain.lists import ListHeader
from gateway.domain.profiles import PartnerProfile, Schedule, StoredProfile
from gateway.domain.schedule import LastRun, Moments
from gateway.entrypoints.scheduler.moments import regular_moments
from gateway.services.publish import Publisher, is_exchanging
from gateway.services.sync import SCHEDULE, PartnerSync, SyncState
from gateway.services.turns import Turns, publication_of, sync_of

LOOKS_PER_PERIOD: Final = 4
"""How often it is asked whether a list runs out (PUB-3); changes are issued at once (PUB-5)."""
PUBLICATIONS_AT_ONCE: Final = 4
"""Each may hold the whole home programme in memory."""

log: structlog.stdlib.BoundLogger = structlog.get_logger()


class Occasion(Struct, frozen=True, kw_only=True):
    """Why a job runs now."""

    item: StoredProfile
    last: LastRun | None
    """What was remembered when it was found due."""
    mark: int
    """What this run knows of."""
    asked_for: bool
    """Somebody wants it now, whatever is due."""

    @property
    def seen(self) -> int | None:
        """The token to claim the run with."""
        if self.asked_for:
            return None
        return 0 if self.last is None else self.last.token


class Went(Enum):
    """How a run went."""

    RAN = auto()
    BUSY = auto()
    """Another run has the lease, or ran meanwhile."""
    FAILED = auto()


class Job(Protocol):
    """A job that every partner has."""

    @property
    def name(self) -> str:
        """`sync` or `publish`, as in the log."""
        ...

    def is_wanted(self, profile: PartnerProfile) -> bool:
        """Tell whether this partner has such a job at all."""
        ...

    def subject(self, profile: PartnerProfile) -> str:
        """Return the name of its lease."""
        ...

    def moments(self, profile: PartnerProfile) -> Moments:
        """Return when it is due by itself."""
        ...

    def run(self, occasion: Occasion) -> bool:
        """Run it; false if another run has the lease, or ran meanwhile.

        Raises:
            GatewayError: It failed.
        """
        ...


class SyncJob:
    """Asks a partner for its lists."""

    name = "sync"

    def __init__(
        self,
        sync: PartnerSync,
        clock: Callable[[], datetime],
        count: Callable[[str, str], None] = lambda _partner, _result: None,
    ) -> None:
        self._sync = sync
        self._clock = clock
        self._count = count

    def is_wanted(self, profile: PartnerProfile) -> bool:
        """Tell whether lists travel, and there is a way to the partner."""
        return is_exchanging(profile) and profile.is_reachable

    def subject(self, profile: PartnerProfile) -> str:
        """Return the name of its lease."""
        return sync_of(profile.receives)

    def moments(self, profile: PartnerProfile) -> Moments:
        """Return the moments of the profile's schedule."""
        return regular_moments(profile.schedule, self.subject(profile))

    def run(self, occasion: Occasion) -> bool:
        """Sync once.

        Raises:
            GatewayError: As `PartnerSync.run`.
        """
        started = time.monotonic()
        try:
            result = self._sync.run(
                occasion.item.profile, now=self._clock(), seen=occasion.seen, mark=occasion.mark
            )
        except GatewayError:
            self._count(occasion.item.profile.partner, "failed")
            raise
        if result.state is SyncState.BUSY:
            return False
        self._count(result.partner, result.state.value)
        log.info(
            "sync.done",
            partner=result.partner,
            state=result.state.value,
            sequence=result.sequence,
            operators=result.operators,
            changed=result.changed,
            bytes=result.bytes_received,
            acknowledged=result.acknowledgements_delivered,
            reasons=list(result.reasons),
            milliseconds=int((time.monotonic() - started) * 1000),
        )
        return True


class PublishJob:
    """Issues a list to a partner when what it sees has changed, or its list runs out."""

    name = "publish"

    def __init__(self, publisher: Publisher, turns: Turns, clock: Callable[[], datetime]) -> None:
        self._publisher = publisher
        self._turns = turns
        self._clock = clock
        self._room = BoundedSemaphore(PUBLICATIONS_AT_ONCE)

    def is_wanted(self, profile: PartnerProfile) -> bool:
        """Tell whether lists travel."""
        return is_exchanging(profile)

    def subject(self, profile: PartnerProfile) -> str:
        """Return the name of its lease."""
        return publication_of(profile.sends)

    def moments(self, profile: PartnerProfile) -> Moments:
        """Return a few moments in each period, and no fewer than the partner's own schedule."""
        pause = profile.agreement.period / LOOKS_PER_PERIOD
        pause = min(pause, profile.schedule.every or pause)
        return regular_moments(
            Schedule(every=max(pause, timedelta(seconds=1))), self.subject(profile)
        )

    def run(self, occasion: Occasion) -> bool:
        """Issue a list if one is due.

        What the partner would see is computed only when it may have changed.

        Raises:
            GatewayError: As `Publisher.publish`.
        """
        profile = occasion.item.profile
        with (
            self._room,
            self._turns.take(
                self.subject(profile),
                seen=occasion.seen,
                mark=occasion.mark,
                # What could not be issued is still to be issued, whatever the reason was (PUB-5).
                tries_again=lambda _: True,
            ) as lease,
        ):
            if lease is None:
                return False
            header = self._issue(profile, occasion)
        if header is not None:
            log.info(
                "publish.done",
                partner=profile.partner,
                sequence=header.sequence,
                operators=header.quantity,
            )
        return True

    def _issue(self, profile: PartnerProfile, occasion: Occasion) -> ListHeader | None:
        now = self._clock()
        if not occasion.asked_for and not self._publisher.is_due(profile, now):
            return None
        return self._publisher.publish(profile, actor=SCHEDULE, now=now)


def run_and_tell(job: Job, occasion: Occasion) -> Went:
    """Run a job, and tell its failure in the log."""
    partner = occasion.item.profile.partner
    event = f"{job.name}.failed"
    try:
        return Went.RAN if job.run(occasion) else Went.BUSY
    except GatewayError as error:
        # What the error itself tells may have a field of the same name, such as a partner's code.
        told = {**error.context, "partner": partner, "code": error.code, "why": error.message}
        log.warning(event, **told)
    except Exception:
        # A defect in one partner's run must not stop the others' (SYN-4).
        log.exception(event, partner=partner, code=GatewayError.code)
    return Went.FAILED
