"""The demo desk: invented people, weeks of history made by the desk's own verbs, and a busy "now".

It has a file of its own and is built anew when nobody touched it for half a day: its promises would all be overdue.
Importing this module costs little; building loads the writing side."""

import fcntl
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from supportdesk import places
from supportdesk.files import private_dir, private_open, sync_folder
from supportdesk.i18n import _
from supportdesk.rules.text import safe
from supportdesk.store import database
from supportdesk.store.attachments import files_folder
from supportdesk.store.clock import utc_now
from supportdesk.store.drafts import drafts_file
from supportdesk.store.instants import micros
from supportdesk.terms.errors import NotReady

STALE = timedelta(hours=12)
"""An untouched demo older than this is built anew."""

Progress = Callable[[int, int], None]
"""Told tickets made so far and wanted."""


def open_demo(path: Path | None = None, *, fresh: bool = False, tickets: int | None = None, seed: int | None = None,
              now: datetime | None = None, progress: Progress | None = None) -> Path:
    """The file of the demo (default: its own place), built if it is not there, stale, or ``fresh``.

    Naming ``tickets`` or ``seed`` asks for a fresh one. Raises NotReady when ``path`` is a real desk or
    cannot be made, or when another console is working in the demo that should be replaced."""
    path = path or places.demo_database()
    now = now or utc_now()
    wanted = fresh or tickets is not None or seed is not None
    with _one_builder(path):
        if path.exists():
            _refuse_real_desk(path)
            if not wanted and not _is_stale(path, now):
                return path
            if not _set_free(path):
                if not wanted:
                    return path
                raise NotReady(
                    _("The demo is open in another console. Close it there first, then build it anew."), code="in_use"
                )
        _build_beside(path, tickets, seed, now, progress)
    return path


@contextmanager
def _one_builder(path: Path) -> Iterator[None]:
    """Two first starts at once build once: the second waits and finds it done."""
    database.refuse_network(path)
    try:
        private_dir(path.parent)
        lock = private_open(path.with_name(f"{path.name}.lock"), "ab")
    except OSError as error:
        raise database.cannot_be_made(path, error) from None
    with lock as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


def _refuse_real_desk(path: Path) -> None:
    try:
        with closing(database.connect(path, reading=True)) as conn:
            ours = conn.execute("SELECT kind FROM device").fetchone()
    except sqlite3.Error:
        ours = None
    if ours is None or ours[0] != "demo":
        raise NotReady(
            _("{path} is not a demo; it stays as it is. Name another file for the demo.").format(path=safe(str(path))),
            code="not_a_demo",
        )


def _is_stale(path: Path, now: datetime) -> bool:
    with closing(database.connect(path, reading=True)) as conn:
        created, touched = conn.execute("SELECT created_at, touched FROM device").fetchone()
        older = database.version(conn) != database.VERSION
    return not touched and (older or not 0 <= micros(now) - created <= STALE // timedelta(microseconds=1))


def _set_free(path: Path) -> bool:
    """Fold everything into the one file; False when another console has it open."""
    try:
        with closing(database.connect(path)) as conn:
            conn.execute("PRAGMA busy_timeout = 200")
            return bool(conn.execute("PRAGMA journal_mode = DELETE").fetchone()[0] == "delete")
    except sqlite3.OperationalError:
        return False


def _build_beside(path: Path, tickets: int | None, seed: int | None, now: datetime, progress: Progress | None) -> None:
    """Build under another name and rename: whatever breaks off leaves no half demo."""
    from supportdesk.desk.demo.build import TICKETS, build

    beside = path.with_name(f"{path.name}.new")
    _remove(beside)
    try:
        build(beside, seed=1 if seed is None else seed, tickets=TICKETS if tickets is None else tickets, now=now,
              progress=progress)
        with beside.open("rb") as built:
            os.fsync(built.fileno())
        _remove(path)
        if files_folder(beside).exists():
            files_folder(beside).rename(files_folder(path))
        beside.rename(path)
        sync_folder(path.parent)
    finally:
        _remove(beside)


def _remove(path: Path) -> None:
    """A demo with all that stands beside it."""
    for base in (path, drafts_file(path)):
        for suffix in ("", "-wal", "-shm", "-journal"):
            base.with_name(base.name + suffix).unlink(missing_ok=True)
    shutil.rmtree(files_folder(path), ignore_errors=True)
