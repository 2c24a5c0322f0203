"""A watch on a partner's heads over gRPC: heads, beats, and a limit on silence (EXC-5)."""

from collections.abc import Iterator
from threading import Timer
from typing import Final, Protocol

import grpc

from gateway.domain.documents import Unverified
from gateway.domain.errors import TransportError
from gateway.domain.transport_faults import TransportFault
from gateway.exchange.grpc_feed.received_parts import nothing
from gateway.exchange.grpc_feed.refusals import error_from_rpc
from gateway.pb.mra.exchange.v1 import exchange_pb2 as pb

SILENCE: Final = 90.0
"""Seconds without a beat after which a watch is given up: three beats are lost by then."""
_WATCH: Final = "WatchHeads"


class Watch(Protocol):
    """An open call of grpc."""

    def __iter__(self) -> Iterator[pb.WatchHeadsResponse]:
        """Wait for what comes."""
        ...

    def cancel(self) -> bool:
        """End it."""
        ...


def watch(call: Watch, silence: float = SILENCE) -> Iterator[Unverified | None]:
    """Yield heads, and none for each beat.

    Raises:
        TransportError: Silent for too long, cut off, or ended by the partner.
        GatewayError: What the partner says of our request (`domain.refusals`).
    """
    alarm = _Alarm(call, silence)
    try:
        for said in call:
            alarm.wind()
            yield _head(said)
    except grpc.RpcError as error:
        # EXC-5: no beat for 90 s
        if alarm.has_rung:
            message = f"{_WATCH}: no beat for {silence:g} s"
            raise TransportError(message, TransportFault.TIMEOUT) from error
        raise error_from_rpc(error, _WATCH) from error
    finally:
        alarm.stop()
        call.cancel()
    raise TransportError(f"{_WATCH}: the partner ended the watch", TransportFault.NO_ANSWER)


def _head(said: pb.WatchHeadsResponse | None) -> Unverified | None:
    kind = said.WhichOneof("said") if said is not None else None
    # SYN-7: nothing where a head or a beat should be
    if said is None or kind is None or not getattr(said, kind):
        raise nothing(_WATCH)
    return Unverified(document=said.document) if kind == "document" else None


class _Alarm:
    """Cancels a call unless wound up in time."""

    def __init__(self, call: Watch, seconds: float) -> None:
        self._call = call
        self._seconds = seconds
        self.has_rung = False
        self._timer = self._started()

    def wind(self) -> None:
        self._timer.cancel()
        self._timer = self._started()

    def stop(self) -> None:
        self._timer.cancel()

    def _started(self) -> Timer:
        timer = Timer(self._seconds, self._ring)
        timer.daemon = True
        timer.start()
        return timer

    def _ring(self) -> None:
        self.has_rung = True
        self._call.cancel()
