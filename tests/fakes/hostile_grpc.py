"""A gRPC server that answers in raw bytes: what no server of ours would send."""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import grpc

from gateway.pb.mra.exchange.v1 import exchange_pb2 as pb
from gateway.ports.tls import ServerTls

SERVICE = pb.DESCRIPTOR.services_by_name["ListExchange"].full_name
LARGE = 64 * 1024**2
"""Bytes in one message that this server may send; a client of ours takes less."""

Parts = Callable[[int], Iterable[bytes]]
"""What answers the n-th question for changes, from 0: serialised `ListPart`s."""


def part(*, document: bytes = b"", chunk: bytes = b"", sequence: int = 0) -> bytes:
    """Return one part of an answer for changes."""
    if document:
        return pb.ListPart(document=document, sequence=sequence).SerializeToString()
    return pb.ListPart(chunk=chunk, sequence=sequence).SerializeToString()


def parts(document: bytes, chunks: Sequence[bytes], sequence: int = 3) -> list[bytes]:
    """Return a whole list as it should come."""
    return [part(document=document, sequence=sequence), *(part(chunk=one) for one in chunks)]


def head(document: bytes) -> bytes:
    """Return the answer with a head."""
    return pb.GetListHeadResponse(document=document).SerializeToString()


class Refused(Exception):  # noqa: N818 - what the server says, not an error of ours
    """Ends a call with a status."""

    def __init__(self, status: grpc.StatusCode, details: str = "because") -> None:
        super().__init__(details)
        self.status, self.details = status, details


class HostileGrpc:
    """Answers questions for head and changes as it is told; takes every acknowledgement."""

    def __init__(
        self,
        tls: ServerTls,
        *,
        head: bytes | Exception,
        changes: Parts,
        compression: grpc.Compression = grpc.Compression.NoCompression,
        pause: float = 0.0,
    ) -> None:
        self._head, self._changes, self._pause = head, changes, pause
        self.asked = 0
        self._server = grpc.server(
            ThreadPoolExecutor(4),
            options=(
                ("grpc.max_send_message_length", LARGE),
                ("grpc.so_reuseport", 0),
            ),
            compression=compression,
        )
        handlers = {
            "GetListHead": grpc.unary_unary_rpc_method_handler(self._get_head),
            "GetChanges": grpc.unary_stream_rpc_method_handler(self._get_changes),
            "Acknowledge": grpc.unary_unary_rpc_method_handler(lambda _, __: b""),
        }
        self._server.add_generic_rpc_handlers(
            (grpc.method_handlers_generic_handler(SERVICE, handlers),)
        )
        credentials = grpc.ssl_server_credentials(
            [(tls.key, tls.certificate)],
            tls.client_authorities or None,
            bool(tls.client_authorities),
        )
        self.port: int = self._server.add_secure_port("localhost:0", credentials)
        self._server.start()

    def close(self) -> None:
        """End all calls."""
        self._server.stop(0).wait(5)

    def _get_head(self, request: bytes, context: grpc.ServicerContext) -> bytes:
        del request
        time.sleep(self._pause)
        if isinstance(self._head, Refused):
            context.abort(self._head.status, self._head.details)
        assert isinstance(self._head, bytes)
        return self._head

    def _get_changes(self, request: bytes, context: grpc.ServicerContext) -> Iterator[bytes]:
        del request
        number, self.asked = self.asked, self.asked + 1
        try:
            for one in self._changes(number):
                time.sleep(self._pause)
                yield one
        except Refused as refused:
            context.abort(refused.status, refused.details)
