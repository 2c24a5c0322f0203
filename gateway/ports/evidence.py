"""Evidence: original bytes, kept before they are believed, that verify again later (SIG-8)."""

from datetime import datetime
from typing import Protocol

from msgspec import Struct

from gateway.domain.documents import Unverified


class EvidenceItem(Struct, frozen=True, kw_only=True):
    """One received document with everything needed to judge it again."""

    digest: str
    partner: str
    packaging: str
    document: Unverified
    received_at: datetime
    chain: tuple[str, ...]
    """PEM certificates that the verdict rests on."""
    revocation_lists: tuple[str, ...]
    verdict: str
    """`accepted`, or the code of the error."""


class Evidence(Protocol):
    """Contract: `tests/contract/evidence_suite.py`."""

    def keep(self, item: EvidenceItem) -> None:
        """Keep a document: the same bytes of one partner once, with the last verdict."""
        ...

    def find(self, digest: str) -> EvidenceItem | None:
        """Return a kept document, or none."""
        ...
