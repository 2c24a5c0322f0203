"""Words as they are searched: without case, accents and punctuation, and in Latin letters too."""

import re
import unicodedata
from functools import lru_cache
from typing import Final

from anyascii import anyascii
from msgspec import Struct

from gateway.domain.names import GENERIC, LEGAL_ENDINGS, LEGAL_FORMS
from gateway.ports.search import Findable

LEGAL_WEIGHT: Final = 0.1
GENERIC_WEIGHT: Final = 0.5
_WORD: Final = re.compile(r"[^\W_]+")
_THAI_FORMS: Final = frozenset({"บริษัท", "จำกัด", "มหาชน"})


class Words(Struct, frozen=True, gc=False):
    """One text in words, as written and in Latin letters of ASCII."""

    written: tuple[str, ...]
    latin: tuple[str, ...]

    @property
    def is_latin(self) -> bool:
        """Whether both are the same."""
        return self.written == self.latin


def words_of(text: str) -> Words:
    """Return the words of a name, an address or a query."""
    if text.isascii():
        words = _split(text.lower())
        return Words(words, words)
    whole = unicodedata.normalize("NFKC", text)
    for ending in LEGAL_ENDINGS:
        whole = whole.replace(ending, " ")
    if not _WORD.search(whole):
        # A company that is called Company.
        whole = unicodedata.normalize("NFKC", text)
    folded = whole.casefold()
    apart = unicodedata.normalize("NFKD", folded)
    bare = "".join(letter for letter in apart if unicodedata.category(letter) != "Mn")
    # Thai vowels are marks: in Latin letters they have to stay.
    return Words(
        _split(unicodedata.normalize("NFC", bare)),
        tuple(latin for word in _split(folded) for latin in _split(_latin(word))),
    )


def latin_of(findable: Findable) -> str:
    """Return all words of an operator in Latin letters, with a space around each."""
    words = {
        word
        for text in (*findable.names, *findable.trade_names, *findable.addresses)
        for word in words_of(text).latin
    }
    telling = words - FORMS or words
    return f" {' '.join(sorted(telling))} "


def groups_of(word: str) -> list[str]:
    """Return a word's groups of three letters, its beginning and end among them."""
    around = f" {word} "
    return [around[at : at + 3] for at in range(len(around) - 2)]


def weight_of(word: str) -> float:
    """Return how much a word tells: legal forms hardly anything, common words half."""
    if word in FORMS:
        return LEGAL_WEIGHT
    return GENERIC_WEIGHT if word in GENERIC else 1.0


def _split(text: str) -> tuple[str, ...]:
    """Return words; what is written as initials, S.A., is one."""
    return tuple(_WORD.findall(text.replace(".", "").replace("'", "").replace("’", "")))


@lru_cache(maxsize=65_536)
def _latin(word: str) -> str:
    return word if word.isascii() else anyascii(word).lower()


FORMS: Final = LEGAL_FORMS | _THAI_FORMS | {_latin(form) for form in LEGAL_FORMS | _THAI_FORMS}
"""Words that say what kind of company it is, as written and in Latin letters."""
