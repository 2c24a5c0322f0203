"""Tables of the decision log: in a file of its own on SQLite, beside the registry on PostgreSQL.

Of their own metadata and migrations, because a border system writes more rows here in an hour than
the registry gets in a year: the file is backed up, moved and erased by rules of its own. Rows only
come, until their time is over.
"""

from sqlalchemy import Column, Index, Integer, LargeBinary, MetaData, Table, Text

from gateway.store.column_types import ByteOrderText, Moment, Number
from gateway.store.schema import metadata as registry

metadata = MetaData(naming_convention=registry.naming_convention)

decisions = Table(
    "decisions",
    metadata,
    Column("id", Number, primary_key=True),
    # Not unique: the same question in the same second is the same decision. It begins with that
    # second, by which decisions are found and erased.
    Column("reference", ByteOrderText, nullable=False),
    Column("caller", Text, nullable=False),
    Column("question", Text, nullable=False),
    Column("operator_id", Text),
    Column("digest", Text, nullable=False),
    Column("basis", Text, nullable=False),
    Index(None, "reference"),
)

# No foreign keys: what a batch names is written with it.
decision_bases = Table(
    "decision_bases",
    metadata,
    Column("name", ByteOrderText, primary_key=True),
    Column("known_at", Moment, nullable=False),
    Column("verdict", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("agreement", Text),
    Column("sequence", Number),
    Column("list_digest", Text),
    Column("rule_version", Integer, nullable=False),
    Column("snapshot", Text),
)

knowledge_snapshots = Table(
    "knowledge_snapshots",
    metadata,
    Column("name", Text, primary_key=True),
    Column("content", LargeBinary, nullable=False),
)
