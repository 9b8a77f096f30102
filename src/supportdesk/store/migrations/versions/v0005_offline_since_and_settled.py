"""Version 5: since when the server is not reached, and which refusals somebody has dealt with."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.add_column("sync_state", sa.Column("failing_since", sa.Integer()))
    op.execute("UPDATE sync_state SET failing_since = tried_at WHERE failure IS NOT NULL")
    op.add_column("refused", sa.Column("settled_at", sa.Integer()))
