"""Tests that carry a clause at the start of their name: `test_acc_7_older_list_is_refused`."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_NAMED = re.compile(r"^test_([a-z]{3})_(\d+)_")


@dataclass(frozen=True, slots=True, order=True)
class NamedTest:
    """One test function, where it is written."""

    clause: str
    path: str
    line: int
    name: str

    def __str__(self) -> str:
        """File, line and name."""
        return f"{self.path}:{self.line} {self.name}"


class Suites:
    """Which files have to be collected in order to run a test."""

    def __init__(self, root: Path, folder: str = "tests") -> None:
        self._root = root
        self._imports = {
            file.relative_to(root).as_posix(): frozenset(_imported(ast.parse(file.read_bytes())))
            for file in sorted((root / folder).rglob("*.py"))
        }

    def tests(self, families: frozenset[str]) -> list[NamedTest]:
        """Return the tests that are named for a clause of one of these families (`ACC`, …)."""
        return sorted(
            NamedTest(f"{found[1].upper()}-{found[2]}", path, node.lineno, node.name)
            for path in self._imports
            for node in ast.walk(ast.parse((self._root / path).read_bytes()))
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
            and (found := _NAMED.match(node.name)) is not None
            and found[1].upper() in families
        )

    def collected_from(self, paths: frozenset[str]) -> list[str]:
        """Return the test files in which these files' tests run, unit tests first.

        A contract suite (`registry_suite.py`) runs in every test file that imports it.
        """
        wanted, todo = set[str](), list(paths)
        while todo:
            path = todo.pop()
            if Path(path).name.startswith("test_"):
                wanted.add(path)
                continue
            stem = Path(path).stem
            todo.extend(
                other for other, names in self._imports.items() if stem in names and other != path
            )
        return sorted(wanted, key=_quick_first)


def _quick_first(path: str) -> tuple[bool, str]:
    return not path.startswith("tests/unit/"), path


def _imported(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.rpartition(".")[2] for alias in node.names)
        if isinstance(node, ast.ImportFrom):
            yield (node.module or "").rpartition(".")[2]
            yield from (alias.name for alias in node.names)
