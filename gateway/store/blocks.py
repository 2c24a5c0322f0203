"""Home blocks, with what was known of them when."""

from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy import Connection, Row, insert, select, update

from gateway.domain.agreements import Interval
from gateway.domain.blocks import HomeBlock, Lifting, overlap
from gateway.domain.errors import ConflictError, NotFoundError
from gateway.domain.parties import Actor
from gateway.domain.spans import in_words
from gateway.store.audit_chain import append_event
from gateway.store.column_types import whole_second
from gateway.store.database import Database
from gateway.store.schema_blocks import home_blocks
from gateway.store.streams import raise_version


class OperatorBlocks:
    """`ports.blocks.HomeBlocks` on a database.

    The time is read once the transaction has its lock: what waited for another is known no sooner
    than it can be read.
    """

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    def put_in(
        self, operator_id: str, interval: Interval, *, reason: str, actor: Actor
    ) -> HomeBlock:
        """Block an operator on the dates of an interval, from now on known. Audited.

        Raises:
            ConflictError: Another block of the operator acts on some of these dates.
            DatabaseUnavailableError: Nothing was written.
            StoreError: Nothing was written.
        """
        with self._database.write() as connection:
            # Its row locks: two officers who block one operator at once do it one after the other.
            raise_version(connection)
            now = whole_second(self._clock())
            _require_free(connection, operator_id, interval, now)
            written = connection.execute(
                insert(home_blocks)
                .values(
                    operator_id=operator_id,
                    reason=reason,
                    effective_at=interval.effective_at,
                    until=interval.until,
                    put_in_at=now,
                    put_in_by=actor.name,
                )
                .returning(home_blocks)
            ).one()
            block = _block(written)
            _tell(connection, "block.added", block, reason, actor)
        return block

    def lift(self, number: int, *, reason: str, actor: Actor) -> HomeBlock:
        """End a block now. Audited.

        Raises:
            NotFoundError: There is no such block.
            ConflictError: It was lifted before, or its time is over.
            DatabaseUnavailableError: Nothing was written.
            StoreError: Nothing was written.
        """
        with self._database.write() as connection:
            raise_version(connection)
            now = whole_second(self._clock())
            _require_open(connection, number, now)
            written = connection.execute(
                update(home_blocks)
                .where(home_blocks.c.id == number)
                .values(lifted_at=now, lifted_by=actor.name, lifting_reason=reason)
                .returning(home_blocks)
            ).one()
            block = _block(written)
            _tell(connection, "block.lifted", block, reason, actor)
        return block

    def all(self) -> Sequence[HomeBlock]:
        """Return every block, the lifted too, in the order in which they were put in.

        Raises:
            DatabaseUnavailableError: The database does not answer.
            StoreError: A block cannot be read.
        """
        with self._database.read() as connection:
            return [
                _block(row)
                for row in connection.execute(select(home_blocks).order_by(home_blocks.c.id))
            ]


def _require_free(
    connection: Connection, operator_id: str, interval: Interval, now: datetime
) -> None:
    others = connection.execute(
        select(home_blocks)
        .where(home_blocks.c.operator_id == operator_id)
        .order_by(home_blocks.c.id)
    )
    for other in map(_block, others):
        acts = other.as_known(now)
        if acts is not None and overlap(acts, interval):
            until = "" if acts.until is None else f" until {in_words(acts.until)}"
            message = (
                f"block {other.id} acts on {operator_id} from {in_words(acts.effective_at)}{until}"
            )
            raise ConflictError(message, context={"operator": operator_id, "block": str(other.id)})


def _require_open(connection: Connection, number: int, now: datetime) -> None:
    row = connection.execute(select(home_blocks).where(home_blocks.c.id == number)).one_or_none()
    if row is None:
        raise NotFoundError(f"there is no block {number}", context={"block": str(number)})
    block = _block(row)
    if block.lifted is not None:
        at = in_words(block.lifted.at)
        message = f"block {number} was lifted at {at} by {block.lifted.by}"
        raise ConflictError(message, context={"block": str(number)})
    until = block.interval.until
    if until is not None and until <= now:
        message = f"block {number} ended at {in_words(until)}"
        raise ConflictError(message, context={"block": str(number)})


def _tell(connection: Connection, action: str, block: HomeBlock, reason: str, actor: Actor) -> None:
    until = block.interval.until
    append_event(
        connection,
        action=action,
        subject=block.operator_id,
        facts={
            "block": str(block.id),
            "from": in_words(block.interval.effective_at),
            "until": "" if until is None else in_words(until),
            "reason": reason,
        },
        actor=actor,
        at=block.put_in_at if block.lifted is None else block.lifted.at,
    )


def _block(row: Row[tuple[object, ...]]) -> HomeBlock:
    lifted = None
    if row.lifted_at is not None:
        lifted = Lifting(at=row.lifted_at, by=row.lifted_by, reason=row.lifting_reason)
    return HomeBlock(
        id=row.id,
        operator_id=row.operator_id,
        reason=row.reason,
        interval=Interval(effective_at=row.effective_at, until=row.until),
        put_in_at=row.put_in_at,
        put_in_by=row.put_in_by,
        lifted=lifted,
    )
