"""What is to be said, before it is said in a language.

The ladder and its hints give messages: a key of the catalogue (`entrypoints.wording`) and the
values that belong into its text. So an answer, and its reference, are the same in every language.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from msgspec import Struct

Parts = tuple["str | Message", ...]
_NO_VALUES: Final[Mapping[str, str]] = MappingProxyType({})
_NO_PARTS: Final[Mapping[str, Parts]] = MappingProxyType({})


class Message(Struct, frozen=True, gc=False, omit_defaults=True):
    """One text of the catalogue with its values; a test holds that they fit each other."""

    key: str
    values: Mapping[str, str] = _NO_VALUES
    """By placeholder: codes, names, dates, which are the same in every language."""
    parts: Mapping[str, Parts] = _NO_PARTS
    """By placeholder: lists, joined as the language joins them, and what is a message itself."""


def folded(key: str, parts: Parts) -> "str | Message":
    """Return parts as one, two at a time: `{first} or {next}`, `{first}, then {next}`."""
    whole, *rest = parts
    for part in rest:
        whole = Message(key, parts={"first": (whole,), "next": (part,)})
    return whole
