"""Calls that count as one question each, whatever they ask."""

from collections.abc import Mapping
from typing import Any

from gateway.domain.parties import Caller
from gateway.entrypoints.desks import Admission, Clock
from gateway.entrypoints.rpc.guard import Handler


def charged(
    handlers: Mapping[str, Handler], admission: Admission, clock: Clock
) -> dict[str, Handler]:
    """Return handlers that spend one question of the caller's before they begin.

    Lookups count for themselves, a batch as many as it holds; all others go through here.
    """
    return {name: _charged(handler, admission, clock) for name, handler in handlers.items()}


def _charged(handler: Handler, admission: Admission, clock: Clock) -> Handler:
    def answer(request: Any, caller: Caller) -> Any:  # noqa: ANN401 - of any message
        admission.spend(caller, 1, now=clock())
        return handler(request, caller)

    return answer
