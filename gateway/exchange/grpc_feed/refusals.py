"""Refusals over gRPC: errors to `google.rpc.Status` with ErrorInfo, and back (section 9)."""

from collections.abc import Iterable, Mapping
from typing import Final

import grpc
from google.protobuf.message import DecodeError, Message
from google.rpc.error_details_pb2 import ErrorInfo
from google.rpc.status_pb2 import Status

from gateway.domain.errors import (
    GatewayError,
    NotFoundError,
    NotPermittedError,
    TooLargeError,
    TransportError,
)
from gateway.domain.refusals import REFUSALS
from gateway.domain.transport_faults import TransportFault
from gateway.exchange.request_ids import BOUND_AS, current

DOMAIN = "mra-gateway"
DETAILS_KEY = "grpc-status-details-bin"

_UNREADABLE: Final = "Exception deserializing response!"
_BY_WORDS: Final = (
    ("CERTIFICATE_VERIFY_FAILED", TransportFault.UNTRUSTED),
    ("Hostname Verification Check failed", TransportFault.UNTRUSTED),
    ("Tls handshake failed", TransportFault.TLS),
    ("failed to connect to all addresses", TransportFault.UNREACHABLE),
    ("DNS resolution failed", TransportFault.UNREACHABLE),
)
"""Of gRPC itself, the first that fits; `tests/attacks/test_grpc_ways.py` notices other ones."""


def details_to_bytes(
    code: int,
    message: str,
    reason: str,
    facts: Mapping[str, str],
    more: Iterable[Message] = (),
) -> bytes:
    """Serialise what goes into the trailing metadata beside status and message.

    One ErrorInfo, then what more there is, each kind once (AIP-193).
    """
    status = Status(code=code, message=message)
    status.details.add().Pack(ErrorInfo(reason=reason, domain=DOMAIN, metadata=dict(facts)))
    for detail in more:
        status.details.add().Pack(detail)
    serialised: bytes = status.SerializeToString()
    return serialised


def error_from_rpc(error: grpc.RpcError, what: str, *, has_begun: bool = False) -> GatewayError:
    """Return the gateway's error for a call that failed or was refused by the partner.

    What the partner says of our request or document keeps its class (`domain.refusals`).

    Args:
        error: As gRPC raised it.
        what: The call.
        has_begun: Some of the answer has come.
    """
    call: object = error
    named = {BOUND_AS: current()}
    fault = fault_of(error)
    if has_begun and fault is TransportFault.NO_ANSWER:
        fault = TransportFault.TRUNCATED
    if not isinstance(call, grpc.Call):
        return TransportError(f"{what}: {error}", fault, context=named)
    status, details = call.code(), call.details() or "no details"
    text = f"{what}: {status.name.lower().replace('_', ' ')}: {details}"
    info = _error_info(call)
    refused = REFUSALS.get(info.reason) if info is not None else None
    if refused is not None:
        return refused(f"refused by the partner: {text}", context=_facts(info) | named)
    match status:
        case grpc.StatusCode.NOT_FOUND:
            return NotFoundError(text, context=named)
        case grpc.StatusCode.PERMISSION_DENIED | grpc.StatusCode.UNAUTHENTICATED:
            return NotPermittedError(text, context=named)
        case grpc.StatusCode.RESOURCE_EXHAUSTED if "larger than max" in details:
            return TooLargeError(text, context=named)
        case _:
            return TransportError(text, fault, context={"status": status.name} | named)


def fault_of(error: grpc.RpcError) -> TransportFault:
    """Tell what went wrong on the way.

    gRPC has one status for all that its connections meet, and tells them apart in words only.
    Whoever says the same words in a status of their own brings a wrong word into our log.
    """
    call: object = error
    if not isinstance(call, grpc.Call):
        return TransportFault.NO_ANSWER
    details = call.details() or ""
    match call.code():
        case grpc.StatusCode.DEADLINE_EXCEEDED:
            return TransportFault.TIMEOUT
        case grpc.StatusCode.INTERNAL if details == _UNREADABLE:
            return TransportFault.MALFORMED
        case grpc.StatusCode.UNAVAILABLE:
            found = (fault for words, fault in _BY_WORDS if words in details)
            return next(found, TransportFault.NO_ANSWER)
        case _:
            return TransportFault.STATUS


def _error_info(call: grpc.Call) -> ErrorInfo | None:
    for key, value in call.trailing_metadata() or ():
        if key == DETAILS_KEY and isinstance(value, bytes):
            try:
                return _unpack(Status.FromString(value))
            except DecodeError:
                return None
    return None


def _unpack(status: Status) -> ErrorInfo | None:
    info = ErrorInfo()
    for detail in status.details:
        if detail.Unpack(info) and info.domain == DOMAIN:
            return info
    return None


def _facts(info: ErrorInfo | None) -> dict[str, str]:
    return {} if info is None else dict(info.metadata)
