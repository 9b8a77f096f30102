"""A desk deleted from this machine: the file, its journals and everything that stands beside it under its name.

What lies elsewhere (backups somebody made, a disk's unused blocks) is out of reach: docs/sync.md says so.
"""

import os
import shutil
from pathlib import Path


def wipe(db: Path) -> bool:
    """Delete the desk at ``db``: drafts, attachments, copies made before migrations and restores, then the database
    with its search index. The database goes last, so that a wipe that is cut is begun again. Whether all is gone."""
    beside = [part for part in db.parent.iterdir() if part != db and _is_part(part.name, db.name)]
    journals = [part for part in beside if part.name in (f"{db.name}-wal", f"{db.name}-shm")]
    for part in (*(part for part in beside if part not in journals), *journals, db):
        _delete(part)
    return not any(os.path.lexists(part) for part in (*beside, db))


def _is_part(name: str, desk: str) -> bool:
    return name.startswith((f"{desk}-", f"{desk}.", f".{desk}."))


def _delete(part: Path) -> None:
    if part.is_dir() and not part.is_symlink():
        shutil.rmtree(part, ignore_errors=True)
        return
    try:
        if not part.is_symlink():
            os.truncate(part, 0)  # a console that still has it open has nothing any more
        part.unlink()
    except OSError:
        return
