"""Search text: plain tables that FTS5 reads as external content, kept in the transaction that writes the rows.

External content needs the *old* values to forget a row, so the plain tables hold exactly what was
indexed. ``open_fts`` holds open tickets only and answers first (field/feasibility.md 4).
"""

import sqlite3
from collections.abc import Iterable, Mapping
from functools import cache
from operator import itemgetter
from typing import Any
from uuid import UUID

from supportdesk.rules.numbers import digits
from supportdesk.rules.phones import digits_key
from supportdesk.rules.words import index_text
from supportdesk.terms.codes import Status

BODY_LIMIT = 40_000
"""Characters of description and notes that are searched, per ticket."""

_TICKETS = """
SELECT t.pk, t.number, t.title, t.caller_name, t.affected_name, t.approver_name, t.organisation_name,
       c.name, o.name, t.component_name, k.name, t.description, t.solution, t.lane, a.inventory, a.host,
       (SELECT group_concat(value, char(10)) FROM json_each(t.tags)),
       (SELECT group_concat(text, char(10)) FROM
           (SELECT text FROM note WHERE ticket_id = t.id AND withdrawn_at IS NULL ORDER BY at)),
       x.digits, x.title, x.people, x.body, x.is_open
FROM ticket t LEFT JOIN ticket_text x ON x.pk = t.pk
     LEFT JOIN caller c ON c.id = t.caller_id LEFT JOIN organisation o ON o.id = t.organisation_id
     LEFT JOIN component k ON k.id = t.component_id LEFT JOIN asset a ON a.id = t.asset_id
WHERE t.id IN ({})
"""
_AT_ONCE = 500


def refresh_tickets(conn: sqlite3.Connection, ids: Iterable[UUID]) -> None:
    """Bring the search text of tickets up to date with their rows, names and notes."""
    wanted = sorted(id.bytes for id in ids)
    for at in range(0, len(wanted), _AT_ONCE):
        some = wanted[at : at + _AT_ONCE]
        _refresh(conn, conn.execute(_reading(len(some)), some).fetchall())


@cache
def _reading(count: int) -> str:
    return _TICKETS.format(", ".join("?" * count))


def add_ticket(conn: sqlite3.Connection, pk: int, row: Mapping[str, Any]) -> None:
    """The search text of a ticket that was made just now and has no notes: only the names its ids stand for are
    read."""
    get, ids = row.get, tuple(name for name in _NAMES if row.get(name) is not None)
    names: dict[str, str | None] = {}
    if ids:
        found = conn.execute(_naming(ids), [row[name].bytes for name in ids for _column in _NAMES[name]]).fetchone()
        names = dict(zip((column for name in ids for column in _NAMES[name]), found, strict=True))
    text = _text(
        get("number"), get("title"),
        (get("caller_name"), get("affected_name"), get("approver_name"), get("organisation_name"),
         names.get("caller.name"), names.get("organisation.name")),
        (get("description"), "\n".join(get("tags") or ()), get("component_name"), names.get("component.name"),
         names.get("asset.inventory"), names.get("asset.host"), get("solution")),
    )
    is_open = Status.read(get("status")).is_open
    _write(conn, [(pk, *text, int(is_open))], _instead(pk, None, text), _instead(pk, None, text if is_open else None))


_NAMES = {"caller_id": ("caller.name",), "organisation_id": ("organisation.name",), "component_id": ("component.name",),
          "asset_id": ("asset.inventory", "asset.host")}
"""What a ticket points to, and the words it is found by for that."""


@cache
def _naming(ids: tuple[str, ...]) -> str:
    columns = (column.split(".") for name in ids for column in _NAMES[name])
    return "SELECT " + ", ".join(f"(SELECT {name} FROM {table} WHERE id = ?)" for table, name in columns)


def _refresh(conn: sqlite3.Connection, tickets: list[tuple[Any, ...]]) -> None:
    """In order of their pk: whenever one lies before the last, FTS5 writes all it has gathered down by itself."""
    texts, every, opened = [], [], []
    for row in sorted(tickets, key=itemgetter(0)):
        pk = row[0]
        new = _text(row[1], row[2], row[3:9], (row[11], row[16], row[9], row[10], row[14], row[15], row[12], row[17]))
        is_open = int(row[13] < 3)
        old, was_open = row[18:22], row[22]
        if old == new and was_open == is_open:
            continue
        texts.append((pk, *new, is_open))
        if old != new:
            every += _instead(pk, None if was_open is None else old, new)
        opened += _instead(pk, old if was_open else None, new if is_open else None)
    _write(conn, texts, every, opened)


def _text(number: str | None, title: str | None, people: Iterable[str | None], body: Iterable[str | None]
          ) -> tuple[str, str, str, str]:
    """What a ticket is found by: its digits, its title, its people, all else."""
    return (digits(number or ""), index_text(title or ""), index_text(_joined(*people)),
            index_text(_joined(*body)[:BODY_LIMIT]))


def _write(conn: sqlite3.Connection, texts: Iterable[tuple[Any, ...]], every: Iterable[tuple[Any, ...]],
           opened: Iterable[tuple[Any, ...]]) -> None:
    conn.executemany("INSERT INTO ticket_text (pk, digits, title, people, body, is_open) VALUES (?, ?, ?, ?, ?, ?) "
                     "ON CONFLICT (pk) DO UPDATE SET digits = excluded.digits, title = excluded.title, "
                     "people = excluded.people, body = excluded.body, is_open = excluded.is_open", texts)
    _index(conn, "ticket_fts", every)
    _index(conn, "open_fts", opened)


def _instead(pk: int, old: tuple[str, ...] | None, new: tuple[str, ...] | None) -> list[tuple[Any, ...]]:
    """What an index is told of a ticket: to forget what stood there, to hold what stands now."""
    return [(what, pk, *text) for what, text in (("delete", old), (None, new)) if text is not None]


def _index(conn: sqlite3.Connection, table: str, told: Iterable[tuple[Any, ...]]) -> None:
    conn.executemany(f"INSERT INTO {table} ({table}, rowid, digits, title, people, body) VALUES (?, ?, ?, ?, ?, ?)",
                     told)


def forget(conn: sqlite3.Connection, entity: str, id: UUID, pk: int) -> None:
    """Take a row that leaves the file out of every index."""
    if entity == "ticket":
        found = conn.execute("SELECT digits, title, people, body, is_open FROM ticket_text WHERE pk = ?", (pk,))
        for *text, is_open in found.fetchall():
            for table in ("ticket_fts", "open_fts") if is_open else ("ticket_fts",):
                _index(conn, table, _instead(pk, tuple(text), None))
        conn.execute("DELETE FROM ticket_text WHERE pk = ?", (pk,))
    elif entity == "article":
        old = conn.execute("SELECT title, issue, keywords, body FROM article_text WHERE pk = ?", (pk,)).fetchone()
        if old is not None:
            conn.execute("INSERT INTO article_fts (article_fts, rowid, title, issue, keywords, body) "
                         "VALUES ('delete', ?, ?, ?, ?, ?)", (pk, *old))
            conn.execute("DELETE FROM article_text WHERE pk = ?", (pk,))
    else:
        conn.execute("DELETE FROM caller_key WHERE caller = ?", (id.bytes,))
        for place, words in conn.execute("SELECT pk, words FROM people_text WHERE id = ?", (id.bytes,)).fetchall():
            conn.execute("INSERT INTO people_fts (people_fts, rowid, words) VALUES ('delete', ?, ?)", (place, words))
            conn.execute("DELETE FROM people_text WHERE pk = ?", (place,))


def _joined(*parts: str | None) -> str:
    return "\n".join(p for p in parts if p)


def caller(conn: sqlite3.Connection, id: UUID, row: Mapping[str, Any]) -> None:
    """Find a caller by name, mail, employee number and any part of his numbers."""
    keys = {digits_key(n.get("e164") or n.get("text") or "") for n in row.get("numbers") or ()}
    conn.execute("DELETE FROM caller_key WHERE caller = ?", (id.bytes,))
    live = not (row.get("retired_at") or row.get("merged_into_id"))
    if live:
        conn.executemany(
            "INSERT OR IGNORE INTO caller_key (digits, caller) VALUES (?, ?)", [(k, id.bytes) for k in keys if k]
        )
    _people(conn, "caller", id, _caller_words(conn, row, row.get("organisation_id")) if live else "")


def _caller_words(conn: sqlite3.Connection, row: Mapping[str, Any], organisation: UUID | None) -> str:
    """A caller is found by his organisation's name too: "per alp" is Perret of Alpina."""
    company = (
        conn.execute("SELECT name FROM organisation WHERE id = ?", (organisation.bytes,)).fetchone()
        if organisation else None
    )
    return _joined(row.get("name"), row.get("mail"), row.get("employee_number"), company[0] if company else None)


def organisation(conn: sqlite3.Connection, id: UUID, row: Mapping[str, Any]) -> None:
    live = not (row.get("retired_at") or row.get("merged_into_id"))
    if not _people(conn, "organisation", id, (row.get("name") or "") if live else ""):
        return
    people = conn.execute(
        "SELECT id, name, mail, employee_number FROM caller WHERE organisation_id = ? AND retired_at IS NULL",
        (id.bytes,),
    ).fetchall()
    for raw, *names in people:
        words = _caller_words(conn, dict(zip(("name", "mail", "employee_number"), names, strict=True)), id)
        _people(conn, "caller", UUID(bytes=raw), words)


def asset(conn: sqlite3.Connection, id: UUID, row: Mapping[str, Any]) -> None:
    live = not row.get("retired_at")
    words = _joined(*(row.get(f) for f in ("inventory", "serial", "host", "room", "name")))
    _people(conn, "asset", id, words if live else "")


def _people(conn: sqlite3.Connection, entity: str, id: UUID, words: str) -> bool:
    """Index ``words`` for a record; whether they differ from before."""
    words = index_text(words)
    old = conn.execute("SELECT pk, words FROM people_text WHERE id = ?", (id.bytes,)).fetchone()
    if old is not None:
        if old[1] == words:
            return False
        conn.execute("INSERT INTO people_fts (people_fts, rowid, words) VALUES ('delete', ?, ?)", old)
        conn.execute("UPDATE people_text SET words = ? WHERE pk = ?", (words, old[0]))
        pk = old[0]
    else:
        pk = conn.execute(
            "INSERT INTO people_text (entity, id, words) VALUES (?, ?, ?)", (entity, id.bytes, words)
        ).lastrowid
    conn.execute("INSERT INTO people_fts (rowid, words) VALUES (?, ?)", (pk, words))
    return True


_ARTICLE = ("title", "issue", "keywords", "body")


def article(conn: sqlite3.Connection, id: UUID, row: Mapping[str, Any]) -> None:
    """Published and checked articles are found; drafts and retired ones are not."""
    pk = conn.execute("SELECT pk FROM article WHERE id = ?", (id.bytes,)).fetchone()[0]
    live = row.get("retired_at") is None and row.get("state") in ("published", "checked")
    new = tuple(
        index_text(" ".join(row.get(f) or ()) if f == "keywords" else row.get(f) or "") if live else ""
        for f in _ARTICLE
    )
    old = conn.execute("SELECT title, issue, keywords, body FROM article_text WHERE pk = ?", (pk,)).fetchone()
    if old == new:
        return
    if old is not None:
        conn.execute(
            "INSERT INTO article_fts (article_fts, rowid, title, issue, keywords, body) "
            "VALUES ('delete', ?, ?, ?, ?, ?)",
            (pk, *old),
        )
    conn.execute(
        "INSERT OR REPLACE INTO article_text (pk, lang, title, issue, keywords, body) VALUES (?, ?, ?, ?, ?, ?)",
        (pk, row.get("lang") or "", *new),
    )
    conn.execute(
        "INSERT INTO article_fts (rowid, title, issue, keywords, body) VALUES (?, ?, ?, ?, ?)", (pk, *new)
    )


def rebuild(conn: sqlite3.Connection) -> None:
    """Write every index anew from its plain table (after a damaged index; doctor's cure)."""
    for table in ("ticket_fts", "article_fts", "people_fts"):
        conn.execute(f"INSERT INTO {table} ({table}) VALUES ('rebuild')")
    conn.execute("INSERT INTO open_fts (open_fts) VALUES ('delete-all')")
    conn.execute(
        "INSERT INTO open_fts (rowid, digits, title, people, body) "
        "SELECT pk, digits, title, people, body FROM ticket_text WHERE is_open"
    )
