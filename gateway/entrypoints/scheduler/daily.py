"""What an exchange process does at its start and then from time to time, in a thread of its own."""

from collections.abc import Callable
from datetime import timedelta
from threading import Event, Thread


class Recurring:
    """Runs a job that tells its own failures; several processes may do so."""

    def __init__(self, name: str, job: Callable[[], None], pause: timedelta) -> None:
        self._job = job
        self._pause = pause.total_seconds()
        self._stop = Event()
        self._thread = Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End when a running job has ended."""
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        self._job()
        while not self._stop.wait(self._pause):
            self._job()
