"""The server for partners that watch for new heads over gRPC, on a port of its own (EXC-5).

In the pool that serves lists, as many watchers as threads would stop it.
"""

from collections.abc import Iterator

from gateway.domain.parties import Caller
from gateway.entrypoints.desks import Identify, WatchDesk
from gateway.entrypoints.rpc.exchange_server import known, stream_of
from gateway.entrypoints.rpc.guard import Guard
from gateway.entrypoints.rpc.server import RpcServer, ServerOptions
from gateway.pb.mra.exchange.v1 import exchange_pb2 as pb
from gateway.ports.tls import ServerTls

SERVICE = pb.DESCRIPTOR.services_by_name["HeadWatch"]
LONGEST_WATCH = 60 * 60.0
"""Seconds after which a watch is cancelled; its caller comes back."""


def watch_options(watches: int, *, reuse_port: bool = False) -> ServerOptions:
    """Return the sizes of a server for so many watches: a thread each, and none waits for one."""
    return ServerOptions(
        threads=watches,
        most_calls=watches,
        longest_call=LONGEST_WATCH,
        reuse_port=reuse_port,
    )


def make_server(
    desk: WatchDesk,
    identify: Identify,
    *,
    tls: ServerTls,
    listen: str,
    options: ServerOptions,
) -> RpcServer:
    """Make the server, bound to its port and not yet started.

    Raises:
        ConfigError: The address is taken or is none, or the TLS keys are refused.
    """
    return RpcServer(
        listen=listen,
        tls=tls,
        service=SERVICE,
        handlers={"WatchHeads": WatchCalls(desk).watch_heads},
        ready=lambda: True,
        guard=Guard(identify=identify, longest_call=options.longest_call),
        options=options,
    )


class WatchCalls:
    """The handler: between messages and the desk."""

    def __init__(self, desk: WatchDesk) -> None:
        self._desk = desk

    def watch_heads(
        self, request: pb.WatchHeadsRequest, caller: Caller | None
    ) -> Iterator[pb.WatchHeadsResponse]:
        """Stream the newest head, then each new one, and beats between them."""
        stream, acknowledgement = stream_of(request.stream), request.acknowledgement or None
        heads = self._desk.watch(known(caller), stream, acknowledgement)
        first = next(heads)
        yield (
            pb.WatchHeadsResponse(document=first)
            if first
            else pb.WatchHeadsResponse(none_issued=True)
        )
        for head in heads:
            yield pb.WatchHeadsResponse(document=head) if head else pb.WatchHeadsResponse(beat=True)
