"""List each clause of the protocol with its code and tests; with --mutate, prove the tests.

A statement below a comment `# ACC-7: …` enforces ACC-7; a test `test_acc_7_…` proves it. With
`--mutate` each such statement is switched off in a copy of the tree, alone, and at least one test
named for its clause has to fail. Exit 1 if something is missing or a mutant survives.
"""

import argparse
import json
import os
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from clauses.named_tests import Suites
from clauses.protocol import PROTOCOL, read_clauses
from clauses.report import Census, trial_json, trial_line
from clauses.tags import Form, Place, find_places
from clauses.trials import Laboratory, Trial, Verdict


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    options = _parser().parse_args(arguments)
    root = options.root.resolve()
    census = _take(root)
    if options.mutate is None:
        return _list(census, as_json=options.json)
    wanted = {clause.upper() for clause in options.mutate} or set(census.clauses)
    if strangers := wanted - set(census.clauses):
        raise SystemExit(f"no such clause: {', '.join(sorted(strangers))}")
    places = [
        place for clause in census.clauses if clause in wanted
        for place in census.places_of(clause) if place.form is not Form.FIXED
    ]  # fmt: skip
    laboratory = Laboratory(root, census.tests, jobs=options.jobs, seconds=options.seconds)
    return _mutate(laboratory, places, as_json=options.json)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--mutate", nargs="*", metavar="CLAUSE", help="switch these off in turn (default: all)"
    )
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    parser.add_argument(
        "--jobs", type=int, default=os.cpu_count() or 1, help="mutants at a time (default: cores)"
    )
    parser.add_argument(
        "--seconds", type=float, default=120.0, help="longest time for one mutant (default: 120)"
    )
    parser.add_argument(
        "--root", type=Path, default=Path(__file__).resolve().parents[1], help="another tree"
    )
    return parser


def _take(root: Path) -> Census:
    clauses = read_clauses(root / PROTOCOL)
    families = frozenset(clause.partition("-")[0] for clause in clauses)
    return Census(clauses, find_places(root), Suites(root).tests(families))


def _list(census: Census, *, as_json: bool) -> int:
    problems = census.problems()
    if as_json:
        print(json.dumps(census.as_json(), indent=2))
        return 1 if problems else 0
    print("\n".join(census.lines()))
    required = sum(clause.required for clause in census.clauses.values())
    print(
        f"\n{len(census.clauses)} clauses, {required} required in this release, "
        f"{len(census.places)} tagged statements, {len(census.tests)} named tests"
    )
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


def _mutate(laboratory: Laboratory, places: Sequence[Place], *, as_json: bool) -> int:
    def tell(trial: Trial) -> None:
        print(trial_line(trial), file=sys.stderr, flush=True)

    trials = laboratory.run(places, tell)
    if as_json:
        print(json.dumps([trial_json(trial) for trial in trials], indent=2))
    else:
        print("\n".join(["", *(trial_line(trial) for trial in trials)]))
        counts = Counter(trial.verdict for trial in trials)
        verdicts = ", ".join(f"{counts[verdict]} {verdict}" for verdict in counts) or "nothing"
        print(f"\n{len(trials)} statements switched off: {verdicts}")
    return 0 if all(trial.verdict is Verdict.CAUGHT for trial in trials) else 1


if __name__ == "__main__":
    sys.exit(main())
