"""A mutant: the source of one file with one tagged statement switched off."""

import ast

from clauses.tags import Form, Place


def switch_off(source: bytes, place: Place) -> bytes:
    """Return the file with this statement switched off, all other bytes as they are.

    Raises:
        ValueError: The statement's form cannot be switched off, or the result is no Python.
    """
    start, end = place.span
    if place.form is Form.FIXED:
        raise ValueError(f"{place}: {place.form}")
    new = _false(source[start:end]) if place.form is Form.CONDITION else b"pass"
    mutant = source[:start] + new + source[end:]
    try:
        ast.parse(mutant)
    except SyntaxError as error:
        raise ValueError(f"{place}: switched off it is no Python: {error}") from error
    return mutant


def _false(condition: bytes) -> bytes:
    """A condition that binds a name still has to bind it, or the mutant fails for that reason."""
    names = ast.walk(ast.parse(b"(" + condition + b")"))
    if any(isinstance(node, ast.NamedExpr) for node in names):
        return b"(" + condition + b") and False"
    return b"False"
