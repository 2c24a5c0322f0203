"""A client that trusts nobody and looks at what a server shows."""

import socket
import ssl


def shown_by(address: str, host: str | None = "localhost") -> bytes:
    """Return the certificate that a server shows to a client that trusts nobody."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_alpn_protocols(["h2", "http/1.1"])
    name, _, port = address.rpartition(":")
    with (
        socket.create_connection((name, int(port)), timeout=20) as plain,
        context.wrap_socket(plain, server_hostname=host) as secured,
    ):
        certificate = secured.getpeercert(binary_form=True)
    assert certificate is not None
    return certificate
