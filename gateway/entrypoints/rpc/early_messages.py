"""A thread takes a call when its message is there, and does not wait for it with the call in hand.

The library hands every call that begins to a thread, which asks for the message, sleeps until the
thread that serves all connections has it, and is woken again: a third of the time of a lookup. And
a caller that never sends its message holds a thread for good. Here the message is asked for as the
call begins, and the call goes to a thread together with it. A call whose answer waits for nothing
needs no other thread at all.

This stands on inner parts of grpcio, whose version `requirements.txt` holds: what its own
`_unary_request` does, in two halves. Where a part is missing one day, calls go the library's way.
"""

import time
from collections.abc import Callable
from functools import partial
from typing import Any, Final

import grpc
from grpc import _server
from grpc._cython import cygrpc
from msgspec import Struct

NAMES: Final = (
    "_unary_response_in_pool",
    "_receive_message",
    "_is_rpc_state_active",
    "_abort",
    "_CLOSED",
    "_EMPTY_FLAGS",
    "_RECEIVE_MESSAGE_TOKEN",
    "_status",
)
PARTS: Final[list[Any]] = [getattr(_server, name, None) for name in NAMES]
_answer, _receive, _is_active, _abort, _CLOSED, _NO_FLAGS, _TOKEN, _send = PARTS
KNOWN: Final = all(hasattr(_server, name) for name in NAMES)
"""Whether the library is built as it was when this was written."""
NO_MESSAGE: Final = b"the call needs one message, and ended without it"
TOO_LATE: Final = b"the deadline passed while the call waited"
ARGUMENTS: Final = 7
"""Function, event, state, behavior, what waits for the message, and two codecs."""

Arguments = tuple[Any, ...]
Start = Callable[[Arguments], None]


def takes_one_message(arguments: Arguments) -> bool:
    """Tell whether a thread would begin by waiting for the one message of a unary call."""
    return (
        KNOWN
        and len(arguments) == ARGUMENTS
        and arguments[0] is _answer
        and getattr(arguments[4], "__name__", "") == "unary_request"
    )


def start_with_message(arguments: Arguments, start: Start) -> bool:
    """Ask for the message of a call, and start the call when it is there.

    Args:
        arguments: What the library gives a thread, see `ARGUMENTS`.
        start: Takes the arguments to run with; called once, by the thread that serves connections.

    Returns:
        Whether the call will be started: one that was given up before is over.
    """
    function, event, state, behavior, _, read, write = arguments
    take_in = _receive(state, event.call, read)

    def arrived(message: object) -> object:
        told = take_in(message)
        start((function, event, state, behavior, lambda: _taken(event, state), read, write))
        return told

    with state.condition:
        if not _is_active(state):
            return False
        # An operation of its own for each call: the library writes into it.
        operation = cygrpc.ReceiveMessageOperation(_NO_FLAGS)
        event.call.start_server_batch((operation,), arrived)
        state.due.add(_TOKEN)
    return True


class AtOnce(Struct, frozen=True):
    """How calls of one method are answered on the thread that serves all connections.

    A wrapped handler carries it as its attribute `at_once`.
    """

    prepare: Callable[[Any], Callable[[Any], bytes] | None]
    """Takes the event of a call; returns what turns its message into the response without waiting
    for anything, or none."""
    refuse: Callable[[Exception, Any, grpc.ServicerContext], None]
    """Ends a call for which that raised an error."""


def answer_at_once(arguments: Arguments) -> bool:
    """Answer a call here and now if its method and its caller allow it; tell whether.

    Args:
        arguments: To run with, as `start_with_message` gives them.
    """
    function, event, state, behavior, take, read, write = arguments
    at_once: AtOnce | None = getattr(behavior, "at_once", None)
    answer = None if at_once is None else at_once.prepare(event)
    if at_once is None or answer is None:
        return False
    request = take()
    if request is None:
        return True
    try:
        response = answer(request)
    except Exception as error:  # noqa: BLE001 - the refusal answers for all of them
        refuse = partial(at_once.refuse, error)
        function(event, state, refuse, lambda: request, read, write)
    else:
        _send(event, state, response)
    return True


def _taken(event: Any, state: Any) -> object:  # noqa: ANN401 - inner parts of the library
    """Return the message; none if there was no good one, or the call is over or too late."""
    with state.condition:
        if not _is_active(state):
            return None
        if event.call_details.deadline < time.time():
            # Under load the library is late to say so: its thread waits as the calls do.
            _abort(state, event.call, cygrpc.StatusCode.deadline_exceeded, TOO_LATE)
            return None
        message, state.request = state.request, None
        if message is None and state.client is _CLOSED:
            _abort(state, event.call, cygrpc.StatusCode.unimplemented, NO_MESSAGE)
        return message
