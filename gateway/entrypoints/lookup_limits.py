"""What questions and batches may hold: over gRPC, over HTTP and at the keyboard alike."""

from typing import Final

from gateway.domain.errors import InvalidRequestError
from gateway.domain.operators import ROLES

MAX_QUESTIONS: Final = 10_000
MAX_KEY: Final = 128
"""Characters of a caller's own key."""
MAX_CODE: Final = 70
MAX_NAME: Final = 512
LONGEST_SHOWN: Final = 35
"""Characters of what was sent that a refusal repeats: it goes to the log, too."""
KNOWN_ROLES: Final = " ".join(sorted(ROLES))


def require_code(code: str, field: str = "code") -> None:
    """Refuse what is too short or too long for a code.

    Raises:
        InvalidRequestError: It is; the context names the field.
    """
    if not 0 < len(code) <= MAX_CODE:
        raise invalid(field, f"must have 1 to {MAX_CODE} characters")


def require_role(role: str, field: str = "role") -> None:
    """Refuse what is no role.

    Raises:
        InvalidRequestError: It is none; the context names the field.
    """
    if role not in ROLES:
        raise invalid(field, f"is {role[:LONGEST_SHOWN]!r}, none of {KNOWN_ROLES}")


def invalid(field: str, what: str) -> InvalidRequestError:
    """Return a refusal of one field: its last name and what is wrong; the context has its place."""
    return InvalidRequestError(f"{field.rpartition('.')[2]} {what}", context={"field": field})
