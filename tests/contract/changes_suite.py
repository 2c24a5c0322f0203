"""What every implementation of `ports.changes.Changes` does."""

from msgspec import structs

from gateway.domain.lists import Stream
from gateway.domain.operators import Operator
from gateway.ports.changes import ChangeKind, Step
from gateway.store.engines import Store
from tests.contract.epochs_suite import NEXT, SUSPENDED, first_of_next, restricting
from tests.contract.held_lists_suite import LATER, full, held, verdict
from tests.contract.registry_suite import UNUSABLE, accept
from tests.contract.synthetic_lists import (
    OTHER_STREAM,
    STREAM,
    apply,
    incoming,
    operator,
    operators,
    refuse,
)

ADDED, CHANGED, REMOVED = ChangeKind.ADDED, ChangeKind.CHANGED, ChangeKind.REMOVED
RESTRICTED, LIFTED = ChangeKind.RESTRICTED, ChangeKind.RESTRICTION_LIFTED
ONE, TWO, THREE, FOUR = (operator(number).operator.id for number in range(1, 5))


def steps(store: Store, stream: Stream = STREAM, version: int = 0) -> list[Step]:
    """Return all steps of a stream from a version on."""
    found: list[Step] = []
    while True:
        step, _ = store.changes.find_step([stream], version)
        if step is None:
            return found
        found.append(step)
        version = step.version + 1


def told(store: Store, version: int = 0) -> list[dict[str, ChangeKind]]:
    return [dict(store.changes.kinds(step)) for step in steps(store, version=version)]


class ChangesSuite:
    def test_nothing_has_changed_at_first(self, store: Store) -> None:
        assert steps(store) == []
        assert store.changes.find_step([STREAM], 0)[1] == store.changes.anchor()

    def test_each_applied_list_is_a_step_with_what_it_changed(self, store: Store) -> None:
        accept(store, incoming(1, operators(1, 2)))
        accept(store, incoming(2, [SUSPENDED, operator(3)]))
        accept(store, incoming(3, [SUSPENDED, operator(3)]))
        accept(store, incoming(4, operators(1)), apply({ONE: UNUSABLE}))
        assert told(store) == [
            {ONE: ADDED, TWO: ADDED},
            {ONE: CHANGED, TWO: REMOVED, THREE: ADDED},
            {},
            {ONE: CHANGED, THREE: REMOVED},
        ]
        found = steps(store)
        assert [(step.sequence, step.number, step.is_list) for step in found] == [
            (1, 1, True),
            (2, 2, True),
            (3, 3, True),
            (4, 4, True),
        ]
        assert found[1].at == incoming(2).received_at
        assert {step.agreement for step in found} == {STREAM.agreement}

    def test_operators_are_as_they_were_after_the_step(self, store: Store) -> None:
        accept(store, incoming(1, operators(1, 2)))
        accept(store, incoming(2, [SUSPENDED, operator(3)]))
        accept(store, incoming(3, operators(3)))
        first, second, third = steps(store)
        asked = [ONE, TWO, THREE]

        def found(step: Step) -> dict[str, Operator]:
            return dict(store.changes.operators(step, asked))

        assert found(first) == {ONE: operator(1).operator, TWO: operator(2).operator}
        assert found(second) == {ONE: SUSPENDED.operator, THREE: operator(3).operator}
        assert found(third) == {THREE: operator(3).operator}
        assert store.changes.operators(first, []) == {}

    def test_what_was_refused_is_no_step(self, store: Store) -> None:
        accept(store, incoming(1, operators(1)))
        accept(store, incoming(2, operators(2)), refuse())
        assert told(store) == [{ONE: ADDED}]

    def test_steps_of_other_streams_are_left_out(self, store: Store) -> None:
        accept(store, incoming(1, operators(1)))
        accept(store, incoming(1, operators(2), stream=OTHER_STREAM))
        accept(store, incoming(2, operators(1, 3)))
        assert told(store) == [{ONE: ADDED}, {THREE: ADDED}]
        (other,) = steps(store, OTHER_STREAM)
        assert store.changes.kinds(other) == {TWO: ADDED}
        both, _ = store.changes.find_step([STREAM, OTHER_STREAM], other.version)
        assert both == other

    def test_a_step_is_found_from_its_own_version_on_and_not_after(self, store: Store) -> None:
        accept(store, incoming(1, operators(1)))
        (step,) = steps(store)
        assert store.changes.find_step([STREAM], step.version)[0] == step
        later, anchor = store.changes.find_step([STREAM], step.version + 1)
        assert (later, anchor.version) == (None, step.version)

    def test_acc_12_a_hold_restricts_and_an_applied_list_lifts_what_it_does_not_change(
        self, store: Store
    ) -> None:
        _, record = held(store)
        store.held_lists.reject(verdict(record))
        accept(store, full(3, operators(1, 2)))
        assert told(store) == [
            {ONE: ADDED, TWO: ADDED, THREE: ADDED},
            {ONE: RESTRICTED},
            {ONE: LIFTED, THREE: REMOVED},
        ]
        _, restricted, _ = steps(store)
        assert (restricted.sequence, restricted.is_list) == (1, False)
        assert restricted.at == full(2, ()).received_at
        assert store.changes.operators(restricted, [ONE])[ONE] == operator(1).operator

    def test_restrictions_that_an_officer_lifts_are_told(self, store: Store) -> None:
        _, record = held(store)
        store.held_lists.lift_restrictions(verdict(record))
        assert told(store)[1:] == [{ONE: RESTRICTED}, {ONE: LIFTED}]
        assert steps(store)[-1].at == LATER

    def test_acc_13_a_release_and_its_roll_back_are_told_one_after_the_other(
        self, store: Store
    ) -> None:
        _, record = held(store)
        store.held_lists.release(verdict(record))
        store.held_lists.roll_back(verdict(record))
        assert told(store)[2:] == [
            {ONE: CHANGED, THREE: REMOVED, FOUR: ADDED},
            {ONE: CHANGED, THREE: ADDED, FOUR: REMOVED},
        ]
        *_, released, back = steps(store)
        assert (released.sequence, back.sequence) == (2, 1)
        assert store.changes.operators(released, [ONE])[ONE] == SUSPENDED.operator
        assert store.changes.operators(back, [ONE])[ONE] == operator(1).operator

    def test_seq_3_the_first_list_of_an_epoch_is_told_against_the_last_before(
        self, store: Store
    ) -> None:
        accept(store, incoming(1, operators(1, 2, 3)))
        accept(store, first_of_next([SUSPENDED, operator(2), operator(4)]))
        accept(store, incoming(2, operators(2), stream=NEXT, received_at=LATER))
        assert told(store)[1:] == [
            {ONE: CHANGED, THREE: REMOVED, FOUR: ADDED},
            {ONE: REMOVED, FOUR: REMOVED},
        ]

    def test_seq_3_what_a_held_first_list_restricts_is_of_the_epoch_that_serves(
        self, store: Store
    ) -> None:
        accept(store, incoming(1, operators(1, 2)))
        first = first_of_next([SUSPENDED])
        accept(store, first, restricting(first))
        _, restricted = steps(store)
        assert store.changes.kinds(restricted) == {ONE: RESTRICTED}
        assert store.changes.operators(restricted, [ONE, TWO])[ONE] == operator(1).operator

    def test_seq_3_a_closed_epoch_restricts_nobody_any_more(self, store: Store) -> None:
        held(store)
        accept(store, first_of_next(list(operators(1, 2, 3)), hours=60))
        assert told(store)[1:] == [{ONE: RESTRICTED}, {ONE: LIFTED}]

    def test_what_is_restricted_by_two_lists_is_told_once(self, store: Store) -> None:
        held(store)
        again = full(3, [SUSPENDED, *operators(2)])
        accept(store, again, restricting(again))
        assert told(store)[1:] == [{ONE: RESTRICTED}]

    def test_an_anchor_is_past_for_ever_and_not_elsewhere(self, store: Store) -> None:
        first = store.changes.anchor()
        accept(store, incoming(1, operators(1)))
        second = store.changes.anchor()
        accept(store, incoming(2, operators(1, 2)))
        assert store.changes.is_past(first)
        assert store.changes.is_past(second)
        short = structs.replace(second, digest=second.digest[:16])
        assert store.changes.is_past(short)
        for other in (
            structs.replace(second, digest="0" * 64),
            structs.replace(second, event=second.event + 100),
            structs.replace(second, version=second.version + 100),
        ):
            assert not store.changes.is_past(other)
