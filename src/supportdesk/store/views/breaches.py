"""Promises of a ticket that were not kept and that nobody has said why of."""

import sqlite3
from typing import NamedTuple
from uuid import UUID


class BreachLine(NamedTuple):
    """A promise that was not kept; ``due_us`` is when it was due, microseconds UTC."""

    id: UUID
    kind: str
    due_us: int


def unexplained(conn: sqlite3.Connection, ticket: UUID) -> tuple[BreachLine, ...]:
    """Those of a ticket without a reason, the newest first."""
    return tuple(
        BreachLine(UUID(bytes=id), kind or "", due or 0)
        for id, kind, due in conn.execute(
            "SELECT id, kind, due_at FROM breach WHERE ticket_id = ? AND retired_at IS NULL "
            "AND (reason IS NULL OR reason = '') ORDER BY due_at DESC, pk DESC", (ticket.bytes,)
        )
    )
