"""Identifiers: one normal form for codes as people and systems write them.

Only what is certain is undone: full-width characters, lower case, spaces, hyphens and the
punctuation of the WCO TIN. Look-alike letters of other scripts stay what they are: they may be a
hint (`code_hints`), never a match.
"""

import unicodedata

_SEPARATORS = frozenset("./_<>\u2212")
"""With every dash, space and invisible character: written around a code, never part of it."""
_SEPARATOR_CATEGORIES = frozenset({"Pd", "Zs", "Zl", "Zp", "Cf", "Cc"})
_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}


def normal_form(text: str) -> str:
    """Return the form in which identifiers are compared; an id on a list must equal its own."""
    if text.isascii() and text.isalnum():
        return text.upper()
    return "".join(
        # Only ASCII is raised: str.upper turns the dotless i of Turkish into another code's I.
        character.upper() if character.isascii() else character
        for character in text.translate(_FULL_WIDTH)
        if not _is_separator(character)
    )


def _is_separator(character: str) -> bool:
    return character in _SEPARATORS or unicodedata.category(character) in _SEPARATOR_CATEGORIES
