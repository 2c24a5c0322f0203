"""The server for border systems that watch operators, on a port of its own.

In the pool that answers lookups, as many watches as threads would stop it.
"""

from collections.abc import Iterator

from gateway.domain.errors import InvalidRequestError
from gateway.domain.operators import LIMITS
from gateway.domain.parties import Admitted, Caller
from gateway.entrypoints.desks import Admission, Clock
from gateway.entrypoints.rpc.exchange_server import known
from gateway.entrypoints.rpc.guard import Guard
from gateway.entrypoints.rpc.server import RpcServer, ServerOptions
from gateway.exchange.grpc_feed.fields import moment_to_pb
from gateway.exchange.grpc_feed.operator_codec import operator_to_pb
from gateway.pb.mra.lookup.v1 import lookup_pb2 as pb
from gateway.ports.changes import ChangeKind
from gateway.ports.tls import ServerTls
from gateway.services.change_watch import MOST_IDS, ChangeWatch, Told, Wanted

SERVICE = pb.DESCRIPTOR.services_by_name["LookupWatch"]
KIND_TO_PB: dict[ChangeKind, pb.ChangeKind] = {
    ChangeKind.ADDED: pb.CHANGE_KIND_ADDED,
    ChangeKind.CHANGED: pb.CHANGE_KIND_CHANGED,
    ChangeKind.REMOVED: pb.CHANGE_KIND_REMOVED,
    ChangeKind.RESTRICTED: pb.CHANGE_KIND_RESTRICTED,
    ChangeKind.RESTRICTION_LIFTED: pb.CHANGE_KIND_RESTRICTION_LIFTED,
}


def make_server(
    watch: ChangeWatch,
    admission: Admission,
    clock: Clock,
    *,
    tls: ServerTls,
    listen: str,
    bearer_listen: str | None = None,
    options: ServerOptions,
) -> RpcServer:
    """Make the server, bound to its port or ports and not yet started.

    Raises:
        ConfigError: The address is taken or is none, or the TLS keys are refused.
    """
    return RpcServer(
        listen=listen,
        tls=tls,
        service=SERVICE,
        handlers={"WatchChanges": ChangeCalls(watch, admission, clock).watch_changes},
        ready=lambda: True,
        guard=Guard(
            identify=admission.by_certificate,
            by_bearer=lambda token: admission.by_bearer(token, now=clock()),
            longest_call=options.longest_call,
            admits_each_message=True,
        ),
        options=options,
        bearer_listen=bearer_listen,
    )


class ChangeCalls:
    """The handler: between messages and the watch."""

    def __init__(self, watch: ChangeWatch, admission: Admission, clock: Clock) -> None:
        self._watch = watch
        self._spend = admission.spend
        self._clock = clock

    def watch_changes(
        self, request: pb.WatchChangesRequest, caller: Caller | None
    ) -> Iterator[pb.WatchChangesResponse]:
        """Stream a beat, then each change as it is applied, and beats between them.

        A watch counts as one question when it begins, whatever it is told: limits bound what a
        caller asks, and a suspension that it waits for is no question of its own. A watch by token
        ends with the token, refused as a new call with it would be.
        """
        caller, wanted, now = known(caller), _wanted_from_pb(request), self._clock()
        self._spend(caller, 1, now=now)
        lasts = (caller.until - now).total_seconds() if isinstance(caller, Admitted) else None
        for told in self._watch.watch(caller, wanted, lasts=lasts):
            yield _told_to_pb(told)


def _wanted_from_pb(request: pb.WatchChangesRequest) -> Wanted:
    ids = request.operator_ids
    if len(ids) > MOST_IDS:
        message = f"operator_ids has at most {MOST_IDS} entries"
        raise InvalidRequestError(message, context={"field": "operator_ids"})
    if any(not 0 < len(one) <= LIMITS["operator_id"] for one in ids):
        message = f"operator_ids have 1 to {LIMITS['operator_id']} characters each"
        raise InvalidRequestError(message, context={"field": "operator_ids"})
    return Wanted(
        ids=frozenset(ids), agreement=request.agreement or None, token=request.resume_token
    )


def _told_to_pb(told: Told) -> pb.WatchChangesResponse:
    change = told.change
    if change is None:
        return pb.WatchChangesResponse(resume_token=told.token)
    return pb.WatchChangesResponse(
        resume_token=told.token,
        agreement=change.step.agreement,
        operator_id=change.operator_id,
        operator=None if change.operator is None else operator_to_pb(change.operator),
        sequence=change.step.sequence,
        received_at=moment_to_pb(change.step.at),
        kind=KIND_TO_PB[change.kind],
    )
