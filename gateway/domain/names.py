"""Does a declared name contradict the names on the list? A pure rule with a version number.

A name alone never grants; it may send a case to an officer. The rule is lenient where writing
varies (case, accents, legal form, word order) and silent where names cannot be compared: a name in
another script than the listed ones contradicts nothing. Fuzzy scores serve search only, else a
replay would change with a library.
"""

import unicodedata
from collections.abc import Iterable
from enum import StrEnum

RULE_VERSION = 1
"""Rises with every change of this module or of the ladder; an answer carries it."""


class NameVerdict(StrEnum):
    """What the comparison shows."""

    AGREES = "agrees"
    CONTRADICTS = "contradicts"
    NOT_COMPARABLE = "not comparable"


LEGAL_FORMS = frozenset(
    """ab ag as asa aps bhd bv bvba co company cia corp corporation cv doo dd ead eirl eood gmbh
    inc incorporated jsc kft kg kk kgaa limited limitada llc llp lp ltd ltda mbh nv oao ooo oy oyj
    pao pcl plc pjsc pt pte pty pvt private public sa sae saog sarl sas sau sdn se sl slu spa spol
    spzoo srl sro ug vof zao zoo zrt and the of for und et y e de la le das der die
    ао зао ооо оао пао тоо тов чп ип ао αε επε ικε
    شركة شركه المحدودة בעמ""".split()  # noqa: SIM905 (a list of eighty strings is unreadable)
)
"""Words that say what kind of company it is, or join others: they identify nobody."""

LEGAL_ENDINGS = (
    "股份有限公司",
    "有限责任公司",
    "有限責任公司",
    "有限公司",
    "株式会社",
    "株式會社",
    "合同会社",
    "有限会社",
    "주식회사",
    "유한회사",
    "公司",
)
"""The same in scripts that write no spaces."""

GENERIC = frozenset(
    """enterprise enterprises export exports global group holding holdings import imports
    industrial industries industry international logistics manufacturing service services shipping
    technologies technology trade trading transport worldwide""".split()  # noqa: SIM905 (as above)
)
"""Words that many names share; they count only where nothing else is left."""

_SPACELESS = frozenset({"CJK", "HIRAGANA", "KATAKANA", "THAI", "LAO", "KHMER", "MYANMAR"})

_ASCII = {
    code: None if chr(code) in ".'" else " " for code in range(128) if not chr(code).isalnum()
}
"""What `_fold` does to punctuation, for the names that need nothing else."""


def compare_names(declared: str, listed: Iterable[str]) -> NameVerdict:
    """Compare a declared name with all names and trade names of an operator."""
    bare = _without_endings(declared)
    script = _script(bare)
    ours = _words(bare, script)
    if not ours:
        return NameVerdict.NOT_COMPARABLE
    others = [_without_endings(name) for name in listed]
    comparable = [_words(name, script) for name in others if _script(name) == script]
    comparable = [words for words in comparable if words]
    if not comparable:
        return NameVerdict.NOT_COMPARABLE
    if any(_agree(ours, theirs) for theirs in comparable):
        return NameVerdict.AGREES
    return NameVerdict.CONTRADICTS


def identity_of(name: str) -> str:
    """Return what is left of a name without case, accents, punctuation and legal form.

    Equal for two ways to write one name; stricter than `compare_names`, which is for doubt.
    """
    bare = _without_endings(name)
    return "".join(_words(bare, _script(bare))) or _fold(name) or name


def _agree(ours: list[str], theirs: list[str]) -> bool:
    """Tell whether half of the shorter name is in the other, or both are one word apart spaces."""
    if "".join(ours) == "".join(theirs):
        return True
    left, right = _telling(ours), _telling(theirs)
    return 2 * len(left & right) >= min(len(left), len(right))


def _telling(words: list[str]) -> set[str]:
    return set(words) - GENERIC or set(words)


def _words(name: str, script: str) -> list[str]:
    folded = _fold(name)
    if script in _SPACELESS:
        return [letter for letter in folded if letter.isalnum()]
    return [word for word in folded.split() if word not in LEGAL_FORMS]


def _without_endings(name: str) -> str:
    if name.isascii():
        return name
    bare = unicodedata.normalize("NFKC", name)
    for ending in LEGAL_ENDINGS:
        bare = bare.replace(ending, " ")
    return bare


def _fold(name: str) -> str:
    """Return a name without case, accents and punctuation; S.A. and S A become sa."""
    if name.isascii():
        return " ".join(_join_initials(name.casefold().translate(_ASCII).split()))
    apart = unicodedata.normalize("NFKD", name.casefold())
    letters = "".join(letter for letter in apart if unicodedata.category(letter) != "Mn")
    letters = unicodedata.normalize("NFC", letters).replace(".", "").replace("'", "")
    spaced = "".join(letter if letter.isalnum() else " " for letter in letters)
    return " ".join(_join_initials(spaced.split()))


def _join_initials(words: list[str]) -> Iterable[str]:
    initials = ""
    for word in words:
        if len(word) == 1 and word.isascii():
            initials += word
            continue
        if initials:
            yield initials
            initials = ""
        yield word
    if initials:
        yield initials


def _script(name: str) -> str:
    """Return the script of most letters, by the first word of their Unicode names."""
    if name.isascii():
        return "LATIN" if name.upper() != name.lower() else ""
    counts: dict[str, int] = {}
    for letter in name:
        if letter.isalpha():
            script = unicodedata.name(letter, "UNKNOWN").split(" ", 1)[0]
            counts[script] = counts.get(script, 0) + 1
    return max(sorted(counts), key=lambda script: counts[script], default="")
