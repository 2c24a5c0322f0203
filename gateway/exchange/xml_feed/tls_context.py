"""TLS contexts for both ends of the XML feed: mutual, TLS 1.2 or newer, only named authorities."""

import ssl
from secrets import token_hex
from tempfile import NamedTemporaryFile

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

from gateway.domain.errors import ConfigError
from gateway.ports.tls import ClientTls, ServerTls


def client_context(tls: ClientTls) -> ssl.SSLContext:
    """Return what home calls a partner with: its own certificate, the partner's CAs alone.

    Raises:
        ConfigError: Certificate, key or authorities cannot be used.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    _load_authorities(context, tls.authorities, "servers")
    _load_pair(context, tls.certificate, tls.key)
    return context


def server_context(tls: ServerTls) -> ssl.SSLContext:
    """Return what home is called with.

    A certificate of an authority that is not registered ends the handshake. A caller without any
    gets as far as a 403 that says so: nothing else is answered without a certificate.

    Raises:
        ConfigError: Certificate, key or authorities cannot be used.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.verify_mode = ssl.CERT_OPTIONAL
    context.set_alpn_protocols(["http/1.1"])
    # A gateway without partners yet has none; then every certificate is a stranger's.
    if tls.client_authorities.strip():
        _load_authorities(context, tls.client_authorities, "clients")
    _load_pair(context, tls.certificate, tls.key)
    return context


class ReplaceableContext:
    """The context of a running server, whose certificate and authorities can be replaced.

    `outer` is what the server was started with. At each handshake, before a certificate is shown or
    asked for, the connection is handed over to the newest context: so an authority that is gone
    lets nobody in any more, which loading into the same context could not do.

    Raises:
        ConfigError: Certificate, key or authorities cannot be used.
    """

    def __init__(self, tls: ServerTls) -> None:
        self._newest = server_context(tls)
        self.outer = server_context(tls)
        self.outer.sni_callback = self._hand_over

    def replace(self, tls: ServerTls) -> None:
        """Use these from the next handshake on; connections that stand are left alone.

        Raises:
            ConfigError: They cannot be used; those from before stay.
        """
        self._newest = server_context(tls)

    def _hand_over(
        self,
        connection: ssl.SSLSocket | ssl.SSLObject,
        host: str | None,
        outer: ssl.SSLContext,
    ) -> None:
        # Called also for a client that names no host.
        del host, outer
        connection.context = self._newest


def _load_authorities(context: ssl.SSLContext, authorities: bytes, peers: str) -> None:
    # Partners may pin the certificate itself instead of a CA: OpenSSL then needs a chain that ends
    # at a certificate that is not self-signed.
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    try:
        context.load_verify_locations(cadata=authorities.decode("ascii"))
    except (ssl.SSLError, UnicodeDecodeError) as error:
        raise ConfigError(f"the authorities of tls {peers} are no pem certificates") from error


def _load_pair(context: ssl.SSLContext, certificate: bytes, key: bytes) -> None:
    """Load a pair that is in memory; the ssl module reads it from files only.

    The key is in that private file under a password that lives as long as this call.
    """
    password = token_hex(32)
    try:
        locked = load_pem_private_key(key, password=None).private_bytes(
            Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(password.encode("ascii"))
        )
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise ConfigError("the tls key is no unencrypted pem private key") from error
    with NamedTemporaryFile(suffix=".pem") as file:
        file.write(certificate.rstrip() + b"\n" + locked)
        file.flush()
        try:
            context.load_cert_chain(file.name, password=password)
        except ssl.SSLError as error:
            message = f"the tls certificate cannot be used with its key: {error.reason}"
            raise ConfigError(message) from error
