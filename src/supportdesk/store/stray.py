"""Journals that stand beside a desk and do not belong to it (field/trust.md R60).

SQLite takes whatever ``<db>-wal`` it finds beside a file as that file's own: an old one left beside a restored
or copied desk would be mixed into it without a word. Ours can be told: each action raises ``device.next_n`` and
writes entries without a gap, so the file alone is never ahead of the file with its WAL, and never another desk but the
one it became as a copy.
What cannot be told is a copy exactly one save older than the WAL's beginning: rows are the same then, and doctor
looks at the pages.
"""

import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from supportdesk.i18n import _
from supportdesk.rules.text import safe
from supportdesk.terms.errors import NotReady

WAL_HEADER = 32
ENTRIES_PER_PAGE = 16
MOST_LOOKED_AT = 20_000
COMPARED = 50
"""Newest entries of the file alone that a desk which became another still has at their places."""


def refuse_stray_journals(path: Path) -> None:
    """Raise NotReady, before anything is mixed, when a journal beside the desk at ``path`` is not its own."""
    if _size(f"{path}-journal"):  # a desk is in WAL mode from birth
        raise _stray(f"{path}-journal")
    size = _size(f"{path}-wal")
    if size > WAL_HEADER and not _own_wal(path, size):
        raise _stray(f"{path}-wal")


def _own_wal(path: Path, size: int) -> bool:
    place = f"file:{quote(str(path))}"
    try:
        with closing(sqlite3.connect(f"{place}?mode=ro&immutable=1", uri=True)) as alone:
            before = alone.execute("SELECT id, next_n FROM device").fetchone()
            page = alone.execute("PRAGMA page_size").fetchone()[0]
            journal = alone.execute("SELECT pk, id FROM entry ORDER BY pk DESC LIMIT ?", (COMPARED,)).fetchall()
    except sqlite3.Error:
        return True  # young, or in the middle of a checkpoint: only together with its WAL it is whole
    try:
        with closing(sqlite3.connect(f"{place}?mode=ro", uri=True)) as both:
            both.execute("BEGIN")
            device, next_n = both.execute("SELECT id, next_n FROM device").fetchone()
            last = both.execute(
                "SELECT pk, n FROM entry WHERE device = ? ORDER BY pk DESC LIMIT 1", (device,)
            ).fetchone()
            newest = last[0] if last else 0
            looked_at = min(newest, size // page * ENTRIES_PER_PAGE, MOST_LOOKED_AT)
            whole = _is_whole(both, device, newest, looked_at)
            ahead = before is None or (before[1] <= next_n if before[0] == device
                                       else _is_renamed(both, before[0], journal))
    except sqlite3.OperationalError:
        return True  # busy or out of reach: opening it says so
    except (sqlite3.DatabaseError, TypeError):
        return False
    return bool(ahead and next_n == (last[1] if last else 0) + 1 and whole)


def _is_whole(conn: sqlite3.Connection, device: bytes, newest: int, looked_at: int) -> bool:
    """Whether nothing is missing among the newest entries. From another company's console what others did leaves with
    the rows it was about; what was done there stays."""
    after = newest - looked_at
    if conn.execute("SELECT count(*) FROM entry WHERE pk > ?", (after,)).fetchone()[0] >= looked_at:
        return True
    count, first, last = conn.execute(
        "SELECT count(*), min(n), max(n) FROM entry WHERE pk > ? AND device = ? AND n > 0", (after, device)).fetchone()
    return _asked(conn, "sync_cursor", "scope != 'own'") and (not count or last - first + 1 == count)


def _is_renamed(conn: sqlite3.Connection, former: bytes, journal: list[tuple[int, bytes]]) -> bool:
    """Whether the desk became another since its file was written (store/recovery): it exchanges with a server, its
    journal goes on, and nothing waits under its former name."""
    there = {pk: id for pk, _id in journal for (id,) in conn.execute("SELECT id FROM entry WHERE pk = ?", (pk,))}
    waits = conn.execute("SELECT 1 FROM entry WHERE device = ? AND state IN ('local', 'pending') LIMIT 1", (former,))
    return (_asked(conn, "sync_state", "secret != ''") and waits.fetchone() is None
            and bool(there) and all(there.get(pk, id) == id for pk, id in journal))


def _asked(conn: sqlite3.Connection, table: str, condition: str) -> bool:
    """Whether there is such a row; the first versions of a desk did not have these tables."""
    found = conn.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (table,)).fetchone()
    return found is not None and conn.execute(f"SELECT 1 FROM {table} WHERE {condition}").fetchone() is not None


def _size(path: str) -> int:
    try:
        return Path(path).stat().st_size
    except OSError:
        return 0


def _stray(path: str) -> NotReady:
    return NotReady(
        _(
            "{path} does not belong to the desk beside it, as after copying a desk by hand; together they would be "
            "damaged. Nothing was opened. Move that file away, then run 'supportdesk doctor'; if work is missing, "
            "restore a backup."
        ).format(path=safe(path)),
        code="stray_journal",
    )
