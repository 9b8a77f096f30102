"""What an exchange with the server reads and writes in this file (DESIGN.md 3 and 5, field/sync.md 2).

Own entries go out in order of n; the server's answer confirms or refuses them; pulled rows become images, and rows
are laid anew from them. Every function that writes does so inside the caller's transaction, so that a cursor never
says more than the rows it stands for.
"""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from uuid import UUID

from supportdesk.rules.schema import STEPS, Line, fields_for, raised, row_now
from supportdesk.rules.sums import raw_sum, total
from supportdesk.store import adopt, held, parting, rows
from supportdesk.store.journal import MAX_ENTRIES, reread
from supportdesk.store.rows import Row
from supportdesk.store.types import dumps, instant, iso, micros, raw_id, raw_instant
from supportdesk.terms.codes import EntryKind, EntryState
from supportdesk.terms.entities import ENTITIES
from supportdesk.terms.entries import SCHEMA, WIRE

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


def next_batch(conn: sqlite3.Connection, answered: int, most: int, most_bytes: int,
               schema: int = SCHEMA) -> Batch | None:
    """The own entries after place ``answered``, whole actions only: at most ``most`` and ``most_bytes``, but always
    one action. None when nothing waits. ``schema`` is the version of the server: its names of fields are used."""
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
        if STEPS and schema < SCHEMA:
            fields = dumps(fields_for(entry["entity"], _now(entry, fields), schema))
        text = f'{rows.wire_text(entry)[:-1]},"fields":{fields}}}'
        size += len(text.encode()) + 1
        if whole and (size > most_bytes or at >= most):
            break
        entries.append(text)
    else:
        if found:
            whole, last = len(found), found[-1][0]
    return Batch(found[0][2 + _N], entries[:whole], answered, last) if found else None


def _now(entry: Mapping[str, Any], fields: str) -> dict[str, Any]:
    """The fields of an own entry under today's names, whatever version wrote it."""
    line = Line(entry["verb"], entry["entity"], entry["kind"], json.loads(fields))
    return raised(line, entry["schema"]).fields


def held_batch(conn: sqlite3.Connection, after: int, most: int, most_bytes: int, schema: int) -> Batch | None:
    """As :func:`next_batch`, from the first entry after place ``after`` that waits for the server's update up to the
    last one that goes with it. None when none waits there."""
    waiting = [place for place in held.places(conn) if place > after]
    if not waiting:
        return None
    found = next_batch(conn, waiting[0] - 1, most, most_bytes, schema)
    assert found is not None
    last = max(place for place in waiting if place <= found.last)
    (count,) = conn.execute("SELECT count(*) FROM entry WHERE pk > ? AND pk <= ? AND device = (SELECT id FROM device)",
                            (found.after, last)).fetchone()
    return Batch(found.first_n, found.entries[:count], found.after, last)


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
    """What a push came to. ``held`` counts entries the server does not know yet: they wait for its update."""

    confirmed: int = 0
    refused: int = 0
    conflicts: int = 0
    held: int = 0


def take_answer(conn: sqlite3.Connection, results: Iterable[Mapping[str, Any]], batch: Batch, now_us: int) -> Answered:
    """Take what became of each entry of a push."""
    done = Answered()
    sent = {
        n: (pk, id, state) for n, pk, id, state in conn.execute(
            "SELECT n, pk, id, state FROM entry WHERE pk > ? AND pk <= ? AND device = (SELECT id FROM device)",
            (batch.after, batch.last),
        )
    }
    if held.is_any(conn):
        held.let_go(conn, [id for _pk, id, _state in sent.values()])
    later: list[bytes] = []
    confirmed: list[tuple[int, int]] = []
    for result in results:
        pk, id, state = sent[result["n"]]
        waited = state == "pending"
        seq = result.get("seq")
        if result["r"] == "later":
            later.append(id)
        elif seq is None:
            done.refused += waited
            _confirm(conn, confirmed)
            _refuse(conn, id, str(result.get("reason") or ""), now_us)
        else:
            done.confirmed += waited or result["r"] != "dup"
            done.conflicts += result["r"] == "conflict"
            confirmed.append((seq, pk))
    _confirm(conn, confirmed)
    done.held = len(later)
    held.hold(conn, later, now_us)
    parting.settle(conn)
    return done


def _confirm(conn: sqlite3.Connection, confirmed: list[tuple[int, int]]) -> None:
    """Keep where entries stand in the server's order (sequence, place in the journal); the list is empty then."""
    conn.executemany("UPDATE entry SET state = 'confirmed', seq = ? WHERE pk = ?", confirmed)
    confirmed.clear()


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
        return rows.touched_tickets(entity, id, before, after)
    if present is None:
        return set()
    written = typed(conn, id)
    values = adopt.laid(entity, dict.fromkeys(ENTITIES[entity].by_name), written)
    differing = {name: value for name, value in values.items() if present[name] != value}
    if differing:
        rows.update(conn, entity, id, present, differing, at_us=at_us)
    return rows.touched_tickets(entity, id, present, present | values)


def typed(conn: sqlite3.Connection, id: UUID) -> list[adopt.Written]:
    """The own entries that make a row the server does not have."""
    written = [
        (state, adopt.Written(*found)) for state, *found in conn.execute(
            "SELECT state, verb, kind, fields, schema FROM entry WHERE entity_id = ? "
            "AND device = (SELECT id FROM device) ORDER BY pk", (id.bytes,)
        )
    ]
    whole = any(entry.kind == EntryKind.CREATE and state == EntryState.REJECTED for state, entry in written)
    return [entry for state, entry in written if whole or state != EntryState.REJECTED]


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
        id, at_us = entry["entity_id"], raw_instant(entry["at"])
        newest[id] = max(newest.get(id, 0), at_us)
    touched: set[UUID] = set()
    moved: dict[str, list[int]] = {}
    known = _Known(conn, page["rows"])
    for row in page["rows"]:
        touched |= _take_row(conn, row, newest, now_us, moved.setdefault(row["scope"], [0, 0]), known)
    known.keep()
    _take_entries(conn, entries)
    reread(conn, touched)
    _count_on(conn, (row["doc"].get("number") for row in page["rows"] if row["entity"] == "ticket" and row["doc"]))
    whole = _whole(conn)
    for scope, place in page["scopes"].items():
        _advance(conn, scope, place, *moved.get(scope, (0, 0)))
    if page["scopes"].keys() - {parting.OWN}:
        parting.drop_unseen(conn, whole, _whole(conn))
    return len(page["rows"])


def _whole(conn: sqlite3.Connection) -> int:
    """The place in the server's order up to which every scope is here."""
    return int(conn.execute("SELECT coalesce(min(whole), 0) FROM sync_cursor").fetchone()[0])


def _count_on(conn: sqlite3.Connection, numbers: Iterable[str | None]) -> None:
    """Numbers of this desk's own prefix that come from the server were given before this file was put back from a
    copy: it goes on behind them."""
    (prefix,) = conn.execute("SELECT number_prefix FROM device").fetchone()
    given = [parts[1] for parts in ((number or "").split("-") for number in numbers)
             if len(parts) == 3 and parts[0] == str(prefix) and parts[1].isascii() and parts[1].isdigit()]
    if given:
        conn.execute("UPDATE device SET ticket_counter = max(ticket_counter, ?)", (max(map(int, given)),))


class _Known:
    """What this file holds of a page's rows, asked for all at once: of most, in a first pull, nothing. It also gathers
    what is then kept all at once."""

    def __init__(self, conn: sqlite3.Connection, page_rows: Iterable[Mapping[str, Any]]) -> None:
        self._conn = conn
        of: dict[str, list[bytes]] = {}
        for row in page_rows:
            of.setdefault(row["entity"], []).append(raw_id(row["id"]))
        every = [id for ids in of.values() for id in ids]
        self.revs = dict(_asked(conn, "SELECT id, rev FROM image WHERE id IN ({})", every))
        self.written = _there(conn, "entry", "entity_id", every)
        self.present: dict[bytes, Row] = {}
        self._own: dict[bytes, int] = {}
        for entity in of.keys() & ENTITIES.keys():
            for some in _some(of[entity]):
                self.present |= rows.raw_some(conn, entity, some)
        for some in _some(sorted(self.written)):
            self._own |= adopt.newest_own(conn, some)
        self.there = (self.written | self.revs.keys() | self.present.keys()
                      | _there(conn, "image_scope", "id", every))
        self._images: list[tuple[str, bytes, int, str]] = []
        self._revised: dict[str, list[tuple[int, bytes]]] = {}

    def has_own(self, id: bytes, rev: int) -> bool:
        """Whether own entries lie on top of an image of this revision."""
        return self._own.get(id, 0) > rev

    def take_image(self, entity: str, id: bytes, rev: int, doc: Mapping[str, Any]) -> None:
        self._images.append((entity, id, rev, rows.wire_text(doc)))
        self.revs[id] = rev

    def take_rev(self, entity: str, id: bytes, rev: int) -> None:
        """The row is what its new image says; only its revision is another."""
        self._revised.setdefault(entity, []).append((rev, id))

    def keep(self) -> None:
        """Write down what was gathered."""
        adopt.keep_images(self._conn, self._images)
        for entity, revised in self._revised.items():
            self._conn.executemany(f"UPDATE {entity} SET rev = ?, extra = NULL WHERE id = ?", revised)
        self._images, self._revised = [], {}


_AT_ONCE = 500
"""Values asked for by one statement."""


def _there(conn: sqlite3.Connection, table: str, column: str, values: Sequence[bytes]) -> set[bytes]:
    """Which of ``values`` stand in a column."""
    return {value for (value,) in _asked(conn, f"SELECT {column} FROM {table} WHERE {column} IN ({{}})", values)}


def _asked(conn: sqlite3.Connection, query: str, values: Sequence[bytes]) -> Iterator[tuple[Any, ...]]:
    """What a query answers that asks for any of ``values`` between its braces."""
    for some in _some(values):
        yield from conn.execute(query.format(", ".join("?" * len(some))), some)


def _some(values: Sequence[bytes]) -> Iterator[Sequence[bytes]]:
    for at in range(0, len(values), _AT_ONCE):
        yield values[at : at + _AT_ONCE]


def _take_row(conn: sqlite3.Connection, row: Mapping[str, Any], newest: Mapping[str, int], now_us: int,
              moved: list[int], known: _Known) -> set[UUID]:
    """Take one row; ``moved`` collects what it does to sum and count of its scope."""
    entity, raw, rev, scope = row["entity"], raw_id(row["id"]), int(row["rev"]), row["scope"]
    id = UUID(bytes=raw)
    new = raw not in known.there
    known.there.add(raw)
    old = 0 if new else known.revs.get(raw, 0) if scope == parting.OWN else parting.held(conn, scope, id)
    if old:
        moved[0] -= raw_sum(raw, old)
        moved[1] -= 1
    if row["doc"] is None:
        known.keep()
        touched = parting.let_go(conn, scope, entity, id)
        known.revs[raw] = parting.held(conn, parting.OWN, id)
        known.present.pop(raw, None)
        return touched
    parting.hold(conn, scope, id, rev)
    known.take_image(entity, raw, rev, row["doc"])
    moved[0] += raw_sum(raw, rev)
    moved[1] += 1
    if entity not in ENTITIES:  # of a newer version: kept, not shown
        return set()
    image = rows.Image(entity, row_now(entity, row["doc"]) if STEPS else row["doc"])
    if "ticket_id" in image.stored and raw in known.written:
        conn.execute("UPDATE entry SET subject = ? WHERE entity_id = ? AND subject IS NULL",
                     (image.stored["ticket_id"], raw))

    def at_us() -> int:
        return max(0 if new else _age(conn, entity, id), newest.get(row["id"], 0)) or _born(image, now_us)

    before: Row | None
    after: Mapping[str, Any]
    present = known.present.pop(raw, None) or (None if new else rows.raw(conn, entity, id))
    if known.has_own(raw, rev):
        before, after = adopt.lay(conn, entity, id, dict(image), image.extra, rev, at_us=at_us())
    elif present is not None and not image.extra and not image.differing(present):
        known.take_rev(entity, raw, rev)
        return set()
    else:
        before, after = adopt.lay_as_it_is(conn, entity, id, image, rev, at_us=at_us, present=present)
    touched = rows.touched_tickets(entity, id, before, after)
    if before is None or any(before[n] != value for n, value in after.items()):
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


def _born(image: Mapping[str, Any], now_us: int) -> int:
    made = image.get("created_at")
    return now_us if made is None else micros(made)


def _take_entries(conn: sqlite3.Connection, entries: Sequence[Mapping[str, Any]]) -> None:
    """Keep entries of other devices, each once, so that timelines tell them; own ones are thereby confirmed."""
    ids = [raw_id(entry["id"]) for entry in entries]
    known = {id: (state, seq) for id, state, seq in _asked(
        conn, "SELECT id, state, seq FROM entry WHERE id IN ({})", ids)}
    new: list[tuple[Any, ...]] = []
    confirmed: list[tuple[int, bytes]] = []
    changed: dict[bytes, int] = {}
    for id, entry in zip(ids, entries, strict=True):
        seq = entry["seq"]
        if id in known:
            state, held = known[id]
            if state in ("local", "pending") or (held is not None and held != seq):
                confirmed.append((seq, id))
            continue
        known[id] = ("confirmed", seq)
        subject = _subject(conn, entry)
        get = entry.get
        new.append((*[value if (value := get(name)) is None or keep is None else keep(value) for name, keep in _KEEP],
                    raw_id(entry["device"]), seq, subject))
        if subject is not None:
            changed[subject] = max(changed.get(subject, 0), raw_instant(entry["at"]))
    conn.executemany(_KEPT, new)
    conn.executemany("UPDATE entry SET state = 'confirmed', seq = ? WHERE id = ?", confirmed)
    conn.executemany("UPDATE ticket SET updated_at = ?1 WHERE id = ?2 AND updated_at < ?1",
                     [(at_us, id) for id, at_us in changed.items()])


_KEEP = [(name, raw_id if name in _IDS else raw_instant if name in _INSTANTS
          else rows.wire_text if name == "fields" else None) for name in WIRE]
_KEPT = (f"INSERT OR IGNORE INTO entry ({', '.join(WIRE)}, device, seq, subject, state) "
         f"VALUES ({', '.join('?' * len(WIRE))}, ?, ?, ?, 'confirmed')")


def _subject(conn: sqlite3.Connection, entry: Mapping[str, Any]) -> bytes | None:
    """The ticket an entry belongs to, for its timeline; None while its row is still to come."""
    entity, id = entry["entity"], entry["entity_id"]
    if entity == "ticket":
        return raw_id(id)
    if entity in ENTITIES and entity not in _OF_A_TICKET:
        return None
    told = (entry["fields"].get("ticket_id") or (None, None))[1]
    if told is not None:
        return raw_id(told)
    if entity not in ENTITIES:
        return None
    row = rows.raw(conn, entity, UUID(id), "ticket_id")
    return None if row is None else row["ticket_id"]


_OF_A_TICKET = frozenset(name for name, entity in ENTITIES.items() if "ticket_id" in entity.by_name)


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
    """What a look at some images and their rows found. ``place`` is where the next look begins, 0 after the last."""

    place: int = 0
    damaged: int = 0  # images that are not what came
    astray: tuple[tuple[str, UUID], ...] = ()  # rows that are not what image and entries say


def newest(conn: sqlite3.Connection) -> int:
    """The last place in the journal."""
    return int(conn.execute("SELECT coalesce(max(pk), 0) FROM entry").fetchone()[0])


def look(conn: sqlite3.Connection, place: int, most: int) -> Looked:
    """Look at the next ``most`` images after ``place``; after the last it is time to count them, and to begin again."""
    found = conn.execute(
        "SELECT pk, entity, id, rev, doc, digest FROM image WHERE pk > ? ORDER BY pk LIMIT ?", (place, most)
    ).fetchall()
    looked = Looked(found[-1][0] if len(found) == most else 0)
    own = adopt.newest_own(conn, [row[2] for row in found])
    of: dict[str, list[bytes]] = {}
    for _pk, entity, raw, *_image in found:
        of.setdefault(entity, []).append(raw)
    present: dict[bytes, Row] = {}
    for entity in of.keys() & ENTITIES.keys():
        present |= rows.raw_some(conn, entity, of[entity])
    astray: list[tuple[str, UUID]] = []
    for _pk, entity, raw, rev, doc, digest in found:
        id = UUID(bytes=raw)
        if digest is None or entity not in ENTITIES:
            continue
        if adopt.digest(raw, rev, doc) != digest:
            looked.damaged += 1
        elif not _as_laid(conn, entity, id, rev, doc, present.get(raw), own.get(raw, 0) > rev):
            astray.append((entity, id))
    looked.astray = tuple(astray)
    return looked


def _as_laid(conn: sqlite3.Connection, entity: str, id: UUID, rev: int, doc: str, row: Row | None,
             has_own: bool) -> bool:
    """Whether a row (rows.raw) is what its image says, and own entries on top of it."""
    if row is None or row["rev"] != rev:
        return False
    image = rows.Image(entity, json.loads(doc))
    if not has_own and not image.differing(row):
        return True
    values = adopt.laid(entity, {n: image.get(n) for n in ENTITIES[entity].by_name}, adopt.own_entries(conn, id, rev))
    try:
        row = rows.decoded(entity, id, row)
    except ValueError:  # not even readable any more
        return False
    return all(row[name] == value for name, value in values.items())


def relay(conn: sqlite3.Connection, entity: str, id: UUID) -> None:
    """Lay a row anew that had gone astray."""
    reread(conn, rebuild(conn, entity, id))
