"""What is wrong with a file of settings, in words for the one who writes the file."""

from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from pathlib import Path
from typing import get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from gateway.domain.errors import ConfigError

Problem = tuple[str, str]
"""A dotted key, or the name of a variable, and what is wrong with it."""


def config_error(file: Path, problems: Iterable[Problem]) -> ConfigError:
    """Make the one error that names a file and everything wrong in it."""
    lines = [f"{key}: {reason}" if key else reason for key, reason in problems]
    context = {"file": str(file), "problems": str(len(lines))}
    if len(lines) == 1:
        return ConfigError(f"{file}: {lines[0]}", context=context)
    listed = "".join(f"\n  {line}" for line in lines)
    return ConfigError(f"{file}: {len(lines)} problems{listed}", context=context)


def problems_of(
    error: ValidationError, model: type[BaseModel], secret: frozenset[str] = frozenset()
) -> list[Problem]:
    """Put what a model refused into plain words; values of `secret` keys are not repeated."""
    known = sorted(key for key, _ in keys_of(model))
    return [
        (key, _reason(detail, key, known, secret))
        for detail in error.errors(include_url=False)
        for key in [_dotted(detail["loc"])]
    ]


def keys_of(model: type[BaseModel]) -> Iterator[tuple[str, bool]]:
    """Yield every key that a model knows, dotted, and whether it is a table."""
    for name, field in model.model_fields.items():
        table = _table_in(field.annotation)
        yield name, table is not None
        if table is not None:
            yield from ((f"{name}.{key}", inner) for key, inner in keys_of(table))


def near(word: str, known: Iterable[str]) -> str:
    """Return a hint at the known word that may have been meant, or nothing."""
    close = get_close_matches(word, list(known), n=1, cutoff=0.7)
    return f"; did you mean {close[0]}?" if close else ""


def _table_in(annotation: object) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((table for part in get_args(annotation) if (table := _table_in(part))), None)


def _dotted(location: tuple[int | str, ...]) -> str:
    dotted = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in location)
    return dotted.removeprefix(".")


def _reason(detail: ErrorDetails, key: str, known: list[str], secret: frozenset[str]) -> str:
    match detail["type"]:
        case "missing":
            return "required, but not set"
        case "extra_forbidden":
            plain = ".".join(part for part in detail["loc"] if isinstance(part, str))
            return f"unknown key{near(plain, known)}"
        case "value_error":
            return str(detail["ctx"]["error"])
        case "path_type":
            return "a path is wanted here"
        case "model_type" | "model_attributes_type" | "dict_type":
            return "a table of keys is wanted here"
    text = detail["msg"][:1].lower() + detail["msg"][1:]
    shown = isinstance(detail["input"], str | int | float) and key not in secret
    return f"{text}, not {detail['input']!r}" if shown else text
