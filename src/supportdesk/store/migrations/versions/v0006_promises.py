"""Version 6: calendars and contracts have versions by date, a ticket stands under a contract or under none with a
reason, a promise that was not kept is noted, and so is when agents come and go. The queue goes by what is left of
promises: its columns are filled when the way is done (store/migrate). A ticket may be needed by an instant, the matrix
has versions, and there are major incidents with what agents may say, who was told and how long services did not run."""

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

MAJOR_INCIDENT = """
    CREATE TABLE major_incident (
        pk INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, rev INTEGER NOT NULL DEFAULT 0, extra TEXT, retired_at INTEGER,
        ticket_id BLOB, title TEXT, product_id BLOB, component_id BLOB, communicator_id BLOB, agent_id BLOB,
        began_at INTEGER, declared_at INTEGER, next_update_at INTEGER, ended_at INTEGER
    )
    """

STATEMENT = """
    CREATE TABLE statement (
        pk INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, rev INTEGER NOT NULL DEFAULT 0, extra TEXT, retired_at INTEGER,
        major_id BLOB, ticket_id BLOB, texts TEXT, agent_id BLOB, at INTEGER, valid_until INTEGER
    )
    """

TOLD = """
    CREATE TABLE told (
        pk INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, rev INTEGER NOT NULL DEFAULT 0, extra TEXT, retired_at INTEGER,
        major_id BLOB, ticket_id BLOB, statement_id BLOB, who TEXT, how TEXT, still_broken BOOLEAN, agent_id BLOB,
        at INTEGER
    )
    """

OUTAGE = """
    CREATE TABLE outage (
        pk INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, rev INTEGER NOT NULL DEFAULT 0, extra TEXT, retired_at INTEGER,
        ticket_id BLOB, product_id BLOB, component_id BLOB, kind TEXT, began_at INTEGER, ended_at INTEGER,
        agent_id BLOB, reason TEXT
    )
    """

PROMISE_CLASS = """
    CREATE TABLE promise_class (pk INTEGER PRIMARY KEY, calendar BLOB NOT NULL, target INTEGER NOT NULL)
    """

COLUMNS = (
    ("calendar", (("versions", sa.Text),)),
    ("matrix", (("versions", sa.Text),)),
    ("contract", (("slug", sa.Text), ("kind", sa.Text), ("standard_id", sa.LargeBinary), ("team_id", sa.LargeBinary),
                  ("versions", sa.Text))),
    ("ticket", (("contract_id", sa.LargeBinary), ("coverage", sa.Text), ("coverage_reason", sa.Text),
                ("needed_by", sa.Integer), ("needed_for", sa.Text), ("promise", sa.Text), ("class_id", sa.Integer),
                ("due_point", sa.Integer))),
)

INDEXES = (
    "CREATE INDEX contract_slug ON contract (slug)",
    "CREATE INDEX contract_organisation ON contract (organisation_id)",
    "CREATE INDEX breach_ticket ON breach (ticket_id)",
    "CREATE INDEX major_incident_open ON major_incident (declared_at) WHERE ended_at IS NULL AND retired_at IS NULL",
    "CREATE INDEX major_incident_ticket ON major_incident (ticket_id)",
    "CREATE INDEX statement_major ON statement (major_id, at)",
    "CREATE INDEX told_ticket ON told (ticket_id)",
    "CREATE INDEX told_major ON told (major_id, at)",
    "CREATE INDEX outage_ticket ON outage (ticket_id)",
    "CREATE INDEX outage_product ON outage (product_id, began_at)",
    "CREATE INDEX shift_agent ON shift (agent_id, at, id)",
    "CREATE UNIQUE INDEX promise_class_of ON promise_class (calendar, target)",
    """
    CREATE INDEX ticket_open ON ticket (lane, class_id, due_point, weight DESC, created_at, id, wake_at, priority)
    WHERE lane < 3
    """,
    """
    CREATE INDEX ticket_open_team ON ticket (team_id, lane, class_id, due_point, weight DESC, created_at, id, wake_at,
    assignee_id) WHERE lane < 3
    """,
    """
    CREATE INDEX ticket_open_assignee ON ticket (assignee_id, lane, class_id, due_point, weight DESC, created_at, id,
    wake_at, team_id) WHERE lane < 3
    """,
    """
    CREATE INDEX ticket_open_owner ON ticket (owner_id, lane, class_id, due_point, weight DESC, created_at, id, wake_at,
    team_id, assignee_id) WHERE lane < 3
    """,
    """
    CREATE INDEX ticket_open_wake ON ticket (wake_at, created_at, id, lane, team_id, assignee_id, owner_id)
    WHERE lane < 3 AND wake_at IS NOT NULL
    """,
    """
    CREATE INDEX ticket_open_due ON ticket (due_at, lane, coverage, team_id, assignee_id, owner_id, id)
    WHERE lane < 3
    """,
    "CREATE INDEX ticket_open_contract ON ticket (contract_id) WHERE lane < 3",
    """
    CREATE INDEX ticket_contract ON ticket (contract_id, organisation_id)
    WHERE contract_id IS NOT NULL AND status IS NOT 'cancelled' AND merged_into_id IS NULL
    """,
)

BY_DUE_TIME = ("ticket_open", "ticket_open_team", "ticket_open_assignee", "ticket_open_owner", "ticket_open_wake")
"""Indexes that are made anew, for the new order."""

NEVER = 2**63 - 1


def upgrade() -> None:
    for table, columns in COLUMNS:
        for name, form in columns:
            op.add_column(table, sa.Column(name, form()))
    for table, name in (("ticket", "weight"), ("device", "agreements")):
        op.add_column(table, sa.Column(name, sa.Integer(), nullable=False, server_default=sa.text("0")))
    op.execute(BREACH)
    op.execute(SHIFT)
    for table in (MAJOR_INCIDENT, STATEMENT, TOLD, OUTAGE):
        op.execute(table)
    op.execute(PROMISE_CLASS)
    op.execute("CREATE TABLE unsettled (pk INTEGER PRIMARY KEY)")
    op.execute(f"UPDATE ticket SET due_at = {NEVER} WHERE lane = 3")
    op.execute("INSERT INTO unsettled (pk) SELECT pk FROM ticket WHERE lane < 3")
    for index in BY_DUE_TIME:
        op.execute(f"DROP INDEX {index}")
    for index in INDEXES:
        op.execute(index)
