"""What many decisions of a second share goes into rows of its own: a decision takes half."""

import sqlalchemy as sa
from alembic import op

revision = "d0002"
down_revision = "d0001"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_BY_BYTE = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_SHARED = (
    "known_at",
    "verdict",
    "reason",
    "agreement",
    "sequence",
    "list_digest",
    "rule_version",
    "snapshot",
)


def upgrade() -> None:
    """Make the rows, let decisions name them, and take away what stands there now."""
    on_postgresql = op.get_bind().dialect.name == "postgresql"
    op.create_table(
        "decision_bases",
        sa.Column("name", _BY_BYTE, nullable=False),
        sa.Column("known_at", sa.BigInteger(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("agreement", sa.Text(), nullable=True),
        sa.Column("sequence", _NUMBER, nullable=True),
        sa.Column("list_digest", sa.Text(), nullable=True),
        sa.Column("rule_version", sa.Integer(), nullable=False),
        sa.Column("snapshot", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_decision_bases")),
    )
    op.add_column("decisions", sa.Column("basis", sa.Text(), nullable=True))
    second = "lpad(to_hex(known_at), 8, '0')" if on_postgresql else "printf('%08x', known_at)"
    shared = ", ".join(_SHARED)
    op.execute(
        f"INSERT INTO decision_bases (name, {shared}) "  # noqa: S608 - columns alone
        f"SELECT {second} || '-' || MIN(id), {shared} FROM decisions GROUP BY {shared}"
    )
    op.create_index("ix_migration", "decision_bases", ["known_at"])
    same = " AND ".join(
        f"(b.{one} = decisions.{one} OR (b.{one} IS NULL AND decisions.{one} IS NULL))"
        for one in _SHARED[1:]
    )
    op.execute(
        "UPDATE decisions SET basis = (SELECT b.name FROM decision_bases AS b "  # noqa: S608 - as above
        f"WHERE b.known_at = decisions.known_at AND {same})"
    )
    op.drop_index("ix_migration", "decision_bases")
    op.drop_index(op.f("ix_decisions_known_at"), "decisions")
    with op.batch_alter_table("decisions") as table:
        table.alter_column("basis", nullable=False)
        for name in _SHARED:
            table.drop_column(name)
        if on_postgresql:
            table.alter_column("reference", type_=_BY_BYTE)
