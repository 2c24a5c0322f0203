"""Why a server cannot listen on its address: in the same words over gRPC, HTTP and for metrics."""

import errno
import socket
from typing import Final

from gateway.domain.errors import ConfigError

_WORDS: Final = {
    errno.EADDRINUSE: "the port is taken",
    errno.EADDRNOTAVAIL: "this machine has no such address",
}


def cannot_listen(listen: str, error: Exception) -> ConfigError:
    """Return what is to be told when an address cannot be listened on.

    Args:
        listen: `host:port`.
        error: Of the system, or of whoever read the address.
    """
    if isinstance(error, socket.gaierror):
        why = "there is no such host"
    elif isinstance(error, OSError):
        why = _WORDS.get(error.errno or 0) or error.strerror or str(error)
    else:
        why = str(error)
    return ConfigError(f"cannot listen on {listen}: {why}", context={"listen": listen})


def require_free(listen: str, *, reuse_port: bool) -> None:
    """Return if an address can be bound, for a server that does not tell why it cannot.

    A name with several addresses is good if one of them is, as gRPC has it.

    Args:
        listen: `host:port`.
        reuse_port: Whether others that share the port on purpose are no hindrance.

    Raises:
        ConfigError: The port is taken, or there is no such address.
    """
    host, _, port = listen.rpartition(":")
    failed: OSError | None = None
    try:
        found = socket.getaddrinfo(host.strip("[]"), int(port), type=socket.SOCK_STREAM)
    except OSError as error:
        raise cannot_listen(listen, error) from error
    for family, kind, protocol, _name, address in found:
        try:
            with socket.socket(family, kind, protocol) as tried:
                # As the server sets it: connections that have just ended hold no port.
                tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                if reuse_port:
                    tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
                tried.bind(address)
        except OSError as error:
            failed = error
        else:
            return
    if failed is not None:
        raise cannot_listen(listen, failed) from failed
