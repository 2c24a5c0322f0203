"""Identifiers: one normal form for codes as people and systems write them.

Only what is certain is undone: full-width characters, lower case, spaces, hyphens, the
punctuation that the WCO TIN leaves out, and the word AEO of older declarations. Look-alike letters
of other scripts stay what they are: they may be a hint (`code_hints`), never a match.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Final

from gateway.domain.agreements import IdentifierScheme, Rewrite
from gateway.domain.answers import MatchKind
from gateway.domain.errors import ConfigError

Checks = Mapping[str, Callable[[str], bool]]
"""Check digits by name; bootstrap hands them over, each takes the national part of a code."""

AEO = "AEO"
"""`AEO<SG123456789012>` and `AEOCN1234567890` are the codes with this word before them."""

_EXACT: Final = MatchKind.EXACT
_NORMALISED: Final = MatchKind.NORMALISED
_LEGACY_FORM: Final = MatchKind.LEGACY_FORM
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


def declared_forms(code: str) -> tuple[tuple[str, MatchKind], ...]:
    """Return the identifiers that a declared code may stand for, the likeliest first.

    With and without the word AEO, because agreements differ in whether the code carries it.
    """
    plain = normal_form(code)
    kind = _EXACT if plain == code else _NORMALISED
    if plain.startswith(AEO):
        return ((plain, kind), (plain[len(AEO) :], _LEGACY_FORM))
    return ((plain, kind), (AEO + plain, _LEGACY_FORM))


def without_aeo(identifier: str) -> str:
    """Return the identifier from its issuing country on."""
    return identifier.removeprefix(AEO)


def is_in_territory(identifier: str, territory: tuple[str, ...]) -> bool:
    """Tell whether an identifier belongs to one of the id prefixes of a partner."""
    return identifier.startswith(territory) or without_aeo(identifier).startswith(territory)


def matches_pattern(identifier: str, scheme: IdentifierScheme) -> bool:
    """Tell whether an identifier has the length and the form of a scheme.

    Raises:
        ConfigError: The scheme's pattern is no regular expression.
    """
    # First: how long a pattern takes may grow as a power of the length.
    if len(identifier) > scheme.max_length:
        return False
    try:
        return _compiled(scheme.pattern).fullmatch(identifier) is not None
    except re.error as error:
        message = f"identifier scheme {scheme.name}: pattern {scheme.pattern} does not compile"
        raise ConfigError(message, context={"scheme": scheme.name}) from error


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


def passes_check_digit(identifier: str, scheme: IdentifierScheme, checks: Checks) -> bool:
    """Tell whether the national part of an identifier satisfies the scheme's check digit.

    Raises:
        ConfigError: The scheme names a check that was not handed over.
    """
    if scheme.check_digit is None:
        return True
    if scheme.check_digit not in checks:
        message = f"identifier scheme {scheme.name}: no check digit called {scheme.check_digit}"
        raise ConfigError(message, context={"scheme": scheme.name})
    return checks[scheme.check_digit](without_aeo(identifier)[2:])


def fits(identifier: str, scheme: IdentifierScheme, checks: Checks) -> bool:
    """Tell whether an identifier in normal form is one of a scheme.

    Raises:
        ConfigError: The scheme's pattern or check digit cannot be used.
    """
    return matches_pattern(identifier, scheme) and (
        scheme.check_digit is None or passes_check_digit(identifier, scheme, checks)
    )


def rewritten(identifier: str, scheme: IdentifierScheme, checks: Checks) -> str | None:
    """Return the code of a scheme that an old way to write it means, or none.

    Raises:
        ConfigError: A pattern or the check digit cannot be used.
    """
    for rewrite in scheme.rewrites:
        code = rewrite_with(rewrite, identifier)
        if code is not None and fits(code, scheme, checks):
            return code
    return None


def rewrite_with(rewrite: Rewrite, identifier: str) -> str | None:
    """Return what an identifier becomes, in normal form; none if it is not written so.

    Raises:
        ConfigError: Pattern and result do not go together.
    """
    try:
        found = _compiled(rewrite.pattern).fullmatch(identifier)
        return None if found is None else normal_form(found.expand(rewrite.becomes))
    except (re.error, IndexError) as error:
        message = f"old form {rewrite.pattern} cannot become {rewrite.becomes}: {error}"
        raise ConfigError(message, context={"pattern": rewrite.pattern}) from error


def _is_separator(character: str) -> bool:
    return character in _SEPARATORS or unicodedata.category(character) in _SEPARATOR_CATEGORIES
