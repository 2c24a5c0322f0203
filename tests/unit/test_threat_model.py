"""The threat model names tests: each of them exists."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NAMED = re.findall(r"`(tests/[^`]+)`", (ROOT / "docs" / "security.md").read_text("utf-8"))


@cache
def _names_in(path: Path) -> frozenset[str]:
    """Return functions and texts of a module: an attack in a table is named by its text."""
    nodes = list(ast.walk(ast.parse(path.read_text("utf-8"))))
    functions = {node.name for node in nodes if isinstance(node, ast.FunctionDef)}
    texts = {str(node.value) for node in nodes if isinstance(node, ast.Constant)}
    return frozenset(functions | texts)


@pytest.mark.parametrize("named", sorted(set(NAMED)))
def test_test_that_the_threat_model_names_exists(named: str) -> None:
    file, _, name = named.partition("::")
    assert (ROOT / file).is_file()
    assert not name or name in _names_in(ROOT / file)


def test_threat_model_names_tests() -> None:
    assert len(NAMED) > 50
