"""Version 5: since when the server is not reached, which refusals somebody has dealt with, which of the rows a server
gave belong to which part, where a desk holds parts only, and who was erased."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

IMAGE_SCOPE = (
    """
    CREATE TABLE image_scope (
        scope TEXT NOT NULL, id BLOB NOT NULL, rev INTEGER NOT NULL, PRIMARY KEY (scope, id)
    )
    """,
    """
    CREATE INDEX image_scope_id ON image_scope (id)
    """,
    """
    CREATE INDEX image_scope_forgotten ON image_scope (scope) WHERE rev = 0
    """,
)


ERASURE = """
    CREATE TABLE erasure (
        id BLOB NOT NULL PRIMARY KEY, number INTEGER, doc TEXT NOT NULL, files TEXT NOT NULL, cleaned INTEGER NOT NULL
    )
    """


def upgrade() -> None:
    op.add_column("caller", sa.Column("erased_at", sa.Integer()))
    op.execute(ERASURE)
    op.add_column("sync_state", sa.Column("failing_since", sa.Integer()))
    op.execute("UPDATE sync_state SET failing_since = tried_at WHERE failure IS NOT NULL")
    op.add_column("refused", sa.Column("settled_at", sa.Integer()))
    for statement in IMAGE_SCOPE:
        op.execute(statement)
