"""Lists as streams (SIG-2): read and checked some hundred operators at a time, never as one tree.

The XSD is asked about each group of operators under a root and header of their own, and then they
are decoded, exactly as those of an enveloped list. What is left of the tree at the end, without its
operators, is asked about too: nothing of a document goes unseen.
"""

from collections.abc import Iterable, Iterator
from copy import deepcopy
from itertools import chain
from typing import Final, cast

from lxml import etree

from gateway.domain.errors import NotWellFormedError, SignatureError, TooLargeError
from gateway.domain.lists import ListedOperator, ListHeader, ListKind, StatusList
from gateway.domain.members import Record, digest_of
from gateway.domain.profiles import Limits
from gateway.exchange.xml_feed.codec import change_from_xml, checked_header, listed_from_xml
from gateway.exchange.xml_feed.schema import NAMESPACE, OPERATOR, SchemaName, require_valid
from gateway.ports.feed import KnownMembers
from gateway.trust.xades_rules import DS
from gateway.trust.xml_parsing import MarkupGate, make_pull_parser, require_shallow

GROUP: Final = 1000
"""Operators that are checked at once: some megabytes of memory."""
MOST_BETWEEN: Final = 1024**2
"""Bytes in which no operator ends: one that keeps the limits is much smaller."""
_OPERATOR: Final = f"{{{NAMESPACE}}}{OPERATOR}"


class ListStream:
    """A list whose header was read, and whose operators follow.

    Raises of all that read on:
        TooLargeError: More operators than `limits` allow, or one that is too large or too deep.
        NotWellFormedError: The bytes are no XML.
        ForbiddenMarkupError: A DOCTYPE, comment or processing instruction.
        UnknownVersionError: It is written in a higher version than known here.
        SchemaViolationError: It breaks the XSD or a field rule.
        SignatureError: It holds a signature beside that of its container.
    """

    def __init__(self, pieces: Iterable[bytes], limits: Limits) -> None:
        self._groups = _Groups(pieces, limits)
        self._first = self._groups.next()
        self.header: ListHeader = checked_header(self._first, SchemaName.LIST)

    def decode(self, known: KnownMembers) -> StatusList:
        """Read to the end.

        Of an operator of a FULL that is in `known` as it is now, only the id is kept.
        """
        if self.header.kind is ListKind.DELTA:
            return StatusList(self.header, changes=list(map(change_from_xml, self._parties())))
        found: list[ListedOperator] = []
        order: list[str] = []
        members = known()
        for party in self._parties():
            listed = listed_from_xml(party)
            order.append(listed.operator.id)
            if not _is_as_known(listed, members.get(listed.operator.id)):
                found.append(listed)
        return StatusList(self.header, found, order=order)

    def _parties(self) -> Iterator[etree._Element]:
        return chain.from_iterable(
            group.iterchildren(_OPERATOR) for group in chain((self._first,), self._groups)
        )


def _is_as_known(listed: ListedOperator, kept: Record | None) -> bool:
    return kept is not None and digest_of(kept) == listed.digest


class _Groups:
    """Cuts a document into documents of some operators each, while it is parsed."""

    def __init__(self, pieces: Iterable[bytes], limits: Limits) -> None:
        self._pieces = iter(pieces)
        self._limits = limits
        self._gate = MarkupGate()
        self._parser = make_pull_parser(_OPERATOR)
        self._root: etree._Element | None = None
        self._waiting: list[etree._Element] = []
        self._between = 0
        self._given = 0
        self._is_read = False

    def __iter__(self) -> Iterator[etree._Element]:
        """Yield the groups that remain, each held to the schema."""
        while self._waiting or not self._is_read:
            before = self._given
            group = self.next()
            # ACC-3: the XSD looks at every operator (SIG-7)
            require_valid(group, SchemaName.LIST, behind=before)
            yield group
        self._require_nothing_left()

    def next(self) -> etree._Element:
        """Return the next operators under a copy of root and header."""
        while len(self._waiting) <= GROUP and not self._is_read:
            self._read()
        # The parser may still be at the text behind the last one.
        end = len(self._waiting) if self._is_read else GROUP
        taken, self._waiting = self._waiting[:end], self._waiting[end:]
        self._given += len(taken)
        # ACC-1: a list has at most so many operators
        if self._given > self._limits.max_operators:
            most = self._limits.max_operators
            raise TooLargeError(f"more than {most} operators", context={"limit": str(most)})
        group = self._frame()
        group.extend(taken)
        require_shallow(group, self._limits)
        return group

    def _read(self) -> None:
        piece = next(self._pieces, b"")
        try:
            if piece:
                self._gate.take(piece)
                self._parser.feed(piece)
            else:
                self._gate.end()
                self._root, self._is_read = self._parser.close(), True
        except etree.XMLSyntaxError as error:
            raise NotWellFormedError(f"document is not well-formed: {error.msg}") from error
        self._between += len(piece)
        for _, party in cast("Iterator[tuple[str, etree._Element]]", self._parser.read_events()):  # noqa: SLF001 - lxml's public type
            self._take(party)
        # ACC-1: what never ends would grow in memory
        if self._between > MOST_BETWEEN:
            raise TooLargeError(f"no operator ends within {MOST_BETWEEN} bytes")

    def _take(self, party: etree._Element) -> None:
        if self._root is None:
            self._root = party.getroottree().getroot()
        # One within another element stays there, for the schema to refuse.
        if party.getparent() is self._root:
            self._waiting.append(party)
            self._between = 0

    def _frame(self) -> etree._Element:
        root = self._root
        assert root is not None  # noqa: S101 - an operator ended, or all was read
        frame = etree.Element(root.tag, nsmap=cast("dict[str, str]", root.nsmap))
        frame.attrib.update(root.attrib)
        frame.text = root.text
        if len(root) and root[0].tag != _OPERATOR:
            frame.append(deepcopy(root[0]))
        return frame

    def _require_nothing_left(self) -> None:
        root = self._root
        assert root is not None  # noqa: S101 - all was read
        # SIG-2: the one signature stands beside the list, not in it
        if root.find(f".//{DS}Signature") is not None:
            raise SignatureError("the list holds a signature of its own")
        # ACC-3: what stands beside header and operators is refused as in an enveloped list
        require_valid(root, SchemaName.LIST)
