"""The table of what callers asked on their newest day, for quotas."""

from sqlalchemy import Column, Table, Text

from gateway.store.column_types import ByteOrderText, Number
from gateway.store.schema import metadata

caller_usage = Table(
    "caller_usage",
    metadata,
    Column("caller", ByteOrderText, primary_key=True),
    Column("day", Text, nullable=False),  # YYYY-MM-DD, UTC; only rises
    Column("questions", Number, nullable=False),
)
