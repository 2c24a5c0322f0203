"""Headers for tests: fields in their canonical names, as JSON."""

from typing import Any

import msgspec

from gateway.domain.lists import ListHeader
from tests.fakes.operators import Plain


def plain_header(**changes: Any) -> Plain:  # noqa: ANN401 - JSON
    """Return the header of a FULL list with sequence 5, as JSON; None leaves a field out."""
    fields = {
        "version": 1,
        "listId": "XA-XH-5",
        "kind": "FULL",
        "issuer": "XA",
        "recipient": "XH",
        "agreement": "XH-XA",
        "test": False,
        "epoch": 1,
        "sequence": 5,
        "previousDigest": "04" * 32,
        "issuedAt": "2026-11-01T12:00:00Z",
        "nextUpdateAt": "2026-11-03T12:00:00Z",
        "stateRoot": "ab" * 32,
        "quantity": 3,
    } | changes
    return {name: value for name, value in fields.items() if value is not None}


def header(**changes: Any) -> ListHeader:  # noqa: ANN401 - JSON
    """Return that header."""
    return msgspec.convert(plain_header(**changes), ListHeader)
