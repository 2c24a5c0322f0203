"""The table of home blocks: every one that was put in, and how it ended."""

from sqlalchemy import Column, Index, Table, Text

from gateway.store.column_types import ByteOrderText, Moment, Number
from gateway.store.schema import metadata

home_blocks = Table(
    "home_blocks",
    metadata,
    Column("id", Number, primary_key=True),
    Column("operator_id", ByteOrderText, nullable=False),
    Column("reason", Text, nullable=False),
    Column("effective_at", Moment, nullable=False),
    Column("until", Moment),
    Column("put_in_at", Moment, nullable=False),
    Column("put_in_by", Text, nullable=False),
    # Set once, together.
    Column("lifted_at", Moment),
    Column("lifted_by", Text),
    Column("lifting_reason", Text),
    Index(None, "operator_id"),
)
