"""Puts a request id on each call to a partner (EXC-8)."""

from collections.abc import Callable
from typing import Any

import grpc

from gateway.exchange.request_ids import HEADER, begin

_Continue = Callable[[grpc.ClientCallDetails, Any], Any]


class _Details(grpc.ClientCallDetails):
    def __init__(self, details: grpc.ClientCallDetails) -> None:
        self.method = details.method
        self.timeout = details.timeout
        # A new one for each call (EXC-8).
        self.metadata = (*(details.metadata or ()), (HEADER, begin()))
        self.credentials = details.credentials
        self.wait_for_ready = details.wait_for_ready
        self.compression = details.compression


class NamesCalls(
    grpc.UnaryUnaryClientInterceptor,  # type: ignore[type-arg] # grpc's take no parameters when run
    grpc.UnaryStreamClientInterceptor,  # type: ignore[type-arg] # as above
    grpc.StreamUnaryClientInterceptor,  # type: ignore[type-arg] # as above
):
    """An interceptor for a channel."""

    def intercept_unary_unary(
        self, continuation: _Continue, client_call_details: grpc.ClientCallDetails, request: object
    ) -> Any:  # noqa: ANN401 - of any message
        """Go on under a new id."""
        return continuation(_Details(client_call_details), request)

    def intercept_unary_stream(
        self, continuation: _Continue, client_call_details: grpc.ClientCallDetails, request: object
    ) -> Any:  # noqa: ANN401 - of any message
        """Go on under a new id."""
        return continuation(_Details(client_call_details), request)

    def intercept_stream_unary(
        self,
        continuation: _Continue,
        client_call_details: grpc.ClientCallDetails,
        request_iterator: object,
    ) -> Any:  # noqa: ANN401 - of any message
        """Go on under a new id."""
        return continuation(_Details(client_call_details), request_iterator)
