from datetime import UTC, date, datetime, timedelta, timezone

import msgspec
import pytest
from msgspec import structs

from gateway.domain.agreements import Direction
from gateway.domain.answers import Question
from gateway.domain.logged_decisions import COLUMNS, basis_of, logged, question_from_bytes
from tests.fakes.desks import make_answer

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


def test_decisions_of_a_second_that_came_out_alike_share_a_basis_and_others_none() -> None:
    now, codes = datetime(2026, 3, 1, 12, tzinfo=UTC), ("XA1", "XA2")
    granted = [make_answer(Question(code=code), now) for code in codes]
    dated = structs.replace(
        granted[0], basis=structs.replace(granted[0].basis, valid_at=date(2026, 2, 28))
    )
    # Asked about another date, it rests on the same; a second later it does not.
    later = make_answer(Question(code="XA1"), now + timedelta(seconds=1))
    first, second, third, fourth = (basis_of(one).name for one in (*granted, dated, later))
    assert first == second == third
    assert [name[:9] for name in (first, fourth)] == ["69a42a40-", "69a42a41-"]
    entry, basis = logged("border", Question(code="XA1"), granted[0])
    assert dict(zip(COLUMNS, entry, strict=True))["basis"] == basis.name == first
