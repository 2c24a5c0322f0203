"""The XML feed for large lists: containers (SIG-2). Heads and acknowledgements are as in `feed`."""

from datetime import datetime
from typing import Any, Final

from msgspec.structs import replace

from gateway.domain.acknowledgements import Acknowledgement
from gateway.domain.documents import Packaging, Unverified, Verified
from gateway.domain.errors import ContainerError, NotWellFormedError
from gateway.domain.lists import ListHeader, StatusList
from gateway.domain.profiles import Limits, TrustAnchors
from gateway.exchange.xml_feed.codec import list_pieces
from gateway.exchange.xml_feed.feed import XmlOpener, XmlSealer
from gateway.exchange.xml_feed.list_stream import ListStream
from gateway.ports.feed import KnownMembers, no_members
from gateway.trust.asice import open_container, seal_container
from gateway.trust.certificates import require_valid_when_issued
from gateway.trust.container import is_container
from gateway.trust.keys import SigningKey
from gateway.trust.spooled import SpooledFile

CHECKED: Final = 1000
"""Operators of a list of ours that are held to the schema before it leaves."""


class AsiceOpener:
    """Opens containers, and the XML of heads and acknowledgements."""

    def __init__(self) -> None:
        self._xml = XmlOpener()

    def open(
        self, sealed: Unverified, anchors: TrustAnchors, limits: Limits, now: datetime
    ) -> Verified[Any]:
        """Check size, shape and signature; the content of a list is a private file.

        Raises:
            TooLargeError: More bytes than `limits` allow, packed or unpacked.
            ContainerError: Another container than SIG-2 describes.
            NotWellFormedError: The bytes are neither container nor XML, or chunks came along.
            ForbiddenMarkupError: A DOCTYPE, comment or processing instruction.
            SignatureError: Missing, malformed, or not over this list.
            UnknownSignerError: The key is not registered for this use.
            CertificateError: The certificate is not valid at `now`.
            WeakAlgorithmError: An algorithm, transform or reference that is not allowed.
            MachineError: There is no room to unpack the list.
        """
        if not is_container(sealed.document):
            return self._xml.open(sealed, anchors, limits, now)
        # ACC-1: a container is one document
        if sealed.chunks:
            raise NotWellFormedError("a container has no chunks")
        return open_container(sealed.document, anchors, limits, now=now)

    def decode(
        self,
        verified: Verified[Any],
        anchors: TrustAnchors,
        limits: Limits,
        known: KnownMembers = no_members,
    ) -> StatusList:
        """Decode a verified list while it is read from its file.

        Raises:
            ContainerError: It came without a container.
            UnknownVersionError: A higher version than known here.
            TooLargeError: More operators than `limits` allow, or one is too large.
            NotWellFormedError: The list does not parse.
            ForbiddenMarkupError: A DOCTYPE, comment or processing instruction.
            SchemaViolationError: As for an enveloped list.
            SignatureError: It holds a signature beside that of the container.
            CertificateError: Not valid at `IssueDateTime`, or signed at another time.
            UnknownSignerError: Not issued by a registered CA then.
            WeakAlgorithmError: An algorithm that is not registered.
        """
        file = verified.content
        # SIG-2: the profile says which packaging is sent; a list in another is not taken
        if not isinstance(file, SpooledFile):
            raise ContainerError("the list is no container, as was agreed")
        stream = ListStream(file.pieces(), limits)
        # SIG-5: valid at IssueDateTime too, and signed within 5 minutes of it
        require_valid_when_issued(verified, anchors, stream.header.issued_at)
        return stream.decode(known)

    def decode_head(self, verified: Verified[Any], anchors: TrustAnchors) -> ListHeader:
        """Decode a verified head. Raises as `XmlOpener`.

        Raises:
            ContainerError: It is a whole list.
        """
        # SIG-3: a head is its own signed document
        if isinstance(verified.content, SpooledFile):
            raise ContainerError("a container is no head")
        return self._xml.decode_head(verified, anchors)

    def open_acknowledgement(
        self, document: bytes, anchors: TrustAnchors, now: datetime
    ) -> Acknowledgement:
        """Verify and decode an acknowledgement. Raises as `XmlOpener`."""
        return self._xml.open_acknowledgement(document, anchors, now)


class AsiceSealer(XmlSealer):
    """Signs lists in containers, and all else as its base does."""

    packaging = Packaging.ASICE

    def write_list(self, status_list: StatusList) -> bytes:
        """Write, pack and sign a list.

        Its beginning is held to the schema: operators passed the field rules when they came in, and
        to parse all of them again would cost as much as to write, pack and sign them.

        Raises:
            SchemaViolationError: A field breaks a rule.
        """
        self.require_valid(
            replace(
                status_list,
                operators=status_list.operators[:CHECKED],
                changes=status_list.changes[:CHECKED],
            )
        )
        issued_at = status_list.header.issued_at
        return seal_container(list_pieces(status_list), self._list_key, signed_at=issued_at)


class AsiceFeed:
    """The feed of one process that packs lists into containers."""

    hybrid = None

    def __init__(self, list_key: SigningKey, acknowledgement_key: SigningKey) -> None:
        self.opener = AsiceOpener()
        self.sealer = AsiceSealer(list_key, acknowledgement_key)
