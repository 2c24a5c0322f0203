"""Lists that wait for officers: read, released, rejected, rolled back (ACC-6, ACC-12, ACC-13)."""

from collections.abc import Iterator

from sqlalchemy import select, update

from gateway.domain.acknowledgements import Outcome
from gateway.domain.errors import ConflictError, InvalidRequestError, StoreError
from gateway.domain.operators import Operator
from gateway.ports.held_lists import HoldRecord, Settled, Verdict
from gateway.store.database import Database
from gateway.store.differences import NOTHING
from gateway.store.epochs import close_before, find_predecessor
from gateway.store.held_pairs import epoch_pairs, held_pairs, pairs_of_state
from gateway.store.hold_cases import (
    answer,
    change_back,
    coming_of,
    differences_of,
    held_state,
    is_contradicted,
    read_record,
    settle,
    state_before,
    take_case,
    take_open_case,
)
from gateway.store.hold_writes import end_hold, lift_restrictions
from gateway.store.registry_state import read_head
from gateway.store.registry_writes import write_head, write_operators, write_state
from gateway.store.schema import holds
from gateway.store.streams import find_stream, raise_version


class HoldsOfLists:
    """`ports.held_lists.HeldLists` on a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def holds(self, *, open_only: bool) -> list[HoldRecord]:
        """Return holds, oldest first.

        Raises:
            DatabaseUnavailableError: The database does not answer.
            StoreError: It answers with an error.
        """
        with self._database.read() as connection:
            chosen = select(holds.c.id).order_by(holds.c.id)
            if open_only:
                chosen = chosen.where(holds.c.ended_at.is_(None))
            return [
                read_record(connection, number) for number in connection.execute(chosen).scalars()
            ]

    def differences(self, number: int) -> Iterator[tuple[Operator | None, Operator | None]]:
        """Yield what a release would change, or did: each operator before and after, by id.

        Raises:
            NotFoundError: No such hold.
            DatabaseUnavailableError: The database does not answer.
            StoreError: It answers with an error.
        """
        with self._database.read() as connection:
            record = read_record(connection, number)
            stream = find_stream(connection, record.stream)
            if stream is None or record.stops_stream:
                return
            before = find_predecessor(connection, record.stream)
            if record.released_as is not None:
                yield from pairs_of_state(connection, stream.id, record.released_as)
            elif before is not None and read_head(connection, stream.id) is None:
                yield from epoch_pairs(connection, before[0].id, number)
            else:
                yield from held_pairs(connection, stream.id, number)

    def release(self, verdict: Verdict) -> Settled:
        """Apply the newest held state in one transaction (ACC-13).

        Raises:
            NotFoundError: No such hold.
            InvalidRequestError: It has ended, is of the stream itself, or the stream waited too.
            ConflictError: It moved since the officers looked at it; nothing was written.
            DatabaseUnavailableError: Nothing was written.
        """
        with self._database.write() as connection:
            case = take_open_case(connection, verdict)
            # ACC-6: of lists that contradict each other none is applied, opened again or not
            if case.record.stops_stream or is_contradicted(connection, case):
                text = "two lists contradict each other: only a later FULL goes on; reject the hold"
                raise InvalidRequestError(text, context={"hold": str(verdict.number)})
            differences = differences_of(connection, case)
            coming = coming_of(connection, case, verdict)
            write_operators(connection, case.stream_id, differences, coming)
            tree, buckets = held_state(connection, verdict.number)
            write_state(connection, case.stream_id, tree, buckets)
            version = raise_version(connection)
            write_head(connection, case.stream_id, coming, version)
            # ACC-13: a release is the next applied list
            lift_restrictions(connection, case.stream_id, verdict.now, version)
            # SEQ-3: with the first list of an epoch those before it are closed
            close_before(connection, case.record.stream, verdict.now, version)
            end_hold(connection, verdict.number, verdict.now, Outcome.APPLIED, coming.number)
            answer(connection, case, verdict, Outcome.APPLIED, coming.header)
            return settle(connection, case, verdict, "hold.released", differences)

    def reject(self, verdict: Verdict) -> Settled:
        """Spend the sequences: only a FULL goes on. Opens a stream that waited itself (ACC-6).

        Raises:
            NotFoundError: No such hold.
            InvalidRequestError: It has ended.
            ConflictError: It moved since the officers looked at it; nothing was written.
            DatabaseUnavailableError: Nothing was written.
        """
        with self._database.write() as connection:
            case = take_open_case(connection, verdict)
            end_hold(connection, verdict.number, verdict.now, Outcome.REJECTED, None)
            applied = None if case.head is None else case.head.header
            answer(connection, case, verdict, Outcome.REJECTED, applied)
            raise_version(connection)
            return settle(connection, case, verdict, "hold.rejected", NOTHING)

    def roll_back(self, verdict: Verdict) -> Settled:
        """Bring back the state before a release; the list counts as rejected from then on.

        Raises:
            NotFoundError: No such hold.
            InvalidRequestError: It was not released, or is rolled back already.
            ConflictError: Another list was applied since; nothing was written.
            DatabaseUnavailableError: Nothing was written.
            StoreError: The state before cannot be made again from what is stored.
        """
        with self._database.write() as connection:
            case = take_case(connection, verdict)
            released_as = case.record.released_as
            if released_as is None or case.record.rolled_back_at is not None:
                text = f"hold {verdict.number} is not released"
                raise InvalidRequestError(text, context={"hold": str(verdict.number)})
            if case.head is None or case.head.number != released_as:
                raise ConflictError(f"a list was applied since hold {verdict.number} was released")
            coming = state_before(connection, case, verdict)
            differences, change = change_back(connection, case, released_as, coming.header)
            if change.root != coming.header.state_root:
                raise StoreError("the state before the release cannot be made again")
            write_operators(connection, case.stream_id, differences, coming)
            write_state(connection, case.stream_id, change.tree, change.buckets)
            write_head(connection, case.stream_id, coming, raise_version(connection))
            connection.execute(
                update(holds)
                .where(holds.c.id == verdict.number)
                .values(rolled_back_at=verdict.now, ending=Outcome.REJECTED.value)
            )
            answer(connection, case, verdict, Outcome.REJECTED, coming.header)
            return settle(connection, case, verdict, "hold.rolled_back", differences)

    def lift_restrictions(self, verdict: Verdict) -> Settled:
        """Let accepted operators grant again that held lists restrict.

        Raises:
            NotFoundError: No such hold.
            ConflictError: It moved since the officers looked at it; nothing was written.
            DatabaseUnavailableError: Nothing was written.
        """
        with self._database.write() as connection:
            case = take_case(connection, verdict)
            version = raise_version(connection)
            lift_restrictions(connection, case.stream_id, verdict.now, version)
            return settle(connection, case, verdict, "hold.restrictions_lifted", NOTHING)
