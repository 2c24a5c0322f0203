"""Structures of the domain as JSON in a column, and back."""

from collections.abc import Mapping
from typing import TypeVar

import msgspec

from gateway.domain.errors import UnreadableRecordError

Structure = TypeVar("Structure")

_encoder = msgspec.json.Encoder(order="sorted")


def to_json(value: object) -> str:
    """Return JSON with sorted keys.

    Equal values may give two texts: a default that was written out stays, and compares equal.
    """
    return _encoder.encode(value).decode()


def from_json(text: str | bytes, kind: type[Structure]) -> Structure:
    """Return the structure that was stored.

    Raises:
        UnreadableRecordError: The column holds something else: another program wrote it.
    """
    try:
        return msgspec.json.decode(text, type=kind)
    except (msgspec.ValidationError, msgspec.DecodeError) as error:
        raise UnreadableRecordError(f"a stored {kind.__name__} cannot be read: {error}") from error


def facts_from_json(text: str) -> Mapping[str, str]:
    """Return the facts of an audit event.

    Raises:
        UnreadableRecordError: The column holds something else.
    """
    return from_json(text, dict[str, str])
