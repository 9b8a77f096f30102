"""Taking care of the desk: what is wrong with it, backups while everybody works, and putting one in place."""

from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

from supportdesk.store import backup as store
from supportdesk.store import database, doctor
from supportdesk.store.backup import BackupInfo
from supportdesk.store.clock import utc_now
from supportdesk.store.doctor import Finding
from supportdesk.store.drafts import Drafts, drafts_file
from supportdesk.store.types import from_iso, iso

if TYPE_CHECKING:
    from supportdesk.desk.desk import Desk

LAST_BACKUP = "last_backup"


def backup(desk: "Desk", target: Path) -> BackupInfo:
    """Copy the desk with its attachments into the one file ``target`` (mode 0600) while others work on.

    Whoever may read the file may copy it (DESIGN.md 3, One file): a nightly job needs to be no agent.
    Raises Invalid, NotReady; then nothing is left behind."""
    made = store.write_backup(desk.path, target, desk.clock())
    drafts = Drafts(desk.path, clock=desk.clock)
    try:
        drafts.remember(None, LAST_BACKUP, iso(made.made_at))
    finally:
        drafts.close()
    return made


def last_backup(desk: "Desk") -> datetime | None:
    """When the last backup of this file was made; None: never, or not known."""
    if not drafts_file(desk.path).exists():
        return None
    drafts = Drafts(desk.path, clock=desk.clock)
    try:
        told = drafts.recall(None, LAST_BACKUP)
    finally:
        drafts.close()
    return from_iso(told) if told else None


@dataclass(frozen=True, slots=True)
class Restored:
    """What was put in place, and where the former desk is kept (None: there was none)."""

    backup: BackupInfo
    former: Path | None


def restore(path: Path, source: Path, now: datetime | None = None) -> Restored:
    """Put the backup ``source`` in place of the desk at ``path``; the former one is kept beside it.

    There need be no desk at ``path``. Who was erased since the backup is erased from it again. Raises Invalid,
    NotReady; then everything is as it was."""
    from supportdesk.store.erasing import catch_up

    kept = store.restore_backup(path, source, now or utc_now())
    with closing(database.check(path)):
        catch_up(path)
    return Restored(store.inspect(source), kept)


def findings(desk: "Desk") -> list[Finding]:
    """What is wrong with the desk or good to know, the worst first, each with its cure."""
    return doctor.findings(desk.reader, desk.path, desk.clock(), last_backup(desk))


def mend(desk: "Desk") -> None:
    """Write every search index anew from the rows, and go on with imports that were interrupted."""
    from supportdesk.desk.imports import resume_batches
    from supportdesk.store import search

    with desk.journal.transaction() as conn:
        search.rebuild(conn)
        search.refresh_tickets(conn, [UUID(bytes=id) for (id,) in conn.execute("SELECT id FROM ticket")])
    resume_batches(desk)
