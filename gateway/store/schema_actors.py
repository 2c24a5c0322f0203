"""The tables of actors and of what they signed, in the same metadata as all others."""

from sqlalchemy import Column, ForeignKey, Index, LargeBinary, Table, Text

from gateway.store.column_types import ByteOrderText, Moment, Number
from gateway.store.schema import metadata

actors = Table(
    "actors",
    metadata,
    Column("name", ByteOrderText, primary_key=True),
    Column("role", Text, nullable=False),
    Column("public_key", Text, nullable=False),
    Column("fingerprint", Text, nullable=False, unique=True),
    Column("added_at", Moment, nullable=False),
    Column("revoked_at", Moment),  # set once
)

approvals = Table(
    "approvals",
    metadata,
    Column("id", Number, primary_key=True),
    Column("actor", ForeignKey(actors.c.name), nullable=False),
    Column("hold", Number),  # none for statements about actors
    Column("statement", LargeBinary, nullable=False),
    Column("digest", Text, nullable=False, unique=True),
    Column("signature", LargeBinary, nullable=False),
    Column("recorded_at", Moment, nullable=False),
    Index(None, "hold"),
)
