import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.domain.agreements import IdentifierScheme
from gateway.domain.answers import MatchKind
from gateway.domain.errors import ConfigError
from gateway.domain.identifiers import (
    declared_forms,
    fits,
    is_in_territory,
    normal_form,
)

NORMAL_FORMS = {
    "a plain code stays": ("SG123456789012", "SG123456789012"),
    "lower case is raised": ("sg123456789012", "SG123456789012"),
    "spaces and hyphens go": ("SG 1234-5678 9012", "SG123456789012"),
    "tabs and line ends go": ("SG1234\t56789012\r\n", "SG123456789012"),
    "full-width characters become ASCII": ("ＳＧ１２３４５６７８９０１２", "SG123456789012"),
    "full-width hyphen and space go": ("ＳＧ－１２３\u3000４", "SG1234"),
    "full-width lower case is raised": ("ｓｇ１", "SG1"),
    "en dash, minus and soft hyphen go": ("SG1\u20132\u22123\u00ad4", "SG1234"),
    "a zero-width space goes": ("SG1\u200b2", "SG12"),
    "the punctuation of tax numbers goes": ("CHE-123.456.789/MWST", "CHE123456789MWST"),
    "angle brackets go": ("AEO<SG123456789012>", "AEOSG123456789012"),
    "a Cyrillic letter stays": ("СН1", "СН1"),
    "a Greek letter stays": ("ΑB1", "ΑB1"),
    "the dotless i never becomes I": ("sı1", "Sı1"),
    "the sharp s never becomes SS": ("xß1", "Xß1"),
    "a circled digit never becomes a digit": ("XA①", "XA①"),
    "an Arabic digit never becomes a digit": ("XA٣", "XA٣"),
    "a Roman numeral never becomes letters": ("XAⅣ", "XAⅣ"),
    "an asterisk is no separator": ("XA*1", "XA*1"),
    "nothing stays nothing": ("", ""),
}


@pytest.mark.parametrize(("text", "form"), NORMAL_FORMS.values(), ids=NORMAL_FORMS.keys())
def test_normal_form_undoes_only_what_is_certain(text: str, form: str) -> None:
    assert normal_form(text) == form


@settings(derandomize=True, max_examples=300)
@given(st.text(max_size=40))
def test_normal_form_of_a_normal_form_is_itself(text: str) -> None:
    assert normal_form(normal_form(text)) == normal_form(text)


FORMS = {
    "a code in normal form": (
        "XA12",
        [("XA12", MatchKind.EXACT), ("AEOXA12", MatchKind.LEGACY_FORM)],
    ),
    "a code with a space": (
        "XA 12",
        [("XA12", MatchKind.NORMALISED), ("AEOXA12", MatchKind.LEGACY_FORM)],
    ),
    "a declaration before 2018": (
        "AEO<XA12>",
        [("AEOXA12", MatchKind.NORMALISED), ("XA12", MatchKind.LEGACY_FORM)],
    ),
    "a code that carries AEO": (
        "AEOCN1234567890",
        [("AEOCN1234567890", MatchKind.EXACT), ("CN1234567890", MatchKind.LEGACY_FORM)],
    ),
}


@pytest.mark.parametrize(("code", "forms"), FORMS.values(), ids=FORMS.keys())
def test_declared_code_stands_for_these_identifiers(
    code: str, forms: list[tuple[str, MatchKind]]
) -> None:
    assert list(declared_forms(code)) == forms


TERRITORY = {
    "a code of the partner": ("XA1", ("XA",), True),
    "a code of another country": ("XB1", ("XA",), False),
    "a code that carries AEO": ("AEOXA1", ("XA",), True),
    "a territory that carries AEO": ("AEOXA1", ("AEOXA",), True),
    "a member of a union": ("EL1", ("GR", "EL"), True),
    "GR where only EL is registered": ("GR1", ("EL",), False),
    "XI where only GB is registered": ("XI1", ("GB",), False),
}


@pytest.mark.parametrize(
    ("identifier", "territory", "inside"), TERRITORY.values(), ids=TERRITORY.keys()
)
def test_acc_4_territory_is_judged_on_the_identifier(
    identifier: str, territory: tuple[str, ...], *, inside: bool
) -> None:
    assert is_in_territory(identifier, territory) is inside


def a_scheme(pattern: str, **changes: object) -> IdentifierScheme:
    return IdentifierScheme(name="test", pattern=pattern, **changes)  # type: ignore[arg-type] # a case


FITS = {
    "a code of the form fits": ("XA12", a_scheme("^XA[0-9]{2}$"), True),
    "a longer code does not": ("XA123", a_scheme("^XA[0-9]{2}$"), False),
    "the whole code is matched without anchors": ("XA123", a_scheme("XA[0-9]{2}"), False),
    "a trailing line end is no match": ("XA12\n", a_scheme("^XA[0-9]{2}$"), False),
    "too long for the scheme": ("XA12345", a_scheme("^XA[0-9]+$", max_length=6), False),
    "the check digit agrees": ("XA14", a_scheme("^XA[0-9]{2}$", check_digit="mod 7"), True),
    "the check digit disagrees": ("XA15", a_scheme("^XA[0-9]{2}$", check_digit="mod 7"), False),
    "AEO is no national part": ("AEOXA14", a_scheme("^AEOXA[0-9]+$", check_digit="mod 7"), True),
    "a code of thirty characters": (
        "RSAEOF123456789012345678901234",
        a_scheme("^RSAEO[FS][0-9A-Z]{24}$"),
        True,
    ),
}
CHECKS = {"mod 7": lambda text: int(text) % 7 == 0}


@pytest.mark.parametrize(("identifier", "scheme", "expected"), FITS.values(), ids=FITS.keys())
def test_identifier_fits_a_scheme_by_form_length_and_check_digit(
    identifier: str, scheme: IdentifierScheme, *, expected: bool
) -> None:
    assert fits(identifier, scheme, CHECKS) is expected


def test_pattern_that_does_not_compile_is_our_configuration() -> None:
    with pytest.raises(ConfigError):
        fits("XA1", a_scheme("^XA[0-9$"), {})


def test_check_digit_that_nobody_handed_over_is_our_configuration() -> None:
    with pytest.raises(ConfigError):
        fits("XA1", a_scheme("^XA[0-9]$", check_digit="mod 97"), {})
