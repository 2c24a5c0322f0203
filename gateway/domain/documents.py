"""Bytes from outside, before and after verification: mixing them is a type error.

`Unverified` comes from a transport. Only `gateway.trust` makes a `Verified` (a test holds it to
that). All wire formats fit: an XML list and a container are one document without chunks; a gRPC
list is a DSSE envelope with the chunks that its signed header pins (SIG-3).
"""

from base64 import b64encode
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from textwrap import wrap
from typing import Generic, TypeVar

from msgspec import Struct

Content = TypeVar("Content")


class Packaging(StrEnum):
    """How a document is sealed."""

    XADES = "xades"
    """Enveloped XAdES-B-B (SIG-1)."""
    ASICE = "asice"
    """XAdES-B-B beside the list, in an ASiC-E container (SIG-2)."""
    DSSE = "dsse"
    """DSSE envelope over protobuf (SIG-3)."""


class Parts(Struct, frozen=True, kw_only=True):
    """A document, with its chunks where the format has any."""

    document: bytes
    chunks: tuple[bytes, ...] = ()

    @property
    def digest(self) -> str:
        """SHA-256 over document and chunks, each with its length, as hex (ACC-0)."""
        whole = sha256()
        for part in (self.document, *self.chunks):
            whole.update(len(part).to_bytes(8, "big"))
            whole.update(part)
        return whole.hexdigest()

    @property
    def size(self) -> int:
        """Bytes in all."""
        return len(self.document) + sum(map(len, self.chunks))


class SealedList(Parts, frozen=True, kw_only=True):
    """A list as signed, kept and served byte for byte (PUB-4)."""

    packaging: Packaging
    head: bytes
    """The signed head: for DSSE the envelope itself, else an XML document of its own."""


class Unverified(Parts, frozen=True, kw_only=True):
    """Bytes that nobody has vouched for yet."""


class SignerIdentity(Struct, frozen=True, kw_only=True):
    """Who signed: the certificate that was checked, not the hint that was sent."""

    fingerprint: str
    """Hex SHA-256 of the DER certificate."""
    subject: str
    """RFC 4514."""
    country: str | None
    algorithm: str
    """As in the profile: `ecdsa-p256-sha256`, `ed25519`, ..."""
    certificate: bytes
    """DER."""
    chain: tuple[bytes, ...] = ()
    """DER of the certificates that came beside it: a hint, kept to check other moments (SIG-5)."""
    crl_ended_at: datetime | None = None
    """When the revocation list ended that was taken in its grace (SIG-9)."""
    beside: "SignerIdentity | None" = None
    """Who made the second signature of a hybrid stream (SIG-4)."""

    @property
    def pem(self) -> str:
        """The certificate as PEM (RFC 7468)."""
        lines = wrap(b64encode(self.certificate).decode("ascii"), 64)
        return "\n".join(("-----BEGIN CERTIFICATE-----", *lines, "-----END CERTIFICATE-----", ""))


class Verified(Struct, Generic[Content], frozen=True, kw_only=True):
    """What the verifier returned, and nothing else (SIG-7)."""

    content: Content
    chunks: tuple[bytes, ...] = ()
    signer: SignerIdentity
    signed_at: datetime | None
    """XAdES `SigningTime`; DSSE has none."""
