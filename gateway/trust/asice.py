"""ASiC-E with XAdES (SIG-2): a list in a container, signed by the digest of its raw bytes.

In this order: the container's headers, the signature, and only when that is a registered signer's
the list itself, which is unpacked into a private file and hashed on the way. That file is what is
decoded afterwards, so that nothing can change in between and no tree of all of it is ever made.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from hashlib import sha256
from io import BytesIO
from typing import Final

from lxml import etree

from gateway.domain.documents import Verified
from gateway.domain.errors import MachineError, SignatureError, TooLargeError
from gateway.domain.profiles import Limits, TrustAnchors
from gateway.trust.container import (
    LIST,
    SIGNATURES,
    Member,
    read_members,
    unpack,
    write_container,
)
from gateway.trust.keys import SigningKey
from gateway.trust.signxml_overrides import FileSigner, FileVerifier
from gateway.trust.spooled import SpooledFile
from gateway.trust.xades import open_signature, write_signed
from gateway.trust.xades_rules import DataReference
from gateway.trust.xml_parsing import parse

MAX_SIGNATURE_BYTES: Final = 256 * 1024
_NAMESPACE: Final = "http://uri.etsi.org/02918/v1.2.1#"
_SIGNATURES: Final = f"{{{_NAMESPACE}}}XAdESSignatures"
RAW_LIST: Final = DataReference(LIST, ())
"""SIG-2: the reference digests the raw bytes, so it has no transforms."""


def open_container(
    container: bytes, anchors: TrustAnchors, limits: Limits, *, now: datetime
) -> Verified[SpooledFile]:
    """Verify a container and return the list in it, unpacked into a private file.

    Args:
        container: As received.
        anchors: Of the lists (SIG-6).
        limits: On the sizes of container and list, and on the depth of the signature.
        now: First receipt.

    Raises:
        TooLargeError: The container, its signature or the unpacked list is larger than allowed.
        ContainerError: It is not exactly the container that SIG-2 describes.
        NotWellFormedError: The signature does not parse.
        ForbiddenMarkupError: The signature has a DOCTYPE, comment or processing instruction.
        SignatureError: Missing, malformed, more than one, or not over this list.
        UnknownSignerError: The key is not registered for this use.
        CertificateError: As `check_signer`.
        WeakAlgorithmError: As `check_signer`, or a reference, transform or algorithm is not
            allowed.
        ConfigError: As `check_signer`.
        MachineError: There is no room to unpack the list.
    """
    _require_room("container", len(container), limits.max_container_bytes)
    members = read_members(container)
    root = _signatures(members[SIGNATURES], limits)
    listed = members[LIST]
    _require_room(LIST, listed.size, limits.max_body_bytes)
    spooled: list[SpooledFile] = []

    def digest_of(algorithm: str) -> bytes:
        spooled.append(spool(unpack(listed), algorithm))
        return spooled[-1].digest

    verified = open_signature(root, FileVerifier(LIST, digest_of), RAW_LIST, anchors, now=now)
    return Verified(content=spooled[0], signer=verified.signer, signed_at=verified.signed_at)


def seal_container(pieces: Iterable[bytes], key: SigningKey, *, signed_at: datetime) -> bytes:
    """Pack a list as it is written, sign its SHA-256, and return the container with both.

    Raises:
        ConfigError: The key's algorithm has no XML signature method.
    """
    digest = sha256()

    def digested() -> Iterator[bytes]:
        for piece in pieces:
            digest.update(piece)
            yield piece

    def signature() -> Iterator[bytes]:
        root = etree.Element(_SIGNATURES, nsmap={"asic": _NAMESPACE})
        yield write_signed(
            root,
            lambda method: FileSigner(method, signed_at, uri=LIST, digest=digest.digest()),
            key,
        )

    file = BytesIO()
    # In this order: when the signature is asked for, the list has gone by.
    write_container(file, ((LIST, digested()), (SIGNATURES, signature())))
    return file.getvalue()


def spool(pieces: Iterable[bytes], algorithm: str) -> SpooledFile:
    """Write pieces into a private file, digesting them on the way.

    Raises:
        MachineError: There is no room for it.
    """
    file = SpooledFile(algorithm)
    try:
        for piece in pieces:
            file.write(piece)
        file.flush()
    except OSError as error:
        raise MachineError(f"the list cannot be unpacked: {error.strerror}") from error
    return file


def read_signature(container: bytes, limits: Limits) -> etree._Element:
    """Return the document with the signature of a container, verified by nobody.

    Raises:
        TooLargeError: As `open_container`.
        ContainerError: As `open_container`.
        NotWellFormedError: As `open_container`.
        ForbiddenMarkupError: As `open_container`.
        SignatureError: It holds anything but one signature.
    """
    return _signatures(read_members(container)[SIGNATURES], limits)


def _signatures(member: Member, limits: Limits) -> etree._Element:
    _require_room(SIGNATURES, member.size, MAX_SIGNATURE_BYTES)
    root = parse(b"".join(unpack(member)), limits)
    # SIG-2: one signature, and nothing beside it
    if root.tag != _SIGNATURES or len(root) > 1 or root.attrib:
        raise SignatureError(f"{SIGNATURES} holds other elements than one signature")
    return root


def _require_room(what: str, size: int, most: int) -> None:
    # ACC-1: size, before anything is unpacked
    if size > most:
        message = f"{what} has {size} bytes, {most} are allowed"
        raise TooLargeError(message, context={"limit": str(most)})
