"""The home programme as XML: operators as in a list, each with its consents (PUB-1).

The limits are those of an enveloped list; a larger programme comes as CSV.
"""

from collections.abc import Iterator
from typing import Final, cast

from lxml import etree

from gateway.domain.errors import (
    DocumentError,
    OperatorFileError,
    SchemaViolationError,
    TooLargeError,
)
from gateway.domain.lists import ListedOperator
from gateway.domain.profiles import Limits
from gateway.exchange.xml_feed.codec import listed_from_xml, require_known_schema
from gateway.exchange.xml_feed.schema import NAMESPACE, OPERATOR, SchemaName, require_valid
from gateway.trust.xml_parsing import parse

_Q: Final = f"{{{NAMESPACE}}}"
_ROOT: Final = f"{_Q}AEOProgramme"
_CONSENT: Final = f"{_Q}ConsentedRecipientID"
_LONGEST: Final = 500
"""Characters of a problem."""

Found = tuple[int, ListedOperator, frozenset[str]]
"""Line, operator, consents."""
Problem = tuple[int, str, str]
"""Line, operator, reason."""


def is_xml(content: bytes) -> bool:
    """Tell an XML file from a CSV file by its first character."""
    return content.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<")


def programme_from_xml(
    document: bytes, problems: list[Problem], limits: Limits | None = None
) -> Iterator[Found]:
    """Yield the operators of a programme in the order of the file.

    Args:
        document: The file.
        problems: Where operators are noted that break a field rule; these are not yielded.
        limits: Bounds; none takes the usual ones.

    Raises:
        OperatorFileError: The file as a whole cannot be read: nothing was yielded.
    """
    try:
        root = _read(document, limits or Limits())
    except DocumentError as error:
        line = int(error.context.get("line", "1"))
        named = error.context.get("operator", "")
        problem = (line, _named(named) if named else "", error.message[:_LONGEST])
        raise OperatorFileError(_told(problem), problems=(problem,)) from error
    for party in root.iterchildren(f"{_Q}{OPERATOR}"):
        line = cast("int", party.sourceline)
        try:
            listed = listed_from_xml(party)
        except SchemaViolationError as error:
            named = _named(error.context.get("operator", ""))
            problems.append((line, named, error.message[:_LONGEST]))
            continue
        yield line, listed, frozenset(child.text or "" for child in party.iterchildren(_CONSENT))


def _read(document: bytes, limits: Limits) -> etree._Element:
    root = parse(document, limits)
    require_known_schema(root)
    if root.tag != _ROOT:
        local = etree.QName(root).localname[:80]
        raise SchemaViolationError(f"the root is {local}, not AEOProgramme")
    count = sum(1 for _ in root.iterchildren(f"{_Q}{OPERATOR}"))
    # PUB-1: as bounded as a partner's list
    if count > limits.max_document_operators:
        message = f"more than {limits.max_document_operators} operators in a file of XML; use CSV"
        raise TooLargeError(message)
    # PUB-1: the XSD, as for a partner's list
    require_valid(root, SchemaName.PROGRAMME)
    return root


def _named(operator_id: str) -> str:
    return f"operator {operator_id}"


def _told(problem: Problem) -> str:
    line, named, reason = problem
    return f"line {line}, {named}: {reason}" if named else f"line {line}: {reason}"
