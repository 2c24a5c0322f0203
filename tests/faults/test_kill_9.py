"""`kill -9` while a gateway publishes, fetches, applies and acknowledges, on both databases.

A process does the real work with a real partner, over HTTPS, gRPC or shared folders; the points of
a phase are shared out among the ways. Its span is measured, and it is killed at points that are
spread over it, in an order that is drawn once. After each, the next start goes
on and ends where it should; at the end all that ever happened is looked at again.
"""

import random
import statistics
import time
from collections import Counter
from collections.abc import Callable, Iterator

import pytest
from msgspec import Struct

from tests.fakes.two_gateways import FreshUrls
from tests.fakes.victims import Point, Told
from tests.faults.conftest import MEASURED
from tests.faults.exchanging import Way
from tests.faults.pairs import KilledPair

SEED = 20261125
MEASURED_RUNS = 3
BEYOND = 1.05
"""Points are spread over a little more than the span, for runs that are slower."""
LISTS_AT_ONCE = 4
"""Lists between two syncs, where publishing is killed."""
AT_AN_END = 0.05
"""So large a part of the points at once after the beginning, and as large a one after the end."""


class Phase(Struct, frozen=True, kw_only=True):
    """A part of the work, and how far it has come in the database that it writes."""

    name: str
    begins: str
    ends: str
    """The words of `exchanging` at both ends."""
    reached: Callable[[KilledPair], int]
    """The sequence that rises when it is done."""
    ways: tuple[Way, ...]
    """Among which its points are shared out."""


PHASES = (
    Phase(
        name="publish",
        begins="begun",
        ends="done",
        reached=lambda pair: pair.issued,
        ways=(Way.HTTPS,),
    ),
    Phase(
        name="fetch",
        begins="begun",
        ends="fetched",
        reached=lambda pair: pair.accepted,
        ways=(Way.HTTPS, Way.GRPC, Way.FOLDERS),
    ),
    Phase(
        name="apply",
        begins="fetched",
        ends="applied",
        reached=lambda pair: pair.accepted,
        ways=(Way.HTTPS, Way.GRPC),
    ),
    Phase(
        name="acknowledge",
        begins="applied",
        ends="done",
        reached=lambda pair: pair.answered,
        ways=(Way.HTTPS, Way.GRPC, Way.FOLDERS),
    ),
)
CASES = [(way, phase) for way in Way for phase in PHASES if way in phase.ways]


@pytest.fixture(scope="module")
def pair(
    fresh_urls: FreshUrls,
    tmp_path_factory: pytest.TempPathFactory,
    request: pytest.FixtureRequest,
) -> Iterator[KilledPair]:
    made = KilledPair(tmp_path_factory.mktemp("pair"), fresh_urls(), SEED, request.param)
    made.begin()
    yield made
    made.close()


class Killing:
    """One phase of one pair, killed again and again."""

    def __init__(self, pair: KilledPair, phase: Phase) -> None:
        self._pair = pair
        self._phase = phase
        self._spans: list[float] = []
        self.outcomes = Counter[str]()
        self.inside = 0

    def measure(self) -> None:
        """Let it do its work undisturbed a few times."""
        for _ in range(MEASURED_RUNS):
            self._work(None)
            self._go_on()

    def kill(self, part: float) -> None:
        """Kill it when so large a part of its span has passed, and let the next start go on."""
        phase, span = self._phase, self.span
        point = Point(phase.begins, part * span) if part <= BEYOND else Point(phase.ends)
        before = phase.reached(self._pair)
        told = self._work(point)
        assert "child" in told
        self._pair.carry()
        self.inside += phase.begins in told and phase.ends not in told
        self._pair.check_issued()
        self._pair.check_accepted()
        after = phase.reached(self._pair)
        assert after in {before, before + 1}
        self.outcomes["old" if after == before else "new"] += 1
        self._go_on()

    @property
    def span(self) -> float:
        """How long the phase takes, by the last runs that came to its end."""
        return statistics.median(self._spans[-MEASURED_RUNS:])

    def _work(self, point: Point | None) -> Told:
        pair, phase = self._pair, self._phase
        pair.change()
        wish, moment = pair.wish(), pair.clock.now.isoformat()
        if phase.name == "publish":
            told = pair.victim.work(f"publish {moment} {wish}", kill_at=point)
        else:
            pair.publish()
            told = pair.victim.work(f"sync {moment}", kill_at=point)
        if {phase.begins, phase.ends} <= told.keys():
            self._spans.append(told[phase.ends] - told[phase.begins])
        return told

    def _go_on(self) -> None:
        pair = self._pair
        if self._phase.name == "publish":
            pair.publish_again()
            if pair.issued % LISTS_AT_ONCE:
                return
        pair.sync_again()
        pair.check_settled()


@pytest.mark.parametrize(
    ("pair", "phase"), CASES, ids=[f"{way}-{phase.name}" for way, phase in CASES], indirect=["pair"]
)
def test_after_kill_9_at_any_point_the_next_start_goes_on_and_nothing_is_lost_or_done_twice(
    pair: KilledPair, phase: Phase, points: int, request: pytest.FixtureRequest
) -> None:
    began_at = time.monotonic()
    killing = Killing(pair, phase)
    killing.measure()
    span = killing.span
    share = -(-points // len(phase.ways))
    at_an_end = max(1, round(share * AT_AN_END))
    spread = share - 2 * at_an_end
    parts = [BEYOND * (index + 0.5) / spread for index in range(spread)]
    parts += [0.0] * at_an_end + [2.0] * at_an_end
    random.Random(SEED).shuffle(parts)
    for part in parts:
        killing.kill(part)
    pair.sync_again()
    pair.check_all()
    measured = {
        "phase": phase.name,
        "way": pair.wires.way.value,
        "database": pair.database,
        "points": len(parts),
        "old": killing.outcomes["old"],
        "new": killing.outcomes["new"],
        "inside": killing.inside,
        "span_ms": round(span * 1000, 1),
        "seconds": round(time.monotonic() - began_at, 1),
    }
    request.node.user_properties.append((MEASURED, measured))
    print(measured)  # noqa: T201 - what `-s` shows
    assert killing.outcomes["old"] > 0
    # What is only fetched changes nothing.
    assert killing.outcomes["new"] > 0 or phase.name == "fetch"
    assert killing.inside > share // 4
