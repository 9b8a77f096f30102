"""Version 5: which of the rows a server gave belong to which part, where a desk holds parts only."""

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
)


def upgrade() -> None:
    for statement in IMAGE_SCOPE:
        op.execute(statement)
