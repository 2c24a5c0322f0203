"""The server for the home programme's own system, which reports what changed (PUB-1)."""

from typing import TypeAlias

from google.protobuf.message import Message

from gateway.domain.errors import InvalidRequestError
from gateway.domain.operators import Operator, Status
from gateway.domain.parties import Actor, Caller, Role
from gateway.entrypoints.desks import Identify
from gateway.entrypoints.rpc.guard import Guard
from gateway.entrypoints.rpc.server import RpcServer, ServerOptions
from gateway.exchange.grpc_feed.fields import enum_from_pb, instant_from_pb, require_known
from gateway.exchange.grpc_feed.operator_codec import (
    STATUS_FROM_PB,
    operator_from_pb,
    operator_to_pb,
)
from gateway.pb.mra.programme.v1 import programme_pb2 as pb
from gateway.ports.home_programme import HomeOperator, Reported, ReportOutcome
from gateway.ports.tls import ServerTls
from gateway.services.home_desk import HomeDesk, StatusReport, Terms

SERVICE = pb.DESCRIPTOR.services_by_name["HomeProgramme"]
OUTCOME_TO_PB: dict[ReportOutcome, pb.Outcome] = {
    ReportOutcome.ADDED: pb.OUTCOME_ADDED,
    ReportOutcome.CHANGED: pb.OUTCOME_CHANGED,
    ReportOutcome.REMOVED: pb.OUTCOME_REMOVED,
    ReportOutcome.UNCHANGED: pb.OUTCOME_UNCHANGED,
}


_Request: TypeAlias = pb.ReportOperatorRequest | pb.ReportStatusRequest | pb.RemoveOperatorRequest


def make_server(
    desk: HomeDesk,
    identify: Identify,
    *,
    tls: ServerTls,
    listen: str,
    options: ServerOptions = ServerOptions(),  # noqa: B008 - a frozen value
) -> RpcServer:
    """Make the server, bound to its port and not yet started.

    Raises:
        ConfigError: The address is taken or is none, or the TLS keys are refused.
    """
    calls = ProgrammeCalls(desk)
    return RpcServer(
        listen=listen,
        tls=tls,
        service=SERVICE,
        handlers={
            "ReportOperator": calls.report_operator,
            "ReportStatus": calls.report_status,
            "RemoveOperator": calls.remove_operator,
            "GetOperator": calls.get_operator,
            "ListOperators": calls.list_operators,
        },
        ready=lambda: True,
        guard=Guard(identify=identify, longest_call=options.longest_call),
        options=options,
    )


class ProgrammeCalls:
    """The handlers: between messages and the desk."""

    def __init__(self, desk: HomeDesk) -> None:
        self._desk = desk

    def report_operator(
        self, request: pb.ReportOperatorRequest, caller: Caller | None
    ) -> pb.Report:
        """Make an operator what the request says."""
        operator = _operator(request.operator)
        consents = request.operator.consents
        return _report(self._desk.report(operator, consents, _terms(request), _actor(caller)))

    def report_status(self, request: pb.ReportStatusRequest, caller: Caller | None) -> pb.Report:
        """Set the status of one authorisation."""
        report = StatusReport(
            operator_id=_required(request, "operator_id"),
            authorisation_id=_required(request, "authorisation_id"),
            category=request.category or None,
            status=Status(
                code=enum_from_pb(STATUS_FROM_PB, request.status, "status"),
                effective_at=instant_from_pb(request, "effective_at"),
                change_reason=request.change_reason or None,
            ),
        )
        return _report(self._desk.report_status(report, _terms(request), _actor(caller)))

    def remove_operator(
        self, request: pb.RemoveOperatorRequest, caller: Caller | None
    ) -> pb.Report:
        """Take an operator out of the programme."""
        operator_id = _required(request, "operator_id")
        terms, actor = _terms(request), _actor(caller)
        return _report(self._desk.remove(operator_id, request.reason, terms, actor))

    def get_operator(
        self, request: pb.GetOperatorRequest, caller: Caller | None
    ) -> pb.HomeOperator:
        """Answer with one operator."""
        del caller
        return _home_operator(self._desk.get(_required(request, "operator_id")))

    def list_operators(
        self, request: pb.ListOperatorsRequest, caller: Caller | None
    ) -> pb.ListOperatorsResponse:
        """Answer with one page."""
        del caller
        found, following = self._desk.page(request.page_token, request.page_size)
        return pb.ListOperatorsResponse(
            operators=[_home_operator(each) for each in found], next_page_token=following
        )


def _operator(message: pb.HomeOperator) -> Operator:
    if not message.HasField("operator"):
        raise _missing("operator")
    return operator_from_pb(message.operator)


def _home_operator(home: HomeOperator) -> pb.HomeOperator:
    return pb.HomeOperator(
        operator=operator_to_pb(home.listed.operator),
        consents=sorted(home.consents),
        etag=home.etag,
    )


def _report(reported: Reported) -> pb.Report:
    return pb.Report(
        operator_id=reported.operator_id,
        outcome=OUTCOME_TO_PB[reported.outcome],
        etag=reported.etag,
    )


def _terms(request: _Request) -> Terms:
    # PUB-1: a field that this version does not know may be the one that matters
    require_known(request, "request")
    return Terms(
        request_id=request.request_id or None,
        etag=request.etag or None,
        validate_only=request.validate_only,
    )


def _required(request: Message, field: str) -> str:
    value: str = getattr(request, field)
    if not value:
        raise _missing(field)
    return value


def _missing(field: str) -> InvalidRequestError:
    return InvalidRequestError(f"{field} is missing", context={"field": field})


def _actor(caller: Caller | None) -> Actor:
    assert caller is not None  # noqa: S101 - the permission table asks for a purpose
    return Actor(name=f"caller {caller.name}", role=Role.GATEWAY)
