import pytest

from gateway.domain.errors import SchemaViolationError
from gateway.domain.texts import check_text, looks_plain
from tests.fakes.second_opinion import form

REFUSED = {
    "an empty text": "",
    "a space before": " Example",
    "a space after": "Example ",
    "an ideographic space after": "示例\u3000",
    "a no-break space before": "\u00a0Example",
    "a line end inside": "Exam\nple",
    "a tab inside": "Exam\tple",
    "a C0 control": "Exam\x01ple",
    "DEL": "Exam\x7fple",
    "a C1 control": "Exam\x85ple",
    "half of a surrogate pair": "Exam\ud800ple",
    "a non-character": "Exam\ufffeple",
    "the other non-character": "Exam\uffffple",
    "more characters than allowed": "x" * 513,
}
TAKEN = {
    "spaces inside": "Example  Trading",
    "quotes and a backslash": '"Example" \\ Co',
    "a name in Arabic with a joiner": "نمونه\u200cها",
    "an ideographic space inside": "示例\u3000贸易",
    "decomposed accents": "Prikla\u0301d",
    "letters beyond the basic plane": "𝔛𝔜 𠮷",
    "a private-use character": "\ue000",
    "the longest text": "x" * 512,
}


@pytest.mark.parametrize("text", REFUSED.values(), ids=REFUSED)
def test_sta_1_text_is_refused_for(text: str) -> None:
    with pytest.raises(SchemaViolationError) as caught:
        check_text(text, "names/text")
    assert caught.value.context == {"field": "names/text"}


@pytest.mark.parametrize("text", TAKEN.values(), ids=TAKEN)
def test_sta_1_text_is_taken_with(text: str) -> None:
    check_text(text, "names/text")


def test_sta_1_fast_look_never_passes_what_the_rule_refuses() -> None:
    for code_point in (*range(0x3000), *range(0xE000 - 2, 0xE000 + 2), *range(0xFFF0, 0x1_0002)):
        text = f"a{chr(code_point)}b"
        if not 0xD800 <= code_point < 0xE000 and looks_plain(form({"text": text})):
            check_text(text, "text")


def test_sta_1_refusal_names_the_code_point_and_its_place() -> None:
    with pytest.raises(SchemaViolationError, match=r"U\+0085 at position 4"):
        check_text("Exam\x85ple", "names/text")
