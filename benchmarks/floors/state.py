"""Rows, digests, root and storage as the floors have them: STA-1 and STA-2 written once more.

No checks: what the gateway refuses, a floor does not even look at.
"""

import sqlite3
from collections.abc import Iterable, Sequence
from datetime import datetime
from hashlib import sha256
from pathlib import Path

import msgspec

BUCKETS = 4096


class Status(msgspec.Struct, rename="camel", omit_defaults=True, gc=False):
    """Fields of each class stand in the order of their keys, so that nothing has to be sorted."""

    change_reason: str | None = None
    code: str = ""
    effective_at: datetime | None = None


class Authorisation(msgspec.Struct, rename="camel", omit_defaults=True, gc=False):
    """An authorisation."""

    accepted_at: datetime | None = None
    category: str = ""
    effective_at: datetime | None = None
    expires_at: datetime | None = None
    id: str = ""
    issuing_office: str = ""
    programme: str = ""
    status: Status | None = None


class Text(msgspec.Struct, omit_defaults=True, gc=False):
    """A name."""

    language: str | None = None
    script: str | None = None
    text: str = ""


class Address(msgspec.Struct, omit_defaults=True, gc=False):
    """An address."""

    city: str | None = None
    country: str = ""
    lines: tuple[str, ...] = ()
    postcode: str | None = None
    subdivision: str | None = None


class Other(msgspec.Struct, gc=False):
    """Another identifier."""

    scheme: str
    value: str


class Operator(msgspec.Struct, rename="camel", omit_defaults=True, gc=False):
    """An operator."""

    addresses: tuple[Address, ...] = ()
    alternate_ids: tuple[Other, ...] = ()
    authorisations: tuple[Authorisation, ...] = ()
    id: str = ""
    names: tuple[Text, ...] = ()
    roles: tuple[str, ...] = ()
    trade_names: tuple[Text, ...] = ()


Row = tuple[str, bytes, bytes]
"""Id, canonical form, digest."""

encode = msgspec.json.Encoder().encode
decode = msgspec.json.Decoder(Operator).decode

SCHEMA = """
PRAGMA journal_mode = WAL;
CREATE TABLE versions (
  id TEXT, sequence INTEGER, canonical BLOB, digest BLOB, known_from INTEGER, replaced_by INTEGER,
  PRIMARY KEY (id, sequence)
);
CREATE UNIQUE INDEX current ON versions (id) WHERE replaced_by IS NULL;
CREATE TABLE lists (sequence INTEGER PRIMARY KEY, document BLOB);
"""


def row_of(operator: Operator) -> Row:
    """Write the canonical form and digest it. Repeated fields are sorted only where they repeat."""
    if len(operator.roles) > 1:
        operator.roles = tuple(sorted(operator.roles))
    canonical = encode(operator)
    return operator.id, canonical, sha256(b"\x00" + canonical).digest()


def root_of(pairs: Iterable[tuple[str, bytes]]) -> bytes:
    """Return the state root of ids and digests in byte order of id."""
    buckets: list[list[bytes]] = [[] for _ in range(BUCKETS)]
    for operator_id, digest in pairs:
        start = sha256(operator_id.encode()).digest()
        buckets[start[0] << 4 | start[1] >> 4].append(digest)
    level = [sha256(b"\x02" + b"".join(digests)).digest() for digests in buckets]
    while len(level) > 1:
        level = [
            sha256(b"\x01" + left + right).digest()
            for left, right in zip(level[::2], level[1::2], strict=True)
        ]
    return level[0]


def open_database(file: Path) -> sqlite3.Connection:
    """Open a database, as durable as the gateway's."""
    connection = sqlite3.connect(file, isolation_level=None)
    connection.execute("PRAGMA synchronous = FULL")
    return connection


def make_database(file: Path, rows: Sequence[Row]) -> None:
    """Make a database with a first list in it."""
    connection = open_database(file)
    connection.executescript(SCHEMA)
    apply(connection, 1, rows)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


def apply(connection: sqlite3.Connection, sequence: int, rows: Sequence[Row]) -> int:
    """Compare with what is stored and write what differs, in one transaction."""
    remaining = dict(
        connection.execute("SELECT id, digest FROM versions WHERE replaced_by IS NULL")
    )
    take = remaining.pop
    coming = []
    ending = []
    for row in rows:
        before = take(row[0], None)
        if before == row[2]:
            continue
        coming.append((row[0], sequence, row[1], row[2], 0))
        if before is not None:
            ending.append((sequence, row[0]))
    ending += [(sequence, operator_id) for operator_id in remaining]
    connection.execute("BEGIN IMMEDIATE")
    connection.executemany(
        "UPDATE versions SET replaced_by = ? WHERE id = ? AND replaced_by IS NULL", ending
    )
    connection.executemany(
        "INSERT INTO versions (id, sequence, canonical, digest, known_from) VALUES (?, ?, ?, ?, ?)",
        coming,
    )
    connection.execute("COMMIT")
    return len(coming)
