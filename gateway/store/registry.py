"""Accepting lists, and what the registry holds now (section 5 of the protocol)."""

from collections.abc import Iterator
from datetime import datetime

from msgspec import Struct
from sqlalchemy import Connection, select

from gateway.domain.acknowledgements import Reason, SealedAcknowledgement
from gateway.domain.decisions import AcceptedHead, Apply, Hold, Incoming, Refuse, Repeat
from gateway.domain.errors import StoreError
from gateway.domain.lists import ListKind, Stream
from gateway.domain.parties import Actor
from gateway.ports.registry import (
    Accepted,
    Conclude,
    Decide,
    OperatorChanges,
    RegisteredOperator,
)
from gateway.store.audit_chain import append_event
from gateway.store.database import Database
from gateway.store.differences import NOTHING, Differences, compare
from gateway.store.json_text import from_json
from gateway.store.registry_state import (
    Basis,
    Stored,
    read_basis,
    read_head,
    read_operators,
    sealed_from_columns,
)
from gateway.store.registry_writes import (
    end_holds,
    is_transient,
    reason_codes,
    write_acknowledgement,
    write_delivery,
    write_document,
    write_head,
    write_hold,
    write_operators,
    write_seen,
)
from gateway.store.schema import (
    acknowledgements,
    operator_versions,
    registry_version,
    seen_documents,
    seen_lists,
)
from gateway.store.streams import find_stream, move_stream, raise_version


class _Verdict(Struct, frozen=True, kw_only=True):
    """All that the transaction writes, computed before it begins."""

    decision: Apply | Hold | Refuse
    sealed: SealedAcknowledgement
    differences: Differences


class AcceptedLists:
    """`ports.registry.Registry` on a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def accept(
        self, incoming: Incoming, decide: Decide, conclude: Conclude, actor: Actor
    ) -> Accepted:
        """Decide on a list and write the outcome in one transaction, or nothing at all (ACC-14).

        Raises:
            ConflictError: Another process was first; nothing was written.
            DatabaseUnavailableError: Nothing was written.
            StoreError: Nothing was written.
        """
        with self._database.read() as connection:
            basis = read_basis(connection, incoming)
        decision = decide(basis.state)
        if isinstance(decision, Repeat):
            return Accepted(
                decision=decision, acknowledgement=decision.seen.acknowledgement, changed=0
            )
        verdict = _Verdict(
            decision=decision,
            sealed=conclude(basis.state, decision),
            differences=self._differences(incoming, decision, basis),
        )
        with self._database.write() as connection:
            _write(connection, incoming, basis, verdict, actor)
        return Accepted(
            decision=decision, acknowledgement=verdict.sealed, changed=verdict.differences.changed
        )

    def find_head(self, stream: Stream) -> AcceptedHead | None:
        """Return the accepted list of a stream, or none.

        Raises:
            DatabaseUnavailableError: The database does not answer.
            StoreError: It answers with an error.
        """
        with self._database.read() as connection:
            row = find_stream(connection, stream)
            return None if row is None else read_head(connection, row.id)

    def find_acknowledgement(
        self, document_digest: str, stream: Stream
    ) -> SealedAcknowledgement | None:
        """Return the newest acknowledgement of the list that came as these bytes (ACC-0).

        Raises:
            DatabaseUnavailableError: The database does not answer.
            StoreError: It answers with an error.
        """
        with self._database.read() as connection:
            stream_row = find_stream(connection, stream)
            if stream_row is None:
                return None
            row = connection.execute(
                select(acknowledgements.c.body, acknowledgements.c.document)
                .select_from(seen_documents)
                .join(
                    seen_lists,
                    (seen_lists.c.stream_id == seen_documents.c.stream_id)
                    & (seen_lists.c.sequence == seen_documents.c.sequence)
                    & (seen_lists.c.list_digest == seen_documents.c.list_digest),
                )
                .join(acknowledgements, acknowledgements.c.id == seen_lists.c.acknowledgement_id)
                .where(
                    seen_documents.c.stream_id == stream_row.id,
                    seen_documents.c.document_digest == document_digest,
                )
            ).one_or_none()
        return None if row is None else sealed_from_columns(*row)

    def newest_acknowledgement(self, stream: Stream) -> SealedAcknowledgement | None:
        """Return the acknowledgement made last for a stream (EXC-1).

        Raises:
            DatabaseUnavailableError: The database does not answer.
            StoreError: It answers with an error.
        """
        with self._database.read() as connection:
            stream_row = find_stream(connection, stream)
            if stream_row is None:
                return None
            row = connection.execute(
                select(acknowledgements.c.body, acknowledgements.c.document)
                .where(acknowledgements.c.stream_id == stream_row.id)
                .order_by(acknowledgements.c.id.desc())
                .limit(1)
            ).one_or_none()
        return None if row is None else sealed_from_columns(*row)

    def version(self) -> int:
        """Return a number that rises with every applied list, profile or caller change. Cheap.

        Raises:
            DatabaseUnavailableError: The database does not answer.
            StoreError: It answers with an error.
        """
        with self._database.read() as connection:
            version: int = connection.execute(select(registry_version.c.version)).scalar_one()
        return version

    def operators(self, stream: Stream) -> Iterator[RegisteredOperator]:
        """Yield the operators of the accepted list in byte order of id, all of one moment.

        A reading transaction stays open until the last one is taken.

        Raises:
            DatabaseUnavailableError: The database does not answer.
            StoreError: It answers with an error.
        """
        with self._database.read() as connection:
            stream_row = find_stream(connection, stream)
            if stream_row is None:
                return
            rows = connection.execution_options(yield_per=5000).execute(
                select(
                    operator_versions.c.operator_id,
                    operator_versions.c.canonical,
                    operator_versions.c.unusable,
                )
                .where(
                    operator_versions.c.stream_id == stream_row.id,
                    operator_versions.c.replaced_by.is_(None),
                )
                .order_by(operator_versions.c.operator_id)
            )
            for operator_id, canonical, unusable in rows:
                yield _registered(operator_id, canonical, unusable)

    def operators_since(self, stream: Stream, sequence: int) -> OperatorChanges:
        """Return what changed since the list with this sequence was the accepted one.

        Raises:
            DatabaseUnavailableError: The database does not answer.
            StoreError: It answers with an error.
        """
        versions = operator_versions.c
        with self._database.read() as connection:
            stream_row = find_stream(connection, stream)
            if stream_row is None:
                return OperatorChanges(ended=frozenset(), came=())
            ended = connection.execute(
                select(versions.operator_id).where(
                    versions.stream_id == stream_row.id, versions.replaced_by > sequence
                )
            ).scalars()
            came = connection.execute(
                select(versions.operator_id, versions.canonical, versions.unusable).where(
                    versions.stream_id == stream_row.id,
                    versions.replaced_by.is_(None),
                    versions.sequence > sequence,
                )
            )
            return OperatorChanges(ended=frozenset(ended), came=[_registered(*row) for row in came])

    def _differences(
        self, incoming: Incoming, decision: Apply | Hold | Refuse, basis: Basis
    ) -> Differences:
        if not isinstance(decision, Apply):
            return NOTHING
        if incoming.list.header.kind is not ListKind.FULL:
            raise StoreError("a DELTA cannot be applied in this release (ACC-8)")
        if basis.row is None:
            nothing = Stored(digests={}, marks={})
            return compare(incoming.list.operators, decision.unusable, nothing)
        with self._database.read() as connection:
            stored = read_operators(connection, basis.row.id)
        return compare(incoming.list.operators, decision.unusable, stored)


def _registered(operator_id: str, canonical: bytes, unusable: str | None) -> RegisteredOperator:
    return RegisteredOperator(
        operator_id=operator_id,
        canonical=canonical,
        unusable=None if unusable is None else from_json(unusable, Reason),
    )


def _write(
    connection: Connection, incoming: Incoming, basis: Basis, verdict: _Verdict, actor: Actor
) -> None:
    """Write everything, or raise: the caller's transaction is then rolled back."""
    decision = verdict.decision
    stream_id = move_stream(connection, basis.state.stream, basis.row)
    match decision:
        case Apply():
            known_from = _known_from(incoming, basis)
            write_operators(
                connection,
                stream_id,
                incoming.list.header.sequence,
                verdict.differences,
                known_from,
            )
            write_head(connection, stream_id, incoming, known_from)
            end_holds(connection, stream_id, incoming.received_at)
            raise_version(connection)
        case Hold():
            write_hold(connection, stream_id, incoming, decision)
        case Refuse():
            pass
    acknowledgement_id = write_acknowledgement(connection, stream_id, verdict.sealed)
    # ACC-15: the answer waits in the outbox until the partner has it
    write_delivery(connection, stream_id, acknowledgement_id, incoming.received_at)
    outcome = verdict.sealed.acknowledgement.outcome.value
    # ACC-5: seen, whatever became of it
    write_seen(
        connection,
        stream_id,
        incoming,
        outcome=outcome,
        transient=is_transient(decision),
        acknowledgement_id=acknowledgement_id,
    )
    # ACC-0: known by its bytes from now on
    if not basis.known_document:
        write_document(connection, stream_id, incoming)
    # ACC-14: audited in the same transaction
    append_event(
        connection,
        action=f"list.{outcome.lower()}",
        subject=str(basis.state.stream),
        facts={
            "sequence": str(incoming.list.header.sequence),
            "list_digest": incoming.list_digest,
            "document_digest": incoming.document_digest,
            "signer": incoming.signer,
            "changed": str(verdict.differences.changed),
            "reasons": reason_codes(decision.reasons),
            "alarms": ",".join(decision.alarms),
        },
        actor=actor,
        at=incoming.received_at,
    )


def _known_from(incoming: Incoming, basis: Basis) -> datetime:
    """Return the moment of receipt, but never before the list that it replaces became known."""
    return max(incoming.received_at, basis.known_from or incoming.received_at)
