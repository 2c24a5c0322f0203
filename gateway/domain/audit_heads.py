"""The signed head of the audit trail: what its end was on a day, said by home (SIG-8)."""

from datetime import datetime, timedelta
from typing import Final

import msgspec
from msgspec import Struct

from gateway.domain.errors import InvalidRequestError

EVERY: Final = timedelta(days=1)

_ENCODE = msgspec.json.Encoder(order="sorted").encode


class AuditHead(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The end of the trail at a moment: no event up to it may change any more."""

    home: str
    number: int
    """Of the newest event; 0 while there is none."""
    digest: str
    at: datetime


class SignedHead(Struct, frozen=True, kw_only=True):
    """A head with what proves it."""

    statement: bytes
    """As signed: the head's canonical JSON."""
    signature: bytes
    """Over DSSE's encoding of the statement with a type of its own."""
    certificate: bytes
    """DER, the signer's."""

    @property
    def head(self) -> AuditHead:
        """What the statement says.

        Raises:
            InvalidRequestError: It is no head.
        """
        try:
            return msgspec.json.decode(self.statement, type=AuditHead)
        except (msgspec.ValidationError, msgspec.DecodeError) as error:
            raise InvalidRequestError(f"not the head of an audit trail: {error}") from error


def statement_of(head: AuditHead) -> bytes:
    """Return the bytes that are signed."""
    return _ENCODE(head)


def is_due(newest: SignedHead | None, now: datetime) -> bool:
    """Tell whether the head has to be signed again."""
    # Daily (SIG-8), also when nothing was added: it says that nothing was
    return newest is None or now - newest.head.at >= EVERY
