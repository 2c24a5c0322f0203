"""Turns: one run of a job at a time, across all processes, remembered when it ends (SYN-1).

The lease is short, and a run extends it as long as it lives: who was killed keeps the others
waiting for no longer than that, and a body of two gigabytes may take its hour.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from threading import Event, Lock, Thread
from typing import Final

from gateway.domain.errors import GatewayError
from gateway.domain.lists import Stream
from gateway.ports.leases import Ended, Lease, Leases

SPAN: Final = timedelta(seconds=30)
"""How long a lease lasts that nobody extends, unless the settings say otherwise."""
BEATS: Final = 3
"""Extensions in that time: one may fail."""


def sync_of(stream: Stream) -> str:
    """Name the job that fetches a stream."""
    return f"sync {stream}"


def publication_of(stream: Stream) -> str:
    """Name the job that issues the lists of a stream."""
    return f"publish {stream}"


def push_of(stream: Stream) -> str:
    """Name the job that brings the lists of a stream."""
    return f"push {stream}"


def watch_of(stream: Stream) -> str:
    """Name the job that watches the heads of a stream."""
    return f"watch {stream}"


class Turns:
    """Hands out turns; one object per process."""

    def __init__(
        self,
        leases: Leases,
        *,
        clock: Callable[[], datetime],
        holder: str,
        span: timedelta = SPAN,
        beat: float | None = None,
    ) -> None:
        self._leases = leases
        self._clock = clock
        self._holder = holder
        self._span = span
        self._beat = beat or span.total_seconds() / BEATS
        self._held: dict[str, Lease] = {}
        self._lock = Lock()

    @contextmanager
    def take(
        self,
        subject: str,
        *,
        seen: int | None = None,
        mark: int | None = None,
        tries_again: Callable[[GatewayError], bool] = lambda error: error.retryable,
    ) -> Iterator[Lease | None]:
        """Have the job for the length of a `with` block; none if a run has it already.

        Args:
            subject: The job.
            seen: The token that the job was found due with; none runs it in any case.
            mark: What the run knows of, to be remembered.
            tries_again: Which failures are worth another attempt soon.

        Raises:
            DatabaseUnavailableError: Nobody knows whose turn it is.
        """
        began_at = self._clock()
        lease = self._leases.acquire(subject, self._holder, began_at, self._span, seen=seen)
        if lease is None:
            yield None
            return
        over = Event()
        Thread(target=self._keep, args=(lease, over), name=f"keep {subject}", daemon=True).start()
        with self._lock:
            self._held[subject] = lease
        failed, ended = False, True
        try:
            yield lease
        except GatewayError as error:
            failed = tries_again(error)
            raise
        except Exception:
            raise
        except BaseException:
            # Ctrl-C: the run was cut, and the job is as due as it was.
            ended = False
            raise
        finally:
            over.set()
            with self._lock:
                self._held.pop(subject, None)
            how = Ended(began_at=began_at, ended_at=self._clock(), failed=failed, mark=mark)
            self._give_back(lease, how if ended else None)

    def give_back(self) -> list[str]:
        """Take the turns from the runs that are still at it: they write no more. Returns whose.

        For a process that is about to end: the jobs are due at once, elsewhere.
        """
        with self._lock:
            held = list(self._held.values())
            self._held.clear()
        for lease in held:
            self._give_back(lease, None)
        return [lease.subject for lease in held]

    def _keep(self, lease: Lease, over: Event) -> None:
        while not over.wait(self._beat):
            # A lease that was lost stays lost; a database that is gone may be back in time.
            with suppress(GatewayError):
                if not self._leases.renew(lease, self._clock() + self._span):
                    return

    def _give_back(self, lease: Lease, ended: Ended | None) -> None:
        # What the run says of itself matters more; the lease runs out by itself.
        with suppress(GatewayError):
            self._leases.release(lease, ended)
