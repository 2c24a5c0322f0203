"""Threads that watch partners and push lists, as the profiles say (EXC-3, EXC-5)."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from queue import Empty, Queue

import pytest
from msgspec.structs import replace

from gateway.domain.agreements import Lifecycle
from gateway.domain.documents import SealedList, Unverified
from gateway.domain.errors import TransportError
from gateway.domain.profiles import FeedKind, Receive, Send, Ways
from gateway.domain.transport_faults import TransportFault
from gateway.entrypoints.scheduler.standing import Standing, Work, jobs_of
from gateway.services.watching import HeadBoard, HeadWatcher
from tests.fakes.home import OFFICER, Home

PATIENCE = 10.0
HEAD = Unverified(document=b"head")


class Running:
    """Standing work of a home whose partner is in memory; the test says what the partner does."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.heads: Queue[Unverified | Exception | None] = Queue()
        self.told: Queue[str] = Queue()
        self.pushed: Queue[SealedList] = Queue()
        self.board = HeadBoard()
        home.partner.watch = self  # type: ignore[assignment]  # gone through by the watch
        home.partner.take = self._take
        self.standing = Standing(
            Work(
                profiles=home.store.profiles,
                version=home.store.registry.version,
                board=self.board,
                watcher=HeadWatcher(turns=home.turns, answers=home.own_answers),
                pusher=home.pusher,
                channel_for=lambda _profile: home.partner.channel(),
                clock=home.clock,
                on_head=self.told.put,
                first_retry=timedelta(milliseconds=1),
                longest_retry=timedelta(milliseconds=20),
            )
        )

    def __iter__(self) -> Iterator[Unverified | None]:
        while True:
            said = self.heads.get(timeout=PATIENCE)
            if isinstance(said, Exception):
                raise said
            yield said

    def _take(self, sealed: SealedList) -> None:
        self.pushed.put(sealed)


Run = Callable[[Ways], Running]


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    made: list[Running] = []

    def start(ways: Ways) -> Running:
        home = Home(tmp_path, FeedKind.GRPC)
        home.profile = replace(home.profile, exchange=ways)
        home.store.profiles.apply(home.profile, OFFICER, home.clock.now)
        made.append(Running(home))
        made[-1].standing.start()
        return made[-1]

    yield start
    for running in made:
        running.heads.put(TransportError("the test is over", TransportFault.NO_ANSWER))
        running.standing.stop(PATIENCE)
        running.home.close()


def test_exc_5_each_new_head_starts_a_sync_also_after_the_watch_broke(run: Run) -> None:
    running = run(Ways(receive=Receive.WATCH))
    running.heads.put(HEAD)
    assert running.told.get(timeout=PATIENCE) == "XB"
    running.heads.put(TransportError("connection reset", TransportFault.TRUNCATED))
    running.heads.put(HEAD)
    assert running.told.get(timeout=PATIENCE) == "XB"
    running.heads.put(ValueError("a defect"))
    running.heads.put(HEAD)
    assert running.told.get(timeout=PATIENCE) == "XB"


def test_exc_3_a_list_is_pushed_as_soon_as_it_is_issued(run: Run) -> None:
    running = run(Ways(send=Send.PUSH))
    home = running.home
    home.publisher.publish(home.profile, actor=OFFICER, now=home.clock.now)
    sealed = running.pushed.get(timeout=PATIENCE)
    assert sealed == home.issued.find(home.profile, 1)


def test_syn_3_a_push_is_tried_again_until_the_partner_is_back(run: Run) -> None:
    running = run(Ways(send=Send.PUSH))
    home = running.home
    home.partner.is_down = True
    home.publisher.publish(home.profile, actor=OFFICER, now=home.clock.now)
    with pytest.raises(Empty):
        running.pushed.get(timeout=0.3)
    home.partner.is_down = False
    assert running.pushed.get(timeout=PATIENCE) == home.issued.find(home.profile, 1)


def test_threads_follow_the_profiles(run: Run) -> None:
    running = run(Ways(receive=Receive.WATCH))
    running.heads.put(HEAD)
    running.told.get(timeout=PATIENCE)
    home = running.home
    home.profile = replace(home.profile, exchange=Ways())
    home.store.profiles.apply(home.profile, OFFICER, home.clock.now)
    running.standing.follow()
    assert running.standing.jobs == []
    running.heads.put(TransportError("connection reset", TransportFault.TRUNCATED))


def test_only_partners_that_exchange_and_can_be_reached_have_threads(run: Run) -> None:
    both = Ways(receive=Receive.WATCH, send=Send.PUSH)
    profile = replace(run(Ways()).home.profile, exchange=both)
    assert jobs_of(profile) == ("watch", "push")
    assert jobs_of(replace(profile, exchange=Ways())) == ()
    assert jobs_of(replace(profile, endpoint=None)) == ()
    assert jobs_of(replace(profile, enabled=False)) == ()
    draft = replace(profile.agreement, state=Lifecycle.DRAFT)
    assert jobs_of(replace(profile, agreement=draft)) == ()
