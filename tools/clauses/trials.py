"""Switching clauses off, one statement at a time: a test named for the clause must fail."""

import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from queue import SimpleQueue

from clauses.mutants import switch_off
from clauses.named_tests import NamedTest, Suites
from clauses.protocol import prefix_of_tests
from clauses.runs import Outcome, Run, copy_tree, run_tests
from clauses.tags import Place

_QUICK, _SLOW = "not postgres and not e2e", "postgres or e2e"


class Verdict(StrEnum):
    """What became of a mutant."""

    CAUGHT = "caught"
    SURVIVED = "SURVIVED"
    NO_TEST = "NO TEST"
    ERROR = "ERROR, no test failed"
    TIMED_OUT = "TIMED OUT"
    WRONG_TREE = "WRONG TREE"


@dataclass(frozen=True, slots=True)
class Trial:
    """One mutant and what caught it."""

    place: Place
    verdict: Verdict
    test: str
    message: str
    seconds: float


class Laboratory:
    """Copies of a tree, one a worker, in which mutants live for the time of a run."""

    def __init__(
        self, root: Path, tests: Sequence[NamedTest], *, jobs: int, seconds: float
    ) -> None:
        self._root = root
        self._tests = tests
        self._suites = Suites(root)
        self._jobs = jobs
        self._seconds = seconds

    def run(self, places: Sequence[Place], tell: Callable[[Trial], None]) -> list[Trial]:
        """Try every place once and return the trials in the order of the places.

        Raises:
            SystemExit: The tests fail in the unchanged copy, so that a failure would prove nothing.
        """
        trees = SimpleQueue[Path]()
        with tempfile.TemporaryDirectory(prefix="mra-mutants-") as folder:
            for number in range(self._jobs):
                trees.put(copy_tree(self._root, Path(folder) / str(number)))
            tree = trees.get()
            self._require_green(tree, sorted({place.clause for place in places}))
            trees.put(tree)

            def one(place: Place) -> Trial:
                tree = trees.get()
                try:
                    trial = self._try(tree, place)
                finally:
                    trees.put(tree)
                tell(trial)
                return trial

            with ThreadPoolExecutor(self._jobs) as workers:
                return list(workers.map(one, places))

    def _require_green(self, tree: Path, clauses: Sequence[str]) -> None:
        paths = self._suites.collected_from(
            frozenset(test.path for test in self._tests if test.clause in clauses)
        )
        if not paths:
            return
        run = run_tests(tree, clauses, paths, markers=_QUICK, seconds=10 * self._seconds)
        _require_from(run, tree)
        if run.timed_out or (run.exit_code and not run.nothing_ran):
            raise SystemExit(f"{run.output}\nthe tests do not pass in the unchanged copy")

    def _try(self, tree: Path, place: Place) -> Trial:
        paths = self._suites.collected_from(
            frozenset(test.path for test in self._tests if test.clause == place.clause)
        )
        if not paths:
            return Trial(place, Verdict.NO_TEST, "", "", 0.0)
        file = tree / place.path
        source = file.read_bytes()
        file.write_bytes(switch_off(source, place))
        try:
            return self._judge(tree, place, paths)
        finally:
            file.write_bytes(source)

    def _judge(self, tree: Path, place: Place, paths: Sequence[str]) -> Trial:
        """PostgreSQL and whole gateways are started only for what nothing quicker has caught."""
        spent = 0.0
        trial = Trial(place, Verdict.NO_TEST, "", "", 0.0)
        for markers in (_QUICK, _SLOW):
            run = run_tests(
                tree, [place.clause], paths, markers=markers, seconds=self._seconds - spent
            )
            spent += run.seconds
            if run.nothing_ran:
                continue
            trial = _trial(run, tree, place, spent)
            if trial.verdict is not Verdict.SURVIVED:
                return trial
        return trial


def _trial(run: Run, tree: Path, place: Place, spent: float) -> Trial:
    named = [one for one in run.failed if one.when == "call" and _is_named(one, place.clause)]
    if named:
        return Trial(place, Verdict.CAUGHT, named[0].id, named[0].message, spent)
    if run.timed_out:
        return Trial(place, Verdict.TIMED_OUT, "", "", spent)
    if run.failed or run.package_folder() is None:
        why = run.failed[0] if run.failed else Outcome("", "", "", run.output[-200:])
        return Trial(place, Verdict.ERROR, why.id, f"{why.when}: {why.message}", spent)
    if not _is_from(run, tree):
        return Trial(place, Verdict.WRONG_TREE, "", str(run.package_folder()), spent)
    return Trial(place, Verdict.SURVIVED, "", "", spent)


def _is_named(outcome: Outcome, clause: str) -> bool:
    return outcome.id.rpartition("::")[2].startswith(prefix_of_tests(clause))


def _is_from(run: Run, tree: Path) -> bool:
    folder = run.package_folder()
    return folder is not None and folder.resolve().is_relative_to(tree)


def _require_from(run: Run, tree: Path) -> None:
    if run.package_folder() is not None and not _is_from(run, tree):
        raise SystemExit(f"the package came from {run.package_folder()}, not from {tree}")
