"""Files that people write, spoiled: settings, partner files, operator files."""

import re
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.config.example import write_example
from gateway.config.partner_example import write_operators_example, write_partner_example
from gateway.config.partner_files import dump_partner, load_partner
from gateway.config.settings import load_settings
from gateway.domain.errors import ConfigError, OperatorFileError
from gateway.services.operator_file import read_operators, write_operators
from tests.fakes.mutations import Mutation, fuzzed, mutations
from tests.fakes.sealed_lists import NOW

SETTINGS = write_example(home="XA", name="Customs of XA")
PARTNER = write_partner_example(
    home="XA", partner="XB", name="Customs of XB", since=NOW.date(), agreement="XA-XB"
)
OPERATORS = write_operators_example(home="XA", since=NOW.date())
LONG_NUMBER = "9" * 5_000
VALUE = re.compile(r"(?<== ).*$", re.MULTILINE)
ODD = st.sampled_from(
    [
        '""',
        '"\\u0000"',
        '"' + "(" * 2_000 + '"',
        "'^XB[0-9]{99999999999}$'",
        "'(a'",
        "'%s'" % ("9" * 400 + "d"),
        '"9999999d"',
        '"-1s"',
        '"XX"',
        '"../../x"',
        '"[::1"',
        '"sqlite:///\\u0000"',
        '"postgresql://h:99999999/x"',
        "-1",
        "0",
        LONG_NUMBER,
        "1e400",
        "nan",
        "true",
        "9999-12-31",
        "0001-01-01T00:00:00+14:00",
        "2026-02-30",
        "[]",
        "[" * 3_000,
        "{}",
        "{ a = {} }",
        '["a", "a"]',
        '"*/0 * * * *"',
        '"99999999999999999999 * * * *"',
        '"-----BEGIN CERTIFICATE-----\\nAAAA\\n-----END CERTIFICATE-----\\n"',
        "'''x'''",
    ]
)
REPLACEMENTS = st.lists(st.tuples(st.integers(0, 99), ODD), min_size=1, max_size=3)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("files") / "file.toml"


def replaced(text: str, replacements: list[tuple[int, str]]) -> str:
    """Put odd values in the place of others."""
    for number, odd in replacements:
        places = list(VALUE.finditer(text))
        place = places[number % len(places)]
        text = text[: place.start()] + odd + text[place.end() :]
    return text


def read_settings(file: Path, content: bytes) -> None:
    file.write_bytes(content)
    with suppress(ConfigError):
        load_settings(file, {})


def read_partner(file: Path, content: bytes) -> None:
    """Read it or refuse it; what is read is written and read again as the same."""
    file.write_bytes(content)
    try:
        profile = load_partner(file)
    except ConfigError:
        return
    file.write_text(dump_partner(profile), encoding="utf-8")
    assert load_partner(file) == profile


def read_programme(content: bytes) -> None:
    """Read it or refuse it; what is read is written and read again as the same."""
    try:
        operators = read_operators(content)
    except OperatorFileError:
        return
    assert read_operators(write_operators(operators).encode()) == operators


@fuzzed(40)
@given(content=st.binary(max_size=300))
def test_any_bytes_as_a_file_are_refused_with_the_declared_error(
    file: Path, content: bytes
) -> None:
    read_settings(file, content)
    read_partner(file, content)


@fuzzed(80)
@given(mutation=mutations())
def test_mutated_settings_load_or_are_refused_with_the_declared_error(
    file: Path, mutation: Mutation
) -> None:
    read_settings(file, mutation(SETTINGS.encode()))


@fuzzed(120)
@given(replacements=REPLACEMENTS)
def test_settings_with_odd_values_load_or_are_refused_with_the_declared_error(
    file: Path, replacements: list[tuple[int, str]]
) -> None:
    read_settings(file, replaced(SETTINGS, replacements).encode())


@fuzzed(80)
@given(mutation=mutations())
def test_a_mutated_partner_file_loads_or_is_refused_with_the_declared_error(
    file: Path, mutation: Mutation
) -> None:
    read_partner(file, mutation(PARTNER.encode()))


@fuzzed(200)
@given(replacements=REPLACEMENTS, is_whole=st.booleans())
def test_a_partner_file_with_odd_values_loads_or_is_refused_with_the_declared_error(
    file: Path, replacements: list[tuple[int, str]], is_whole: bool
) -> None:
    text = PARTNER.replace("\n# ", "\n") if is_whole else PARTNER
    read_partner(file, replaced(text, replacements).encode())


@fuzzed(120)
@given(mutation=mutations())
def test_a_mutated_operator_file_is_read_or_refused_with_the_declared_error(
    mutation: Mutation,
) -> None:
    read_programme(mutation(OPERATORS.encode()))
