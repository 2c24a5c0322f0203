"""Running an application on uvicorn with mutual TLS, in a thread of its own."""

import asyncio
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from threading import Thread
from typing import Final

import uvicorn
from litestar import Litestar

from gateway.domain.errors import ConfigError
from gateway.entrypoints.http.head_limits import LimitedProtocol
from gateway.entrypoints.listening import cannot_listen
from gateway.exchange.xml_feed.tls_context import ReplaceableContext
from gateway.ports.tls import ServerTls

START_SECONDS: Final = 10
DRAIN_SECONDS: Final = 10
"""For calls that are under way when the server stops."""

IDLE_SECONDS: Final = 60
"""For a connection between two calls: a handshake costs as much as thirty lookups."""
THREADS: Final = 32
"""For what waits: the database, a list that is judged."""
_BACKLOG = 128
_POLL_SECONDS = 0.01


class HttpsServer:
    """One listening server."""

    def __init__(
        self, server: uvicorn.Server, listening: socket.socket, context: ReplaceableContext
    ) -> None:
        self._server = server
        self._context = context
        self._listening = listening
        self._thread = Thread(target=self._run, name="https", daemon=True)
        self.address = _address(listening)
        """`host:port` as bound; the port is known also if 0 was asked for."""

    def start(self) -> None:
        """Answer calls from now on.

        Raises:
            ConfigError: The server did not come up.
        """
        self._thread.start()
        give_up_at = time.monotonic() + START_SECONDS
        while not self._server.started:
            if not self._thread.is_alive() or time.monotonic() > give_up_at:
                raise ConfigError(f"the https server on {self.address} did not start")
            time.sleep(_POLL_SECONDS)

    def replace_tls(self, tls: ServerTls) -> None:
        """Show another certificate and let other CAs in, from the next connection on.

        Raises:
            ConfigError: They cannot be used; those from before stay.
        """
        self._context.replace(tls)

    def stop(self) -> None:
        """Take no new calls, let those under way end, and come back. May be called twice."""
        self._server.should_exit = True
        if self._thread.is_alive():
            self._thread.join(DRAIN_SECONDS + START_SECONDS)
        self._listening.close()

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=self._server.config.get_loop_factory()) as runner:
            runner.run(self._serve())

    async def _serve(self) -> None:
        # The library's default is six threads on two cores: one partner would have them all.
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(THREADS, "https"))
        await self._server.serve(sockets=[self._listening])


def serve(
    app: Litestar,
    listen: str,
    tls: ServerTls,
    *,
    connections: int = 256,
    reuse_port: bool = False,
) -> HttpsServer:
    """Bind a server; `start` lets it answer.

    Args:
        app: From `partner_server.make_app` or `lookup_server.make_app`.
        listen: `host:port`; port 0 takes a free one.
        tls: Home's certificate, and the authorities of clients.
        connections: From as many at once on, calls are refused as too many.
        reuse_port: Only for several processes that share a port on purpose: else a second server
            silently takes half of the calls.

    Raises:
        ConfigError: The port is busy or the address is not ours, or the TLS certificates cannot
            be used.
    """
    context = ReplaceableContext(tls)
    listening = _bind(listen, reuse_port=reuse_port)
    config = uvicorn.Config(
        app,
        http=LimitedProtocol,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        limit_concurrency=connections,
        timeout_keep_alive=IDLE_SECONDS,
        timeout_graceful_shutdown=DRAIN_SECONDS,
        ssl_context_factory=lambda _config, _default: context.outer,
    )
    return HttpsServer(uvicorn.Server(config), listening, context)


def _bind(listen: str, *, reuse_port: bool) -> socket.socket:
    host, _, port = listen.rpartition(":")
    bare = host.removeprefix("[").removesuffix("]")
    family = socket.AF_INET6 if ":" in bare else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if reuse_port:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        listening.bind((bare, int(port)))
        listening.listen(_BACKLOG)
    except (OSError, ValueError) as error:
        listening.close()
        raise cannot_listen(listen, error) from error
    return listening


def _address(listening: socket.socket) -> str:
    host, port = listening.getsockname()[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
