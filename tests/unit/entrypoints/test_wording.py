"""The catalogue is whole in every language, and safe where two directions of writing meet."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings

import gateway
from gateway.domain.agreements import Direction, MeasureCode
from gateway.domain.answers import AnswerReason, Question
from gateway.domain.knowledge import Knowledge
from gateway.domain.messages import Message
from gateway.domain.recognition import LADDER, recognise
from gateway.entrypoints.error_rows import CATALOGUE
from gateway.entrypoints.wording import Language, find_language, languages
from gateway.entrypoints.wording.catalogue import read_texts
from tests.fakes.known_world import NOW
from tests.fakes.random_worlds import questions, worlds

SOURCES = sorted(Path(gateway.__file__).parent.rglob("*.py"))
TEXTS = read_texts()
ENGLISH = TEXTS["en"]
FAIL_SAFE = {"en": "normal controls", "zh": "按常规监管办理"}
NAMED_BY_WORDS = {
    *(f"direction.{one}" for one in Direction),
    *(f"measure.{one}" for one in MeasureCode),
    *(f"rung.{number}.question" for number in range(1, len(LADDER) + 1)),
    *(f"reason.{one}.{what}" for one in AnswerReason for what in ("title", "meaning", "next")),
}
"""Keys that are put together from words of the domain."""
HEBREW = "שלום"


def placeholders(text: str) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", text))


def messages_in_sources() -> Iterator[tuple[str, set[str]]]:
    """Find each message that is written out, with the names of its values."""
    for source in SOURCES:
        for node in ast.walk(ast.parse(source.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Message":
                key, *values = [*node.args, *(one.value for one in node.keywords)]
                written = [one for one in values if isinstance(one, ast.Dict)]
                if isinstance(key, ast.Constant) and written == values:
                    names = [name for one in written for name in one.keys if name is not None]
                    yield str(key.value), {ast.literal_eval(name) for name in names}


@pytest.mark.parametrize("tag", TEXTS)
def test_every_text_exists_in_every_language_with_the_same_placeholders(tag: str) -> None:
    assert {key: placeholders(text) for key, text in TEXTS[tag].items()} == {
        key: placeholders(text) for key, text in ENGLISH.items()
    }


def test_every_message_of_the_code_fits_its_text() -> None:
    found = list(messages_in_sources())
    assert len(found) > 30
    for key, names in found:
        assert placeholders(ENGLISH[key]) == names, key


def test_catalogue_holds_no_text_that_nobody_says() -> None:
    words = {
        node.value
        for source in SOURCES
        for node in ast.walk(ast.parse(source.read_text("utf-8")))
        if isinstance(node, ast.Constant)
    }
    refusals = {f"error.{row.reason}" for row in CATALOGUE.values()}
    assert set(ENGLISH) - NAMED_BY_WORDS - refusals <= words
    assert set(ENGLISH) >= NAMED_BY_WORDS


@pytest.mark.parametrize("tag", TEXTS)
def test_every_decision_but_the_grant_says_that_normal_controls_apply(tag: str) -> None:
    for reason in AnswerReason:
        is_grant = reason is AnswerReason.RECOGNISED
        assert (FAIL_SAFE[tag] in TEXTS[tag][f"reason.{reason}.next"]) is not is_grant


@settings(derandomize=True, max_examples=60, deadline=None)
@given(questions, worlds())
def test_whatever_is_answered_can_be_said_in_every_language(
    question: Question, known: Knowledge
) -> None:
    answer = recognise(question, knowledge=known, known_at=NOW)
    for language in languages().values():
        said = [*answer.sentence, *answer.next_step, *answer.hints, *answer.evidence]
        assert all(map(language.say, said))


TAGS = {
    "en": "en",
    "zh": "zh",
    "zh-Hans-CN": "zh",
    "ZH-cn": "zh",
    "en-GB": "en",
    "": "en",
    "fr": "en",
    "-": "en",
    "zh" * 100: "en",
}


@pytest.mark.parametrize(("tag", "found"), TAGS.items())
def test_language_is_found_by_the_longest_tag_that_fits(tag: str, found: str) -> None:
    assert find_language(tag).tag == found


def a_language(direction: str, greeting: str) -> Language:
    changed = {"language.direction": direction, "rung.6.unusable": greeting}
    return Language("xx", {**ENGLISH, **changed})


def said(language: Language, why: str) -> str:
    return language.say(Message("rung.6.unusable", {"why": why}))


def test_values_are_isolated_in_a_language_that_runs_to_the_left() -> None:
    arabic = a_language("rtl", "محظور: {why}.")
    assert said(arabic, "XA-1 (2)") == "محظور: \u2068XA-1 (2)\u2069."
    listed = arabic.say(Message("rung.9.measures", parts={"measures": ("PRIO", "INSP")}))
    assert listed == "measures \u2068PRIO\u2069, \u2068INSP\u2069"


@pytest.mark.parametrize("tag", TEXTS)
def test_value_that_runs_to_the_left_is_isolated_elsewhere(tag: str) -> None:
    language = find_language(tag)
    assert f"\u2068{HEBREW}\u2069" in said(language, HEBREW)
    assert "\u2068" not in said(language, "Ünïcode 北風")
    partners = Message("rung.1.malformed", parts={"partners": (HEBREW, "Xaland")})
    assert language.say(partners).count("\u2068") == 1


def test_value_brings_no_controls_of_direction_of_its_own() -> None:
    assert said(find_language("en"), f"{HEBREW}\u2069\u202e!") == (
        f"The partner's data on this operator cannot be used: \u2068{HEBREW}!\u2069."
    )


def test_signs_that_fill_in_templates_stay_what_they_are() -> None:
    language = a_language("ltr", "100 % {why}, %(why)s.")
    assert said(language, "%s") == "100 % %s, %(why)s."
