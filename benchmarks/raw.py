"""Yardsticks of the exchange: what it stores, stored by prepared statements alone, durable as it does."""

import sqlite3
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import create_engine

from supportdesk.server import tables
from supportdesk.server.shapes import EntryIn, PushAsk

SERVER = ("entry", "doc", "membership")
CONSOLE = ("image", "entry", "ticket", "contact", "caller", "reference", "caller_key", "ticket_text", "people_text")
_INDEXED = {
    "ticket_text": (("ticket_fts", "pk, digits, title, people, body"), ("open_fts", "pk, digits, title, people, body")),
    "people_text": (("people_fts", "pk, words"),),
}


def stored_at_server(filled: Path, empty: Path, batches: int) -> float:
    """Seconds in which the rows of a server's file are put into an ``empty`` new one in so many commits."""
    engine = create_engine(f"sqlite:///{empty}")
    tables.metadata.create_all(engine)
    engine.dispose()
    return _stored(filled, empty, SERVER, batches)


def stored_at_console(filled: Path, fresh: Path, batches: int) -> float:
    """The same for a desk's file: what ``filled`` has more than the ``fresh`` desk it began as, indexed for search."""
    return _stored(filled, fresh, CONSOLE, batches)


def _stored(source: Path, target: Path, names: Sequence[str], batches: int) -> float:
    work: list[tuple[str, list[Any]]] = []
    with closing(sqlite3.connect(source)) as have, closing(sqlite3.connect(target)) as want:
        for name in names:
            columns = [column[1] for column in have.execute(f"PRAGMA table_info({name})")]
            there = {row[:3] for row in want.execute(f"SELECT * FROM {name}")}
            rows = [row for row in have.execute(f"SELECT * FROM {name}") if row[:3] not in there]
            work.append((f"INSERT OR IGNORE INTO {name} VALUES ({', '.join('?' * len(columns))})", rows))
            for index, fields in _INDEXED.get(name, ()):
                found = have.execute(f"SELECT {fields} FROM {name}").fetchall()
                named = fields.replace("pk", "rowid")
                work.append((f"INSERT INTO {index} ({named}) VALUES ({', '.join('?' * len(fields.split(',')))})",
                             found))
    with closing(sqlite3.connect(target, isolation_level=None)) as conn:
        conn.execute("PRAGMA journal_mode = WAL")
        conn.execute("PRAGMA synchronous = FULL")
        before = time.perf_counter()
        for batch in range(batches):
            conn.execute("BEGIN IMMEDIATE")
            for sql, rows in work:
                conn.executemany(sql, rows[len(rows) * batch // batches : len(rows) * (batch + 1) // batches])
            conn.execute("COMMIT")
        return time.perf_counter() - before


class Floor:
    """The least a server can do with a push: decode it whole and store its entries and rows in one durable commit."""

    def __init__(self, path: Path) -> None:
        self._conn = sqlite3.connect(path, isolation_level=None)
        self._conn.execute("PRAGMA journal_mode = WAL")
        self._conn.execute("PRAGMA synchronous = FULL")
        self._conn.executescript(
            "CREATE TABLE entry (seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, device TEXT NOT NULL, "
            "n INTEGER NOT NULL, body TEXT NOT NULL, UNIQUE (device, n));"
            "CREATE TABLE doc (id TEXT NOT NULL PRIMARY KEY, entity TEXT NOT NULL, doc TEXT NOT NULL);"
        )
        self._ask = msgspec.json.Decoder(PushAsk).decode
        self._entry = msgspec.json.Decoder(EntryIn).decode
        self._doc = msgspec.json.Encoder().encode
        self._fields = msgspec.json.Decoder(dict[str, tuple[Any, Any]]).decode

    def take(self, body: bytes, device: str) -> float:
        """Seconds for one push."""
        before = time.perf_counter()
        ask = self._ask(body)
        entries = [(self._entry(raw), bytes(raw).decode()) for raw in ask.entries]
        docs = [{name: new for name, (_old, new) in self._fields(entry.fields).items()} for entry, _text in entries]
        self._conn.execute("BEGIN IMMEDIATE")
        self._conn.executemany("INSERT INTO entry (id, device, n, body) VALUES (?, ?, ?, ?)",
                               [(e.id, device, e.n, text) for e, text in entries])
        self._conn.executemany("INSERT OR REPLACE INTO doc VALUES (?, ?, ?)",
                               [(e.entity_id, e.entity, self._doc(doc).decode())
                                for (e, _text), doc in zip(entries, docs, strict=True)])
        self._conn.execute("COMMIT")
        return time.perf_counter() - before

    def close(self) -> None:
        self._conn.close()
