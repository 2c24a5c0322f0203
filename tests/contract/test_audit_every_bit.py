"""A flipped bit anywhere in the audit trail is found, and the event is named."""

import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.domain.errors import StoreError
from gateway.store.engines import Store, open_store
from gateway.store.schema import audit_events, audit_head
from gateway.store.versioning import upgrade
from tests.contract.audit_suite import OFFICER
from tests.contract.databases import clock
from tests.contract.synthetic_lists import NOW

NUMBERS = {"number", "at"}
FLIPPED = 3
BITS = 63
"""Of a number; the sign's one is tried as well."""


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("audit") / "audit.db"


@pytest.fixture(scope="module")
def store(file: Path) -> Iterator[Store]:
    upgrade(f"sqlite:///{file}")
    with open_store(f"sqlite:///{file}", clock=clock) as opened:
        for number in range(1, 6):
            facts = {"code": "X", "sequence": str(number)}
            opened.audit.record("list.refused", "XA-XB", facts, OFFICER, NOW)
        yield opened


@pytest.fixture
def raw(store: Store, file: Path) -> Iterator[sqlite3.Connection]:
    assert store.audit.verify() == 5
    connection = sqlite3.connect(file)
    yield connection
    connection.close()
    assert store.audit.verify() == 5


def flips(value: bytes | int) -> Iterator[bytes | int]:
    if isinstance(value, int):
        yield from (value ^ (1 << bit) for bit in range(BITS))
        yield value - (1 << BITS) if value >= 0 else value
        return
    for position in range(len(value)):
        for bit in range(8):
            changed = bytearray(value)
            changed[position] ^= 1 << bit
            yield bytes(changed)


def write(raw: sqlite3.Connection, table: str, column: str, value: bytes | int, key: int) -> None:
    cell = "?" if isinstance(value, int) else "CAST(? AS TEXT)"
    where = "id = 1" if table == "audit_head" else "rowid = ?"
    given = (value,) if table == "audit_head" else (value, key)
    raw.execute(f"UPDATE {table} SET {column} = {cell} WHERE {where}", given)  # noqa: S608 - names from the schema
    raw.commit()


@pytest.mark.parametrize("column", [column.name for column in audit_events.columns])
def test_every_flipped_bit_of_an_event_is_found_and_named(
    store: Store, raw: sqlite3.Connection, column: str
) -> None:
    read = column if column in NUMBERS else f"CAST({column} AS BLOB)"
    (before,) = raw.execute(
        f"SELECT {read} FROM audit_events WHERE number = ?",  # noqa: S608 - a name from the schema
        (FLIPPED,),
    ).fetchone()
    for after in flips(before):
        key = FLIPPED
        try:
            write(raw, "audit_events", column, after, key)
        except sqlite3.IntegrityError:
            # The number of another event: the database itself refuses it.
            raw.rollback()
            continue
        with pytest.raises(StoreError) as broken:
            store.audit.verify()
        assert broken.value.context == {"event": str(FLIPPED)}, after
        moved = after if column == "number" and isinstance(after, int) else FLIPPED
        write(raw, "audit_events", column, before, moved)


@pytest.mark.parametrize(
    "column", [column.name for column in audit_head.columns if column.name != "id"]
)
def test_every_flipped_bit_of_the_end_of_the_chain_is_found(
    store: Store, raw: sqlite3.Connection, column: str
) -> None:
    read = column if column in NUMBERS else f"CAST({column} AS BLOB)"
    (before,) = raw.execute(f"SELECT {read} FROM audit_head").fetchone()  # noqa: S608 - the same
    for after in flips(before):
        write(raw, "audit_head", column, after, 1)
        with pytest.raises(StoreError, match="the end of the chain was changed"):
            store.audit.verify()
    write(raw, "audit_head", column, before, 1)


def test_event_that_cannot_be_read_is_named_to_whoever_lists_the_trail(
    store: Store, raw: sqlite3.Connection
) -> None:
    changes: dict[str, bytes | int] = {"role": b"nobody", "facts": b"{", "at": 1 << 62}
    for column, wrong in changes.items():
        read = column if column in NUMBERS else f"CAST({column} AS BLOB)"
        (before,) = raw.execute(
            f"SELECT {read} FROM audit_events WHERE number = ?",  # noqa: S608 - the same
            (FLIPPED,),
        ).fetchone()
        write(raw, "audit_events", column, wrong, FLIPPED)
        with pytest.raises(StoreError, match=re.compile("event 3|cannot be read")):
            list(store.audit.events())
        write(raw, "audit_events", column, before, FLIPPED)
