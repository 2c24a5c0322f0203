"""How well an operator fits a query, from 0 to 100, and what of it agreed.

Every word of the query counts by what it tells, in any order, as far as the best word of a name or
address is like it. A score orders what was found; it proves nothing and decides nothing.
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Final

from msgspec import Struct
from rapidfuzz import process
from rapidfuzz.distance import OSA, Indel

from gateway.ports.search import Findable
from gateway.services.search_words import Words, weight_of, words_of

LIKE: Final = 0.7
"""Words less alike than this have nothing to do with each other."""
ERROR: Final = 0.95
"""What a word with a typing error is worth at most."""
BEGINNING: Final = 0.8
"""What a word is worth at least that another begins with; without spaces, that is in another."""
SHORTEST_BEGINNING: Final = 3
ADDRESS: Final = 0.9
"""A word of an address tells less than the same word in a name."""
OF_NAME: Final = 0.15
"""The part of the score that a name earns by having no other words than the query."""
OTHER_LETTERS: Final = 0.97
"""What a name is worth at most that agrees only in Latin letters: not how it is written."""
RUN_TOGETHER: Final = 0.8
"""Names that are less alike without their spaces are compared word by word only."""

NAME: Final = "name"
TRADE_NAME: Final = "trade name"
TRANSLITERATED: Final = "transliterated name"
IN_ADDRESS: Final = "address"


class Query(Struct, frozen=True, gc=False):
    """What is searched, prepared for many operators."""

    words: Words
    written_weights: tuple[float, ...]
    latin_weights: tuple[float, ...]


class Score(Struct, frozen=True, gc=False):
    """How well one operator fits."""

    points: int
    """0 to 100."""
    name: str
    """The name or trade name that fits best, as received."""
    why: tuple[str, ...]


class _Fit(Struct, frozen=True, gc=False):
    """How far each word of the query is in one name."""

    total: float
    """0 to 1."""
    likeness: Sequence[float]
    text: str
    why: str
    is_latin: bool


def prepare(text: str, most_words: int) -> Query:
    """Prepare a query of at most so many words; those after them are not looked at."""
    whole = words_of(text)
    words = Words(whole.written[:most_words], whole.latin[:most_words])
    return Query(words, tuple(map(weight_of, words.written)), tuple(map(weight_of, words.latin)))


def score(query: Query, findable: Findable) -> Score:
    """Return how well an operator fits."""
    best = max(_fits(query, findable), key=lambda fit: fit.total)
    asked = query.words.latin if best.is_latin else query.words.written
    weights = query.latin_weights if best.is_latin else query.written_weights
    there = _in_addresses(asked, findable.addresses, is_latin=best.is_latin)
    pairs = list(zip(best.likeness, there, strict=True))
    whole = _share([max(pair) for pair in pairs], weights)
    is_name = any(own and own >= other for own, other in pairs)
    is_address = any(other > own for own, other in pairs)
    why = (*((best.why,) if is_name else ()), *((IN_ADDRESS,) if is_address else ()))
    points = max(best.total, (1 - OF_NAME) * whole)
    return Score(round(100 * points), best.text, why)


def _in_addresses(
    asked: Sequence[str], addresses: Sequence[str], *, is_latin: bool
) -> Sequence[float]:
    there = [0.0] * len(asked)
    for words in map(_kept_words, addresses):
        those = words.latin if is_latin else words.written
        found = [ADDRESS * _nearest(one, those)[0] for one in asked]
        there = [max(pair) for pair in zip(there, found, strict=True)]
    return there


def _fits(query: Query, findable: Findable) -> Iterator[_Fit]:
    kinds = [(NAME, text) for text in findable.names]
    kinds += [(TRADE_NAME, text) for text in findable.trade_names]
    for why, text in kinds:
        words = _kept_words(text)
        total, likeness = _fit(query.words.written, query.written_weights, words.written)
        yield _Fit(total, likeness, text, why, query.words.is_latin)
        if total < OTHER_LETTERS and not (words.is_latin and query.words.is_latin):
            total, likeness = _fit(query.words.latin, query.latin_weights, words.latin)
            yield _Fit(OTHER_LETTERS * total, likeness, text, TRANSLITERATED, is_latin=True)


def _fit(
    asked: Sequence[str], weights: Sequence[float], words: Sequence[str]
) -> tuple[float, Sequence[float]]:
    found = [_nearest(one, words) for one in asked]
    likeness = [alike for alike, _ in found]
    theirs = [weight_of(word) for word in words]
    met = {word for _, word in found}
    total = (1 - OF_NAME) * _share(likeness, weights)
    total += OF_NAME * _share([float(word in met) for word in words], theirs)
    together = ERROR * Indel.normalized_similarity(
        _run_together(asked, weights), _run_together(words, theirs), score_cutoff=RUN_TOGETHER
    )
    if together <= total:
        return total, likeness
    return together, [max(one, together) for one in likeness]


def _run_together(words: Sequence[str], weights: Sequence[float]) -> str:
    telling = [word for word, weight in zip(words, weights, strict=True) if weight >= 1]
    return "".join(telling or words)


def _nearest(one: str, words: Sequence[str]) -> tuple[float, str]:
    """Return how far a word is among others, and the one that is nearest."""
    if one in words:
        return 1.0, one
    found = process.extractOne(one, words, scorer=OSA.normalized_similarity, score_cutoff=LIKE)
    best = (0.0, "") if found is None else (ERROR * found[1], found[0])
    # Chinese, Thai and other scripts without capital letters run words together.
    is_run_together = not one.isascii() and one.upper() == one.lower()
    if not is_run_together and len(one) < SHORTEST_BEGINNING:
        return best
    for word in words:
        if word.startswith(one) or (is_run_together and one in word):
            best = max(best, (BEGINNING + (ERROR - BEGINNING) * len(one) / len(word), word))
    return best


def _share(likeness: Sequence[float], weights: Sequence[float]) -> float:
    """Return the weighted mean; of no words, nothing."""
    whole = sum(weights)
    if not whole:
        return 0.0
    return sum(one * weight for one, weight in zip(likeness, weights, strict=True)) / whole


@lru_cache(maxsize=16_384)
def _kept_words(text: str) -> Words:
    return words_of(text)
