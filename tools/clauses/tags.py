"""Tagged statements: those below a comment line that starts with a clause (`# ACC-7: …`)."""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

_TAG = re.compile(r"^#\s*([A-Z]{3}-\d+(?:\s*,\s*[A-Z]{3}-\d+)*)\s*:")
_NOT_CLAUSES = frozenset({"BCP", "ISO", "RFC", "SHA", "UTF"})


class Form(StrEnum):
    """How a tagged statement can be switched off."""

    CONDITION = "condition becomes False"
    CALL = "call removed"
    REASSIGNMENT = "re-assignment removed"
    FIXED = "cannot be switched off"


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """One statement that enforces one clause."""

    clause: str
    path: str
    """Relative to the root, with forward slashes."""
    line: int
    """Of the statement; of the comment if no statement follows."""
    form: Form
    span: tuple[int, int] = (0, 0)
    """Bytes of the file that a mutant replaces."""

    def __str__(self) -> str:
        """File and line."""
        return f"{self.path}:{self.line}"


def find_places(root: Path, package: str = "gateway") -> list[Place]:
    """Return every tagged statement of the package, generated code left out.

    Raises:
        SystemExit: A file does not parse.
    """
    places: list[Place] = []
    for file in sorted((root / package).rglob("*.py")):
        path = file.relative_to(root).as_posix()
        if path.startswith(f"{package}/pb/"):
            continue
        try:
            places.extend(read_places(file.read_bytes(), path))
        except (SyntaxError, tokenize.TokenError) as error:
            raise SystemExit(f"{path}: does not parse: {error}") from error
    return sorted(places)


def read_places(source: bytes, path: str) -> list[Place]:
    """Return the tagged statements of one file.

    Raises:
        SyntaxError: The source is no Python.
        tokenize.TokenError: Likewise.
    """
    starts = _line_starts(source)
    statements = {node.lineno: node for node in _statements(ast.parse(source))}
    return [
        _place(clause, path, comment, statements.get(line), starts)
        for clause, comment, line in _tags(source)
    ]


def _tags(source: bytes) -> Iterator[tuple[str, int, int]]:
    """Yield clause, line of the comment, and the line right after its block of comments."""
    comments = {
        token.start[0]: token.string
        for token in tokenize.tokenize(io.BytesIO(source).readline)
        if token.type == tokenize.COMMENT and not token.line[: token.start[1]].strip()
    }
    for line, text in comments.items():
        found = _TAG.match(text)
        if found is None:
            continue
        below = line + 1
        while below in comments:
            below += 1
        for clause in re.split(r"\s*,\s*", found[1]):
            if clause.partition("-")[0] not in _NOT_CLAUSES:
                yield clause, line, below


def _statements(tree: ast.AST) -> Iterator[ast.stmt]:
    """Yield all statements, outer ones last, so that of two on a line the outer one counts."""
    for node in ast.iter_child_nodes(tree):
        yield from _statements(node)
    if isinstance(tree, ast.stmt):
        yield tree


def _line_starts(source: bytes) -> list[int]:
    starts = [0, 0]
    for line in source.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    return starts


def _place(
    clause: str, path: str, comment: int, statement: ast.stmt | None, starts: list[int]
) -> Place:
    if statement is None:
        return Place(clause, path, comment, Form.FIXED)
    form, node = _form(statement)
    end_line, end_column = node.end_lineno or node.lineno, node.end_col_offset or node.col_offset
    span = (starts[node.lineno] + node.col_offset, starts[end_line] + end_column)
    return Place(clause, path, statement.lineno, form, span)


def _form(statement: ast.stmt) -> tuple[Form, ast.stmt | ast.expr]:
    match statement:
        case ast.If(test=test):
            return Form.CONDITION, test
        case ast.Expr(value=ast.Call()):
            return Form.CALL, statement
        case ast.Assign(targets=[target], value=value) if _is_made_of(target, value):
            return Form.REASSIGNMENT, statement
        case _:
            return Form.FIXED, statement


def _is_made_of(target: ast.expr, value: ast.expr) -> bool:
    """Tell whether all names that are assigned exist before: `x = f(x)`."""
    names = {node.id for node in ast.walk(target) if isinstance(node, ast.Name)}
    used = {node.id for node in ast.walk(value) if isinstance(node, ast.Name)}
    return bool(names) and names <= used
