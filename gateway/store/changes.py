"""The steps of the registry, from what it keeps anyway: versions, accepted lists, restrictions."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, func, or_, select

from gateway.domain.lists import Stream
from gateway.domain.operators import Operator
from gateway.ports.changes import Anchor, ChangeKind, Step
from gateway.store.bulk import batches
from gateway.store.database import Database
from gateway.store.json_text import from_json
from gateway.store.schema import (
    accepted_lists,
    audit_events,
    audit_head,
    operator_versions,
    registry_version,
    restrictions,
    streams,
)
from gateway.store.streams import same_but_epoch


class RegistryChanges:
    """`ports.changes.Changes` on a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def anchor(self) -> Anchor:
        """Return how far the registry has come.

        Raises:
            DatabaseUnavailableError: The database does not answer.
            StoreError: It answers with an error.
        """
        with self._database.read() as connection:
            return _anchor(connection)

    def is_past(self, anchor: Anchor) -> bool:
        """Tell whether the registry has come by there: not if it was restored to before.

        Raises:
            DatabaseUnavailableError: The database does not answer.
            StoreError: It answers with an error.
        """
        with self._database.read() as connection:
            found = connection.execute(
                select(audit_events.c.digest).where(audit_events.c.number == anchor.event)
            ).scalar_one_or_none()
            version = connection.execute(select(registry_version.c.version)).scalar_one()
        known = found is not None and found.startswith(anchor.digest)
        return anchor.version <= version and (known or anchor.event == 0)

    def find_step(self, receives: Sequence[Stream], version: int) -> tuple[Step | None, Anchor]:
        """Return the first step of these streams, whatever their epoch, from a version on.

        Raises:
            DatabaseUnavailableError: The database does not answer.
            StoreError: It answers with an error.
        """
        with self._database.read() as connection:
            anchor = _anchor(connection)
            ids = connection.execute(
                select(streams.c.id).where(or_(*map(same_but_epoch, receives)))
            ).scalars()
            first = _first_version(connection, ids.all(), version)
            return (None if first is None else _step(connection, first)), anchor

    def kinds(self, step: Step) -> Mapping[str, ChangeKind]:
        """Return what a step changed, by operator id in byte order.

        Raises:
            DatabaseUnavailableError: The database does not answer.
            StoreError: It answers with an error.
        """
        with self._database.read() as connection:
            kinds = _restricted(connection, step.version)
            if step.is_list:
                before = _predecessor(connection, step) if step.number == 1 else None
                # What the list itself says of an operator is told instead of the lifting.
                kinds |= (
                    _of_list(connection, step)
                    if before is None
                    else dict(_of_first_list(connection, step, before))
                )
        return dict(sorted(kinds.items()))

    def operators(self, step: Step, ids: Collection[str]) -> Mapping[str, Operator]:
        """Return operators as they were after a step, those of them that were listed.

        Raises:
            DatabaseUnavailableError: The database does not answer.
            StoreError: It answers with an error.
        """
        versions = operator_versions.c
        found: dict[str, Operator] = {}
        with self._database.read() as connection:
            for batch in batches(ids):
                rows = connection.execute(
                    select(versions.operator_id, versions.canonical).where(
                        versions.stream_id == step.stream_id,
                        versions.operator_id.in_(batch),
                        versions.number <= step.number,
                        or_(versions.replaced_by.is_(None), versions.replaced_by > step.number),
                    )
                )
                found |= {row.operator_id: from_json(row.canonical, Operator) for row in rows}
        return found


def _anchor(connection: Connection) -> Anchor:
    version: int = connection.execute(select(registry_version.c.version)).scalar_one()
    head = connection.execute(select(audit_head.c.number, audit_head.c.digest)).one()
    return Anchor(version=version, event=head.number, digest=head.digest)


def _first_version(connection: Connection, ids: Sequence[int], version: int) -> int | None:
    moments = (
        (accepted_lists.c.stream_id, accepted_lists.c.version),
        (restrictions.c.stream_id, restrictions.c.version),
        (restrictions.c.stream_id, restrictions.c.ended_at_version),
    )
    found = (
        connection.execute(
            select(column).where(stream_id.in_(ids), column >= version).order_by(column).limit(1)
        ).scalar_one_or_none()
        for stream_id, column in moments
    )
    return min((each for each in found if each is not None), default=None)


def _step(connection: Connection, version: int) -> Step:
    """Return the step that made a version: a list, else a hold over the list that serves."""
    came = connection.execute(_LISTS.where(accepted_lists.c.version == version)).one_or_none()
    if came is not None:
        return _made(version, came, came.known_from, is_list=True)
    moved = (
        connection.execute(
            select(streams, restrictions)
            .join_from(restrictions, streams, streams.c.id == restrictions.c.stream_id)
            .where(_moves(version))
            .limit(1)
        )
        .mappings()
        .first()
    )
    assert moved is not None  # noqa: S101 - it has just been found
    stream = Stream(**{field: moved[streams.c[field]] for field in Stream.__struct_fields__})
    serving = connection.execute(
        _LISTS.where(same_but_epoch(stream), accepted_lists.c.version < version)
        .order_by(streams.c.epoch.desc(), accepted_lists.c.number.desc())
        .limit(1)
    ).one()
    began = moved[restrictions.c.version] == version
    at = moved[restrictions.c.known_from if began else restrictions.c.known_until]
    return _made(version, serving, at, is_list=False)


def _made(version: int, row: Row[tuple[Any, ...]], at: datetime, *, is_list: bool) -> Step:
    return Step(
        version=version,
        agreement=row.agreement,
        stream_id=row.stream_id,
        number=row.number,
        sequence=row.sequence,
        is_list=is_list,
        at=at,
    )


def _moves(version: int) -> ColumnElement[bool]:
    return or_(restrictions.c.version == version, restrictions.c.ended_at_version == version)


def _restricted(connection: Connection, version: int) -> dict[str, ChangeKind]:
    rows = connection.execute(
        select(restrictions.c.operator_id, restrictions.c.version).where(_moves(version))
    )
    return {
        operator_id: ChangeKind.RESTRICTED if began == version else ChangeKind.RESTRICTION_LIFTED
        for operator_id, began in rows
    }


def _of_list(connection: Connection, step: Step) -> dict[str, ChangeKind]:
    """Return what a state changed in the one before it."""
    versions = operator_versions.c
    mine = select(versions.operator_id).where(versions.stream_id == step.stream_id)
    came = set(connection.execute(mine.where(versions.number == step.number)).scalars())
    ended = set(connection.execute(mine.where(versions.replaced_by == step.number)).scalars())
    return {
        **dict.fromkeys(came - ended, ChangeKind.ADDED),
        **dict.fromkeys(came & ended, ChangeKind.CHANGED),
        **dict.fromkeys(ended - came, ChangeKind.REMOVED),
    }


def _predecessor(connection: Connection, step: Step) -> int | None:
    """Return the stream of the epoch that served before the first list of this one (SEQ-3)."""
    row = connection.execute(select(streams).where(streams.c.id == step.stream_id)).mappings().one()
    stream = Stream(**{field: row[field] for field in Stream.__struct_fields__})
    before: int | None = connection.execute(
        select(streams.c.id)
        .join(accepted_lists, accepted_lists.c.stream_id == streams.c.id)
        .where(same_but_epoch(stream), streams.c.epoch < stream.epoch)
        .order_by(streams.c.epoch.desc())
        .limit(1)
    ).scalar_one_or_none()
    return before


def _of_first_list(
    connection: Connection, step: Step, before: int
) -> Iterator[tuple[str, ChangeKind]]:
    """Yield what the first state of an epoch changed in the last one of the epoch before."""
    old, new = operator_versions.alias(), operator_versions.alias()
    is_old = and_(old.c.stream_id == before, old.c.replaced_by.is_(None))
    is_new = and_(new.c.stream_id == step.stream_id, new.c.number == step.number)
    is_same = old.c.operator_id == new.c.operator_id
    differs = or_(
        old.c.operator_id.is_(None),
        old.c.canonical != new.c.canonical,
        func.coalesce(old.c.unusable, "") != func.coalesce(new.c.unusable, ""),
    )
    came = connection.execute(
        select(new.c.operator_id, old.c.operator_id)
        .select_from(new.outerjoin(old, and_(is_same, is_old)))
        .where(is_new, differs)
    )
    for operator_id, there in came:
        yield operator_id, ChangeKind.ADDED if there is None else ChangeKind.CHANGED
    gone = connection.execute(
        select(old.c.operator_id)
        .select_from(old.outerjoin(new, and_(is_same, is_new)))
        .where(is_old, new.c.operator_id.is_(None))
    )
    for operator_id in gone.scalars():
        yield operator_id, ChangeKind.REMOVED


_LISTS: Final[Select[tuple[Any, ...]]] = select(
    accepted_lists.c.stream_id,
    accepted_lists.c.number,
    accepted_lists.c.sequence,
    accepted_lists.c.known_from,
    streams.c.agreement,
).join(streams, streams.c.id == accepted_lists.c.stream_id)
