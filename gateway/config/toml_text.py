"""TOML files: read with an error that names file and line, and written by us.

The standard library reads TOML and writes none; what we write is a small part of the language.
"""

import json
import re
import tomllib
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path

from gateway.config.problems import config_error
from gateway.config.regular_file import read_regular

_LINE_LENGTH = 90
_HIDDEN = re.compile(
    "[\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\U000e0000-\U000e0fff]"
)
"""Controls, and formats of direction and of no width, but for the joiners of words."""
_ASTRAL = 0x10000
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")


class Inline(dict[str, object]):
    """A table that is written in one line."""


def read_toml(path: Path, *, hint: str = "") -> dict[str, object]:
    """Read a TOML file.

    Args:
        path: The file.
        hint: What to do if it is missing.

    Raises:
        ConfigError: Missing, unreadable or no TOML; file and line are named.
    """
    try:
        return tomllib.loads(read_regular(path).decode("utf-8-sig"))
    except FileNotFoundError as error:
        raise config_error(path, [("", f"no such file{hint}")]) from error
    except OSError as error:
        raise config_error(path, [("", f"cannot be read: {why_unreadable(error)}")]) from error
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise config_error(path, [("", f"not TOML: line {line} is not UTF-8")]) from error
    except RecursionError as error:
        raise config_error(path, [("", "not TOML: nested too deeply")]) from error
    except ValueError as error:  # TOMLDecodeError, and what Python says of a number too long for it
        text = str(error)
        raise config_error(path, [("", f"not TOML: {text[:1].lower()}{text[1:]}")]) from error


def why_unreadable(error: OSError) -> str:
    """Return the operating system's reason in lower case, without the path."""
    return (error.strerror or type(error).__name__).lower()


def toml_document(table: Mapping[str, object], path: str = "") -> str:
    """Write a table: its values first, then its tables; a value that is none is left out."""
    values: list[str] = []
    tables: list[str] = []
    for key, value in table.items():
        dotted = f"{path}.{_key(key)}" if path else _key(key)
        match value:
            case None:
                continue
            case Mapping() if not isinstance(value, Inline):
                tables.append(f"[{dotted}]\n{toml_document(value, dotted)}")
            case [Mapping(), *_]:
                tables += [
                    f"[[{dotted}]]\n{toml_document(each, dotted)}"
                    for each in value
                    if isinstance(each, Mapping)
                ]
            case _:
                values.append(f"{_key(key)} = {toml_value(value)}\n")
    return "\n".join([*(["".join(values)] if values else []), *tables])


def toml_text(value: str) -> str:
    """Write a basic string: JSON's escapes are TOML's.

    What a terminal would obey or an eye would not see is escaped too, and DEL, as TOML wants it.
    """
    return _HIDDEN.sub(_escaped, json.dumps(value, ensure_ascii=False))


def _escaped(found: re.Match[str]) -> str:
    number = ord(found[0])
    return f"\\u{number:04x}" if number < _ASTRAL else f"\\U{number:08x}"


def _key(key: str) -> str:
    return key if _BARE_KEY.fullmatch(key) else toml_text(key)


def toml_value(value: object) -> str:
    """Write a value in one or several lines.

    Raises:
        TypeError: TOML has none such.
    """
    match value:
        case bool() | int() | float():
            return json.dumps(value)
        case str():
            return _string(value)
        case datetime():
            return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        case date():
            return value.isoformat()
        case Mapping():
            inner = ", ".join(f"{_key(key)} = {toml_value(each)}" for key, each in value.items())
            return f"{{ {inner} }}" if inner else "{}"
        case Sequence():
            return _array([toml_value(each) for each in value])
    raise TypeError(f"no TOML for {type(value).__name__}")


def _string(text: str) -> str:
    # A certificate reads best as it stands in its own file.
    if text.startswith("-----BEGIN ") and "'" not in text and "\r" not in text:
        return f"'''\n{text}'''"
    return toml_text(text)


def _array(items: list[str]) -> str:
    if any("\n" in item for item in items):
        return "[\n" + "".join(f"{item},\n" for item in items) + "]"
    if sum(len(item) + 2 for item in items) < _LINE_LENGTH:
        return f"[{', '.join(items)}]"
    lines = [""]
    for item in items:
        if len(lines[-1]) + len(item) > _LINE_LENGTH:
            lines.append("")
        lines[-1] += f" {item},"
    return "[\n" + "".join(f" {line}\n" for line in lines) + "]"
