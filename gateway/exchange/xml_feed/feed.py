"""The XML feed: XAdES-sealed lists, heads and acknowledgements (SIG-1)."""

from datetime import datetime

from lxml import etree

from gateway.domain.acknowledgements import Acknowledgement
from gateway.domain.documents import Packaging, SealedList, Unverified, Verified
from gateway.domain.errors import NotWellFormedError
from gateway.domain.lists import ListHeader, StatusList
from gateway.domain.profiles import Limits, TrustAnchors
from gateway.exchange.xml_feed.acknowledgement_codec import (
    acknowledgement_from_xml,
    acknowledgement_to_xml,
)
from gateway.exchange.xml_feed.codec import (
    head_to_xml,
    header_from_xml,
    list_to_xml,
    operators_from_xml,
)
from gateway.exchange.xml_feed.schema import SchemaName
from gateway.ports.feed import KnownMembers, no_members
from gateway.trust.certificates import require_valid_when_issued
from gateway.trust.keys import SigningKey
from gateway.trust.xades import open_sealed, seal
from gateway.trust.xml_parsing import parse


class XmlOpener:
    """Opens what partners sent: size and shape, signature, schema, fields, in this order."""

    def open(
        self, sealed: Unverified, anchors: TrustAnchors, limits: Limits, now: datetime
    ) -> Verified[etree._Element]:
        """Check size, shape and signature; the content is the tree that the verifier returned.

        Raises:
            TooLargeError: More bytes or a deeper tree than `limits` allow.
            NotWellFormedError: The bytes do not parse, or chunks came along.
            ForbiddenMarkupError: A DOCTYPE, comment or processing instruction.
            SignatureError: Missing, malformed, or not over these bytes.
            UnknownSignerError: The key is not registered for this use.
            CertificateError: The certificate is not valid at `now`.
            WeakAlgorithmError: An algorithm or transform that is not allowed.
        """
        # ACC-1: an enveloped list is one document
        if sealed.chunks:
            raise NotWellFormedError("an xml list has no chunks")
        return open_sealed(sealed.document, anchors, limits, now=now)

    def decode(
        self,
        verified: Verified[etree._Element],
        anchors: TrustAnchors,
        limits: Limits,
        known: KnownMembers = no_members,
    ) -> StatusList:
        """Decode a verified list; the signer's certificate was valid when it was issued.

        Raises:
            UnknownVersionError: A higher version than known here.
            TooLargeError: More operators than `limits` allow.
            SchemaViolationError: XSD or field rules are broken; path, expected, found and line
                are in its context.
            CertificateError: Not valid at `IssueDateTime`, or signed at another time.
            UnknownSignerError: Not issued by a registered CA then.
            WeakAlgorithmError: An algorithm that is not registered.
        """
        del known  # every element was looked at when the signature was checked
        root = verified.content
        header = header_from_xml(root, SchemaName.LIST, limits)
        # SIG-5: valid at IssueDateTime too, and signed within 5 minutes of it
        require_valid_when_issued(verified, anchors, header.issued_at)
        return operators_from_xml(root, header)

    def decode_head(self, verified: Verified[etree._Element], anchors: TrustAnchors) -> ListHeader:
        """Decode a verified head. Raises as `decode`."""
        header = header_from_xml(verified.content, SchemaName.HEAD, Limits())
        # SIG-5: as for the list
        require_valid_when_issued(verified, anchors, header.issued_at)
        return header

    def open_acknowledgement(
        self, document: bytes, anchors: TrustAnchors, now: datetime
    ) -> Acknowledgement:
        """Verify and decode an acknowledgement. Raises as `open` and `decode`."""
        verified = open_sealed(document, anchors, Limits(), now=now)
        acknowledgement = acknowledgement_from_xml(verified.content)
        # SIG-5: an answer is signed when it is given
        require_valid_when_issued(verified, anchors, acknowledgement.acknowledged_at)
        return acknowledgement


class XmlSealer:
    """Signs what home says. What leaves has passed the schema that partners will judge it by."""

    packaging = Packaging.XADES

    def __init__(self, list_key: SigningKey, acknowledgement_key: SigningKey) -> None:
        self.signer = list_key.fingerprint
        self._list_key = list_key
        self._acknowledgement_key = acknowledgement_key

    def seal_list(self, status_list: StatusList) -> SealedList:
        """Write and sign a list, FULL or DELTA, and its head.

        Raises:
            TooLargeError: More than such a list may hold: larger ones travel in containers.
            SchemaViolationError: A field breaks a rule.
        """
        header = status_list.header
        head = parse(head_to_xml(header), Limits())
        header_from_xml(head, SchemaName.HEAD, Limits())
        return SealedList(
            packaging=self.packaging,
            document=self.write_list(status_list),
            head=seal(head, self._list_key, signed_at=header.issued_at),
        )

    def write_list(self, status_list: StatusList) -> bytes:
        """Write, check and sign a list. Raises as `seal_list`."""
        document = self.require_valid(status_list)
        return seal(document, self._list_key, signed_at=status_list.header.issued_at)

    def require_valid(self, status_list: StatusList) -> etree._Element:
        """Return a list as a tree that passes what partners judge it by. Raises as `seal_list`."""
        document = parse(list_to_xml(status_list), Limits())
        header_from_xml(document, SchemaName.LIST, Limits())
        return document

    def seal_acknowledgement(self, acknowledgement: Acknowledgement) -> bytes:
        """Write and sign an acknowledgement, with the key for acknowledgements (SIG-6).

        Raises:
            SchemaViolationError: A field breaks a rule.
        """
        root = parse(acknowledgement_to_xml(acknowledgement), Limits())
        acknowledgement_from_xml(root)
        return seal(root, self._acknowledgement_key, signed_at=acknowledgement.acknowledged_at)

    def made(self, acknowledgement: bytes) -> bool:
        """Tell whether it is XML, which no envelope begins like."""
        return acknowledgement.startswith(b"<")


class XmlFeed:
    """The XML feed of one process."""

    hybrid = None

    def __init__(self, list_key: SigningKey, acknowledgement_key: SigningKey) -> None:
        self.opener = XmlOpener()
        self.sealer = XmlSealer(list_key, acknowledgement_key)
