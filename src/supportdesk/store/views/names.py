"""Names of the rows that ids point to: one query a kind, whatever number of ids."""

import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import NamedTuple
from uuid import UUID

_AT_ONCE = 500

BY_WORDS = (
    "SELECT p.id FROM people_fts f CROSS JOIN people_text p ON p.pk = f.rowid "
    "WHERE people_fts MATCH ? AND p.entity = ?"
)
"""Ids of the callers, organisations or assets (the second value) that hold an FTS5 expression (the first)."""


class Name(NamedTuple):
    """How a row is named: ``code`` for machines (login, slug, number), ``shown`` for people."""

    id: UUID
    code: str
    shown: str


ASSET_CODE = "coalesce({0}inventory, {0}serial, {0}host, {0}name)"
ASSET_NAME = "coalesce({0}inventory, {0}host, {0}serial, {0}name)"
"""SQL of what an asset is called, its sticker before all else: the caller can read it. ``{0}`` is the table's alias."""

_NAMES: Mapping[str, tuple[str, str]] = {
    "agent": ("login", "coalesce(name, login)"),
    "team": ("slug", "coalesce(name, slug)"),
    "site": ("slug", "coalesce(name, slug)"),
    "calendar": ("slug", "coalesce(name, slug)"),
    "contract": ("slug", "coalesce(name, slug)"),
    "caller": ("name", "name"),
    "organisation": ("name", "name"),
    "product": ("coalesce(name, slug)", "coalesce(name, slug)"),
    "component": ("coalesce(name, slug)", "coalesce(name, slug)"),
    "asset": (ASSET_CODE.format(""), ASSET_NAME.format("")),
    "ticket": ("number", "number"),
    "article": ("slug", "title"),
}
"""Entity -> SQL of its code and of the name people read."""


_PUBLIC = {"owner_id": "contact_owner"}


def public_name(field: str) -> str:
    """What a stored field is called outside, as in JSON: references without ``_id``."""
    return _PUBLIC.get(field, field.removesuffix("_id"))


def names(conn: sqlite3.Connection, wanted: Iterable[tuple[str, UUID | None]]) -> dict[UUID | None, Name]:
    """The names of (entity, id) pairs; what is not there, or of a kind without a name, is left out."""
    by_entity: defaultdict[str, set[bytes]] = defaultdict(set)
    for entity, id in wanted:
        if id is not None and entity in _NAMES:
            by_entity[entity].add(id.bytes)
    found: dict[UUID | None, Name] = {}
    for entity, ids in by_entity.items():
        code, shown = _NAMES[entity]
        every = sorted(ids)
        for start in range(0, len(every), _AT_ONCE):
            some = every[start : start + _AT_ONCE]
            for raw, its_code, its_name in conn.execute(
                f"SELECT id, {code}, {shown} FROM {entity} WHERE id IN ({','.join('?' * len(some))})", some
            ):
                id = UUID(bytes=raw)
                found[id] = Name(id, its_code or "", its_name or "")
    return found
