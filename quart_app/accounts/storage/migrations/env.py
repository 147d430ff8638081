"""What Alembic runs in each migration: on the connection, and in the transaction, of its caller."""

from __future__ import annotations

from alembic import context

from quart_app.accounts.storage.tables import VERSION_TABLE

context.configure(
    connection=context.config.attributes["connection"],
    version_table=VERSION_TABLE,
    # In SQLite too: an interrupted migration leaves nothing behind.
    transactional_ddl=True,
)
context.run_migrations()
