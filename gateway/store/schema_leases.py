"""The table of leases: who is at a job, and what became of its last run (section 7)."""

from sqlalchemy import Column, Integer, Table, Text

from gateway.store.column_types import Moment, Number
from gateway.store.schema import metadata

leases = Table(
    "leases",
    metadata,
    Column("subject", Text, primary_key=True),
    # All below move with each grant; the token only rises.
    Column("holder", Text, nullable=False),
    Column("token", Number, nullable=False),
    Column("expires_at", Moment, nullable=False),
    # Of the last run that ended.
    Column("began_at", Moment),
    Column("ended_at", Moment),
    Column("mark", Number, nullable=False, server_default="0"),
    Column("failures", Integer, nullable=False, server_default="0"),
)
