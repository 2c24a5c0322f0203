"""HTTP/1.1 for the load generator: one write and one read a call, of the answer only its length."""

import socket
import ssl

from benchmarks.asking import LONGEST_SILENCE, LoadError

PREFIX = 5
"""Bytes before a message in the file that is shared with gRPC."""
GOOD = b"HTTP/1.1 200 "
LENGTH = b"\r\ncontent-length: "


class HttpConnection:
    """One TLS connection with at most one call in hand."""

    def __init__(
        self, address: str, context: ssl.SSLContext, path: str, bearer: str | None = None
    ) -> None:
        host, _, port = address.rpartition(":")
        plain = socket.create_connection((host, int(port)), timeout=LONGEST_SILENCE)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket: socket.socket = context.wrap_socket(plain, server_hostname="localhost")
        self.socket.settimeout(0.0)
        self.started = 0.0
        self._head = (
            f"POST {path} HTTP/1.1\r\nhost: {address}\r\ncontent-type: application/json\r\n"
        ).encode("ascii")
        if bearer is not None:
            self._head += b"authorization: Bearer %b\r\n" % bearer.encode("ascii")
        self._answer = b""

    def ask(self, message: bytes, started: float) -> None:
        """Send one call."""
        self.started = started
        self._answer = b""
        size = len(message) - PREFIX
        head = b"%bcontent-length: %d\r\n\r\n" % (self._head, size)
        self.socket.sendall(head + message[PREFIX:])

    def is_answered(self) -> bool:
        """Read what has come; tell whether the call has ended well."""
        try:
            piece = self.socket.recv(65_536)
        except (ssl.SSLWantReadError, BlockingIOError):
            return False
        if not piece:
            raise LoadError("the server has closed the connection")
        answer = self._answer = self._answer + piece
        end = answer.find(b"\r\n\r\n")
        if end < 0:
            return False
        if not answer.startswith(GOOD):
            raise LoadError(f"the server answered {answer[:200]!r}")
        begin = answer.find(LENGTH, 0, end) + len(LENGTH)
        size = int(answer[begin : answer.find(b"\r\n", begin)])
        return len(answer) >= end + 4 + size
