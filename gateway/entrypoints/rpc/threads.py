"""Threads for calls: what the library needs of a pool, and nothing else.

The pool of `concurrent.futures` makes two locks and a condition for every call, for results that
nobody waits for: a sixth of the time of a lookup.
"""

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue
from threading import Thread
from typing import Any, Final

from gateway.entrypoints.rpc.early_messages import (
    answer_at_once,
    start_with_message,
    takes_one_message,
)

LOG: Final = logging.getLogger(__name__)
UNCAUGHT: Final = "a call ended with an error that nobody caught"

Callback = Callable[[Any], object]
_Item = tuple["_Call", Callable[..., object], tuple[object, ...]]


class _Call:
    """Stands for the end of one call; taken from the list by whoever comes second."""

    __slots__ = ("_callbacks", "_is_over")

    def __init__(self) -> None:
        self._callbacks: list[Callback] = []
        self._is_over = False

    def add_done_callback(self, callback: Callback) -> None:
        self._callbacks.append(callback)
        if self._is_over:
            self._tell()

    def end(self) -> None:
        self._is_over = True
        self._tell()

    def _tell(self) -> None:
        # `pop` is atomic: of two threads that come at once, one finds it.
        try:
            callback = self._callbacks.pop()
        except IndexError:
            return
        callback(self)


class CallThreads(ThreadPoolExecutor):
    """A pool for `grpc.server`: takes calls, tells their end, keeps no results.

    Args:
        count: Threads; all are started at once.
    """

    def __init__(self, count: int) -> None:
        super().__init__(count)
        self._items: SimpleQueue[_Item | None] = SimpleQueue()
        self._workers = [
            Thread(target=self._work, name=f"rpc_{number}", daemon=True) for number in range(count)
        ]
        for worker in self._workers:
            worker.start()

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - as the library's own
        """Take a call; what is returned tells its end and has no result."""
        assert not kwargs  # noqa: S101 - the library passes none
        call = _Call()
        if not takes_one_message(args):
            self._items.put((call, fn, args))
        elif not start_with_message(args, lambda ready: self._start(call, fn, ready)):
            call.end()
        return call

    def _start(
        self, call: _Call, run: Callable[..., object], arguments: tuple[object, ...]
    ) -> None:
        """Hand a call over, or answer it here: that saves two changes of thread."""
        try:
            if not answer_at_once(arguments):
                self._items.put((call, run, arguments))
                return
        except Exception:
            LOG.exception(UNCAUGHT)
        call.end()

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """End the threads after the calls that were taken."""
        del cancel_futures
        self._items.put(None)
        if wait:
            for worker in self._workers:
                worker.join()

    def _work(self) -> None:
        while (item := self._items.get()) is not None:
            call, run, arguments = item
            try:
                run(*arguments)
            except Exception:
                LOG.exception(UNCAUGHT)
            finally:
                call.end()
            del item, call, run, arguments
        # For the next thread.
        self._items.put(None)
