"""A person goes out of everything the server holds, and stays out (field/sync.md 2.11).

An ``erase`` that is taken scrubs documents, entries, conflicts and quarantine in the transaction of its push; every
scope is shown the rows anew at the place of that entry. Ids, n, digests and the chain stay, so that what is resent is
known. What consoles say that do not know of it yet is scrubbed on its way in. The list of erasures, digests only, also
stands beside the database: a backup from before, put back, is scrubbed again before anybody is served.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import msgspec
from sqlalchemy import Connection, select

from supportdesk.rules import erasure
from supportdesk.rules.erasure import CALL, PERSON, SPOKEN, TICKET, TIES, Order, Reach
from supportdesk.rules.mentions import Phrase, named, written
from supportdesk.server import tables
from supportdesk.server.merging import CONFLICT, Doc
from supportdesk.server.reading import Read
from supportdesk.server.shapes import EntryIn
from supportdesk.server.statements import Bulk, among

if TYPE_CHECKING:
    from supportdesk.server.placing import Placing

VERB = "erase"
_AT_ONCE = 500
_FIRST = (PERSON, TICKET, CALL)
_REST = tuple(sorted((TIES.keys() | SPOKEN.keys()) - {*_FIRST, CONFLICT}))
_PERSONS = (PERSON, "agent")

_decode = msgspec.json.Decoder(dict[str, Any]).decode
_anything = msgspec.json.Decoder().decode
_entry = msgspec.json.Decoder(EntryIn).decode
_encode = msgspec.json.Encoder().encode


class Overtaken(Exception):
    """Somebody was erased while this was being taken: it is to be taken again."""


def orders(conn: Connection, after: int = 0) -> list[Order]:
    """The erasures with a number beyond ``after``."""
    e = tables.erasure
    query = select(e.c.doc).where(e.c.number > after).order_by(e.c.number)
    return [Order.read(_decode(doc)) for doc in conn.execute(query).scalars()]


def late(conn: Connection, after: int = 0) -> "Late | None":
    """What takes those erased beyond number ``after`` out of what comes; None when there are none."""
    unknown = orders(conn, after)
    return Late(conn, unknown) if unknown else None


# what comes late


class Late:
    """Takes persons and their words out of what a console says that does not know yet who was erased."""

    def __init__(self, conn: Connection, unknown: Sequence[Order]) -> None:
        self._conn = conn
        self._reach = Reach(person for order in unknown for person in order.persons)
        self._words = erasure.words_of(unknown)
        self._known: set[str] = set()

    def concerns(self, person: str) -> bool:
        """Whether a caller is one of those erased."""
        return person in self._reach.of[PERSON]

    def learn(self, ids: Iterable[str]) -> None:
        """Find out which of some rows are tickets or calls of somebody who was erased."""
        e = tables.erased
        wanted = set(ids) - self._known
        self._known |= wanted
        for row in among(self._conn, select(e), e.c.id, wanted):
            self._reach.of[row.entity].add(row.id)

    def rows_of(self, reads: Iterable[Read]) -> dict[str, Doc]:
        """The rows some entries are about."""
        d = tables.doc
        ids = [found.entry.entity_id for found in reads if found.entry is not None]
        query = select(d.c.id, d.c.entity, d.c.rev, d.c.frev, d.c.doc)
        return {row.id: Doc(row.id, row.entity, row.rev, (row.frev, row.doc))
                for row in among(self._conn, query, d.c.id, ids)}

    def scrub_all(self, reads: Iterable[Read], rows: Mapping[str, Doc]) -> None:
        """Change entries that were read into what of them may be known; ``rows`` are those they are about."""
        said = [(found, found.entry, rows.get(found.entry.entity_id)) for found in reads if found.entry is not None]
        self.learn(id for found, entry, doc in said for id in (
            entry.entity_id, *named_by(entry.entity, {} if doc is None else doc.values),
            *named_by(entry.entity, {name: pair[1] for name, pair in (found.pairs or {}).items()})))
        for found, entry, doc in said:
            self._scrub(found, entry, doc)

    def _scrub(self, found: Read, entry: EntryIn, doc: Doc | None) -> None:
        there = doc is not None and doc.exists and doc.entity == entry.entity
        if doc is not None and there:
            self._reach.meet(entry.entity, doc.id, doc.values)
        if found.pairs is not None:
            found.pairs = erasure.pairs_scrubbed(
                entry.entity, entry.entity_id, found.pairs, self._reach, self._words, there=there)
            entry.fields = msgspec.Raw(_encode(found.pairs))
        else:
            entry.fields = msgspec.Raw(_encode(self._words.mask_value(_anything(entry.fields))))
        _rest_of(entry, self._reach, self._words)
        found.body = _encode(entry).decode()

    def row(self, entity: str, id: str, values: dict[str, Any]) -> dict[str, Any]:
        """A row that only a console still has, as it may be known."""
        return erasure.row_scrubbed(entity, id, values, self._reach, self._words)

    def remember(self, taken: Iterable[Doc]) -> None:
        """Write down which tickets and calls of theirs came late."""
        new = {doc.id: doc.entity for doc in taken if doc.entity in (TICKET, CALL) and doc.stored is None
               and doc.id in self._reach.of[doc.entity]}
        _remember(self._conn, new)


def named_by(entity: str, values: dict[str, Any]) -> Iterator[str]:
    """The rows by which one tells whom a row is about."""
    for tie in TIES.get(entity, ()):
        value = values.get(tie.by)
        if isinstance(value, str):
            yield value
        elif value:
            yield from value


def _rest_of(entry: EntryIn, reach: Reach, words: Any) -> None:
    """What of an entry stands beside its fields."""
    entry.reason = erasure.reason_scrubbed(entry.entity_id, entry.reason, reach, words)
    if entry.author_text is not None:
        entry.author_text = words.mask(entry.author_text)


def _remember(conn: Connection, rows: dict[str, str]) -> None:
    e = tables.erased
    there = {row.id for row in among(conn, select(e.c.id), e.c.id, rows)}
    Bulk(conn).insert(e, ("id", "entity"), [(id, rows[id]) for id in sorted(rows.keys() - there)])


# carrying one out


def carry_out(push: "Placing", entry: EntryIn, ordinal: int, order: Order | None = None) -> None:
    """Scrub everything, within a push and at the place of its ``erase``: ``order`` if there is one already. Holds the
    head of the order from here on, so that nothing comes in between."""
    conn, h = push.conn, tables.head
    head = conn.execute(select(h).with_for_update()).one()
    there = {known.id for known in orders(conn)}
    id = entry.id if order is None else order.id
    if id in there:
        return
    if order is None:
        order = _order(conn, push, entry)
    number = max(head.erasures + 1, order.number)
    order = replace(order, number=number)
    _Everything(push, order, ordinal).scrub()
    conn.execute(tables.erasure.insert().values(
        number=number, id=order.id, doc=_encode(order.told()).decode(), cleaned=False))
    conn.execute(h.update().values(erasures=number))
    push.erasures = number


def _order(conn: Connection, push: "Placing", entry: EntryIn) -> Order:
    """Whom an entry erases, and by which words he is known: those nobody else on the desk has."""
    callers: dict[str, dict[str, Any]] = {}
    others: set[Phrase] = set()
    for id, entity, values in _documents(conn, push.docs, _PERSONS):
        if entity == PERSON:
            callers[id] = values
        else:
            others |= named(values.get("name")) | written(values.get("login"))
    persons = erasure.family({id: values.get("merged_into_id") for id, values in callers.items()}, entry.entity_id)
    own: set[Phrase] = set()
    for id, values in callers.items():
        (own if id in persons else others).update(erasure.phrases_of(values))
    e = tables.entry
    query = select(e.c.body).where(e.c.entity == PERSON, e.c.entity_id.in_(sorted(persons)))
    for body in conn.execute(query).scalars():
        own |= _called(body)
    return erasure.ordered(entry.id, persons, entry.entity_id, own - others, entry.at)


def _called(body: str) -> set[Phrase]:
    pairs = _anything(_entry(body).fields)
    try:
        return erasure.phrases_in(pairs)
    except (AttributeError, TypeError, KeyError, IndexError):  # it was refused for what it is
        return set()


def _documents(conn: Connection, mine: dict[str, Doc], entities: Sequence[str]) -> Iterator[tuple[str, str, Any]]:
    """Every row of some entities, as a push that is under way leaves it: (id, entity, values)."""
    d = tables.doc
    last = ""
    while rows := conn.execute(
        select(d.c.id, d.c.entity, d.c.doc).where(d.c.entity.in_(entities), d.c.rev > 0, d.c.id > last)
        .order_by(d.c.id).limit(_AT_ONCE)
    ).all():
        last = rows[-1].id
        for row in rows:
            if row.id not in mine:
                yield row.id, row.entity, _decode(row.doc)
    for doc in list(mine.values()):
        if doc.exists and doc.entity in entities:
            yield doc.id, doc.entity, doc.values


class _Everything:
    """One look at all there is."""

    def __init__(self, push: "Placing", order: Order, ordinal: int) -> None:
        self._push = push
        self._conn = push.conn
        self._ordinal = ordinal
        self._reach = Reach(order.persons)
        self._words = erasure.words_of([order])

    def scrub(self) -> None:
        for entities in ((PERSON,), (TICKET,), (CALL,), _REST, (CONFLICT,)):
            self._rows(entities)
        _remember(self._conn, {id: entity for entity, ids in self._reach.of.items() for id in ids})
        self._kept(tables.entry, ("id",))
        self._kept(tables.quarantine, ("device", "n"))
        for outcome in self._push.outcomes:
            if outcome.fresh and outcome.read.entry is not None:
                outcome.read.body = self._body(outcome.read.body)

    def _rows(self, entities: Sequence[str]) -> None:
        changed = {}
        for id, entity, values in _documents(self._conn, self._push.docs, entities):
            left = erasure.row_scrubbed(entity, id, values, self._reach, self._words)
            left = {name: value for name, value in left.items() if value not in (None, [])}
            if left != values:
                changed[id] = left
        d = tables.doc
        query = select(d.c.id, d.c.entity, d.c.rev, d.c.frev, d.c.doc).order_by(d.c.id).with_for_update()
        for row in among(self._push.conn, query, d.c.id, changed.keys() - self._push.docs.keys()):
            self._push.docs[row.id] = Doc(row.id, row.entity, row.rev, (row.frev, row.doc))
        for id, left in changed.items():
            self._push.docs[id].scrub(left, self._ordinal)

    def _kept(self, table: Any, keys: tuple[str, ...]) -> None:
        """The entries in a table, a part at a time."""
        places = [table.columns[key] for key in keys]
        last: tuple[Any, ...] | None = None
        while True:
            query = select(*places, table.c.body).order_by(*places).limit(_AT_ONCE)
            if last is not None:
                query = query.where(_beyond(places, last))
            rows = self._conn.execute(query).all()
            if not rows:
                return
            last = tuple(rows[-1][: len(keys)])
            left = [(self._body(row.body), *row[: len(keys)]) for row in rows]
            Bulk(self._conn).update(table, ("body",), keys, [
                new for new, row in zip(left, rows, strict=True) if new[0] != row.body])

    def _body(self, body: str) -> str:
        """An entry's text as it may stay; the same text when nothing of it goes."""
        if body == "{}":
            return body
        entry = _entry(body)
        given = _anything(entry.fields)
        doc = self._push.docs.get(entry.entity_id)
        reason, author = entry.reason, entry.author_text
        try:
            there = entry.entity_id in self._reach.rows or doc is not None or self._is_there(entry, given)
            left = erasure.pairs_scrubbed(entry.entity, entry.entity_id, given, self._reach, self._words, there=there)
        except (AttributeError, TypeError, KeyError, IndexError):  # it was refused for what it is
            left = self._words.mask_value(given)
        _rest_of(entry, self._reach, self._words)
        if left == given and (reason, author) == (entry.reason, entry.author_text):
            return body
        entry.fields = msgspec.Raw(_encode(left))
        return _encode(entry).decode()

    def _is_there(self, entry: EntryIn, given: dict[str, list[Any]]) -> bool:
        """Whether there is a row that decides; looked for only where the entry itself would name somebody."""
        after = {name: pair[1] for name, pair in given.items()}
        ours = set().union(*self._reach.of.values())
        if ours.isdisjoint(named_by(entry.entity, after)):
            return True
        d = tables.doc
        return self._conn.execute(select(d.c.id).where(d.c.id == entry.entity_id)).first() is not None


def _beyond(columns: Sequence[Any], last: tuple[Any, ...]) -> Any:
    first, *rest = columns
    if not rest:
        return first > last[0]
    return (first > last[0]) | ((first == last[0]) & _beyond(rest, last[1:]))
