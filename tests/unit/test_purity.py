"""What the rules may lean on: an allow-list, because a deny-list lets new libraries through."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

GATEWAY = Path(__file__).parents[2] / "gateway"
OWN = {
    "domain": ("gateway.domain",),
    "ports": ("gateway.domain", "gateway.ports"),
}
LIBRARIES = frozenset({"msgspec"})
"""Values are msgspec structs; nothing else from outside."""
IMPURE = {
    "asyncio": "concurrency is for the edges",
    "concurrent": "concurrency is for the edges",
    "ctypes": "foreign code",
    "fileinput": "files",
    "ftplib": "network",
    "getpass": "the terminal",
    "glob": "files",
    "http": "network",
    "imaplib": "network",
    "importlib": "what is imported is written down",
    "io": "files",
    "logging": "the rules do not log",
    "mmap": "files",
    "multiprocessing": "processes",
    "os": "environment and files",
    "pathlib": "files",
    "platform": "the machine",
    "poplib": "network",
    "random": "the same question gets the same answer",
    "sched": "time",
    "secrets": "the same question gets the same answer",
    "select": "network",
    "selectors": "network",
    "shutil": "files",
    "signal": "processes",
    "smtplib": "network",
    "socket": "network",
    "socketserver": "network",
    "sqlite3": "the store has its own layer",
    "ssl": "network",
    "subprocess": "processes",
    "sys": "the process",
    "tempfile": "files",
    "threading": "concurrency is for the edges",
    "time": "the moment is an argument",
    "urllib": "network",
    "uuid": "the same question gets the same answer",
    "warnings": "the rules do not log",
}
CALLS = frozenset({"open", "print", "input", "exec", "eval", "compile", "__import__", "globals"})
CLOCKS = frozenset({"now", "utcnow", "today", "fromtimestamp"})

PURE = sorted(file for layer in OWN for file in (GATEWAY / layer).rglob("*.py"))
MODULES = sorted(file for file in GATEWAY.rglob("*.py") if "pb" not in file.parts)


def _tree(file: Path) -> ast.Module:
    return ast.parse(file.read_bytes())


def _name(file: Path) -> str:
    return file.relative_to(GATEWAY.parent).as_posix()


def _imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0
            assert node.module
            yield node.module


def _called(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            yield node.func.id
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            yield f".{node.func.attr}"


def _strangers(tree: ast.Module, layer: str) -> list[str]:
    allowed = (sys.stdlib_module_names - set(IMPURE)) | LIBRARIES
    return [
        name
        for name in _imported(tree)
        if name.partition(".")[0] not in allowed
        and not any(name == own or name.startswith(f"{own}.") for own in OWN[layer])
    ]


@pytest.mark.parametrize("file", PURE, ids=_name)
def test_rules_and_ports_import_the_pure_standard_library_and_msgspec_only(file: Path) -> None:
    assert _strangers(_tree(file), file.relative_to(GATEWAY).parts[0]) == []


@pytest.mark.parametrize("file", PURE, ids=_name)
def test_rules_and_ports_read_no_clock_and_no_file(file: Path) -> None:
    forbidden = CALLS | {f".{clock}" for clock in CLOCKS}
    assert forbidden.isdisjoint(_called(_tree(file)))


STRANGERS = {
    "a library": "import lxml.etree",
    "a library inside a function": "def f():\n    from cryptography import x509",
    "the clock": "import time",
    "a part of an impure package": "import os.path",
    "another layer": "from gateway.store import registry",
    "the root, through which all layers are reached": "import gateway",
    "a layer whose name starts alike": "from gateway.domain_of_another import thing",
}


@pytest.mark.parametrize("source", STRANGERS.values(), ids=STRANGERS)
def test_allow_list_refuses(source: str) -> None:
    assert len(_strangers(ast.parse(source), "domain")) == 1


def test_ports_may_import_the_domain_and_not_the_other_way_round() -> None:
    assert _strangers(ast.parse("from gateway.domain import lists"), "ports") == []
    assert _strangers(ast.parse("from gateway.ports import feed"), "domain") == ["gateway.ports"]


def _constructs_verified(tree: ast.Module) -> bool:
    """Tell whether a module makes a `Verified`, under this name or another one."""
    aliases = {"Verified"} | {
        alias.asname
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
        if alias.name == "Verified" and alias.asname
    }
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        made = node.func.value if isinstance(node.func, ast.Subscript) else node.func
        name = made.attr if isinstance(made, ast.Attribute) else getattr(made, "id", "")
        if name in aliases:
            return True
    return False


@pytest.mark.parametrize("file", MODULES, ids=_name)
def test_sig_7_only_trust_makes_something_verified(file: Path) -> None:
    if not file.is_relative_to(GATEWAY / "trust"):
        assert not _constructs_verified(_tree(file))


MAKERS = {
    "by its name": "Verified(content=b'')",
    "with a type": "Verified[bytes](content=b'')",
    "through its module": "documents.Verified(content=b'')",
    "under another name": "from gateway.domain.documents import Verified as V\nV(content=b'')",
}


@pytest.mark.parametrize("source", MAKERS.values(), ids=MAKERS)
def test_maker_of_something_verified_is_seen(source: str) -> None:
    assert _constructs_verified(ast.parse(source))


def test_mention_of_something_verified_is_no_maker() -> None:
    source = "def f(verified: Verified[bytes]) -> Verified[str] | None: return None"
    assert not _constructs_verified(ast.parse(source))
