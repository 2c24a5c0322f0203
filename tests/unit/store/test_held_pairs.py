"""Operators before and after a release: of one that may come, and of one that was."""

from gateway.domain.lists import Action, Change
from gateway.domain.operators import StatusCode
from gateway.store.engines import Store
from gateway.store.held_pairs import Pair, ended_marks, held_pairs, pairs_of_state
from gateway.store.streams import find_stream
from tests.contract.held_lists_suite import UNUSABLE, delta, full, holding, verdict
from tests.contract.registry_suite import accept
from tests.contract.synthetic_lists import STREAM, apply, operator, operators

ONE, TWO, THREE = operators(1, 2, 3)
SUSPENDED = operator(1, status=StatusCode.SUSPENDED)


def before_release(store: Store) -> list[Pair]:
    (record,) = store.held_lists.holds(open_only=True)
    with store._database.read() as connection:
        row = find_stream(connection, STREAM)
        assert row is not None
        return list(held_pairs(connection, row.id, record.number))


def of_state(store: Store, number: int) -> list[Pair]:
    with store._database.read() as connection:
        row = find_stream(connection, STREAM)
        assert row is not None
        return list(pairs_of_state(connection, row.id, number))


def test_acc_13_what_one_held_list_changed_and_another_changed_back_is_no_change(
    store: Store,
) -> None:
    accept(store, full(1, [ONE, TWO]))
    second = full(2, [SUSPENDED, THREE])
    accept(store, second, holding(second))
    assert before_release(store) == [
        (ONE.operator, SUSPENDED.operator),
        (TWO.operator, None),
        (None, THREE.operator),
    ]
    back = [
        Change(Action.CHANGE, ONE.operator.id, ONE),
        Change(Action.ADD, TWO.operator.id, TWO),
        Change(Action.REMOVE, THREE.operator.id),
    ]
    third = delta(3, second, back, [ONE, TWO])
    accept(store, third, holding(third, joins=True))
    assert before_release(store) == []


def test_acc_13_pairs_of_a_release_stay_what_they_were(store: Store) -> None:
    accept(store, full(1, [ONE, TWO]))
    second = full(2, [SUSPENDED, THREE])
    accept(store, second, holding(second))
    before = before_release(store)
    (record,) = store.held_lists.holds(open_only=True)
    store.held_lists.release(verdict(record))
    assert of_state(store, 2) == before
    accept(store, full(3, [ONE]))
    assert of_state(store, 2) == before
    assert of_state(store, 1) == [(None, ONE.operator), (None, TWO.operator)]


def test_acc_10_marks_of_versions_that_a_state_ended_are_found(store: Store) -> None:
    accept(store, full(1, [ONE, TWO]), apply({TWO.operator.id: UNUSABLE}))
    accept(store, full(2, [ONE]))
    with store._database.read() as connection:
        row = find_stream(connection, STREAM)
        assert row is not None
        assert ended_marks(connection, row.id, 2) == {TWO.operator.id: UNUSABLE}
        assert ended_marks(connection, row.id, 1) == {}
