"""Runs the revisions on the connection that `migrations.upgrade` hands over."""

from alembic import context
from sqlalchemy import Connection

from migrations import include
from storage import tables

connection: Connection | None = context.config.attributes.get("connection")
if connection is None:
    raise RuntimeError("migrations run through `siaga migrate`, which hands them a connection")
context.configure(
    connection=connection,
    target_metadata=tables.metadata,
    include_object=include,
    transaction_per_migration=True,
)
with context.begin_transaction():
    context.run_migrations()
