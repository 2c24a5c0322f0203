"""The tables. A change here needs a migration; a test compares both.

Nothing is ever deleted but home's own operators, what partners were told of them, the bodies of old
lists (PUB-7) and what ended long ago in the delivery log. What may change in a row after it was
written is named at the table; all other rows only come. Structures are stored as their JSON
(header, profile, reasons), because they are read whole; what is asked for by value has a column of
its own.
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
    # Raised when our own later acknowledgement comes back to us after a restore (EXC-1).
    Column("floor", Number, nullable=False),
    UniqueConstraint("issuer", "recipient", "agreement", "test", "epoch"),
)

# The states of a stream are numbered as they came into force.
accepted_lists = Table(
    "accepted_lists",
    metadata,
    Column("stream_id", ForeignKey(streams.c.id), primary_key=True),
    Column("number", Number, primary_key=True),
    Column("sequence", Number, nullable=False),
    Column("header", Text, nullable=False),
    Column("list_digest", Text, nullable=False),
    Column("document_digest", Text, nullable=False),
    Column("received_at", Moment, nullable=False),
    Column("signer", Text, nullable=False),
    Column("grounds", Text, nullable=False),
    Column("rulebook", Text, nullable=False),
    Column("known_from", Moment, nullable=False),
    Column("known_until", Moment),  # set once
    # Of `registry_version`, which orders everything that becomes known: what watches go on from.
    Column("version", Number, nullable=False),
    Index(None, "version"),
)

operator_versions = Table(
    "operator_versions",
    metadata,
    Column("stream_id", ForeignKey(streams.c.id), primary_key=True),
    Column("operator_id", ByteOrderText, primary_key=True),
    Column("number", Number, primary_key=True),
    Column("canonical", LargeBinary, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("unusable", Text),
    Column("known_from", Moment, nullable=False),
    Column("replaced_by", Number),  # set once, with known_until
    Column("known_until", Moment),
    CheckConstraint("(replaced_by IS NULL) = (known_until IS NULL)", name="ended_as_a_whole"),
    # What came and what ended since a state: without these, every look walks all operators.
    Index(None, "stream_id", "number"),
)
_CURRENT = text("replaced_by IS NULL")
_ENDED = text("replaced_by IS NOT NULL")
_MARKED = text("replaced_by IS NULL AND unusable IS NOT NULL")
# At most one version is current; and the current ones are found without walking the history.
Index(
    "ix_operator_versions_current",
    operator_versions.c.stream_id,
    operator_versions.c.operator_id,
    unique=True,
    sqlite_where=_CURRENT,
    postgresql_where=_CURRENT,
)
Index(
    "ix_operator_versions_ended",
    operator_versions.c.stream_id,
    operator_versions.c.replaced_by,
    sqlite_where=_ENDED,
    postgresql_where=_ENDED,
)
Index(
    "ix_operator_versions_marked",
    operator_versions.c.stream_id,
    sqlite_where=_MARKED,
    postgresql_where=_MARKED,
)

# The accepted state of a stream as the root is computed from it (STA-2): see `domain.members`.
state_trees = Table(
    "state_trees",
    metadata,
    Column("stream_id", ForeignKey(streams.c.id), primary_key=True),
    Column("tree", LargeBinary, nullable=False),  # moves with every state
)

state_buckets = Table(
    "state_buckets",
    metadata,
    Column("stream_id", ForeignKey(streams.c.id), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("ids", Text, nullable=False),  # both move with every state
    Column("records", LargeBinary, nullable=False),
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

# One hold holds a list and what joined it (ACC-13), or the stream itself (ACC-6: no tree).
holds = Table(
    "holds",
    metadata,
    Column("id", Number, primary_key=True),
    Column("stream_id", ForeignKey(streams.c.id), nullable=False),
    Column("held_at", Moment, nullable=False),
    Column("over", Number, nullable=False),  # the accepted state then; 0: none
    # All below move when another list joins.
    Column("tree", LargeBinary),
    Column("marks", Text, nullable=False),
    Column("rulebook", Text, nullable=False),
    Column("ended_at", Moment),  # set once, with how
    Column("ending", Text),
    Column("released_as", Number),  # the state that the release made
    Column("rolled_back_at", Moment),  # set once
    Index(None, "stream_id", "ended_at"),
)

held_lists = Table(
    "held_lists",
    metadata,
    Column("hold_id", ForeignKey(holds.c.id), primary_key=True),
    Column("sequence", Number, primary_key=True),
    Column("list_digest", Text, primary_key=True),
    Column("document_digest", Text, nullable=False),
    Column("header", Text, nullable=False),
    Column("signer", Text, nullable=False),
    Column("received_at", Moment, nullable=False),
    Column("reasons", Text, nullable=False),
)

# Over the accepted state: the buckets and operators that are not as there. Move as others join.
held_buckets = Table(
    "held_buckets",
    metadata,
    Column("hold_id", ForeignKey(holds.c.id), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("ids", Text, nullable=False),
    Column("records", LargeBinary, nullable=False),
)

held_operators = Table(
    "held_operators",
    metadata,
    Column("hold_id", ForeignKey(holds.c.id), primary_key=True),
    Column("operator_id", ByteOrderText, primary_key=True),
    Column("canonical", LargeBinary),  # none: removed
)

restrictions = Table(
    "restrictions",
    metadata,
    Column("id", Number, primary_key=True),
    Column("stream_id", ForeignKey(streams.c.id), nullable=False),
    Column("hold_id", ForeignKey(holds.c.id), nullable=False),
    Column("operator_id", ByteOrderText, nullable=False),
    Column("status", Text, nullable=False),
    Column("known_from", Moment, nullable=False),
    Column("known_until", Moment),  # set once, with ended_at_version
    Column("version", Number, nullable=False),  # as of accepted_lists
    Column("ended_at_version", Number),
    Index(None, "stream_id", "known_until"),
    Index(None, "version"),
    Index(None, "ended_at_version"),
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
    # One of both.
    Column("fingerprint", Text, unique=True),
    Column("subject", ByteOrderText, unique=True),
    Column("purposes", Text, nullable=False),
    Column("partner", Text),
    Column("scope", Text, nullable=False),
    Column("limits", Text),
    Column("added_at", Moment, nullable=False),
    Column("revoked_at", Moment),  # set once
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
    Column("actor_key", Text),
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

# One row, made by the migration: what the lookup and exchange processes poll.
registry_version = Table(
    "registry_version",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("version", Number, nullable=False),
    Column("shown", Number, nullable=False, server_default="1"),
    CheckConstraint("id = 1", name="one_row"),
)
