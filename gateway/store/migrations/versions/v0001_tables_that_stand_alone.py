"""The first schema: the tables that refer to no other."""

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
    """Create them, and the one row of each of the three that have one."""
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
        "caller_usage",
        sa.Column("caller", _BYTE_ORDER_TEXT, nullable=False),
        sa.Column("day", sa.Text(), nullable=False),
        sa.Column("questions", _NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("caller", name=op.f("pk_caller_usage")),
    )
    op.create_table(
        "callers",
        sa.Column("name", _BYTE_ORDER_TEXT, nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=True),
        sa.Column("subject", _BYTE_ORDER_TEXT, nullable=True),
        sa.Column("purposes", sa.Text(), nullable=False),
        sa.Column("partner", sa.Text(), nullable=True),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("limits", sa.Text(), nullable=True),
        sa.Column("added_at", sa.BigInteger(), nullable=False),
        sa.Column("revoked_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_callers")),
        sa.UniqueConstraint("fingerprint", name=op.f("uq_callers_fingerprint")),
        sa.UniqueConstraint("subject", name=op.f("uq_callers_subject")),
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
        "home_blocks",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("operator_id", _BYTE_ORDER_TEXT, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("effective_at", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=True),
        sa.Column("put_in_at", sa.BigInteger(), nullable=False),
        sa.Column("put_in_by", sa.Text(), nullable=False),
        sa.Column("lifted_at", sa.BigInteger(), nullable=True),
        sa.Column("lifted_by", sa.Text(), nullable=True),
        sa.Column("lifting_reason", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_home_blocks")),
    )
    op.create_index(
        op.f("ix_home_blocks_operator_id"), "home_blocks", ["operator_id"], unique=False
    )
    op.create_table(
        "home_operators",
        sa.Column("operator_id", _BYTE_ORDER_TEXT, nullable=False),
        sa.Column("canonical", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("consents", sa.Text(), nullable=False),
        sa.Column("change", _NUMBER, server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("operator_id", name=op.f("pk_home_operators")),
    )
    op.create_index(op.f("ix_home_operators_change"), "home_operators", ["change"], unique=False)
    op.create_table(
        "home_programme",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("change", _NUMBER, nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_home_programme_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_home_programme")),
    )
    op.create_table(
        "home_removals",
        sa.Column("operator_id", _BYTE_ORDER_TEXT, nullable=False),
        sa.Column("change", _NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("operator_id", name=op.f("pk_home_removals")),
    )
    op.create_index(op.f("ix_home_removals_change"), "home_removals", ["change"], unique=False)
    op.create_table(
        "home_requests",
        sa.Column("request_id", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("result", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("request_id", name=op.f("pk_home_requests")),
    )
    op.create_table(
        "leases",
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("token", _NUMBER, nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("began_at", sa.BigInteger(), nullable=True),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("mark", _NUMBER, server_default="0", nullable=False),
        sa.Column("failures", sa.Integer(), server_default="0", nullable=False),
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
        sa.Column("shown", _NUMBER, server_default="1", nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_registry_version_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registry_version")),
    )
    op.create_table(
        "signed_heads",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("statement", sa.LargeBinary(), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.Column("certificate", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signed_heads")),
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
    audit_head = sa.table("audit_head", sa.column("id"), sa.column("number"), sa.column("digest"))
    op.bulk_insert(audit_head, [{"id": 1, "number": 0, "digest": "0" * 64}])
    registry_version = sa.table("registry_version", sa.column("id"), sa.column("version"))
    op.bulk_insert(registry_version, [{"id": 1, "version": 0}])
    home_programme = sa.table("home_programme", sa.column("id"), sa.column("change"))
    op.bulk_insert(home_programme, [{"id": 1, "change": 0}])
