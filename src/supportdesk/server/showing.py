"""What a company is shown of rows and entries: the fields of its view, and no name of a row it has no part in."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
from sqlalchemy import Connection, select

from supportdesk.rules.schema import row_now
from supportdesk.server import tables
from supportdesk.server.naming import MEMBERS, REFERENCES, ids_of, moves
from supportdesk.server.parts import MASTER, shows
from supportdesk.server.shapes import EntryIn
from supportdesk.server.statements import among
from supportdesk.terms.entities import ENTITIES
from supportdesk.terms.tables import View

_decode = msgspec.json.Decoder(dict[str, Any]).decode
_encode = msgspec.json.Encoder(order="sorted").encode
_entry = msgspec.json.Decoder(EntryIn).decode

SEEN: dict[str, dict[View, frozenset[str]]] = {
    name: {view: frozenset(f.name for f in e.fields if shows(view, f.view)) for view in View}
    for name, e in ENTITIES.items()
}
"""Entity -> view -> fields it shows."""

_UNTOLD = MASTER | {"agent"}
"""Rows whose history is their own house's: who set the desk up, when and why."""

_MOVING: dict[str, tuple[str, ...]] = {
    name: tuple(field for field, ref in fields.items() if moves(ref)) for name, fields in REFERENCES.items()
}


class Sight:
    """What the holder of ``scopes`` (none of them ``own``) sees at this moment."""

    def __init__(self, conn: Connection, scopes: frozenset[str]) -> None:
        self._conn = conn
        self._scopes = scopes
        self._known: dict[str, View | None] = {}

    def learn(self, ids: Iterable[str]) -> None:
        """Look up many rows at once."""
        m = tables.membership
        wanted = set(ids) - self._known.keys()
        found: dict[str, set[str]] = defaultdict(set)
        mine = select(m.c.id, m.c.view).where(m.c.scope.in_(sorted(self._scopes)), m.c.gone.is_(False))
        for row in among(self._conn, mine, m.c.id, wanted):
            found[row.id].add(row.view)
        for id in wanted:
            views = found.get(id, set())
            self._known[id] = None if not views else View.WHOLE if tables.WHOLE in views else View.PART

    def view(self, id: str) -> View | None:
        """How much of a row is seen; None: it is not there."""
        if id not in self._known:
            self.learn([id])
        return self._known[id]

    def documents(self, rows: Iterable[tuple[str, str, str]]) -> dict[str, msgspec.Raw]:
        """Row -> its document as it is shown, of (id, entity, document)."""
        read = [(id, entity, row_now(entity, _decode(doc))) for id, entity, doc in rows]
        self.learn(id for id, _entity, _values in read)
        self.learn(other for _id, entity, values in read for other in _others(entity, values))
        return {id: msgspec.Raw(_encode(self._shown(id, entity, values))) for id, entity, values in read}

    def _shown(self, id: str, entity: str, values: Mapping[str, Any]) -> dict[str, Any]:
        seen = SEEN[entity][self.view(id) or View.PART]
        found = {name: self._known_ids(entity, name, value) for name, value in values.items() if name in seen}
        return {name: value for name, value in found.items() if value not in (None, [])}

    def _known_ids(self, entity: str, name: str, value: Any) -> Any:
        if name not in _MOVING[entity] or value is None:
            return value
        if name in MEMBERS[entity]:
            return [id for id in value if self.view(id) is not None]
        return value if self.view(value) is not None else None

    def entries(self, rows: Iterable[Any]) -> list[msgspec.Raw]:
        """Entries as they are shown, of rows with (body, device, seq); those on what is not seen are left out."""
        read = [(row, _entry(row.body)) for row in rows]
        self.learn(entry.entity_id for _row, entry in read)
        found = []
        for row, entry in read:
            view = self.view(entry.entity_id)
            if view is None or entry.entity in _UNTOLD:
                continue
            pairs = row_now(entry.entity, _decode(entry.fields))
            self.learn(other for name in _MOVING[entry.entity] for value in pairs.get(name, ())
                       for other in ids_of(entry.entity, name, value))
            seen = SEEN[entry.entity][view]
            shown = {name: [self._known_ids(entry.entity, name, value) for value in pair]
                     for name, pair in pairs.items() if name in seen}
            if not shown:
                continue
            entry.fields = msgspec.Raw(_encode(shown))
            body = msgspec.json.encode(entry).decode()
            found.append(msgspec.Raw(f'{body[:-1]},"device":"{row.device}","seq":{row.seq}}}'.encode()))
        return found


def _others(entity: str, values: Mapping[str, Any]) -> Iterable[str]:
    for name in _MOVING[entity]:
        yield from ids_of(entity, name, values.get(name))
