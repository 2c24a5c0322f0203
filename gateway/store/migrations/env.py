"""What Alembic runs: on the connection that `migrations` hands over, in its transaction."""

from alembic import context

context.configure(
    connection=context.config.attributes["connection"],
    version_table=context.config.attributes["version_table"],
    # SQLite changes a table by writing it anew.
    render_as_batch=True,
)
context.run_migrations()
