"""What every implementation of `ports.registry.Registry` does."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from random import Random
from threading import Barrier, Event

import pytest
from sqlalchemy import update

from gateway.domain.acknowledgements import Outcome, Reason
from gateway.domain.decisions import AcceptedState, Apply, Decision, Incoming, ReasonCode
from gateway.domain.errors import ConflictError, UnreadableRecordError
from gateway.domain.lists import Stream
from gateway.domain.operators import StatusCode
from gateway.ports.registry import Accepted
from gateway.services.lookup_index import read_index
from gateway.store.database import open_database
from gateway.store.engines import Store
from gateway.store.schema import operator_versions
from tests.contract.synthetic_lists import (
    GATEWAY,
    NOW,
    OTHER_STREAM,
    SIGNER,
    STREAM,
    apply,
    conclude,
    hold,
    incoming,
    laid_by,
    operator,
    operators,
    refuse,
    repeat,
    revise,
)

UNUSABLE = Reason(code=ReasonCode.OPERATOR_SCHEME, text="not in a scheme", pointer="XBAEO00000002")


def accept(
    store: Store, received: Incoming, decide: Callable[[AcceptedState], Decision] | None = None
) -> Accepted:
    decided = laid_by(received, decide or apply())
    return store.registry.accept(received, decided, conclude(received), revise, GATEWAY)


def state_seen_by(store: Store, received: Incoming) -> AcceptedState:
    """Return what `decide` is given, and write nothing."""
    states = list[AcceptedState]()

    def look(state: AcceptedState) -> Decision:
        states.append(state)
        raise LookedError

    with pytest.raises(LookedError):
        accept(store, received, look)
    return states[0]


class LookedError(Exception):
    pass


def ids(store: Store, stream: Stream = STREAM) -> list[str]:
    return [found.operator_id for found in store.registry.operators(stream)]


class RegistrySuite:
    def test_a_stream_without_a_list_has_nothing(self, store: Store) -> None:
        assert store.registry.find_head(STREAM) is None
        assert store.registry.newest_acknowledgement(STREAM) is None
        assert store.registry.find_acknowledgement("00" * 32, STREAM) is None
        assert ids(store) == []
        assert store.registry.version() == 0

    def test_decide_sees_an_empty_state_before_the_first_list(self, store: Store) -> None:
        state = state_seen_by(store, incoming(1, operators(1)))
        assert state == AcceptedState(stream=STREAM, head=None, seen=None, seen_previous=None)

    def test_an_applied_list_is_the_head(self, store: Store) -> None:
        received = incoming(1, operators(1, 2))
        done = accept(store, received)
        head = store.registry.find_head(STREAM)
        assert isinstance(done.decision, Apply)
        assert done.changed == 2
        assert head is not None
        assert head.header == received.list.header
        assert head.list_digest == received.list_digest
        assert head.received_at == received.received_at
        assert head.signer == SIGNER

    def test_decide_sees_head_and_neighbours(self, store: Store) -> None:
        first = accept(store, incoming(1, operators(1)))
        state = state_seen_by(store, incoming(2))
        assert state.head == store.registry.find_head(STREAM)
        assert state.seen is None
        assert state.seen_previous is not None
        assert state.seen_previous.acknowledgement == first.acknowledgement
        assert state.held_since is None

    def test_operators_come_in_byte_order_with_their_canonical_form(self, store: Store) -> None:
        listed = operators(30, 4, 100)
        accept(store, incoming(1, listed), apply({listed[0].operator.id: UNUSABLE}))
        found = list(store.registry.operators(STREAM))
        assert [one.operator_id for one in found] == sorted(one.operator.id for one in listed)
        assert {one.canonical for one in found} == {one.canonical for one in listed}
        assert [one.unusable for one in found] == [None, UNUSABLE, None]

    def test_only_what_differs_is_counted_and_written(self, store: Store) -> None:
        accept(store, incoming(1, operators(1, 2, 3)))
        changed = operator(2, status=StatusCode.SUSPENDED)
        done = accept(store, incoming(2, [operator(1), changed, operator(4)]))
        assert done.changed == 3
        assert [found.canonical for found in store.registry.operators(STREAM)] == [
            operator(1).canonical,
            changed.canonical,
            operator(4).canonical,
        ]
        assert len(store.history.versions(STREAM, operator(1).operator.id)) == 1

    def test_an_operator_that_becomes_unusable_or_usable_is_a_change(self, store: Store) -> None:
        accept(store, incoming(1, operators(1, 2)))
        marked = accept(store, incoming(2, operators(1, 2)), apply({"XBAEO00000002": UNUSABLE}))
        same = accept(store, incoming(3, operators(1, 2)), apply({"XBAEO00000002": UNUSABLE}))
        cleared = accept(store, incoming(4, operators(1, 2)))
        assert (marked.changed, same.changed, cleared.changed) == (1, 0, 1)
        assert [found.unusable for found in store.registry.operators(STREAM)] == [None, None]

    def test_what_changed_since_a_list_is_told(self, store: Store) -> None:
        accept(store, incoming(1, operators(1, 2, 3)))
        accept(store, incoming(2, operators(1, 2, 4)), apply({"XBAEO00000002": UNUSABLE}))
        accept(store, incoming(3, operators(1, 2)), apply({"XBAEO00000002": UNUSABLE}))
        first, second = (store.registry.operators_since(STREAM, number) for number in (1, 2))
        assert first.ended == {f"XBAEO0000000{number}" for number in (2, 3, 4)}
        assert [(found.operator_id, found.unusable) for found in first.came] == [
            ("XBAEO00000002", UNUSABLE)
        ]
        assert second.ended == {"XBAEO00000004"}
        assert not second.came
        nothing = store.registry.operators_since(OTHER_STREAM, 1)
        assert not nothing.ended
        assert not nothing.came

    def test_how_much_changed_since_a_list_is_counted(self, store: Store) -> None:
        accept(store, incoming(1, operators(1, 2, 3)))
        accept(store, incoming(2, operators(1)))
        accept(store, incoming(3, operators(1, 4, 5, 6)))
        assert [store.registry.count_since(STREAM, number) for number in (1, 2, 3)] == [5, 3, 0]
        assert store.registry.count_since(OTHER_STREAM, 1) == 0

    def test_operators_are_told_in_blocks(self, store: Store) -> None:
        listed = operators(4, 30, 100)
        accept(store, incoming(1, listed[::-1]), apply({listed[2].operator.id: UNUSABLE}))
        first, second = store.registry.operator_blocks(STREAM, 2)
        assert [*first.operator_ids, *second.operator_ids] == [one.operator.id for one in listed]
        assert [*first.canonical, *second.canonical] == [one.canonical for one in listed]
        assert (first.unusable, second.unusable) == ({}, {listed[2].operator.id: UNUSABLE})
        assert list(store.registry.operator_blocks(OTHER_STREAM, 2)) == []

    def test_an_index_that_follows_the_registry_is_one_read_whole(self, store: Store) -> None:
        random, followed = Random(5), None  # noqa: S311 - repeatable on purpose
        for sequence in range(1, 9):
            codes = (StatusCode.ACTIVE, StatusCode.SUSPENDED)
            numbers = random.sample(range(12), random.randrange(12))
            listed = [operator(number, status=random.choice(codes)) for number in numbers]
            marks = {one.operator.id: UNUSABLE for one in listed if random.random() < 0.3}
            accept(store, incoming(sequence, listed), apply(marks))
            whole = read_index(store.registry, STREAM)
            followed = read_index(store.registry, STREAM, followed)
            assert whole is not None
            assert followed is not None
            assert len(followed) == len(whole) == len(listed)
            for number in range(12):
                operator_id = operator(number).operator.id
                assert followed.find(operator_id) == whole.find(operator_id)

    def test_a_damaged_mark_is_told_from_a_database_that_fails(
        self, store: Store, database_url: str
    ) -> None:
        accept(store, incoming(1, operators(1, 2)), apply({"XBAEO00000002": UNUSABLE}))
        with open_database(database_url) as database, database.write() as connection:
            connection.execute(
                update(operator_versions)
                .where(operator_versions.c.operator_id == "XBAEO00000002")
                .values(unusable="{}")
            )
        with pytest.raises(UnreadableRecordError, match="a stored Reason cannot be read"):
            list(store.registry.operator_blocks(STREAM, 2))

    def test_an_empty_list_removes_everybody(self, store: Store) -> None:
        accept(store, incoming(1, operators(1, 2)))
        assert accept(store, incoming(2)).changed == 2
        assert ids(store) == []

    def test_the_version_rises_with_every_applied_list_and_no_other(self, store: Store) -> None:
        accept(store, incoming(1, operators(1)))
        after_first = store.registry.version()
        accept(store, incoming(2), refuse())
        assert store.registry.version() == after_first
        accept(store, incoming(3, operators(1)))
        assert store.registry.version() > after_first

    def test_streams_do_not_disturb_each_other(self, store: Store) -> None:
        accept(store, incoming(1, operators(1)))
        accept(store, incoming(1, operators(2), stream=OTHER_STREAM))
        assert ids(store) == [operator(1).operator.id]
        assert ids(store, OTHER_STREAM) == [operator(2).operator.id]

    def test_a_refused_list_leaves_head_and_operators_untouched(self, store: Store) -> None:
        accept(store, incoming(1, operators(1)))
        before = store.registry.find_head(STREAM)
        done = accept(store, incoming(2, operators(2)), refuse())
        assert done.changed == 0
        assert store.registry.find_head(STREAM) == before
        assert ids(store) == [operator(1).operator.id]

    def test_a_held_list_leaves_the_state_and_the_stream_waits(self, store: Store) -> None:
        accept(store, incoming(1, operators(1)))
        received = incoming(2, operators(2))
        accept(store, received, hold)
        assert ids(store) == [operator(1).operator.id]
        assert state_seen_by(store, incoming(3)).held_since == received.received_at

    def test_an_applied_list_ends_the_waiting(self, store: Store) -> None:
        accept(store, incoming(1, operators(1)), hold)
        accept(store, incoming(2, operators(1)))
        assert state_seen_by(store, incoming(3)).held_since is None


class SeenListsSuite:
    def test_acc_0_the_bytes_of_a_list_name_its_newest_acknowledgement(self, store: Store) -> None:
        received = incoming(1, operators(1))
        done = accept(store, received)
        found = store.registry.find_acknowledgement(received.document_digest, STREAM)
        assert found == done.acknowledgement

    def test_acc_0_the_same_bytes_on_another_stream_are_unknown(self, store: Store) -> None:
        received = incoming(1, operators(1))
        accept(store, received)
        accept(store, incoming(1, operators(2), stream=OTHER_STREAM))
        assert store.registry.find_acknowledgement(received.document_digest, OTHER_STREAM) is None

    def test_acc_0_one_list_in_two_sealings_is_known_by_both(self, store: Store) -> None:
        once, again = incoming(1, document="once"), incoming(1, document="again")
        accept(store, once, refuse(transient=True))
        newest = accept(store, again).acknowledgement
        for received in (once, again):
            assert store.registry.find_acknowledgement(received.document_digest, STREAM) == newest

    @pytest.mark.parametrize(
        "decide", [apply(), hold, refuse()], ids=["applied", "held", "refused"]
    )
    def test_acc_5_every_list_is_seen_whatever_became_of_it(
        self, store: Store, decide: Callable[[AcceptedState], Decision]
    ) -> None:
        received = incoming(1, operators(1))
        done = accept(store, received, decide)
        seen = state_seen_by(store, received).seen
        assert seen is not None
        assert seen.list_digest == received.list_digest
        assert seen.acknowledgement == done.acknowledgement
        assert not seen.transient

    def test_acc_5_a_repeat_is_answered_with_the_stored_bytes_and_writes_nothing(
        self, store: Store
    ) -> None:
        received = incoming(1, operators(1))
        first = accept(store, received)
        before = (store.registry.version(), store.audit.verify())
        again = accept(store, received, repeat)
        assert again.acknowledgement == first.acknowledgement
        assert again.changed == 0
        assert (store.registry.version(), store.audit.verify()) == before
        assert len(store.outbox.due(STREAM, NOW + timedelta(days=9))) == 1

    def test_acc_5_a_list_judged_afresh_has_a_newer_answer(self, store: Store) -> None:
        received = incoming(1, operators(1))
        accept(store, received, refuse("ISSUED_IN_FUTURE", transient=True))
        before = state_seen_by(store, received).seen
        assert before is not None
        assert before.transient
        done = accept(store, received)
        seen = state_seen_by(store, received).seen
        assert seen is not None
        assert not seen.transient
        assert seen.acknowledgement == done.acknowledgement
        assert done.acknowledgement.acknowledgement.revision == 2

    def test_acc_6_another_list_of_a_sequence_is_shown_the_one_that_came_first(
        self, store: Store
    ) -> None:
        first, second = incoming(1, operators(1)), incoming(1, root="11" * 32)
        accept(store, first)
        accept(store, second, hold)
        third = state_seen_by(store, incoming(1, root="22" * 32)).seen
        own = state_seen_by(store, second).seen
        previous = state_seen_by(store, incoming(2)).seen_previous
        assert third is not None
        assert own is not None
        assert previous is not None
        assert third.list_digest == first.list_digest
        assert own.list_digest == second.list_digest
        assert previous.list_digest == first.list_digest

    def test_acc_15_the_answer_is_kept_and_waits_to_be_sent(self, store: Store) -> None:
        done = accept(store, incoming(1, operators(1)))
        waiting = store.outbox.due(STREAM, NOW + timedelta(hours=1))
        assert [one.sealed for one in waiting] == [done.acknowledgement]
        assert store.registry.newest_acknowledgement(STREAM) == done.acknowledgement

    @pytest.mark.parametrize(
        ("decide", "outcome"),
        [(hold, Outcome.HELD), (refuse(), Outcome.REFUSED)],
        ids=["held", "refused"],
    )
    def test_acc_15_a_list_that_was_not_applied_is_answered_too(
        self, store: Store, decide: Callable[[AcceptedState], Decision], outcome: Outcome
    ) -> None:
        accept(store, incoming(1, operators(1)), decide)
        waiting = store.outbox.due(STREAM, NOW + timedelta(hours=1))
        assert [one.sealed.acknowledgement.outcome for one in waiting] == [outcome]


class RacesSuite:
    def test_acc_14_a_list_decided_on_an_older_state_is_not_written(self, store: Store) -> None:
        accept(store, incoming(1, operators(1)))

        def decide_too_late(state: AcceptedState) -> Decision:
            accept(store, incoming(2, operators(1, 2)))
            return apply()(state)

        with pytest.raises(ConflictError):
            accept(store, incoming(3, operators(1, 3)), decide_too_late)
        head = store.registry.find_head(STREAM)
        assert head is not None
        assert head.header.sequence == 2
        assert ids(store) == [operator(1).operator.id, operator(2).operator.id]
        assert (
            store.registry.find_acknowledgement(
                incoming(3, operators(1, 3)).document_digest, STREAM
            )
            is None
        )

    def test_acc_14_a_refusal_decided_on_an_older_state_is_not_written(self, store: Store) -> None:
        accept(store, incoming(1, operators(1)))

        def decide_too_late(state: AcceptedState) -> Decision:
            accept(store, incoming(2, operators(1, 2)))
            return refuse()(state)

        with pytest.raises(ConflictError):
            accept(store, incoming(5), decide_too_late)
        assert state_seen_by(store, incoming(5)).seen is None

    def test_acc_14_of_two_first_lists_at_once_one_wins(self, store: Store) -> None:
        self._race(store, 1, 2)

    def test_acc_14_of_two_later_lists_at_once_one_wins(self, store: Store) -> None:
        accept(store, incoming(1, operators(1)))
        self._race(store, 2, 3)

    def _race(self, store: Store, *sequences: int) -> None:
        decided = Barrier(2)

        def run(sequence: int) -> bool:
            def decide(state: AcceptedState) -> Decision:
                decided.wait()
                return apply()(state)

            try:
                accept(store, incoming(sequence, operators(sequence)), decide)
            except ConflictError:
                return False
            return True

        with ThreadPoolExecutor(2) as pool:
            won = dict(zip(sequences, pool.map(run, sequences), strict=True))
        assert sorted(won.values()) == [False, True]
        winner = next(sequence for sequence in sequences if won[sequence])
        head = store.registry.find_head(STREAM)
        assert head is not None
        assert head.header.sequence == winner
        assert ids(store) == [operator(winner).operator.id]
        assert store.audit.verify() == len(list(store.audit.events()))

    def test_acc_14_a_reader_never_sees_a_mixture_of_two_lists(self, store: Store) -> None:
        odd, even = operators(*range(1, 400, 2)), operators(*range(0, 400, 2))
        whole = {tuple(one.operator.id for one in listed) for listed in (odd, even)}
        accept(store, incoming(1, odd))
        done = Event()

        def read() -> set[tuple[str, ...]]:
            seen = set[tuple[str, ...]]()
            while not done.is_set():
                seen.add(tuple(ids(store)))
            return seen

        with ThreadPoolExecutor(1) as pool:
            reader = pool.submit(read)
            try:
                for sequence in range(2, 12):
                    accept(store, incoming(sequence, odd if sequence % 2 else even))
            finally:
                done.set()
            assert reader.result() <= whole
