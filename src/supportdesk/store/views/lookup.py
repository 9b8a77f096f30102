"""Rows by what people call them: slug, login, name, number, id. One answer is a hit, several are a choice."""

import json
import sqlite3
from dataclasses import dataclass
from uuid import UUID

from supportdesk.rules.phones import digits_key, parse_phone
from supportdesk.rules.text import fold
from supportdesk.rules.words import search_words
from supportdesk.store.views.names import ASSET_NAME, BY_WORDS
from supportdesk.store.views.numbers import uuid_in

AT_MOST = 20
"""Candidates named when several fit."""

_NARROW = 200
"""Rows an index gives to be compared letter by letter."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A row that fits: ``key`` names it alone (slug, login, number or id), ``name`` is what people read."""

    id: UUID
    key: str
    name: str


_SMALL = {
    "agent": ("login", "name", "''"),
    "team": ("slug", "name", "''"),
    "site": ("slug", "name", "''"),
    "role": ("slug", "name", "''"),
    "calendar": ("slug", "name", "''"),
    "contract": ("slug", "name", "(SELECT o.name FROM organisation o WHERE o.id = t.organisation_id)"),
    "product": ("slug", "name", "''"),
    "component": ("slug", "name", "(SELECT p.name FROM product p WHERE p.id = t.product_id)"),
}
"""Kinds of which a desk has hundreds at most: key, name, and what tells namesakes apart."""


def keyed(conn: sqlite3.Connection, entity: str, typed: str, *, retired: bool = False) -> list[Candidate]:
    """Agents, teams, sites, roles, products or components by key, else by name, else by name whatever its case
    and accents; "Product > Component" finds a component of one product. ``retired`` ones only if asked for."""
    key, name, of = _SMALL[entity]
    rows = conn.execute(
        f"SELECT t.id, t.{key}, t.{name}, {of} FROM {entity} t "
        f"{'' if retired else 'WHERE t.retired_at IS NULL '}ORDER BY t.pk"
    ).fetchall()
    wanted = typed.strip()
    folded, id = fold(wanted), uuid_in(wanted)
    paths = {row[0]: f"{row[3]} > {row[2]}" if row[3] else row[2] or "" for row in rows}
    for fits in (
        lambda row: row[1] == wanted or (id is not None and row[0] == id.bytes),
        lambda row: row[2] == wanted,
        lambda row: folded and folded in (fold(row[1] or ""), fold(row[2] or ""), fold(paths[row[0]])),
    ):
        found = [Candidate(UUID(bytes=row[0]), row[1] or "", paths[row[0]]) for row in rows if fits(row)]
        if found:
            return found[:AT_MOST]
    return []


def keys_beginning_with(conn: sqlite3.Connection, entity: str, typed: str, limit: int) -> list[tuple[str, str]]:
    """Slugs or logins that begin as typed, with names; of the small kinds or of articles."""
    key, name = _SMALL[entity][:2] if entity in _SMALL else ("slug", "title")
    rows = conn.execute(
        f"SELECT {key}, min({name}) FROM {entity} WHERE {key} >= ? AND {key} < ? AND retired_at IS NULL "
        f"GROUP BY {key} ORDER BY {key} LIMIT ?", (typed, typed + "\U0010ffff", limit)
    ).fetchall()
    return [(row[0], row[1] or "") for row in rows]


def callers(conn: sqlite3.Connection, typed: str, region: str) -> list[Candidate]:
    """Callers by id, mail, employee number, telephone number or whole name (case and accents do not count)."""
    text = typed.strip()
    if (id := uuid_in(text)) is not None:
        return _callers(conn, "c.id = ?", (_stays(conn, "caller", id).bytes,))
    by_number = callers_behind(conn, text, region)
    if by_number:
        return by_number
    folded = fold(text)
    return [
        found
        for found, names in _narrowed(conn, "caller", text)
        if folded and folded in {fold(n) for n in names if n}
    ][:AT_MOST]


def callers_behind(conn: sqlite3.Connection, number: str, region: str) -> list[Candidate]:
    """Everybody the desk knows behind one whole telephone number; ``region`` reads national forms ("CH")."""
    wanted = parse_phone(number, region).e164
    key = digits_key(wanted or number)
    if len(key) < 2:
        return []
    rows = conn.execute(
        "SELECT c.id, c.name, c.numbers, o.name FROM caller_key k JOIN caller c ON c.id = k.caller "
        "LEFT JOIN organisation o ON o.id = c.organisation_id WHERE k.digits = ? AND c.retired_at IS NULL "
        "ORDER BY c.pk",
        (key,),
    ).fetchall()
    return [
        Candidate(UUID(bytes=row[0]), str(UUID(bytes=row[0])), _with(row[1], row[3]))
        for row in rows
        if any(_same(n, wanted, key) for n in json.loads(row[2] or "[]"))
    ][:AT_MOST]


def organisations(conn: sqlite3.Connection, typed: str) -> list[Candidate]:
    """Organisations by id or whole name."""
    return _named(conn, "organisation", typed)


def assets(conn: sqlite3.Connection, typed: str) -> list[Candidate]:
    """Assets by id, inventory sticker, serial number, host or name."""
    return _named(conn, "asset", typed)


def of_asset(conn: sqlite3.Connection, id: UUID) -> dict[str, UUID]:
    """What an asset says of a ticket about it: its component and product."""
    return _references(conn, "asset", id, ("component_id", "product_id"))


def of_component(conn: sqlite3.Connection, id: UUID) -> dict[str, UUID]:
    """The product a component belongs to."""
    return _references(conn, "component", id, ("product_id",))


def _references(conn: sqlite3.Connection, entity: str, id: UUID, fields: tuple[str, ...]) -> dict[str, UUID]:
    row = conn.execute(f"SELECT {', '.join(fields)} FROM {entity} WHERE id = ?", (id.bytes,)).fetchone()
    return {field: UUID(bytes=raw) for field, raw in zip(fields, row or (), strict=False) if raw}


def articles(conn: sqlite3.Connection, typed: str, lang: str | None) -> list[Candidate]:
    """An article by id, or by slug in ``lang``, else in the only language it has."""
    text = typed.strip()
    id = uuid_in(text)
    rows = conn.execute(
        "SELECT id, slug, lang, title FROM article WHERE (id = ? OR slug = ?) AND retired_at IS NULL ORDER BY lang",
        (id.bytes if id else None, text),
    ).fetchall()
    rows = [row for row in rows if row[2] == lang] or rows
    return [Candidate(UUID(bytes=row[0]), f"{row[1]} ({row[2]})", row[3] or "") for row in rows][:AT_MOST]


def _named(conn: sqlite3.Connection, entity: str, typed: str) -> list[Candidate]:
    text = typed.strip()
    if (id := uuid_in(text)) is not None:
        id = _stays(conn, entity, id) if entity == "organisation" else id
        row = conn.execute(f"SELECT name FROM {entity} WHERE id = ? AND retired_at IS NULL", (id.bytes,)).fetchone()
        return [Candidate(id, str(id), row[0] or "")] if row else []
    folded = fold(text)
    return [
        found for found, names in _narrowed(conn, entity, text) if folded and folded in {fold(n) for n in names if n}
    ][:AT_MOST]


_FACTS = {
    "caller": ("t.id, t.name, t.mail, t.employee_number, NULL, NULL, o.name",
               "LEFT JOIN organisation o ON o.id = t.organisation_id"),
    "organisation": ("t.id, t.name, NULL, NULL, NULL, NULL, NULL", ""),
    "asset": (f"t.id, {ASSET_NAME.format('t.')}, t.serial, t.host, t.name, t.inventory, t.room",
              ""),
}
"""Entity -> the columns it is known by (id, its name, four more, what tells namesakes apart) and their join."""


def _narrowed(conn: sqlite3.Connection, entity: str, text: str) -> list[tuple[Candidate, tuple[str | None, ...]]]:
    """Rows that hold every word of ``text``, with all they are called; found through the index of people and things."""
    words = search_words(text)
    if not words:
        return []
    rows = conn.execute(
        f"SELECT {_FACTS[entity][0]} FROM {entity} t {_FACTS[entity][1]} WHERE t.id IN ({BY_WORDS}) "
        "AND t.retired_at IS NULL LIMIT ?",
        (" AND ".join(f'"{word}"' for word in words), entity, _NARROW),
    ).fetchall()
    return [
        (Candidate(UUID(bytes=row[0]), str(UUID(bytes=row[0])), _with(row[1], row[6])), tuple(row[1:6]))
        for row in rows
    ]


def _callers(conn: sqlite3.Connection, where: str, values: tuple[object, ...]) -> list[Candidate]:
    return [
        Candidate(UUID(bytes=row[0]), str(UUID(bytes=row[0])), _with(row[1], row[2]))
        for row in conn.execute(
            "SELECT c.id, c.name, o.name FROM caller c LEFT JOIN organisation o ON o.id = c.organisation_id "
            f"WHERE {where} AND c.retired_at IS NULL LIMIT ?", (*values, AT_MOST)
        )
    ]


def _stays(conn: sqlite3.Connection, entity: str, id: UUID) -> UUID:
    """The record a joined one leads to; a ring of joins, which only a damaged file holds, ends."""
    for _ in range(AT_MOST):
        row = conn.execute(f"SELECT merged_into_id FROM {entity} WHERE id = ?", (id.bytes,)).fetchone()
        if row is None or row[0] is None:
            break
        id = UUID(bytes=row[0])
    return id


def _with(name: str | None, of: str | None) -> str:
    return f"{name or ''}, {of}" if of else name or ""


def _same(number: dict[str, str | None], e164: str | None, key: str) -> bool:
    """Whether a stored number is the one asked for: whole numbers by E.164, others by their digits."""
    theirs = number.get("e164")
    if theirs and e164:
        return theirs == e164
    return digits_key(theirs or number.get("text") or "") == key
