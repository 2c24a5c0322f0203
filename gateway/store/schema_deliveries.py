"""Tables of the delivery log: the only ones, with the home programme, that forget."""

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Integer, Table, Text

from gateway.store.column_types import Moment, Number
from gateway.store.schema import acknowledgements, metadata, received_acknowledgements, streams

# Every list and acknowledgement that travelled, and those that are to be sent. Who it went to or
# came from follows from stream, kind and movement.
transmissions = Table(
    "transmissions",
    metadata,
    Column("id", Number, primary_key=True),
    Column("stream_id", ForeignKey(streams.c.id), nullable=False),
    Column("kind", Text, nullable=False),
    Column("movement", Text, nullable=False),
    Column("sequence", Number),
    Column("acknowledgement_id", ForeignKey(acknowledgements.c.id)),
    Column("received_acknowledgement_id", ForeignKey(received_acknowledgements.c.id)),
    Column("digest", Text),
    Column("size", Number, nullable=False),
    Column("at", Moment, nullable=False),
    # No foreign key: the log may forget that one earlier.
    Column("redelivers", Number),
    # All below move with each attempt.
    Column("state", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("tried_at", Moment),
    Column("next_attempt_at", Moment),  # of what waits, and of nothing else
    Column("code", Text),
    Column("why", Text),
    Column("request_id", Text),  # of the newest attempt (EXC-8)
    CheckConstraint("(next_attempt_at IS NOT NULL) = (state = 'waiting')", name="waiting_has_time"),
    Index(None, "stream_id", "state", "next_attempt_at"),
    Index(None, "state", "at"),
)

# One row a stream, moved by each poll: when its issuer was asked last.
contacts = Table(
    "contacts",
    metadata,
    Column("stream_id", ForeignKey(streams.c.id), primary_key=True),
    Column("at", Moment, nullable=False),
    Column("code", Text),
    Column("why", Text),
)
