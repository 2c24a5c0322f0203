"""Tables for people and JSON for programs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from clauses.named_tests import NamedTest
from clauses.protocol import Clause
from clauses.tags import Form, Place
from clauses.trials import Trial, Verdict


@dataclass(frozen=True, slots=True)
class Census:
    """All that was found, by clause."""

    clauses: Mapping[str, Clause]
    places: Sequence[Place]
    tests: Sequence[NamedTest]

    def problems(self) -> list[str]:
        """Return what has to be mended, one line each."""
        known = self.clauses.keys()
        return [
            *(f"{place}: unknown clause {place.clause}" for place in self.places
              if place.clause not in known),
            *(f"{test}: unknown clause {test.clause}" for test in self.tests
              if test.clause not in known),
            *(f"{place}: {place.clause} stands above a statement that cannot be switched off"
              for place in self.places if place.form is Form.FIXED),
            *(f"{clause.id}: required, but no code enforces it" for clause in self.clauses.values()
              if clause.required and not self.places_of(clause.id)),
            *(f"{clause.id}: required, but no test is named for it"
              for clause in self.clauses.values()
              if clause.required and not self.tests_of(clause.id)),
        ]  # fmt: skip

    def places_of(self, clause: str) -> list[Place]:
        """Return where a clause is enforced."""
        return [place for place in self.places if place.clause == clause]

    def tests_of(self, clause: str) -> list[NamedTest]:
        """Return the tests that are named for a clause."""
        return [test for test in self.tests if test.clause == clause]

    def lines(self) -> list[str]:
        """Return the table: a clause, then its code and its tests."""
        lines = []
        for clause in self.clauses.values():
            places, tests = self.places_of(clause.id), self.tests_of(clause.id)
            state = clause.built + (", required" if clause.required else "")
            lines.append(f"{clause.id:7} {state:16} {len(places)} code, {len(tests)} tests")
            lines.extend(f"        code {place}" for place in places)
            lines.extend(f"        test {test}" for test in tests)
        return lines

    def as_json(self) -> dict[str, object]:
        """Return the same as plain data."""
        return {
            "clauses": [
                {
                    "clause": clause.id,
                    "built": clause.built,
                    "required": clause.required,
                    "code": [str(place) for place in self.places_of(clause.id)],
                    "tests": [str(test) for test in self.tests_of(clause.id)],
                }
                for clause in self.clauses.values()
            ],
            "problems": self.problems(),
        }


def trial_line(trial: Trial) -> str:
    """Return one row of the table of mutants."""
    by = trial.test if trial.verdict is Verdict.CAUGHT else f"{trial.verdict} {trial.message}"
    place = trial.place
    return f"{place.clause:7} {place!s:58} {trial.seconds:6.1f} s  {by}".rstrip()


def trial_json(trial: Trial) -> dict[str, object]:
    """Return the same as plain data."""
    return {
        "clause": trial.place.clause,
        "place": str(trial.place),
        "form": trial.place.form,
        "verdict": trial.verdict,
        "test": trial.test,
        "message": trial.message,
        "seconds": round(trial.seconds, 1),
    }
