"""Patterns for the bulk door: a ticket with its contacts, notes and entries, and where a copy differs.

Keys of what a copy fills: ``i…`` ids, ``a…`` actions, ``t…`` instants (microseconds UTC), ``x…`` texts joined from
others; in capitals the same as it stands in JSON."""

import json
import re
import sqlite3
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from uuid import UUID

from supportdesk import models
from supportdesk.desk.demo.stage import Case, Stage
from supportdesk.store.types import dumps, from_iso, micros
from supportdesk.terms.entities import ENTITIES
from supportdesk.terms.tables import Form

_VERBS = frozenset({
    "take_call", "log_contact", "open_ticket", "note", "take", "assign", "wait", "resume", "solve", "close", "cancel",
    "reopen", "promise_callback", "settle_callback", "offer", "accept", "return", "check_identity",
})
"""Only stories told with these are patterns: nothing shared with another ticket, nothing undone."""

_FAMILY = ("note", "handoff", "article_use", "identity_check")
_FILLED = {
    "title": "title", "description": "description", "caller_name": "name", "caller_number": "phone",
    "number_given": "phone", "callback_number": "phone", "callback_to": "name", "caller_id": "caller_id",
    "organisation_id": "organisation_id", "asset_id": "asset_id", "contract_id": "contract_id",
}
"""Fields a copy has words and people of its own for."""

_SIGN = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|\+00:00)")

Slots = list[tuple[int, str]]


@dataclass(slots=True)
class Pattern:
    """One ticket as the verbs made it; ``ids[0]`` is the ticket's own; ``covered``: it stands under a contract.
    ``rows`` and ``entries`` hold the statement, the values and which of them a copy fills; an entry's first value is
    its ``n``."""

    case: Case
    is_open: bool
    calls_back: bool
    covered: bool
    ids: list[str] = field(default_factory=list)
    spelled_ids: list[str] = field(default_factory=list)
    instants: list[tuple[int, str]] = field(default_factory=list)
    spelled_instants: list[str] = field(default_factory=list)
    texts: list[tuple[str, str, tuple[str, ...]]] = field(default_factory=list)
    rows: list[tuple[str, list[Any], Slots]] = field(default_factory=list)
    entries: list[tuple[str, list[Any], Slots]] = field(default_factory=list)


def patterns(stage: Stage) -> list[Pattern]:
    """What the stage's finished and open stories can be copied after; today's own stay the only ones."""
    found = []
    for id, status, affected, callback, contract in stage.conn.execute(
        "SELECT id, status, affected_id, callback_at, contract_id FROM ticket ORDER BY pk"
    ).fetchall():
        case = stage.cases.get(UUID(bytes=id))
        if case is None or case.id in stage.today or status == "solved" or affected is not None:
            continue
        is_open = status not in ("closed", "cancelled")
        pattern = Pattern(case, is_open, is_open and callback is not None, contract is not None)
        made = _Maker(stage.conn, pattern).make(id)
        if made is not None:
            found.append(made)
    return found


class _Maker:
    """Takes one ticket's rows and entries apart."""

    def __init__(self, conn: sqlite3.Connection, pattern: Pattern) -> None:
        self._conn = conn
        self._pattern = pattern
        self._ids: dict[bytes, str] = {}
        self._instants: dict[int, str] = {}

    def make(self, ticket: bytes) -> Pattern | None:
        conn, pattern = self._conn, self._pattern
        contacts = [id for (id,) in conn.execute(
            "SELECT owner FROM reference WHERE target = ? AND field = 'tickets' ORDER BY owner", (ticket,))]
        members = [("ticket", ticket), *(("contact", id) for id in contacts)]
        for entity in _FAMILY:
            members += [(entity, id) for (id,) in conn.execute(
                f"SELECT id FROM {entity} WHERE ticket_id = ? ORDER BY pk", (ticket,))]
        for _entity, id in members:
            self._id(id, "i")
        marks = ", ".join("?" * len(members))
        entries = conn.execute(
            f"SELECT {', '.join(_names('entry'))} FROM entry WHERE entity_id IN ({marks}) ORDER BY pk",
            [id for _entity, id in members],
        ).fetchall()
        names = _names("entry")
        for values in entries:
            entry = dict(zip(names, values, strict=True))
            if entry["verb"] not in _VERBS or entry["batch"] is not None or entry["undoes"] is not None:
                return None
        for entity, id in members:
            self._row(entity, id)
        for id in contacts:
            pattern.rows.append((
                "INSERT INTO reference (target, field, owner) VALUES (?, ?, ?)", [None, "tickets", None],
                [(0, self._ids[ticket]), (2, self._ids[id])],
            ))
        for values in entries:
            self._entry(dict(zip(names, values, strict=True)))
        pattern.ids = list(self._ids.values())
        pattern.instants = [(us, key) for us, key in self._instants.items()]
        spelled = {key for _key, _text, keys in pattern.texts for key in keys}
        pattern.spelled_ids = [key for key in pattern.ids if key.upper() in spelled]
        pattern.spelled_instants = [key for _us, key in pattern.instants if key.upper() in spelled]
        return pattern

    def _row(self, entity: str, id: bytes) -> None:
        columns = _names(entity)
        values = list(self._conn.execute(f"SELECT {', '.join(columns)} FROM {entity} WHERE id = ?", (id,)).fetchone())
        slots: Slots = []
        for column, (name, value) in enumerate(zip(columns, values, strict=True)):
            key = None if value is None else self._key(entity, name, value)
            if key is not None:
                slots.append((column, key))
        self._pattern.rows.append((_insert(entity, tuple(columns)), values, slots))

    def _key(self, entity: str, name: str, value: Any) -> str | None:
        """What fills a column in a copy; None if it stays."""
        fields = ENTITIES[entity].by_name
        form = fields[name].form if name in fields else None
        if name == "id":
            return self._ids[value]
        if name in ("wake_at", "updated_at") or form is Form.INSTANT:
            return self._instant(value)
        if name == "number_tail":
            return "tail"
        filled = _filled(entity, name)
        if filled is not None:
            return filled
        if form is Form.REF:
            return self._ids.get(value)
        if form in (Form.REFS, Form.JSON):
            return self._text(*self._signs(value))
        return None

    def _entry(self, entry: dict[str, Any]) -> None:
        """An entry; its ``n`` comes first."""
        slots: Slots = []
        names = ["n", *(name for name in entry if name != "n")]
        for column, name in enumerate(names):
            value = entry[name]
            if value is None:
                continue
            if name == "id":
                slots.append((column, self._id(value, "e")))
            elif name == "action":
                slots.append((column, self._id(value, "a")))
            elif name in ("entity_id", "subject"):
                slots.append((column, self._ids[value]))
            elif name in ("at", "recorded_at"):
                slots.append((column, self._instant(value)))
            elif name == "fields":
                key = self._fields(entry["entity"], value)
                if key is not None:
                    slots.append((column, key))
        self._pattern.entries.append((_insert("entry", tuple(names)), [entry[name] for name in names], slots))

    def _fields(self, entity: str, text: str) -> str | None:
        """The JSON of an entry's fields, with holes."""
        parts, keys = [], []
        for name, pair in json.loads(text).items():
            sides = []
            for value in pair:
                filled = _filled(entity, name)
                if value is not None and filled is not None:
                    sides.append("%s")
                    keys.append(filled.upper())
                else:
                    side, inner = self._signs(dumps(value))
                    sides.append(side)
                    keys += inner
            parts.append(f'"{name}":[{",".join(sides)}]')
        return self._text("{" + ",".join(parts) + "}", keys)

    def _signs(self, text: str) -> tuple[str, list[str]]:
        """JSON text with holes where ids of the family and instants stand, and what fills them."""
        keys: list[str] = []

        def hole(found: re.Match[str]) -> str:
            sign = found.group()
            if sign[4] == "-" and sign[10] == "T":
                keys.append(self._instant(micros(from_iso(sign))).upper())
                return "%s"
            key = self._ids.get(UUID(sign).bytes)
            if key is None:
                return sign
            keys.append(key.upper())
            return "%s"

        return _SIGN.sub(hole, text.replace("%", "%%")), keys

    def _text(self, text: str, keys: list[str]) -> str | None:
        if not keys:
            return None
        key = f"x{len(self._pattern.texts)}"
        self._pattern.texts.append((key, text, tuple(keys)))
        return key

    def _id(self, id: bytes, kind: str) -> str:
        return self._ids.setdefault(id, f"{kind}{len(self._ids)}")

    def _instant(self, us: int) -> str:
        return self._instants.setdefault(us, f"t{us}")


def _filled(entity: str, name: str) -> str | None:
    """The word or person a copy has for a field."""
    if name == "number":
        return "ticket_number" if entity == "ticket" else "e164"
    return _FILLED.get(name)


@cache
def _names(table: str) -> tuple[str, ...]:
    """Columns of a table without its primary key."""
    return tuple(column.name for column in models.table(table).columns if column.name != "pk")


def _insert(table: str, columns: tuple[str, ...]) -> str:
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})"
