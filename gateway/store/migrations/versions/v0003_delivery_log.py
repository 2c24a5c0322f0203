"""The delivery log: the outbox of acknowledgements becomes part of it; when partners were asked."""

import json
from datetime import datetime
from hashlib import sha256

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0001"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create the log, move the outbox into it, and drop the outbox."""
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
            ["stream_id"], ["streams.id"], name=op.f("fk_transmissions_stream_id")
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
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transmissions")),
    )
    op.create_index(
        op.f("ix_transmissions_stream_id_state_next_attempt_at"),
        "transmissions",
        ["stream_id", "state", "next_attempt_at"],
    )
    op.create_index(op.f("ix_transmissions_state_at"), "transmissions", ["state", "at"])
    op.create_table(
        "contacts",
        sa.Column("stream_id", _NUMBER, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("why", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["stream_id"], ["streams.id"], name=op.f("fk_contacts_stream_id")),
        sa.PrimaryKeyConstraint("stream_id", name=op.f("pk_contacts")),
    )
    _move_outbox(op.get_bind())
    op.drop_table("deliveries")


def _move_outbox(connection: sa.Connection) -> None:
    """Acknowledgements that were sent or wait; the digest of their bytes is computed here."""
    rows = connection.execute(
        sa.text(
            "SELECT d.stream_id, d.acknowledgement_id, d.attempts, d.next_attempt_at,"
            " d.delivered_at, d.last_failure, a.body, a.document FROM deliveries d"
            " JOIN acknowledgements a ON a.id = d.acknowledgement_id ORDER BY d.id"
        )
    ).all()
    columns = (
        "stream_id", "kind", "movement", "sequence", "acknowledgement_id", "digest", "size", "at",
        "state", "attempts", "tried_at", "next_attempt_at", "code", "why",
    )  # fmt: skip
    table = sa.table("transmissions", *map(sa.column, columns))
    for row in rows:
        document = bytes(row.document)
        is_waiting = row.delivered_at is None
        failed_at, _, why = (row.last_failure if is_waiting and row.last_failure else "").partition(
            " "
        )
        failed = int(datetime.fromisoformat(failed_at).timestamp()) if failed_at else None
        connection.execute(
            sa.insert(table).values(
                stream_id=row.stream_id,
                kind="acknowledgement",
                movement="sent",
                sequence=json.loads(row.body)["sequence"],
                acknowledgement_id=row.acknowledgement_id,
                digest=sha256(document).hexdigest(),
                size=len(document),
                at=row.next_attempt_at,
                state="waiting" if is_waiting else "delivered",
                attempts=row.attempts,
                tried_at=failed if is_waiting else row.delivered_at,
                next_attempt_at=row.next_attempt_at if is_waiting else None,
                code="TRANSPORT_FAILED" if failed_at else None,
                why=why or None,
            )
        )
