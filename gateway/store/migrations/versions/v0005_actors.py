"""Actors with keys of their own, what they signed, and in the audit trail whose key proved it."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0001"
branch_labels = None
depends_on = None

# Written out, not imported: a migration must not change when the code does.
_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_BYTE_ORDER_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Create both tables, and a column that older events leave empty."""
    op.add_column("audit_events", sa.Column("actor_key", sa.Text(), nullable=True))
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
    op.create_index(op.f("ix_approvals_hold"), "approvals", ["hold"])
