"""The only way from bytes to an XML tree: limits and forbidden markup before anything else.

Everything that could make two readers see two documents is refused here: other encodings, DOCTYPE,
entities, comments, processing instructions (SIG-1, SIG-4, ACC-1).
"""

import re

from lxml import etree

from gateway.domain.errors import ForbiddenMarkupError, NotWellFormedError, TooLargeError
from gateway.domain.profiles import Limits

_DECLARATION = re.compile(
    rb"\A<\?xml\s+version\s*=\s*[\"']1\.0[\"']"
    rb"(?:\s+encoding\s*=\s*[\"'](?P<encoding>[A-Za-z0-9._-]+)[\"'])?"
    rb"(?:\s+standalone\s*=\s*[\"'](?:yes|no)[\"'])?\s*\?>"
)
_ANY_DECLARATION = re.compile(rb"\A<\?xml\s")
_MAX_DECLARATION_BYTES = 256
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def parse(document: bytes, limits: Limits) -> etree._Element:
    """Parse a document from outside, without entities, network or DTD.

    Raises:
        TooLargeError: More bytes or levels than `limits` allow.
        NotWellFormedError: Empty, cut off, not UTF-8, not XML 1.0.
        ForbiddenMarkupError: A DOCTYPE, comment or processing instruction.
    """
    # ACC-1: size
    if len(document) > limits.max_document_bytes:
        message = f"document has {len(document)} bytes, {limits.max_document_bytes} are allowed"
        raise TooLargeError(message)
    _check_encoding(document)
    _check_markup(document)
    try:
        root = etree.fromstring(document, make_parser())  # noqa: TID251 - this is that module
    except etree.XMLSyntaxError as error:
        raise NotWellFormedError(f"document is not well-formed: {error.msg}") from error
    # ACC-1: depth
    if _is_deeper(root, limits.max_depth):
        raise TooLargeError(f"document is nested deeper than {limits.max_depth} levels")
    return root


def make_parser() -> etree.XMLParser:
    """Return a new parser that fetches and expands nothing.

    `huge_tree` stays off: libxml2 then keeps its own bounds on depth and single texts, and reads
    32 MiB without it.
    """
    return etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
    )


def _check_encoding(document: bytes) -> None:
    # ACC-1: an empty answer is no document (see SYN-7)
    if not document or document.isspace():
        raise NotWellFormedError("document is empty")
    try:
        document.decode("utf-8")
    except UnicodeDecodeError as error:
        raise NotWellFormedError(f"document is not utf-8 at byte {error.start}") from error
    start = document[:_MAX_DECLARATION_BYTES].removeprefix(_BYTE_ORDER_MARK)
    declaration = _DECLARATION.match(start)
    # ACC-1: XML 1.1 allows other characters and line ends
    if declaration is None and _ANY_DECLARATION.match(start):
        raise NotWellFormedError("document does not declare xml 1.0 in the usual form")
    encoding = declaration and declaration["encoding"]
    # ACC-1: what another reader would decode differently
    if encoding and encoding.lower() != b"utf-8":
        raise NotWellFormedError(f"document declares encoding {encoding.decode()}, not utf-8")


def _check_markup(document: bytes) -> None:
    # Bytes, not nodes: lxml drops entity texts and keeps a DOCTYPE even when told to resolve
    # nothing, so it must not see one. UTF-8 was checked, so that these bytes are these characters.
    # Inside CDATA they would be harmless; nobody who exchanges lists needs them there.
    # SIG-4: any DOCTYPE
    if b"<!DOCTYPE" in document:
        raise ForbiddenMarkupError("document has a doctype")
    # SIG-1: comments are not signed by canonicalisation
    if b"<!--" in document:
        raise ForbiddenMarkupError("document has a comment")
    declared = _ANY_DECLARATION.match(
        document[:_MAX_DECLARATION_BYTES].removeprefix(_BYTE_ORDER_MARK)
    )
    # SIG-1: processing instructions; the declaration at the start is none
    if document.count(b"<?") > (1 if declared else 0):
        raise ForbiddenMarkupError("document has a processing instruction")


def _is_deeper(root: etree._Element, levels: int) -> bool:
    return bool(etree.XPath(f"boolean(/*{'/*' * levels})")(root))
