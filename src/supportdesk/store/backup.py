"""One backup is one file: a SQLite copy of the desk with the content of its attachments in a table of its own.

Made with the online backup API while others go on saving, checked, on disk and private before it gets its name.
There are no names inside that could become paths; anything that reads SQLite can read it (docs/admin.md).

Restoring never lets two states meet: the new file is written whole beside the old one, journals of the old one
are gone before it takes the name, and what stood there is kept under another name (field/trust.md R60).
"""

import hashlib
import io
import os
import secrets
import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

from supportdesk import __version__
from supportdesk.files import FILE_MODE, private_dir, private_file, sync_folder
from supportdesk.i18n import _
from supportdesk.rules.text import safe
from supportdesk.store import attachments, database
from supportdesk.store.types import instant, micros
from supportdesk.terms.errors import DeskError, Invalid, NotReady

RESERVE = 20 * 1024 * 1024
"""Bytes that must stay free on the disk beside a copy."""

_TABLES = """
CREATE TABLE backup_info (made_at INTEGER NOT NULL, program TEXT NOT NULL, reason TEXT NOT NULL);
CREATE TABLE backup_file (digest TEXT PRIMARY KEY, content BLOB NOT NULL);
"""


@dataclass(frozen=True, slots=True)
class BackupInfo:
    """What a backup holds: when it was made, by which version of the program, tickets, attachments, bytes."""

    path: Path
    made_at: datetime
    program: str
    version: int
    tickets: int
    files: int
    size: int


def write_backup(db: Path, target: Path, now: datetime, *, reason: str = "backup", mode: int = FILE_MODE,
                 gid: int | None = None, files: bool = True) -> BackupInfo:
    """Copy the desk at ``db`` into ``target``, with its attachments if ``files``; an older backup of that name is
    replaced whole. ``reason`` is kept inside; ``mode`` and ``gid`` are those of the new file.

    Raises Invalid when ``target`` is something else, NotReady (desk damaged, disk full, not writable); then
    nothing is left behind."""
    if target.exists() and not is_backup(target):
        raise Invalid(
            _("{path} exists and is no backup; it was left alone. Choose another name.").format(path=safe(str(target))),
            field="file", code="exists",
        )
    require_space(target.parent, db.stat().st_size + _files_size(db) * files)
    new = target.with_name(f".{target.name}.{secrets.token_hex(4)}.new")
    try:
        private_file(new, mode, gid)
        with closing(database.connect(db, reading=True)) as source, closing(sqlite3.connect(new)) as copy:
            source.backup(copy, pages=-1)  # one step: a snapshot that savers do not start anew
            copy.execute("PRAGMA journal_mode = DELETE")
            if not sound(copy):
                raise database.unreadable(db, sqlite3.DatabaseError("malformed"))
            _complete(copy, db, now, reason, files)
        _to_disk(new)
        os.replace(new, target)
        sync_folder(target.parent)
    except (OSError, sqlite3.Error) as error:
        raise _failed(target, error) from None
    finally:
        for suffix in ("", "-journal", "-wal", "-shm"):
            Path(f"{new}{suffix}").unlink(missing_ok=True)
    return inspect(target)


def _complete(copy: sqlite3.Connection, db: Path, now: datetime, reason: str, files: bool) -> None:
    copy.executescript(_TABLES)
    copy.execute("INSERT INTO backup_info VALUES (?, ?, ?)", (micros(now), __version__, reason))
    wanted = [d for (d,) in copy.execute("SELECT DISTINCT digest FROM attachment WHERE digest IS NOT NULL")]
    for digest in wanted if files else ():
        place = attachments.file_of(db, digest)
        if place.is_file():
            copy.execute("INSERT INTO backup_file VALUES (?, ?)", (digest, place.read_bytes()))
    copy.commit()


def inspect(source: Path) -> BackupInfo:
    """What the backup says of itself, without checking it whole. Raises Invalid when it is none."""
    if not source.is_file():
        raise Invalid(_("There is no backup at {path}.").format(path=safe(str(source))), field="file", code="missing")
    try:
        with closing(_read_alone(source)) as conn:
            made_at, program = conn.execute("SELECT made_at, program FROM backup_info").fetchone()
            return BackupInfo(
                source, instant(made_at), program, database.version(conn),
                conn.execute("SELECT count(*) FROM ticket").fetchone()[0],
                conn.execute("SELECT count(*) FROM backup_file").fetchone()[0], source.stat().st_size,
            )
    except (sqlite3.Error, TypeError):
        raise _no_backup(source) from None


def is_backup(path: Path) -> bool:
    try:
        inspect(path)
    except DeskError:
        return False
    return True


def verify_backup(source: Path) -> BackupInfo:
    """Check the whole backup: pages, version, every attachment against its digest. Raises Invalid, NotReady."""
    info = inspect(source)
    database.refuse_newer(info.version)
    try:
        with closing(_read_alone(source)) as conn:
            if conn.execute("PRAGMA application_id").fetchone()[0] != database.APPLICATION_ID:
                raise _no_backup(source)
            if not sound(conn):
                raise _damaged(source)
            for digest, content in conn.execute("SELECT digest, content FROM backup_file"):
                if hashlib.sha256(content).hexdigest() != digest:
                    raise _damaged(source)
    except sqlite3.Error:
        raise _damaged(source) from None
    return info


def restore_backup(db: Path, source: Path, now: datetime) -> Path | None:
    """Put the checked backup in place of the desk at ``db`` (which need not exist), with its attachments.

    Returns where the former desk is kept now, None if there was none. Raises Invalid (no or damaged backup),
    NotReady (a console has the desk open, disk full): then the desk is as it was."""
    info = verify_backup(source)
    if db.exists() and db.resolve() == source.resolve():
        raise Invalid(_("A backup cannot be restored onto itself. Name the desk with --db."), field="file")
    private_dir(db.parent)
    mode, gid = database.modes_of(db)
    require_space(db.parent, info.size * 2)
    new = db.with_name(f".{db.name}.{secrets.token_hex(4)}.restoring")
    try:
        private_file(new, mode, gid)
        with closing(_read_alone(source)) as backup, closing(sqlite3.connect(new)) as copy:
            backup.backup(copy)
            copy.executescript("DROP TABLE backup_info; DROP TABLE backup_file;")
            if info.files:
                copy.execute("VACUUM")
            for (content,) in backup.execute("SELECT content FROM backup_file"):
                attachments.add(db, io.BytesIO(content))
            _keep_counting(db, copy)
            copy.execute("PRAGMA journal_mode = WAL")
        _to_disk(new)
        kept = _step_aside(db, now)
        os.replace(new, db)
        sync_folder(db.parent)
    except (OSError, sqlite3.Error) as error:
        raise _failed(db, error) from None
    finally:
        for suffix in ("", "-journal", "-wal", "-shm"):
            Path(f"{new}{suffix}").unlink(missing_ok=True)
    return kept


def _keep_counting(db: Path, copy: sqlite3.Connection) -> None:
    """Numbers given out since the backup are in callers' hands: the restored desk goes on behind them, if the
    present one can still be read."""
    try:
        with closing(sqlite3.connect(f"file:{quote(str(db))}?mode=ro", uri=True)) as present:
            device, counter = present.execute("SELECT id, ticket_counter FROM device").fetchone()
    except (sqlite3.Error, TypeError):
        return
    copy.execute("UPDATE device SET ticket_counter = max(ticket_counter, ?) WHERE id = ?", (counter, device))
    copy.commit()


def _step_aside(db: Path, now: datetime) -> Path | None:
    """Move the present desk and whatever journals stand there out of the way; none of them may meet the new file."""
    kept = db.with_name(f"{db.name}.before-restore-{now.strftime('%Y%m%dT%H%M%SZ')}")
    journal = Path(f"{db}-journal")
    if journal.exists():  # a desk keeps none: it must not be rolled back into the one that is kept
        os.replace(journal, f"{kept}-journal")
    if db.exists():
        _require_closed(db)
    for suffix in ("-shm", "-wal", ""):
        part = Path(f"{db}{suffix}")
        if part.exists():
            os.replace(part, f"{kept}{suffix}")
    sync_folder(db.parent)
    return kept if kept.exists() else None


def _require_closed(db: Path) -> None:
    """Leaving WAL mode needs the file for oneself, and folds the WAL in. A damaged file has nobody working on it."""
    try:
        with closing(sqlite3.connect(db, timeout=0.2)) as conn:
            conn.execute("PRAGMA journal_mode = DELETE").fetchone()
    except sqlite3.OperationalError as error:
        if "locked" in str(error):
            raise NotReady(
                _("The desk is open in a console. Close it everywhere, then restore."), code="in_use"
            ) from None
        raise
    except sqlite3.DatabaseError:
        return


def sound(conn: sqlite3.Connection) -> bool:
    """Whether SQLite finds the file whole."""
    try:
        return [r[0] for r in conn.execute("PRAGMA quick_check(1)")] == ["ok"]
    except sqlite3.DatabaseError:
        return False


def require_space(folder: Path, needed: int) -> None:
    """Raise NotReady unless the disk has room for ``needed`` bytes and a reserve."""
    try:
        free = shutil.disk_usage(folder).free
    except OSError as error:
        raise NotReady(
            _("The folder {path} cannot be used: {reason}.").format(path=safe(str(folder)), reason=error.strerror),
            code="not_writable",
        ) from None
    if free < needed + RESERVE:
        raise NotReady(
            _("There is not enough room in {path}: {needed} MB are needed, {free} MB are free. Nothing was changed.")
            .format(path=safe(str(folder)), needed=(needed + RESERVE) // 1_048_576, free=free // 1_048_576),
            code="disk_full",
        )


def _read_alone(path: Path) -> sqlite3.Connection:
    """Read the file itself and nothing that stands beside it: a stray -wal is not its journal."""
    return sqlite3.connect(f"file:{quote(str(path))}?mode=ro&immutable=1", uri=True)


def _to_disk(path: Path) -> None:
    descriptor = os.open(path, os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _files_size(db: Path) -> int:
    return sum(attachments.file_of(db, digest).stat().st_size for digest in attachments.digests(db))


def _failed(path: Path, error: Exception) -> NotReady:
    text = str(error)
    if "full" in text or "No space" in text:
        return NotReady(_("The disk is full; nothing was changed. Make room and try again."), code="disk_full")
    return NotReady(
        _("{path} cannot be written ({reason}); nothing was changed. Check who owns the folder.").format(
            path=safe(str(path)), reason=safe(getattr(error, "strerror", None) or text)
        ),
        code="not_writable",
    )


def _no_backup(path: Path) -> Invalid:
    return Invalid(
        _("{path} is no backup of supportdesk. Name a file made with 'supportdesk backup'.").format(
            path=safe(str(path))
        ),
        field="file", code="not_a_backup",
    )


def _damaged(path: Path) -> Invalid:
    return Invalid(
        _("The backup {path} is damaged; the desk was left as it is. Use an older one.").format(path=safe(str(path))),
        field="file", code="damaged_backup",
    )
