"""What became of each job's last run, and when what partners are shown has moved."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; a job that ran under the release before counts as never run."""
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    with op.batch_alter_table("leases") as table:
        table.add_column(sa.Column("began_at", sa.BigInteger(), nullable=True))
        table.add_column(sa.Column("ended_at", sa.BigInteger(), nullable=True))
        table.add_column(sa.Column("mark", number, nullable=False, server_default="0"))
        table.add_column(sa.Column("failures", sa.Integer(), nullable=False, server_default="0"))
    with op.batch_alter_table("registry_version") as table:
        table.add_column(sa.Column("shown", number, nullable=False, server_default="1"))
