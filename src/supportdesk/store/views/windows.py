"""The time windows callers gave, with the matrix that says what they raise (rules/window). Read only where a ticket has
one: a desk without windows reads no matrix to show its queue. Instants are microseconds UTC."""

import json
import sqlite3
from functools import lru_cache
from typing import Any
from uuid import UUID

from supportdesk.rules.matrices import DEFAULT, Matrices, matrices
from supportdesk.rules.window import Rise, Window, alarm_at, steps
from supportdesk.store.starters import starter_id
from supportdesk.terms.codes import Priority

MATRIX = starter_id("matrix", "default")
"""The desk's own matrix."""


def matrix_of(conn: sqlite3.Connection) -> Matrices:
    """The desk's matrix with its versions; the default one where it has none."""
    found = conn.execute("SELECT cells, versions FROM matrix WHERE id = ?", (MATRIX.bytes,)).fetchone()
    return DEFAULT if found is None else _read(*found)


def window_of(conn: sqlite3.Connection, needed: int, words: str | None, impact: int | None, urgency: int | None,
              priority: str | None, created: int | None) -> Window:
    """A ticket's window and what follows from it."""
    return window_by(matrix_of(conn), needed, words, impact, urgency, priority, created)


def window_by(matrix: Matrices, needed: int, words: str | None, impact: int | None, urgency: int | None,
              priority: str | None, created: int | None) -> Window:
    """The same by a matrix that was read already."""
    return Window(needed, words or "", _steps(matrix, needed, impact, urgency, priority, created))


def alarm_of(conn: sqlite3.Connection, needed: int | None, impact: int | None, urgency: int | None,
             priority: str | None, created: int | None) -> int | None:
    """From when on a ticket is P1 by its window, if it was not before."""
    if needed is None or priority == Priority.P1:
        return None
    return alarm_at(_steps(matrix_of(conn), needed, impact, urgency, priority, created))


def alarmed(conn: sqlite3.Connection, now: int) -> list[int]:
    """The tickets (keys) that nobody works on and whose window has made them P1: found by the instant that wakes
    them."""
    rows = conn.execute(
        "SELECT pk, needed_by, impact, urgency, priority, created_at FROM ticket INDEXED BY ticket_open_wake "
        "WHERE wake_at <= ? AND wake_at IS NOT NULL AND lane < 3 AND lane = 1 AND assignee_id IS NULL "
        "AND needed_by IS NOT NULL", (now,)).fetchall()
    return [pk for pk, *given in rows if (at := alarm_of(conn, *given)) is not None and at <= now]


def ranked_at(conn: sqlite3.Connection, id: UUID) -> int | None:
    """When impact, urgency or priority of a ticket were set last; None where no entry tells."""
    found: int | None = conn.execute(
        "SELECT max(at) FROM entry WHERE subject = ? AND entity = 'ticket' AND state != 'rejected' "
        "AND coalesce(json_extract(fields, '$.impact'), json_extract(fields, '$.urgency'), "
        "json_extract(fields, '$.priority')) IS NOT NULL", (id.bytes,)).fetchone()[0]
    return found


@lru_cache(maxsize=8)
def _read(cells: str | None, versions: str | None) -> Matrices:
    return matrices(_json(cells), _json(versions))


def _json(text: str | None) -> Any:
    try:
        return json.loads(text) if text else None
    except ValueError:
        return None


def _steps(matrix: Matrices, needed: int, impact: int | None, urgency: int | None, priority: str | None,
           created: int | None) -> tuple[Rise, ...]:
    return steps(needed, impact, urgency, Priority.read(priority) or Priority.P4, created or 0, matrix)
