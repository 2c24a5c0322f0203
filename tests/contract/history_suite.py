"""What every implementation of `ports.registry.History` does."""

from datetime import datetime, timedelta

import pytest

from gateway.domain.acknowledgements import Reason
from gateway.domain.decisions import ReasonCode
from gateway.domain.operators import StatusCode
from gateway.store.engines import Store
from tests.contract.registry_suite import accept
from tests.contract.synthetic_lists import (
    NOW,
    OTHER_STREAM,
    STREAM,
    apply,
    hold,
    incoming,
    operator,
    operators,
    refuse,
)

ONE = operator(1).operator.id
SECOND = timedelta(seconds=1)


def at(sequence: int) -> datetime:
    """Return the moment at which the synthetic list with this sequence is received."""
    return NOW + timedelta(hours=sequence)


MOMENTS = {
    "before the first list": (at(1) - SECOND, None),
    "at the first list": (at(1), 1),
    "a second before the change": (at(2) - SECOND, 1),
    "at the change": (at(2), 2),
    "while nothing changed": (at(3), 2),
    "after the removal": (at(4), None),
    "when listed again": (at(5), 5),
    "within the second": (at(5) + SECOND / 2, 5),
}


class HistorySuite:
    @pytest.fixture
    def told(self, store: Store) -> Store:
        """Operator 1: listed, suspended, unchanged, removed, listed again."""
        suspended = operator(1, status=StatusCode.SUSPENDED)
        accept(store, incoming(1, operators(1, 2)))
        accept(store, incoming(2, [suspended, operator(2)]))
        accept(store, incoming(3, [suspended]))
        accept(store, incoming(4, operators(2)))
        accept(store, incoming(5, operators(1, 2)))
        return store

    def test_versions_tell_what_brought_and_what_replaced_each(self, told: Store) -> None:
        versions = told.history.versions(STREAM, ONE)
        assert [(one.sequence, one.replaced_by) for one in versions] == [(1, 2), (2, 4), (5, None)]
        assert [(one.known_from, one.known_until) for one in versions] == [
            (at(1), at(2)),
            (at(2), at(4)),
            (at(5), None),
        ]
        assert [one.operator.authorisations[0].status.code for one in versions] == [
            StatusCode.ACTIVE,
            StatusCode.SUSPENDED,
            StatusCode.ACTIVE,
        ]

    def test_an_unknown_operator_or_stream_has_no_versions(self, told: Store) -> None:
        assert told.history.versions(STREAM, "XBAEO99999999") == []
        assert told.history.versions(OTHER_STREAM, ONE) == []
        assert told.history.find_version(OTHER_STREAM, ONE, at(5)) is None
        assert told.history.find_head_at(OTHER_STREAM, at(5)) is None

    @pytest.mark.parametrize(("moment", "sequence"), MOMENTS.values(), ids=MOMENTS)
    def test_the_version_known_at_a_moment(
        self, told: Store, moment: datetime, sequence: int | None
    ) -> None:
        version = told.history.find_version(STREAM, ONE, moment)
        assert (version.sequence if version else None) == sequence

    def test_the_list_in_force_at_a_moment(self, told: Store) -> None:
        assert told.history.find_head_at(STREAM, at(1) - SECOND) is None
        for sequence in range(1, 6):
            head = told.history.find_head_at(STREAM, at(sequence) + SECOND)
            assert head is not None
            assert head.header.sequence == sequence
        assert told.history.find_head_at(STREAM, at(50)) == told.registry.find_head(STREAM)

    def test_a_state_is_found_by_its_number_whatever_came_after_it(self, told: Store) -> None:
        two = operator(2).operator.id
        listed = {1: [ONE, two], 2: [ONE, two], 3: [ONE], 4: [two], 5: [ONE, two]}
        for sequence, ids in listed.items():
            head = told.history.find_head_at(STREAM, at(sequence) + SECOND)
            assert head is not None
            assert told.history.find_head_in(STREAM, head.number) == head
            found = list(told.history.operators_in(STREAM, head.number))
            assert [one.operator_id for one in found] == ids
            for one in found:
                assert told.history.find_in(STREAM, head.number, one.operator_id) == one
            gone = {ONE, two} - set(ids)
            assert all(told.history.find_in(STREAM, head.number, one) is None for one in gone)

    def test_no_state_and_no_stream_hold_nothing(self, told: Store) -> None:
        assert told.history.find_head_in(STREAM, 99) is None
        assert told.history.find_head_in(OTHER_STREAM, 1) is None
        assert told.history.find_in(OTHER_STREAM, 1, ONE) is None
        assert list(told.history.operators_in(OTHER_STREAM, 1)) == []

    def test_two_states_of_one_second_are_told_apart_by_number(self, store: Store) -> None:
        accept(store, incoming(1, operators(1), received_at=at(1)))
        suspended = operator(1, status=StatusCode.SUSPENDED)
        accept(store, incoming(2, [suspended], received_at=at(1)))
        found = [store.history.find_in(STREAM, state, ONE) for state in (1, 2)]
        listed = [operators(1)[0].canonical, suspended.canonical]
        assert [one and one.canonical for one in found] == listed

    def test_the_mark_of_an_unusable_operator_is_history_too(self, store: Store) -> None:
        reason = Reason(code=ReasonCode.OPERATOR_DATES, text="ends before it begins", pointer=ONE)
        accept(store, incoming(1, operators(1)), apply({ONE: reason}))
        accept(store, incoming(2, operators(1)))
        marks = [version.unusable for version in store.history.versions(STREAM, ONE)]
        assert marks == [reason, None]

    def test_what_was_refused_or_held_was_never_known(self, store: Store) -> None:
        accept(store, incoming(1, operators(1)), hold)
        accept(store, incoming(2, operators(1)), refuse())
        assert store.history.versions(STREAM, ONE) == []
        assert store.history.find_head_at(STREAM, at(9)) is None

    def test_a_clock_that_was_set_back_leaves_no_moment_with_two_truths(self, store: Store) -> None:
        accept(store, incoming(1, operators(1)))
        suspended = operator(1, status=StatusCode.SUSPENDED)
        accept(store, incoming(2, [suspended], received_at=at(1) - timedelta(hours=5)))
        accept(store, incoming(3, operators(1), received_at=at(1) - timedelta(hours=4)))
        version = store.history.find_version(STREAM, ONE, at(1))
        head = store.history.find_head_at(STREAM, at(1))
        assert version is not None
        assert head is not None
        assert version.sequence == head.header.sequence == 3
        assert store.history.find_version(STREAM, ONE, at(1) - SECOND) is None
