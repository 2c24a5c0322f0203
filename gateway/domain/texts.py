"""What a text may hold (STA-1): the same for both adapters and for imports.

A text is never normalised: it keeps every code point as received, or it is refused.
"""

import re

from gateway.domain.errors import SchemaViolationError
from gateway.domain.operators import LIMITS

# What XML 1.0 does not allow, and of what it allows the controls (C0, C1, DEL).
_FORBIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


def check_text(value: str, field: str, limit: int = LIMITS["text"]) -> None:
    """Check everything about a text.

    Raises:
        SchemaViolationError: It is empty, too long, holds a character that is not allowed, or
            starts or ends with a space of any kind.
    """
    check_shape(value, field, limit)
    check_characters(value, field)


def check_shape(value: str, field: str, limit: int) -> None:
    """Check that a text is not empty, has at most `limit` characters and no space at an edge.

    Raises:
        SchemaViolationError: One of these does not hold.
    """
    # STA-1: empty is absent, so an empty text is neither
    if not value:
        raise violation(field, "is empty; leave it out instead")
    # STA-1: the limits of section 2
    if len(value) > limit:
        raise violation(field, f"has {len(value)} characters, at most {limit} are allowed")
    # STA-1: no space at an edge, of any script
    if value != value.strip():
        raise violation(field, "starts or ends with a space")


def check_characters(value: str, field: str) -> None:
    """Check that a text holds only what XML allows, and no control.

    Raises:
        SchemaViolationError: It holds something else; the code point and its place are named.
    """
    # STA-1: the characters that XML allows, without controls
    if found := _FORBIDDEN.search(value):
        code_point = f"U+{ord(found[0]):04X}"
        raise violation(field, f"{code_point} at position {found.start()} is not allowed")


def looks_plain(canonical: bytes) -> bool:
    """Tell, fast, that no text in a canonical JSON document can hold a forbidden character.

    JSON writes C0 with a backslash; what is left in ASCII is DEL. Printable, as Python has it,
    leaves out all controls, surrogates and non-characters. False only means that each text has to
    be looked at.
    """
    if b"\\" in canonical:
        return False
    if canonical.isascii():
        return b"\x7f" not in canonical
    return canonical.decode().isprintable()


def violation(field: str, problem: str) -> SchemaViolationError:
    """Return the error about one field."""
    return SchemaViolationError(f"{field} {problem}", context={"field": field})
