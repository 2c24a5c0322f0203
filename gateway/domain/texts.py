"""What a text may hold (STA-1): the same for both adapters and for imports.

A text is never normalised: it keeps every code point as received, or it is refused.
"""

import re

from gateway.domain.errors import SchemaViolationError
from gateway.domain.operators import LIMITS

# What XML 1.0 does not allow, and of what it allows the controls (C0, C1, DEL).
_FORBIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


def check_text(value: str, field: str, limit: int = LIMITS["text"]) -> None:
    """Check length, characters and edges of a text.

    Raises:
        SchemaViolationError: It is empty, too long, holds a character that is not allowed, or
            starts or ends with a space of any kind.
    """
    check_length(value, field, limit)
    # STA-1: the characters that XML allows, no controls
    if found := _FORBIDDEN.search(value):
        code_point = f"U+{ord(found[0]):04X}"
        raise violation(field, f"{code_point} at position {found.start()} is not allowed")
    # STA-1: no space at an edge
    if value != value.strip():
        raise violation(field, "starts or ends with a space")


def check_length(value: str, field: str, limit: int) -> None:
    """Check that a text is not empty and has at most `limit` characters.

    Raises:
        SchemaViolationError: It is empty or too long.
    """
    # STA-1: empty is absent, so an empty text is neither
    if not value:
        raise violation(field, "is empty; leave it out instead")
    # STA-1: the limits of section 2
    if len(value) > limit:
        raise violation(field, f"has {len(value)} characters, at most {limit} are allowed")


def looks_plain(canonical: str) -> bool:
    """Tell, fast, whether no text in a canonical JSON document can break the rules on characters.

    Printable (as Python has it) leaves out all controls, surrogates, non-characters, and every
    space but U+0020; that one stands outside texts nowhere in canonical JSON. False only means
    that each text has to be looked at.
    """
    return (
        canonical.isprintable()
        and "\\" not in canonical
        and '" ' not in canonical
        and ' "' not in canonical
        and '""' not in canonical
    )


def violation(field: str, problem: str) -> SchemaViolationError:
    """Return the error about one field."""
    return SchemaViolationError(f"{field} {problem}", context={"field": field})
