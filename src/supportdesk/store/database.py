"""Opening the one file: pragmas, version, where it may live.

Readers open read-write with ``query_only`` (a read-only connection never cleans a WAL up,
field/feasibility.md 5); one writer connection per process lives in the journal.
"""

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from supportdesk.files import (
    FILE_MODE,
    FOLDER_MODE,
    GROUP_FILE_MODE,
    GROUP_FOLDER_MODE,
    is_shared_dir,
    private_dir,
    private_open,
)
from supportdesk.i18n import _
from supportdesk.rules.text import safe
from supportdesk.store.clock import utc_now
from supportdesk.store.instants import micros
from supportdesk.store.stray import refuse_stray_journals
from supportdesk.terms.errors import NEWER, NotReady

VERSION = 6
"""PRAGMA user_version of the files this program writes; older ones are migrated on open, newer refused."""

APPLICATION_ID = 0x53444B31  # "SDK1"
BUSY_MS = 10_000
NETWORK_FILE_SYSTEMS = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "ceph", "glusterfs", "fuse.sshfs", "fuse.glusterfs",
     "fuse.s3fs", "fuse.rclone", "davfs", "fuse.davfs2", "ncpfs", "lustre"}
)


class Connection(sqlite3.Connection):
    """``agreed`` is what has been read of calendars and contracts, ``matrix`` of the matrix, ``agreements`` how often
    they were written, known while an action runs (store/agreed), ``classes`` are the classes of promises asked for
    (store/urgency).
    ``clock`` is the desk's whose readings it does: what is derived while it reads is derived as of then.
    ``unsettled``: there may be tickets whose agreements have changed, if only those a killed process left."""

    agreed: object = None
    matrix: object = None
    agreements: int | None = None
    unsettled = True

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.clock: Callable[[], datetime] = utc_now
        self.classes: dict[tuple[bytes, int], int] = {}


def connect(path: Path, *, reading: bool = False) -> Connection:
    """A connection of its own thread; ``reading`` ones refuse to write. Rows come as plain tuples.

    Raises NotReady when SQLite cannot open the file."""
    try:
        conn = sqlite3.connect(path, timeout=BUSY_MS / 1000, isolation_level=None, check_same_thread=False,
                               factory=Connection, cached_statements=256)  # an exchange has some ninety of its own
        conn.execute(f"PRAGMA busy_timeout = {BUSY_MS}")
        conn.execute("PRAGMA synchronous = FULL")
        conn.execute("PRAGMA journal_size_limit = 16777216")
        conn.execute("PRAGMA temp_store = MEMORY")
        if reading:
            conn.execute("PRAGMA query_only = 1")
            conn.execute("PRAGMA cache_size = -1024")  # kB; a console has three readers, and the system caches the file
    except sqlite3.Error as error:
        raise unreadable(path, error) from None
    return conn


def unreadable(path: Path, error: sqlite3.Error) -> NotReady:
    """The sentence for a file SQLite does not take."""
    text = str(error)
    if "not a database" in text or "malformed" in text:
        return NotReady(
            _("{path} is not a sound supportdesk database. Run 'supportdesk doctor', or restore a backup.").format(
                path=safe(str(path))
            ),
            code="corrupt",
        )
    if "full" in text:
        return NotReady(_("The disk is full: nothing was saved. Free some space and save again."), code="disk_full")
    if "readonly" in text or "unable to open" in text:
        return NotReady(
            _("{path} cannot be written. Check who owns the file and its folder.").format(path=safe(str(path))),
            code="not_writable",
        )
    return NotReady(
        _("The database cannot be used ({error}). Try again; if it stays, run 'supportdesk doctor'.").format(
            error=safe(text)
        ),
        code="database",
    )


def create(path: Path, *, kind: str = "desk", prefix: int | None = None, group: int | None = None,
           now: datetime | None = None, sync: bool = True) -> None:
    """Make a new file at ``path`` from schema.sql, mode 0600 (0660 with ``group``, a gid).

    ``kind`` is desk or demo; ``prefix`` the number prefix (default: a free five-digit one starting
    with 9, not yet registered with a server, DESIGN.md 9). With ``group`` its folder becomes the
    group's, 2770. Raises NotReady if the file exists, its folder is on a network file system or
    holds other things that a group must not see."""
    refuse_network(path)
    try:
        private_dir(path.parent, GROUP_FOLDER_MODE if group is not None else FOLDER_MODE, group)
        if group is not None and not os.path.lexists(path):
            _share(path.parent, path.name, group)
        private_open(path, "xb", GROUP_FILE_MODE if group is not None else FILE_MODE, group).close()
    except OSError as error:
        if os.path.lexists(path):
            raise NotReady(
                _("{path} exists already; nothing was changed.").format(path=safe(str(path))), code="exists"
            ) from None
        raise cannot_be_made(path, error) from None
    from supportdesk.store.types import uuid7

    device = uuid7()
    number_prefix = 90_000 + device.int % 10_000 if prefix is None else prefix
    with closing(connect(path)) as conn:
        conn.execute("PRAGMA journal_mode = WAL")
        if not sync:
            conn.execute("PRAGMA synchronous = OFF")
        conn.execute("BEGIN IMMEDIATE")
        for statement in schema_statements():
            conn.execute(statement)
        conn.execute(
            "INSERT INTO device (id, number_prefix, ticket_counter, next_n, created_at, kind, touched) "
            "VALUES (?, ?, 0, 1, ?, ?, 0)",
            (device.bytes, number_prefix, micros(now or datetime.now(UTC)), kind),
        )
        conn.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        conn.execute(f"PRAGMA user_version = {VERSION}")
        conn.execute("COMMIT")


def _share(folder: Path, name: str, gid: int) -> None:
    """Give the folder of the desk ``name`` to the group, if it is ours and holds nothing but what this program puts
    there. Raises NotReady, OSError."""
    if is_shared_dir(folder, gid):
        return
    us = os.geteuid()
    ours = folder.stat().st_uid == us and all(
        found.stat(follow_symlinks=False).st_uid == us
        and (found.name.startswith((f"{name}.", f"{name}-", "demo.db")) or found.name.endswith(".sdbackup")
             or found.name in ("config.toml", "state"))
        for found in os.scandir(folder)
    )
    if not ours:
        raise NotReady(
            _("{folder} is not the desk's alone; sharing it would open the rest to the group, too. Name a file in a "
              "new folder with --db, or share this one yourself: chgrp {gid} {folder} && chmod 2770 {folder}").format(
                folder=safe(str(folder)), gid=gid),
            code="folder_not_shared",
        )
    os.chown(folder, -1, gid)
    os.chmod(folder, GROUP_FOLDER_MODE)


def cannot_be_made(path: Path, error: OSError) -> NotReady:
    """The sentence for a place where no file can be made."""
    return NotReady(
        _("{path} cannot be made: {reason}. Check who owns the folder, or name another file with --db.").format(
            path=safe(str(path)), reason=error.strerror
        ),
        code="not_writable",
    )


def modes_of(path: Path) -> tuple[int, int | None]:
    """Mode and owning group of files that belong to the database at ``path``: its own group shares them, or nobody.

    Raises NotReady when its folder cannot be entered."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return FILE_MODE, None
    except OSError:
        raise unreadable(path, sqlite3.OperationalError("unable to open")) from None
    return (GROUP_FILE_MODE, found.st_gid) if found.st_mode & 0o060 == 0o060 else (FILE_MODE, None)


def schema_statements() -> list[str]:
    """The statements of the checked-in script that makes a new file."""
    return statements_of(Path(__file__).parent / "schema.sql")


def statements_of(script: Path) -> list[str]:
    """The statements of a script without triggers; lines that begin with ``--`` are comments."""
    lines = [line for line in script.read_text(encoding="utf-8").splitlines() if not line.startswith("--")]
    return [part.strip() for part in "\n".join(lines).split(";") if part.strip()]


def version(conn: sqlite3.Connection) -> int:
    return int(conn.execute("PRAGMA user_version").fetchone()[0])


def check(path: Path) -> Connection:
    """Make sure the file at ``path`` can be used by this program; migrate an older one. Returns a reading connection:
    opening another would read the whole schema a second time.

    Raises NotReady (exit 3) with the cure: missing, not ours, newer, not writable, network file system."""
    if not _there(path):
        raise NotReady(
            _("There is no desk at {path} yet. Run 'supportdesk init', or 'supportdesk demo' to look around.").format(
                path=safe(str(path))
            ),
            code="missing",
        )
    if path.is_dir():
        raise NotReady(_("{path} is a folder; name a file.").format(path=safe(str(path))), code="not_a_file")
    if not os.access(path, os.R_OK | os.W_OK) or not os.access(path.parent, os.W_OK | os.X_OK):
        raise NotReady(
            _("{path} cannot be written. Check who owns the file and its folder.").format(path=safe(str(path))),
            code="not_writable",
        )
    refuse_network(path)
    refuse_stray_journals(path)
    conn = connect(path)
    try:
        found = version(conn)
        ours = conn.execute("PRAGMA application_id").fetchone()[0] == APPLICATION_ID
        if ours and conn.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
            conn.execute("PRAGMA journal_mode = WAL")  # a desk set aside by a restore and put back
        if not ours:
            raise NotReady(
                _("{path} is not a supportdesk database.").format(path=safe(str(path))), code="not_a_database"
            )
        refuse_newer(found)
        conn.execute("PRAGMA query_only = 1")
    except sqlite3.Error as error:
        conn.close()
        raise unreadable(path, error) from None
    except NotReady:
        conn.close()
        raise
    if found == VERSION:
        return conn
    conn.close()
    from supportdesk.store.migrate import migrate

    migrate(path, found)
    return connect(path, reading=True)


def _there(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:
        raise unreadable(path, sqlite3.OperationalError("unable to open")) from None


def refuse_newer(found: int) -> None:
    """Raise NotReady when a file (or one migrated under us meanwhile) needs a newer program."""
    if found > VERSION:
        raise NotReady(
            _(
                "This desk was opened by a newer supportdesk (database version {found}, this program knows {known}). "
                "Update supportdesk; what you typed is kept as a draft."
            ).format(found=found, known=VERSION),
            code=NEWER,
        )


def refuse_network(path: Path) -> None:
    """WAL needs all processes on one machine: refuse a network file system (field/trust.md R62)."""
    kind = file_system(path)
    if kind in NETWORK_FILE_SYSTEMS:
        raise NotReady(
            _(
                "{path} is on a network file system ({kind}), where two machines could damage it. "
                "Keep the desk on a local disk and share it with 'supportdesk serve' or over SSH."
            ).format(path=safe(str(path)), kind=kind),
            code="network_file_system",
        )


def file_system(path: Path, mounts: str | None = None) -> str:
    """Type of the file system ``path`` is on, '' if unknown. ``mounts`` replaces /proc/self/mounts in tests."""
    if mounts is None:
        try:
            mounts = Path("/proc/self/mounts").read_text(encoding="utf-8", errors="replace")
        except OSError:
            return ""
    target = os.path.realpath(path)
    best, kind = "", ""
    for line in mounts.splitlines():
        parts = line.split()
        if len(parts) < 3:
            continue
        point = parts[1].replace("\\040", " ")
        inside = target == point or target.startswith(point.rstrip("/") + "/")
        if inside and len(point) >= len(best):
            best, kind = point, parts[2]
    return kind


def checkpoint(path: Path) -> None:
    """Fold the WAL back into the file: after imports and when the console idles (DESIGN.md 4)."""
    with closing(connect(path)) as conn:
        conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
