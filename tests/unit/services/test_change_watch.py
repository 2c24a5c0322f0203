"""Watches on operators over a real registry: nothing is lost, nothing told twice."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from gateway.domain.errors import (
    ConflictError,
    InvalidRequestError,
    NotFoundError,
    StartAnewError,
)
from gateway.ports.changes import ChangeKind
from gateway.services.bell import Bell
from gateway.services.change_watch import ChangeWatch, Ringer, Told, Wanted
from gateway.services.watch_places import MOST_OF_A_CALLER
from gateway.store.engines import Store, open_store
from gateway.store.versioning import upgrade
from tests.contract.epochs_suite import SUSPENDED
from tests.contract.registry_suite import accept
from tests.contract.synthetic_lists import NOW, STREAM, incoming, operator, operators
from tests.fakes.home import make_agreement
from tests.fakes.watched_registry import (
    ADMINISTRATOR,
    BORDER,
    FOUR,
    HAPPENED,
    ONE,
    THREE,
    TWO,
    agree,
    much_happens,
    profile_of,
)

ALL = Wanted(agreement=STREAM.agreement)
Fact = tuple[ChangeKind, str]


class PatientBell(Bell):
    """A bell at which waiting takes no time. It closes once `waits` are over."""

    def __init__(self, waits: int = 1) -> None:
        super().__init__()
        self.now = 0.0
        self.waits = waits
        self.while_waiting: list[Callable[[], None]] = []

    def wait(self, rings: int, seconds: float) -> None:
        self.waits -= 1
        if self.while_waiting:
            self.while_waiting.pop(0)()
        if self.rings == rings:
            self.now += seconds
        if self.waits <= 0:
            self.close()


def watch_on(store: Store, bell: PatientBell | None = None) -> ChangeWatch:
    patient = bell or PatientBell()
    return ChangeWatch(
        store.changes,
        store.profiles,
        patient,
        beat=timedelta(seconds=10),
        seconds=lambda: patient.now,
    )


def facts(messages: list[Told]) -> list[Fact]:
    changes = (told.change for told in messages)
    return [(one.kind, one.operator_id) for one in changes if one is not None]


def follow(store: Store, wanted: Wanted) -> list[Told]:
    """Watch until there is no more."""
    return list(watch_on(store).watch(BORDER, wanted))


@pytest.fixture
def agreed(store: Store) -> Store:
    agree(store)
    return store


@pytest.fixture
def start(agreed: Store) -> str:
    """A token of before anything happened."""
    return follow(agreed, ALL)[0].token


def test_a_watch_begins_with_a_beat_and_knows_nothing_of_before(agreed: Store) -> None:
    much_happens(agreed)
    first, *others = follow(agreed, ALL)
    assert first.change is None
    assert facts(others) == []


def test_everything_that_happened_since_a_token_is_told_in_order(agreed: Store, start: str) -> None:
    much_happens(agreed)
    told = follow(agreed, structs.replace(ALL, token=start))
    assert facts(told) == HAPPENED
    suspended = told[4].change
    assert suspended is not None
    assert suspended.kind is ChangeKind.RESTRICTED
    assert suspended.operator == operator(1).operator
    removed = next(t.change for t in told if t.change and t.change.kind is ChangeKind.REMOVED)
    assert (removed.operator_id, removed.operator, removed.step.sequence) == (THREE, None, 2)


def test_only_the_operators_that_are_named_are_told(agreed: Store, start: str) -> None:
    much_happens(agreed)
    wanted = Wanted(ids=frozenset({FOUR, THREE, "XBAEO99999999"}), token=start)
    assert facts(follow(agreed, wanted)) == [fact for fact in HAPPENED if fact[1] in wanted.ids]


def test_a_token_goes_on_with_other_ids(agreed: Store, start: str) -> None:
    accept(agreed, incoming(1, operators(1, 2)))
    token = follow(agreed, Wanted(ids=frozenset({ONE}), token=start))[-1].token
    accept(agreed, incoming(2, operators(3)))
    told = follow(agreed, structs.replace(ALL, token=token))
    assert facts(told) == [
        (ChangeKind.ADDED, TWO),
        (ChangeKind.REMOVED, ONE),
        (ChangeKind.REMOVED, TWO),
        (ChangeKind.ADDED, THREE),
    ]


@pytest.fixture(scope="module")
def happened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Store, str]]:
    url = f"sqlite:///{tmp_path_factory.mktemp('watched') / 'gateway.db'}"
    upgrade(url)
    with open_store(url, clock=lambda: NOW) as store:
        agree(store)
        token = follow(store, ALL)[0].token
        much_happens(store)
        yield store, token


@settings(deadline=None, max_examples=60)
@given(breaks=st.lists(st.integers(min_value=1, max_value=5), max_size=20))
def test_whatever_breaks_nothing_is_lost_and_nothing_told_twice(
    happened: tuple[Store, str], breaks: list[int]
) -> None:
    store, token = happened
    told: list[Told] = []
    for size in (*breaks, 1000):
        watch = watch_on(store).watch(BORDER, structs.replace(ALL, token=token))
        came = list(islice(watch, size))
        watch.close()  # type: ignore[attr-defined]  # it is a generator
        told += came
        token = came[-1].token
    assert facts(told) == HAPPENED


def test_what_happens_meanwhile_is_told_when_the_bell_rings(agreed: Store) -> None:
    bell = PatientBell(waits=4)

    def suspend() -> None:
        accept(agreed, incoming(2, [SUSPENDED]))
        bell.ring()

    accept(agreed, incoming(1, operators(1)))
    bell.while_waiting = [lambda: None, suspend]
    told = list(watch_on(agreed, bell).watch(BORDER, ALL))
    assert [message.change is None for message in told] == [True, True, False, True]
    assert facts(told) == [(ChangeKind.CHANGED, ONE)]


def test_a_beat_moves_the_token_on(agreed: Store, start: str) -> None:
    accept(agreed, incoming(1, operators(1), stream=STREAM))
    beat = follow(agreed, Wanted(ids=frozenset({FOUR}), token=start))
    assert facts(beat) == []
    moved = list(watch_on(agreed, PatientBell(waits=3)).watch(BORDER, ALL))
    assert len({told.token for told in moved}) == 1
    assert moved[-1].token != start


def test_a_watch_that_lasts_so_long_ends_then_with_a_beat(agreed: Store) -> None:
    bell = PatientBell(waits=4)
    watch = watch_on(agreed, bell).watch(BORDER, ALL, lasts=13)
    assert [bell.now for _ in watch] == [0, 10, 13]
    assert not bell.is_closed


def test_ringer_rings_once_for_each_move(agreed: Store) -> None:
    bell = Bell()
    ringer = Ringer(agreed.registry.version, bell)
    ringer.look()
    before = bell.rings
    ringer.look()
    assert bell.rings == before
    accept(agreed, incoming(1, operators(1)))
    ringer.look()
    assert bell.rings == before + 1


def test_a_registry_that_was_restored_says_to_start_anew(
    agreed: Store, start: str, tmp_path: Path
) -> None:
    accept(agreed, incoming(1, operators(1)))
    token = follow(agreed, structs.replace(ALL, token=start))[-1].token
    other = f"sqlite:///{tmp_path / 'other.db'}"
    upgrade(other)
    with open_store(other, clock=lambda: NOW) as store:
        agree(store)
        # It goes as far again, and elsewhere.
        accept(store, incoming(1, operators(2, 3)))
        accept(store, incoming(2, operators(2)))
        with pytest.raises(StartAnewError, match="restored"):
            follow(store, structs.replace(ALL, token=token))


def test_one_watch_too_many_ends_the_callers_oldest(agreed: Store) -> None:
    watch = watch_on(agreed, PatientBell(waits=1000))
    watches = [watch.watch(BORDER, ALL) for _ in range(MOST_OF_A_CALLER)]
    other = watch.watch(structs.replace(BORDER, name="other"), ALL)
    for each in (*watches, other):
        next(each)
    newest = watch.watch(BORDER, ALL)
    next(newest)
    with pytest.raises(ConflictError, match="newer watch"):
        list(watches[0])
    for each in (*watches[1:], other, newest):
        assert next(each).change is None


@pytest.mark.parametrize(
    ("wanted", "says"),
    [
        (Wanted(), "both empty"),
        (Wanted(ids=frozenset(f"XBAEO{n}" for n in range(1001))), "more than 1000"),
        (Wanted(ids=frozenset({ONE, "XZ123"})), "'XZ123'"),
        *(
            (structs.replace(ALL, token=token), "resume_token")
            for token in ("x", "ü" * 50, "A" * 80)
        ),
    ],
)
def test_what_cannot_be_watched_is_named(agreed: Store, wanted: Wanted, says: str) -> None:
    with pytest.raises(InvalidRequestError, match=says):
        follow(agreed, wanted)


def test_an_agreement_that_is_none_is_not_found(agreed: Store) -> None:
    with pytest.raises(NotFoundError, match="XA-XZ"):
        follow(agreed, Wanted(agreement="XA-XZ"))


def test_acc_4_what_is_for_trials_is_not_watched(store: Store) -> None:
    store.profiles.apply(profile_of(make_agreement(), test=True), ADMINISTRATOR, NOW)
    with pytest.raises(NotFoundError):
        follow(store, ALL)
