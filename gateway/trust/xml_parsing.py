"""The only way from bytes to an XML tree: limits and forbidden markup before anything else.

Everything that could make two readers see two documents is refused here: other encodings, DOCTYPE,
entities, comments, processing instructions (SIG-1, SIG-4, ACC-1).
"""

import re
from codecs import getincrementaldecoder
from collections.abc import Mapping
from typing import Any, Final

from lxml import etree

from gateway.domain.errors import ForbiddenMarkupError, NotWellFormedError, TooLargeError
from gateway.domain.profiles import Limits

_SAFE: Final[Mapping[str, Any]] = {
    "encoding": "utf-8",
    "resolve_entities": False,
    "no_network": True,
    "load_dtd": False,
    "dtd_validation": False,
    "huge_tree": False,
}
_DECLARATION = re.compile(
    rb"\A<\?xml\s+version\s*=\s*[\"']1\.0[\"']"
    rb"(?:\s+encoding\s*=\s*[\"'](?P<encoding>[A-Za-z0-9._-]+)[\"'])?"
    rb"(?:\s+standalone\s*=\s*[\"'](?:yes|no)[\"'])?\s*\?>"
)
_ANY_DECLARATION = re.compile(rb"\A<\?xml\s")
_MAX_DECLARATION_BYTES = 256
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
MAX_DECLARED: Final = 64
"""Namespaces that one tag may declare, and attributes that it may have; lists need four. What signs
and verifies takes a time with them that grows as their square: minutes for a megabyte."""
_HAS_MANY_ATTRIBUTES: Final = etree.XPath(f"boolean(//*/@*[{MAX_DECLARED + 1}])")
_NAMESPACE = b"xmlns"
_DOCTYPE = b"<!DOCTYPE"
"""The longest of what is looked for."""


def parse(document: bytes, limits: Limits) -> etree._Element:
    """Parse a document from outside, without entities, network or DTD.

    Raises:
        TooLargeError: More bytes or levels than `limits` allow, or a tag of very many attributes.
        NotWellFormedError: Empty, cut off, not UTF-8, not XML 1.0.
        ForbiddenMarkupError: A DOCTYPE, comment or processing instruction.
    """
    # ACC-1: size
    if len(document) > limits.max_document_bytes:
        message = f"document has {len(document)} bytes, {limits.max_document_bytes} are allowed"
        raise TooLargeError(message)
    gate = MarkupGate()
    gate.take(document)
    gate.end()
    try:
        root = etree.fromstring(document, make_parser())  # noqa: TID251 - this is that module
    except etree.XMLSyntaxError as error:
        raise NotWellFormedError(f"document is not well-formed: {error.msg}") from error
    require_shallow(root, limits)
    # ACC-1: attributes of a tag
    if _HAS_MANY_ATTRIBUTES(root):
        raise TooLargeError(f"document has a tag with more than {MAX_DECLARED} attributes")
    return root


def make_parser() -> etree.XMLParser:
    """Return a new parser that fetches and expands nothing.

    `huge_tree` stays off: libxml2 then keeps its own bounds on depth and single texts, and reads
    32 MiB without it.
    """
    return etree.XMLParser(**_SAFE)


def make_pull_parser(tag: str) -> etree.XMLPullParser:
    """Return a new parser of the same kind that is fed piece by piece; it tells of ended `tag`s."""
    return etree.XMLPullParser(events=("end",), tag=tag, **_SAFE)


class MarkupGate:
    """Looks at the bytes of a document, in one piece or in several, before a parser sees them.

    Bytes, not nodes: lxml drops entity texts and keeps a DOCTYPE even when told to resolve nothing,
    so it must not see one. UTF-8 is checked, so that these bytes are these characters. Inside CDATA
    they would be harmless; nobody who exchanges lists needs them there.
    """

    def __init__(self) -> None:
        self._decoder = getincrementaldecoder("utf-8")()
        self._taken = 0
        self._is_blank = True
        self._before = b""
        self._declared = 0
        """Namespaces since the newest `<`."""

    def take(self, piece: bytes) -> None:
        """Look at the next piece; a declaration stands in the first as a whole.

        Raises:
            NotWellFormedError: Not UTF-8, or declared as something else than XML 1.0 in UTF-8.
            ForbiddenMarkupError: A DOCTYPE, comment or processing instruction.
            TooLargeError: Very many namespaces in one tag.
        """
        self._decode(piece)
        declared = 0 if self._taken else _check_declaration(piece)
        self._taken += len(piece)
        self._is_blank = self._is_blank and (not piece or piece.isspace())
        window = self._before + piece
        # What begins in one piece may end in the next.
        self._before = window[1 - len(_DOCTYPE) :]
        # SIG-4: any DOCTYPE
        if _DOCTYPE in window:
            raise ForbiddenMarkupError("document has a doctype")
        # SIG-1: comments are not signed by canonicalisation
        if b"<!--" in window:
            raise ForbiddenMarkupError("document has a comment")
        # SIG-1: processing instructions; the declaration at the start is none
        if window.count(b"<?") > declared:
            raise ForbiddenMarkupError("document has a processing instruction")
        # ACC-1: namespaces of a tag
        if self._most_declared(piece) > MAX_DECLARED:
            raise TooLargeError(f"document has a tag with more than {MAX_DECLARED} namespaces")

    def end(self) -> None:
        """Say that all pieces were taken.

        Raises:
            NotWellFormedError: They are nothing but space, or end within a character.
        """
        # ACC-1: an empty answer is no document (see SYN-7)
        if self._is_blank:
            raise NotWellFormedError("document is empty")
        self._decode(b"", final=True)

    def _most_declared(self, piece: bytes) -> int:
        """Return how often the word for a namespace stands between one `<` and the next.

        No value can hold a `<`. A word that is cut in two between pieces is not counted.
        """
        in_all = self._declared + piece.count(_NAMESPACE)
        if in_all <= MAX_DECLARED:
            # Nearly always.
            newest = piece.rfind(b"<")
            self._declared = in_all if newest < 0 else piece.count(_NAMESPACE, newest)
            return in_all
        counts = [tag.count(_NAMESPACE) for tag in piece.split(b"<")]
        counts[0] += self._declared
        self._declared = counts[-1]
        return max(counts)

    def _decode(self, piece: bytes, *, final: bool = False) -> None:
        begin = self._taken - len(self._decoder.getstate()[0])
        try:
            self._decoder.decode(piece, final)
        except UnicodeDecodeError as error:
            message = f"document is not utf-8 at byte {begin + error.start}"
            raise NotWellFormedError(message) from error


def require_shallow(root: etree._Element, limits: Limits) -> None:
    """Refuse a tree that is nested too deeply.

    Raises:
        TooLargeError: More levels than `limits` allow.
    """
    # ACC-1: depth
    if _is_deeper(root, limits.max_depth):
        raise TooLargeError(f"document is nested deeper than {limits.max_depth} levels")


def _check_declaration(piece: bytes) -> int:
    """Return how many declarations there are: one, or none."""
    start = piece[:_MAX_DECLARATION_BYTES].removeprefix(_BYTE_ORDER_MARK)
    declaration = _DECLARATION.match(start)
    has_one = _ANY_DECLARATION.match(start) is not None
    # ACC-1: XML 1.1 allows other characters and line ends
    if declaration is None and has_one:
        raise NotWellFormedError("document does not declare xml 1.0 in the usual form")
    encoding = declaration and declaration["encoding"]
    # ACC-1: what another reader would decode differently
    if encoding and encoding.lower() != b"utf-8":
        raise NotWellFormedError(f"document declares encoding {encoding.decode()}, not utf-8")
    return int(has_one)


def _is_deeper(root: etree._Element, levels: int) -> bool:
    return bool(etree.XPath(f"boolean(/*{'/*' * levels})")(root))
