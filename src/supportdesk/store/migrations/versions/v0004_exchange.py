"""Version 4: what a desk keeps that exchanges with a server, with the conflicts that come of it."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

EXCHANGE = (
    """
    CREATE TABLE conflict (
        pk INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, rev INTEGER NOT NULL DEFAULT 0, extra TEXT, retired_at INTEGER,
        entity TEXT, row_id TEXT, ticket_id BLOB, field TEXT, kept TEXT, kept_by TEXT, kept_at INTEGER, offered TEXT,
        offered_by TEXT, offered_at INTEGER, entry_id TEXT, state TEXT, decided_by_id BLOB, decided_at INTEGER
    )
    """,
    """
    CREATE TABLE sync_state (
        pk INTEGER PRIMARY KEY, url TEXT NOT NULL, server TEXT NOT NULL, secret TEXT NOT NULL, epoch INTEGER NOT NULL,
        lease TEXT NOT NULL, chain TEXT, answered INTEGER NOT NULL, checked INTEGER NOT NULL,
        paused INTEGER NOT NULL, enrolled_at INTEGER NOT NULL, exchanged_at INTEGER, tried_at INTEGER, failure TEXT,
        holder BLOB, held_until INTEGER NOT NULL
    )
    """,
    """
    CREATE TABLE sync_cursor (
        scope TEXT NOT NULL PRIMARY KEY, seq INTEGER NOT NULL, whole INTEGER NOT NULL, sum TEXT NOT NULL,
        count INTEGER NOT NULL
    )
    """,
    """
    CREATE TABLE refused (entry BLOB NOT NULL PRIMARY KEY, reason TEXT NOT NULL, at INTEGER NOT NULL)
    """,
    """
    CREATE INDEX entry_seq ON entry (seq) WHERE seq IS NOT NULL
    """,
    """
    CREATE INDEX conflict_ticket ON conflict (ticket_id)
    """,
    """
    CREATE INDEX conflict_open ON conflict (offered_at) WHERE state IN ('open', 'auto')
    """,
)


def upgrade() -> None:
    op.add_column("image", sa.Column("digest", sa.LargeBinary()))
    for statement in EXCHANGE:
        op.execute(statement)
