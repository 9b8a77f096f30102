"""Version 3: how many records a batch brought stands in a column of its own and no more before the file's name; a
ticket keeps the device as given where the inventory lacks it."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("batch", sa.Column("records", sa.Integer(), nullable=False, server_default=sa.text("0")))
    op.add_column("ticket", sa.Column("asset_name", sa.Text()))
    op.execute(
        "UPDATE batch SET records = CAST(label AS INTEGER), label = substr(label, instr(label, ' ') + 1) "
        "WHERE label LIKE '_% _%' AND substr(label, 1, instr(label, ' ') - 1) NOT GLOB '*[^0-9]*'"
    )
