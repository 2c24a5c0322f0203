"""The first schema: the tables below those of lists, answers and holds."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# Written out, not imported: a migration must not change when the code does.
_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_BYTE_ORDER_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Create them."""
    op.create_table(
        "held_buckets",
        sa.Column("hold_id", _NUMBER, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("ids", sa.Text(), nullable=False),
        sa.Column("records", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["hold_id"], ["holds.id"], name=op.f("fk_held_buckets_hold_id")),
        sa.PrimaryKeyConstraint("hold_id", "number", name=op.f("pk_held_buckets")),
    )
    op.create_table(
        "held_lists",
        sa.Column("hold_id", _NUMBER, nullable=False),
        sa.Column("sequence", _NUMBER, nullable=False),
        sa.Column("list_digest", sa.Text(), nullable=False),
        sa.Column("document_digest", sa.Text(), nullable=False),
        sa.Column("header", sa.Text(), nullable=False),
        sa.Column("signer", sa.Text(), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("reasons", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["hold_id"], ["holds.id"], name=op.f("fk_held_lists_hold_id")),
        sa.PrimaryKeyConstraint("hold_id", "sequence", "list_digest", name=op.f("pk_held_lists")),
    )
    op.create_table(
        "held_operators",
        sa.Column("hold_id", _NUMBER, nullable=False),
        sa.Column("operator_id", _BYTE_ORDER_TEXT, nullable=False),
        sa.Column("canonical", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["hold_id"], ["holds.id"], name=op.f("fk_held_operators_hold_id")),
        sa.PrimaryKeyConstraint("hold_id", "operator_id", name=op.f("pk_held_operators")),
    )
    op.create_table(
        "publication_chunks",
        sa.Column("stream_id", _NUMBER, nullable=False),
        sa.Column("sequence", _NUMBER, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["stream_id", "sequence"],
            ["publications.stream_id", "publications.sequence"],
            name=op.f("fk_publication_chunks_stream_id_sequence"),
        ),
        sa.PrimaryKeyConstraint(
            "stream_id", "sequence", "number", name=op.f("pk_publication_chunks")
        ),
    )
    op.create_table(
        "restrictions",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("stream_id", _NUMBER, nullable=False),
        sa.Column("hold_id", _NUMBER, nullable=False),
        sa.Column("operator_id", _BYTE_ORDER_TEXT, nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("known_from", sa.BigInteger(), nullable=False),
        sa.Column("known_until", sa.BigInteger(), nullable=True),
        sa.Column("version", _NUMBER, nullable=False),
        sa.Column("ended_at_version", _NUMBER, nullable=True),
        sa.ForeignKeyConstraint(["hold_id"], ["holds.id"], name=op.f("fk_restrictions_hold_id")),
        sa.ForeignKeyConstraint(
            ["stream_id"], ["streams.id"], name=op.f("fk_restrictions_stream_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_restrictions")),
    )
    op.create_index(
        op.f("ix_restrictions_ended_at_version"), "restrictions", ["ended_at_version"], unique=False
    )
    op.create_index(
        op.f("ix_restrictions_stream_id_known_until"),
        "restrictions",
        ["stream_id", "known_until"],
        unique=False,
    )
    op.create_index(op.f("ix_restrictions_version"), "restrictions", ["version"], unique=False)
    op.create_table(
        "seen_lists",
        sa.Column("stream_id", _NUMBER, nullable=False),
        sa.Column("sequence", _NUMBER, nullable=False),
        sa.Column("list_digest", sa.Text(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("transient", sa.Boolean(), nullable=False),
        sa.Column("acknowledgement_id", _NUMBER, nullable=False),
        sa.ForeignKeyConstraint(
            ["acknowledgement_id"],
            ["acknowledgements.id"],
            name=op.f("fk_seen_lists_acknowledgement_id"),
        ),
        sa.ForeignKeyConstraint(
            ["stream_id"], ["streams.id"], name=op.f("fk_seen_lists_stream_id")
        ),
        sa.PrimaryKeyConstraint("stream_id", "sequence", "list_digest", name=op.f("pk_seen_lists")),
    )
    op.create_table(
        "transmissions",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("stream_id", _NUMBER, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("movement", sa.Text(), nullable=False),
        sa.Column("sequence", _NUMBER, nullable=True),
        sa.Column("acknowledgement_id", _NUMBER, nullable=True),
        sa.Column("received_acknowledgement_id", _NUMBER, nullable=True),
        sa.Column("digest", sa.Text(), nullable=True),
        sa.Column("size", _NUMBER, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("redelivers", _NUMBER, nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("tried_at", sa.BigInteger(), nullable=True),
        sa.Column("next_attempt_at", sa.BigInteger(), nullable=True),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("why", sa.Text(), nullable=True),
        sa.Column("request_id", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(next_attempt_at IS NOT NULL) = (state = 'waiting')",
            name=op.f("ck_transmissions_waiting_has_time"),
        ),
        sa.ForeignKeyConstraint(
            ["acknowledgement_id"],
            ["acknowledgements.id"],
            name=op.f("fk_transmissions_acknowledgement_id"),
        ),
        sa.ForeignKeyConstraint(
            ["received_acknowledgement_id"],
            ["received_acknowledgements.id"],
            name=op.f("fk_transmissions_received_acknowledgement_id"),
        ),
        sa.ForeignKeyConstraint(
            ["stream_id"], ["streams.id"], name=op.f("fk_transmissions_stream_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transmissions")),
    )
    op.create_index(
        op.f("ix_transmissions_state_at"), "transmissions", ["state", "at"], unique=False
    )
    op.create_index(
        op.f("ix_transmissions_stream_id_state_next_attempt_at"),
        "transmissions",
        ["stream_id", "state", "next_attempt_at"],
        unique=False,
    )
    op.create_table(
        "seen_documents",
        sa.Column("stream_id", _NUMBER, nullable=False),
        sa.Column("document_digest", sa.Text(), nullable=False),
        sa.Column("sequence", _NUMBER, nullable=False),
        sa.Column("list_digest", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["stream_id", "sequence", "list_digest"],
            ["seen_lists.stream_id", "seen_lists.sequence", "seen_lists.list_digest"],
            name=op.f("fk_seen_documents_stream_id_sequence_list_digest"),
        ),
        sa.PrimaryKeyConstraint("stream_id", "document_digest", name=op.f("pk_seen_documents")),
    )
