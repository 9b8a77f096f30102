"""What an exchange with the server reads and writes in this file (DESIGN.md 3 and 5, field/sync.md 2).

Own entries go out in order of n; the server's answer confirms or refuses them; pulled rows become images, and rows
are laid anew from them. Every function that writes does so inside the caller's transaction, so that a cursor never
says more than the rows it stands for.
"""

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from uuid import UUID

from supportdesk.rules.sums import row_sum, total
from supportdesk.store import adopt, parting, rows
from supportdesk.store.journal import MAX_ENTRIES, freshen, reread
from supportdesk.store.rows import Row
from supportdesk.store.types import dumps, from_iso, instant, iso, micros
from supportdesk.terms.codes import EntryKind, EntryState
from supportdesk.terms.entities import ENTITIES
from supportdesk.terms.entries import WIRE

_IDS = frozenset({"id", "action", "batch", "agent", "session", "entity_id", "undoes"})
_INSTANTS = frozenset({"at", "recorded_at"})
_SEARCHED_BY = {"caller": "caller_id", "organisation": "organisation_id", "component": "component_id",
                "asset": "asset_id"}
"""Rows whose names stand in the search text of tickets, and the field that names them."""


# what goes out


@dataclass(frozen=True, slots=True)
class Batch:
    """Own entries for one push: ``entries`` are JSON texts with n from ``first_n`` on, without a gap; they stand in the
    journal after place ``after``, up to ``last``."""

    first_n: int
    entries: Sequence[str]
    after: int
    last: int


def next_batch(conn: sqlite3.Connection, answered: int, most: int, most_bytes: int) -> Batch | None:
    """The own entries after place ``answered``, whole actions only: at most ``most`` and ``most_bytes``, but always
    one action. None when nothing waits."""
    names = ", ".join(f"e.{name}" for name in WIRE if name != "fields")
    found = conn.execute(
        f"SELECT e.pk, e.fields, {names} FROM entry e WHERE e.pk > ? AND e.device = (SELECT id FROM device) "
        "ORDER BY e.pk LIMIT ?", (answered, most + MAX_ENTRIES),
    ).fetchall()
    entries: list[str] = []
    whole = last = size = 0
    action = None
    for at, (_pk, fields, *values) in enumerate(found):
        entry = _wire(values)
        if at and entry["action"] != action:
            whole, last = at, found[at - 1][0]
        action = entry["action"]
        text = f'{dumps(entry)[:-1]},"fields":{fields}}}'
        size += len(text.encode()) + 1
        if whole and (size > most_bytes or at >= most):
            break
        entries.append(text)
    else:
        if found:
            whole, last = len(found), found[-1][0]
    return Batch(found[0][2 + _N], entries[:whole], answered, last) if found else None


_SENT = tuple(name for name in WIRE if name != "fields")
_N = _SENT.index("n")


def _wire(values: Sequence[Any]) -> dict[str, Any]:
    """An entry without its fields in wire form; what is empty is left out."""
    entry = {name: value for name, value in zip(_SENT, values, strict=True) if value is not None}
    for name in entry.keys() & _IDS:
        entry[name] = _text(entry[name])
    for name in _INSTANTS:
        entry[name] = _iso(entry[name])
    return entry


def _text(raw: bytes) -> str:
    """An id in the tables as it stands on the wire."""
    text = raw.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


@lru_cache(1_024)
def _iso(at_us: int) -> str:
    """An instant as it stands on the wire; the same one stands in all entries of an action."""
    return iso(instant(at_us))


def mark_sent(conn: sqlite3.Connection, batch: Batch) -> None:
    """The entries of a push are on their way."""
    conn.execute(
        "UPDATE entry SET state = 'pending' WHERE pk > ? AND pk <= ? AND state = 'local' "
        "AND device = (SELECT id FROM device)", (batch.after, batch.last),
    )


def place_before(conn: sqlite3.Connection, n: int) -> int | None:
    """The place in the journal just before the own entry ``n``; None when there is no such entry."""
    found = conn.execute(
        "SELECT pk - 1 FROM entry WHERE n = ? AND device = (SELECT id FROM device)", (n,)
    ).fetchone()
    if found is None and conn.execute("SELECT next_n FROM device").fetchone()[0] == n:
        found = conn.execute("SELECT coalesce(max(pk), 0) FROM entry").fetchone()
    return None if found is None else int(found[0])


# what the server answers


@dataclass(slots=True)
class Answered:
    """What a push came to. ``place`` is where the next one begins; ``held`` when the server does not know an entry
    yet, and everything from it on waits."""

    confirmed: int = 0
    refused: int = 0
    conflicts: int = 0
    place: int = 0
    held: bool = False


def take_answer(conn: sqlite3.Connection, results: Iterable[Mapping[str, Any]], batch: Batch, now_us: int) -> Answered:
    """Take what became of each entry of a push."""
    done = Answered(place=batch.last)
    sent = {
        n: (pk, id) for pk, n, id in conn.execute(
            "SELECT pk, n, id FROM entry WHERE pk > ? AND pk <= ? AND device = (SELECT id FROM device)",
            (batch.after, batch.last),
        )
    }
    for result in results:
        pk, id = sent[result["n"]]
        seq = result.get("seq")
        if result["r"] == "later":
            done.held, done.place = True, pk - 1
            break
        if seq is None:
            done.refused += 1
            _refuse(conn, id, str(result.get("reason") or ""), now_us)
        else:
            done.confirmed += 1
            done.conflicts += result["r"] == "conflict"
            conn.execute("UPDATE entry SET state = 'confirmed', seq = ? WHERE id = ?", (seq, id))
    parting.settle(conn)
    return done


def _refuse(conn: sqlite3.Connection, id: bytes, reason: str, now_us: int) -> None:
    verb, entity, entity_id = conn.execute("SELECT verb, entity, entity_id FROM entry WHERE id = ?", (id,)).fetchone()
    conn.execute("UPDATE entry SET state = 'rejected' WHERE id = ?", (id,))
    conn.execute("INSERT OR IGNORE INTO refused (entry, reason, at) VALUES (?, ?, ?)", (id, reason, now_us))
    touched = rebuild(conn, entity, UUID(bytes=entity_id))
    reread(conn, touched)
    if verb == "erase":  # the person is known as before, but not here any more
        for scope in cursors(conn):
            forget_scope(conn, scope)


def rebuild(conn: sqlite3.Connection, entity: str, id: UUID) -> set[UUID]:
    """Lay a row anew from its image and own entries. A row the server never had stays as it was typed, without what
    it refused of it; if it refused the very making of it, it stays whole. Returns the tickets concerned."""
    found = conn.execute("SELECT rev, doc FROM image WHERE id = ?", (id.bytes,)).fetchone()
    present = rows.read(conn, entity, id)
    at_us = _age(conn, entity, id)
    if found is not None:
        image, extra = adopt.read_doc(entity, found[1])
        before, after = adopt.lay(conn, entity, id, image, extra, found[0], at_us=at_us)
        return rows.touched_tickets(entity, before, after)
    if present is None:
        return set()
    written = typed(conn, id)
    values = adopt.laid(entity, dict.fromkeys(ENTITIES[entity].by_name), written)
    differing = {name: value for name, value in values.items() if present[name] != value}
    if differing:
        rows.update(conn, entity, id, present, differing, at_us=at_us)
    return rows.touched_tickets(entity, present, present | values)


def typed(conn: sqlite3.Connection, id: UUID) -> list[adopt.Written]:
    """The own entries that make a row the server does not have."""
    written = [
        (EntryKind(kind), text, state) for kind, text, state in conn.execute(
            "SELECT kind, fields, state FROM entry WHERE entity_id = ? AND device = (SELECT id FROM device) "
            "ORDER BY pk", (id.bytes,)
        )
    ]
    whole = any(kind is EntryKind.CREATE and state == EntryState.REJECTED for kind, _text, state in written)
    return [(kind, text) for kind, text, state in written if whole or state != EntryState.REJECTED]


def _age(conn: sqlite3.Connection, entity: str, id: UUID) -> int:
    """When a row changed last, as far as it says so."""
    if entity != "ticket":
        return 0
    found = conn.execute("SELECT updated_at FROM ticket WHERE id = ?", (id.bytes,)).fetchone()
    return int(found[0] or 0) if found else 0


# what comes in


def take_page(conn: sqlite3.Connection, page: Mapping[str, Any], now_us: int) -> int:
    """Take one page of a pull: images, the rows laid from them, the entries behind them, and how far each scope
    is now. Returns how many rows came."""
    entries: list[Mapping[str, Any]] = sorted(page["entries"], key=lambda e: e["seq"])
    newest: dict[str, int] = {}
    for entry in entries:
        id, at_us = entry["entity_id"], _micros(entry["at"])
        newest[id] = max(newest.get(id, 0), at_us)
    touched: set[UUID] = set()
    moved: dict[str, list[int]] = {}
    met = _met(conn, page["rows"])
    for row in page["rows"]:
        touched |= _take_row(conn, row, newest, now_us, moved.setdefault(row["scope"], [0, 0]), met)
    _take_entries(conn, entries)
    reread(conn, touched)
    _count_on(conn, (row["doc"].get("number") for row in page["rows"] if row["entity"] == "ticket" and row["doc"]))
    for scope, place in page["scopes"].items():
        _advance(conn, scope, place, *moved.get(scope, (0, 0)))
    return len(page["rows"])


def _count_on(conn: sqlite3.Connection, numbers: Iterable[str | None]) -> None:
    """Numbers of this desk's own prefix that come from the server were given before this file was put back from a
    copy: it goes on behind them."""
    (prefix,) = conn.execute("SELECT number_prefix FROM device").fetchone()
    given = [parts[1] for parts in ((number or "").split("-") for number in numbers)
             if len(parts) == 3 and parts[0] == str(prefix) and parts[1].isascii() and parts[1].isdigit()]
    if given:
        conn.execute("UPDATE device SET ticket_counter = max(ticket_counter, ?)", (max(map(int, given)),))


@lru_cache(1_024)
def _micros(text: str) -> int:
    """An instant on the wire; the same one stands in all entries of an action."""
    return micros(from_iso(text))


def _raw(text: str) -> bytes:
    """An id on the wire as the tables hold it; a UUID made on the way takes three times as long."""
    raw = bytes.fromhex(text.replace("-", ""))
    if len(raw) != 16:
        raise ValueError("no id")
    return raw


def _met(conn: sqlite3.Connection, page_rows: Iterable[Mapping[str, Any]]) -> set[bytes]:
    """Those of a page's rows this file holds anything about: the others, nearly all of a first pull, are simply
    added."""
    of: dict[str, list[bytes]] = {}
    for row in page_rows:
        of.setdefault(row["entity"], []).append(_raw(row["id"]))
    every = [id for ids in of.values() for id in ids]
    found = _there(conn, "entry", "entity_id", every) | _there(conn, "image_scope", "id", every)
    for entity, ids in of.items():
        found |= _there(conn, "image", "id", ids)
        if entity in ENTITIES:
            found |= _there(conn, entity, "id", ids)
    return found


_AT_ONCE = 500
"""Values asked for by one statement."""


def _there(conn: sqlite3.Connection, table: str, column: str, values: Sequence[bytes]) -> set[bytes]:
    """Which of ``values`` stand in a column."""
    found: set[bytes] = set()
    for at in range(0, len(values), _AT_ONCE):
        some = values[at : at + _AT_ONCE]
        places = ", ".join("?" * len(some))
        found.update(v for (v,) in conn.execute(f"SELECT {column} FROM {table} WHERE {column} IN ({places})", some))
    return found


def _take_row(conn: sqlite3.Connection, row: Mapping[str, Any], newest: Mapping[str, int], now_us: int,
              moved: list[int], met: set[bytes]) -> set[UUID]:
    """Take one row; ``moved`` collects what it does to sum and count of its scope."""
    entity, id, rev, scope = row["entity"], UUID(row["id"]), int(row["rev"]), row["scope"]
    new = id.bytes not in met
    met.add(id.bytes)
    old = 0 if new else parting.held(conn, scope, id)
    if old:
        moved[0] -= row_sum(id, old)
        moved[1] -= 1
    if row["doc"] is None:
        return parting.let_go(conn, scope, entity, id) if entity in ENTITIES else set()
    parting.hold(conn, scope, id, rev)
    moved[0] += row_sum(id, rev)
    moved[1] += 1
    adopt.keep_image(conn, entity, id, rev, rows.wire_text(row["doc"]))
    if entity not in ENTITIES:  # of a newer version: kept, not shown
        return set()
    image, extra = adopt.read_values(entity, row["doc"])
    changed_us = newest.get(row["id"], 0)
    if new:
        after = adopt.lay_new(conn, entity, id, image, extra, rev, at_us=changed_us or _born(image, now_us))
        return rows.touched_tickets(entity, None, after) | _searched_by(conn, entity, id)
    at_us = max(_age(conn, entity, id), changed_us) or _born(image, now_us)
    before, after = adopt.lay(conn, entity, id, image, extra, rev, at_us=at_us)
    if "ticket_id" in image and image["ticket_id"] is not None:
        conn.execute("UPDATE entry SET subject = ? WHERE entity_id = ? AND subject IS NULL",
                     (image["ticket_id"].bytes, id.bytes))
    touched = rows.touched_tickets(entity, before, after)
    if before is None or any(before[n] != after[n] for n in image):
        touched |= _searched_by(conn, entity, id)
    return touched


def _searched_by(conn: sqlite3.Connection, entity: str, id: UUID) -> set[UUID]:
    """Tickets whose search text holds the name of a row."""
    if entity not in _SEARCHED_BY:
        return set()
    return {
        UUID(bytes=ticket)
        for (ticket,) in conn.execute(f"SELECT id FROM ticket WHERE {_SEARCHED_BY[entity]} = ?", (id.bytes,))
    }


def _born(image: Row, now_us: int) -> int:
    made = image.get("created_at")
    return now_us if made is None else micros(made)


def _take_entries(conn: sqlite3.Connection, entries: Sequence[Mapping[str, Any]]) -> None:
    """Keep entries of other devices, each once, so that timelines tell them; own ones are thereby confirmed."""
    ids = [_raw(entry["id"]) for entry in entries]
    known = _there(conn, "entry", "id", ids)
    new: list[tuple[Any, ...]] = []
    changed: dict[UUID, int] = {}
    for id, entry in zip(ids, entries, strict=True):
        if id in known:
            conn.execute("UPDATE entry SET state = 'confirmed', seq = ?1 WHERE id = ?2 "
                         "AND (state IN ('local', 'pending') OR seq != ?1)", (entry["seq"], id))
            continue
        known.add(id)
        values: dict[str, Any] = {name: entry.get(name) for name in WIRE}
        subject = _subject(conn, values)
        for name in _IDS:
            values[name] = None if values[name] is None else _raw(values[name])
        for name in _INSTANTS:
            values[name] = _micros(values[name])
        values["fields"] = rows.wire_text(values["fields"])
        new.append((*values.values(), _raw(entry["device"]), entry["seq"], subject and subject.bytes))
        if subject is not None:
            changed[subject] = max(changed.get(subject, 0), values["at"])
    conn.executemany(_KEPT, new)
    for subject, at_us in changed.items():
        freshen(conn, {subject}, at_us)


_KEPT = (f"INSERT OR IGNORE INTO entry ({', '.join(WIRE)}, device, seq, subject, state) "
         f"VALUES ({', '.join('?' * len(WIRE))}, ?, ?, ?, 'confirmed')")


def _subject(conn: sqlite3.Connection, entry: Mapping[str, Any]) -> UUID | None:
    """The ticket an entry belongs to, for its timeline; None while its row is still to come."""
    id = UUID(entry["entity_id"])
    if entry["entity"] == "ticket":
        return id
    if "ticket_id" not in (ENTITIES[entry["entity"]].by_name if entry["entity"] in ENTITIES else ()):
        return None
    told = (entry["fields"].get("ticket_id") or (None, None))[1]
    if told is not None:
        return UUID(told)
    row = rows.read(conn, entry["entity"], id, "ticket_id")
    return None if row is None else row["ticket_id"]


def _advance(conn: sqlite3.Connection, scope: str, place: Mapping[str, Any], added: int, count: int) -> None:
    """Move a scope's cursor. When it is whole, own entries confirmed on the way leave their rows to the images: what
    the server made of them is known now."""
    conn.execute("INSERT OR IGNORE INTO sync_cursor (scope, seq, whole, sum, count) VALUES (?, 0, 0, '0', 0)", (scope,))
    whole, summed = conn.execute("SELECT whole, sum FROM sync_cursor WHERE scope = ?", (scope,)).fetchone()
    conn.execute(
        "UPDATE sync_cursor SET seq = ?, sum = ?, count = count + ? WHERE scope = ?",
        (place["seq"], str(total(int(summed), added)), count, scope),
    )
    if place["more"] or place["seq"] <= whole:
        return
    conn.execute("UPDATE sync_cursor SET whole = ? WHERE scope = ?", (place["seq"], scope))
    touched: set[UUID] = set()
    for entity, id in conn.execute(
        "SELECT DISTINCT e.entity, e.entity_id FROM entry e JOIN image i ON i.id = e.entity_id "
        "WHERE e.seq > ? AND e.seq <= ? AND i.rev < e.seq AND e.state = 'confirmed' "
        "AND e.device = (SELECT id FROM device)", (whole, place["seq"]),
    ).fetchall():
        touched |= rebuild(conn, entity, UUID(bytes=id))
    reread(conn, touched)


def cursors(conn: sqlite3.Connection) -> dict[str, int]:
    """Scope -> sequence up to which everything was pulled."""
    return dict(conn.execute("SELECT scope, seq FROM sync_cursor ORDER BY scope").fetchall())


# whether it is all there


def differs(conn: sqlite3.Connection, scope: str, place: Mapping[str, Any]) -> bool:
    """Whether a scope pulled to its end holds anything else than the server says."""
    mine = conn.execute("SELECT sum, count FROM sync_cursor WHERE scope = ?", (scope,)).fetchone()
    return mine is None or (int(mine[0]), mine[1]) != (total(int(place["sum"])), place["count"])


def forget_scope(conn: sqlite3.Connection, scope: str) -> None:
    """Begin a scope anew: its images count for nothing until they come again. Rows stay as they are meanwhile."""
    parting.forget(conn, scope)
    conn.execute("UPDATE sync_cursor SET seq = 0, sum = '0', count = 0 WHERE scope = ?", (scope,))


@dataclass(slots=True)
class Looked:
    """What a look at some images and their rows found. ``place`` is where the next look begins."""

    place: int = 0
    damaged: int = 0  # images that are not what came
    astray: tuple[tuple[str, UUID], ...] = ()  # rows that are not what image and entries say


def newest(conn: sqlite3.Connection) -> int:
    """The last place in the journal."""
    return int(conn.execute("SELECT coalesce(max(pk), 0) FROM entry").fetchone()[0])


def look(conn: sqlite3.Connection, place: int, most: int) -> Looked:
    """Look at the next ``most`` images after ``place``; after the last, whether all are there, and from the beginning
    again."""
    found = conn.execute(
        "SELECT pk, entity, id, rev, doc, digest FROM image WHERE pk > ? ORDER BY pk LIMIT ?", (place, most)
    ).fetchall()
    looked = Looked(found[-1][0] if len(found) == most else 0)
    astray: list[tuple[str, UUID]] = []
    for _pk, entity, raw, rev, doc, digest in found:
        id = UUID(bytes=raw)
        if digest is None or entity not in ENTITIES:
            continue
        if adopt.digest(id, rev, doc) != digest:
            looked.damaged += 1
        elif not _as_laid(conn, entity, id, rev, doc):
            astray.append((entity, id))
    looked.astray = tuple(astray)
    if looked.place == 0:
        looked.damaged += len(parting.differing(conn, cursors(conn)))
    return looked


def _as_laid(conn: sqlite3.Connection, entity: str, id: UUID, rev: int, doc: str) -> bool:
    image, _extra = adopt.read_doc(entity, doc)
    values = adopt.laid(entity, {n: image.get(n) for n in ENTITIES[entity].by_name}, adopt.own_entries(conn, id, rev))
    try:
        row = rows.read(conn, entity, id)
    except ValueError:  # not even readable any more
        return False
    return row is not None and row["rev"] == rev and all(row[name] == value for name, value in values.items())


def relay(conn: sqlite3.Connection, entity: str, id: UUID) -> None:
    """Lay a row anew that had gone astray."""
    reread(conn, rebuild(conn, entity, id))
