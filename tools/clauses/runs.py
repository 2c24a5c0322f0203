"""Running the tests of clauses in a copy of the tree, in a process of their own."""

import compileall
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from py_compile import PycInvalidationMode

from clauses.protocol import prefix_of_tests

_NOT_COPIED = shutil.ignore_patterns(
    ".git", "__pycache__", ".*_cache", ".hypothesis", "*.egg-info", "build", "dist"
)
_NO_TESTS_RAN = 5


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one test, or the collection of one file, ended."""

    when: str
    """`call`, `setup`, `teardown`, `collect`, `origin`."""
    id: str
    outcome: str
    message: str


@dataclass(frozen=True, slots=True)
class Run:
    """One run of pytest."""

    exit_code: int
    outcomes: tuple[Outcome, ...]
    seconds: float
    timed_out: bool
    output: str = field(repr=False)

    @property
    def failed(self) -> list[Outcome]:
        """What did not pass, in the order in which it happened."""
        return [one for one in self.outcomes if one.outcome == "failed"]

    @property
    def nothing_ran(self) -> bool:
        """Nothing was selected."""
        return self.exit_code == _NO_TESTS_RAN

    def package_folder(self) -> Path | None:
        """Return where the package under test was imported from."""
        origins = [Path(one.outcome) for one in self.outcomes if one.when == "origin"]
        return origins[-1].parent if origins else None


def copy_tree(root: Path, target: Path) -> Path:
    """Copy what tests may need, compiled; virtual environments stay behind."""

    def ignore(folder: str, names: list[str]) -> set[str]:
        environments = {name for name in names if (Path(folder) / name / "pyvenv.cfg").exists()}
        return _NOT_COPIED(folder, names) | environments

    shutil.copytree(root, target, ignore=ignore, symlinks=True)
    # By hash, not by time: a mutant may have the size and the second of the file it replaces.
    checked = PycInvalidationMode.CHECKED_HASH
    for folder in sorted(path for path in target.iterdir() if path.is_dir()):
        compileall.compile_dir(folder, quiet=2, invalidation_mode=checked)
    return target.resolve()


def run_tests(
    tree: Path, clauses: Sequence[str], paths: Sequence[str], *, markers: str, seconds: float
) -> Run:
    """Run these clauses' tests in these files of a copied tree, up to the first failure."""
    tools = Path(__file__).resolve().parents[1]
    with tempfile.TemporaryDirectory(prefix="mra-clauses-") as folder:
        lines = Path(folder) / "outcomes"
        lines.touch()
        command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider"]
        command += ["-p", "clauses.outcomes", f"--clause-outcomes={lines}", "-m", markers]
        command += ["-k", " or ".join(prefix_of_tests(clause) for clause in clauses), *paths]
        environment = {
            **os.environ,  # noqa: TID251 -- the child needs PATH and HOME; nothing is read here
            "PYTHONPATH": os.pathsep.join([str(tree), str(tools)]),
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        began = time.monotonic()
        process = subprocess.Popen(  # noqa: S603 -- this interpreter, arguments from this tree
            command,
            cwd=tree,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            text=True,
        )
        output, timed_out = _wait(process, seconds)
        outcomes = tuple(
            Outcome(**json.loads(line)) for line in lines.read_text(encoding="utf-8").splitlines()
        )
    took = time.monotonic() - began
    return Run(process.returncode, outcomes, took, timed_out, output)


def _wait(process: subprocess.Popen[str], seconds: float) -> tuple[str, bool]:
    try:
        return process.communicate(timeout=seconds)[0], False
    except subprocess.TimeoutExpired:
        # The session is ours: servers that the tests started go with it.
        os.killpg(process.pid, signal.SIGKILL)
        return process.communicate()[0], True
