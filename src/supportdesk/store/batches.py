"""Bulk acts: many actions under one batch id, applied in short transactions, taken back as one (DESIGN.md 3, Size).

A batch that came from a file is *kept*: it has a row in ``batch``, with the state it is in, so that a kill in the
middle is found at the next open and gone on with (desk/imports.resume_batches).
"""

import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar
from uuid import UUID

from supportdesk.i18n import _, ngettext
from supportdesk.rules.text import safe
from supportdesk.store import database
from supportdesk.store.types import micros
from supportdesk.terms.codes import EntryKind
from supportdesk.terms.entities import ENTITIES
from supportdesk.terms.errors import Changed, NotUndoable
from supportdesk.terms.tables import Form

if TYPE_CHECKING:
    from supportdesk.store.journal import Act, Journal, Who

HOLD_S = 0.02
"""How long one transaction of a bulk act takes entries in; committing adds a few milliseconds."""

PAUSE_S = 0.006
"""The pause between two of them, several knocks of a waiting saver long: he waits for one transaction at most."""

GROUP = 200
"""Rows taken back in one action."""

_Step = TypeVar("_Step")


class BatchState(StrEnum):
    APPLYING = "applying"
    DONE = "done"
    WITHDRAWING = "withdrawing"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Batch:
    """A kept batch, of the file so named with so many records (0: not known). ``done`` of ``total`` steps are applied;
    ``newest`` is the last entry's place in the journal."""

    id: UUID
    verb: str
    agent: UUID | None
    state: BatchState
    staging: str | None
    total: int
    done: int
    file: str
    records: int
    newest: int = 0

    @property
    def label(self) -> str:
        """What people know it by, in the language spoken now."""
        if not self.records:
            return safe(self.file)
        return ngettext("{file}, {count} record", "{file}, {count} records", self.records).format(
            file=safe(self.file), count=self.records)


_SELECT = "SELECT id, verb, agent, state, staging, total, done, label, records FROM batch"


def _batch(row: tuple[Any, ...], newest: int = 0) -> Batch:
    id, verb, agent, state, staging, total, done, file, records = row
    return Batch(UUID(bytes=id), verb, UUID(bytes=agent) if agent else None, BatchState(state), staging, total, done,
                 file or "", records, newest)


def begin(conn: sqlite3.Connection, batch: Batch, at: datetime) -> None:
    """Keep a batch, inside the caller's transaction."""
    conn.execute(
        "INSERT INTO batch (id, verb, agent, state, staging, started_at, total, done, label, records) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (batch.id.bytes, batch.verb, batch.agent and batch.agent.bytes, batch.state, batch.staging, micros(at),
         batch.total, batch.done, batch.file, batch.records),
    )


def progress(conn: sqlite3.Connection, id: UUID, done: int) -> None:
    conn.execute("UPDATE batch SET done = ? WHERE id = ?", (done, id.bytes))


def become(conn: sqlite3.Connection, id: UUID, state: BatchState) -> None:
    conn.execute("UPDATE batch SET state = ? WHERE id = ?", (state, id.bytes))


def find(conn: sqlite3.Connection, id: UUID) -> Batch | None:
    row = conn.execute(f"{_SELECT} WHERE id = ?", (id.bytes,)).fetchone()
    return None if row is None else _batch(row)


def unfinished(conn: sqlite3.Connection) -> list[Batch]:
    """Batches being applied or withdrawn: by another process now, or left so by a kill."""
    return [_batch(r) for r in conn.execute(f"{_SELECT} WHERE state IN ('applying', 'withdrawing') ORDER BY pk")]


def last_of(conn: sqlite3.Connection, agent: UUID) -> Batch | None:
    """The agent's newest kept batch that stands and holds something."""
    found = [
        _batch(row, _newest(conn, row[0]))
        for row in conn.execute(f"{_SELECT} WHERE agent = ? AND state = 'done' ORDER BY pk DESC", (agent.bytes,))
    ]
    return max((b for b in found if b.newest), key=lambda b: b.newest, default=None)


def of_action(conn: sqlite3.Connection, action: UUID) -> Batch | None:
    """The kept batch an action belongs to."""
    row = conn.execute("SELECT batch FROM entry WHERE action = ? LIMIT 1", (action.bytes,)).fetchone()
    return find(conn, UUID(bytes=row[0])) if row and row[0] else None


def _newest(conn: sqlite3.Connection, id: bytes) -> int:
    return int(conn.execute("SELECT coalesce(max(pk), 0) FROM entry WHERE batch = ?", (id,)).fetchone()[0])


def in_slices(journal: "Journal", steps: Iterable[_Step], do: Callable[[_Step], object],
              after: Callable[[int], object]) -> None:
    """Do every step, in transactions of about ``HOLD_S`` with a pause for other savers between them.

    ``after`` is called inside each transaction with the number of steps done so far."""
    left = iter(steps)
    done = 0
    while True:
        ended = True
        with journal.bulk():
            until = time.monotonic() + HOLD_S
            for step in left:
                do(step)
                done += 1
                if time.monotonic() >= until:
                    ended = False
                    break
            after(done)
        if ended:
            return
        time.sleep(PAUSE_S)


# taking back


def withdraw(journal: "Journal", who: "Who", id: UUID, *, at: datetime | None = None) -> None:
    """Take a kept batch back: rows it made are withdrawn, fields it set are set back.

    Raises NotUndoable (somebody else's, not finished, gone) and Changed when a field no longer holds what the
    batch set: then nothing was written."""
    batch = journal.patiently(find, journal.conn, id)
    if batch is None or batch.agent != who.id:
        raise NotUndoable(_("Only your own actions can be undone."))
    if batch.state is not BatchState.DONE:
        raise NotUndoable(_("This import is not finished, or undone already. See 'supportdesk doctor'."))
    with closing(database.connect(journal.path, reading=True)) as conn:  # looks as long as it takes, stops nobody
        conn.execute("BEGIN")
        for row in touched(conn, id):
            still_as_set(conn, id, row.entity, row.id)
    with journal.transaction() as conn:
        become(conn, id, BatchState.WITHDRAWING)
    finish_withdrawing(journal, who, id, at=at)


def finish_withdrawing(journal: "Journal", who: "Who | None", id: UUID, *, at: datetime | None = None) -> None:
    """Take back what of the batch is not taken back yet, newest first; a ticket and what hangs on it in one action."""
    batch = journal.patiently(find, journal.conn, id)
    assert batch is not None

    def one(group: list[Touched]) -> None:
        with journal.action(batch.verb, who, at=at, undoes=group[0].action,
                            author_text=None if who else batch.file) as act:
            for row in group:
                take_back(act, id, row.entity, row.id)

    left = journal.patiently(lambda: list(_groups(touched(journal.conn, id, pending=True))))
    in_slices(journal, left, one, lambda done: None)
    with journal.transaction() as conn:
        become(conn, id, BatchState.WITHDRAWN)


class Touched(NamedTuple):
    """A row a batch made or changed, the ticket it belongs to, and the newest action of the batch on it."""

    entity: str
    id: UUID
    subject: UUID | None
    action: UUID


def touched(conn: sqlite3.Connection, id: UUID, *, pending: bool = False) -> Iterator[Touched]:
    """The rows a batch made or changed, newest first; ``pending``: only those not taken back yet."""
    left = (
        " AND NOT EXISTS (SELECT 1 FROM entry u WHERE u.entity_id = e.entity_id AND u.undoes IN "
        "(SELECT action FROM entry WHERE batch = :batch))"
    )
    for entity, entity_id, subject, action, _last in conn.execute(
        "SELECT entity, entity_id, subject, action, max(pk) FROM entry e WHERE batch = :batch AND undoes IS NULL"
        + (left if pending else "") + " GROUP BY entity_id ORDER BY 5 DESC", {"batch": id.bytes},
    ).fetchall():
        yield Touched(entity, UUID(bytes=entity_id), UUID(bytes=subject) if subject else None, UUID(bytes=action))


def _groups(rows: Iterable[Touched]) -> Iterator[list[Touched]]:
    """Rows of one ticket together, no more than an action may hold."""
    by_ticket: dict[UUID, list[Touched]] = {}
    for row in rows:
        by_ticket.setdefault(row.subject or row.id, []).append(row)
    for group in by_ticket.values():
        for start in range(0, len(group), GROUP):
            yield group[start : start + GROUP]


_Values = dict[str, Any]


def _net(conn: sqlite3.Connection, id: UUID, entity: str, entity_id: UUID) -> tuple[bool, _Values, _Values]:
    """What a batch did to a row: whether it made it, the values from before it and after it."""
    from supportdesk.store.adopt import Written

    made = False
    before: _Values = {}
    after: _Values = {}
    for found in conn.execute(
        "SELECT verb, kind, fields, schema FROM entry WHERE entity_id = ? AND +batch = ? AND undoes IS NULL "
        "ORDER BY pk",
        (entity_id.bytes, id.bytes),
    ):
        kind, fields = Written(*found).now(entity)
        made = made or kind is EntryKind.CREATE
        for name, (old, new) in fields.items():
            before.setdefault(name, old)
            after[name] = new
    return made, before, after


def still_as_set(conn: sqlite3.Connection, id: UUID, entity: str, entity_id: UUID) -> None:
    """Raise Changed when a field of the row no longer holds what the batch set (sets may have grown)."""
    from supportdesk.store import rows
    from supportdesk.store.journal import last_author

    row = rows.read(conn, entity, entity_id)
    assert row is not None
    for name, value in _net(conn, id, entity, entity_id)[2].items():
        if ENTITIES[entity].field(name).form not in (Form.SET, Form.REFS) and row[name] != value:
            raise Changed(name, value, row[name], *last_author(conn, entity_id, name))


def take_back(act: "Act", id: UUID, entity: str, entity_id: UUID) -> None:
    """Withdraw a row the batch made; set the fields of another back to what they were."""
    still_as_set(act.conn, id, entity, entity_id)
    made, before, _after = _net(act.conn, id, entity, entity_id)
    if made:
        name, value = ENTITIES[entity].withdrawn
        before = {name: act.at if value == "now" else value}
    act.set(entity, entity_id, before)
