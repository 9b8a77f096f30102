"""Version 6: calendars and contracts have versions by date, a ticket stands under a contract or under none with a
reason, a promise that was not kept is noted, and so is when agents come and go."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

BREACH = """
    CREATE TABLE breach (
        pk INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, rev INTEGER NOT NULL DEFAULT 0, extra TEXT, retired_at INTEGER,
        ticket_id BLOB, kind TEXT, due_at INTEGER, contract_id BLOB, at INTEGER, reason TEXT, agent_id BLOB
    )
    """

SHIFT = """
    CREATE TABLE shift (
        pk INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, rev INTEGER NOT NULL DEFAULT 0, extra TEXT, retired_at INTEGER,
        agent_id BLOB, kind TEXT, at INTEGER, taken TEXT
    )
    """

COLUMNS = (
    ("calendar", (("versions", sa.Text),)),
    ("contract", (("slug", sa.Text), ("kind", sa.Text), ("standard_id", sa.LargeBinary), ("team_id", sa.LargeBinary),
                  ("versions", sa.Text))),
    ("ticket", (("contract_id", sa.LargeBinary), ("coverage", sa.Text), ("coverage_reason", sa.Text))),
)

INDEXES = (
    "CREATE INDEX contract_slug ON contract (slug)",
    "CREATE INDEX contract_organisation ON contract (organisation_id)",
    "CREATE INDEX breach_ticket ON breach (ticket_id)",
    "CREATE INDEX shift_agent ON shift (agent_id, at, id)",
)


def upgrade() -> None:
    for table, columns in COLUMNS:
        for name, form in columns:
            op.add_column(table, sa.Column(name, form()))
    op.execute(BREACH)
    op.execute(SHIFT)
    for index in INDEXES:
        op.execute(index)
