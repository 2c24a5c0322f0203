"""Texts of others, made harmless for a terminal: a partner's names, a declared code, an argument.

A list may hold any printable text and more: characters that reverse a line or take no room are good
XML. What a terminal would obey, or an eye would not see, is printed as an escape.
"""

from typing import Final
from unicodedata import category

_HIDDEN: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Controls, formats (of direction, of no width, tags), surrogates, separators of lines."""
_JOINERS: Final = frozenset("\u200c\u200d")
"""Persian and Indic names are not written without them."""

ISOLATES: Final = "\u2068\u2069"
"""Around values in sentences of our own (`wording`), which hold no others."""


def visible(text: str, *, keep: str = "") -> str:
    r"""Write what would move a cursor, change a colour or turn a line round as its escape.

    Args:
        text: The text, from anywhere.
        keep: Characters that stay, such as the line ends of a text of our own.
    """
    if text.isprintable():
        return text
    return "".join(
        character.encode("unicode_escape").decode()
        if _is_hidden(character) and character not in keep
        else character
        for character in text
    )


def _is_hidden(character: str) -> bool:
    return category(character) in _HIDDEN and character not in _JOINERS
