"""Whom the desk cannot be without: somebody who can set it up, and whom each open ticket names."""

import sqlite3
from collections.abc import Iterable
from uuid import UUID

from supportdesk.i18n import _, ngettext
from supportdesk.rules.text import safe
from supportdesk.terms.errors import Invalid

EXAMPLES = 5


def has_admin(conn: sqlite3.Connection) -> bool:
    """Whether a role in use of an agent in use holds the verb ``administer``."""
    return conn.execute(
        "SELECT 1 FROM agent a, json_each(coalesce(a.roles, '[]')) r JOIN role o ON o.slug = r.value, "
        "json_each(coalesce(o.verbs, '[]')) v WHERE v.value = 'administer' AND a.retired_at IS NULL "
        "AND o.retired_at IS NULL LIMIT 1"
    ).fetchone() is not None


def keep_in_order(conn: sqlite3.Connection, agents: Iterable[UUID] = ()) -> None:
    """Within the transaction that changed roles or ``agents``: raise Invalid when nobody could set the desk up any
    more, or when one of them is retired while open tickets name him."""
    if not has_admin(conn):
        raise Invalid(
            _("Nobody could set up this desk any more; nothing was changed. Give somebody else the role admin first: "
              "supportdesk agent edit LOGIN --role agent --role admin"),
            field="roles", code="last_admin",
        )
    for id in agents:
        _refuse_leaving_work(conn, id)


def _refuse_leaving_work(conn: sqlite3.Connection, agent: UUID) -> None:
    login = conn.execute("SELECT login FROM agent WHERE id = ? AND retired_at IS NOT NULL", (agent.bytes,)).fetchone()
    if login is None:
        return
    open_work = "FROM ticket WHERE lane < 3 AND (owner_id = :agent OR assignee_id = :agent)"
    of = {"agent": agent.bytes, "examples": EXAMPLES}
    count = conn.execute(f"SELECT count(*) {open_work}", of).fetchone()[0]
    if count:
        first = conn.execute(f"SELECT number {open_work} ORDER BY created_at, pk LIMIT :examples", of).fetchall()
        raise Invalid(
            ngettext(
                "{login} owns or works on {count} open ticket ({numbers}); nothing was changed. Give it to somebody "
                "else first: supportdesk ticket assign NUMBER --owner LOGIN (--to LOGIN for the work on it)",
                "{login} owns or works on {count} open tickets ({numbers}); nothing was changed. Give them to somebody "
                "else first: supportdesk ticket assign NUMBER --owner LOGIN (--to LOGIN for the work on it)",
                count,
            ).format(login=safe(login[0] or ""), count=count, numbers=", ".join(safe(n or "") for (n,) in first)),
            field="retired_at", code="has_open_tickets",
        )
