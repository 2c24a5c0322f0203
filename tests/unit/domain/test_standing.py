from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from gateway.domain.acknowledgements import Acknowledgement, Outcome, Reason
from gateway.domain.lists import ListHeader
from gateway.domain.standing import Roots, Standing, asks_for_full, compare_roots
from tests.fakes.headers import header

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)
OWN, OTHER = "aa" * 32, "bb" * 32


def own_list(sequence: int = 4) -> ListHeader:
    return header(sequence=sequence, stateRoot=OWN)


def answer(
    outcome: Outcome = Outcome.APPLIED, *codes: str, applied: int | None = 4, root: str | None = OWN
) -> Acknowledgement:
    return Acknowledgement(
        acknowledgement_id="a",
        stream=header().stream,
        sequence=5,
        list_digest="cd" * 32,
        outcome=outcome,
        revision=1,
        applied_sequence=applied,
        applied_root=root,
        acknowledged_at=NOW,
        reasons=tuple(Reason(code=code, text="for the test") for code in codes),
    )


ROOTS = {
    "the same": (answer(), own_list(), Roots.EQUAL),
    "another": (answer(root=OTHER), own_list(), Roots.DIFFERS),
    "nothing applied yet": (answer(applied=None, root=None), None, Roots.UNKNOWN),
    "a list that home does not have": (answer(root=OTHER), None, Roots.UNKNOWN),
    "applied without a root": (answer(root=None), own_list(), Roots.UNKNOWN),
}


@pytest.mark.parametrize(("said", "applied", "roots"), ROOTS.values(), ids=ROOTS)
def test_exc_4_applied_root_is_held_against_our_own(
    said: Acknowledgement, applied: ListHeader | None, roots: Roots
) -> None:
    assert compare_roots(said, applied) is roots


FULLS = {
    "applied": (answer(), False),
    "applied, another root": (answer(root=OTHER), True),
    "held": (answer(Outcome.HELD, "MASS_CHANGE"), False),
    "held, another root before": (answer(Outcome.HELD, root=OTHER), True),
    "superseded": (answer(Outcome.SUPERSEDED), False),
    "rejected by an officer": (answer(Outcome.REJECTED), True),
    "refused: gap": (answer(Outcome.REFUSED, "GAP"), True),
    "refused: wrong root": (answer(Outcome.REFUSED, "ROOT_MISMATCH"), True),
    "refused: wrong number": (answer(Outcome.REFUSED, "COUNT_MISMATCH"), True),
    "refused: wrong chain": (answer(Outcome.REFUSED, "EQUIVOCATION"), True),
    "refused: one of several reasons": (answer(Outcome.REFUSED, "OPERATOR_DATES", "GAP"), True),
    "refused: a time that passes": (answer(Outcome.REFUSED, "ISSUED_IN_FUTURE"), False),
    "refused: a list that was overtaken": (answer(Outcome.REFUSED, "OVERTAKEN"), False),
}


@pytest.mark.parametrize(("said", "wanted"), FULLS.values(), ids=FULLS)
def test_exc_4_full_is_wanted_where_only_a_full_goes_on(
    said: Acknowledgement, *, wanted: bool
) -> None:
    assert asks_for_full(said, own_list()) is wanted


def test_acc_13_rejected_list_is_followed_by_a_full() -> None:
    assert asks_for_full(answer(Outcome.REJECTED), own_list())


def test_seq_1_full_that_is_on_its_way_is_not_wanted_again() -> None:
    waiting = Standing(answer=answer(Outcome.REJECTED), applied=own_list())
    assert waiting.full_wanted
    assert not replace(waiting, full_followed=True).full_wanted


def test_partner_that_was_issued_nothing_wants_nothing_and_is_behind_nothing() -> None:
    nothing = Standing()
    assert (nothing.full_wanted, nothing.roots) == (False, Roots.UNKNOWN)
    assert (nothing.lists_behind, nothing.time_behind(NOW)) == (None, None)


def test_partner_is_behind_by_lists_and_by_the_time_of_the_oldest() -> None:
    hour = timedelta(hours=1)
    standing = Standing(issued=own_list(7), answer=answer(), waiting_since=NOW - 3 * hour)
    assert (standing.lists_behind, standing.time_behind(NOW)) == (3, 3 * hour)


def test_partner_that_never_answered_is_behind_by_all_lists() -> None:
    assert Standing(issued=own_list(7)).lists_behind == 7
