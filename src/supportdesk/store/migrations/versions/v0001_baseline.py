"""Version 1: the tables, indexes and search of the first desk."""

from alembic import op

from supportdesk.store.migrate import baseline_statements

revision = "0001"
down_revision = None


def upgrade() -> None:
    for statement in baseline_statements():
        op.get_bind().exec_driver_sql(statement)
