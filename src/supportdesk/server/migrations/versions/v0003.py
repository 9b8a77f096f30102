"""Version 3: the server does some things by itself, and knows which process does them and when they are due; persons
are erased, and stay so."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("device", sa.Column("duty", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("head", sa.Column("erasures", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("device", sa.Column("erased", sa.Integer(), nullable=False, server_default="0"))
    op.create_table(
        "erasure",
        sa.Column("number", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("doc", sa.Text(), nullable=False),
        sa.Column("cleaned", sa.Boolean(), nullable=False),
    )
    op.create_table(
        "erased",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("entity", sa.String(40), nullable=False),
    )
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
