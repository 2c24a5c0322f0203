import pytest

from gateway.entrypoints.http.languages import LANGUAGES, language_of


def test_there_are_english_and_chinese() -> None:
    assert {"en", "zh"} <= set(LANGUAGES)


@pytest.mark.parametrize(
    ("accepted", "given"),
    [
        ("", "en"),
        ("*", "en"),
        ("zh", "zh"),
        ("ZH-Hans-CN", "zh"),
        ("fr, zh;q=0.3, en;q=0.2", "zh"),
        ("en;q=0.2, zh ; q=0.8", "zh"),
        ("zh;q=0, en", "en"),
        ("zh;q=high, en;q=0.1", "en"),
        ("zhx", "en"),
        ("fr, de", "en"),
        (",;=q,,", "en"),
        ("\xff\xfe", "en"),
    ],
)
def test_the_language_that_is_read_best_is_given(accepted: str, given: str) -> None:
    assert language_of(accepted.encode("latin-1")) == given
