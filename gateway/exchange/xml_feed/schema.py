"""The XML schemas, and what they refuse, said in words (ACC-3).

lxml validates, because xmlschema takes a hundred times as long on large lists. Only when lxml has
refused does xmlschema look at the one child of the root in which the error lies, for its better
words. The masters are in `schemas/`; the copies beside this module travel in the wheel
(`tools/copy_schemas.py --check` holds them equal).
"""

import re
from collections.abc import Sequence
from copy import deepcopy
from enum import StrEnum
from pathlib import Path
from typing import Any, cast

from lxml import etree

from gateway.domain.errors import SchemaViolationError

NAMESPACE = "urn:mra-gateway:status-list:1"
OPERATOR = "AEOMutualRecognitionParty"

_XMLDSIG = "http://www.w3.org/2000/09/xmldsig#"
_FOLDER = Path(__file__).with_name("xsd")
_MISPLACED = ("This element is not expected", "Missing child element")
_EXPECTED = re.compile(r"Expected is (?:one of )?\( (.*?) \)")
_SHOWN = 80
"""Characters of a refused value that a message repeats: never a whole document."""


class SchemaName(StrEnum):
    """The schemas, each with one root element."""

    LIST = "list"
    HEAD = "head"
    ACKNOWLEDGEMENT = "acknowledgement"
    PROGRAMME = "programme"


def schema_path(name: SchemaName) -> Path:
    """Return the file of a schema, also when the gateway runs from an installed package."""
    return _FOLDER / f"{name}.xsd"


def require_valid(root: etree._Element, name: SchemaName, *, behind: int = 0) -> None:
    """Refuse a document that breaks its schema.

    Args:
        root: The document, or a part of it under its root and header.
        name: Of the schema.
        behind: Operators of the document that stand before those of the part.

    Raises:
        SchemaViolationError: With `path`, `expected`, `found` and `line` in its context, and with
            `operator` if an operator is meant.
    """
    # Compiled for each call: half a millisecond, and the error log is of this call alone, also
    # when several threads validate.
    schema = etree.XMLSchema(file=str(schema_path(name)))
    # ACC-3: the XSD.
    if not schema.validate(root):
        log: Sequence[etree._LogEntry] = cast("Any", schema.error_log)
        raise _explained(root, name, log[0], behind)


def _explained(
    root: etree._Element, name: SchemaName, entry: etree._LogEntry, behind: int
) -> SchemaViolationError:
    place = _find_place(root, entry)
    expected, found = _structure(entry, place) or _value(root, name, entry, place)
    context = {
        "path": _readable_path(place, behind),
        "expected": expected,
        "found": found,
        "line": str(entry.line),
    }
    operator = next((node for node in _ancestry(place) if _local(node) == OPERATOR), None)
    if operator is not None and (operator_id := operator.findtext(f"{{{NAMESPACE}}}ID")):
        context["operator"] = operator_id[:_SHOWN]
    message = f"{context['path']}, line {entry.line}: {expected}; found {found}"
    return SchemaViolationError(message, context=context)


def _find_place(root: etree._Element, entry: etree._LogEntry) -> etree._Element:
    path = (entry.path or "").split("/@")[0]
    try:
        nodes = root.getroottree().xpath(path) if path.startswith("/") else None
    except etree.XPathError:
        # The path names an element of a foreign namespace by a prefix that nobody declared to it.
        nodes = None
    first = nodes[0] if isinstance(nodes, list) and nodes else None
    return first if etree.iselement(first) else root


def _structure(entry: etree._LogEntry, place: etree._Element) -> tuple[str, str] | None:
    """Say which element should stand where another one, or none, does."""
    if not any(phrase in entry.message for phrase in _MISPLACED):
        return None
    named = _EXPECTED.search(_without_namespace(entry.message))
    names = "no further element" if named is None else named[1].replace(", ", " or ")
    names += " expected"
    if _MISPLACED[0] in entry.message:
        return names, _local(place)
    return names, f"the end of {_local(place)}"


def _value(
    root: etree._Element, name: SchemaName, entry: etree._LogEntry, place: etree._Element
) -> tuple[str, str]:
    """Ask xmlschema what is wrong with a value; fall back on what lxml said."""
    part = next((node for node in _ancestry(place) if node.getparent() is root), None)
    excerpt = etree.Element(root.tag) if part is None else _excerpt(root, part)
    from gateway.exchange.xml_feed.schema_words import words_of  # noqa: PLC0415 - slow, and rare

    for element, words in words_of(schema_path(name), excerpt):
        if _local(element) == _local(place):
            return _without_namespace(words).strip(), _shown(element.text)
    return _without_namespace(entry.message).rstrip("."), _shown(place.text)


def _excerpt(root: etree._Element, part: etree._Element) -> etree._Element:
    """Copy the root with its header and one more child, so that the words cost little."""
    copy = etree.Element(root.tag)
    header = root[0]
    if part is not header:
        copy.append(deepcopy(header))
    copy.append(deepcopy(part))
    return copy


def _ancestry(place: etree._Element) -> list[etree._Element]:
    return [place, *place.iterancestors()]


def _readable_path(place: etree._Element, behind: int) -> str:
    return "/" + "/".join(_step(node, behind) for node in reversed(_ancestry(place)))


def _step(node: etree._Element, behind: int) -> str:
    parent = node.getparent()
    alike = [] if parent is None else parent.findall(node.tag)
    before = behind if _local(node) == OPERATOR else 0
    if len(alike) + before < 2:  # noqa: PLR2004 - one needs no number
        return _local(node)
    return f"{_local(node)}[{alike.index(node) + 1 + before}]"


def _local(node: etree._Element) -> str:
    return etree.QName(node).localname


def _without_namespace(text: str) -> str:
    return text.replace(f"{{{NAMESPACE}}}", "").replace(f"{{{_XMLDSIG}}}*", "a signature")


def _shown(text: str | None) -> str:
    if not text:
        return "nothing"
    return repr(text if len(text) <= _SHOWN else text[:_SHOWN] + "…")
