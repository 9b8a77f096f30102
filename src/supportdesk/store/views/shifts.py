"""Who is on shift, and whose list a promised callback stands on: read from the facts, stored nowhere (rules/shifts).

Instants are microseconds UTC. Only agents who own an open callback are looked at, so that a desk with many agents and
a million tickets costs no more than its open callbacks.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

from supportdesk.rules.shifts import (
    LATE_US,
    Fact,
    Holding,
    Presence,
    Standing,
    colleagues,
    holding,
    standing,
    team_from,
)
from supportdesk.store.views.people import AgentLine
from supportdesk.store.views.ranked import COLUMNS, Windows

if TYPE_CHECKING:
    from supportdesk.rules.window import Window

OPEN = "lane < 3 AND callback_at IS NOT NULL"
"""The terms of the partial index of open callbacks."""

Params = tuple[object, ...]


class Promise(NamedTuple):
    """A callback somebody promised, as the end of his shift lists it."""

    ticket_id: UUID
    number: str
    priority: str
    title: str
    organisation: str
    key_account: bool
    person: str
    phone: str
    language: str
    callback_us: int
    window: Window | None

    def priority_at(self, now_us: int) -> str:
        """Its priority, raised by its caller's time window."""
        raised = self.window and self.window.raised(True, now_us)
        return raised.priority if raised else self.priority


class _Owner(NamedTuple):
    id: UUID
    teams: tuple[UUID, ...]
    how: Standing


def facts(conn: sqlite3.Connection, agent: UUID, now_us: int) -> list[Fact]:
    """The latest start and the latest fact of an agent up to ``now_us``."""
    found: list[Fact] = []
    for kind in ("AND kind = 'start'", ""):
        row = conn.execute(
            "SELECT kind, at, taken FROM shift INDEXED BY shift_agent "
            f"WHERE agent_id = ? AND at <= ? AND retired_at IS NULL {kind} ORDER BY at DESC, id DESC LIMIT 1",
            (agent.bytes, now_us),
        ).fetchone()
        if row is not None:
            found.append(Fact(row[0] or "", row[1], tuple(UUID(id) for id in json.loads(row[2] or "[]"))))
    return found


def standing_of(conn: sqlite3.Connection, agent: UUID, now_us: int) -> Standing:
    """How an agent stands now; one whom nobody knows here has left."""
    return standing(facts(conn, agent, now_us), now_us, left=not works(conn, agent))


def works(conn: sqlite3.Connection, agent: UUID) -> bool:
    """Whether an agent works here."""
    found = conn.execute("SELECT 1 FROM agent WHERE id = ? AND retired_at IS NULL", (agent.bytes,)).fetchone()
    return found is not None


def holding_of(conn: sqlite3.Connection, ticket: UUID, owner: UUID | None, callback_us: int, now_us: int) -> Holding:
    """To whom the callback of one ticket belongs now."""
    how = None if owner is None else standing_of(conn, owner, now_us)
    return holding(callback_us, how, now_us, taken=how is not None and ticket in how.taken)


def promises(conn: sqlite3.Connection, agent: UUID) -> list[Promise]:
    """The callbacks an agent owns, the next one first."""
    rows = conn.execute(
        "SELECT t.id, t.number, t.priority, t.title, coalesce(o.name, t.organisation_name, ''), o.key_account, "
        "coalesce(t.callback_to, t.caller_name, c.name, ''), coalesce(t.callback_number, t.caller_number, ''), "
        f"coalesce(t.language, ''), t.callback_at, {COLUMNS} "
        "FROM ticket t INDEXED BY ticket_open_callback LEFT JOIN organisation o ON o.id = t.organisation_id "
        "LEFT JOIN caller c ON c.id = t.caller_id "
        "WHERE t.lane < 3 AND t.callback_at IS NOT NULL AND t.owner_id = ? ORDER BY t.callback_at, t.pk",
        (agent.bytes,),
    ).fetchall()
    windows = Windows(conn)
    return [
        Promise(UUID(bytes=id), number or "", priority or "", title or "", organisation, bool(key), person, phone,
                language, at, windows.of(*needed))
        for id, number, priority, title, organisation, key, person, phone, language, at, *needed in rows
    ]


def callbacks(conn: sqlite3.Connection, me: AgentLine, now_us: int) -> tuple[str, Params]:
    """The condition of the callbacks that are mine or my team's, with its values.

    They are what I promised, and what stands on the team's list (rules/shifts): of owners of my teams; of nobody, or of
    an owner in whose teams nobody works, where the ticket's team is mine, none, or one nobody works in."""
    staffed = _staffed(conn)
    others = [owner for owner in _owners(conn, now_us) if owner.id != me.id]
    mates = colleagues(me.id, me.teams, ((owner.id, owner.teams) for owner in others))
    teams, known = [team.bytes for team in me.teams], [team.bytes for team in sorted(staffed)]
    ours = f"(team_id IS NULL OR team_id IN {marks(teams)} OR team_id NOT IN {marks(known)})"
    parts = [f"owner_id = ? OR (owner_id IS NULL AND {ours})"]
    values: list[object] = [me.id.bytes, *teams, *known]
    where, found = _on_the_list(conn, [owner for owner in others if owner.id in mates], now_us)
    if where:
        parts.append(where)
        values += found
    where, found = _on_the_list(conn, [owner for owner in others if staffed.isdisjoint(owner.teams)], now_us)
    if where:
        parts.append(f"({ours} AND ({where}))")
        values += [*teams, *known, *found]
    return f"{OPEN} AND ({' OR '.join(parts)})", tuple(values)


def _on_the_list(conn: sqlite3.Connection, owners: Sequence[_Owner], now_us: int) -> tuple[str, list[object]]:
    """What of these owners' callbacks belongs to their team now; "" for nothing."""
    here: dict[int, list[bytes]] = {}
    gone: list[bytes] = []
    along: set[UUID] = set()
    for owner in owners:
        if owner.how.presence is Presence.OFF:
            gone.append(owner.id.bytes)
            along |= owner.how.taken
        else:
            here.setdefault(team_from(owner.how), []).append(owner.id.bytes)
    parts: list[str] = []
    values: list[object] = []
    if gone:
        kept = _pks(conn, along)
        parts.append(f"(owner_id IN {marks(gone)} AND (callback_at <= ? OR pk NOT IN {marks(kept)}))")
        values += [*gone, now_us - LATE_US, *kept]
    for ago, some in here.items():
        parts.append(f"(callback_at <= ? AND owner_id IN {marks(some)})")
        values += [now_us - ago, *some]
    return " OR ".join(parts), values


def _staffed(conn: sqlite3.Connection) -> frozenset[UUID]:
    """The teams somebody works in."""
    rows = conn.execute("SELECT DISTINCT teams FROM agent WHERE retired_at IS NULL").fetchall()
    return frozenset(UUID(id) for (teams,) in rows for id in json.loads(teams or "[]"))


def _owners(conn: sqlite3.Connection, now_us: int) -> Iterator[_Owner]:
    """Whoever owns an open callback; one who is not known here works in no team."""
    for (raw,) in conn.execute(
        f"SELECT DISTINCT owner_id FROM ticket INDEXED BY ticket_open_callback WHERE {OPEN} AND owner_id IS NOT NULL"
    ).fetchall():
        id = UUID(bytes=raw)
        row = conn.execute("SELECT teams FROM agent WHERE id = ?", (raw,)).fetchone()
        yield _Owner(id, tuple(UUID(team) for team in json.loads((row and row[0]) or "[]")),
                     standing_of(conn, id, now_us))


def _pks(conn: sqlite3.Connection, ids: set[UUID]) -> list[int]:
    some = [id.bytes for id in sorted(ids)]
    return [pk for (pk,) in conn.execute(f"SELECT pk FROM ticket WHERE id IN {marks(some)}", some)]


def marks(values: Sequence[object]) -> str:
    """A list for IN. An empty one holds an id nobody has: SQLite finds "no query solution" for IN () in an index."""
    return "(" + (", ".join("?" * len(values)) or "x''") + ")"
