"""The delivery log keeps the request id of the call that moved something (EXC-8)."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add it; what travelled before has none."""
    op.add_column("transmissions", sa.Column("request_id", sa.Text()))
