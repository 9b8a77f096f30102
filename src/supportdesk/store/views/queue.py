"""The queue: which tickets a view holds, in which order, and the lines that show them.

A view is read in *segments*, the groups of :func:`supportdesk.rules.order.rank` in their order, and within them by
class of promise: each class is a seek in a partial index that is already sorted, so the first page costs the same with
a million tickets as with a thousand. The snapshot of all ids is made of the same segments without a limit and sorted
by the same terms: they cannot disagree. What the caller's time window has made a P1 that nobody works on is found by
the instant that wakes it, and stands among those that were P1 before. Closed tickets follow behind it
(:mod:`supportdesk.store.views.closed`).

What the views hold, always of open tickets: *mine* assigned to me; *team* worked on by one of my teams; *unassigned*
of my teams or of no team yet, and nobody's; *callbacks* with a callback promised that I own or that stands on the
list of one of my teams (:mod:`supportdesk.store.views.shifts`), by the promised instant; *waiting* paused, of my teams
or assigned to me; *handed over* mine to answer for, but worked on by somebody else or by a team that is not mine;
*all* every one.
"""

from __future__ import annotations

import sqlite3
from array import array
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID

from supportdesk.rules.order import NEVER, OrderReason, reason
from supportdesk.rules.shifts import Presence, Standing
from supportdesk.rules.urgency import NextPromise, PromiseClass, whole_minute
from supportdesk.store.views.people import AgentLine
from supportdesk.store.views.ranked import COLUMNS, Windows
from supportdesk.store.views.running import Classes, classes, derived_anew, next_promise, window
from supportdesk.store.views.shifts import callbacks, marks, standing_of
from supportdesk.terms.codes import Lane

if TYPE_CHECKING:  # a desk where nobody gave a time window reads none
    from supportdesk.rules.window import Rise, Window

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
    weight: int
    contract: str | None
    promised: NextPromise | None
    window: Window | None

    def reason(self, now_us: int) -> OrderReason:
        """Why it stands where it stands at ``now_us``."""
        return reason(self.lane, self.wake_us, self.due_us, self.created_us, now_us, callback_us=self.callback_us,
                      closed_us=self.closed_us, promised=self.promised, contract=self.contract,
                      needed_us=self.window and self.window.at,
                      alarm_us=self.window and self.window.alarm(self.priority, self.assignee_id is not None))

    def rank(self, now_us: int) -> Rise | None:
        """How urgent its caller's time window has made it; None where it is as urgent as it was set."""
        return self.window and self.window.raised(self.lane is not Lane.CLOSED, now_us)

    def priority_at(self, now_us: int) -> str:
        """Its priority, raised by its window."""
        rank = self.rank(now_us)
        return self.priority if rank is None else rank.priority


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
    pks: array[int]
    now_us: int


class _Branch(NamedTuple):
    """One way into a view: rows of one partial index under one equality. Branches of a view never overlap."""

    by: str
    where: str
    params: Params


class _Segment(NamedTuple):
    """One group of the desk's order. ``wakes``: by the instant they call for somebody, not by what is left."""

    lane: int
    where: str
    wakes: bool = False


_SEGMENTS = (
    _Segment(0, "lane = 0"),
    _Segment(1, "lane IN (1, 2) AND wake_at <= :now", wakes=True),
    _Segment(1, "lane = 1 AND (wake_at IS NULL OR wake_at > :now)"),
    _Segment(2, "lane = 2 AND wake_at > :now", wakes=True),
    _Segment(2, "lane = 2 AND wake_at IS NULL"),
)

_BY_WAKE = "wake_at, created_at, id"
_BY_SHARE = "share, weight DESC, created_at, id"
_IN_CLASS = "due_point, weight DESC, created_at, id"
"""The same within one class of promises: what an index is sorted by."""

_LAST = "9e999"
"""The share of what no clock runs for: behind every other."""

_PARTS_AT_MOST = 400
"""Seeks joined in one statement; SQLite takes 500."""


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


def _ids(conn: sqlite3.Connection, view: View, me: AgentLine, now_us: int, limit: int) -> array[int]:
    if view is View.CALLBACKS:
        where, params = callbacks(conn, me, now_us)
        return _packed(conn, f"SELECT pk FROM ticket INDEXED BY ticket_open_callback WHERE {where} "
                             "ORDER BY callback_at, pk LIMIT ?", (*params, limit))
    found, now_us = array("q"), whole_minute(now_us)
    running = _running(conn)
    alarms = _Alarms(conn, view, me, running, now_us)
    for segment in _SEGMENTS:
        if view is View.WAITING and "2" not in segment.where:
            continue
        left = limit if limit < 0 else limit - len(found)
        if left == 0:
            break
        where = segment.where.replace(":now", str(now_us)) + (" AND lane = 2" if view is View.WAITING else "")
        if segment.wakes:
            whole, params = _whole(view, me)
            but, listed = alarms.none
            found += _packed(conn, f"SELECT pk FROM ticket INDEXED BY ticket_open_wake WHERE {where} AND {OPEN} "
                                   f"AND wake_at IS NOT NULL AND {whole}{but} ORDER BY {_BY_WAKE} LIMIT ?",
                             (*params, *listed, left))
            continue
        more = alarms.parts if segment.lane == Lane.ALARM else ()
        if limit < 0:
            found += _every(conn, where, tuple(_branches(view, me)), running[segment.lane], now_us, more)
        else:
            found += _head(conn, where, tuple(_branches(view, me)), running[segment.lane], now_us, left, more)
    return found


class _Alarms:
    """What a time window has made a P1 that nobody works on: ``parts`` of a statement that reads it as the branches of
    the alarm lane are read, and the term by which it is ``none`` of what calls for somebody otherwise."""

    def __init__(self, conn: sqlite3.Connection, view: View, me: AgentLine, running: Sequence[Sequence[PromiseClass]],
                 now_us: int) -> None:
        pks = alarmed(conn, now_us)
        listed = f"[{','.join(map(str, pks))}]"
        self.none: tuple[str, Params] = (" AND pk NOT IN (SELECT value FROM json_each(?))", (listed,)) if pks else (
            "", ())
        self.parts: tuple[tuple[str, Params], ...] = ()
        if pks:
            whole, params = _whole(view, me)
            shares = "".join(f" WHEN {each.pk} THEN {_share(each, now_us)}" for each in running[Lane.RUNNING])
            share = f"CASE class_id{shares} ELSE {_LAST} END" if shares else _LAST
            alarms = (f"SELECT {share} AS share, weight, created_at, id, pk FROM ticket "
                           f"WHERE pk IN (SELECT value FROM json_each(?)) AND {whole}")
            self.parts = ((alarms, (listed, *params)),)


def alarmed(conn: sqlite3.Connection, now_us: int) -> Sequence[int]:
    """The tickets that nobody works on and whose window has made them P1."""
    if conn.execute("SELECT 1 FROM ticket INDEXED BY ticket_open_wake WHERE wake_at <= ? AND wake_at IS NOT NULL "
                    "AND lane < 3 AND lane = 1 AND assignee_id IS NULL AND needed_by IS NOT NULL LIMIT 1",
                    (now_us,)).fetchone() is None:
        return ()
    from supportdesk.store.views import windows

    return windows.alarmed(conn, now_us)


def _running(conn: sqlite3.Connection) -> tuple[tuple[PromiseClass, ...], ...]:
    """The classes of promises that run for open tickets, by lane. Each costs a seek, however many tickets it has."""
    in_lane = [
        [pk for (pk,) in conn.execute(
            "WITH RECURSIVE present (pk) AS (SELECT min(class_id) FROM ticket INDEXED BY ticket_open "
            f"WHERE lane = {lane} AND {OPEN} AND class_id > 0 UNION ALL SELECT (SELECT min(class_id) FROM ticket "
            f"INDEXED BY ticket_open WHERE lane = {lane} AND {OPEN} AND class_id > present.pk) FROM present "
            "WHERE present.pk IS NOT NULL) SELECT pk FROM present WHERE pk IS NOT NULL")]
        for lane in (0, 1, 2)
    ]
    known = classes(conn, (pk for pks in in_lane for pk in pks))
    return tuple(tuple(known[pk] for pk in pks if pk in known) for pks in in_lane)


def _head(conn: sqlite3.Connection, where: str, branches: Sequence[_Branch], running: Sequence[PromiseClass],
          now_us: int, limit: int, more: Sequence[tuple[str, Params]] = ()) -> array[int]:
    """The first tickets of a group: the first of every class, each a seek in an index that is sorted already."""
    seeks = [*((_share(each, now_us), f"class_id = {each.pk}") for each in running), (_LAST, "class_id IS NULL")]
    parts: list[tuple[str, Params]] = [*more]
    for branch in branches:
        for share, of_class in seeks:
            first = (f"SELECT {share} AS share, weight, created_at, id, pk FROM ticket INDEXED BY {branch.by} "
                     f"WHERE {branch.where} AND {where} AND {of_class} AND {OPEN} ORDER BY {_IN_CLASS} LIMIT ?")
            parts.append((f"SELECT * FROM ({first})", (*branch.params, limit)))
    rows: list[tuple[float, int, int, bytes, int]] = []
    for at in range(0, len(parts), _PARTS_AT_MOST):
        some = parts[at : at + _PARTS_AT_MOST]
        rows += conn.execute(
            f"{' UNION ALL '.join(sql for sql, _values in some)} ORDER BY {_BY_SHARE} LIMIT ?",
            (*(value for _sql, values in some for value in values), limit),
        ).fetchall()
    if len(parts) > _PARTS_AT_MOST:
        rows.sort(key=lambda row: (row[0], -row[1], row[2], row[3]))
    return array("q", (row[-1] for row in rows[:limit]))


def _every(conn: sqlite3.Connection, where: str, branches: Sequence[_Branch], running: Sequence[PromiseClass],
           now_us: int, more: Sequence[tuple[str, Params]] = ()) -> array[int]:
    """All tickets of a group, in the same order."""
    columns = "weight, created_at, id, ticket.pk AS pk"
    parts: list[str] = [sql for sql, _params in more]
    values: list[object] = [value for _sql, params in more for value in params]
    for branch in branches:
        if running:
            parts.append(f"SELECT (due_point - passed) * 1.0 / target AS share, {columns} FROM running CROSS JOIN "
                         f"ticket INDEXED BY {branch.by} WHERE {branch.where} AND {where} AND class_id = running.class "
                         f"AND {OPEN}")
            values += branch.params
        parts.append(f"SELECT {_LAST} AS share, {columns} FROM ticket INDEXED BY {branch.by} "
                     f"WHERE {branch.where} AND {where} AND class_id IS NULL AND {OPEN}")
        values += branch.params
    if not parts:
        return array("q")
    of = ", ".join(f"({each.pk}, {each.now(now_us)}, {each.target})" for each in running)
    now = f"WITH running (class, passed, target) AS MATERIALIZED (VALUES {of}) " if running else ""
    return _packed(conn, f"{now}SELECT pk FROM ({' UNION ALL '.join(parts)}) ORDER BY {_BY_SHARE}", tuple(values))


def _share(of: PromiseClass, now_us: int) -> str:
    """What is left of a promise against what was promised, as rules/urgency divides."""
    return f"(due_point - {of.now(now_us)}) * 1.0 / {of.target}"


def _packed(conn: sqlite3.Connection, ids: str, params: Params) -> array[int]:
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
        woken = len(alarmed(conn, whole_minute(now_us)))
        *found, alarms, promises, overdue, offered, urgent, next_pk = conn.execute(
            f"SELECT {', '.join(numbers)}", values
        ).fetchone()
        if urgent < offered:
            urgent += _raised(conn, f"{offers} h CROSS JOIN ticket t ON t.id = h.ticket_id", _teams(me), now_us)
        promised: tuple[int | None, str] = (None, "")
        if next_pk is not None:
            promised = conn.execute(
                "SELECT t.callback_at, coalesce(t.callback_to, t.caller_name, c.name, '') FROM ticket t "
                "LEFT JOIN caller c ON c.id = t.caller_id WHERE t.pk = ?", (next_pk,)
            ).fetchone()
    views = dict(zip((view for view in View if view is not View.CALLBACKS), found, strict=True))
    views[View.CALLBACKS] = promises
    return Counts({view: views[view] for view in View}, overdue, promised[0], promised[1], alarms + woken,
                  offered, urgent, how)


def _raised(conn: sqlite3.Connection, which: str, values: Params, now_us: int) -> int:
    """How many of these tickets ``t`` their windows have made a P1."""
    windows = Windows(conn)
    found = (windows.of(*row) for row in conn.execute(
        f"SELECT {COLUMNS} FROM {which} WHERE t.needed_by IS NOT NULL AND t.priority != 'P1' AND t.lane < 3", values))
    ranks = (window.raised(True, now_us) for window in found if window is not None)
    return sum(rank is not None and rank.priority == "P1" for rank in ranks)


_LINES = """
SELECT t.pk, t.id, t.number, t.type, t.status, t.priority, t.impact, t.urgency, t.level, t.title,
       coalesce(o.name, t.organisation_name, ''), coalesce(o.key_account, 0),
       coalesce(t.caller_name, c.name, ''), t.caller_id, w.slug, coalesce(w.name, ''), a.login, t.assignee_id, p.login,
       t.lane, t.wake_at, t.due_at, t.callback_at, t.created_at, t.updated_at, t.closed_at, t.chasers, t.weight,
       coalesce(k.name, k.slug), t.promise, t.class_id, t.due_point, t.needed_by, t.needed_for, u.pk
FROM json_each(?) j CROSS JOIN ticket t ON t.pk = j.value LEFT JOIN unsettled u ON u.pk = t.pk
     LEFT JOIN organisation o ON o.id = t.organisation_id LEFT JOIN caller c ON c.id = t.caller_id
     LEFT JOIN team w ON w.id = t.team_id LEFT JOIN agent a ON a.id = t.assignee_id
     LEFT JOIN agent p ON p.id = t.owner_id LEFT JOIN contract k ON k.id = t.contract_id
"""


def page(conn: sqlite3.Connection, pks: Sequence[int]) -> tuple[QueueLine, ...]:
    """The lines of these tickets, in the order of ``pks``; of those whose agreements have changed just now as they will
    be kept when somebody has found the time (:func:`supportdesk.store.urgency.settle_some`)."""
    rows = conn.execute(_LINES, (f"[{','.join(map(str, pks))}]",)).fetchall()
    running = classes(conn, (row[_CLASS] for row in rows))
    found = {row[0]: _line(conn, row[:-1], running) for row in rows}
    changed = [found[row[0]].id for row in rows if row[-1] is not None]
    if changed:
        anew = derived_anew(conn, changed)
        found = {pk: line if (new := anew.get(line.id)) is None else line._replace(**new._asdict())
                 for pk, line in found.items()}
    return tuple(found[pk] for pk in pks if pk in found)


_CLASS = -5
"""Where the class of its promise stands in a row of :data:`_LINES`."""


def _line(conn: sqlite3.Connection, row: tuple[Any, ...], running: Classes) -> QueueLine:
    (pk, id, number, type, status, priority, impact, urgency, level, title, organisation, key_account, caller,
     caller_id, team, team_name, assignee, assignee_id, owner, lane, wake, due, callback, created, updated, closed,
     chasers, weight, contract, promise, class_id, due_point, needed, words) = row
    return QueueLine(
        pk, UUID(bytes=id), number or "", type or "", status or "", priority or "", impact, urgency, level,
        title or "", organisation, bool(key_account), caller, _uuid(caller_id), team, team_name, assignee,
        _uuid(assignee_id), owner, Lane(lane or 0), wake, None if due == NEVER else due, callback, created or 0,
        updated or 0, closed, chasers or 0, weight, contract, next_promise(running, promise, class_id, due_point),
        window(conn, needed, words, impact, urgency, priority, created),
    )


def _uuid(raw: bytes | None) -> UUID | None:
    return None if raw is None else UUID(bytes=raw)
