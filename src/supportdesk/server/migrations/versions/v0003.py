"""Version 3: the server does some things by itself, and knows which process does them and when they are due."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("device", sa.Column("duty", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_table(
        "duty_lease",
        sa.Column("name", sa.String(40), primary_key=True),
        sa.Column("holder", sa.String(36), nullable=False),
        sa.Column("fence", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.String(32), nullable=False),
    )
    op.create_table(
        "duty",
        sa.Column("name", sa.String(40), primary_key=True),
        sa.Column("due_at", sa.String(32)),
        sa.Column("ran_at", sa.String(32)),
        sa.Column("late_ms", sa.BigInteger()),
        sa.Column("next_at", sa.String(32)),
        sa.Column("failed", sa.String(40)),
    )
    op.create_index(
        "doc_offered", "doc", ["id"],
        sqlite_where=sa.text("""instr(doc, '"state":"offered"') > 0 AND entity = 'handoff'"""),
        postgresql_where=sa.text("""strpos(doc, '"state":"offered"') > 0 AND entity = 'handoff'"""),
    )
