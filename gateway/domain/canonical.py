"""The canonical form of operators and headers (STA-1, STA-6): what digests are taken over.

JSON by RFC 8785. msgspec's sorted encoder writes it for what is in these forms: texts, integers
up to 2**53 - 1 and ASCII keys; there are no floats. Annex A of the protocol has the keys.
"""

from collections.abc import Iterable, Iterator
from hashlib import sha256
from operator import lt

from msgspec import DecodeError, Struct, json, structs, to_builtins

from gateway.domain.errors import SchemaViolationError
from gateway.domain.field_rules import check_header, check_operator
from gateway.domain.instants import format_instant, parse_instant
from gateway.domain.lists import ListedOperator, ListHeader
from gateway.domain.operators import Operator
from gateway.domain.texts import check_characters, check_text, looks_plain, violation

__all__ = [
    "canonical_form",
    "check_text",
    "format_instant",
    "header_canonical",
    "list_digest",
    "list_operator",
    "normalise",
    "parse_canonical",
    "parse_instant",
    "read_canonical",
]

_ENCODE = json.Encoder(order="sorted").encode
_HALF_A_PAIR = "a text holds half of a surrogate pair"
_DECODE = json.Decoder(Operator).decode
_REPEATED = (
    "alternate_ids",
    "names",
    "trade_names",
    "addresses",
    "roles",
    "authorisations",
)


def list_operator(operator: Operator) -> ListedOperator:
    """Bring an operator into its canonical form, with its digest.

    Raises:
        SchemaViolationError: A field breaks a rule, or one of its values stands twice.
    """
    try:
        # STA-1: lengths, counts, codes and instants
        check_operator(operator)
        # STA-1, STA-3: in whatever order an adapter delivers repeated fields, there is one form
        operator = normalise(operator)
        canonical = _encode(operator)
        # STA-1: characters
        _check_characters(canonical, operator)
    except SchemaViolationError as error:
        error.context["operator"] = repr(operator.id[:40])
        raise
    return ListedOperator(operator, canonical, sha256(b"\x00" + canonical).digest())


def canonical_form(operator: Operator) -> bytes:
    """Return the canonical form of an operator.

    Raises:
        SchemaViolationError: A field breaks a rule, or one of its values stands twice.
    """
    return list_operator(operator).canonical


def normalise(operator: Operator) -> Operator:
    """Return the operator with its repeated fields sorted by their canonical bytes.

    `lines` of an address alone keeps its order.

    Raises:
        SchemaViolationError: A value of a repeated field stands twice.
    """
    moved = {}
    if not _repeats(operator):
        return operator
    for field in _REPEATED:
        members = getattr(operator, field)
        if len(members) > 1 and (ordered := _sort(members, field)) is not members:
            moved[field] = ordered
    return structs.replace(operator, **moved) if moved else operator


def _repeats(operator: Operator) -> bool:
    return (
        len(operator.names) > 1
        or len(operator.roles) > 1
        or len(operator.addresses) > 1
        or len(operator.authorisations) > 1
        or len(operator.alternate_ids) > 1
        or len(operator.trade_names) > 1
    )


def _sort(members: tuple[Struct | str, ...], field: str) -> tuple[Struct | str, ...]:
    forms = _encode_all(members)
    if all(map(lt, forms, forms[1:])):
        return members
    by_form = dict(zip(forms, members, strict=True))
    # STA-1: duplicates are refused
    if len(by_form) < len(forms):
        raise violation(field, "holds a value twice")
    # STA-1: repeated fields are sorted by their canonical bytes
    forms.sort()
    return tuple(map(by_form.__getitem__, forms))


def _encode_all(values: Iterable[Struct | str]) -> list[bytes]:
    try:
        return list(map(_ENCODE, values))
    except UnicodeEncodeError as error:
        raise SchemaViolationError(_HALF_A_PAIR) from error


def _encode(value: Struct) -> bytes:
    try:
        return _ENCODE(value)
    except UnicodeEncodeError as error:
        raise SchemaViolationError(_HALF_A_PAIR) from error


def _check_characters(canonical: bytes, operator: Operator) -> None:
    if looks_plain(canonical):
        return
    for field, text in _texts(to_builtins(operator), ""):
        check_characters(text, field)


def _texts(value: object, field: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield field, value
    elif isinstance(value, dict):
        for key, member in value.items():
            yield from _texts(member, f"{field}/{key}" if field else key)
    elif isinstance(value, list | tuple):
        for number, member in enumerate(value):
            yield from _texts(member, f"{field}/{number}")


def read_canonical(data: bytes) -> Operator:
    """Read a canonical form that this gateway wrote; cheap, because it is believed.

    Raises:
        SchemaViolationError: It is no operator.
    """
    try:
        return _DECODE(data)
    except (DecodeError, UnicodeDecodeError) as error:
        raise SchemaViolationError(f"no canonical form: {error}") from error


def parse_canonical(data: bytes) -> ListedOperator:
    """Read a canonical form from outside.

    Raises:
        SchemaViolationError: It is no operator, breaks a rule, holds an unknown field, or is
            written in another way than the one that is canonical.
    """
    listed = list_operator(read_canonical(data))
    # STA-1: unknown fields, other orders and spellings all come out as other bytes
    if listed.canonical != data:
        raise SchemaViolationError(
            "not in canonical form", context={"operator": repr(listed.operator.id)}
        )
    return listed


def header_canonical(header: ListHeader) -> bytes:
    """Return the canonical form of a header.

    Raises:
        SchemaViolationError: A field breaks a rule.
        UnknownVersionError: The list is written in a higher version than known here.
    """
    # STA-6: a header that cannot be written in one way only has no digest
    check_header(header)
    return _encode(header)


def list_digest(header: ListHeader) -> str:
    """Return the digest of a list: over all header fields, the root included (STA-6).

    Raises:
        SchemaViolationError: A field breaks a rule.
        UnknownVersionError: The list is written in a higher version than known here.
    """
    return sha256(header_canonical(header)).hexdigest()
