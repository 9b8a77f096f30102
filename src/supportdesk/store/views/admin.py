"""The desk's own set-up: who and what there is."""

import json
import sqlite3
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from supportdesk.store.views.names import names
from supportdesk.store.views.ticket import uuid_of


@dataclass(frozen=True, slots=True)
class AgentRow:
    """``teams`` and ``roles`` are slugs."""

    id: UUID
    login: str
    name: str
    employer: str
    site: str | None
    teams: tuple[str, ...]
    roles: tuple[str, ...]
    languages: tuple[str, ...]
    skills: tuple[str, ...]
    retired: bool


@dataclass(frozen=True, slots=True)
class TeamRow:
    """``employer`` is own, outsourcer or vendor; ``company`` whose it is when not our own."""

    id: UUID
    slug: str
    name: str
    level: int | None
    employer: str
    company: str
    site: str | None
    languages: tuple[str, ...]
    remarks: str
    agents: int
    retired: bool


@dataclass(frozen=True, slots=True)
class SiteRow:
    id: UUID
    slug: str
    name: str
    language: str
    region: str
    zone: str
    calendar: str | None
    retired: bool


@dataclass(frozen=True, slots=True)
class ProductRow:
    id: UUID
    slug: str
    name: str
    vendor: str | None
    team: str | None
    retired: bool


@dataclass(frozen=True, slots=True)
class ComponentRow:
    """``depth`` is how far below its product it stands; rows come in the order of the tree."""

    id: UUID
    slug: str
    name: str
    product: str | None
    parent: str | None
    team: str | None
    identity: str
    depth: int
    retired: bool


@dataclass(frozen=True, slots=True)
class RoleRow:
    id: UUID
    slug: str
    name: str
    verbs: tuple[str, ...]
    retired: bool


def agents(conn: sqlite3.Connection, retired: bool = False) -> list[AgentRow]:
    """The people of the desk by login; ``retired`` lists those who left too."""
    rows = _rows(conn, "agent", "login, name, employer, site_id, teams, roles, languages, skills", "login", retired)
    teams = [[UUID(t) for t in _list(row[6])] for row in rows]
    known = names(conn, [*(("site", uuid_of(row[5])) for row in rows), *(("team", t) for ids in teams for t in ids)])
    return [
        AgentRow(UUID(bytes=row[0]), row[2] or "", row[3] or "", row[4] or "own", _code(known, row[5]),
                 tuple(known[t].code for t in ids if t in known), _list(row[7]), _list(row[8]), _list(row[9]),
                 row[1] is not None)
        for row, ids in zip(rows, teams, strict=True)
    ]


def teams(conn: sqlite3.Connection, retired: bool = False) -> list[TeamRow]:
    """Teams by level and slug."""
    columns = "slug, name, level, employer, company, site_id, languages, remarks"
    rows = _rows(conn, "team", columns, "level, slug", retired)
    known = names(conn, (("site", uuid_of(row[7])) for row in rows))
    members: dict[UUID, int] = {}
    for (text,) in conn.execute("SELECT teams FROM agent WHERE retired_at IS NULL"):
        for team in _list(text):
            members[UUID(team)] = members.get(UUID(team), 0) + 1
    return [
        TeamRow(UUID(bytes=row[0]), row[2] or "", row[3] or "", row[4], row[5] or "own", row[6] or "",
                _code(known, row[7]), _list(row[8]), row[9] or "", members.get(UUID(bytes=row[0]), 0),
                row[1] is not None)
        for row in rows
    ]


def sites(conn: sqlite3.Connection, retired: bool = False) -> list[SiteRow]:
    rows = _rows(conn, "site", "slug, name, language, region, zone, calendar_id", "slug", retired)
    known = names(conn, (("calendar", uuid_of(row[7])) for row in rows))
    return [
        SiteRow(UUID(bytes=row[0]), row[2] or "", row[3] or "", row[4] or "", row[5] or "", row[6] or "",
                _code(known, row[7]), row[1] is not None)
        for row in rows
    ]


def products(conn: sqlite3.Connection, retired: bool = False) -> list[ProductRow]:
    rows = _rows(conn, "product", "slug, name, vendor_id, team_id", "slug", retired)
    known = names(conn, [*(("organisation", uuid_of(row[4])) for row in rows),
                         *(("team", uuid_of(row[5])) for row in rows)])
    return [
        ProductRow(UUID(bytes=row[0]), row[2] or "", row[3] or "", _code(known, row[4]), _code(known, row[5]),
                   row[1] is not None)
        for row in rows
    ]


def components(conn: sqlite3.Connection, retired: bool = False) -> list[ComponentRow]:
    """Components in the order of the tree: product, then parents before their parts."""
    rows = _rows(conn, "component", "slug, name, product_id, parent_id, team_id, identity", "name, pk", retired)
    slugs = {row[0]: row[2] or "" for row in rows}
    products: dict[bytes, str] = dict(conn.execute("SELECT id, coalesce(slug, name, '') FROM product").fetchall())
    known = names(conn, (("team", uuid_of(row[6])) for row in rows))
    below: dict[bytes | None, list[tuple[Any, ...]]] = {}
    for row in rows:
        below.setdefault(row[5] if row[5] in slugs else None, []).append(row)
    below.get(None, []).sort(key=lambda row: products.get(row[4], ""))
    listed: list[ComponentRow] = []

    def walk(parent: bytes | None, depth: int) -> None:
        for row in below.pop(parent, []):
            listed.append(ComponentRow(
                UUID(bytes=row[0]), row[2] or "", row[3] or "", products.get(row[4]), slugs.get(row[5]),
                _code(known, row[6]), row[7] or "", depth, row[1] is not None,
            ))
            walk(row[0], depth + 1)

    walk(None, 0)
    for parent in list(below):  # a ring of parents, which only a damaged file holds, is listed all the same
        walk(parent, 0)
    return listed


def roles(conn: sqlite3.Connection, retired: bool = False) -> list[RoleRow]:
    return [
        RoleRow(UUID(bytes=row[0]), row[2] or "", row[3] or "", _list(row[4]), row[1] is not None)
        for row in _rows(conn, "role", "slug, name, verbs", "pk", retired)
    ]


def _rows(conn: sqlite3.Connection, entity: str, columns: str, order: str, retired: bool) -> list[tuple[Any, ...]]:
    where = "" if retired else "WHERE retired_at IS NULL "
    return conn.execute(f"SELECT id, retired_at, {columns} FROM {entity} {where}ORDER BY {order}").fetchall()


def _list(text: str | None) -> tuple[str, ...]:
    return tuple(json.loads(text or "[]"))


def _code(known: dict[UUID | None, Any], raw: bytes | None) -> str | None:
    name = known.get(uuid_of(raw))
    return name.code if name else None
