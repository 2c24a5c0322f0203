"""When a partner was asked last for its newest list, and how that ended."""

from datetime import datetime
from typing import Protocol

from msgspec import Struct

from gateway.domain.lists import Stream


class Contact(Struct, frozen=True, kw_only=True):
    """The newest attempt to ask; both None if the partner answered."""

    at: datetime
    code: str | None = None
    why: str | None = None


class Contacts(Protocol):
    """One for each stream. Contract: `tests/contract/deliveries_suite.py`."""

    def note(self, stream: Stream, contact: Contact) -> None:
        """Keep the newest contact, and forget the one before."""
        ...

    def last(self, stream: Stream) -> Contact | None:
        """Return the newest contact, or none if the partner was never asked."""
        ...
