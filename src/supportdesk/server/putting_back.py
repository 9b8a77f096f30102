"""A backup put in place: into an empty place, or instead of what is there, of which a copy is kept.

The restored server begins a new epoch with a number of its own, so that consoles that have seen more notice and bring
it back, and so that two servers restored from one backup are two. Of a server it replaces it takes over which epochs
there were: consoles that met that one belong here.
"""

import itertools
import os
import secrets
import shutil
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Connection, select, text
from sqlalchemy.exc import SQLAlchemyError

from supportdesk.files import private_dir, private_file, sync_folder
from supportdesk.server import backups, erased, restoring, standing, tables, upgrading
from supportdesk.server.backups import ServerBackup
from supportdesk.server.place import Place, check_url, not_opened


class PutBack(NamedTuple):
    """What was put in place, the epoch that begins, and where the server that was there is kept now."""

    backup: ServerBackup
    epoch: int
    former: Path | None


class _Past(NamedTuple):
    """Whose place it was, and through which epochs it came: epoch, seq, began_at."""

    server: str
    epochs: list[tuple[int, int, str | None]]


def restore(place: Place, source: Path, now: datetime, *, recover: bool = False) -> PutBack:
    """Put the backup in place. ``recover``: this is the only server there is now, so consoles that have met another
    one of the same origin are taken over too. Raises Invalid, NotReady; then nothing was changed."""
    if place.database:
        check_url(place.database)
    proved = backups.prove(source)
    try:
        with standing.alone(place):
            put = _into_database if place.database else _into_folder
            return put(place, proved, now, recover)
    except SQLAlchemyError as error:
        raise not_opened(place, error) from error


def _into_folder(place: Place, proved: ServerBackup, now: datetime, recover: bool) -> PutBack:
    new = _working_copy(private_dir(place.file.parent), proved.path)
    try:
        engine = tables.engine_for(f"sqlite:///{new}")
        past = _past_of_file(place.file)
        with tables.writing(engine) as conn:
            epoch = _begin(conn, past, now, recover)
        erased.catch_up(engine, place.file.parent, now)
        engine.dispose()
        with closing(sqlite3.connect(new)) as conn_:
            conn_.execute("PRAGMA journal_mode = DELETE")
        former = _step_aside(place.file, now)
        os.replace(new, place.file)
        sync_folder(place.file.parent)
    finally:
        _remove(new)
    return PutBack(proved, epoch, former)


def _into_database(place: Place, proved: ServerBackup, now: datetime, recover: bool) -> PutBack:
    target = tables.engine_for(place.database)
    folder = private_dir(Path(place.folder))
    former = None
    copy = _working_copy(folder, proved.path)
    source = tables.engine_for(f"sqlite:///{copy}")
    try:
        found, _kept = upgrading.upgrade(target)
        past = None
        if found:
            former = _free(folder / f"before-restore-{now:%Y%m%dT%H%M%SZ}.sdserver")
            backups.write(target, former, now)
            with tables.reading(target) as conn:
                past = _past(conn)
        with tables.reading(source) as old, tables.writing(target) as conn:
            upgrading.alone(conn)
            if found:
                for table in tables.metadata.sorted_tables:
                    conn.execute(table.delete())
            else:
                tables.metadata.create_all(conn)
                upgrading.note_version(conn)
            backups.copy_tables(old, conn)
            epoch = _begin(conn, past, now, recover)
        erased.catch_up(target, folder, now)
    finally:
        source.dispose()
        target.dispose()
        _remove(copy)
    return PutBack(proved, epoch, former)


def _working_copy(folder: Path, source: Path) -> Path:
    """A copy of the backup that may be brought up to date, without what only a backup has."""
    new = folder / f".{source.name}.{secrets.token_hex(4)}.restoring"
    private_file(new)
    shutil.copyfile(source, new)
    engine = tables.engine_for(f"sqlite:///{new}")
    with tables.writing(engine) as conn:
        conn.execute(text("DROP TABLE backup_info"))
    _found, kept = upgrading.upgrade(engine)
    if kept is not None:
        kept.unlink()
    engine.dispose()
    return new


def _begin(conn: Connection, past: _Past | None, now: datetime, recover: bool) -> int:
    h, e = tables.head, tables.epoch
    server, seq = conn.execute(select(h.c.server, h.c.seq)).one()
    if past is not None and past.server == server:
        known = set(conn.execute(select(e.c.epoch)).scalars())
        for epoch, began, began_at in past.epochs:
            if epoch not in known:
                conn.execute(e.insert().values(epoch=epoch, seq=min(began, seq), began_at=began_at))
    conn.execute(h.update().values(takes_all=recover))
    return restoring.begin_epoch(conn, now)


def _past(conn: Connection) -> _Past:
    e = tables.epoch
    epochs: Iterable[tuple[int, int, str | None]] = (
        (row.epoch, row.seq, row.began_at) for row in conn.execute(select(e)))
    return _Past(conn.execute(select(tables.head.c.server)).scalar_one(), list(epochs))


def _past_of_file(file: Path) -> _Past | None:
    """None when there is no server in the file, or none that can still be read."""
    if not file.is_file():
        return None
    try:
        with closing(sqlite3.connect(file)) as conn:
            server, epoch = conn.execute("SELECT server, epoch FROM head").fetchone()
            try:
                return _Past(server, conn.execute("SELECT epoch, seq, began_at FROM epoch").fetchall())
            except sqlite3.OperationalError:  # of version 1
                return _Past(server, [(epoch, 0, None)])
    except (sqlite3.Error, TypeError):
        return None


def _step_aside(file: Path, now: datetime) -> Path | None:
    """Move what is there, journals and all, out of the way; none of it may meet the new file."""
    kept = _free(file.with_name(f"{file.name}.before-restore-{now:%Y%m%dT%H%M%SZ}"))
    for suffix in ("-shm", "-wal", "-journal", ""):
        part = Path(f"{file}{suffix}")
        if part.exists():
            os.replace(part, f"{kept}{suffix}")
    return kept if kept.exists() else None


def _free(name: Path) -> Path:
    """The name, or the next one that nothing has: what was kept once is never replaced."""
    for number in itertools.count(2):
        if not os.path.lexists(name):
            break
        name = name.with_name(f"{name.name.removesuffix(f'-{number - 1}')}-{number}")
    return name


def _remove(file: Path) -> None:
    for suffix in ("", "-wal", "-shm", "-journal"):
        Path(f"{file}{suffix}").unlink(missing_ok=True)
