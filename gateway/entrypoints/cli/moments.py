"""Dates and moments as people type them: one reader for all commands."""

from datetime import UTC, date, datetime, time

from gateway.domain.errors import GatewayError, InvalidRequestError
from gateway.domain.instants import parse_instant


def read_moment(text: str | None) -> date | datetime | None:
    """Return what an option says: a date, a moment, or nothing.

    Raises:
        InvalidRequestError: It is neither.
    """
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return _read(text, "neither YYYY-MM-DD nor YYYY-MM-DDThh:mm:ssZ")


def read_instant(text: str) -> datetime:
    """Return the moment that an option says.

    Raises:
        InvalidRequestError: It is none.
    """
    return _read(text, "not YYYY-MM-DDThh:mm:ssZ")


def start_of(text: str | None) -> datetime | None:
    """Return the moment that an option says, of a date its beginning in UTC.

    Raises:
        InvalidRequestError: It is neither date nor moment.
    """
    moment = read_moment(text)
    if moment is None or isinstance(moment, datetime):
        return moment
    return datetime.combine(moment, time(), UTC)


def _read(text: str, otherwise: str) -> datetime:
    try:
        return parse_instant(text)
    except GatewayError as error:
        raise InvalidRequestError(f"{text!r} is {otherwise}") from error
