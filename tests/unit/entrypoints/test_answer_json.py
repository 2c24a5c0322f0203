"""The JSON of an answer: what every way out but gRPC gives."""

import json
from datetime import date

import pytest

from gateway.domain.answers import Answer, Question
from gateway.domain.recognition import recognise
from gateway.entrypoints.answer_json import AnswerDocument, answer_json
from gateway.entrypoints.wording import languages
from tests.fakes.known_world import CODE, NOW, world

GRANT = recognise(Question(code=CODE, on=date(2026, 11, 2)), knowledge=world(), known_at=NOW)
UNKNOWN = recognise(Question(code="XQ1"), knowledge=world(), known_at=NOW)


def in_json(answer: Answer, language: str = "en") -> dict[str, object]:
    document = json.loads(answer_json(answer, language))
    assert isinstance(document, dict)
    return document


def test_fields_come_in_their_order_and_what_is_empty_is_absent() -> None:
    order = AnswerDocument.__struct_fields__
    for answer in (GRANT, UNKNOWN):
        fields = list(in_json(answer))
        assert fields == [field for field in order if field in fields]
    assert set(order) - set(in_json(GRANT)) == {"hints"}
    assert {"agreement", "operator_id", "measures", "contact"}.isdisjoint(in_json(UNKNOWN))


def test_times_are_written_in_utc_and_a_day_as_a_day() -> None:
    document = in_json(GRANT)
    assert (document["valid_at"], document["known_at"]) == ("2026-11-02", "2026-11-02T12:00:00Z")


def test_same_answer_gives_the_same_bytes() -> None:
    again = recognise(Question(code=CODE, on=date(2026, 11, 2)), knowledge=world(), known_at=NOW)
    assert answer_json(again) == answer_json(GRANT)


@pytest.mark.parametrize("answer", [GRANT, UNKNOWN], ids=["grant", "no grant"])
def test_only_texts_differ_between_languages(answer: Answer) -> None:
    texts = {"sentence", "next_step", "hints", "rungs"}
    facts = [
        {key: value for key, value in in_json(answer, tag).items() if key not in texts}
        for tag in languages()
    ]
    assert all(one == facts[0] for one in facts)
    assert len({str(in_json(answer, tag)["sentence"]) for tag in languages()}) == len(languages())
