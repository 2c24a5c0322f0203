"""Evidence: original bytes, kept before they are believed, that verify again later (SIG-8)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from msgspec import Struct

from gateway.domain.documents import Unverified
from gateway.domain.lists import Stream


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


class EvidenceNote(Struct, frozen=True, kw_only=True):
    """One kept document without its bytes."""

    digest: str
    packaging: str
    received_at: datetime
    verdict: str


class Witness(Struct, frozen=True, kw_only=True):
    """A document taken apart so that programs of others can check its signature."""

    files: Mapping[str, bytes]
    """By name: the original bytes, and what the programs need beside them."""
    commands: tuple[str, ...]
    """With the comment lines that explain them; `signer.pem` is the signer's certificate."""
    claimed: bytes | None
    """DER of the certificate that the document itself names as its signer's: a claim."""


class Evidence(Protocol):
    """Contract: `tests/contract/evidence_suite.py`."""

    def keep(self, item: EvidenceItem) -> None:
        """Keep a document: the same bytes of one partner once, with the last verdict."""
        ...

    def find(self, digest: str) -> EvidenceItem | None:
        """Return a kept document, or none."""
        ...

    def digests_of(self, stream: Stream, sequence: int) -> list[str]:
        """Return the digests of the documents that were seen as one list, in no order."""
        ...

    def notes(self, partner: str) -> list[EvidenceNote]:
        """Return what is kept of a partner, newest first."""
        ...
