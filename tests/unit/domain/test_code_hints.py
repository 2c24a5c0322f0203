import pytest

from gateway.domain.agreements import Agreement, IdentifierScheme
from gateway.domain.code_forms import describe, kind_of, lengths, read_pattern, slots
from gateway.domain.code_hints import (
    likely_meant,
    misreadings,
    missing_prefix,
    near_misses,
    twin_prefix,
)
from gateway.domain.messages import Message
from tests.fakes.known_world import AGREEMENT, agreement
from tests.fakes.wording import in_english

CHECKS = {"mod 7": lambda text: text.isdigit() and int(text) % 7 == 0}
TIN = IdentifierScheme(name="TIN", pattern="^XA[0-9]{6}$", example="XA123456")
CHECKED = IdentifierScheme(name="TIN", pattern="^XA[0-9]{6}$", check_digit="mod 7")
LETTERS = IdentifierScheme(name="TIN", pattern="^XA[A-Z]{2}[0-9A-Z]{4}$")
OPEN = IdentifierScheme(name="TIN", pattern="^XA[0-9A-Z]{4,}$")
RANGE = IdentifierScheme(name="TIN", pattern="^XA[0-9]{5,8}$")
EITHER = IdentifierScheme(name="TIN", pattern="^(XA|XB)[0-9]{4}$")
CARRIES_AEO = IdentifierScheme(name="TIN", pattern="^AEOXA[0-9]{6}$")

HINTS = {
    "what is expected, in words": (TIN, "XA1", "expects XA, then 6 of 0-9 (pattern ^XA[0-9]{6}$)"),
    "an example": (TIN, "XA1", "for example XA123456"),
    "a pattern without words": (EITHER, "XA1", "expects pattern ^(XA|XB)[0-9]{4}$"),
    "too short": (TIN, "XA12345", "7 characters; 8 are expected"),
    "too long": (TIN, "XA1234567", "9 characters; 8 are expected"),
    "too short for an open length": (OPEN, "XA12", "4 characters; 6 or more are expected"),
    "outside a range of lengths": (RANGE, "XA1", "3 characters; 7 to 10 are expected"),
    "longer than any code of the scheme": (OPEN, "XA" + "1" * 40, "at most 35 are allowed"),
    "the first wrong character": (TIN, "XA12E4F6", "character 5 is E; 0-9 is expected there"),
    "a foreign letter by name": (
        TIN, "ХA123456", "character 1 is Х (CYRILLIC CAPITAL LETTER HA, U+0425)",
    ),
    "what a foreign letter looks like": (TIN, "ХA123456", "U+0425); it looks like X"),
    "a correction of a foreign letter": (TIN, "ХA123456", "perhaps XA123456 was meant"),
    "a correction of a foreign letter in lower case": (TIN, "Xа123456", "perhaps XA123456"),
    "a correction of O": (TIN, "XA12345O", "perhaps XA123450 was meant"),
    "a correction of I": (TIN, "XAI23456", "perhaps XA123456 was meant"),
    "a correction of zero where a letter stands": (LETTERS, "XA0B1234", "perhaps XAOB1234"),
    "a check digit": (CHECKED, "XA123458", "the check digit (mod 7) does not agree"),
    "neighbours swapped, by check digit": (CHECKED, "XA213456", "perhaps XA213465 was meant"),
    "the word AEO where the scheme has none": (TIN, "AEOXA12345", "7 characters; 8 are expected"),
    "no word AEO where the scheme has it": (CARRIES_AEO, "XA12345O", "perhaps AEOXA123450"),
}  # fmt: skip


@pytest.mark.parametrize(("scheme", "code", "hint"), HINTS.values(), ids=HINTS.keys())
def test_hint_says_what_failed_or_was_meant(scheme: IdentifierScheme, code: str, hint: str) -> None:
    hints = [in_english(one) for one in near_misses(code, [(AGREEMENT, scheme)], CHECKS)]
    assert any(hint in one for one in hints), hints


def test_hints_are_few_and_each_is_said_once() -> None:
    many: list[tuple[Agreement, IdentifierScheme]] = [(AGREEMENT, TIN)] * 40
    hints = near_misses("ХА12345О", many, CHECKS)
    assert len(hints) <= 8
    assert len({in_english(one) for one in hints}) == len(hints)


def test_nothing_is_tried_on_texts_that_are_no_codes() -> None:
    assert len(near_misses("XA" + "1" * 100_000, [(AGREEMENT, TIN)], CHECKS)) == 1


def test_candidates_fit_the_scheme_and_its_check_digit() -> None:
    meant = [
        hint.values["code"]
        for hint in near_misses("XA213456", [(AGREEMENT, CHECKED)], CHECKS)
        if hint.key == "hint.perhaps"
    ]
    assert meant
    assert all(int(code.removeprefix("XA")) % 7 == 0 for code in meant)


def test_misreadings_name_only_characters_that_could_be_the_other() -> None:
    assert misreadings("XAO01234", [TIN]) == ()
    assert [in_english(one) for one in misreadings("XAAA0B1C", [LETTERS])] == [
        "character 5 is 0: compare it with O",
        "character 7 is 1: compare it with I",
    ]


def test_missing_prefix_names_the_country_that_would_fit() -> None:
    (hint,) = missing_prefix("123456", [(AGREEMENT, TIN)], CHECKS)
    assert in_english(hint) == "with XA before it, this has the form of a code of Xaland"
    assert missing_prefix("12345", [(AGREEMENT, TIN)], CHECKS) == ()
    union = agreement(territory=("XB", "XC"))
    assert missing_prefix("123456", [(union, TIN)], CHECKS) == ()


def test_missing_prefix_is_silent_where_it_could_be_anybody() -> None:
    anything = IdentifierScheme(name="TIN", pattern="^X[A-D][0-9]+$")
    union = agreement(territory=("XA", "XB", "XC", "XD"))
    assert missing_prefix("123456", [(union, anything)], CHECKS) == ()


TWINS = {
    "Greece by tax number": ("EL123", True),
    "Greece by ISO code": ("GR123", True),
    "Northern Ireland": ("XI123", True),
    "Great Britain after AEO": ("AEOGB123", True),
    "another country": ("XA123", False),
}


@pytest.mark.parametrize(("code", "has_twin"), TWINS.values(), ids=TWINS.keys())
def test_prefixes_that_are_taken_for_each_other(code: str, *, has_twin: bool) -> None:
    assert bool(twin_prefix(code)) is has_twin


def test_country_prefix_is_read_as_it_was_likely_meant() -> None:
    assert likely_meant("5G1") == "SG1"
    assert likely_meant("ХА1") == "XA1"
    assert likely_meant("AEOXA1") == "XA1"


PATTERNS = {
    "a fixed form": ("^SG[0-9A-Z]{12}$", "SG, then 12 of 0-9A-Z", (14, 14)),
    "a form that carries its type": (
        "^RSAEO[FS][0-9A-Z]{24}$", "RSAEO, then 1 of FS, then 24 of 0-9A-Z", (30, 30),
    ),
    "an open form": ("^NZ[0-9A-Z]{4,}$", "NZ, then 4 or more of 0-9A-Z", (6, None)),
    "a range": (r"^ZA\d{5,8}$", "ZA, then 5 to 8 of 0-9", (7, 10)),
    "one or more": ("^XA[0-9]+$", "XA, then 1 or more of 0-9", (3, None)),
    "any number": ("^XA[0-9]*$", "XA, then 0 or more of 0-9", (2, None)),
    "perhaps one": ("^XA[A-Z]?1$", "XA, then 0 to 1 of A-Z, then 1", (3, 4)),
    "alternatives are not put into words": ("^(XA|XB)1$", "", (0, 0)),
    "a negated class is not put into words": ("^XA[^0]$", "", (0, 0)),
}  # fmt: skip


@pytest.mark.parametrize(("pattern", "words", "length"), PATTERNS.values(), ids=PATTERNS.keys())
def test_pattern_in_words(pattern: str, words: str, length: tuple[int, int | None]) -> None:
    elements = read_pattern(pattern)
    form = describe(elements)
    assert (in_english(form) if isinstance(form, Message) else form or "") == words
    assert lengths(elements) == length


def test_places_follow_the_length_where_one_element_varies() -> None:
    assert len(slots(read_pattern("^NZ[0-9A-Z]{4,}$"), 9)) == 9
    assert len(slots(read_pattern("^NZ[0-9A-Z]{4,}$"), 3)) == 6
    assert slots(read_pattern("^XA[0-9]+[A-Z]+$"), 6) == ()


def test_kinds_of_characters_are_named_as_people_write_them() -> None:
    assert kind_of(frozenset("0123456789")) == "0-9"
    assert kind_of(frozenset("SF")) == "FS"
    assert kind_of(frozenset("0123456789F")) == "0-9F"
