"""Hints on a code that fits no scheme: which rule failed, and what may have been meant.

A hint is never a match, and comes from the form of the code alone: nothing here knows whether any
operator exists.
"""

import unicodedata
from collections.abc import Iterable, Iterator, Sequence

from gateway.domain.agreements import Agreement, IdentifierScheme
from gateway.domain.code_forms import count_of, describe, kind_of, lengths, read_pattern, slots
from gateway.domain.identifiers import (
    Checks,
    fits,
    matches_pattern,
    passes_check_digit,
    without_aeo,
)
from gateway.domain.messages import Message

LONGEST = 70
"""Longer texts are no codes; nothing is tried on them."""

MOST = 8
"""So many hints help; more confuse."""

MOST_CANDIDATES = 3

TEST_PREFIX = "ZZ"
"""Reserved for test codes (`reserved_codes`)."""

TWIN_PREFIXES = {"GR": "EL", "EL": "GR", "GB": "XI", "XI": "GB"}
"""Greece is GR in ISO 3166 and EL in tax numbers; Northern Ireland has codes of its own."""

OTHER_IDENTIFIERS = {"cn.uscc": "USCC", "lei": "LEI"}
"""By their checks: identifiers that are unique by their making and carry no country."""

_LOOK_ALIKES = str.maketrans(
    "АВЕЅІЈКМНОРСТУХаеіјорсухѕΑΒΕΖΗΙΚΜΝΟΡΤΥΧορνικ",
    "ABESIJKMHOPCTYXAEIJOPCYXSABEZHIKMNOPTYXOPVIK",
)
"""Cyrillic and Greek letters as the Latin capital that they look like."""

_TO_DIGIT = {
    "O": "0",
    "Q": "0",
    "D": "0",
    "I": "1",
    "L": "1",
    "Z": "2",
    "S": "5",
    "G": "6",
    "B": "8",
}
_PAIRS = {"0": "O", "O": "0", "1": "I", "I": "1"}
_TO_LETTER = {"0": "O", "1": "I", "2": "Z", "5": "S", "6": "G", "8": "B"}


def near_misses(
    code: str, schemes: Sequence[tuple[Agreement, IdentifierScheme]], checks: Checks
) -> tuple[Message, ...]:
    """Return hints on a code in normal form that fits none of the schemes."""
    if len(code) > LONGEST:
        return (Message("hint.too_long", {"has": str(len(code))}),)
    hints: list[Message] = []
    for agreement, scheme in schemes:
        meant = _in_scheme_style(code, scheme)
        hints += [_expected(agreement, scheme)]
        hints += _failed_rules(meant, scheme, checks)
        hints += [
            Message("hint.perhaps", {"code": candidate})
            for candidate in _candidates(meant, scheme, checks)
        ]
    return _once([*hints, *foreign_letters(code)])


def misreadings(code: str, schemes: Iterable[IdentifierScheme]) -> tuple[Message, ...]:
    """Return which characters of a well-formed code may be others, as far as a scheme allows."""
    doubtful: list[Message] = []
    for scheme in schemes:
        for place, (letter, allowed) in enumerate(_places(code, scheme), start=1):
            other = _PAIRS.get(letter)
            if other is not None and other in allowed and letter in allowed:
                values = {"place": str(place), "letter": letter, "other": other}
                doubtful.append(Message("hint.misread", values))
    return _once(doubtful)


def missing_prefix(
    code: str, schemes: Iterable[tuple[Agreement, IdentifierScheme]], checks: Checks
) -> tuple[Message, ...]:
    """Return hints on codes that would fit with their country before them; none if many fit.

    A form that somebody has verified says more than one that nobody could find out.
    """
    fitting = [
        (scheme.verified, prefix, agreement.partner_name)
        for agreement, scheme in schemes
        for prefix in agreement.territory
        if fits(prefix + code, scheme, checks)
    ]
    verified = [one for one in fitting if one[0]]
    hints = _once(
        Message("hint.prefix", {"prefix": prefix, "partner": name})
        for _, prefix, name in verified or fitting
    )
    return hints if len(hints) <= MOST_CANDIDATES else ()


def other_identifier(code: str, checks: Checks) -> tuple[Message, ...]:
    """Return a hint on a code without a country that is well-formed as another identifier."""
    return tuple(
        Message("hint.other_identifier", {"name": name})
        for check, name in OTHER_IDENTIFIERS.items()
        if check in checks and checks[check](code)
    )


def own_code(country: str, agreements: Iterable[Agreement]) -> tuple[Message, ...]:
    """Return a hint on codes of home's own operators."""
    if all(agreement.home != country for agreement in agreements):
        return ()
    return (Message("hint.own", {"country": country}),)


def twin_prefix(code: str) -> tuple[Message, ...]:
    """Return a hint on country prefixes that are taken for each other."""
    prefix = without_aeo(code)[:2]
    if prefix == TEST_PREFIX:
        return (Message("hint.test"),)
    if prefix == "UK":
        return (Message("hint.uk"),)
    if prefix not in TWIN_PREFIXES:
        return ()
    return (Message("hint.twin", {"prefix": prefix, "twin": TWIN_PREFIXES[prefix]}),)


def foreign_letters(code: str) -> tuple[Message, ...]:
    """Return a hint for each letter of another script."""
    return tuple(
        _foreign(place, letter)
        for place, letter in enumerate(code[:LONGEST], start=1)
        if not letter.isascii()
    )


def likely_meant(code: str) -> str:
    """Return a code with a country prefix of Latin letters, as it was likely meant."""
    latin = without_aeo(latin_look(code))
    return "".join(_TO_LETTER.get(letter, letter) for letter in latin[:2]) + latin[2:]


def latin_look(code: str) -> str:
    """Return a code with look-alike letters as the Latin ones; for hints only."""
    return code.translate(_LOOK_ALIKES)


def _in_scheme_style(code: str, scheme: IdentifierScheme) -> str:
    """Return the code with the word AEO exactly if the scheme's own codes carry it."""
    plain = without_aeo(latin_look(code)) if latin_look(code).startswith("AEO") else code
    plain = code[len(code) - len(plain) :]
    return f"AEO{plain}" if scheme.pattern.removeprefix("^").startswith("AEO") else plain


def _expected(agreement: Agreement, scheme: IdentifierScheme) -> Message:
    pattern = Message("form.pattern", {"pattern": scheme.pattern})
    form = describe(read_pattern(scheme.pattern))
    if form is not None:
        pattern = Message("form.said", {"pattern": scheme.pattern}, {"form": (form,)})
    values = {"partner": agreement.partner_name, "scheme": scheme.name}
    if scheme.example is None:
        return Message("hint.expected", values, {"form": (pattern,)})
    values["example"] = scheme.example
    return Message("hint.expected_as", values, {"form": (pattern,)})


def _failed_rules(code: str, scheme: IdentifierScheme, checks: Checks) -> Iterator[Message]:
    has = {"has": str(len(code))}
    if len(code) > scheme.max_length:
        yield Message("hint.longer", has | {"most": str(scheme.max_length)})
        return
    if matches_pattern(code, scheme):
        if not passes_check_digit(code, scheme, checks):
            yield Message("hint.check_digit", {"check": scheme.check_digit or ""})
        return
    elements = read_pattern(scheme.pattern)
    least, most = lengths(elements)
    if elements and (len(code) < least or (most is not None and len(code) > most)):
        yield Message("hint.length", has, {"count": (count_of(least, most),)})
    for place, (letter, allowed) in enumerate(_places(code, scheme), start=1):
        if letter not in allowed:
            values = {"place": str(place), "letter": _named(letter), "kind": kind_of(allowed)}
            yield Message("hint.character", values)
            return


def _foreign(place: int, letter: str) -> Message:
    values = {"place": str(place), "letter": _named(letter)}
    look = latin_look(letter)
    if look == letter:
        return Message("hint.foreign", values)
    return Message("hint.foreign_like", values | {"look": look})


def _candidates(code: str, scheme: IdentifierScheme, checks: Checks) -> list[str]:
    """Return corrections that fit: look-alikes first, then neighbours swapped (check digits)."""
    found: list[str] = []
    for candidate in _corrections(code, scheme):
        if candidate != code and candidate not in found and fits(candidate, scheme, checks):
            found.append(candidate)
        if len(found) == MOST_CANDIDATES:
            break
    return found


def _corrections(code: str, scheme: IdentifierScheme) -> Iterator[str]:
    latin = latin_look(code)
    places = slots(read_pattern(scheme.pattern), len(latin))
    yield (
        "".join(
            letter if letter in allowed else _alike(letter, allowed)
            for letter, allowed in zip(latin, places, strict=False)
        )
        + latin[len(places) :]
    )
    if scheme.check_digit is None:
        return
    for place in range(2, len(latin) - 1):
        yield latin[:place] + latin[place + 1] + latin[place] + latin[place + 2 :]
    for place, letter in enumerate(latin):
        for other in (_TO_DIGIT.get(letter), _TO_LETTER.get(letter)):
            if other is not None and place > 1:
                yield latin[:place] + other + latin[place + 1 :]


def _places(code: str, scheme: IdentifierScheme) -> Iterable[tuple[str, frozenset[str]]]:
    return zip(code, slots(read_pattern(scheme.pattern), len(code)), strict=False)


def _alike(letter: str, allowed: frozenset[str]) -> str:
    return next(
        (other for other in (_TO_DIGIT.get(letter), _TO_LETTER.get(letter)) if other in allowed),
        letter,
    )


def _named(letter: str) -> str:
    if letter.isascii():
        return letter
    return f"{letter} ({unicodedata.name(letter, 'a character')}, U+{ord(letter):04X})"


def _once(hints: Iterable[Message]) -> tuple[Message, ...]:
    found: list[Message] = []
    for hint in hints:
        if len(found) < MOST and hint not in found:
            found.append(hint)
    return tuple(found)
