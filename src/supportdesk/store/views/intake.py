"""What the intake asks while a call runs: is it about an open ticket, is it known, which component is it?"""

import json
import sqlite3
from dataclasses import dataclass
from uuid import UUID

from supportdesk.rules.numbers import digits
from supportdesk.rules.text import fold
from supportdesk.rules.words import article_match, beginnings_match
from supportdesk.store.views.callers import TicketBrief, briefs
from supportdesk.store.views.names import ASSET_NAME, BY_WORDS


@dataclass(frozen=True, slots=True)
class ComponentLine:
    """A component, or an asset that leads to one. ``path`` reads "VPN > Windows client"."""

    id: UUID | None
    product_id: UUID | None
    path: str
    identity: str
    team_id: UUID | None
    asset_id: UUID | None = None
    asset: str = ""


@dataclass(frozen=True, slots=True)
class TeamLine:
    id: UUID
    slug: str
    name: str
    level: int
    employer: str
    site: str = ""


def tickets_by_tail(conn: sqlite3.Connection, typed: str, limit: int = 4) -> list[TicketBrief]:
    """Tickets whose number ends with the digits typed (two or more), open ones first."""
    tail = digits(typed)[::-1]
    if not 2 <= len(tail) <= 20:
        return []
    return briefs(
        conn, "WHERE t.number_tail >= ? AND t.number_tail < ? ORDER BY t.lane = 3, t.created_at DESC LIMIT ?",
        (tail, tail + ":", limit),
    )


def likely_duplicates(conn: sqlite3.Connection, symptom: str, lang: str | None, *, caller: UUID | None = None,
                      organisation: UUID | None = None, limit: int = 3) -> list[TicketBrief]:
    """Open tickets that say the same in words; the caller's and his organisation's before others'."""
    match = article_match(symptom, lang)
    if not match:
        return []
    return briefs(
        conn, "JOIN (SELECT rowid, bm25(open_fts, 0.0, 4.0, 0.0, 1.0) AS score FROM open_fts "
        "WHERE open_fts MATCH ? ORDER BY score LIMIT 40) f ON f.rowid = t.pk WHERE t.lane < 3 "
        "ORDER BY f.score * (1.0 + (t.caller_id IS ?) + 0.5 * (t.organisation_id IS ?)) LIMIT ?",
        (f"{{title body}} : ({match})", caller and caller.bytes, organisation and organisation.bytes, limit),
    )


def components(
    conn: sqlite3.Connection, typed: str, *, caller: UUID | None = None, limit: int = 6
) -> list[ComponentLine]:
    """Components by the beginnings of the words of their path; assets by sticker, serial, host, room or user.

    Nothing typed: the caller's own assets."""
    words = fold(typed).split()
    found: list[ComponentLine] = []
    if words:
        for line in tree(conn):
            parts = fold(line.path).replace(">", " ").replace("-", " ").split()
            if all(any(part.startswith(word) for part in parts) for word in words):
                found.append(line)
        found.sort(key=lambda line: (len(line.path), line.path))
    return (_assets(conn, typed, caller) + found)[:limit] if not words else (found + _assets(conn, typed, None))[:limit]


def tree(conn: sqlite3.Connection) -> list[ComponentLine]:
    """Every component with its path from the product down."""
    rows = conn.execute(
        "SELECT c.id, c.parent_id, c.name, c.identity, coalesce(c.team_id, p.team_id), p.id, p.name FROM component c "
        "LEFT JOIN product p ON p.id = c.product_id WHERE c.retired_at IS NULL"
    ).fetchall()
    by_id = {row[0]: row for row in rows}
    lines = []
    for row in rows:
        path, up, guard = [row[2] or ""], row[1], 0
        while up in by_id and guard < 8:
            path.append(by_id[up][2] or "")
            up, guard = by_id[up][1], guard + 1
        if row[6]:
            path.append(row[6])
        lines.append(ComponentLine(
            UUID(bytes=row[0]), UUID(bytes=row[5]) if row[5] else None, " > ".join(reversed(path)), row[3] or "",
            UUID(bytes=row[4]) if row[4] else None,
        ))
    return lines


def component(conn: sqlite3.Connection, id: UUID) -> ComponentLine | None:
    return next((line for line in tree(conn) if line.id == id), None)


def component_of_article(conn: sqlite3.Connection, article: UUID) -> ComponentLine | None:
    """The component an article is about: the first it names that the catalogue has, by path or product."""
    row = conn.execute(
        "SELECT a.components, a.products FROM article a WHERE a.id = ?", (article.bytes,)
    ).fetchone()
    if row is None:
        return None
    names = [fold(n) for n in json.loads(row[0] or "[]")]
    slugs = json.loads(row[1] or "[]")
    lines = tree(conn)
    for line in lines:
        if fold(line.path) in names or fold(line.path.rpartition(" > ")[2]) in names:
            return line
    products = {
        UUID(bytes=r[0])
        for slug in slugs
        for r in conn.execute("SELECT id FROM product WHERE slug = ? AND retired_at IS NULL", (slug,))
    }
    own = [line for line in lines if line.product_id in products]
    return min(own, key=lambda line: len(line.path), default=None)


def _assets(conn: sqlite3.Connection, typed: str, caller: UUID | None) -> list[ComponentLine]:
    select = (
        f"SELECT a.id, {ASSET_NAME.format('a.')}, a.component_id, a.product_id, p.name, a.room, "
        "c.name FROM asset a LEFT JOIN product p ON p.id = a.product_id LEFT JOIN caller c ON c.id = a.caller_id "
    )
    if caller is not None:
        rows = conn.execute(f"{select} WHERE a.caller_id = ? AND a.retired_at IS NULL LIMIT 4", (caller.bytes,))
    else:
        match = beginnings_match(typed)
        if not match:
            return []
        rows = conn.execute(
            f"{select} WHERE a.id IN ({BY_WORDS} LIMIT 4)", (match, "asset"),
        )
    paths = {line.id: line for line in tree(conn)}
    out = []
    for id, name, component_id, product_id, product, room, user in rows.fetchall():
        of = paths.get(UUID(bytes=component_id)) if component_id else None
        label = ", ".join(part for part in (name, room, user) if part)
        out.append(ComponentLine(
            of.id if of else None,
            UUID(bytes=product_id) if product_id else of.product_id if of else None,
            of.path if of else product or "",
            of.identity if of else "",
            of.team_id if of else None,
            UUID(bytes=id),
            label,
        ))
    return out


def teams(conn: sqlite3.Connection) -> list[TeamLine]:
    """Teams a ticket can be handed to, by level."""
    return [
        TeamLine(UUID(bytes=row[0]), row[1] or "", row[2] or "", row[3] or 0, row[4] or "own", row[5] or "")
        for row in conn.execute(
            "SELECT t.id, t.slug, t.name, t.level, t.employer, s.name FROM team t LEFT JOIN site s ON s.id = t.site_id "
            "WHERE t.retired_at IS NULL ORDER BY t.level, t.name"
        )
    ]


def teams_to_ask(conn: sqlite3.Connection, guess: UUID | None, site: str) -> list[TeamLine]:
    """Teams as a handoff offers them: the ``guess`` (who knows the component), then those that solve before those
    that take calls, those of the agent's own ``site`` first, by level."""
    return sorted(teams(conn), key=lambda t: (t.id != guess, t.level < 2, t.site != site, t.level))


def identity_methods(conn: sqlite3.Connection) -> list[tuple[str, str]]:
    """How an identity can be checked: (slug, name)."""
    return [
        (row[0], row[1] or row[0])
        for row in conn.execute("SELECT slug, name FROM identity_method WHERE retired_at IS NULL ORDER BY pk")
    ]
