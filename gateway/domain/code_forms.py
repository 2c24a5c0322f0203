r"""What a scheme's pattern says in words, character by character, where it is simple enough.

Understood: literals, classes such as `[0-9A-Z]`, `\d`, and the repeats `{n}`, `{n,m}`, `{n,}`,
`+`, `*`, `?`. Anything else (alternatives, groups) stays a pattern without words.
"""

import re
from string import ascii_uppercase, digits

from msgspec import Struct

from gateway.domain.messages import Message, folded

_ELEMENT = re.compile(
    r"(?P<what>\[[0-9A-Z-]+\]|\\d|[0-9A-Z])(?P<repeat>\{\d+\}|\{\d+,\d*\}|[+*?])?", re.ASCII
)


class Element(Struct, frozen=True):
    """Characters of one kind in a row; no most means as many as fit."""

    allowed: frozenset[str]
    least: int
    most: int | None

    @property
    def said(self) -> str | Message:
        """Such as `12 of 0-9A-Z`, or the letter itself."""
        if len(self.allowed) == 1 and self.least == self.most == 1:
            return next(iter(self.allowed))
        count = count_of(self.least, self.most)
        return Message("form.element", {"kind": kind_of(self.allowed)}, {"count": (count,)})


def read_pattern(pattern: str) -> tuple[Element, ...]:
    """Return the elements of a pattern; none if it is not simple."""
    rest = pattern.removeprefix("^").removesuffix("$")
    elements: list[Element] = []
    position = 0
    while position < len(rest):
        found = _ELEMENT.match(rest, position)
        if found is None:
            return ()
        least, most = _repeat(found["repeat"])
        elements.append(Element(_allowed(found["what"]), least, most))
        position = found.end()
    return tuple(elements)


def describe(elements: tuple[Element, ...]) -> str | Message | None:
    """Return the form as it is said: `SG, then 12 of 0-9A-Z`; none for no elements."""
    parts: list[str | Message] = []
    for said in (element.said for element in elements):
        if parts and isinstance(said, str) and isinstance(parts[-1], str):
            parts[-1] += said
        else:
            parts.append(said)
    return folded("form.then", tuple(parts)) if parts else None


def lengths(elements: tuple[Element, ...]) -> tuple[int, int | None]:
    """Return the least and the most characters; no most means open."""
    least = sum(element.least for element in elements)
    if any(element.most is None for element in elements):
        return least, None
    return least, sum(element.most or 0 for element in elements)


def slots(elements: tuple[Element, ...], length: int) -> tuple[frozenset[str], ...]:
    """Return what is allowed at each place of a code of this length.

    None if more than one element varies in length, so that places are not certain.
    """
    varying = [element for element in elements if element.most != element.least]
    if len(varying) > 1:
        return ()
    spare = length - sum(element.least for element in elements)
    places: list[frozenset[str]] = []
    for element in elements:
        extra = max(spare, 0) if element in varying else 0
        places += [element.allowed] * (element.least + extra)
    return tuple(places)


def count_of(least: int, most: int | None) -> Message:
    """Return how many, as it is said; no most means open."""
    if most is None:
        return Message("count.at_least", {"least": str(least)})
    if least == most:
        return Message("count.exactly", {"count": str(least)})
    return Message("count.range", {"least": str(least), "most": str(most)})


def kind_of(allowed: frozenset[str]) -> str:
    """Return a set of characters as people write it."""
    rest = set(allowed)
    named = []
    for run, name in ((digits, "0-9"), (ascii_uppercase, "A-Z")):
        if rest.issuperset(run):
            named.append(name)
            rest -= set(run)
    return "".join(named + sorted(rest))


def _repeat(text: str | None) -> tuple[int, int | None]:
    if text is None:
        return 1, 1
    if text in "+*?":
        return (0, 1) if text == "?" else (1 if text == "+" else 0, None)
    low, comma, high = text.strip("{}").partition(",")
    return int(low), int(high) if high else (None if comma else int(low))


def _allowed(what: str) -> frozenset[str]:
    if what == r"\d":
        return frozenset(digits)
    inside = what.strip("[]")
    characters: set[str] = set()
    position = 0
    while position < len(inside):
        if inside[position + 1 : position + 2] == "-" and position + 2 < len(inside):
            characters |= {
                chr(c) for c in range(ord(inside[position]), ord(inside[position + 2]) + 1)
            }
            position += 3
        else:
            characters.add(inside[position])
            position += 1
    return frozenset(characters)
