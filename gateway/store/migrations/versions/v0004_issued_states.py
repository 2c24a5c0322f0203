"""What was issued to whom, what moved in the home programme, and lists whose bodies are erased."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0001"
branch_labels = None
depends_on = None

# Written out, not imported: a migration must not change when the code does.
_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_BYTE_ORDER_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Add the tables. What was issued before is not known: the next list of each stream is FULL."""
    op.add_column("publications", sa.Column("erased_at", sa.BigInteger(), nullable=True))
    op.add_column(
        "home_operators", sa.Column("change", _NUMBER, nullable=False, server_default="0")
    )
    op.create_index(op.f("ix_home_operators_change"), "home_operators", ["change"])
    op.create_index(
        op.f("ix_received_acknowledgements_stream_id_acknowledged_at"),
        "received_acknowledgements",
        ["stream_id", "acknowledged_at"],
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
        _of_stream("issued_states"),
        sa.PrimaryKeyConstraint("stream_id", name=op.f("pk_issued_states")),
    )
    op.create_table(
        "issued_buckets",
        sa.Column("stream_id", _NUMBER, nullable=False),
        sa.Column("bucket", sa.Integer(), nullable=False),
        sa.Column("members", sa.LargeBinary(), nullable=False),
        _of_stream("issued_buckets"),
        sa.PrimaryKeyConstraint("stream_id", "bucket", name=op.f("pk_issued_buckets")),
    )
    op.create_table(
        "restores",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("stream_id", _NUMBER, nullable=False),
        sa.Column("restored_at", sa.BigInteger(), nullable=False),
        sa.Column("heard_at", sa.BigInteger(), nullable=True),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        _of_stream("restores"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_restores")),
    )
    op.create_index(op.f("ix_restores_stream_id_ended_at"), "restores", ["stream_id", "ended_at"])
    _create_home_tables()


def _create_home_tables() -> None:
    op.create_table(
        "home_programme",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("change", _NUMBER, nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_home_programme_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_home_programme")),
    )
    home_programme = sa.table("home_programme", sa.column("id"), sa.column("change"))
    op.bulk_insert(home_programme, [{"id": 1, "change": 0}])
    op.create_table(
        "home_removals",
        sa.Column("operator_id", _BYTE_ORDER_TEXT, nullable=False),
        sa.Column("change", _NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("operator_id", name=op.f("pk_home_removals")),
    )
    op.create_index(op.f("ix_home_removals_change"), "home_removals", ["change"])
    op.create_table(
        "home_requests",
        sa.Column("request_id", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("result", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("request_id", name=op.f("pk_home_requests")),
    )


def _of_stream(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["stream_id"], ["streams.id"], name=op.f(f"fk_{table}_stream_id")
    )
