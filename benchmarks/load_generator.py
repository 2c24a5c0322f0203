"""Load for servers: hand-made HTTP/2 frames over mutual TLS, in a process of its own.

With `--http` it sends HTTP/1.1 instead: see `http_connection`.

A gRPC library in Python would cost more per call than the server that it measures. Here a call is
one write and one read: the header block is fixed and needs no table, of the answer only frame
headers are looked at. A call counts if it brought a message and ended in its trailers. Imports
nothing of the gateway.
"""

import argparse
import selectors
import socket
import ssl
import time
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from itertools import cycle
from pathlib import Path
from typing import Any

from benchmarks.asking import LONGEST_SILENCE, Asking, LoadError
from benchmarks.http_connection import HttpConnection
from benchmarks.lines import serve_lines

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, RESET, SETTINGS, PING, GOAWAY, WINDOW_UPDATE = 0, 1, 3, 4, 6, 7, 8
END_STREAM, ACK, END_HEADERS = 0x1, 0x1, 0x4
FRAME_HEADER = 9
LARGEST_WINDOW = 2**31 - 1
LONG = 0x7F
DEFAULT_WINDOW = 65_535
REFILL = 2**29
"""Bytes after which the connection's window is opened again."""


class Connection:
    """One TLS connection with at most one call in hand."""

    def __init__(
        self, address: str, context: ssl.SSLContext, path: str, bearer: str | None = None
    ) -> None:
        host, _, port = address.rpartition(":")
        plain = socket.create_connection((host, int(port)), timeout=LONGEST_SILENCE)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket = context.wrap_socket(plain, server_hostname="localhost")
        if self.socket.selected_alpn_protocol() != "h2":
            raise LoadError(f"{address} does not speak HTTP/2")
        self._block = _header_block(path, address, bearer)
        self._stream = -1
        self._buffer = b""
        self._window = 0
        self._data = 0
        self.started = 0.0
        window = LARGEST_WINDOW.to_bytes(4, "big")
        grown = (LARGEST_WINDOW - DEFAULT_WINDOW).to_bytes(4, "big")
        self.socket.sendall(
            PREFACE
            + _frame(SETTINGS, 0, 0, b"\x00\x04" + window)
            + _frame(WINDOW_UPDATE, 0, 0, grown)
        )
        self.socket.settimeout(0.0)

    def ask(self, message: bytes, started: float) -> None:
        """Send one call."""
        self._stream += 2
        self._data = 0
        self.started = started
        self.socket.sendall(
            _frame(HEADERS, END_HEADERS, self._stream, self._block)
            + _frame(DATA, END_STREAM, self._stream, message)
        )

    def is_answered(self) -> bool:
        """Read what has come; tell whether the call has ended well."""
        done = False
        while True:
            try:
                piece = self.socket.recv(65_536)
            except (ssl.SSLWantReadError, BlockingIOError):
                return done
            if not piece:
                raise LoadError("the server has closed the connection")
            self._buffer += piece
            done = self._take_frames() or done
            if not self.socket.pending():
                return done

    def _take_frames(self) -> bool:
        buffer, position, done = self._buffer, 0, False
        while len(buffer) - position >= FRAME_HEADER:
            length = int.from_bytes(buffer[position : position + 3], "big")
            end = position + FRAME_HEADER + length
            if len(buffer) < end:
                break
            kind, flags = buffer[position + 3], buffer[position + 4]
            if kind == DATA:
                self._data += length
                self._refill(length)
            elif kind == HEADERS:
                done = bool(flags & END_STREAM)
                if done and not self._data:
                    raise LoadError("a call ended without a message")
            else:
                self._control(kind, flags, buffer[position + FRAME_HEADER : end])
            position = end
        self._buffer = buffer[position:]
        return done

    def _control(self, kind: int, flags: int, payload: bytes) -> None:
        if kind in {RESET, GOAWAY}:
            raise LoadError(f"the server broke off: {payload!r}")
        if kind in {SETTINGS, PING} and not flags & ACK:
            self.socket.sendall(_frame(kind, ACK, 0, payload if kind == PING else b""))

    def _refill(self, length: int) -> None:
        self._window += length
        if self._window > REFILL:
            self.socket.sendall(_frame(WINDOW_UPDATE, 0, 0, self._window.to_bytes(4, "big")))
            self._window = 0


class Load:
    """Connections to one server, and the messages that they send in turn."""

    def __init__(self, connections: Sequence[Asking], messages: list[bytes]) -> None:
        self._selector = selectors.DefaultSelector()
        self._connections = connections
        for connection in self._connections:
            self._selector.register(connection.socket, selectors.EVENT_READ, connection)
        self._messages: Iterator[bytes] = cycle(messages)

    def run(self, seconds: float) -> list[tuple[float, float]]:
        """Keep one call in hand on every connection; return start and length of each call."""
        calls: list[tuple[float, float]] = []
        clock = time.perf_counter
        end = clock() + seconds
        for connection in self._connections:
            connection.ask(next(self._messages), clock())
        waiting = len(self._connections)
        while waiting:
            for connection in self._answered():
                now = clock()
                calls.append((connection.started, now - connection.started))
                if now < end:
                    connection.ask(next(self._messages), now)
                else:
                    waiting -= 1
        return calls

    def run_paced(self, seconds: float, rate: float) -> list[tuple[float, float]]:
        """Send at fixed moments, whatever the server does; lengths count from those moments."""
        calls: list[tuple[float, float]] = []
        clock = time.perf_counter
        begin = clock()
        due = deque(begin + number / rate for number in range(int(seconds * rate)))
        free = deque(self._connections)
        waiting = 0
        while due or waiting:
            while due and free and due[0] <= clock():
                free.popleft().ask(next(self._messages), due.popleft())
                waiting += 1
            pause = max(0.0, due[0] - clock()) if due and free else LONGEST_SILENCE
            for connection in self._answered(pause, patient=bool(due and free)):
                calls.append((connection.started, clock() - connection.started))
                free.append(connection)
                waiting -= 1
        return calls

    def _answered(self, pause: float = LONGEST_SILENCE, *, patient: bool = False) -> list[Asking]:
        events = self._selector.select(pause)
        if not events and not patient:
            raise LoadError(f"no answer in {LONGEST_SILENCE:g} s")
        return [key.data for key, _ in events if key.data.is_answered()]


def _frame(kind: int, flags: int, stream: int, payload: bytes) -> bytes:
    return b"%b%c%c%b%b" % (
        len(payload).to_bytes(3, "big"), kind, flags, stream.to_bytes(4, "big"), payload,
    )  # fmt: skip


def _header_block(path: str, authority: str, bearer: str | None) -> bytes:
    """Return the request's headers in HPACK: indexed where static, else literal, never stored."""

    def literal(name: bytes, value: str) -> bytes:
        return name + _length(len(value)) + value.encode("ascii")

    return b"".join(
        (
            b"\x83\x87",  # :method POST, :scheme https
            literal(b"\x04", path),
            literal(b"\x01", authority),
            literal(b"\x0f\x10", "application/grpc"),  # content-type
            literal(b"\x00\x02te", "trailers"),
            b"" if bearer is None else literal(b"\x0f\x08", f"Bearer {bearer}"),  # authorization
        )
    )


def _length(size: int) -> bytes:
    """Return a length as HPACK writes it: seven bits, then seven more at a time."""
    if size < LONG:
        return bytes([size])
    rest, written = size - LONG, bytearray([LONG])
    while rest > LONG:
        written.append(rest & LONG | 0x80)
        rest >>= 7
    return bytes([*written, rest])


def read_messages(file: Path) -> list[bytes]:
    """Read what `write_messages` wrote."""
    content, position, messages = file.read_bytes(), 0, []
    while position < len(content):
        length = int.from_bytes(content[position + 1 : position + 5], "big")
        messages.append(content[position : position + 5 + length])
        position += 5 + length
    return messages


def write_messages(file: Path, messages: list[bytes]) -> None:
    """Write serialised messages, each with the five bytes that gRPC puts before it."""
    file.write_bytes(b"".join(b"\x00" + len(one).to_bytes(4, "big") + one for one in messages))


def tls_context(
    authorities: Path, certificate: Path | None, key: Path | None, protocol: str = "h2"
) -> ssl.SSLContext:
    """Make the client side of TLS; without a certificate only the server shows one."""
    context = ssl.create_default_context(cafile=str(authorities))
    context.set_alpn_protocols([protocol])
    if certificate is not None:
        context.load_cert_chain(certificate, key)
    return context


def main() -> None:
    """Connect to every target, then load the one that a line names."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--target", action="append", required=True, help="NAME=HOST:PORT")
    parser.add_argument("--path", required=True)
    parser.add_argument("--messages", type=Path, required=True)
    parser.add_argument("--authorities", type=Path, required=True)
    parser.add_argument("--certificate", type=Path)
    parser.add_argument("--key", type=Path)
    parser.add_argument("--bearer", type=Path, help="a file with a token")
    parser.add_argument("--http", action="store_true", help="HTTP/1.1 instead of gRPC")
    parser.add_argument("--streams", type=int, default=16)
    asked = parser.parse_args()
    bearer = asked.bearer.read_text("ascii") if asked.bearer else None
    protocol = "http/1.1" if asked.http else "h2"
    context = tls_context(asked.authorities, asked.certificate, asked.key, protocol)
    messages = read_messages(asked.messages)

    def connect(address: str) -> Asking:
        kind = HttpConnection if asked.http else Connection
        return kind(address, context, asked.path, bearer)

    loads = {
        name: Load([connect(address) for _ in range(asked.streams)], messages)
        for name, _, address in (target.partition("=") for target in asked.target)
    }

    def work(order: Mapping[str, Any]) -> dict[str, Any]:
        load, seconds = loads[order["target"]], order["seconds"]
        cpu, begin = time.process_time(), time.perf_counter()
        rate = order.get("rate")
        calls = load.run_paced(seconds, rate) if rate else load.run(seconds)
        wall = time.perf_counter() - begin
        return {
            "wall": wall,
            "cpu_share": (time.process_time() - cpu) / wall,
            "rate": len(calls) / wall,
            "calls": calls if order.get("each") else [],
            "latencies": [] if order.get("each") else _quantiles(calls),
        }

    serve_lines(work)


def _quantiles(calls: list[tuple[float, float]]) -> list[float]:
    """Return median and 99th percentile."""
    lengths = sorted(length for _, length in calls)
    return [lengths[len(lengths) // 2], lengths[int(len(lengths) * 0.99)]]


if __name__ == "__main__":
    main()
