"""Resume tokens: how far a watch was told, and what proves that this registry told it.

They hold for every watch of the same registry, whatever it asks for; nothing in them is secret.
"""

import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Final

from msgspec import Struct

from gateway.domain.errors import InvalidRequestError
from gateway.ports.changes import Anchor

_DIGITS: Final = 16
"""Of the digest, in hex: enough to tell one past from another."""
_FIXED: Final = struct.Struct(f">BQQQ{_DIGITS // 2}s")
_VERSION: Final = 1


class Mark(Struct, frozen=True, kw_only=True):
    """Up to where a watch was told: all before this version, and of it the ids up to this one."""

    version: int
    operator_id: str = ""


def write_token(mark: Mark, anchor: Anchor) -> str:
    """Return the token of a mark that was reached when the registry stood at an anchor."""
    digest = bytes.fromhex(anchor.digest[:_DIGITS])
    fixed = _FIXED.pack(_VERSION, mark.version, anchor.version, anchor.event, digest)
    return urlsafe_b64encode(fixed + mark.operator_id.encode()).decode().rstrip("=")


def read_token(token: str) -> tuple[Mark, Anchor]:
    """Return the mark of a token, and the anchor to hold against the registry.

    Raises:
        InvalidRequestError: It is none.
    """
    try:
        content = urlsafe_b64decode(token + "=" * (-len(token) % 4))
        kind, version, known, event, digest = _FIXED.unpack_from(content)
        operator_id = content[_FIXED.size :].decode()
    except (ValueError, struct.error) as error:
        raise _none() from error
    if kind != _VERSION:
        raise _none()
    anchor = Anchor(version=known, event=event, digest=digest.hex())
    return Mark(version=version, operator_id=operator_id), anchor


def _none() -> InvalidRequestError:
    message = "resume_token is none that was given out"
    return InvalidRequestError(message, context={"field": "resume_token"})
