"""Request ids: plain words, one a call (EXC-8)."""

import pytest

from gateway.domain.errors import InvalidRequestError
from gateway.exchange.request_ids import begin, current, forget, take_up


def test_exc_8_each_call_has_an_id_of_its_own() -> None:
    first = begin()
    assert current() == first
    second = begin()
    assert second != first
    assert current() == second


def test_exc_8_a_callers_id_is_taken_up_and_a_missing_one_is_made() -> None:
    assert take_up("abc-1") == "abc-1"
    assert current() == "abc-1"
    assert take_up(None) not in {"abc-1", ""}


@pytest.mark.parametrize("given", ["", "a b", "a\nb", "ä", "a_b", "x" * 65])
def test_exc_8_a_malformed_id_is_refused_and_not_repeated(given: str) -> None:
    with pytest.raises(InvalidRequestError, match="mra-request-id"):
        take_up(given)
    assert current() != given


def test_what_begins_anew_names_no_call_before_it() -> None:
    first = begin()
    forget()
    assert current() != first
