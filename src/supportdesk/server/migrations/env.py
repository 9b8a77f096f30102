"""Alembic's entry: runs inside the transaction that server/upgrading.py has begun, and leaves committing to it."""

from alembic import context

context.configure(connection=context.config.attributes["connection"])
context.run_migrations()
