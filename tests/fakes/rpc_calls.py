"""Raw calls over mutual TLS, for what our own channel never sends."""

from collections.abc import Callable
from typing import TypeVar

import grpc
import pytest
from google.protobuf.message import Message
from google.rpc.error_details_pb2 import ErrorInfo
from google.rpc.status_pb2 import Status

from gateway.ports.tls import ClientTls

M = TypeVar("M", bound=Message)


OPTIONS = (("grpc.enable_http_proxy", 0), ("grpc.use_local_subchannel_pool", 1))


def connected(port: int, tls: ClientTls) -> grpc.Channel:
    credentials = grpc.ssl_channel_credentials(tls.authorities, tls.key, tls.certificate)
    return grpc.secure_channel(f"localhost:{port}", credentials, options=OPTIONS)


def connected_unproven(port: int, authorities: bytes, *more: tuple[str, object]) -> grpc.Channel:
    """Connect without a client certificate."""
    credentials = grpc.ssl_channel_credentials(authorities)
    return grpc.secure_channel(f"localhost:{port}", credentials, options=(*OPTIONS, *more))


def refusal_of(call: Callable[[], object]) -> tuple[grpc.StatusCode, str, ErrorInfo | None]:
    """Return status, text and details of a call that is refused."""
    status, text, details = details_of(call)
    return status, text, details.get(ErrorInfo)


def details_of(call: Callable[[], object]) -> tuple[grpc.StatusCode, str, "Details"]:
    """Return status, text and all details of a call that is refused."""
    with pytest.raises(grpc.RpcError) as caught:
        call()
    error: object = caught.value
    assert isinstance(error, grpc.Call)
    trailing = dict(error.trailing_metadata() or ())
    value = trailing.get("grpc-status-details-bin", b"")
    assert isinstance(value, bytes)
    return error.code(), error.details() or "", Details(Status.FromString(value))


class Details:
    """The details of a refusal, of which no kind comes twice."""

    def __init__(self, status: Status) -> None:
        self.kinds = [detail.TypeName().rpartition(".")[2] for detail in status.details]
        assert len(set(self.kinds)) == len(self.kinds)
        self._status = status

    def get(self, kind: type[M]) -> M | None:
        """Return the one of a kind."""
        found = kind()
        return found if any(one.Unpack(found) for one in self._status.details) else None
