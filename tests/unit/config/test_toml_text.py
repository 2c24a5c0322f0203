import tomllib

import pytest

from gateway.config.toml_text import toml_text


@pytest.mark.parametrize(
    "text",
    ["\x9b31m", "\u202ereversed", "a\u2028b", "\x7f", "\x1b[2J", "\U000e0041", "\ufeff"],
)
def test_what_a_terminal_would_obey_is_escaped_and_reads_back_equal(text: str) -> None:
    written = toml_text(text)
    assert written.isprintable()
    assert tomllib.loads(f"a = {written}") == {"a": text}


@pytest.mark.parametrize("text", ["海关总署", "Österreich", "می\u200cخواهم", '"\\'])
def test_texts_of_people_stay_as_they_are(text: str) -> None:
    written = toml_text(text)
    assert tomllib.loads(f"a = {written}") == {"a": text}
    assert "\\u" not in written
