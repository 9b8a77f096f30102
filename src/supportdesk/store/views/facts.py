"""What the promises of some tickets are read from: their rows, what the journal says of them, who spoke with the
caller, and to whom they were handed. A page of a list costs a fixed number of statements, each by an index."""

import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple
from uuid import UUID

from supportdesk.rules.ledger import FIELDS, Change, Contact, Note, ledger, words
from supportdesk.rules.promises import Case, Handoff
from supportdesk.rules.schema import Line, raised
from supportdesk.rules.window import Window
from supportdesk.store.instants import micros
from supportdesk.store.views.running import window
from supportdesk.store.views.ticket import uuid_of
from supportdesk.store.views.untaken import untaken
from supportdesk.terms.codes import EntryKind, HandoffState

AT_ONCE = 500
"""Tickets asked for with one statement."""

LATEST = micros(datetime(2200, 1, 1, tzinfo=UTC))
"""What is told for an instant beyond it is no instant anything happened at: it counts as of this one."""

_ROWS = """
SELECT id, status, wait_until, priority, contract_id, coverage, callback_at, solved_at, created_at, merged_into_id
FROM ticket WHERE id IN ({})
"""
_ENTRIES = """
SELECT subject, entity, entity_id, kind, verb, agent, author_text, at, device, n, schema,
       CASE WHEN entity = 'note' AND kind = 'create' THEN '{{}}' ELSE fields END
FROM entry WHERE subject IN ({}) AND state != 'rejected' AND entity IN ('ticket', 'handoff', 'note')
"""


def _shared(row: str, ticket: str) -> str:
    """Of a row that hangs on a ticket: the server did not refuse it, or it refused the ticket as well."""
    return f"({row}.rev > 0 OR NOT {untaken(f'{row}.id')} OR {untaken(ticket)})"


_CONTACTS = f"""
SELECT r.target, c.id, c.direction, c.channel, c.outcome, c.started_at, c.answered_at, c.agent_id
FROM reference r CROSS JOIN contact c ON c.id = r.owner
WHERE r.target IN ({{}}) AND r.field = 'tickets' AND c.retired_at IS NULL
AND {_shared('c', 'r.target')} ORDER BY c.started_at, c.id
"""
_JOINED = """
SELECT r.target, e.entity_id, e.kind, e.at, e.fields FROM reference r CROSS JOIN entry e ON e.entity_id = r.owner
WHERE r.target IN ({}) AND r.field = 'tickets' AND e.kind IN ('create', 'add') AND e.state != 'rejected'
"""
_NOTES = f"""
SELECT ticket_id, id, at FROM note WHERE ticket_id IN ({{}}) AND audience = 'caller' AND withdrawn_at IS NULL
AND retired_at IS NULL AND (agent_id IS NOT NULL OR author_text IS NOT NULL)
AND {_shared('note', 'note.ticket_id')} ORDER BY at, id
"""
_HANDOFFS = f"""
SELECT ticket_id, id, to_team_id, state, offered_at, answered_at, answered_by_id FROM handoff
WHERE ticket_id IN ({{}}) AND retired_at IS NULL
AND {_shared('handoff', 'handoff.ticket_id')} ORDER BY offered_at, id
"""
STATEMENTS = (_ROWS, _ENTRIES, _CONTACTS, _JOINED, _NOTES, _HANDOFFS)


class Standing(NamedTuple):
    """Under what a ticket stands: ``contract`` is a name, "" for none; ``coverage`` its code; ``window`` by
    when its caller needs it."""

    number: str
    contract: str
    coverage: str | None
    coverage_reason: str | None
    window: Window | None
    is_open: bool


def standing(conn: sqlite3.Connection, id: UUID) -> Standing:
    """Under what a ticket stands. Raises KeyError."""
    row = conn.execute(
        "SELECT t.number, coalesce(c.name, c.slug), t.coverage, t.coverage_reason, t.lane < 3, t.needed_by, "
        "t.needed_for, t.impact, t.urgency, t.priority, t.created_at FROM ticket t "
        "LEFT JOIN contract c ON c.id = t.contract_id WHERE t.id = ?", (id.bytes,)
    ).fetchone()
    if row is None:
        raise KeyError(id)
    number, contract, coverage, reason, is_open, *given = row
    return Standing(number or "", contract or "", coverage, reason, window(conn, *given), bool(is_open))


class _Answer(NamedTuple):
    """An entry that set the state of a handoff; ``by_person``: not a duty."""

    at: int
    order: tuple[bytes, int]
    state: str | None
    by_person: bool


class _Arrivals:
    """When notes and contacts came to a ticket that they were not about from the first."""

    def __init__(self) -> None:
        self._born: set[tuple[bytes, bytes]] = set()
        self._moved: dict[tuple[bytes, bytes], int] = {}

    def note(self, ticket: bytes, id: bytes, at: int, kind: str) -> None:
        if kind == EntryKind.CREATE:
            self._born.add((ticket, id))
        else:
            self._moved[ticket, id] = max(at, self._moved.get((ticket, id), at))

    def joined(self, ticket: bytes, id: bytes) -> int | None:
        return None if (ticket, id) in self._born else self._moved.get((ticket, id))


def cases(conn: sqlite3.Connection, ids: Sequence[UUID], now: int) -> dict[UUID, Case]:
    """The facts of these tickets up to ``now`` (microseconds UTC); those that are not there are left out."""
    found: dict[UUID, Case] = {}
    for start in range(0, len(ids), AT_ONCE):
        found |= _cases(conn, [id.bytes for id in ids[start:start + AT_ONCE]], now)
    return found


def cases_as_told(conn: sqlite3.Connection, ids: Sequence[UUID], now: int) -> dict[UUID, tuple[Case, int]]:
    """The facts of these tickets, each at the instant they are told for, however far a clock was ahead or a file of
    another tool says; with each the instant from which on nothing of it lies in the future, ``now`` or later. What
    follows from it is the same whenever it is asked for."""
    found: dict[UUID, tuple[Case, int]] = {}
    for start in range(0, len(ids), AT_ONCE):
        some = [id.bytes for id in ids[start:start + AT_ONCE]]
        found |= {id: (case, at) for id, case, at in _read(conn, some, now, as_told=True)}
    return found


def _cases(conn: sqlite3.Connection, ids: Sequence[bytes], now: int) -> Iterator[tuple[UUID, Case]]:
    for id, case, _at in _read(conn, ids, now):
        yield id, case


def _read(conn: sqlite3.Connection, ids: Sequence[bytes], now: int, *, as_told: bool = False
          ) -> Iterator[tuple[UUID, Case, int]]:
    marks = ", ".join("?" * len(ids))
    rows, entries, contacts, joined, notes, handoffs = (
        conn.execute(statement.format(marks), ids).fetchall() for statement in STATEMENTS)
    changes: defaultdict[bytes, list[Change]] = defaultdict(list)
    answers: defaultdict[bytes, list[_Answer]] = defaultdict(list)
    came = _Arrivals()
    for ticket, entity, id, kind, verb, agent, author, at, device, n, schema, fields in entries:
        now_said = raised(Line(verb, entity, kind, json.loads(fields)), schema)
        if entity == "ticket":
            values = {name: _pair(name, now_said.fields[name]) for name in FIELDS if name in now_said.fields}
            if values:
                changes[ticket].append(Change(at, (device, n), kind == EntryKind.CREATE, values))
        elif entity == "handoff" and "state" in now_said.fields:
            person = agent is not None or author is not None
            answers[id].append(_Answer(at, (device, n), now_said.fields["state"][1], person))
        elif kind == EntryKind.CREATE or "ticket_id" in now_said.fields:
            came.note(ticket, id, at, kind)
    for ticket, id, kind, at, fields in joined:
        if str(UUID(bytes=ticket)) in (json.loads(fields).get("tickets") or (None, ()))[1]:
            came.note(ticket, id, at, kind)
    spoken = _by_ticket(contacts)
    written = _by_ticket(notes)
    handed = _by_ticket(handoffs)
    for row in rows:
        ticket = row[0]
        calls = [
            Contact(direction, channel, outcome, started or 0, answered, agent is not None, came.joined(ticket, id))
            for id, direction, channel, outcome, started, answered, agent in spoken[ticket]
        ]
        said = [Note(at or 0, came.joined(ticket, id)) for id, at in written[ticket]]
        stands = _stands(row)
        at = now if not as_told else max(now, _latest(stands, changes[ticket], calls, said))
        book = ledger(stands, changes[ticket], calls, at)
        yield UUID(bytes=ticket), Case(book, words(book, calls, said, at), _handoffs(handed[ticket], answers, at)), at


def _latest(row: Mapping[str, Any], changes: Iterable[Change], calls: Iterable[Contact], notes: Iterable[Note]) -> int:
    """The last instant anything is told for that happened to a ticket."""
    told = [row["created_at"], *(change.at for change in changes)]
    for call in calls:
        told += call.started, call.answered, call.joined
    for note in notes:
        told += note.at, note.joined
    return min(max((at for at in told if at is not None), default=0), LATEST)


def _by_ticket(rows: Iterable[tuple[Any, ...]]) -> defaultdict[bytes, list[tuple[Any, ...]]]:
    found: defaultdict[bytes, list[tuple[Any, ...]]] = defaultdict(list)
    for ticket, *rest in rows:
        found[ticket].append(tuple(rest))
    return found


def _stands(row: tuple[Any, ...]) -> Mapping[str, Any]:
    _id, status, wait, priority, contract, coverage, callback, solved, created, merged = row
    return {"status": status, "wait_until": wait, "priority": priority, "contract_id": uuid_of(contract),
            "coverage": coverage, "callback_at": callback, "solved_at": solved, "created_at": created,
            "merged_into_id": merged}


_INSTANTS = frozenset({"wait_until", "callback_at", "solved_at"})


def _pair(name: str, pair: Sequence[Any]) -> tuple[Any, Any]:
    """From and to of a field, as the row has them."""
    before, after = pair
    if name in _INSTANTS:
        return _instant(before), _instant(after)
    if name == "contract_id":
        return before and UUID(before), after and UUID(after)
    return before, after


def _instant(text: str | None) -> int | None:
    return None if text is None else micros(datetime.fromisoformat(text))


def _handoffs(rows: Sequence[tuple[Any, ...]], answers: Mapping[bytes, Sequence[_Answer]],
              now: int) -> tuple[Handoff, ...]:
    """The handoffs of a ticket. One whose work another team has accepted is over."""
    found: list[Handoff] = []
    for id, team, state, offered, answered_at, answered_by in rows:
        if team is None or offered is None:
            continue
        offered = min(offered, now)
        answered = accepted = ended = None
        told = sorted(answers.get(id, ()))
        if not told or told[-1].state != state:
            told.append(_Answer(answered_at or offered, (b"", 0), state, answered_by is not None))
        for at, _order, became, by_person in told:
            at = max(offered, min(at, now))
            if became == HandoffState.ACCEPTED:
                answered = accepted = at
            elif became in (HandoffState.RETURNED, HandoffState.WITHDRAWN):
                ended = at
                if became == HandoffState.RETURNED and by_person and answered is None:
                    answered = at
        found.append(Handoff(UUID(bytes=id), UUID(bytes=team), offered, answered, accepted, ended))
    taken = sorted(handoff.accepted for handoff in found if handoff.accepted is not None)
    return tuple(_passed_on(handoff, taken) for handoff in found)


def _passed_on(handoff: Handoff, taken: Sequence[int]) -> Handoff:
    if handoff.accepted is None or handoff.ended is not None:
        return handoff
    return handoff._replace(ended=next((at for at in taken if at > handoff.accepted), None))
