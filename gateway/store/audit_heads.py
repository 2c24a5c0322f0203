"""Signed heads of the audit trail, beside the events that they vouch for (SIG-8)."""

from collections.abc import Collection, Mapping

from sqlalchemy import Select, insert, select

from gateway.domain.audit_heads import SignedHead
from gateway.domain.errors import StoreError
from gateway.store.audit_chain import FIRST_PREVIOUS
from gateway.store.bulk import batches
from gateway.store.database import Database
from gateway.store.schema import audit_events, audit_head
from gateway.store.schema_audit import signed_heads


class HeadsOfTrail:
    """`ports.audit_heads.AuditHeads` on a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def end(self) -> tuple[int, str]:
        """Return number and digest of the newest event; 0 and zeros while there is none.

        Raises:
            DatabaseUnavailableError: The database does not answer.
            StoreError: The end of the chain is missing.
        """
        with self._database.read() as connection:
            row = connection.execute(select(audit_head.c.number, audit_head.c.digest)).one_or_none()
        if row is None:
            raise StoreError("the end of the audit chain is missing from the database")
        return row.number, row.digest

    def digests(self, numbers: Collection[int]) -> Mapping[int, str]:
        """Return the digests of those of these events that the trail has, and of its begin (0).

        Raises:
            DatabaseUnavailableError: The database does not answer.
            StoreError: It answers with an error.
        """
        found = {0: FIRST_PREVIOUS}
        events = audit_events.c
        with self._database.read() as connection:
            for batch in batches(sorted(set(numbers))):
                rows = select(events.number, events.digest).where(events.number.in_(batch))
                found.update(connection.execute(rows).all())
        return found

    def keep(self, signed: SignedHead) -> None:
        """Add a signed head.

        Raises:
            DatabaseUnavailableError: Nothing was written.
            StoreError: Nothing was written.
        """
        with self._database.write() as connection:
            connection.execute(
                insert(signed_heads).values(
                    statement=signed.statement,
                    signature=signed.signature,
                    certificate=signed.certificate,
                )
            )

    def all(self) -> list[SignedHead]:
        """Return all of them, oldest first.

        Raises:
            DatabaseUnavailableError: The database does not answer.
            StoreError: It answers with an error.
        """
        return self._read(_heads().order_by(signed_heads.c.id))

    def newest(self) -> SignedHead | None:
        """Return the one that was added last, or none.

        Raises:
            DatabaseUnavailableError: The database does not answer.
            StoreError: It answers with an error.
        """
        return next(iter(self._read(_heads().order_by(signed_heads.c.id.desc()).limit(1))), None)

    def _read(self, wanted: Select[tuple[bytes, bytes, bytes]]) -> list[SignedHead]:
        with self._database.read() as connection:
            rows = connection.execute(wanted).mappings()
            return [SignedHead(**row) for row in rows]


def _heads() -> Select[tuple[bytes, bytes, bytes]]:
    table = signed_heads.c
    return select(table.statement, table.signature, table.certificate)
