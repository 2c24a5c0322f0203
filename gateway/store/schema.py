"""The tables. A change here needs a migration; a test compares both.

Nothing but home's own operators, what partners were told of them, and the bodies of old lists
(PUB-7) is ever deleted. What may change in a row after it was written is named at the table; all
other rows only come. Structures are stored as their JSON (header, profile, reasons), because they
are read whole; what is asked for by value has a column of its own. What publishing needs besides
stands in `schema_publishing`.
"""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from gateway.store.column_types import ByteOrderText, Moment, Number

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

streams = Table(
    "streams",
    metadata,
    Column("id", Number, primary_key=True),
    Column("issuer", Text, nullable=False),
    Column("recipient", Text, nullable=False),
    Column("agreement", Text, nullable=False),
    Column("test", Boolean, nullable=False),
    Column("epoch", Integer, nullable=False),
    # Moves with every write to the stream: what compare and set compares (ACC-14).
    Column("revision", Number, nullable=False),
    UniqueConstraint("issuer", "recipient", "agreement", "test", "epoch"),
)

accepted_lists = Table(
    "accepted_lists",
    metadata,
    Column("stream_id", ForeignKey(streams.c.id), primary_key=True),
    Column("sequence", Number, primary_key=True),
    Column("header", Text, nullable=False),
    Column("list_digest", Text, nullable=False),
    Column("document_digest", Text, nullable=False),
    Column("received_at", Moment, nullable=False),
    Column("signer", Text, nullable=False),
    Column("known_from", Moment, nullable=False),
    Column("known_until", Moment),  # set once
)

operator_versions = Table(
    "operator_versions",
    metadata,
    Column("stream_id", ForeignKey(streams.c.id), primary_key=True),
    Column("operator_id", ByteOrderText, primary_key=True),
    Column("sequence", Number, primary_key=True),
    Column("canonical", LargeBinary, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("unusable", Text),
    Column("known_from", Moment, nullable=False),
    Column("replaced_by", Number),  # set once, with known_until
    Column("known_until", Moment),
    CheckConstraint("(replaced_by IS NULL) = (known_until IS NULL)", name="ended_as_a_whole"),
)
# At most one version is current; and the current ones are found without walking the history.
Index(
    "ix_operator_versions_current",
    operator_versions.c.stream_id,
    operator_versions.c.operator_id,
    unique=True,
    sqlite_where=text("replaced_by IS NULL"),
    postgresql_where=text("replaced_by IS NULL"),
)

acknowledgements = Table(
    "acknowledgements",
    metadata,
    Column("id", Number, primary_key=True),
    Column("stream_id", ForeignKey(streams.c.id), nullable=False),
    Column("body", Text, nullable=False),
    Column("document", LargeBinary, nullable=False),
    Index(None, "stream_id", "id"),
)

seen_lists = Table(
    "seen_lists",
    metadata,
    Column("stream_id", ForeignKey(streams.c.id), primary_key=True),
    Column("sequence", Number, primary_key=True),
    Column("list_digest", Text, primary_key=True),
    Column("seen_at", Moment, nullable=False),
    # A list that is judged afresh gets a newer acknowledgement and outcome.
    Column("outcome", Text, nullable=False),
    Column("transient", Boolean, nullable=False),
    Column("acknowledgement_id", ForeignKey(acknowledgements.c.id), nullable=False),
)

seen_documents = Table(
    "seen_documents",
    metadata,
    Column("stream_id", Number, primary_key=True),
    Column("document_digest", Text, primary_key=True),
    Column("sequence", Number, nullable=False),
    Column("list_digest", Text, nullable=False),
    ForeignKeyConstraint(
        ["stream_id", "sequence", "list_digest"],
        [seen_lists.c.stream_id, seen_lists.c.sequence, seen_lists.c.list_digest],
    ),
)

holds = Table(
    "holds",
    metadata,
    Column("id", Number, primary_key=True),
    Column("stream_id", ForeignKey(streams.c.id), nullable=False),
    Column("sequence", Number, nullable=False),
    Column("list_digest", Text, nullable=False),
    Column("document_digest", Text, nullable=False),
    Column("reasons", Text, nullable=False),
    Column("held_at", Moment, nullable=False),
    Column("ended_at", Moment),  # set once
    Index(None, "stream_id", "ended_at"),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", Number, primary_key=True),
    Column("stream_id", ForeignKey(streams.c.id), nullable=False),
    Column("acknowledgement_id", ForeignKey(acknowledgements.c.id), nullable=False),
    # All below move with each attempt.
    Column("attempts", Integer, nullable=False),
    Column("next_attempt_at", Moment, nullable=False),
    Column("delivered_at", Moment),
    Column("last_failure", Text),
    Index(None, "stream_id", "delivered_at", "next_attempt_at"),
)

received_acknowledgements = Table(
    "received_acknowledgements",
    metadata,
    Column("id", Number, primary_key=True),
    Column("stream_id", ForeignKey(streams.c.id), nullable=False),
    Column("sequence", Number, nullable=False),
    Column("list_digest", Text, nullable=False),
    Column("revision", Number, nullable=False),
    Column("acknowledged_at", Moment, nullable=False),
    Column("received_at", Moment, nullable=False),
    Column("body", Text, nullable=False),
    Column("document", LargeBinary, nullable=False),
    UniqueConstraint("stream_id", "sequence", "list_digest", "revision"),
    Index(None, "stream_id", "acknowledged_at"),
)

publications = Table(
    "publications",
    metadata,
    Column("stream_id", ForeignKey(streams.c.id), primary_key=True),
    Column("sequence", Number, primary_key=True),
    Column("header", Text, nullable=False),
    Column("list_digest", Text, nullable=False),
    Column("packaging", Text, nullable=False),
    Column("document", LargeBinary, nullable=False),  # emptied, with its chunks, when erased
    Column("head", LargeBinary, nullable=False),
    Column("erased_at", Moment),  # set once (PUB-7)
)

publication_chunks = Table(
    "publication_chunks",
    metadata,
    Column("stream_id", Number, primary_key=True),
    Column("sequence", Number, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("content", LargeBinary, nullable=False),
    ForeignKeyConstraint(
        ["stream_id", "sequence"], [publications.c.stream_id, publications.c.sequence]
    ),
)

# No history: each import makes these rows the whole programme. `change` is that of
# `home_programme` which made the row what it is.
home_operators = Table(
    "home_operators",
    metadata,
    Column("operator_id", ByteOrderText, primary_key=True),
    Column("canonical", LargeBinary, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("consents", Text, nullable=False),
    Column("change", Number, nullable=False, server_default="0"),
    Index(None, "change"),
)

profile_versions = Table(
    "profile_versions",
    metadata,
    Column("id", Number, primary_key=True),
    Column("agreement", ByteOrderText, nullable=False),
    Column("version", Integer, nullable=False),
    Column("partner", Text, nullable=False),
    Column("profile", Text, nullable=False),
    Column("applied_at", Moment, nullable=False),
    Column("applied_by", Text, nullable=False),
    UniqueConstraint("agreement", "version"),
    Index(None, "partner"),
)

callers = Table(
    "callers",
    metadata,
    Column("name", ByteOrderText, primary_key=True),
    Column("fingerprint", Text, nullable=False, unique=True),
    Column("purposes", Text, nullable=False),
    Column("partner", Text),
    Column("added_at", Moment, nullable=False),
    Column("revoked_at", Moment),  # set once
)

leases = Table(
    "leases",
    metadata,
    Column("subject", Text, primary_key=True),
    # All below move with each grant; the token only rises.
    Column("holder", Text, nullable=False),
    Column("token", Number, nullable=False),
    Column("expires_at", Moment, nullable=False),
)

evidence = Table(
    "evidence",
    metadata,
    Column("id", Number, primary_key=True),
    Column("partner", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("packaging", Text, nullable=False),
    Column("document", LargeBinary, nullable=False),
    Column("received_at", Moment, nullable=False),
    Column("chain", Text, nullable=False),
    Column("revocation_lists", Text, nullable=False),
    Column("verdict", Text, nullable=False),  # the last one
    UniqueConstraint("partner", "digest"),
    Index(None, "digest"),
)

evidence_chunks = Table(
    "evidence_chunks",
    metadata,
    Column("evidence_id", ForeignKey(evidence.c.id), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("content", LargeBinary, nullable=False),
)

audit_events = Table(
    "audit_events",
    metadata,
    Column("number", Number, primary_key=True, autoincrement=False),
    Column("at", Moment, nullable=False),
    Column("actor", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("facts", Text, nullable=False),
    Column("previous", Text, nullable=False),
    Column("digest", Text, nullable=False),
)

# One row, made by the migration: the end of the audit chain, locked by whoever appends.
audit_head = Table(
    "audit_head",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("number", Number, nullable=False),
    Column("digest", Text, nullable=False),
    CheckConstraint("id = 1", name="one_row"),
)

# One row, made by the migration: what the lookup processes poll.
registry_version = Table(
    "registry_version",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("version", Number, nullable=False),
    CheckConstraint("id = 1", name="one_row"),
)
