from datetime import UTC, date, datetime, timedelta, timezone

import msgspec
import pytest

from gateway.domain.agreements import Direction
from gateway.domain.answers import Question
from gateway.domain.logged_decisions import COLUMNS, END, question_from_bytes

BERNE = timezone(timedelta(hours=1))
QUESTIONS = {
    "code alone": Question(code="XA1"),
    "everything": Question(
        code="XA1", direction=Direction.EXPORT, name="Northwind", on=date(2026, 3, 1), role="IM"
    ),
    "a moment": Question(code="XA1", on=datetime(2026, 3, 1, 12, tzinfo=UTC)),
    "a moment elsewhere": Question(code="XA1", on=datetime(2026, 3, 1, 12, tzinfo=BERNE)),
    "a test": Question(code="ZZRECOGNISED", test=True),
    "odd characters": Question(code='"\\\0\u2028🛃', name="\x1f"),
}


@pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS)
def test_a_question_comes_back_exact_enough_to_be_asked_again(question: Question) -> None:
    written = msgspec.json.encode(question)
    read = question_from_bytes(written)
    assert read == question
    assert msgspec.json.encode(read) == written


def test_every_field_of_a_question_is_read() -> None:
    everything = QUESTIONS["everything"]
    plain = [
        name
        for name in Question.__struct_fields__
        if getattr(everything, name) == getattr(Question(code=""), name)
    ]
    assert plain == ["test"]


def test_what_is_counted_stands_where_the_end_of_an_entry_has_it() -> None:
    assert {name: COLUMNS[place] for name, place in END.items()} == {name: name for name in END}
