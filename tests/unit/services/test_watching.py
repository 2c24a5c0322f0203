"""Watches on heads: the board, the desk that answers partners, and our own watcher (EXC-5)."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gateway.domain.documents import Unverified
from gateway.domain.errors import ConflictError, NotFoundError, TransportError
from gateway.domain.lists import Stream
from gateway.domain.parties import Caller, Purpose
from gateway.domain.profiles import FeedKind
from gateway.services.turns import Turns
from gateway.services.watching import HeadBoard, HeadWatcher, WatchDesk
from tests.fakes.home import Home
from tests.fakes.sealed_lists import NOW, STREAM

PARTNER = Caller(
    name="xa", fingerprint="ab" * 32, purposes=(Purpose.EXCHANGE,), partner="XA", added_at=NOW
)
OTHER = Caller(
    name="xb", fingerprint="cd" * 32, purposes=(Purpose.EXCHANGE,), partner="XB", added_at=NOW
)


class Seconds:
    """A clock that moves only while somebody waits at the board."""

    def __init__(self) -> None:
        self.now = 0.0
        self.while_waiting: list[Callable[[], None]] = []

    def __call__(self) -> float:
        return self.now


class PatientBoard(HeadBoard):
    """A board at which waiting takes no time."""

    def __init__(self, seconds: Seconds) -> None:
        super().__init__()
        self._seconds = seconds
        self.waits = 0

    def wait(self, rings: int, seconds: float) -> None:
        self.waits += 1
        if self._seconds.while_waiting:
            self._seconds.while_waiting.pop(0)()
        if self.rings == rings:
            self._seconds.now += seconds


class Heads:
    def __init__(self) -> None:
        self.newest: bytes | None = b"one"

    def __call__(
        self, caller: Caller, stream: Stream, acknowledgement: bytes | None
    ) -> tuple[bytes | None, bytes | None]:
        del caller, acknowledgement
        if stream != STREAM:
            raise NotFoundError("no stream")
        return self.newest, None


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


@pytest.fixture
def board(seconds: Seconds) -> PatientBoard:
    return PatientBoard(seconds)


@pytest.fixture
def heads() -> Heads:
    return Heads()


@pytest.fixture
def desk(board: PatientBoard, heads: Heads, seconds: Seconds) -> WatchDesk:
    return WatchDesk(board, heads, seconds=seconds)


def test_exc_5_a_watch_begins_with_the_head_and_beats_every_30_seconds(
    desk: WatchDesk, seconds: Seconds
) -> None:
    watch = desk.watch(PARTNER, STREAM, None)
    assert [next(watch) for _ in range(3)] == [b"one", None, None]
    assert seconds.now == 60


def test_exc_5_a_new_head_is_told_at_once(
    desk: WatchDesk, board: PatientBoard, heads: Heads, seconds: Seconds
) -> None:
    def issue() -> None:
        heads.newest = b"two"
        board.ring()

    seconds.while_waiting = [issue]
    watch = desk.watch(PARTNER, STREAM, None)
    assert [next(watch), next(watch)] == [b"one", b"two"]
    assert seconds.now == 0


def test_exc_5_other_changes_of_the_registry_neither_tell_nor_delay_the_beat(
    desk: WatchDesk, board: PatientBoard, seconds: Seconds
) -> None:
    def move() -> None:
        seconds.now += 20
        board.ring()

    seconds.while_waiting = [move, move]
    watch = desk.watch(PARTNER, STREAM, None)
    assert [next(watch), next(watch)] == [b"one", None]
    assert (seconds.now, board.waits) == (40, 2)


def test_exc_5_one_watch_per_partner_and_stream_the_oldest_closed(desk: WatchDesk) -> None:
    older, other = desk.watch(PARTNER, STREAM, None), desk.watch(OTHER, STREAM, None)
    next(older), next(other)
    newer = desk.watch(PARTNER, STREAM, None)
    next(newer)
    with pytest.raises(ConflictError, match="newer watch"):
        next(older)
    assert (next(newer), next(other)) == (None, None)


def test_exc_5_a_watch_that_ended_leaves_its_place(desk: WatchDesk, board: HeadBoard) -> None:
    watch = desk.watch(PARTNER, STREAM, None)
    next(watch)
    assert board.watches == 1
    watch.close()  # type: ignore[attr-defined]  # a generator
    assert board.watches == 0


def test_exc_5_watches_end_with_the_process(desk: WatchDesk, board: HeadBoard) -> None:
    watch = desk.watch(PARTNER, STREAM, None)
    next(watch)
    board.close()
    assert list(watch) == []


def test_exc_9_nobody_takes_a_place_for_a_stream_of_others(
    desk: WatchDesk, board: HeadBoard
) -> None:
    stranger = Stream(issuer="XA", recipient="XH", agreement="other", test=False, epoch=1)
    with pytest.raises(NotFoundError):
        next(desk.watch(PARTNER, stranger, None))
    assert board.watches == 0


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    made = Home(tmp_path, FeedKind.GRPC)
    yield made
    made.close()


def watcher(home: Home, holder: str = "one") -> HeadWatcher:
    turns = Turns(home.store.leases, clock=home.clock, holder=holder)
    return HeadWatcher(turns=turns, answers=home.own_answers)


def test_exc_5_each_new_head_starts_a_sync_and_a_beat_does_not(home: Home) -> None:
    one, two = Unverified(document=b"one"), Unverified(document=b"two")
    home.partner.watch = [None, one, None, one, two]
    told: list[str] = []
    with pytest.raises(TransportError):
        watcher(home).watch(home.profile, home.partner.channel(), told.append, now=home.clock.now)
    assert told == ["XB", "XB"]


def test_exc_5_one_process_watches_and_another_after_it(home: Home) -> None:
    home.partner.watch = [Unverified(document=b"one")]
    told: list[str] = []

    def on_head(partner: str) -> None:
        # While the first one watches.
        watcher(home, "two").watch(
            home.profile, home.partner.channel(), told.append, now=home.clock.now
        )
        told.append(partner)

    for _ in range(2):
        with pytest.raises(TransportError):
            watcher(home).watch(home.profile, home.partner.channel(), on_head, now=home.clock.now)
    assert told == ["XB", "XB"]
