"""The list of erasures of a desk: in its file, and beside it in ``<desk>.erasures``, so that a backup made before one,
put back, gets it applied again before anybody opens it. Every desk that opens asks :func:`behind`: until there is
something to do that costs two looks and no import."""

import json
import sqlite3
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

from supportdesk.files import atomic_write
from supportdesk.store import database
from supportdesk.store.types import dumps

if TYPE_CHECKING:
    from supportdesk.rules.erasure import Order

WRITTEN_ANEW, CLEAN = 1, 2
"""How far the bytes of an erasure are gone: out of the file and what stands beside it; out of its log, too."""


def beside(db: Path) -> Path:
    """The list beside a desk."""
    return db.with_name(f"{db.name}.erasures")


def _told_beside(db: Path) -> list[dict[str, Any]]:
    try:
        found: list[dict[str, Any]] = json.loads(beside(db).read_text("utf-8"))
    except FileNotFoundError:
        return []
    return found


def inside(conn: sqlite3.Connection) -> "list[Order]":
    """What the desk's own file holds."""
    from supportdesk.rules.erasure import Order

    return [Order.read(json.loads(doc)) for (doc,) in conn.execute("SELECT doc FROM erasure ORDER BY number, id")]


def counted(conn: sqlite3.Connection) -> "dict[str, Order]":
    """By their ids those that have a number of the server as it is now."""
    numbered = {str(UUID(bytes=id)) for (id,) in conn.execute("SELECT id FROM erasure WHERE number IS NOT NULL")}
    return {order.id: order for order in inside(conn) if order.id in numbered}


def behind(db: Path, conn: sqlite3.Connection) -> bool:
    """Whether a desk is to be told whom to forget, or something that was begun is to be finished."""
    return unfinished(conn) or bool(_missing(db, conn))


def missing(db: Path, conn: sqlite3.Connection) -> "list[Order]":
    """Erasures this file was not told of: it was put back from before them."""
    from supportdesk.rules.erasure import Order

    return [Order.read(told) for told in _missing(db, conn)]


def _missing(db: Path, conn: sqlite3.Connection) -> list[dict[str, Any]]:
    told = _told_beside(db)
    known = {str(UUID(bytes=id)) for (id,) in conn.execute("SELECT id FROM erasure")} if told else set()
    return [order for order in told if order["id"] not in known]


def unfinished(conn: sqlite3.Connection) -> bool:
    """Whether bytes of somebody who was erased may still be in free pages, the search index or beside the file."""
    return conn.execute("SELECT 1 FROM erasure WHERE cleaned < ? LIMIT 1", (CLEAN,)).fetchone() is not None


def reached(conn: sqlite3.Connection) -> int:
    """The server's number of the last erasure up to which all are carried out here to the last byte."""
    return int(conn.execute(
        "SELECT coalesce((SELECT min(number) - 1 FROM erasure WHERE cleaned < ? AND number IS NOT NULL), "
        "(SELECT max(number) FROM erasure), 0)", (CLEAN,)).fetchone()[0])


def note(conn: sqlite3.Connection, order: "Order", files: Iterable[str]) -> None:
    """Write an erasure down that was just carried out in this transaction; ``files`` still have to go."""
    before = conn.execute("SELECT files FROM erasure WHERE id = ?", (UUID(order.id).bytes,)).fetchone()
    left = sorted({*files, *(json.loads(before[0]) if before else ())})
    conn.execute(
        "INSERT OR REPLACE INTO erasure (id, number, doc, files, cleaned) VALUES (?, ?, ?, ?, 0)",
        (UUID(order.id).bytes, order.number or None, dumps(order.told()), dumps(left)),
    )


def number(conn: sqlite3.Connection, order: "Order") -> None:
    """Keep the number a server gives an erasure that was carried out here before."""
    conn.execute("UPDATE erasure SET number = ?, doc = ? WHERE id = ?",
                 (order.number, dumps(order.told()), UUID(order.id).bytes))


def count_anew(conn: sqlite3.Connection) -> None:
    """The server was put back to an older state and may count erasures otherwise now: let it tell all of them."""
    conn.execute("UPDATE erasure SET number = NULL")


def write_beside(db: Path, conn: sqlite3.Connection) -> None:
    """Bring the list beside the desk up to date: what either of the two knows."""
    known = [json.loads(doc) for (doc,) in conn.execute("SELECT doc FROM erasure ORDER BY number, id")]
    found = {order["id"]: order for order in (*_told_beside(db), *known)}
    mode, gid = database.modes_of(db)
    text = dumps(list(found.values()))
    if not beside(db).exists() or beside(db).read_text("utf-8") != text:
        atomic_write(beside(db), text.encode(), mode, gid)
