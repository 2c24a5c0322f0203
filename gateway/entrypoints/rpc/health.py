"""grpc.health.v1: is this server ready? Any peer that passed the TLS handshake may ask.

`Watch` is not served: each watcher would hold a thread. The protocol of health foresees that.
"""

from collections.abc import Callable, Mapping

from grpc_health.v1 import health_pb2 as pb

from gateway.domain.errors import NotFoundError
from gateway.domain.parties import Caller
from gateway.entrypoints.rpc.guard import Handler

SERVICE = pb.DESCRIPTOR.services_by_name["Health"]


class Health:
    """Answers for the services of one server.

    Args:
        ready: Tells whether there is something to answer with.
        services: Full names of the services beside the whole server (the empty name).
    """

    def __init__(self, ready: Callable[[], bool], *services: str) -> None:
        self._ready = ready
        self._services = ("", *services)
        self._stopping = False

    def handlers(self) -> Mapping[str, Handler]:
        """Return the handlers by method."""
        return {"Check": self._check, "List": self._list}

    def stop(self) -> None:
        """Say from now on that nothing is served, so that callers go elsewhere."""
        self._stopping = True

    def _check(
        self, request: pb.HealthCheckRequest, caller: Caller | None
    ) -> pb.HealthCheckResponse:
        del caller
        if request.service not in self._services:
            raise NotFoundError(f"no service {request.service!r}")
        return self._now()

    def _list(self, request: pb.HealthListRequest, caller: Caller | None) -> pb.HealthListResponse:
        del request, caller
        return pb.HealthListResponse(statuses={name: self._now() for name in self._services})

    def _now(self) -> pb.HealthCheckResponse:
        serving = self._ready() and not self._stopping
        status = pb.HealthCheckResponse.SERVING if serving else pb.HealthCheckResponse.NOT_SERVING
        return pb.HealthCheckResponse(status=status)
