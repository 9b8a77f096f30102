"""What comes in: a page of a pull is images, the rows laid from them, and the entries behind them (DESIGN.md 3 and 5,
field/sync.md 2).

Everything runs inside the caller's transaction, so that a cursor never says more than the rows it stands for.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from supportdesk.rules.schema import STEPS, row_now
from supportdesk.rules.sums import raw_sum
from supportdesk.store import adopt, parting, rows, scopes
from supportdesk.store.journal import reread
from supportdesk.store.outgoing import IDS, INSTANTS
from supportdesk.store.relaying import age
from supportdesk.store.rows import Row
from supportdesk.store.types import micros, raw_id, raw_instant
from supportdesk.terms.entities import ENTITIES
from supportdesk.terms.entries import WIRE

_SEARCHED_BY = {"caller": "caller_id", "organisation": "organisation_id", "component": "component_id",
                "asset": "asset_id"}
"""Rows whose names stand in the search text of tickets, and the field that names them."""


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
    for scope, place in page["scopes"].items():
        scopes.advance(conn, scope, place, *moved.get(scope, (0, 0)))
    return len(page["rows"])


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
        return max(0 if new else age(conn, entity, id), newest.get(row["id"], 0)) or _born(image, now_us)

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


_KEEP = [(name, raw_id if name in IDS else raw_instant if name in INSTANTS
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
