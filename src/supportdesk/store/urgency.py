"""The columns the queue goes by: the promise that counts of each open ticket (rules/counting), kept so that no list
has to derive a clock (field/feasibility.md 3).

They are written when a ticket is made, when something was done to it, and when what is agreed has changed; every
function runs inside the caller's transaction. Instants are microseconds UTC.
"""

import sqlite3
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any
from uuid import UUID

from supportdesk.rules.counting import Counting, NotSimple, at_birth, counting
from supportdesk.rules.ledger import FIELDS, LIVE
from supportdesk.rules.order import NEVER
from supportdesk.rules.promises import promises
from supportdesk.store.agreed import agreed
from supportdesk.store.database import Connection
from supportdesk.store.instants import micros
from supportdesk.store.views.facts import AT_ONCE, LATEST, cases_as_told
from supportdesk.store.views.running import AROUND_THE_CLOCK
from supportdesk.terms.codes import Audience, Coverage, Direction, Outcome, Priority, Status

COLUMNS = ("promise", "class_id", "due_point", "weight", "due_at")
NOTHING: dict[str, Any] = {"promise": None, "class_id": None, "due_point": None, "weight": 0, "due_at": NEVER}
"""Of a ticket no clock runs for."""

SOME = 50
"""Tickets of a changed agreement that are derived again at once: some ten milliseconds in which nobody else saves."""

_CLOCKS_FROM = frozenset({*FIELDS, "merged_into_id", "created_at", "needed_by"})
"""The fields of a ticket its clocks are read from."""

_SET = f"UPDATE ticket SET {', '.join(f'{name} = ?' for name in COLUMNS)} WHERE pk = ?"
_MADE = f"UPDATE ticket SET {', '.join(f'{name} = ?' for name in COLUMNS)} WHERE id = ?"
_UNANSWERED = (Outcome.NOT_REACHED, Outcome.VOICEMAIL_LEFT)


def stirs(entity: str, fields: Iterable[str], *rows: Mapping[str, Any] | None) -> bool:
    """Whether a change of ``fields`` concerns what the clocks of tickets are read from (rules/ledger); ``rows`` are
    the row before and after it."""
    if entity == "ticket":
        return not _CLOCKS_FROM.isdisjoint(fields)
    return entity == "contact" or (
        entity == "note" and any(row is not None and row.get("audience") == Audience.CALLER for row in rows))


def at_making(conn: sqlite3.Connection, values: Mapping[str, Any], contacts: Sequence[Mapping[str, Any]]
              ) -> Mapping[str, Any] | None:
    """The columns of a ticket that is being made, for these ``contacts``, all rows in Python; None where its history
    has to be read (:func:`settle`)."""
    status = Status.read(values.get("status"))
    if not status.is_open:
        return NOTHING
    at = values.get("created_at")
    if status.is_waiting or at is None or len(contacts) > 1:
        return None
    start, answered = micros(at), None
    if start > LATEST:
        return None
    for call in contacts:
        live = (call.get("channel") in LIVE and call.get("outcome") not in _UNANSWERED
                and call.get("agent_id") is not None)
        began, picked_up = call.get("started_at"), call.get("answered_at")
        if call.get("direction") == Direction.OUT or not live or began is None or picked_up is None or picked_up > at:
            return None
        start = min(start, micros(began))
        answered = max(start, micros(picked_up))
    with suppress(NotSimple):
        found = at_birth(values.get("contract_id"), _coverage(values.get("coverage")),
                         Priority.read(values.get("priority")) or Priority.P4, start, answered, agreed(conn),
                         _us(values.get("needed_by")))
        return _columns(conn, found)
    return None


def settle_made(conn: sqlite3.Connection,
                made: Mapping[UUID, tuple[Mapping[str, Any], Sequence[Mapping[str, Any]]]]) -> set[UUID]:
    """Bring the columns of tickets up to date that were just made elsewhere, each with its contacts; those left out of
    what is returned have to be settled by their history."""
    found = {id: columns for id, (values, contacts) in made.items()
             if (columns := at_making(conn, values, contacts)) is not None}
    conn.executemany(_MADE, [(*(columns[name] for name in COLUMNS), id.bytes) for id, columns in found.items()])
    return set(found)


def settle(conn: sqlite3.Connection, tickets: Collection[UUID], now: int) -> None:
    """Bring the columns of these tickets up to date, those of open ones; whatever their number, with a fixed number of
    statements for each :data:`supportdesk.store.views.facts.AT_ONCE` of them."""
    ids = sorted(tickets)
    for start in range(0, len(ids), AT_ONCE):
        _settle(conn, ids[start : start + AT_ONCE], now)


def settle_some(conn: sqlite3.Connection, now: int) -> bool:
    """Bring some of the tickets up to date whose agreements have changed; whether there are more."""
    found = conn.execute("SELECT u.pk, t.id FROM unsettled u LEFT JOIN ticket t ON t.pk = u.pk ORDER BY u.pk LIMIT ?",
                         (SOME + 1,)).fetchall()
    some = found[:SOME]
    if some:
        settle(conn, [UUID(bytes=id) for _pk, id in some if id is not None], now)
        conn.execute("DELETE FROM unsettled WHERE pk <= ?", (some[-1][0],))
    return len(found) > SOME


def derived(conn: sqlite3.Connection, tickets: Sequence[UUID], now: int) -> dict[UUID, Counting | None]:
    """The promise that counts of each of these tickets, from the facts as they are told: of one made by a clock that
    is ahead it is the same before and after that instant."""
    book = agreed(conn)
    needed = {UUID(bytes=id): at for id, at in conn.execute(
        f"SELECT id, needed_by FROM ticket WHERE id IN ({', '.join('?' * len(tickets))}) AND needed_by IS NOT NULL",
        [id.bytes for id in tickets])}
    return {id: counting(case, promises(case, book, at), needed.get(id)) if case.ledger.is_open else None
            for id, (case, at) in cases_as_told(conn, tickets, now).items()}


def _settle(conn: sqlite3.Connection, ids: Sequence[UUID], now: int) -> None:
    marks = ", ".join("?" * len(ids))
    kept = {UUID(bytes=id): (pk, tuple(columns)) for id, pk, *columns in conn.execute(
        f"SELECT id, pk, {', '.join(COLUMNS)} FROM ticket WHERE id IN ({marks}) AND lane < 3",
        [id.bytes for id in ids])}
    if not kept:
        return
    changed = []
    for id, found in derived(conn, list(kept), now).items():
        pk, before = kept[id]
        columns = _columns(conn, found)
        after = tuple(columns[name] for name in COLUMNS)
        if after != before:
            changed.append((*after, pk))
    conn.executemany(_SET, changed)


def _columns(conn: sqlite3.Connection, of: Counting | None) -> Mapping[str, Any]:
    if of is None:
        return NOTHING
    key = AROUND_THE_CLOCK if of.calendar is None else of.calendar.bytes, of.target
    known = conn.classes if isinstance(conn, Connection) else {}
    if key not in known:
        known[key] = _class(conn, key)
    return {"promise": str(of.kind), "class_id": known[key], "due_point": of.due_point, "weight": of.weight,
            "due_at": of.due}


def _class(conn: sqlite3.Connection, key: tuple[bytes, int]) -> int:
    found = conn.execute("SELECT pk FROM promise_class WHERE calendar = ? AND target = ?", key).fetchone()
    if found is None:
        found = conn.execute("INSERT INTO promise_class (calendar, target) VALUES (?, ?) RETURNING pk", key).fetchone()
    return int(found[0])


def _coverage(value: object) -> Coverage | None:
    return _COVERAGES.get(value) if isinstance(value, str) else None


_COVERAGES: Mapping[str, Coverage] = {coverage.value: coverage for coverage in Coverage}


def _us(at: Any) -> int | None:
    return None if at is None else micros(at)
