"""Who is at the other end: the client certificate of the TLS connection, in the ASGI scope.

uvicorn does not put it there. It comes from the connection alone, never from a header, so that
nobody can claim to be another.
"""

import asyncio
from collections.abc import Mapping
from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

EXTENSION: Final = "mra.peer_certificate"


class PeerCertificateProtocol(HttpToolsProtocol):
    """HTTP/1.1 over mutual TLS."""

    certificate: bytes | None = None
    """In DER, if one was shown."""
    _extensions: Mapping[str, Any] = {}

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as in uvicorn
        """Read the certificate once: of a connection it stays the same."""
        super().connection_made(transport)
        secured = transport.get_extra_info("ssl_object")
        self.certificate = None if secured is None else secured.getpeercert(binary_form=True)
        shown = {} if self.certificate is None else {EXTENSION: {"der": self.certificate}}
        self._extensions = shown

    def on_message_begin(self) -> None:
        """Start a request; the scope gets the DER certificate, or none if none was shown."""
        super().on_message_begin()
        self.scope["extensions"] = {**self._extensions}


def certificate_of(scope: Mapping[str, Any]) -> bytes | None:
    """Return the DER certificate of whoever calls, or none if none was shown."""
    shown = (scope.get("extensions") or {}).get(EXTENSION)
    return None if shown is None else shown["der"]
