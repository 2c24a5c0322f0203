"""Tables of what was issued to whom, and of what moved in the home programme (section 8)."""

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
)

from gateway.store.column_types import ByteOrderText, Moment, Number
from gateway.store.schema import metadata, streams

# All but the key moves with each list; see `domain.publishing.IssuedState`.
issued_states = Table(
    "issued_states",
    metadata,
    Column("stream_id", ForeignKey(streams.c.id), primary_key=True),
    Column("sequence", Number, nullable=False),
    Column("change", Number, nullable=False),
    Column("rules", Text, nullable=False),
    Column("signer", Text, nullable=False),
    Column("full_sequence", Number, nullable=False),
    Column("full_issued_at", Moment, nullable=False),
    Column("asked_at", Moment),
    Column("settled", Number, nullable=False),
    # 4,096 digests (STA-2); last, so that what is read often does not lie behind 128 KiB.
    Column("buckets", LargeBinary, nullable=False),
)

# What each partner was told of the operators of one bucket: their digests by id, as MessagePack. A
# DELTA reads and writes the buckets that it changes; a row for each operator would cost a FULL more
# than its signature and its bytes.
issued_buckets = Table(
    "issued_buckets",
    metadata,
    Column("stream_id", ForeignKey(streams.c.id), primary_key=True),
    Column("bucket", Integer, primary_key=True),
    Column("members", LargeBinary, nullable=False),
)

# Streams that issue nothing before the partner was heard (PUB-6).
restores = Table(
    "restores",
    metadata,
    Column("id", Number, primary_key=True),
    Column("stream_id", ForeignKey(streams.c.id), nullable=False),
    Column("restored_at", Moment, nullable=False),
    Column("heard_at", Moment),  # moves with each acknowledgement
    Column("ended_at", Moment),  # set once
    Index(None, "stream_id", "ended_at"),
)

# One row, made by the migration: the number of the last change, locked by whoever changes.
home_programme = Table(
    "home_programme",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("change", Number, nullable=False),
    CheckConstraint("id = 1", name="one_row"),
)

# The change that took an operator out of the programme last; it may have come back since.
home_removals = Table(
    "home_removals",
    metadata,
    Column("operator_id", ByteOrderText, primary_key=True),
    Column("change", Number, nullable=False),
    Index(None, "change"),
)

home_requests = Table(
    "home_requests",
    metadata,
    Column("request_id", Text, primary_key=True),
    Column("digest", Text, nullable=False),
    Column("result", Text, nullable=False),
    Column("at", Moment, nullable=False),
)
