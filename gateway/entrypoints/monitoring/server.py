"""A small plain-HTTP server of four pages. It listens inside: it asks nobody who they are."""

from collections.abc import Callable, Iterable
from http.server import BaseHTTPRequestHandler, HTTPServer
from socket import AF_INET, AF_INET6
from socketserver import ThreadingMixIn
from threading import BoundedSemaphore, Thread
from typing import Any, Final, Protocol

import msgspec
from msgspec import Struct
from prometheus_client import CollectorRegistry
from prometheus_client.core import Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from gateway.domain.data_freshness import DataFreshness
from gateway.domain.errors import GatewayError
from gateway.entrypoints.listening import cannot_listen

CALLS_AT_ONCE: Final = 8
PATIENCE: Final = 5
"""Seconds that a client gets to send its request."""


class Monitored(Protocol):
    """What one process tells of itself."""

    def is_ready(self) -> bool:
        """Tell whether there is something to answer with. Never asks the database."""
        ...

    def data(self) -> Iterable[DataFreshness]:
        """Return how fresh the data of each agreement is.

        Raises:
            GatewayError: Nobody knows.
        """
        ...

    def figures(self) -> Iterable[Metric]:
        """Return all figures; those that nobody knows at the moment are left out."""
        ...


class Page(Struct, frozen=True):
    """One answer."""

    status: int
    content: bytes
    kind: str = "application/json"


class MonitoringServer:
    """Listens at once, and answers once started.

    Args:
        listen: `host:port`; port 0 takes a free one.
        monitored: What the process tells of itself.

    Raises:
        ConfigError: The address is taken or is none.
    """

    def __init__(self, listen: str, monitored: Monitored) -> None:
        host, _, port = listen.rpartition(":")
        pages = _Pages(monitored)

        class Handler(_Handler):
            answer = staticmethod(pages.answer)

        try:
            self._server = _Server((host.strip("[]"), int(port)), Handler)
        except (OSError, ValueError) as error:
            raise cannot_listen(listen, error) from error
        self.port: int = self._server.server_address[1]
        self._thread = Thread(target=self._server.serve_forever, name="monitoring", daemon=True)

    def start(self) -> None:
        """Answer from now on."""
        self._thread.start()

    def stop(self) -> None:
        """Answer no more."""
        self._server.shutdown()
        self._server.server_close()


class _Pages:
    def __init__(self, monitored: Monitored) -> None:
        self._monitored = monitored
        self._registry = CollectorRegistry()
        self._registry.register(_Collected(monitored))

    def answer(self, path: str, accept: str) -> Page:
        match path.partition("?")[0]:
            case "/livez":
                return Page(200, b'{"alive":true}\n')
            case "/readyz":
                return _page(self._monitored.is_ready(), "ready")
            case "/freshness":
                return self._freshness()
            case "/metrics":
                write, kind = choose_encoder(accept)
                return Page(200, write(self._registry), kind)
            case _:
                return Page(404, b'{"pages":["/livez","/readyz","/freshness","/metrics"]}\n')

    def _freshness(self) -> Page:
        try:
            data = list(self._monitored.data())
        except GatewayError as error:
            return Page(503, msgspec.json.encode({"error": error.code}) + b"\n")
        missed = [one.agreement for one in data if one.is_missed]
        body = {"fresh": not missed, "missed": missed, "agreements": data}
        return Page(503 if missed else 200, msgspec.json.encode(body) + b"\n")


def _page(holds: bool, name: str) -> Page:
    return Page(200 if holds else 503, msgspec.json.encode({name: holds}) + b"\n")


class _Collected(Collector):
    """Asks for the figures when Prometheus does, and never before."""

    def __init__(self, monitored: Monitored) -> None:
        self._monitored = monitored

    def describe(self) -> Iterable[Metric]:
        return ()

    def collect(self) -> Iterable[Metric]:
        return self._monitored.figures()


class _Server(ThreadingMixIn, HTTPServer):
    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, address: tuple[str, int], handler: type["_Handler"]) -> None:
        self._room = BoundedSemaphore(CALLS_AT_ONCE)
        self.address_family = AF_INET6 if ":" in address[0] else AF_INET
        super().__init__(address, handler)

    def process_request(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - as the library has it
        if not self._room.acquire(blocking=False):
            self.shutdown_request(request)
            return
        super().process_request(request, client_address)

    def process_request_thread(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - as the library has it
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._room.release()


class _Handler(BaseHTTPRequestHandler):
    answer: Callable[[str, str], Page]
    timeout = PATIENCE

    def version_string(self) -> str:
        """Return who answers, without versions of anything."""
        return "mra-gateway"

    def do_GET(self) -> None:
        page = self.answer(self.path, self.headers.get("accept", ""))
        self.send_response(page.status)
        self.send_header("content-type", page.kind)
        self.send_header("content-length", str(len(page.content)))
        self.send_header("cache-control", "no-store")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(page.content)

    do_HEAD = do_GET  # noqa: N815 - as the library has it

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002, ANN401 - as the library has it
        """Say nothing: this is asked several times a minute."""
