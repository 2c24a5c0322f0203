"""Who is at the other end: the client certificate of the TLS connection, in the ASGI scope.

uvicorn does not put it there. It comes from the connection alone, never from a header, so that
nobody can claim to be another.
"""

from typing import Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

EXTENSION: Final = "mra.peer_certificate"


class PeerCertificateProtocol(HttpToolsProtocol):
    """HTTP/1.1 over mutual TLS."""

    def on_message_begin(self) -> None:
        """Start a request; the scope gets the DER certificate, or none if none was shown."""
        super().on_message_begin()
        secured = self.transport.get_extra_info("ssl_object")
        der = None if secured is None else secured.getpeercert(binary_form=True)
        self.scope["extensions"] = {} if der is None else {EXTENSION: {"der": der}}
