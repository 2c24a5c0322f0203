"""Which fault an error of the HTTP library is; it wraps those of TLS and of sockets."""

import ssl
from collections.abc import Iterator
from typing import Final

import httpx

from gateway.domain.transport_faults import TransportFault

_CUT_OFF: Final = ("peer closed connection", "Server disconnected")
"""How the library begins to tell of a connection that ended, by the protocol's own errors."""


def fault_of(error: Exception, *, has_begun: bool) -> TransportFault:
    """Tell what went wrong on the way.

    Args:
        error: As it was raised; a deadline that has passed is told from outside.
        has_begun: The fields before the body had come.
    """
    causes = list(_with_causes(error))
    if any(isinstance(each, ssl.SSLCertVerificationError) for each in causes):
        return TransportFault.UNTRUSTED
    if any(isinstance(each, ssl.SSLError) for each in causes):
        return TransportFault.TLS
    match error:
        case httpx.ConnectError() | httpx.InvalidURL() | httpx.UnsupportedProtocol():
            return TransportFault.UNREACHABLE
        case httpx.RemoteProtocolError() if not str(error).startswith(_CUT_OFF):
            return TransportFault.MALFORMED
        case _:
            return TransportFault.TRUNCATED if has_begun else TransportFault.NO_ANSWER


def _with_causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
