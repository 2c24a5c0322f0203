import ast
from pathlib import Path

import gateway

PACKAGE = Path(gateway.__file__ or "").parent


def _makers() -> set[str]:
    found = set()
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and _name(node.func) == "Verified":
                found.add(path.relative_to(PACKAGE).parts[0])
    return found


def _name(node: ast.expr) -> str:
    if isinstance(node, ast.Subscript):
        return _name(node.value)
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def test_sig_7_only_trust_makes_a_verified() -> None:
    assert _makers() == {"trust"}
