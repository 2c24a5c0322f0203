"""Migrations of the decision log: a database of its own on SQLite, tables beside on PostgreSQL."""
