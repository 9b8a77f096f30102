"""Sort columns of a ticket, computed from its own fields and the desk's matrix (field/feasibility.md 3). What they are
not enough for, the promise that counts, is in :mod:`supportdesk.store.urgency`."""

import sqlite3
from collections.abc import Mapping
from typing import Any

from supportdesk.rules.numbers import digits
from supportdesk.rules.order import lane, wake_at
from supportdesk.store.agreed import read_again
from supportdesk.store.types import micros
from supportdesk.store.views.windows import alarm_of
from supportdesk.terms.codes import Priority, Status

FROM = frozenset({"status", "priority", "assignee_id", "callback_at", "wait_until", "number", "needed_by", "impact",
                  "urgency"})
"""The fields they are computed from, but for the last change."""


def ticket_columns(conn: sqlite3.Connection, values: Mapping[str, Any], at_us: int) -> dict[str, Any]:
    """lane, wake_at, number_tail, updated_at of a ticket whose fields are ``values``."""
    status = Status.read(values.get("status"))
    priority = Priority.read(values.get("priority")) or Priority.P4
    assigned = values.get("assignee_id") is not None
    needed, alarm = values.get("needed_by"), None
    if needed is not None and not assigned:
        alarm = alarm_of(conn, micros(needed), values.get("impact"), values.get("urgency"), priority,
                         _us(values.get("created_at")))
    return {
        "lane": int(lane(status, priority, assigned)),
        "wake_at": wake_at(status, _us(values.get("callback_at")), _us(values.get("wait_until")), alarm),
        "number_tail": digits(values.get("number") or "")[::-1],
        "updated_at": at_us,
    }


def _us(at: Any) -> int | None:
    return None if at is None else micros(at)


def matrix_was_written(conn: sqlite3.Connection) -> None:
    """The matrix is another now: it is read again, and when windows make a P1 is told anew, for the open tickets that
    have one."""
    read_again(conn)
    rows = conn.execute(
        "SELECT pk, status, callback_at, wait_until, assignee_id, needed_by, impact, urgency, priority, created_at "
        "FROM ticket INDEXED BY ticket_open WHERE lane < 3 AND needed_by IS NOT NULL").fetchall()
    conn.executemany("UPDATE ticket SET wake_at = ? WHERE pk = ?", [
        (wake_at(Status.read(status), callback, until,
                 None if assignee is not None else alarm_of(conn, *given)), pk)
        for pk, status, callback, until, assignee, *given in rows])
