"""The first schema: registry with history, publications, outbox, profiles, audit, evidence."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# Written out, not imported: a migration must not change when the code does.
_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_BYTE_ORDER_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Create all tables, and the one row of each of the two that have one."""
    op.create_table(
        "actors",
        sa.Column("name", _BYTE_ORDER_TEXT, nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("public_key", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("added_at", sa.BigInteger(), nullable=False),
        sa.Column("revoked_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_actors")),
        sa.UniqueConstraint("fingerprint", name=op.f("uq_actors_fingerprint")),
    )
    op.create_table(
        "audit_events",
        sa.Column("number", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("previous", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("actor_key", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_audit_events")),
    )
    op.create_table(
        "audit_head",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", _NUMBER, nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_audit_head_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_head")),
    )
    op.create_table(
        "callers",
        sa.Column("name", _BYTE_ORDER_TEXT, nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("purposes", sa.Text(), nullable=False),
        sa.Column("partner", sa.Text(), nullable=True),
        sa.Column("added_at", sa.BigInteger(), nullable=False),
        sa.Column("revoked_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_callers")),
        sa.UniqueConstraint("fingerprint", name=op.f("uq_callers_fingerprint")),
    )
    op.create_table(
        "evidence",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("partner", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("packaging", sa.Text(), nullable=False),
        sa.Column("document", sa.LargeBinary(), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("chain", sa.Text(), nullable=False),
        sa.Column("revocation_lists", sa.Text(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evidence")),
        sa.UniqueConstraint("partner", "digest", name=op.f("uq_evidence_partner_digest")),
    )
    op.create_index(op.f("ix_evidence_digest"), "evidence", ["digest"], unique=False)
    op.create_table(
        "home_operators",
        sa.Column("operator_id", _BYTE_ORDER_TEXT, nullable=False),
        sa.Column("canonical", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("consents", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("operator_id", name=op.f("pk_home_operators")),
    )
    op.create_table(
        "leases",
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("token", _NUMBER, nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("subject", name=op.f("pk_leases")),
    )
    op.create_table(
        "profile_versions",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("agreement", _BYTE_ORDER_TEXT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("partner", sa.Text(), nullable=False),
        sa.Column("profile", sa.Text(), nullable=False),
        sa.Column("applied_at", sa.BigInteger(), nullable=False),
        sa.Column("applied_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_profile_versions")),
        sa.UniqueConstraint(
            "agreement", "version", name=op.f("uq_profile_versions_agreement_version")
        ),
    )
    op.create_index(
        op.f("ix_profile_versions_partner"), "profile_versions", ["partner"], unique=False
    )
    op.create_table(
        "registry_version",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("version", _NUMBER, nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_registry_version_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registry_version")),
    )
    op.create_table(
        "streams",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("agreement", sa.Text(), nullable=False),
        sa.Column("test", sa.Boolean(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("revision", _NUMBER, nullable=False),
        sa.Column("floor", _NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_streams")),
        sa.UniqueConstraint(
            "issuer",
            "recipient",
            "agreement",
            "test",
            "epoch",
            name=op.f("uq_streams_issuer_recipient_agreement_test_epoch"),
        ),
    )
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
        sa.Column("rulebook", sa.Text(), nullable=False),
        sa.Column("known_from", sa.BigInteger(), nullable=False),
        sa.Column("known_until", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["stream_id"], ["streams.id"], name=op.f("fk_accepted_lists_stream_id")
        ),
        sa.PrimaryKeyConstraint("stream_id", "number", name=op.f("pk_accepted_lists")),
    )
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
        sa.ForeignKeyConstraint(["hold_id"], ["holds.id"], name=op.f("fk_restrictions_hold_id")),
        sa.ForeignKeyConstraint(
            ["stream_id"], ["streams.id"], name=op.f("fk_restrictions_stream_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_restrictions")),
    )
    op.create_index(
        op.f("ix_restrictions_stream_id_known_until"),
        "restrictions",
        ["stream_id", "known_until"],
        unique=False,
    )
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
    audit_head = sa.table("audit_head", sa.column("id"), sa.column("number"), sa.column("digest"))
    op.bulk_insert(audit_head, [{"id": 1, "number": 0, "digest": "0" * 64}])
    registry_version = sa.table("registry_version", sa.column("id"), sa.column("version"))
    op.bulk_insert(registry_version, [{"id": 1, "version": 0}])
