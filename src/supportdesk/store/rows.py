"""Rows of the shared entities: read and written in Python forms, with all that hangs on a row.

Every road that changes a row passes here (the journal's action, adoption of images, replay), so the
queue's sort columns, the reference index and the search text can never disagree with the rows.
"""

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple
from uuid import UUID

from pydantic_core import to_json

from supportdesk.store import derive, search, urgency
from supportdesk.store.agreed import AGREEMENTS, was_written
from supportdesk.store.statements import inserting, updating
from supportdesk.store.types import decoder, dumps, encoder, from_wire, normaliser, storer, wirer
from supportdesk.terms.codes import Lane
from supportdesk.terms.entities import ENTITIES
from supportdesk.terms.tables import Form

Row = dict[str, Any]

_TEXT_OF = {"caller": search.caller, "organisation": search.organisation, "asset": search.asset,
            "article": search.article}

_Conversion = Callable[[Any], Any] | None
_Conversions = Mapping[str, _Conversion]


def _conversions(of: Callable[[Form], _Conversion]) -> Mapping[str, _Conversions]:
    """Entity -> field -> conversion, None where a value stays as it is; looked up once, not for each value."""
    return {name: {f.name: of(f.form) for f in e.fields} for name, e in ENTITIES.items()}


def _as_it_is(value: Any) -> Any:
    return value


_DECODE = _conversions(decoder)
_ENCODE = _conversions(encoder)
_WIRE = _conversions(wirer)
_NORMALISE = _conversions(normaliser)
_STORE = {name: {f.name: storer(f.form) for f in e.fields} for name, e in ENTITIES.items()}
_PLAIN = {name: {f.name: None if f.form is Form.TEXT else _NORMALISE[name][f.name] or _as_it_is for f in e.fields}
          for name, e in ENTITIES.items()}
"""Entity -> field -> what brings a value into its one form; None for text, which is the same everywhere."""
_STORED, _WIRED = (
    {name: {field: convert for field, convert in of.items() if convert is not None} for name, of in table.items()}
    for table in (_ENCODE, _WIRE)
)
"""Entity -> those fields that SQLite, or the wire, has in another form than Python -> how they get it."""
_REFS = {name: frozenset(f.name for f in e.fields if f.form is Form.REFS) for name, e in ENTITIES.items()}


def read(conn: sqlite3.Connection, entity: str, id: UUID, *names: str) -> Row | None:
    """The row as field -> Python value plus ``id``, ``pk`` and ``rev``, a ticket also with ``updated_at``
    (microseconds); None if there is none.

    ``names`` are the fields wanted: all of them if none is named. A wide row costs more to describe than to find."""
    reading = _reading(entity, names)
    found = conn.execute(f"{reading.sql} = ?", (id.bytes,)).fetchone()
    if found is None:
        return None
    row = dict(zip(reading.names, found, strict=True))
    row["id"] = id
    for name, decode in reading.decode.items():
        if row[name] is not None:
            row[name] = decode(row[name])
    return row


def present(conn: sqlite3.Connection, entity: str, ids: Sequence[bytes]) -> dict[bytes, "Present"]:
    """Those of at most some hundred rows that are there."""
    reading = _reading(entity, ())
    marks, some = places(ids)
    found = conn.execute(f"{reading.sql} IN ({marks})", some)
    return {values[0]: Present(reading, values) for values in found}


def places(values: Sequence[bytes]) -> tuple[str, Sequence[bytes]]:
    """A place for each of some values in a statement, and the values, the last of them again up to the next power of
    two: of so few lengths each statement is made ready once, which takes as long as many an answer."""
    count = 1 << (len(values) - 1).bit_length() if values else 0
    return ", ".join("?" * count), [*values, *[values[-1]] * (count - len(values))] if values else []


class _Reading(NamedTuple):
    sql: str
    names: Mapping[str, int]  # and their places
    decode: Mapping[str, Callable[[Any], Any]]
    fields: int  # where they begin


@cache
def _reading(entity: str, wanted: tuple[str, ...]) -> _Reading:
    conversions = _DECODE[entity]
    beside = ("id", "pk", "rev", *(("updated_at",) if entity == "ticket" and not wanted else ()))
    names = (*beside, *(wanted or conversions))
    decode = {name: convert for name in wanted or conversions if (convert := conversions[name]) is not None}
    return _Reading(f"SELECT {', '.join(names)} FROM {entity} WHERE id", {name: at for at, name in enumerate(names)},
                    decode, len(beside))


class Present(Mapping[str, Any]):
    """A row as SQLite keeps it; what :func:`read` gives of it is read field by field where it is asked for."""

    __slots__ = ("_reading", "_values")

    def __init__(self, reading: _Reading, values: tuple[Any, ...]) -> None:
        self._reading = reading
        self._values = values

    @property
    def fields(self) -> tuple[Any, ...]:
        """The values of its fields, in their order, as they are kept."""
        return self._values[self._reading.fields :]

    def __getitem__(self, name: str) -> Any:
        value, decode = self._values[self._reading.names[name]], self._reading.decode.get(name)
        return value if value is None or decode is None else decode(value)

    def __iter__(self) -> Iterator[str]:
        return iter(self._reading.names)

    def __len__(self) -> int:
        return len(self._values)


class Shaped(NamedTuple):
    """The values of a new row in Python, for SQLite and on the wire; what is empty is left out."""

    row: Row
    stored: Row
    wired: Row


def shaped(entity: str, values: Mapping[str, Any]) -> Shaped:
    """``values`` in all their forms, in one pass; unknown fields raise KeyError."""
    plain, row = _PLAIN[entity], {}
    for name, value in values.items():
        if (normal := plain[name]) is None:
            if value:
                row[name] = str(value)
        elif value is not None and (value := normal(value)) is not None:
            row[name] = value
    return Shaped(row, _turned(row, _STORED[entity]), _turned(row, _WIRED[entity]))


def _turned(row: Row, conversions: Mapping[str, Callable[[Any], Any]]) -> Row:
    found = row.copy()
    for name in conversions.keys() & row.keys():
        found[name] = conversions[name](row[name])
    return found


class Image(Mapping[str, Any]):
    """A row as it came on the wire, its fields read one by one where they are asked for: of a row that is taken as it
    is only few are. What is empty is not there."""

    __slots__ = ("_forms", "_wired", "extra", "stored")

    def __init__(self, entity: str, wired: Mapping[str, Any]) -> None:
        self._forms = ENTITIES[entity].by_name
        self._wired = wired
        self.stored: Row = {}
        self.extra: Row = {}
        store = _STORE[entity]
        for name, value in wired.items():
            if name not in store:
                self.extra[name] = value
            elif value is not None and value != "" and (value := store[name](value)) is not None:
                self.stored[name] = value

    def __getitem__(self, name: str) -> Any:
        if name not in self.stored:
            raise KeyError(name)
        form = self._forms[name].form
        value = from_wire(form, self._wired[name])
        convert = normaliser(form)
        return value if convert is None else convert(value)

    def get(self, name: str, default: Any = None) -> Any:
        return self[name] if name in self.stored else default

    def __iter__(self) -> Iterator[str]:
        return iter(self.stored)

    def __len__(self) -> int:
        return len(self.stored)

    def differing(self, row: Present) -> list[str]:
        """The fields in which a row is another."""
        here, there = tuple(map(self.stored.get, self._forms)), row.fields
        if here == there:
            return []
        return [name for name, value, other in zip(self._forms, here, there, strict=True) if value != other]


def insert(conn: sqlite3.Connection, entity: str, id: UUID, values: Mapping[str, Any], stored: Row, *, at_us: int,
           rev: int = 0, extra: Row | None = None) -> int:
    """Add a row, its ``values`` in Python and as ``stored``; ``at_us`` is when it happened. Returns its key (pk)."""
    stored = stored | {"id": id.bytes, "rev": rev}
    if extra:
        stored["extra"] = dumps(extra)
    if entity == "ticket":
        stored = urgency.NOTHING | stored | derive.ticket_columns(conn, values, at_us)
    statement = inserting(entity, tuple(stored))
    pk = conn.execute(statement.sql, statement.values(stored)).lastrowid
    assert pk is not None
    if entity in AGREEMENTS:
        was_written(conn, entity, id)
    elif entity == "matrix":
        derive.matrix_was_written(conn)
    for name in _REFS[entity]:
        if values.get(name):
            _index_references(conn, name, id, (), values[name])
    if entity in _TEXT_OF:
        _TEXT_OF[entity](conn, id, values)
    return pk


def update(conn: sqlite3.Connection, entity: str, id: UUID, before: Mapping[str, Any], changes: Row, *, at_us: int,
           beside: Row | None = None) -> None:
    """Set ``changes`` on the row whose present values are ``before``, and columns ``beside`` its fields."""
    stored = _through(_ENCODE[entity], changes) | (beside or {})
    if entity == "ticket":  # what stays the same is not written: there are indexes on it
        stored |= {"updated_at": at_us} if derive.FROM.isdisjoint(changes) else (
            derive.ticket_columns(conn, {**before, **changes}, at_us))
        if stored.get("lane") == Lane.CLOSED:
            stored |= urgency.NOTHING
    if entity in AGREEMENTS:  # what held by it until now, and below what holds by it from now on
        was_written(conn, entity, id)
    statement = updating(entity, tuple(stored))
    conn.execute(statement.sql, statement.values(stored | {"id_": id.bytes}))
    if entity in AGREEMENTS:
        was_written(conn, entity, id)
    elif entity == "matrix":
        derive.matrix_was_written(conn)
    for name in _REFS[entity] & changes.keys():
        _index_references(conn, name, id, before[name] or (), changes[name] or ())
    if entity in _TEXT_OF:
        _TEXT_OF[entity](conn, id, {**before, **changes})


def _through(conversions: _Conversions, values: Mapping[str, Any]) -> Row:
    return {
        name: value if value is None or (convert := conversions[name]) is None else convert(value)
        for name, value in values.items()
    }


def _index_references(
    conn: sqlite3.Connection, field: str, owner: UUID, old: tuple[UUID, ...], new: tuple[UUID, ...]
) -> None:
    for target in old:
        if target not in new:
            conn.execute(
                "DELETE FROM reference WHERE target = ? AND field = ? AND owner = ?", (target.bytes, field, owner.bytes)
            )
    conn.executemany(
        "INSERT OR IGNORE INTO reference (target, field, owner) VALUES (?, ?, ?)",
        [(target.bytes, field, owner.bytes) for target in new if target not in old],
    )


def remove(conn: sqlite3.Connection, entity: str, id: UUID) -> set[UUID]:
    """Take a row out of the file, with all that hangs on it; the tickets whose lines or search text differ then.

    No verb does so: a row leaves when its company has no part in it any more (DESIGN.md 3)."""
    row = read(conn, entity, id)
    if row is None:
        return set()
    search.forget(conn, entity, id, row["pk"])
    conn.execute("DELETE FROM reference WHERE owner = ?", (id.bytes,))
    if entity in AGREEMENTS:
        was_written(conn, entity, id)
    conn.execute(f"DELETE FROM {entity} WHERE id = ?", (id.bytes,))
    return touched_tickets(entity, id, row, {}) if entity != "ticket" else set()


def touched_tickets(entity: str, id: UUID, before: Mapping[str, Any] | None, after: Mapping[str, Any]) -> set[UUID]:
    """Tickets whose list line or search text may differ after a change of this row."""
    if entity == "ticket":
        return {id}
    if entity == "contact":
        return {*((before or {}).get("tickets") or ()), *(after.get("tickets") or ())}
    ids = {row.get("ticket_id") for row in (before, after) if row} | (
        {after.get("from_id"), after.get("to_id")} if entity == "link" else set()
    )
    return {i for i in ids if i is not None}


def normalise(entity: str, values: Mapping[str, Any]) -> Row:
    """``values`` with every field in its one Python form; unknown fields raise KeyError."""
    return _through(_NORMALISE[entity], values)


def wired(entity: str, values: Row) -> Row:
    """``values`` as entries keep them, fit for :func:`wire_text`."""
    return _through(_WIRE[entity], values)


def wire_text(values: Mapping[str, Any]) -> str:
    """JSON text of ``values`` that were :func:`wired`, as types.dumps writes it, in a third of the time."""
    return to_json(values).decode()


def changes(entity: str, before: Row, after: Row) -> dict[str, list[Any]]:
    """What an entry keeps of fields set: [from, to] of every field of ``after``."""
    old, new = wired(entity, {name: before[name] for name in after}), wired(entity, after)
    return {name: [old[name], value] for name, value in new.items()}
