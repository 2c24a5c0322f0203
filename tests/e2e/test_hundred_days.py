"""Issue 4, shown by 3: a hundred days of changes, kills and cut links, and then one root.

A day is a handful of changes in two home programmes, and what can be brought to the partners before
the next day begins; what cannot, waits. `HUNDRED_DAYS` and `HUNDRED_DAYS_SEED` say how many days,
and which.
"""

import os
import random
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.checker.follower import BROKEN
from tests.e2e.checker.protobuf import Contract
from tests.e2e.days.gateways import ask, finish
from tests.e2e.days.world import CHECKER, PAIR, PHASES, World, running

pytestmark = pytest.mark.e2e

DAYS = int(os.environ.get("HUNDRED_DAYS", "100"))
SEED = int(os.environ.get("HUNDRED_DAYS_SEED", "20260301"))
FIRST_OPERATORS = 60
DAY = 0.25
"""Seconds that a day waits for its lists to arrive."""
KILL_EVERY = 12
"""Days between two kills, more or less."""
SETTLES_IN = 45.0
"""Seconds after the last fault: a lease that nobody extends, and a few retries."""
LOOK_EVERY = 0.05
STREAMS = [(issuer, other) for issuer in PAIR for other in (*PAIR, CHECKER) if other != issuer]


class Days:
    """Days, one after another, in one world."""

    def __init__(self, world: World, chance: random.Random) -> None:
        self.world = world
        self.day = 0
        self.in_time = 0
        self._chance = chance
        self._next_kill = chance.randrange(3, KILL_EVERY)

    def live(self) -> None:
        """Live one day."""
        self.day += 1
        steps = [*self._changes(), *self._faults()]
        self._chance.shuffle(steps)
        for kind, name in steps:
            self._step(kind, name)
        self.in_time += self._arrive()
        for link in self.world.links.values():
            if self._chance.random() < 0.6:
                link.mend()

    def _changes(self) -> Iterator[tuple[str, str]]:
        for country in PAIR:
            for _ in range(self._chance.randrange(4)):
                yield "change", country

    def _faults(self) -> Iterator[tuple[str, str]]:
        if self.day >= self._next_kill:
            self._next_kill = self.day + self._chance.randrange(KILL_EVERY // 2, 2 * KILL_EVERY)
            yield "kill", self._chance.choice(PAIR)
        if self._chance.random() < 0.4:
            yield "strike", ""

    def _step(self, kind: str, name: str) -> None:
        if kind == "change":
            said = self.world.programmes[name].change()
        elif kind == "kill":
            # In the middle of whatever the changes before it have set off.
            time.sleep(self._chance.random() * 0.2)
            self.world.restart(name)
            said = f"{name} killed"
        else:
            said = self._chance.choice(list(self.world.links.values())).strike(self._chance)
        self.world.note(f"day {self.day}: {said}")

    def _arrive(self) -> bool:
        """Follow both streams until all of the day has arrived, or the day is over."""
        deadline = time.monotonic() + DAY
        while True:
            arrived = [
                follower.follow() and follower.root == self.world.programmes[country].root
                for country, follower in self.world.followers.items()
            ]
            if all(arrived) or time.monotonic() >= deadline:
                return all(arrived)
            time.sleep(LOOK_EVERY)


@pytest.mark.parametrize("seed", [SEED])
def test_a_hundred_days_of_kills_and_cut_links_end_with_one_root(
    tmp_path: Path, contract: Contract, seed: int
) -> None:
    chance = random.Random(seed)
    with running(tmp_path / "world", contract, chance) as world:
        days = Days(world, chance)
        try:
            for programme in world.programmes.values():
                programme.begin(FIRST_OPERATORS)
            for phase in range(len(PHASES)):
                if phase:
                    world.change_adapters(phase)
                while days.day < DAYS * (phase + 1) // len(PHASES):
                    days.live()
            _settle(world)
            _require_quiet(world)
        except Exception as error:
            raise AssertionError(_told(days, f"seed {seed}: {error}")) from error
        sys.stdout.write(f"seed {seed}: {_summary(days)}\n")


def _settle(world: World) -> None:
    """Let everything arrive in fair weather: issued, applied and folded are one root."""
    for link in world.links.values():
        link.mend()
    for gateway in world.gateways.values():
        gateway.wait_until_ready()
    deadline = time.monotonic() + SETTLES_IN
    while left := _unsettled(world):
        assert time.monotonic() < deadline, f"after {SETTLES_IN:.0f} s: {left}"
        time.sleep(LOOK_EVERY)


def _unsettled(world: World) -> list[str]:
    left = []
    for follower in world.followers.values():
        follower.follow()
    for issuer, recipient in STREAMS:
        truth, name = world.programmes[issuer].root, f"{issuer}>{recipient}"
        try:
            issued = world.issued(issuer, recipient)
        except BROKEN as error:
            left.append(f"{name}: {error}")
            continue
        if issued is None or issued.root != truth:
            left.append(f"{name}: not issued: {issued}")
        elif not issued.is_applied():
            left.append(f"{name}: not applied: {issued}")
        elif recipient == CHECKER and world.followers[issuer].root != truth:
            left.append(f"{name}: the checker is at {world.followers[issuer].sequence}")
    return left


def _require_quiet(world: World) -> None:
    """Nothing was taken for an attack, nothing waits for an officer, the trail is whole."""
    for country, gateway in world.gateways.items():
        assert gateway.is_running, f"{country} ended by itself"
        assert gateway.crashes() == []
        finish([gateway.begin("audit", "verify"), gateway.begin("db", "check")])
        assert ask(gateway, "audit", "list", "--action", "alarm") == [], country
        for status in ask(gateway, "stream", "status"):
            sends, about = status["sends"], f"{country} to {status['partner']}: {status}"
            assert sends["roots"] == "equal", about
            assert not sends["full_wanted"], about
            assert status["receives"]["held"] == [], about
            assert sends["lists"]["dead"] == 0, about
            assert status["receives"]["acknowledgements"]["dead"] == 0, about


def _told(days: Days, why: str) -> str:
    world = days.world
    logs = [f"{name}: {each.last_lines()}" for name, each in world.gateways.items()]
    told = [*world.events, *logs, _summary(days), f"day {days.day}: {why}"]
    return "\n".join(told)


def _summary(days: Days) -> str:
    world = days.world
    kills = sum(gateway.kills for gateway in world.gateways.values())
    cuts = sum(link.cuts for link in world.links.values())
    reports = sum(each.reports for each in world.programmes.values())
    repeated = sum(each.repeated for each in world.programmes.values())
    lists = {name: (each.sequence, each.kinds) for name, each in world.followers.items()}
    broken = sum(each.broken for each in world.followers.values())
    return (
        f"{days.day} days, {days.in_time} of them in time; {reports} reports ({repeated} attempts "
        f"failed), {kills} kills, {cuts} connections cut, checker: {lists}, {broken} broken calls"
    )
