"""Raw calls over mutual TLS, for what our own channel never sends."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import grpc
import pytest
from google.rpc.error_details_pb2 import ErrorInfo
from google.rpc.status_pb2 import Status

from gateway.ports.tls import ClientTls


@contextmanager
def connected(port: int, tls: ClientTls) -> Iterator[grpc.Channel]:
    credentials = grpc.ssl_channel_credentials(tls.authorities, tls.key, tls.certificate)
    options = (("grpc.enable_http_proxy", 0), ("grpc.use_local_subchannel_pool", 1))
    with grpc.secure_channel(f"localhost:{port}", credentials, options=options) as channel:
        yield channel


def refusal_of(call: Callable[[], object]) -> tuple[grpc.StatusCode, str, ErrorInfo | None]:
    """Return status, text and details of a call that is refused."""
    with pytest.raises(grpc.RpcError) as caught:
        call()
    error: object = caught.value
    assert isinstance(error, grpc.Call)
    info = None
    for key, value in error.trailing_metadata() or ():
        if key == "grpc-status-details-bin":
            assert isinstance(value, bytes)
            info = ErrorInfo()
            assert Status.FromString(value).details[0].Unpack(info)
    return error.code(), error.details() or "", info
