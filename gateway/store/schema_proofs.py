"""The table of signed heads as partners showed them: what proofs of inclusion rest on (STA-5)."""

from sqlalchemy import Column, ForeignKey, LargeBinary, Table, Text

from gateway.store.schema import metadata, streams

received_heads = Table(
    "received_heads",
    metadata,
    Column("stream_id", ForeignKey(streams.c.id), primary_key=True),
    Column("list_digest", Text, primary_key=True),
    Column("document", LargeBinary, nullable=False),
)
