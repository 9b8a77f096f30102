"""A person goes out of a desk's file: rows, journal, images, search index, free pages, the files beside it.

:func:`carry_out` works inside the caller's transaction and leaves the desk as if nobody had ever written the values;
:func:`finish` makes the bytes go, too, and may be repeated until it could. What goes is decided in rules/erasure.
"""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

from supportdesk.rules import erasure
from supportdesk.rules.erasure import CALL, OTHERS, PERSON, SPOKEN, TICKET, TIES, Order, Reach
from supportdesk.rules.mentions import Words
from supportdesk.store import adopt, attachments, database, enrolment, erasures, parting, rows, search
from supportdesk.store.drafts import drafts_file
from supportdesk.store.journal import Journal, reread
from supportdesk.store.types import dumps, from_db, from_iso, from_wire, to_wire
from supportdesk.terms.entities import ENTITIES

AGAIN = "Erased again after the desk was put back to an older state."
"""The reason of the entries made here: data, in English."""
_AT_ONCE = 1_000
_FIRST = (PERSON, TICKET, CALL)
_ORDER = (*_FIRST, *(name for name in ENTITIES if name not in (*_FIRST, "conflict")), "conflict")
"""Tickets and calls before what hangs on them, conflicts after what they are about."""


def carry_out(conn: sqlite3.Connection, order: Order) -> None:
    """Take a person's values out of every table, inside the caller's transaction."""
    conn.execute("PRAGMA secure_delete = ON")
    merged = conn.execute("SELECT id, merged_into_id FROM caller WHERE merged_into_id IS NOT NULL").fetchall()
    into = {str(UUID(bytes=id)): str(UUID(bytes=other)) for id, other in merged}
    persons = {one for person in order.persons for one in erasure.family(into, person)}
    reach, words = Reach(persons), erasure.words_of([order])
    files: set[str] = set()
    touched: set[UUID] = set()
    for entity in _ORDER:
        if entity in TIES or entity in SPOKEN:
            touched |= _rows(conn, entity, reach, words, files)
    _images(conn, reach, words)
    _entries(conn, reach, words)
    reread(conn, touched | {UUID(id) for id in reach.of[TICKET]})
    erasures.note(conn, order, files)


def _rows(conn: sqlite3.Connection, entity: str, reach: Reach, words: Words, files: set[str]) -> set[UUID]:
    fields = {f.name: f.form for f in ENTITIES[entity].fields}
    named = {tie.by for tie in TIES.get(entity, ())} - {"id"}
    looked_at = [n for n in fields if n in named | SPOKEN.get(entity, frozenset()) | OTHERS.get(entity, frozenset())
                 or any(n in tie.fields for tie in TIES.get(entity, ()))]
    looked_at += [n for n in ("row_id", "field", "state") if entity == "conflict" and n not in looked_at]
    touched: set[UUID] = set()
    for _pk, raw, extra, *values in _pages(conn, entity, ("id", "extra", *looked_at)):
        id = UUID(bytes=raw)
        before = {n: to_wire(fields[n], from_db(fields[n], v)) for n, v in zip(looked_at, values, strict=True)}
        after = erasure.row_scrubbed(entity, str(id), before, reach, words)
        if entity == "attachment" and before["digest"] and not after["digest"]:
            files.add(before["digest"])
        changed = {n: from_wire(fields[n], v) for n, v in after.items() if v != before[n]}
        if changed:
            touched |= _set(conn, entity, id, changed)
        if extra is not None:
            left = None if str(id) in reach.rows else dumps(words.mask_value(json.loads(extra)))
            if left != extra:
                conn.execute(f"UPDATE {entity} SET extra = ? WHERE id = ?", (left, raw))
    return touched


def _set(conn: sqlite3.Connection, entity: str, id: UUID, changed: dict[str, Any]) -> set[UUID]:
    row = rows.read(conn, entity, id)
    assert row is not None
    at_us = conn.execute("SELECT updated_at FROM ticket WHERE id = ?", (id.bytes,)).fetchone() or (0,)
    rows.update(conn, entity, id, row, rows.normalise(entity, changed), at_us=at_us[0] or 0)
    return rows.touched_tickets(entity, id, row, row | changed)


def _pages(conn: sqlite3.Connection, table: str, columns: Sequence[str]) -> Iterator[tuple[Any, ...]]:
    """Every row of a table by its place, read before any of its page is written."""
    last = 0
    while found := conn.execute(
        f"SELECT pk, {', '.join(columns)} FROM {table} WHERE pk > ? ORDER BY pk LIMIT ?", (last, _AT_ONCE)
    ).fetchall():
        last = found[-1][0]
        yield from found


def _images(conn: sqlite3.Connection, reach: Reach, words: Words) -> None:
    """The server scrubs by what it knows of whom a row is about, which may be more than this desk: what it left as it
    was is to come again."""
    for _pk, entity, raw, rev, doc in _pages(conn, "image", ("entity", "id", "rev", "doc")):
        id, values = UUID(bytes=raw), json.loads(doc)
        gone = reach.rows.get(str(id), frozenset())
        left = erasure.scrubbed(entity, values, gone, words)
        if entity == "conflict":
            left = erasure.settled(left, reach)
        if left != values:
            text = rows.wire_text({n: v for n, v in left.items() if v is not None})
            adopt.keep_images(conn, [(entity, raw, rev, text)])
            parting.doubt(conn, raw)


def _entries(conn: sqlite3.Connection, reach: Reach, words: Words) -> None:
    there = {str(UUID(bytes=raw)) for entity in TIES for (raw,) in conn.execute(f"SELECT id FROM {entity}")}
    columns = ("entity", "entity_id", "fields", "reason", "author_text")
    for pk, entity, raw, text, reason, author in _pages(conn, "entry", columns):
        id, pairs = str(UUID(bytes=raw)), json.loads(text)
        left = erasure.pairs_scrubbed(entity, id, pairs, reach, words, there=id in there)
        said = erasure.reason_scrubbed(id, reason, reach, words)
        signed = None if author is None else words.mask(author)
        if left != pairs or (said, signed) != (reason, author):
            conn.execute("UPDATE entry SET fields = ?, reason = ?, author_text = ? WHERE pk = ?",
                         (rows.wire_text(left), said, signed, pk))


# orders that come from elsewhere


def take(conn: sqlite3.Connection, told: Iterable[Mapping[str, Any]]) -> None:
    """Carry out what a server tells this desk to, inside the caller's transaction, unless it was carried out here
    before by a number of the server's (then bytes are still in somebody's way). Whoever ordered it does it once more,
    and so does everybody after a restore: of what was written here meanwhile the server has taken nothing of him."""
    counted = erasures.counted(conn)
    for order in map(Order.read, told):
        if order.id in counted and counted[order.id].holds(order):
            erasures.number(conn, replace(counted[order.id], number=order.number))
        else:
            carry_out(conn, order)


def catch_up(db: Path) -> None:
    """Carry out again what a desk put back from an older copy was not told, and finish what was begun. Nothing when
    there is nothing to do."""
    journal = Journal(db)
    try:
        with journal.bulk():
            for order in erasures.missing(db, journal.conn):
                _again(journal, order)
        left = erasures.unfinished(journal.conn)
    finally:
        journal.close()
    if left:
        finish(db)


def _again(journal: Journal, order: Order) -> None:
    """A desk that exchanges gets the erased row itself from its server; one that works alone writes it down again."""
    if enrolment.former(journal.conn) is None:
        with journal.action("erase", None, reason=AGAIN) as act:
            row = act.find(PERSON, id := UUID(order.persons[0]), "erased_at", "retired_at")
            if row is not None and row["erased_at"] is None:
                done_at = from_iso(order.done_at)
                act.set(PERSON, id, {"erased_at": done_at, "retired_at": row["retired_at"] or done_at})
    carry_out(journal.conn, order)


# the bytes


def finish(db: Path) -> bool:
    """Make the bytes go: search index, free pages, log, side files, attachments. False when another program is in the
    way; then it is to be tried again."""
    with closing(database.connect(db)) as conn:
        erasures.write_beside(db, conn)
        try:
            left = _left(conn, erasures.WRITTEN_ANEW)
            if left:
                _write_anew(db, conn)
                _is_now(conn, left, erasures.WRITTEN_ANEW)
            left = _left(conn, erasures.CLEAN)
            if left and conn.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:
                return False
            _is_now(conn, left, erasures.CLEAN)
        except sqlite3.OperationalError as error:
            if conn.in_transaction:
                conn.execute("ROLLBACK")
            if error.sqlite_errorcode & 0xFF not in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
                raise
            return False
    return True


def _left(conn: sqlite3.Connection, state: int) -> list[bytes]:
    return [id for (id,) in conn.execute("SELECT id FROM erasure WHERE cleaned < ?", (state,))]


def _is_now(conn: sqlite3.Connection, ids: Iterable[bytes], state: int) -> None:
    conn.executemany("UPDATE erasure SET cleaned = ?, files = '[]' WHERE id = ?", [(state, id) for id in ids])


def _write_anew(db: Path, conn: sqlite3.Connection) -> None:
    _side_files(db, conn)
    conn.execute("PRAGMA secure_delete = ON")
    conn.execute("BEGIN IMMEDIATE")
    search.rebuild(conn)
    conn.execute("COMMIT")
    _attachments(db, conn)
    conn.execute("VACUUM")


def _attachments(db: Path, conn: sqlite3.Connection) -> None:
    """Remove the content nobody else's ticket holds, too."""
    for (files,) in conn.execute("SELECT files FROM erasure").fetchall():
        for digest in json.loads(files):
            if conn.execute("SELECT 1 FROM attachment WHERE digest = ? LIMIT 1", (digest,)).fetchone() is None:
                attachments.file_of(db, digest).unlink(missing_ok=True)


def _side_files(db: Path, conn: sqlite3.Connection) -> None:
    """Drafts about a person go, his words go from the others and from imports that wait."""
    orders = erasures.inside(conn)
    words = erasure.words_of(orders)
    about = {person for order in orders for person in order.persons}
    for (raw,) in conn.execute("SELECT t.id FROM ticket t JOIN caller c ON c.id = t.caller_id "
                               "WHERE c.erased_at IS NOT NULL"):
        about.add(str(UUID(bytes=raw)))
    side = drafts_file(db)
    tables = [(side, "draft", "data"), (side, "kept", "value")]
    tables += [(staged, "step", "doc") for staged in db.parent.glob(f"{db.name}.import-*") if staged.suffix != ".lock"]
    for file, table, column in tables:
        if file.exists():
            with closing(sqlite3.connect(file, timeout=database.BUSY_MS / 1000, isolation_level=None)) as aside:
                _aside(aside, table, column, about, words)


def _aside(conn: sqlite3.Connection, table: str, column: str, about: set[str], words: Words) -> None:
    conn.execute("PRAGMA secure_delete = ON")
    conn.execute("BEGIN IMMEDIATE")
    for place, text in conn.execute(f"SELECT rowid, {column} FROM {table}").fetchall():
        if table == "draft" and any(id in text for id in about):
            conn.execute(f"DELETE FROM {table} WHERE rowid = ?", (place,))
            continue
        left = dumps(words.mask_value(json.loads(text)))
        if left != dumps(json.loads(text)):
            conn.execute(f"UPDATE {table} SET {column} = ? WHERE rowid = ?", (left, place))
    conn.execute("COMMIT")
    with suppress(sqlite3.OperationalError):  # a console has it open: what was overwritten is zero already
        conn.execute("VACUUM")
    conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
