"""A gRPC server: mutual TLS, guarded handlers, health, limits. Others know what it answers."""

from collections.abc import Callable, Mapping

import grpc
from google.protobuf.descriptor import ServiceDescriptor
from msgspec import Struct

from gateway.domain.errors import ConfigError
from gateway.entrypoints.listening import require_free
from gateway.entrypoints.rpc import health
from gateway.entrypoints.rpc.guard import Guard, Handler, Prepared
from gateway.entrypoints.rpc.threads import CallThreads
from gateway.ports.tls import ServerTls

MAX_MESSAGE_BYTES = 4 * 1024**2
LAST_PORT = 65_535
CONNECTION_AGE = 30 * 60
"""Seconds after which clients are asked to connect anew: a certificate that was replaced or a
process that was added is noticed by then, see `RpcServer.replace_tls`."""


class ServerOptions(Struct, frozen=True, kw_only=True):
    """Sizes of one server."""

    threads: int = 8
    most_calls: int = 64
    """Calls in hand and waiting; more are refused with RESOURCE_EXHAUSTED."""
    longest_call: float = 300.0
    """Seconds for a call that streams."""
    reuse_port: bool = False
    """Only for several processes that share a port on purpose: else a second server silently takes
    half of the calls."""


class RpcServer:
    """A server that is bound to its port, and answers once started.

    Args:
        listen: `host:port`; port 0 takes a free one.
        service: The one service beside health.
        handlers: Its handlers, by method name.
        ready: What health answers by.
        bearer_listen: A second port, that asks for no client certificate: the library either
            requires one or does not ask. Only for a guard that knows bearer tokens.

    Raises:
        ConfigError: The address is taken or is none, the TLS keys are refused, or the permission
            table does not fit.
    """

    def __init__(
        self,
        *,
        listen: str,
        tls: ServerTls,
        service: ServiceDescriptor,
        handlers: Mapping[str, Handler],
        ready: Callable[[], bool],
        guard: Guard,
        options: ServerOptions,
        bearer_listen: str | None = None,
    ) -> None:
        self._health = health.Health(ready, service.full_name)
        self._server = grpc.server(
            CallThreads(options.threads),
            options=_channel_options(options),
            maximum_concurrent_rpcs=options.most_calls,
        )
        self._register(service.full_name, guard.wrap(service, handlers))
        health_handlers = guard.wrap(health.SERVICE, self._health.handlers())
        self._register(health.SERVICE.full_name, health_handlers)
        self._tls = tls
        self._reuse_port = options.reuse_port
        self.port = self._bind(listen, with_certificates=True)
        """The port that it is bound to."""
        self.bearer_port = 0
        """That without client certificates."""
        if bearer_listen is not None:
            self.bearer_port = self._bind(bearer_listen, with_certificates=False)

    def start(self) -> None:
        """Answer calls from now on."""
        self._server.start()

    def replace_tls(self, tls: ServerTls) -> None:
        """Show another certificate and let other CAs in, from the next connection on.

        Connections that stand keep what they began with, at most `CONNECTION_AGE`.
        """
        self._tls = tls

    def stop(self, grace: float) -> None:
        """Take no more calls; return when those in hand have ended or `grace` seconds passed."""
        self._health.stop()
        self._server.stop(grace).wait()

    def wait(self, timeout: float | None = None) -> bool:
        """Return when the server has stopped, or False after `timeout` seconds."""
        return not self._server.wait_for_termination(timeout)

    def _register(self, service: str, handlers: dict[str, Prepared]) -> None:
        # The library's core tells registered methods apart; generic handlers are asked in turn.
        self._server.add_registered_method_handlers(service, handlers)  # type: ignore[attr-defined] # the stubs lack it

    def _bind(self, listen: str, *, with_certificates: bool) -> int:
        host, _, port_text = listen.rpartition(":")
        # The library takes 99999 and listens on 34463.
        if not (host and port_text.isdecimal() and int(port_text) <= LAST_PORT):
            raise ConfigError(
                f"{listen!r} is no host:port to listen on", context={"listen": listen}
            )
        require_free(listen, reuse_port=self._reuse_port)
        shown = self._tls

        def changed() -> grpc.ServerCertificateConfiguration | None:
            # Asked at every connection.
            nonlocal shown
            latest = self._tls
            if latest is shown:
                return None
            shown = latest
            return _certificates(latest, with_certificates=with_certificates)

        credentials = grpc.dynamic_ssl_server_credentials(
            _certificates(shown, with_certificates=with_certificates),
            changed,  # type: ignore[arg-type] # the stubs forget None for "unchanged"
            require_client_authentication=with_certificates,
        )
        try:
            port = self._server.add_secure_port(listen, credentials)
        except RuntimeError as error:
            raise _keys_refused(listen) from error
        if not port:
            raise _keys_refused(listen)
        return port


def _certificates(
    tls: ServerTls, *, with_certificates: bool
) -> grpc.ServerCertificateConfiguration:
    authorities = tls.client_authorities if with_certificates else None
    return grpc.ssl_server_certificate_configuration(
        [(tls.key, tls.certificate)], root_certificates=authorities
    )


def _keys_refused(listen: str) -> ConfigError:
    # The library tells no reason; the address was tried before.
    message = f"cannot listen on {listen}: the address is free, but the TLS keys are refused"
    return ConfigError(message, context={"listen": listen})


def _channel_options(options: ServerOptions) -> tuple[tuple[str, int], ...]:
    return (
        ("grpc.so_reuseport", int(options.reuse_port)),
        ("grpc.max_receive_message_length", MAX_MESSAGE_BYTES),
        ("grpc.max_connection_age_ms", CONNECTION_AGE * 1000),
        ("grpc.max_connection_age_grace_ms", int(options.longest_call * 1000)),
    )
