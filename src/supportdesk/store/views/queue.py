"""The queue: which tickets a view holds, in which order, and the lines that show them.

A view is read in *segments*, the groups of :func:`supportdesk.rules.order.rank` in their order; each is a seek in a
partial index that is already sorted, so the first page costs the same with a million tickets as with a thousand.
The first page and the snapshot of all ids come from the same segments, with and without a limit: they cannot
disagree. Closed tickets follow behind the snapshot (:mod:`supportdesk.store.views.closed`).

What the views hold, always of open tickets: *mine* assigned to me; *team* worked on by one of my teams; *unassigned*
of my teams or of no team yet, and nobody's; *callbacks* with a callback promised that I own or that stands on the
list of one of my teams (:mod:`supportdesk.store.views.shifts`), by the promised instant; *waiting* paused, of my teams
or assigned to me; *handed over* mine to answer for, but worked on by somebody else or by a team that is not mine;
*all* every one.
"""

import sqlite3
from array import array
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from typing import Any, NamedTuple
from uuid import UUID

from supportdesk.rules.order import NEVER, OrderReason, reason
from supportdesk.rules.shifts import Presence, Standing
from supportdesk.store.views.people import AgentLine
from supportdesk.store.views.shifts import callbacks, marks, standing_of
from supportdesk.terms.codes import Lane

FIRST_PAGE = 48
"""Lines of the first page: more than any terminal of the day shows at once."""

OFFERS_AT_MOST = 200
"""Offers to my teams that are counted, as many as their list shows."""

OPEN = "lane < 3"
"""The term of the partial indexes. SQLite uses them only where it stands verbatim in the query."""

Params = tuple[object, ...]


class View(StrEnum):
    """The views every agent has; their codes stand in saved views and on the command line."""

    MINE = "mine"
    TEAM = "team"
    UNASSIGNED = "unassigned"
    CALLBACKS = "callbacks"
    WAITING = "waiting"
    HANDED_OVER = "handed_over"
    ALL = "all"


class QueueLine(NamedTuple):
    """One ticket as lists show it. Instants are microseconds UTC, ``due_us`` and ``wake_us`` None for never.

    A tuple, because every reading command waits for the class to be made, and a dataclass takes three times as long.
    """

    pk: int
    id: UUID
    number: str
    type: str
    status: str
    priority: str
    impact: int | None
    urgency: int | None
    level: int | None
    title: str
    organisation: str
    key_account: bool
    caller: str
    caller_id: UUID | None
    team: str | None
    team_name: str
    assignee: str | None
    assignee_id: UUID | None
    owner: str | None
    lane: Lane
    wake_us: int | None
    due_us: int | None
    callback_us: int | None
    created_us: int
    updated_us: int
    closed_us: int | None
    chasers: int

    def reason(self, now_us: int) -> OrderReason:
        """Why it stands where it stands at ``now_us``."""
        return reason(self.lane, self.wake_us, self.due_us, self.created_us, now_us,
                      callback_us=self.callback_us, closed_us=self.closed_us)


class Counts(NamedTuple):
    """How many lines each view holds, and the callbacks I owe. ``next_callback_us`` is the earliest, ``next_caller``
    whom it was promised to. ``offered`` waits for an answer of my teams, ``offered_p1`` of it is P1. ``how`` my shift
    stands."""

    views: dict[View, int]
    callbacks_overdue: int
    next_callback_us: int | None
    next_caller: str
    alarms: int
    offered: int
    offered_p1: int
    how: Standing = Standing(Presence.UNUSED)


class Snapshot(NamedTuple):
    """All ids of a view in the desk's order at ``now_us``; line n of the list is ``pks[n]``."""

    view: View
    pks: "array[int]"
    now_us: int


class _Branch(NamedTuple):
    """One way into a view: rows of one partial index under one equality. Branches of a view never overlap."""

    by: str
    where: str
    params: Params


class _Segment(NamedTuple):
    """One group of the desk's order. ``wakes``: found by the instant they call for somebody, not by the due time."""

    where: str
    order: str
    wakes: bool = False


_SEGMENTS = (
    _Segment("lane = 0", "due_at, created_at, pk"),
    _Segment("lane IN (1, 2) AND wake_at <= :now", "wake_at, created_at, pk", wakes=True),
    _Segment("lane = 1 AND (wake_at IS NULL OR wake_at > :now)", "due_at, created_at, pk"),
    _Segment("lane = 2 AND wake_at > :now", "wake_at, due_at, created_at, pk", wakes=True),
    _Segment("lane = 2 AND wake_at IS NULL", "due_at, created_at, pk"),
)


@contextmanager
def one_moment(conn: sqlite3.Connection) -> Iterator[None]:
    """Reads inside see one state of the database, whatever is saved meanwhile."""
    if conn.in_transaction:
        yield
        return
    conn.execute("BEGIN")
    try:
        yield
    finally:
        conn.execute("COMMIT")


def first_page(
    conn: sqlite3.Connection, view: View, me: AgentLine, now_us: int, limit: int = FIRST_PAGE
) -> tuple[QueueLine, ...]:
    """The first ``limit`` open tickets of a view, in the desk's order."""
    with one_moment(conn):
        return page(conn, _ids(conn, view, me, now_us, limit))


def snapshot(conn: sqlite3.Connection, view: View, me: AgentLine, now_us: int) -> Snapshot:
    """Every open ticket of a view, in the desk's order."""
    with one_moment(conn):
        return Snapshot(view, _ids(conn, view, me, now_us, -1), now_us)


def _ids(conn: sqlite3.Connection, view: View, me: AgentLine, now_us: int, limit: int) -> "array[int]":
    if view is View.CALLBACKS:
        where, params = callbacks(conn, me, now_us)
        return _packed(conn, f"SELECT pk FROM ticket INDEXED BY ticket_open_callback WHERE {where} "
                             "ORDER BY callback_at, pk LIMIT ?", (*params, limit))
    found = array("q")
    for segment in _SEGMENTS:
        if view is View.WAITING and "2" not in segment.where:
            continue
        left = limit if limit < 0 else limit - len(found)
        if left == 0:
            break
        found += _segment(conn, segment, view, me, now_us, left)
    return found


def _segment(
    conn: sqlite3.Connection, segment: _Segment, view: View, me: AgentLine, now_us: int, limit: int
) -> "array[int]":
    where = segment.where.replace(":now", str(int(now_us)))
    if view is View.WAITING:
        where += " AND lane = 2"
    if segment.wakes:
        whole, params = _whole(view, me)
        return _packed(conn, f"SELECT pk FROM ticket INDEXED BY ticket_open_wake WHERE {where} AND {OPEN} "
                             f"AND wake_at IS NOT NULL AND {whole} ORDER BY {segment.order} LIMIT ?", (*params, limit))
    parts, values = [], []
    for branch in _branches(view, me):
        parts.append(
            f"SELECT * FROM (SELECT {segment.order} FROM ticket INDEXED BY {branch.by} "
            f"WHERE {branch.where} AND {where} AND {OPEN} ORDER BY {segment.order} LIMIT ?)"
        )
        values += [*branch.params, limit]
    if not parts:
        return array("q")
    sql = f"{' UNION ALL '.join(parts)} ORDER BY {segment.order} LIMIT ?"
    return _packed(conn, f"SELECT pk FROM ({sql})", (*values, limit))


def _packed(conn: sqlite3.Connection, ids: str, params: Params) -> "array[int]":
    """The ids a query gives, in its order. They come in one step: a row at a time, every one of them would wait
    for its turn with the interpreter while the screen is painted."""
    text = conn.execute(f"SELECT group_concat(pk) FROM ({ids})", params).fetchone()[0]
    return array("q", map(int, text.split(","))) if text else array("q")


def _teams(me: AgentLine) -> tuple[bytes, ...]:
    return tuple(team.bytes for team in me.teams)


def _branches(view: View, me: AgentLine) -> Iterator[_Branch]:
    """The seeks that together give a view, without the lane."""
    own, teams = me.id.bytes, _teams(me)
    match view:
        case View.ALL:
            yield _Branch("ticket_open", "true", ())
        case View.MINE:
            yield _Branch("ticket_open_assignee", "assignee_id = ?", (own,))
        case View.TEAM:
            for team in teams:
                yield _Branch("ticket_open_team", "team_id = ?", (team,))
        case View.UNASSIGNED:
            for team in teams:
                yield _Branch("ticket_open_team", "team_id = ? AND assignee_id IS NULL", (team,))
            yield _Branch("ticket_open_team", "team_id IS NULL AND assignee_id IS NULL", ())
        case View.WAITING:
            for team in teams:
                yield _Branch("ticket_open_team", "team_id = ?", (team,))
            elsewhere = f"(team_id IS NULL OR team_id NOT IN {marks(teams)})"
            yield _Branch("ticket_open_assignee", f"assignee_id = ? AND {elsewhere}", (own, *teams))
        case View.HANDED_OVER:
            yield _Branch("ticket_open_owner", *_whole(view, me))


def _whole(view: View, me: AgentLine) -> tuple[str, Params]:
    """A view as one condition, without the lane, for the index of waking instants."""
    own, teams = me.id.bytes, _teams(me)
    match view:
        case View.MINE:
            return "assignee_id = ?", (own,)
        case View.TEAM:
            return f"team_id IN {marks(teams)}", teams
        case View.UNASSIGNED:
            return f"assignee_id IS NULL AND (team_id IS NULL OR team_id IN {marks(teams)})", teams
        case View.WAITING:
            return f"(assignee_id = ? OR team_id IN {marks(teams)})", (own, *teams)
        case View.HANDED_OVER:
            return f"owner_id = ? AND (assignee_id != ? OR team_id NOT IN {marks(teams)})", (own, own, *teams)
        case _:
            return "true", ()


def counts(conn: sqlite3.Connection, me: AgentLine, now_us: int) -> Counts:
    """Lines of every view, each counted in its own index, and what I promised."""
    numbers, values = [], []
    for view in View:
        if view is View.CALLBACKS:
            continue
        lane = "lane = 2 AND lane < 3" if view is View.WAITING else OPEN
        branches = list(_branches(view, me)) or [_Branch("ticket_open", "false", ())]
        numbers.append(" + ".join(
            f"(SELECT count(*) FROM ticket INDEXED BY {b.by} WHERE {b.where} AND {lane})" for b in branches
        ))
        values += [value for b in branches for value in b.params]
    owed, params = callbacks(conn, me, now_us)
    due = f"FROM ticket INDEXED BY ticket_open_callback WHERE {owed}"
    offers = ("(SELECT ticket_id FROM handoff INDEXED BY handoff_inbox WHERE state = 'offered' "
              f"AND to_team_id IN {marks(_teams(me))} AND retired_at IS NULL LIMIT {OFFERS_AT_MOST})")
    numbers += [
        "(SELECT count(*) FROM ticket INDEXED BY ticket_open WHERE lane = 0 AND lane < 3)",
        f"(SELECT count(*) {due})",
        f"(SELECT count(*) {due} AND callback_at <= ?)",
        f"(SELECT count(*) FROM {offers})",
        f"(SELECT count(*) FROM {offers} h CROSS JOIN ticket t ON t.id = h.ticket_id WHERE t.priority = 'P1')",
        f"(SELECT pk {due} ORDER BY callback_at, pk LIMIT 1)",
    ]
    values += [*params, *params, now_us, *_teams(me), *_teams(me), *params]
    with one_moment(conn):
        how = standing_of(conn, me.id, now_us)
        *found, alarms, promises, overdue, offered, urgent, next_pk = conn.execute(
            f"SELECT {', '.join(numbers)}", values
        ).fetchone()
        promised: tuple[int | None, str] = (None, "")
        if next_pk is not None:
            promised = conn.execute(
                "SELECT t.callback_at, coalesce(t.callback_to, t.caller_name, c.name, '') FROM ticket t "
                "LEFT JOIN caller c ON c.id = t.caller_id WHERE t.pk = ?", (next_pk,)
            ).fetchone()
    views = dict(zip((view for view in View if view is not View.CALLBACKS), found, strict=True))
    views[View.CALLBACKS] = promises
    return Counts({view: views[view] for view in View}, overdue, promised[0], promised[1], alarms,
                  offered, urgent, how)


_LINES = """
SELECT t.pk, t.id, t.number, t.type, t.status, t.priority, t.impact, t.urgency, t.level, t.title,
       coalesce(o.name, t.organisation_name, ''), coalesce(o.key_account, 0),
       coalesce(t.caller_name, c.name, ''), t.caller_id, w.slug, coalesce(w.name, ''), a.login, t.assignee_id, p.login,
       t.lane, t.wake_at, t.due_at, t.callback_at, t.created_at, t.updated_at, t.closed_at, t.chasers
FROM json_each(?) j CROSS JOIN ticket t ON t.pk = j.value
     LEFT JOIN organisation o ON o.id = t.organisation_id LEFT JOIN caller c ON c.id = t.caller_id
     LEFT JOIN team w ON w.id = t.team_id LEFT JOIN agent a ON a.id = t.assignee_id
     LEFT JOIN agent p ON p.id = t.owner_id
"""


def page(conn: sqlite3.Connection, pks: Sequence[int]) -> tuple[QueueLine, ...]:
    """The lines of these tickets, in the order of ``pks``."""
    found = {row[0]: _line(row) for row in conn.execute(_LINES, (f"[{','.join(map(str, pks))}]",)).fetchall()}
    return tuple(found[pk] for pk in pks if pk in found)


def _line(row: tuple[Any, ...]) -> QueueLine:
    (pk, id, number, type, status, priority, impact, urgency, level, title, organisation, key_account, caller,
     caller_id, team, team_name, assignee, assignee_id, owner, lane, wake, due, callback, created, updated, closed,
     chasers) = row
    return QueueLine(
        pk, UUID(bytes=id), number or "", type or "", status or "", priority or "", impact, urgency, level,
        title or "", organisation, bool(key_account), caller, _uuid(caller_id), team, team_name, assignee,
        _uuid(assignee_id), owner, Lane(lane or 0), wake, None if due == NEVER else due, callback, created or 0,
        updated or 0, closed, chasers or 0,
    )


def _uuid(raw: bytes | None) -> UUID | None:
    return None if raw is None else UUID(bytes=raw)
