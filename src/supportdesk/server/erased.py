"""What is left to do after a person was erased at the server, and how far it has come: the bytes in the database's
files, the list beside the database, a database put back from before, the consoles that do not know of it yet."""

import json
import logging
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
import sqlalchemy
from sqlalchemy import Connection, Engine, func, select

from supportdesk.files import atomic_write, private_dir
from supportdesk.rules.erasure import Order
from supportdesk.server import docs, erasing, tables
from supportdesk.server.merging import Doc
from supportdesk.server.outcomes import Outcome
from supportdesk.server.placing import Placing
from supportdesk.server.reading import Read
from supportdesk.server.shapes import Device, EntryIn
from supportdesk.store.types import from_iso, iso, uuid7
from supportdesk.sync import wire
from supportdesk.terms.entries import SCHEMA

LIST = "erasures.json"
"""In the server's data folder: server id -> its erasures."""

AGAIN = "Erased again after the server was put back to an older state."
"""The reason of the entries made here: data, in English."""
_HOLDING = (tables.doc, tables.entry, tables.quarantine)
"""Tables that hold what people wrote."""
_log = logging.getLogger("supportdesk.server")


# the list beside the database


def _beside(folder: Path) -> dict[str, list[Any]]:
    try:
        found: dict[str, list[Any]] = json.loads((folder / LIST).read_text("utf-8"))
    except FileNotFoundError:
        return {}
    return found


def _write_beside(folder: Path, server: str, known: Sequence[Order]) -> None:
    every = _beside(folder)
    told = {order["id"]: order for order in every.get(server, ())} | {order.id: order.told() for order in known}
    left = every | {server: list(told.values())}
    if known and left != every:
        private_dir(folder)
        atomic_write(folder / LIST, json.dumps(left, indent=1).encode())


# a database from before


def catch_up(engine: Engine, folder: Path | None, now: datetime) -> None:
    """Erase again who was erased after this state of the database, by the list beside it; and finish what is left."""
    with tables.reading(engine) as conn:
        server, erasures = conn.execute(select(tables.head.c.server, tables.head.c.erasures)).one()
        known = {order.id for order in erasing.orders(conn)}
    left = [Order.read(told) for told in _beside(folder).get(server, ()) if told["id"] not in known] if folder else []
    if left:
        with tables.writing(engine) as conn:
            _Again(conn, server, now).carry_out(left)
        _log.warning("the database was put back: %s erased persons were erased again", len(left))
    if left or erasures:
        finish(engine, folder)


class _Again(Placing):
    """A push the server makes by itself: one ``erase`` for each that is missing."""

    def __init__(self, conn: Connection, server: str, now: datetime) -> None:
        myself = Device(server, "", 0, 0, 0, False, {}, frozenset())
        super().__init__(conn, myself, iso(now))

    def carry_out(self, left: Sequence[Order]) -> None:
        h, e = tables.head, tables.entry
        self.erasures = self.conn.execute(select(h.c.erasures).with_for_update()).scalar_one()
        known = {order.id for order in erasing.orders(self.conn)}
        newest = select(func.coalesce(func.max(e.c.n), 0)).where(e.c.device == self.device.id)
        n = self.conn.execute(newest).scalar_one()
        for order in sorted(left, key=lambda o: o.number):
            if order.id in known:  # another process was first
                continue
            n += 1
            read = self._read(order, n)
            assert read.entry is not None
            assert read.pairs is not None
            ordinal, self.count = self.count, self.count + 1
            self.outcomes.append(Outcome(read, wire.OK, ordinal=ordinal))
            for doc in self._caller(order.persons[0]):
                for name, (_none, at) in read.pairs.items():
                    doc.write(name, at, ordinal)
            erasing.carry_out(self, read.entry, ordinal, order)
        if self.count:
            self.write()

    def _caller(self, id: str) -> list[Doc]:
        """The person's row; none when it was made after this state."""
        doc = docs.one_locked(self.conn, id)
        if doc is not None:
            self.docs[id] = doc
        return [self.docs[id]] if id in self.docs else []

    def _read(self, order: Order, n: int) -> Read:
        id = str(uuid7())
        pairs = {name: [None, order.done_at] for name in ("erased_at", "retired_at")}
        entry = EntryIn(id, id, n, erasing.VERB, "caller", order.persons[0], "set", 0, SCHEMA,
                        msgspec.Raw(msgspec.json.encode(pairs)), self.now, self.now, id,
                        author_text=self.device.id, reason=AGAIN)
        return Read(n, "", id, entry, pairs, body=msgspec.json.encode(entry).decode())


# the bytes


def finish(engine: Engine, folder: Path | None) -> None:
    """Write the list beside the database, then make what the database's files still hold of old rows go. What is in
    the way now is tried again at the next start and with the next erasure."""
    e = tables.erasure
    with tables.reading(engine) as conn:
        server = conn.execute(select(tables.head.c.server)).scalar_one()
        known = erasing.orders(conn)
        numbers = list(conn.execute(select(e.c.number).where(~e.c.cleaned)).scalars())
    if folder is not None:
        _write_beside(folder, server, known)
    if not numbers:
        return
    try:
        done = _cleaned_file(engine) if engine.dialect.name == "sqlite" else _cleaned_tables(engine)
    except (sqlite3.OperationalError, sqlalchemy.exc.DBAPIError) as error:
        done = False
        _log.warning("old pages could not be cleaned yet (%s)", type(error).__name__)
    if done:
        with tables.writing(engine) as conn:
            conn.execute(e.update().where(e.c.number.in_(numbers)).values(cleaned=True))


def _cleaned_file(engine: Engine) -> bool:
    """Write the file anew without its free pages and empty its log. False while somebody reads an older state."""
    with engine.connect() as conn:
        raw = conn.connection.dbapi_connection
        assert raw is not None
        cursor = raw.cursor()
        for statement in ("ROLLBACK", "PRAGMA secure_delete = ON", "VACUUM"):
            if statement != "ROLLBACK" or raw.in_transaction:
                cursor.execute(statement)
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return cursor.fetchone() == (0, 0, 0)


def _cleaned_tables(engine: Engine) -> bool:
    """Write the tables anew, and what the planner keeps of their values. The database's own log and archives keep what
    they have until they are recycled."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
        conn.exec_driver_sql("SET statement_timeout = 0")
        for table in (*(each.name for each in _HOLDING), "pg_catalog.pg_statistic"):
            conn.exec_driver_sql(f"VACUUM (FULL, ANALYZE) {table}")
        conn.invalidate()  # its limits were taken off
    return True


# how far it has come


@dataclass(frozen=True, slots=True)
class Waiting:
    """A console that has not carried an erasure out yet; ``last_seen`` aware UTC, None for never."""

    id: str
    name: str
    last_seen: datetime | None


@dataclass(frozen=True, slots=True)
class ErasureLine:
    """One erasure: ``done`` of ``consoles`` that exchange have carried it out; ``cleaned``: so has the server."""

    number: int
    caller: str
    done_at: datetime
    consoles: int
    done: int
    cleaned: bool
    waiting: tuple[Waiting, ...]

    def told(self) -> dict[str, Any]:
        """As it stands in JSON."""
        return {
            "number": self.number, "caller": self.caller, "done_at": iso(self.done_at), "consoles": self.consoles,
            "done": self.done, "cleaned": self.cleaned,
            "waiting": [{"id": w.id, "name": w.name, "last_seen": w.last_seen and iso(w.last_seen)}
                        for w in self.waiting],
        }


def note(conn: Connection, device: str, number: int) -> None:
    """Keep up to which erasure a console has carried them out."""
    d = tables.device
    conn.execute(d.update().where(d.c.id == device).values(erased=number))


def report(conn: Connection) -> list[ErasureLine]:
    """Every erasure, the newest first."""
    d, e = tables.device, tables.erasure
    consoles = conn.execute(
        select(d.c.id, d.c.name, d.c.erased, d.c.last_seen).where(d.c.revoked_at.is_(None), ~d.c.duty)
        .order_by(d.c.prefix)
    ).all()
    found = []
    for row in conn.execute(select(e).order_by(e.c.number.desc())):
        order = Order.read(json.loads(row.doc))
        waiting = tuple(Waiting(c.id, c.name, c.last_seen and from_iso(c.last_seen)) for c in consoles
                        if c.erased < row.number)
        found.append(ErasureLine(row.number, order.persons[0], from_iso(order.done_at), len(consoles),
                                 len(consoles) - len(waiting), row.cleaned, waiting))
    return found
