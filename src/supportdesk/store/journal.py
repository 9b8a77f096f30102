"""The journal: the one road by which anything at the desk changes (DESIGN.md 3).

``with journal.action(verb, who) as act:`` opens BEGIN IMMEDIATE; the verb reads, decides and adds
entries through ``act``; leaving the block writes rows, entries and search text in the same
transaction and returns after COMMIT. An exception leaves nothing behind.
"""

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from itertools import repeat
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID, uuid5

from supportdesk.i18n import _
from supportdesk.rules.numbers import make_number
from supportdesk.rules.text import check_storable
from supportdesk.store import batches, database, rows, search, undoing, urgency
from supportdesk.store.agreed import AGREEMENTS, forget, was_written
from supportdesk.store.clock import utc_now
from supportdesk.store.rows import Row
from supportdesk.store.types import instant, micros, uuid7
from supportdesk.store.undoing import Undone
from supportdesk.terms.codes import EntryKind, EntryState
from supportdesk.terms.entities import ENTITIES
from supportdesk.terms.entries import SCHEMA
from supportdesk.terms.errors import Changed, Invalid, NotFound, NotPermitted, NotReady, NotUndoable
from supportdesk.terms.tables import Verb
from supportdesk.terms.verbs import VERBS

MAX_ENTRIES = 500
MAX_BYTES = 256 * 1024
BUSY_PATIENCE_S = 30.0
"""How long a saver waits for others before a sentence says so; nobody reads "database is locked"."""

KNOCK_S = 0.002
"""How often a waiting saver tries; bulk work pauses for longer than this between its transactions (store/batches)."""


_Result = TypeVar("_Result")


@dataclass(frozen=True, slots=True)
class Who:
    """The agent on whose behalf a verb is said. ``acting`` is the real login when ``--as`` was used."""

    id: UUID
    login: str
    verbs: frozenset[str]
    teams: tuple[UUID, ...] = ()
    acting: str | None = None


@dataclass(slots=True)
class _Pending:
    entity: str
    entity_id: UUID
    kind: EntryKind
    fields: Mapping[str, Sequence[Any]]
    base: int
    subject: UUID | None


_ENTRY_COLUMNS = (
    "action", "verb", "device", "session", "schema", "at", "recorded_at", "state", "agent", "author_text", "reason",
    "batch", "undoes", "id", "n", "entity", "entity_id", "subject", "kind", "base", "fields",
)
_ENTRY = f"INSERT INTO entry ({', '.join(_ENTRY_COLUMNS)}) VALUES ({', '.join('?' * len(_ENTRY_COLUMNS))})"

_DEVICE = ("SELECT id, number_prefix, ticket_counter, next_n, agreements, EXISTS (SELECT 1 FROM ticket WHERE id = ?) "
           "FROM device")

_OF_THE_DISK = frozenset({sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN})
"""What fails for want of room or of the right to write, at whatever statement it is met."""


class Act:
    """One action being decided: reads see what it has written so far."""

    def __init__(self, conn: sqlite3.Connection, verb: Verb, who: Who | None, at: datetime, reason: str | None,
                 prefix: int, counter: int, id: UUID | None = None) -> None:
        self.id = id or uuid7()
        self.fixed = id is not None
        self.stands = False
        self.conn = conn
        self.verb = verb
        self.who = who
        self.at = at
        self.reason = reason
        self.counter = counter
        self._prefix = prefix
        self._at_us = micros(at)
        self._pending: list[_Pending] = []
        self._touched: set[UUID] = set()
        self._dated: set[UUID] = set()  # tickets whose own row was written, and so their last change
        self._stirred: set[UUID] = set()  # tickets that something their clocks are read from happened to
        self._contacts: list[Row] = []  # that were made
        self._made: dict[UUID, tuple[int, Row]] = {}  # tickets that were made and nothing else was said of

    @property
    def agent(self) -> UUID | None:
        return None if self.who is None else self.who.id

    def find(self, entity: str, id: UUID, *names: str) -> Row | None:
        """The row in Python forms (only the fields ``names`` if any are named), or None."""
        return rows.read(self.conn, entity, id, *names)

    def has(self, entity: str, id: UUID) -> bool:
        """Whether there is such a row."""
        return self.conn.execute(f"SELECT 1 FROM {entity} WHERE id = ?", (id.bytes,)).fetchone() is not None

    def get(self, entity: str, id: UUID) -> Row:
        """The row; raises NotFound."""
        row = rows.read(self.conn, entity, id)
        if row is None:
            raise NotFound(_("That record is not there (any more)."), field=entity)
        return row

    def next_number(self) -> str:
        """The next ticket number of this file (DESIGN.md 9)."""
        self.counter += 1
        return make_number(self._prefix, self.counter)

    def create(self, entity: str, values: Mapping[str, Any], id: UUID | None = None) -> UUID:
        """Add a row and its entry; fields left out are empty. Returns its id. The contacts a ticket is made for are
        made before it, in the same action."""
        id = id or uuid7()
        shape = rows.shaped(entity, values)
        self._check(entity, shape.row)
        columns = None
        if entity == "ticket":
            of = [contact for contact in self._contacts if id in contact["tickets"]]
            if (columns := urgency.at_making(self.conn, shape.row, of)) is not None:
                shape.stored.update(columns)
        elif entity == "contact" and "tickets" in shape.row:
            self._contacts.append(shape.row)
        try:
            pk = rows.insert(self.conn, entity, id, shape.row, shape.stored, at_us=self._at_us)
        except UnicodeEncodeError:
            raise _half_a_character(shape.stored) from None
        fields = dict(zip(shape.wired, zip(repeat(None), shape.wired.values()), strict=False))
        self._note(entity, id, EntryKind.CREATE, fields, None, shape.row)
        if entity == "ticket":
            self._made[id] = pk, shape.row
        if columns is not None:
            self._stirred.discard(id)
        return id

    def make_again(self, entity: str, id: UUID) -> None:
        """An entry that makes a row which stands here already, as it is now: the server refused its making."""
        row = self.get(entity, id)
        values = {name: row[name] for name in ENTITIES[entity].by_name if row[name] is not None}
        self._check(entity, values)
        fields = {name: [None, value] for name, value in rows.wired(entity, values).items()}
        self._note(entity, id, EntryKind.CREATE, fields, None, row)
        if entity in AGREEMENTS:  # it holds here again
            was_written(self.conn, entity, id)

    def set(self, entity: str, id: UUID, changes: Mapping[str, Any], *,
            seen: Mapping[str, Any] | None = None) -> Row:
        """Set fields. ``seen`` is what the author had before his eyes: a field that holds something else by
        now (and not already the wanted value) raises Changed and nothing is written. Returns the row as it
        stands after it; fields that hold the value already make no entry."""
        before = self.get(entity, id)
        wanted = rows.normalise(entity, changes)
        self._check(entity, wanted)
        looked_at = rows.normalise(entity, seen or {})
        differing = {n: v for n, v in wanted.items() if before[n] != v}
        for name in differing:
            if name in looked_at and looked_at[name] != before[name]:
                raise self.changed(entity, id, name, looked_at[name], before[name])
        if not differing:
            return before
        return self._change(entity, before, differing)

    def put_back(self, entity: str, before: Row, values: Mapping[str, Any]) -> None:
        """Set fields of a row that is ``before``, also those that the verb itself may not write: what is taken
        back is withdrawn."""
        differing = {n: v for n, v in values.items() if before[n] != v}
        if differing:
            self._change(entity, before, differing)

    def _change(self, entity: str, before: Row, differing: Row) -> Row:
        try:
            rows.update(self.conn, entity, before["id"], before, differing, at_us=self._at_us)
        except UnicodeEncodeError:
            raise _half_a_character(differing) from None
        after = before | differing
        self._note(entity, before["id"], EntryKind.SET, rows.changes(entity, before, differing), before, after)
        return after

    def add(self, entity: str, id: UUID, name: str, *members: Any) -> Row:
        """Add members to a set field; those already there make no entry."""
        return self._members(entity, id, name, EntryKind.ADD, members)

    def remove(self, entity: str, id: UUID, name: str, *members: Any) -> Row:
        """Remove members from a set field; those not there make no entry."""
        return self._members(entity, id, name, EntryKind.REMOVE, members)

    def _members(self, entity: str, id: UUID, name: str, kind: EntryKind, members: tuple[Any, ...]) -> Row:
        before = self.get(entity, id)
        self._check(entity, {name: members})
        have = before[name] or ()
        moved = [m for m in members if (m in have) is (kind is EntryKind.REMOVE)]
        if not moved:
            return before
        result = set(have) - set(moved) if kind is EntryKind.REMOVE else set(have) | set(moved)
        after = rows.normalise(entity, {name: result})
        try:
            rows.update(self.conn, entity, id, before, after, at_us=self._at_us)
        except UnicodeEncodeError:
            raise _half_a_character({name: "".join(map(str, members))}) from None
        wired = rows.wired(entity, {name: moved})[name]
        change = [wired, None] if kind is EntryKind.REMOVE else [None, wired]
        self._note(entity, id, kind, {name: change}, before, before | after)
        return before | after

    def written(self, entity: str) -> tuple[UUID, ...]:
        """Which rows of ``entity`` this action has written so far."""
        return tuple(p.entity_id for p in self._pending if p.entity == entity)

    def changed(self, entity: str, id: UUID, name: str, seen: Any, theirs: Any) -> Changed:
        """The error that says who changed a field meanwhile, and when."""
        by, at = last_author(self.conn, id, name)
        return Changed(name, seen, theirs, by, at)

    def _check(self, entity: str, values: Mapping[str, Any]) -> None:
        if entity not in self.verb.writes:
            raise AssertionError(f"verb {self.verb.name} may not write {entity}: terms/verbs.py")
        allowed = self.verb.writes[entity]
        if allowed and not values.keys() <= set(allowed):
            raise AssertionError(f"verb {self.verb.name} may not write {entity} {set(values) - set(allowed)}")

    def _note(self, entity: str, id: UUID, kind: EntryKind, fields: Mapping[str, Sequence[Any]], before: Row | None,
              after: Row) -> None:
        """Keep an entry: ``fields`` (wire form) of a row that was ``before`` and is ``after``."""
        touched = rows.touched_tickets(entity, id, before, after)
        self._touched |= touched
        for ticket in touched:
            self._made.pop(ticket, None)
        if entity == "ticket":
            self._dated.add(id)
        if urgency.stirs(entity, fields, before, after):
            self._stirred |= touched
        subject = id if entity == "ticket" else after.get("ticket_id")
        self._pending.append(_Pending(entity, id, kind, fields, 0 if before is None else before["rev"], subject))
        if len(self._pending) > MAX_ENTRIES:
            raise Invalid(
                _("This is too much for one action ({count} changes at most). Do it in smaller parts.").format(
                    count=MAX_ENTRIES
                ),
                code="too_large",
            )


class Journal:
    """The writing side of one open file. One per process; threads take turns."""

    def __init__(self, path: Path, *, clock: Callable[[], datetime] = utc_now) -> None:
        self.path = path
        self.clock = clock
        self.session = uuid7()
        self.batch: UUID | None = None
        self._lock = threading.RLock()
        self._in_bulk = False
        self.conn = database.connect(path)
        # SQLite's own waiting sleeps longer and longer and may miss every pause of an import: we knock (patiently).
        self.conn.execute("PRAGMA busy_timeout = 0")

    def close(self) -> None:
        with self._lock:
            self.conn.close()

    @contextmanager
    def transaction(self) -> Iterator[database.Connection]:
        """BEGIN IMMEDIATE … COMMIT on the writer connection; waits for other savers, then says so."""
        with self._lock:
            if self._in_bulk:
                with self._savepoint():
                    yield self.conn
                return
            self._begin()
            try:
                yield self.conn
                self._run("COMMIT")
                self.conn.agreements = None
            except BaseException as error:
                self._roll_back()
                if isinstance(error, sqlite3.OperationalError) and error.sqlite_errorcode & 0xFF in _OF_THE_DISK:
                    raise self._sentence(error) from None
                raise
            if self.conn.unsettled:
                self.settle_some()

    def _roll_back(self) -> None:
        if self.conn.in_transaction:
            self.conn.execute("ROLLBACK")
        forget(self.conn)

    def settle(self) -> None:
        """Derive the promises of every open ticket again whose agreements have changed, in steps that keep no saver
        waiting: for whoever has time. What cannot be done now stays noted."""
        while self.settle_some():
            time.sleep(batches.PAUSE_S)

    def settle_some(self) -> bool:
        """One step of it, behind every save: a contract of few tickets is done with its own. Whether more may be
        left."""
        with self._lock, suppress(NotReady, sqlite3.Error):
            self._begin()
            try:
                left = urgency.settle_some(self.conn, micros(self.clock()))
                self._run("COMMIT")
            except BaseException:
                self._roll_back()
                raise
            self.conn.unsettled = left
            return left
        return False

    @contextmanager
    def bulk(self) -> Iterator[None]:
        """Many actions in one transaction, on disk when it ends; one inside another is part of it.

        An action refused inside takes back only itself. Search text follows at the end, once per ticket."""
        with self._lock, self.transaction() as conn:
            if self._in_bulk:
                yield
                return
            self._in_bulk = True
            self._unread: set[UUID] = set()
            self._unsettled: set[UUID] = set()
            try:
                yield
                search.refresh_tickets(conn, self._unread)
                urgency.settle(conn, self._unsettled, micros(self.clock()))
            finally:
                self._in_bulk = False

    @contextmanager
    def _savepoint(self) -> Iterator[None]:
        self.conn.execute("SAVEPOINT action")
        try:
            yield
        except BaseException:
            self.conn.execute("ROLLBACK TO action")
            forget(self.conn)
            raise
        finally:
            self.conn.execute("RELEASE action")

    def patiently(self, do: Callable[..., _Result], *args: Any) -> _Result:
        """``do(*args)`` with the writer connection, again while others are in the way. Raises NotReady in the end.

        For what is done outside a transaction; within one nobody is in the way."""
        deadline = time.monotonic() + BUSY_PATIENCE_S
        while True:
            try:
                return do(*args)
            except sqlite3.OperationalError as error:
                if "locked" not in str(error) or time.monotonic() > deadline:
                    raise self._sentence(error) from None
            time.sleep(KNOCK_S)

    def _begin(self) -> None:
        self.patiently(self.conn.execute, "BEGIN IMMEDIATE")
        self.conn.agreements = None
        try:
            database.refuse_newer(database.version(self.conn))
        except BaseException:
            self.conn.execute("ROLLBACK")
            raise

    def _run(self, statement: str) -> None:
        try:
            self.conn.execute(statement)
        except sqlite3.OperationalError as error:
            raise self._sentence(error) from None

    def _sentence(self, error: sqlite3.Error) -> NotReady:
        if "locked" in str(error) or "busy" in str(error):
            return NotReady(
                _("Somebody else is saving for a long time; nothing was saved. Save again."), code="busy"
            )
        return database.unreadable(self.path, error)

    @contextmanager
    def action(self, verb: str, who: Who | None, *, at: datetime | None = None, reason: str | None = None,
               author_text: str | None = None, undoes: UUID | None = None, batch: UUID | None = None,
               id: UUID | None = None, making: UUID | None = None) -> Iterator[Act]:
        """One action of ``who`` (None: a duty, or, under the name ``author_text``, imported history and the making
        of the desk), at instant ``at`` (default now), part of ``batch`` (default: :attr:`batch`). ``id`` is that of a
        duty's action: its entries follow from it, so that written twice they are one. ``making`` is the ticket it
        makes: :attr:`Act.stands` then says whether that stands already, as that of a draft saved twice does. Raises
        NotPermitted, Changed, NotReady; then nothing was written."""
        definition = VERBS[verb]
        if who is not None and verb not in who.verbs:
            raise NotPermitted(
                _("Your roles do not include this ({verb}). Ask an admin for it.").format(verb=_(definition.label))
            )
        recorded = self.clock()
        try:
            with self.transaction() as conn:
                *device, conn.agreements, stands = conn.execute(
                    _DEVICE, (b"" if making is None else making.bytes,)).fetchone()
                act = Act(conn, definition, who, at or recorded, reason, device[1], device[2], id)
                act.stands = bool(stands)
                if undoes is not None and undoing.is_undone(conn, undoes):
                    raise NotUndoable(_("This is undone already."))
                yield act
                self._write(act, recorded, device, author_text, undoes, batch or self.batch)
        except sqlite3.Error as error:
            raise self._sentence(error) from None

    def _write(self, act: Act, recorded: datetime, device: Sequence[Any], author_text: str | None,
               undoes: UUID | None, batch: UUID | None) -> None:
        if not act._pending:
            return
        conn, at_us = act.conn, act._at_us
        recorded_us = at_us if recorded is act.at else micros(recorded)
        if self._in_bulk:
            self._unread |= act._touched
            self._unsettled |= act._stirred
        else:
            search.refresh_tickets(conn, act._touched - act._made.keys())
            for pk, row in act._made.values():
                search.add_ticket(conn, pk, row)
        if aged := act._touched - act._dated:
            freshen(conn, aged, at_us)
        if act.who is not None and act.who.acting:
            author_text = act.who.acting
        shared = (
            act.id.bytes, act.verb.name, device[0], self.session.bytes, SCHEMA, at_us, recorded_us,
            EntryState.LOCAL.value, act.agent and act.agent.bytes, author_text, act.reason, batch and batch.bytes,
            undoes and undoes.bytes,
        )
        size = 0
        out: list[tuple[Any, ...]] = []
        for place, p in enumerate(act._pending):
            text = rows.wire_text(p.fields)
            size += len(text.encode())
            out.append((
                *shared, (uuid5(act.id, str(place)) if act.fixed else uuid7()).bytes, device[3] + place, p.entity,
                p.entity_id.bytes, p.subject and p.subject.bytes, p.kind.value, p.base, text,
            ))
        if size > MAX_BYTES:
            raise Invalid(
                _("This is too much text for one save ({size} kB, {limit} kB at most). Attach it as a file instead.")
                .format(size=size // 1024, limit=MAX_BYTES // 1024),
                code="too_large",
            )
        conn.executemany(_ENTRY, out)
        if not self._in_bulk:
            urgency.settle(conn, act._stirred, recorded_us)
        conn.execute(
            "UPDATE device SET next_n = ?, ticket_counter = ?, touched = 1", (device[3] + len(out), act.counter)
        )

    def undo(self, who: Who, action: UUID | None = None, *, at: datetime | None = None) -> Undone:
        """Take back ``who``'s last action (or the named one) by a new action with inverse fields.

        A batch is taken back whole. Raises NotUndoable when there is nothing, or the thing left the
        house, Changed when a field no longer holds what was set, and Invalid when it would leave the desk without
        whom it needs (store/staff): then nothing was written."""
        with self._lock:
            target = self.patiently(undoing.find_target, self.conn, who, action)
            if target.actions:
                undoing.take_back(self, who, target, at=at)
                return target
        assert target.batch is not None
        batches.withdraw(self, who, target.batch, at=at)
        return target


def _half_a_character(values: Mapping[str, Any]) -> Invalid:
    """Why SQLite did not take these values; looked for only then, for every save would pay for it."""
    field, where = None, "?"
    for name, value in values.items():
        try:
            check_storable(value if isinstance(value, str) else "")
        except ValueError as error:
            field, where = name, str(error).rpartition(" ")[2]
    return Invalid(
        _("This text cannot be stored: it holds half a character (position {where}). "
          "Paste it again without it.").format(where=where), field=field)


def last_author(conn: sqlite3.Connection, id: UUID, name: str) -> tuple[str | None, datetime | None]:
    """Login (or imported author) and instant of the entry that set a field of a row last: an own one the server has
    not taken yet, else the one it took last."""
    found = conn.execute(
        "SELECT coalesce(a.login, e.author_text), e.at FROM entry e LEFT JOIN agent a ON a.id = e.agent "
        "WHERE e.entity_id = ? AND json_extract(e.fields, '$.' || ?) IS NOT NULL "
        "AND e.state != 'rejected' ORDER BY e.seq IS NULL DESC, e.seq DESC, e.pk DESC LIMIT 1",
        (id.bytes, name),
    ).fetchone()
    return (None, None) if found is None else (found[0], instant(found[1]))


def freshen(conn: sqlite3.Connection, tickets: set[UUID], at_us: int) -> None:
    """Move the last change of touched tickets on to ``at_us``."""
    conn.executemany("UPDATE ticket SET updated_at = ?1 WHERE id = ?2 AND updated_at < ?1",
                     [(at_us, id.bytes) for id in tickets])


def refresh(conn: sqlite3.Connection, tickets: set[UUID], at_us: int) -> None:
    """Bring search text, place in the queue and age of touched tickets up to date."""
    reread(conn, tickets)
    freshen(conn, tickets, at_us)


def reread(conn: sqlite3.Connection, tickets: set[UUID], now_us: int | None = None) -> None:
    """Bring search text and place in the queue of touched tickets up to date, at ``now_us`` (default now)."""
    search.refresh_tickets(conn, tickets)
    urgency.settle(conn, tickets, micros(utc_now()) if now_us is None else now_us)
