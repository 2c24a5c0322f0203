"""Field rules that every message of the lists shares: times, digests, enums, unknown fields."""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import TypeVar

from google.protobuf.message import DecodeError, Message
from google.protobuf.timestamp_pb2 import Timestamp

from gateway.domain.errors import SchemaViolationError

M = TypeVar("M", bound=Message)
E = TypeVar("E")

DIGEST_BYTES = 32
_CENTURIES = 10**10
"""Seconds around 1970 that lie inside years 1 to 9999 for certain."""


def parse(kind: type[M], document: bytes, what: str) -> M:
    """Parse a message; its unknown fields are still in it (`require_known`).

    Raises:
        SchemaViolationError: The bytes are no such message.
    """
    message = kind()
    try:
        message.ParseFromString(document)
    except DecodeError as error:
        raise violation(what, "is no message of its kind") from error
    return message


def require_known(message: Message, what: str) -> None:
    """Refuse unknown fields, in the message and in everything inside it (STA-1).

    They are thrown away by the library in one pass; what had none keeps its size.

    Raises:
        SchemaViolationError: There is an unknown field.
    """
    size = message.ByteSize()
    message.DiscardUnknownFields()
    # STA-1: unknown fields are refused
    if message.ByteSize() != size:
        raise violation(what, "has a field that this version does not know")


def instant_from_pb(message: Message, field: str) -> datetime:
    """Return a time that has to be there.

    Raises:
        SchemaViolationError: Absent, with a fraction of a second, or outside years 1 to 9999.
    """
    # ACC-3: a required time is there, for zero would read as 1970
    if not message.HasField(field):
        raise violation(field, "is missing")
    return _instant(getattr(message, field), field)


def find_instant_from_pb(message: Message, field: str) -> datetime | None:
    """Return a time that may be absent.

    Raises:
        SchemaViolationError: With a fraction of a second, or outside years 1 to 9999.
    """
    return _instant(getattr(message, field), field) if message.HasField(field) else None


def plain_moment(timestamp: Timestamp) -> datetime | None:
    """Return a time that is there for certain and in whole seconds; none says nothing.

    The short way for the four times of nearly every operator: zero may mean 1970 or absent, and
    whatever else is not plain is looked at by `instant_from_pb` or `find_instant_from_pb`.
    """
    seconds = timestamp.seconds
    if not seconds or timestamp.nanos or not -_CENTURIES < seconds < _CENTURIES:
        return None
    return _moment(seconds)


def _instant(timestamp: Timestamp, field: str) -> datetime:
    # STA-1: times are whole seconds, fractions are refused
    if timestamp.nanos:
        raise violation(field, "has a fraction of a second")
    try:
        return _moment(timestamp.seconds)
    except (OverflowError, OSError, ValueError) as error:
        raise violation(field, "lies outside years 1 to 9999") from error


@lru_cache(maxsize=65_536)  # authorisations begin and end on days: the same few thousand moments
def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def instant_to_pb(moment: datetime) -> Timestamp:
    """Write a time; fractions were refused before (`domain.canonical`)."""
    return Timestamp(seconds=int(moment.timestamp()))


def moment_to_pb(moment: datetime) -> Timestamp:
    """Write a time of ours, with its fraction of a second: nothing that is signed."""
    fraction = moment.microsecond
    if not fraction:
        return Timestamp(seconds=int(moment.timestamp()))
    return Timestamp(seconds=int(moment.timestamp()), nanos=fraction * 1000)


def find_moment_to_pb(moment: datetime | None) -> Timestamp | None:
    """Write a time of ours that may be absent."""
    return None if moment is None else moment_to_pb(moment)


def enum_from_pb(members: Mapping[int, E], number: int, field: str) -> E:
    """Return the member that a number stands for.

    Raises:
        SchemaViolationError: Zero or a number that is not known: refused, never guessed.
    """
    member = members.get(number)
    # ACC-3: an enum value of zero or an unknown code is refused
    if member is None:
        raise violation(field, f"has the value {number}, which stands for nothing here")
    return member


def digest_from_pb(digest: bytes, field: str) -> str:
    """Return a digest as hex.

    Raises:
        SchemaViolationError: It is not as long as a SHA-256.
    """
    # ACC-3: a digest is a whole SHA-256
    if len(digest) != DIGEST_BYTES:
        raise violation(field, f"has {len(digest)} bytes instead of {DIGEST_BYTES}")
    return digest.hex()


def violation(field: str, what: str) -> SchemaViolationError:
    """Return the error for a field."""
    return SchemaViolationError(f"{field} {what}", context={"field": field})
