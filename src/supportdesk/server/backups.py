"""A server's backup is one SQLite file with all its tables, made beside the running server from either database.

It is proved before it gets its name: opened, counted, the chain of all entries computed anew, the sum of every scope's
rows too. So it also carries a server from a file into PostgreSQL and back.
"""

import hashlib
import os
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from pathlib import Path
from urllib.parse import quote
from uuid import UUID

import sqlalchemy
from sqlalchemy import Connection, Engine, create_engine, func, select, text
from sqlalchemy.pool import StaticPool

from supportdesk import __version__
from supportdesk.files import private_dir, private_file, sync_folder
from supportdesk.i18n import _
from supportdesk.rules.sums import scope_sum
from supportdesk.server import membership, tables, upgrading
from supportdesk.server.statements import Bulk
from supportdesk.store.types import iso
from supportdesk.terms.errors import Invalid, NotReady

ROWS = 1_000
"""Rows that are held in memory at once while tables are copied."""

_INFO = """CREATE TABLE backup_info (made_at TEXT NOT NULL, program TEXT NOT NULL, entries INTEGER NOT NULL,
rows INTEGER NOT NULL, devices INTEGER NOT NULL)"""


@dataclass(frozen=True, slots=True)
class ServerBackup:
    """What a backup holds, as it was proved; ``digest`` is the SHA-256 of the file, ``made_at`` ISO 8601 with Z."""

    path: Path
    server: str
    version: int
    made_at: str
    seq: int
    entries: int
    rows: int
    devices: int
    size: int
    digest: str


def write(engine: Engine, target: Path, now: datetime) -> ServerBackup:
    """Copy the server's tables into ``target`` and prove the copy; an older backup of that name is replaced. Raises
    Invalid when ``target`` is something else, NotReady when it cannot be written."""
    if target.exists() and not _is_backup(target):
        raise Invalid(_("{path} exists and is no backup of a server; it was left alone. Choose another name.").format(
            path=target), field="file", code="exists")
    new = target.with_name(f".{target.name}.{secrets.token_hex(4)}.new")
    try:
        private_dir(target.parent)
        private_file(new)
        with _file(new) as made, tables.writing(made) as into, tables.reading(engine) as source:
            tables.metadata.create_all(into)
            upgrading.note_version(into)
            copy_tables(source, into)
            into.execute(text(_INFO))
            into.execute(text("INSERT INTO backup_info VALUES (:made_at, :program, :entries, :rows, :devices)"),
                         {"made_at": iso(now), "program": __version__, **_counted(into)})
        with closing(sqlite3.connect(new)) as conn:
            conn.execute("PRAGMA journal_mode = DELETE")
        proved = prove(new)
        _to_disk(new)
        os.replace(new, target)
        sync_folder(target.parent)
    except (OSError, sqlite3.Error, sqlalchemy.exc.DatabaseError) as error:
        raise NotReady(_("The backup cannot be written to {path} ({reason}); nothing was changed.").format(
            path=target, reason=error.strerror if isinstance(error, OSError) else error), code="not_writable") from None
    finally:
        for suffix in ("", "-wal", "-shm", "-journal"):
            Path(f"{new}{suffix}").unlink(missing_ok=True)
    return ServerBackup(target, proved.server, proved.version, proved.made_at, proved.seq, proved.entries, proved.rows,
                        proved.devices, proved.size, proved.digest)


def copy_tables(source: Connection, into: Connection) -> None:
    """Every row of every table that both have."""
    bulk = Bulk(into)
    for table in tables.metadata.sorted_tables:
        names = tuple(column.name for column in table.columns)
        streamed = source.execution_options(stream_results=True, yield_per=ROWS).execute(select(table))
        for part in streamed.partitions(ROWS):
            bulk.insert(table, names, [tuple(row) for row in part])
    membership.keep_index(into)


def prove(path: Path) -> ServerBackup:
    """Check a backup whole. Raises Invalid for what is none or is damaged, NotReady for a newer program's."""
    if not path.is_file():
        raise Invalid(_("There is no backup at {path}.").format(path=path), field="file", code="missing")
    if not _is_backup(path):
        raise Invalid(_("{path} is no backup of a server.").format(path=path), field="file", code="no_backup")
    with _unchanged(path) as conn:
        version = upgrading.version(conn)
        upgrading.refuse_newer(version)
        try:
            whole = conn.execute(text("PRAGMA quick_check(1)")).scalar_one() == "ok"
            info = conn.execute(text("SELECT made_at, entries, rows, devices FROM backup_info")).one()
            head = conn.execute(text("SELECT server, seq, chain FROM head")).one()
            whole = whole and _chained(conn, *head) and _summed(conn) and _counted(conn) == {
                "entries": info.entries, "rows": info.rows, "devices": info.devices}
        except sqlalchemy.exc.SQLAlchemyError:
            whole = False
        if not whole:
            raise Invalid(_("The backup {path} is damaged; nothing was changed. Take another.").format(path=path),
                          field="file", code="damaged")
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return ServerBackup(path, head.server, version, info.made_at, head.seq, info.entries, info.rows, info.devices,
                        path.stat().st_size, digest)


def _chained(conn: Connection, server: str, newest: int, chain: str) -> bool:
    """Whether the entries give the chain of the head, none missing, none changed places. A place without an entry is
    one at which windows moved on."""
    e = tables.entry
    link, at = blake2b(UUID(server).bytes, digest_size=8).digest(), 0
    query = select(e.c.device, e.c.n, e.c.seq).where(e.c.seq.is_not(None)).order_by(e.c.seq)
    for device, n, seq in conn.execute(query):
        while at + 1 < seq:
            at += 1
            link = membership.swept(link, at)
        if seq != at + 1:
            return False
        at = seq
        link = blake2b(link + device.encode() + n.to_bytes(8, "big") + seq.to_bytes(8, "big"), digest_size=8).digest()
    while at < newest:
        at += 1
        link = membership.swept(link, at)
    return (at, link.hex()) == (newest, chain)


def _summed(conn: Connection) -> bool:
    """Whether the rows of every scope give the sum that was kept of them, and none is in a scope of which none was."""
    m, d, s = tables.membership, tables.doc, tables.scope_sum
    kept = {row.scope: (row.sum, row.held) for row in conn.execute(
        select(s.c.scope, s.c.sum, s.columns["count"].label("held")))}
    if tables.OWN not in kept or not set(conn.execute(select(m.c.scope).distinct()).scalars()) <= kept.keys():
        return False
    for scope, held in kept.items():
        rows = select(m.c.id, d.c.rev).join(d, d.c.id == m.c.id).where(m.c.scope == scope, m.c.gone.is_(False))
        total, count = scope_sum((UUID(row.id), row.rev) for row in conn.execute(rows))
        if (tables.signed(total), count) != held:
            return False
    return True


def _counted(conn: Connection) -> dict[str, int]:
    counted = {"entries": tables.entry, "rows": tables.doc, "devices": tables.device}
    return {name: conn.execute(select(func.count()).select_from(table)).scalar_one() for name, table in counted.items()}


def _is_backup(path: Path) -> bool:
    try:
        with closing(_reading(path)) as conn:
            conn.execute("SELECT 1 FROM backup_info, head").fetchone()
    except sqlite3.Error:
        return False
    return True


@contextmanager
def _unchanged(path: Path) -> Iterator[Connection]:
    """The file itself, read and nothing else: no journal beside it counts, none is made."""
    engine = create_engine("sqlite://", poolclass=StaticPool, creator=lambda: _reading(path))
    try:
        with engine.connect() as conn:
            yield conn
    finally:
        engine.dispose()


def _reading(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{quote(str(path))}?mode=ro&immutable=1", uri=True)


@contextmanager
def _file(path: Path) -> Iterator[Engine]:
    engine = tables.engine_for(f"sqlite:///{path}")
    try:
        yield engine
    finally:
        engine.dispose()


def _to_disk(path: Path) -> None:
    descriptor = os.open(path, os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
