"""Signing the head of the audit trail, and checking what was signed against the trail (SIG-8).

The chain finds a changed event; who rewrites the whole chain is found by the heads that were signed
before, all the more by those that were handed to others.
"""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime

from gateway.domain.audit_heads import AuditHead, SignedHead, is_due, statement_of
from gateway.domain.errors import AuditTrailError, InvalidRequestError
from gateway.ports.audit_heads import AuditHeads

Sign = Callable[[bytes], SignedHead]
IsOurs = Callable[[SignedHead], bool]
"""Tells whether a key of home's for the audit trail signed these bytes."""


class HeadSigner:
    """Signs the head of the trail with home's key for that."""

    def __init__(self, heads: AuditHeads, sign: Sign, *, home: str) -> None:
        self._heads = heads
        self._sign = sign
        self._home = home

    def sign(self, now: datetime) -> AuditHead:
        """Sign the head as it is now.

        Raises:
            DatabaseUnavailableError: Nothing was written.
        """
        number, digest = self._heads.end()
        head = AuditHead(home=self._home, number=number, digest=digest, at=now)
        self._heads.keep(self._sign(statement_of(head)))
        return head

    def sign_if_due(self, now: datetime) -> AuditHead | None:
        """Sign the head if that was last done a day ago.

        Raises:
            DatabaseUnavailableError: Nothing was written.
        """
        return self.sign(now) if is_due(self._heads.newest(), now) else None


def check_heads(
    heads: AuditHeads, is_ours: IsOurs, *, home: str, handed_in: Sequence[SignedHead] = ()
) -> int:
    """Check every signed head against the trail, and return their number.

    Args:
        heads: What is kept, beside the trail, whose own chain was walked before.
        is_ours: Whether the signature is home's.
        home: Whose trail it is.
        handed_in: Heads that were exported once and come from elsewhere.

    Raises:
        AuditTrailError: One is not signed by home, or vouches for another trail than this.
        DatabaseUnavailableError: The database does not answer.
    """
    signed = [*heads.all(), *handed_in]
    said = [_read(each, is_ours, home) for each in signed]
    _require_same(said, heads)
    return len(said)


def _read(signed: SignedHead, is_ours: IsOurs, home: str) -> AuditHead:
    try:
        head = signed.head
    except InvalidRequestError as error:
        raise AuditTrailError(f"a signed head was changed: {error.message}") from error
    # SIG-8: whoever rewrites the trail cannot sign a head for it
    if not is_ours(signed) or head.home != home:
        message = f"the head signed for event {head.number} is not signed by a key of {home}"
        raise AuditTrailError(message, context={"event": str(head.number)})
    return head


def _require_same(said: Collection[AuditHead], heads: AuditHeads) -> None:
    digests = heads.digests({head.number for head in said})
    for head in said:
        # SIG-8: the trail up to a signed head is the one that was signed
        if digests.get(head.number) != head.digest:
            message = (
                f"the audit trail up to event {head.number} is not the one whose head was signed"
                f" at {head.at:%Y-%m-%dT%H:%M:%SZ}"
            )
            raise AuditTrailError(message, context={"event": str(head.number)})
