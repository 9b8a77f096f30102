"""What comes in: a page of a pull is images, the rows laid from them, and the entries behind them (DESIGN.md 3 and 5,
field/sync.md 2).

Everything runs inside the caller's transaction, so that a cursor never says more than the rows it stands for.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from operator import itemgetter
from typing import Any
from uuid import UUID

from supportdesk.rules.schema import STEPS, row_now
from supportdesk.rules.sums import raw_sum
from supportdesk.store import adopt, parting, rows, scopes, search, urgency
from supportdesk.store.outgoing import IDS, INSTANTS
from supportdesk.store.rows import Present
from supportdesk.store.types import micros, raw_id, raw_instant
from supportdesk.terms.codes import Audience, EntryKind
from supportdesk.terms.entities import ENTITIES
from supportdesk.terms.entries import WIRE

_MAKING = frozenset({"ticket", "contact"})
"""What a call that is taken makes, and a ticket's clocks begin with."""

_SEARCHED_BY = {"caller": "caller_id", "organisation": "organisation_id", "component": "component_id",
                "asset": "asset_id"}
"""Rows whose names stand in the search text of tickets, and the field that names them."""


def take_page(conn: sqlite3.Connection, page: Mapping[str, Any], now_us: int) -> int:
    """Take one page of a pull: images, the rows laid from them, the entries behind them, and how far each scope
    is now. Returns how many rows came."""
    entries: list[Mapping[str, Any]] = sorted(page["entries"], key=itemgetter("seq"))
    taking = _Rows(conn, page["rows"], entries, now_us)
    for raw, row in zip(taking.ids, page["rows"], strict=True):
        taking.take(raw, row)
    taking.keep()
    stirred = _take_entries(conn, entries) | taking.stirred
    search.refresh_tickets(conn, taking.touched)
    urgency.settle(conn, stirred - taking.settle_made(entries), now_us)
    _count_on(conn, (row["doc"].get("number") for row in page["rows"] if row["entity"] == "ticket" and row["doc"]))
    before = scopes.whole(conn)
    for scope, place in page["scopes"].items():
        scopes.advance(conn, scope, place, now_us, *taking.moved.get(scope, (0, 0)))
    if page["scopes"].keys() - {parting.OWN}:
        parting.drop_unseen(conn, before, scopes.whole(conn))
    return len(page["rows"])


def _count_on(conn: sqlite3.Connection, numbers: Iterable[str | None]) -> None:
    """Numbers of this desk's own prefix that come from the server were given before this file was put back from a
    copy: it goes on behind them."""
    (prefix,) = conn.execute("SELECT number_prefix FROM device").fetchone()
    given = [parts[1] for parts in ((number or "").split("-") for number in numbers)
             if len(parts) == 3 and parts[0] == str(prefix) and parts[1].isascii() and parts[1].isdigit()]
    if given:
        conn.execute("UPDATE device SET ticket_counter = max(ticket_counter, ?)", (max(map(int, given)),))


class _Rows:
    """The rows of a page, and what this file holds of them, asked for all at once: of most, in a first pull, nothing.
    What is to be kept is gathered, too. ``moved`` is what they do to sum and count of their scopes, ``touched`` the
    tickets whose search text may differ then, ``stirred`` those whose clocks may."""

    def __init__(self, conn: sqlite3.Connection, page_rows: Sequence[Mapping[str, Any]],
                 entries: Iterable[Mapping[str, Any]], now_us: int) -> None:
        self._conn = conn
        self._now = now_us
        self.ids = [raw_id(row["id"]) for row in page_rows]
        self.touched: set[UUID] = set()
        self.stirred: set[UUID] = set()
        self.moved: dict[str, list[int]] = {}
        self._said: dict[str, list[str]] = {}  # of each row, when something of it happened
        for entry in entries:
            self._said.setdefault(entry["entity_id"], []).append(entry["at"])
        of: dict[str, list[bytes]] = {}
        for id, row in zip(self.ids, page_rows, strict=True):
            of.setdefault(row["entity"], []).append(id)
        self._revs = dict(_asked(conn, "SELECT id, rev FROM image WHERE id IN ({})", self.ids))
        self._present: dict[bytes, Present] = {}
        self._own: dict[bytes, int] = {}
        for entity in of.keys() & ENTITIES.keys():
            for some in _some(of[entity]):
                self._present |= rows.present(conn, entity, some)
        for some in _some(self.ids):
            self._own |= adopt.newest_own(conn, some)
        parts = _asked(conn, "SELECT id FROM image_scope WHERE id IN ({})", self.ids)
        self._there = self._own.keys() | self._revs.keys() | self._present.keys() | {id for (id,) in parts}
        self._images: list[tuple[str, bytes, int, str]] = []
        self._revised: dict[str, list[tuple[int, bytes]]] = {}
        self._hanging: list[tuple[bytes, bytes]] = []
        self._made: dict[str, rows.Image] = {}  # new tickets and contacts, by their ids

    def take(self, raw: bytes, row: Mapping[str, Any]) -> None:
        """Take one row (by its id)."""
        entity, rev, scope = row["entity"], int(row["rev"]), row["scope"]
        moved = self.moved.setdefault(scope, [0, 0])
        new = raw not in self._there
        self._there.add(raw)
        old = 0 if new else (
            self._revs.get(raw, 0) if scope == parting.OWN else parting.held(self._conn, scope, UUID(bytes=raw)))
        if old:
            moved[0] -= raw_sum(raw, old)
            moved[1] -= 1
        if row["doc"] is None:
            self.keep()
            left = parting.let_go(self._conn, scope, entity, UUID(bytes=raw))
            self.touched |= left
            self.stirred |= left
            self._revs[raw] = parting.held(self._conn, parting.OWN, UUID(bytes=raw))
            self._present.pop(raw, None)
            return
        if scope != parting.OWN:
            parting.hold(self._conn, scope, UUID(bytes=raw), rev)
        self._images.append((entity, raw, rev, rows.wire_text(row["doc"])))
        self._revs[raw] = rev
        moved[0] += raw_sum(raw, rev)
        moved[1] += 1
        if entity in ENTITIES:  # of a newer version: kept, not shown
            self._lay(raw, row, rev, new=new)

    def _lay(self, raw: bytes, row: Mapping[str, Any], rev: int, *, new: bool) -> None:
        """Make the row what its new image says, and own entries on top."""
        entity = row["entity"]
        image = rows.Image(entity, row_now(entity, row["doc"]) if STEPS else row["doc"])
        if "ticket_id" in image.stored and raw in self._own:
            self._hanging.append((image.stored["ticket_id"], raw))
        before = self._present.pop(raw, None) or (
            None if new else rows.present(self._conn, entity, [raw]).get(raw))
        has_own = self._own.get(raw, 0) > rev
        differing = [] if before is None or has_own else image.differing(before)
        if before is not None and not has_own and not differing and not image.extra:
            self._revised.setdefault(entity, []).append((rev, raw))
            return
        id = UUID(bytes=raw)
        known = before["updated_at"] if before is not None and entity == "ticket" else 0
        at_us = max(known, *map(raw_instant, self._said.get(row["id"], ())), 0) or _born(image, self._now)
        after: Mapping[str, Any] = image
        if has_own:
            after = adopt.lay(self._conn, entity, id, before, dict(image), image.extra, rev, at_us=at_us)
        else:
            adopt.lay_as_it_is(self._conn, entity, id, before, image, differing, rev, at_us=at_us)
            if before is None and entity in _MAKING:
                self._made[row["id"]] = image
        touched = rows.touched_tickets(entity, id, before, after)
        self.touched |= touched
        fields = differing if before is not None and not has_own else ENTITIES[entity].by_name
        if urgency.stirs(entity, fields, before, after):
            self.stirred |= touched
        if entity in _SEARCHED_BY and (before is None or has_own or differing):
            self.touched |= _searched_by(self._conn, entity, raw)

    def settle_made(self, entries: Iterable[Mapping[str, Any]]) -> set[UUID]:
        """Settle the tickets that were made for one call each and met nothing else in these entries: their clocks begin
        as where the call was taken, and no history has to be read. Returns them."""
        made: set[str] = set()
        more: set[str] = set()
        calls: dict[str, list[rows.Image]] = {}
        for entry in entries:
            entity, id, born = entry["entity"], entry["entity_id"], entry["kind"] == EntryKind.CREATE
            if entity == "ticket":
                (made if born and id in self._made else more).add(id)
            elif entity == "contact":
                if not (born and id in self._made):
                    return set()
                for ticket in _told(entry, "tickets") or ():
                    calls.setdefault(ticket, []).append(self._made[id])
            elif entity in _OF_A_TICKET and not (
                    born and entity == "note" and _told(entry, "audience") == Audience.INTERNAL):
                if (ticket := _told(entry, "ticket_id")) is None:
                    return set()
                more.add(ticket)
        alone = {raw_id(id): id for id in made - more if len(calls.get(id, ())) == 1}
        others = {id for id, count in _asked(
            self._conn, "SELECT target, count(*) FROM reference WHERE field = 'tickets' AND target IN ({}) "
            "GROUP BY target", sorted(alone)) if count > 1}
        return urgency.settle_made(self._conn, {
            UUID(bytes=raw): (self._made[id], calls[id]) for raw, id in alone.items() if raw not in others})

    def keep(self) -> None:
        """Write down what was gathered."""
        adopt.keep_images(self._conn, self._images)
        for entity, revised in self._revised.items():
            self._conn.executemany(f"UPDATE {entity} SET rev = ?, extra = NULL WHERE id = ?", revised)
        self._conn.executemany("UPDATE entry SET subject = ? WHERE entity_id = ? AND subject IS NULL", self._hanging)
        self._images, self._revised, self._hanging = [], {}, []


_AT_ONCE = 500
"""Values asked for by one statement."""


def _asked(conn: sqlite3.Connection, query: str, values: Sequence[bytes]) -> Iterator[tuple[Any, ...]]:
    """What a query answers that asks for any of ``values`` between its braces."""
    for each in _some(values):
        marks, some = rows.places(each)
        yield from conn.execute(query.format(marks), some)


def _some(values: Sequence[bytes]) -> Iterator[Sequence[bytes]]:
    for at in range(0, len(values), _AT_ONCE):
        yield values[at : at + _AT_ONCE]


def _searched_by(conn: sqlite3.Connection, entity: str, raw: bytes) -> set[UUID]:
    """Tickets whose search text holds the name of a row."""
    query = f"SELECT id FROM ticket WHERE {_SEARCHED_BY[entity]} = ?"
    return {UUID(bytes=ticket) for (ticket,) in conn.execute(query, (raw,))}


def _told(entry: Mapping[str, Any], name: str) -> Any:
    """What an entry makes of a field, as it came; None where it says nothing of it."""
    return (entry["fields"].get(name) or (None, None))[1]


def _born(image: Mapping[str, Any], now_us: int) -> int:
    made = image.get("created_at")
    return now_us if made is None else micros(made)


def _take_entries(conn: sqlite3.Connection, entries: Sequence[Mapping[str, Any]]) -> set[UUID]:
    """Keep entries of other devices, each once, so that timelines tell them; own ones are thereby confirmed. Returns
    the tickets whose clocks are read from them."""
    ids = [raw_id(entry["id"]) for entry in entries]
    known = {id: (state, seq) for id, state, seq in _asked(
        conn, "SELECT id, state, seq FROM entry WHERE id IN ({})", ids)}
    new: list[tuple[Any, ...]] = []
    confirmed: list[tuple[int, bytes]] = []
    changed: dict[bytes, int] = {}
    stirred: set[UUID] = set()
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
        stirred |= _stirred(entry, subject)
        if subject is not None:
            changed[subject] = max(changed.get(subject, 0), raw_instant(entry["at"]))
    conn.executemany(_KEPT, new)
    conn.executemany("UPDATE entry SET state = 'confirmed', seq = ? WHERE id = ?", confirmed)
    conn.executemany("UPDATE ticket SET updated_at = ?1 WHERE id = ?2 AND updated_at < ?1",
                     [(at_us, id) for id, at_us in changed.items()])
    return stirred


def _stirred(entry: Mapping[str, Any], subject: bytes | None) -> set[UUID]:
    """The tickets whose clocks are read from an entry, whatever its row says."""
    fields = entry["fields"]
    if entry["entity"] == "contact":
        return {UUID(id) for _old, new in (fields.get("tickets") or (None, None),) for id in new or ()}
    said = (fields.get("audience") or (None, Audience.CALLER))[1]
    stirs = subject is not None and urgency.stirs(entry["entity"], fields, {"audience": said})
    return {UUID(bytes=subject)} if subject is not None and stirs else set()


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
    row = rows.read(conn, entity, UUID(id), "ticket_id")
    ticket = None if row is None else row["ticket_id"]
    return None if ticket is None else ticket.bytes


_OF_A_TICKET = frozenset(name for name, entity in ENTITIES.items() if "ticket_id" in entity.by_name)
