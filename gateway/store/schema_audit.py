"""The table of signed heads of the audit trail (SIG-8). Rows only come."""

from sqlalchemy import Column, LargeBinary, Table

from gateway.store.column_types import Number
from gateway.store.schema import metadata

signed_heads = Table(
    "signed_heads",
    metadata,
    Column("id", Number, primary_key=True),
    Column("statement", LargeBinary, nullable=False),
    Column("signature", LargeBinary, nullable=False),
    Column("certificate", LargeBinary, nullable=False),
)
