"""Tickets on which my teams or I owe something by an instant: candidates by the due times that are stored, in the order
of an index, read up to a page (DESIGN.md law 7). What is owed on them is derived by whoever asked (desk/promise_list).

Instants are microseconds UTC.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from typing import NamedTuple
from uuid import UUID

from supportdesk.store.views.people import AgentLine
from supportdesk.store.views.ticket import uuid_of


class Candidate(NamedTuple):
    """An open ticket with something due; ``at`` is the earliest of it as stored."""

    pk: int
    id: UUID
    at: int


class Reach(NamedTuple):
    """Whom to ring about a ticket, whose contact it is and who works on it. ``number`` as it was given."""

    number: str
    person: str
    owner: UUID | None
    team: UUID | None


def candidates(conn: sqlite3.Connection, me: AgentLine, until: int, most: int) -> list[Candidate]:
    """Tickets assigned to me, whose contact I own or that a team of mine works on, with something due up to ``until``,
    callbacks too, and those offered to a team of mine: the earliest first, at most ``most`` of each kind."""
    found: dict[int, Candidate] = {}
    for sql, params in _branches(me, until):
        for pk, id, at in conn.execute(f"{sql} LIMIT ?", (*params, most)).fetchall():
            known = found.get(pk)
            if known is None or at < known.at:
                found[pk] = Candidate(pk, UUID(bytes=id), at)
    return sorted(found.values(), key=lambda each: (each.at, each.pk))


class UpdateDue(NamedTuple):
    """The next update of a major incident that runs; ``since`` when agents were given the last sentence."""

    major: UUID
    ticket: UUID
    title: str
    since: int
    at: int


def updates_due(conn: sqlite3.Connection, me: UUID, until: int, most: int) -> list[UpdateDue]:
    """What I owe as the communicator of major incidents up to ``until``, the earliest first."""
    return [
        UpdateDue(UUID(bytes=id), UUID(bytes=ticket), title or "", since, at)
        for id, ticket, title, since, at in conn.execute(_UPDATES, (me.bytes, until, most))
        if ticket is not None
    ]


def reaches(conn: sqlite3.Connection, ids: Sequence[UUID]) -> dict[UUID, Reach]:
    """Whom to ring about these tickets: for the callback promised, else the caller."""
    marks = ", ".join("?" * len(ids))
    return {
        UUID(bytes=id): Reach(number or "", person or "", uuid_of(owner), uuid_of(team))
        for id, number, person, owner, team in conn.execute(
            "SELECT t.id, coalesce(t.callback_number, t.caller_number), coalesce(t.callback_to, t.caller_name, c.name),"
            f" t.owner_id, t.team_id FROM ticket t LEFT JOIN caller c ON c.id = t.caller_id WHERE t.id IN ({marks})",
            [id.bytes for id in ids],
        )
    }


_DUE = ("SELECT pk, id, due_at FROM ticket INDEXED BY ticket_open_due WHERE lane < 3 AND due_at <= ? "
        "AND (assignee_id = ? OR owner_id = ? OR team_id IN ({0})) ORDER BY due_at, pk")
_CALLBACK = ("SELECT pk, id, callback_at FROM ticket INDEXED BY ticket_open_callback WHERE lane < 3 "
             "AND callback_at IS NOT NULL AND callback_at <= ? AND (owner_id = ? OR team_id IN ({0})) "
             "ORDER BY callback_at, pk")
_OFFERED = ("SELECT t.pk, t.id, h.offered_at FROM handoff h INDEXED BY handoff_inbox CROSS JOIN ticket t "
            "ON t.id = h.ticket_id WHERE h.state = 'offered' AND h.to_team_id = ? AND h.retired_at IS NULL "
            "AND t.lane < 3 ORDER BY h.offered_at")

_UPDATES = ("SELECT m.id, m.ticket_id, m.title, coalesce((SELECT max(s.at) FROM statement s WHERE s.major_id = m.id "
            "AND s.retired_at IS NULL), m.declared_at, m.next_update_at), m.next_update_at "
            "FROM major_incident m INDEXED BY major_incident_open WHERE m.ended_at IS NULL AND m.retired_at IS NULL "
            "AND m.communicator_id = ? AND m.next_update_at <= ? ORDER BY m.next_update_at LIMIT ?")


def _branches(me: AgentLine, until: int) -> Iterator[tuple[str, tuple[object, ...]]]:
    teams = tuple(team.bytes for team in me.teams)
    some = ", ".join("?" * len(teams)) or "x''"
    yield _DUE.format(some), (until, me.id.bytes, me.id.bytes, *teams)
    yield _CALLBACK.format(some), (until, me.id.bytes, *teams)
    for team in teams:
        yield _OFFERED, (team,)
