"""Key material for transports, as PEM bytes: the feeds and servers take it, bootstrap reads it."""

from msgspec import Struct


class ClientTls(Struct, frozen=True, kw_only=True):
    """What home shows when it calls a partner, and whom it believes there."""

    certificate: bytes
    """PEM chain of the client certificate."""
    key: bytes
    """PEM private key."""
    authorities: bytes
    """PEM certificates of the CAs of the partner's server."""

    def __repr__(self) -> str:
        """Leave the key out of logs and errors."""
        return "ClientTls(…)"


class ServerTls(Struct, frozen=True, kw_only=True):
    """What a server of home shows, and whose client certificates it lets in the door."""

    certificate: bytes
    key: bytes
    client_authorities: bytes
    """PEM certificates of CAs; who the caller is, its fingerprint alone decides."""

    def __repr__(self) -> str:
        """Leave the key out of logs and errors."""
        return "ServerTls(…)"
