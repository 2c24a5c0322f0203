"""The languages that there are: each file here is one, and a file more is a language more."""

import tomllib
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any, Final

from gateway.entrypoints.wording.language import Language

DEFAULT_LANGUAGE: Final = "en"
LONGEST_TAG: Final = 35
"""Characters that a tag needs at most (RFC 5646, 4.4.1)."""


@cache
def languages() -> Mapping[str, Language]:
    """Return all languages by their tag in lower case."""
    return {tag.lower(): Language(tag, texts) for tag, texts in read_texts().items()}


def read_texts() -> Mapping[str, Mapping[str, str]]:
    """Return what the files hold: by tag the texts, by key."""
    return {
        file.name.removesuffix(".toml"): dict(_flat(tomllib.loads(file.read_text("utf-8"))))
        for file in sorted(files(__package__).iterdir(), key=lambda file: file.name)
        if file.name.endswith(".toml")
    }


def find_language(tag: str) -> Language:
    """Return the language that fits a BCP 47 tag best (RFC 4647, lookup), else English.

    `zh-Hans-CN` finds `zh` where there is no `zh-Hans`.
    """
    return _find(tag if len(tag) <= LONGEST_TAG else DEFAULT_LANGUAGE)


@lru_cache(maxsize=256)
def _find(tag: str) -> Language:
    known = languages()
    wanted = tag.lower()
    while wanted:
        if wanted in known:
            return known[wanted]
        wanted = wanted.rpartition("-")[0]
    return known[DEFAULT_LANGUAGE]


def _flat(table: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for key, value in table.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value
