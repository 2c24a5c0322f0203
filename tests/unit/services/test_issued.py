"""Which lists a partner is sent that asks for changes or for a FULL (EXC-2, SEQ-1)."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from gateway.domain.documents import Packaging, SealedList
from gateway.domain.errors import GoneError, NotFoundError
from gateway.domain.lists import ListHeader, ListKind, Stream
from gateway.domain.profiles import FeedKind
from gateway.services.issued import MOST_LISTS, Issued
from tests.fakes.home import OFFICER, Home
from tests.fakes.sealed_lists import make_header

SEALED = SealedList(packaging=Packaging.XADES, document=b"x", head=b"x")


class Kinds:
    """Publications of which only the kinds matter: FULLs at some sequences, DELTAs between."""

    def __init__(self, newest: int, *fulls: int) -> None:
        self.last = newest
        self.fulls = fulls
        self.erased_below = 0

    def newest(self, stream: Stream) -> ListHeader | None:
        del stream
        return self._header(self.last) if self.last else None

    def newest_full(self, stream: Stream) -> ListHeader | None:
        del stream
        return self._header(self.fulls[-1]) if self.fulls else None

    def find(self, stream: Stream, sequence: int, packaging: Packaging) -> SealedList | None:
        del stream, packaging
        if sequence < self.erased_below:
            raise GoneError(f"list {sequence} is gone")
        return SEALED

    def _header(self, sequence: int) -> ListHeader:
        kind = ListKind.FULL if sequence in self.fulls else ListKind.DELTA
        return replace(make_header([], sequence), kind=kind)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    made = Home(tmp_path, FeedKind.XML)
    yield made
    made.close()


def after(home: Home, kinds: Kinds, since: int) -> list[int]:
    issued = Issued(kinds, lambda _profile, _now: None)  # type: ignore[arg-type]  # only reads
    return list(issued.after(home.profile, since))


def test_exc_2_every_list_after_a_sequence_is_sent(home: Home) -> None:
    assert after(home, Kinds(9, 1, 5), 3) == [4, 5, 6, 7, 8, 9]
    assert after(home, Kinds(9, 1, 5), 9) == []
    assert after(home, Kinds(9, 1, 5), 12) == []
    assert after(home, Kinds(0), 0) == []


def test_exc_2_who_has_nothing_begins_with_the_newest_full(home: Home) -> None:
    assert after(home, Kinds(9, 1, 5), 0) == [5, 6, 7, 8, 9]


def test_exc_2_who_lags_far_behind_begins_with_the_newest_full(home: Home) -> None:
    newest = MOST_LISTS + 3
    assert after(home, Kinds(newest, 1, newest), 3)[0] == 4
    assert after(home, Kinds(newest, 1, newest), 2) == [newest]


def test_exc_2_without_a_later_full_all_deltas_are_sent(home: Home) -> None:
    assert len(after(home, Kinds(MOST_LISTS + 9, 1), 1)) == MOST_LISTS + 8


def test_pub_7_behind_erased_lists_the_newest_full_is_sent(home: Home) -> None:
    kinds = Kinds(9, 1, 5)
    kinds.erased_below = 5
    assert after(home, kinds, 2) == [5, 6, 7, 8, 9]
    assert after(home, kinds, 6) == [7, 8, 9]


def test_seq_1_a_full_that_is_the_newest_list_is_the_answer(home: Home) -> None:
    home.publisher.publish(home.profile, actor=OFFICER, now=home.clock.now)
    assert home.issued.full(home.profile, home.clock.now) == 1
    assert home.fulls_asked == 0


def test_seq_1_behind_deltas_the_publisher_is_asked_for_a_full(home: Home) -> None:
    kinds = Kinds(9, 1, 5)
    asked: list[tuple[object, ...]] = []

    def ask(*call: object) -> None:
        asked.append(call)
        kinds.last, kinds.fulls = 10, (1, 5, 10)

    issued = Issued(kinds, ask)  # type: ignore[arg-type]  # only reads
    assert issued.full(home.profile, home.clock.now) == 10
    assert asked == [(home.profile, home.clock.now)]


def test_seq_1_while_the_last_full_is_young_it_is_served_again(home: Home) -> None:
    issued = Issued(Kinds(9, 1, 5), lambda _profile, _now: None)  # type: ignore[arg-type]  # only reads
    assert issued.full(home.profile, home.clock.now) == 5


def test_a_stream_without_any_list_has_no_full(home: Home) -> None:
    issued = Issued(Kinds(0), lambda _profile, _now: None)  # type: ignore[arg-type]  # only reads
    with pytest.raises(NotFoundError):
        issued.full(home.profile, home.clock.now)
