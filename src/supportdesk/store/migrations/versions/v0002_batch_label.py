"""Version 2: a batch says what it brought in, so that undo and doctor can name it."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("batch", sa.Column("label", sa.Text()))
