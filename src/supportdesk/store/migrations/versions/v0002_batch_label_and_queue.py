"""Version 2: a batch says what it brought in, so that undo and doctor can name it; the queue's first index holds the
priority, so that P1 without owner are counted without a look at the tickets."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("batch", sa.Column("label", sa.Text()))
    op.execute("DROP INDEX ticket_open")
    op.execute("CREATE INDEX ticket_open ON ticket (lane, due_at, created_at, pk, wake_at, priority) WHERE lane < 3")
