"""The first schema: the tables that refer to those that stand alone, most of them to streams."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# Written out, not imported: a migration must not change when the code does.
_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_BYTE_ORDER_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Create them."""
    op.create_table(
        "accepted_lists",
        sa.Column("stream_id", _NUMBER, nullable=False),
        sa.Column("number", _NUMBER, nullable=False),
        sa.Column("sequence", _NUMBER, nullable=False),
        sa.Column("header", sa.Text(), nullable=False),
        sa.Column("list_digest", sa.Text(), nullable=False),
        sa.Column("document_digest", sa.Text(), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("signer", sa.Text(), nullable=False),
        sa.Column("grounds", sa.Text(), nullable=False),
        sa.Column("rulebook", sa.Text(), nullable=False),
        sa.Column("known_from", sa.BigInteger(), nullable=False),
        sa.Column("known_until", sa.BigInteger(), nullable=True),
        sa.Column("version", _NUMBER, nullable=False),
        sa.ForeignKeyConstraint(
            ["stream_id"], ["streams.id"], name=op.f("fk_accepted_lists_stream_id")
        ),
        sa.PrimaryKeyConstraint("stream_id", "number", name=op.f("pk_accepted_lists")),
    )
    op.create_index(op.f("ix_accepted_lists_version"), "accepted_lists", ["version"], unique=False)
    op.create_table(
        "acknowledgements",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("stream_id", _NUMBER, nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("document", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["stream_id"], ["streams.id"], name=op.f("fk_acknowledgements_stream_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_acknowledgements")),
    )
    op.create_index(
        op.f("ix_acknowledgements_stream_id_id"),
        "acknowledgements",
        ["stream_id", "id"],
        unique=False,
    )
    op.create_table(
        "approvals",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("actor", _BYTE_ORDER_TEXT, nullable=False),
        sa.Column("hold", _NUMBER, nullable=True),
        sa.Column("statement", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["actor"], ["actors.name"], name=op.f("fk_approvals_actor")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approvals")),
        sa.UniqueConstraint("digest", name=op.f("uq_approvals_digest")),
    )
    op.create_index(op.f("ix_approvals_hold"), "approvals", ["hold"], unique=False)
    op.create_table(
        "contacts",
        sa.Column("stream_id", _NUMBER, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("why", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["stream_id"], ["streams.id"], name=op.f("fk_contacts_stream_id")),
        sa.PrimaryKeyConstraint("stream_id", name=op.f("pk_contacts")),
    )
    op.create_table(
        "evidence_chunks",
        sa.Column("evidence_id", _NUMBER, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["evidence_id"], ["evidence.id"], name=op.f("fk_evidence_chunks_evidence_id")
        ),
        sa.PrimaryKeyConstraint("evidence_id", "number", name=op.f("pk_evidence_chunks")),
    )
    op.create_table(
        "holds",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("stream_id", _NUMBER, nullable=False),
        sa.Column("held_at", sa.BigInteger(), nullable=False),
        sa.Column("over", _NUMBER, nullable=False),
        sa.Column("tree", sa.LargeBinary(), nullable=True),
        sa.Column("marks", sa.Text(), nullable=False),
        sa.Column("rulebook", sa.Text(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("ending", sa.Text(), nullable=True),
        sa.Column("released_as", _NUMBER, nullable=True),
        sa.Column("rolled_back_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["stream_id"], ["streams.id"], name=op.f("fk_holds_stream_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_holds")),
    )
    op.create_index(
        op.f("ix_holds_stream_id_ended_at"), "holds", ["stream_id", "ended_at"], unique=False
    )
    op.create_table(
        "issued_buckets",
        sa.Column("stream_id", _NUMBER, nullable=False),
        sa.Column("bucket", sa.Integer(), nullable=False),
        sa.Column("members", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["stream_id"], ["streams.id"], name=op.f("fk_issued_buckets_stream_id")
        ),
        sa.PrimaryKeyConstraint("stream_id", "bucket", name=op.f("pk_issued_buckets")),
    )
    op.create_table(
        "issued_states",
        sa.Column("stream_id", _NUMBER, nullable=False),
        sa.Column("sequence", _NUMBER, nullable=False),
        sa.Column("change", _NUMBER, nullable=False),
        sa.Column("rules", sa.Text(), nullable=False),
        sa.Column("signer", sa.Text(), nullable=False),
        sa.Column("full_sequence", _NUMBER, nullable=False),
        sa.Column("full_issued_at", sa.BigInteger(), nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=True),
        sa.Column("settled", _NUMBER, nullable=False),
        sa.Column("buckets", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["stream_id"], ["streams.id"], name=op.f("fk_issued_states_stream_id")
        ),
        sa.PrimaryKeyConstraint("stream_id", name=op.f("pk_issued_states")),
    )
    op.create_table(
        "operator_versions",
        sa.Column("stream_id", _NUMBER, nullable=False),
        sa.Column("operator_id", _BYTE_ORDER_TEXT, nullable=False),
        sa.Column("number", _NUMBER, nullable=False),
        sa.Column("canonical", sa.LargeBinary(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("unusable", sa.Text(), nullable=True),
        sa.Column("known_from", sa.BigInteger(), nullable=False),
        sa.Column("replaced_by", _NUMBER, nullable=True),
        sa.Column("known_until", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "(replaced_by IS NULL) = (known_until IS NULL)",
            name=op.f("ck_operator_versions_ended_as_a_whole"),
        ),
        sa.ForeignKeyConstraint(
            ["stream_id"], ["streams.id"], name=op.f("fk_operator_versions_stream_id")
        ),
        sa.PrimaryKeyConstraint(
            "stream_id", "operator_id", "number", name=op.f("pk_operator_versions")
        ),
    )
    op.create_index(
        "ix_operator_versions_current",
        "operator_versions",
        ["stream_id", "operator_id"],
        unique=True,
        sqlite_where=sa.text("replaced_by IS NULL"),
        postgresql_where=sa.text("replaced_by IS NULL"),
    )
    op.create_index(
        "ix_operator_versions_ended",
        "operator_versions",
        ["stream_id", "replaced_by"],
        unique=False,
        sqlite_where=sa.text("replaced_by IS NOT NULL"),
        postgresql_where=sa.text("replaced_by IS NOT NULL"),
    )
    op.create_index(
        "ix_operator_versions_marked",
        "operator_versions",
        ["stream_id"],
        unique=False,
        sqlite_where=sa.text("replaced_by IS NULL AND unusable IS NOT NULL"),
        postgresql_where=sa.text("replaced_by IS NULL AND unusable IS NOT NULL"),
    )
    op.create_index(
        op.f("ix_operator_versions_stream_id_number"),
        "operator_versions",
        ["stream_id", "number"],
        unique=False,
    )
    op.create_table(
        "publications",
        sa.Column("stream_id", _NUMBER, nullable=False),
        sa.Column("sequence", _NUMBER, nullable=False),
        sa.Column("header", sa.Text(), nullable=False),
        sa.Column("list_digest", sa.Text(), nullable=False),
        sa.Column("packaging", sa.Text(), nullable=False),
        sa.Column("document", sa.LargeBinary(), nullable=False),
        sa.Column("head", sa.LargeBinary(), nullable=False),
        sa.Column("erased_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["stream_id"], ["streams.id"], name=op.f("fk_publications_stream_id")
        ),
        sa.PrimaryKeyConstraint("stream_id", "sequence", name=op.f("pk_publications")),
    )
    op.create_table(
        "received_acknowledgements",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("stream_id", _NUMBER, nullable=False),
        sa.Column("sequence", _NUMBER, nullable=False),
        sa.Column("list_digest", sa.Text(), nullable=False),
        sa.Column("revision", _NUMBER, nullable=False),
        sa.Column("acknowledged_at", sa.BigInteger(), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("document", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["stream_id"], ["streams.id"], name=op.f("fk_received_acknowledgements_stream_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_received_acknowledgements")),
        sa.UniqueConstraint(
            "stream_id",
            "sequence",
            "list_digest",
            "revision",
            name=op.f("uq_received_acknowledgements_stream_id_sequence_list_digest_revision"),
        ),
    )
    op.create_index(
        op.f("ix_received_acknowledgements_stream_id_acknowledged_at"),
        "received_acknowledgements",
        ["stream_id", "acknowledged_at"],
        unique=False,
    )
    op.create_table(
        "received_heads",
        sa.Column("stream_id", _NUMBER, nullable=False),
        sa.Column("list_digest", sa.Text(), nullable=False),
        sa.Column("document", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["stream_id"], ["streams.id"], name=op.f("fk_received_heads_stream_id")
        ),
        sa.PrimaryKeyConstraint("stream_id", "list_digest", name=op.f("pk_received_heads")),
    )
    op.create_table(
        "restores",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("stream_id", _NUMBER, nullable=False),
        sa.Column("restored_at", sa.BigInteger(), nullable=False),
        sa.Column("heard_at", sa.BigInteger(), nullable=True),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["stream_id"], ["streams.id"], name=op.f("fk_restores_stream_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_restores")),
    )
    op.create_index(
        op.f("ix_restores_stream_id_ended_at"), "restores", ["stream_id", "ended_at"], unique=False
    )
    op.create_table(
        "state_buckets",
        sa.Column("stream_id", _NUMBER, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("ids", sa.Text(), nullable=False),
        sa.Column("records", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["stream_id"], ["streams.id"], name=op.f("fk_state_buckets_stream_id")
        ),
        sa.PrimaryKeyConstraint("stream_id", "number", name=op.f("pk_state_buckets")),
    )
    op.create_table(
        "state_trees",
        sa.Column("stream_id", _NUMBER, nullable=False),
        sa.Column("tree", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["stream_id"], ["streams.id"], name=op.f("fk_state_trees_stream_id")
        ),
        sa.PrimaryKeyConstraint("stream_id", name=op.f("pk_state_trees")),
    )
