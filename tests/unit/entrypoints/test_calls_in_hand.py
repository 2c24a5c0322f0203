from contextlib import ExitStack

import pytest

from gateway.domain.errors import BusyError
from gateway.entrypoints.calls_in_hand import BURST, RATE, CallsInHand


def test_a_caller_has_at_most_so_many_calls_in_hand_and_others_theirs() -> None:
    calls = CallsInHand(2)
    with ExitStack() as begun:
        for caller in ("XB", "XB", "XC", "XC"):
            begun.enter_context(calls.one_of(caller))
        with pytest.raises(BusyError, match="caller XB has 2 calls in hand"):
            begun.enter_context(calls.one_of("XB"))
    with calls.one_of("XB"), calls.one_of("XB"):
        pass


def test_a_caller_may_catch_up_at_once_and_then_makes_so_many_calls_a_second() -> None:
    now = [0.0]
    calls = CallsInHand(2, lambda: now[0])

    def made(most: int) -> int:
        for number in range(most):
            try:
                with calls.one_of("XB"):
                    pass
            except BusyError:
                return number
        return most

    assert made(1000) == BURST
    with calls.one_of("XC"):
        pass
    now[0] = 3.0
    assert made(1000) == 3 * RATE
    now[0] = 10_000.0
    assert made(1000) == BURST


def test_a_call_that_fails_is_in_hand_no_more() -> None:
    calls = CallsInHand(1)
    for _ in range(3):
        with pytest.raises(ValueError, match="failed"), calls.one_of("XB"):
            raise ValueError("failed")
