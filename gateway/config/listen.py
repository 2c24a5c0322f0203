"""Network addresses: `host:port` to listen on, `https://` to fetch from."""

from urllib.parse import urlsplit


def require_host_port(value: str) -> str:
    """Return `value` if it is a host and a port.

    Raises:
        ValueError: It is not.
    """
    host, colon, port = value.rpartition(":")
    if not (host and colon and port.isascii() and port.isdecimal() and 0 < int(port) < 1 << 16):
        raise ValueError(f'{value!r} is not a host and a port such as "127.0.0.1:7443"')
    if ":" in host and not (host.startswith("[") and host.endswith("]")):
        raise ValueError(f'{value!r}: an IPv6 address stands in brackets, as in "[::1]:7443"')
    return value


def next_port(listen: str, number: int) -> str:
    """Return an address with its port raised by a number: of several processes, each has its own.

    A port of 0 stays: any free one.
    """
    host, _, port = listen.rpartition(":")
    return f"{host}:{int(port) + number if int(port) else 0}"


def require_https(value: str) -> str:
    """Return `value` if it is an HTTPS address without user or fragment.

    Raises:
        ValueError: It is not.
    """
    try:
        parts = urlsplit(value)
        fits = parts.scheme == "https" and parts.hostname and parts.port != 0
        fits = fits and not ("@" in parts.netloc or parts.fragment) and value.isprintable()
    except ValueError:
        fits = False
    if not fits:
        raise ValueError(f'{value!r} is no address such as "https://login.example/keys"')
    return value
