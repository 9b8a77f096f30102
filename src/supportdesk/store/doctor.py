"""What is wrong with a desk's file, and what to do about it. Reads only, and stops nobody.

The database enforces no references and no unique keys, because rows will arrive in any order (DESIGN.md 3,
Identity): what that lets through is found here.
"""

import glob
import shutil
import sqlite3
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from pathlib import Path

from supportdesk.files import is_shared_dir
from supportdesk.i18n import _
from supportdesk.rules.text import safe
from supportdesk.store import attachments, batches, staff
from supportdesk.store.database import modes_of
from supportdesk.store.drafts import drafts_file
from supportdesk.store.instants import micros
from supportdesk.store.views.calendars import CalendarLine, calendars, runs_out
from supportdesk.terms.entities import ENTITIES
from supportdesk.terms.tables import Form

EXAMPLES = 5
LARGE_WAL = 64 * 1024 * 1024
LITTLE_SPACE = 200 * 1024 * 1024
BACKUP_AGE = timedelta(days=7)
SAMPLE = 50

KEYS = (("agent", "login"), ("team", "slug"), ("site", "slug"), ("product", "slug"), ("component", "slug"),
        ("role", "slug"), ("level", "slug"), ("calendar", "slug"), ("identity_method", "slug"), ("matrix", "slug"),
        ("article", "slug || '/' || lang"), ("ticket", "number"))
"""What people know a row by; doubled only by mistake or by two sites offline."""


class Severity(StrEnum):
    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to know. ``code`` is for machines and for ever; ``message`` and ``cure`` are sentences."""

    code: str
    severity: Severity
    message: str
    cure: str = ""


@dataclass(frozen=True, slots=True)
class AsGiven:
    """A name tickets carry that the catalogue lacks: ``kind`` component, caller, organisation or asset, on how many."""

    kind: str
    name: str
    tickets: int


def findings(conn: sqlite3.Connection, path: Path, now: datetime, last_backup: datetime | None) -> list[Finding]:
    """Everything found about the desk at ``path``, the worst first. ``conn`` is a reading connection."""
    found: list[Finding] = []
    try:
        found += _pages(conn)
        if not found:
            for look in (_journal, _references, _doubles, _orphans, _promises, _admins, _search, _batches, _given):
                found += look(conn)
            found += holidays_run_out(calendars(conn, micros(now)), now.date())
            found += _attachments(conn, path)
    except sqlite3.DatabaseError as error:
        found.append(_damaged(safe(str(error))))
    found += _surroundings(path, now, last_backup)
    return sorted(found, key=lambda f: list(Severity).index(f.severity))


def is_ok(found: list[Finding]) -> bool:
    """Whether nothing needs mending; what is only good to know does not count."""
    return all(f.severity is Severity.INFO for f in found)


def as_given(conn: sqlite3.Connection, limit: int = 100) -> list[AsGiven]:
    """Names kept as callers gave them, for the admin to add to the catalogue, the most frequent first."""
    kinds = (("component", "component_name", "component_id"), ("caller", "caller_name", "caller_id"),
             ("organisation", "organisation_name", "organisation_id"), ("asset", "asset_name", "asset_id"))
    rows = [
        AsGiven(kind, name, count)
        for kind, given, known in kinds
        for name, count in conn.execute(
            f"SELECT {given}, count(*) FROM ticket WHERE {given} IS NOT NULL AND {known} IS NULL "
            "GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT ?", (limit,)
        )
    ]
    return sorted(rows, key=lambda row: (-row.tickets, row.kind, row.name))[:limit]


# the content


def _damaged(reason: str) -> Finding:
    return Finding("damaged", Severity.ERROR, _("The database is damaged: {reason}").format(reason=reason),
                   _("Close every console and restore the newest backup: supportdesk restore FILE"))


def _pages(conn: sqlite3.Connection) -> Iterator[Finding]:
    for (said,) in conn.execute("PRAGMA quick_check(3)").fetchall():
        if said != "ok":
            yield _damaged(safe(said))


def _journal(conn: sqlite3.Connection) -> Iterator[Finding]:
    device, next_n = conn.execute("SELECT id, next_n FROM device").fetchone()
    last = conn.execute("SELECT n FROM entry WHERE device = ? ORDER BY pk DESC LIMIT 1", (device,)).fetchone()
    if next_n != (last[0] if last else 0) + 1:
        yield Finding("journal_gap", Severity.ERROR, _("The journal does not end where its counter says."),
                      _("Restore the newest backup: supportdesk restore FILE"))


def _references(conn: sqlite3.Connection) -> Iterator[Finding]:
    for name, entity in ENTITIES.items():
        for field in entity.fields:
            if field.form is Form.REF:
                lost = conn.execute(
                    f"SELECT count(*) FROM {name} x WHERE x.{field.name} IS NOT NULL "
                    f"AND NOT EXISTS (SELECT 1 FROM {field.ref} y WHERE y.id = x.{field.name})"
                ).fetchone()[0]
            elif field.form is Form.REFS:
                lost = conn.execute(
                    f"SELECT count(*) FROM reference r WHERE r.field = ? AND EXISTS (SELECT 1 FROM {name} x "
                    f"WHERE x.id = r.owner) AND NOT EXISTS (SELECT 1 FROM {field.ref} y WHERE y.id = r.target)",
                    (field.name,),
                ).fetchone()[0]
            else:
                continue
            if lost:
                yield Finding(
                    "lost_reference", Severity.WARNING,
                    _("{entity}.{field} points to nothing in {count} rows.").format(
                        entity=name, field=field.name, count=lost),
                    _("Correct these rows; if they came by an import, undo it and import what they name first."),
                )


def _doubles(conn: sqlite3.Connection) -> Iterator[Finding]:
    for entity, key in KEYS:
        doubled = conn.execute(
            f"SELECT {key}, count(*) FROM {entity} WHERE retired_at IS NULL AND {key} IS NOT NULL "
            f"GROUP BY 1 HAVING count(*) > 1 LIMIT {EXAMPLES}"
        ).fetchall()
        if doubled:
            yield Finding(
                "doubled_key", Severity.WARNING,
                _("Several rows of {entity} have the same {key}: {examples}").format(
                    entity=entity, key=key.split()[0], examples=_some([d[0] for d in doubled])),
                _("Join the doubles, or give one of them another name."),
            )


def _tickets(conn: sqlite3.Connection, where: str) -> tuple[int, str]:
    """How many open tickets, and the first of them by number."""
    count = conn.execute(f"SELECT count(*) FROM ticket WHERE lane < 3 AND {where}").fetchone()[0]
    numbers = conn.execute(
        f"SELECT number FROM ticket WHERE lane < 3 AND {where} ORDER BY created_at LIMIT {EXAMPLES}"
    ).fetchall()
    return count, _some([n for (n,) in numbers])


def _orphans(conn: sqlite3.Connection) -> Iterator[Finding]:
    count, examples = _tickets(
        conn, "(owner_id IS NULL OR EXISTS (SELECT 1 FROM agent a WHERE a.id = owner_id AND a.retired_at IS NOT NULL))"
    )
    if count:
        yield Finding(
            "orphan_ticket", Severity.WARNING,
            _("Open tickets nobody owes the caller an answer for: {count} ({examples})").format(
                count=count, examples=examples),
            _("Give each a contact owner: supportdesk ticket assign NUMBER"),
        )


def _promises(conn: sqlite3.Connection) -> Iterator[Finding]:
    count, examples = _tickets(conn, "status = 'waiting_until' AND wait_until IS NULL AND callback_at IS NULL")
    if count:
        yield Finding(
            "no_next_promise", Severity.WARNING,
            _("Open tickets that wait without an end: {count} ({examples})").format(count=count, examples=examples),
            _("Say until when, or promise a callback: supportdesk ticket callback NUMBER"),
        )


def _admins(conn: sqlite3.Connection) -> Iterator[Finding]:
    if not staff.has_admin(conn):
        yield Finding("no_admin", Severity.WARNING, _("Nobody at this desk has the admin role."),
                      _("Restore a backup in which somebody has it: supportdesk restore FILE"))


def _search(conn: sqlite3.Connection) -> Iterator[Finding]:
    wrong = [
        index for index, rows, indexed in (
            ("ticket_fts", "SELECT count(*) FROM ticket", "SELECT count(*) FROM ticket_text"),
            ("ticket_fts", "SELECT count(*) FROM ticket_text", "SELECT count(*) FROM ticket_fts_docsize"),
            ("open_fts", "SELECT count(*) FROM ticket_text WHERE is_open", "SELECT count(*) FROM open_fts_docsize"),
            ("article_fts", "SELECT count(*) FROM article", "SELECT count(*) FROM article_text"),
            ("article_fts", "SELECT count(*) FROM article_text", "SELECT count(*) FROM article_fts_docsize"),
            ("people_fts", "SELECT count(*) FROM people_text", "SELECT count(*) FROM people_fts_docsize"),
        )
        if conn.execute(rows).fetchone() != conn.execute(indexed).fetchone()
    ]
    newest = conn.execute(
        f"SELECT pk, digits FROM ticket_text WHERE digits != '' ORDER BY pk DESC LIMIT {SAMPLE}"
    ).fetchall()
    for pk, digits in newest:
        if conn.execute(
            "SELECT 1 FROM ticket_fts WHERE ticket_fts MATCH ? AND rowid = ?", (f'digits : "{digits}"', pk)
        ).fetchone() is None:
            wrong.append("ticket_fts")
    if wrong:
        yield Finding(
            "search_disagrees", Severity.WARNING,
            _("The search does not hold what the desk holds ({indexes}).").format(indexes=_some(sorted(set(wrong)))),
            _("Have it written anew: supportdesk doctor --mend"),
        )


def _batches(conn: sqlite3.Connection) -> Iterator[Finding]:
    for batch in batches.unfinished(conn):
        yield Finding(
            "unfinished_import", Severity.WARNING,
            _("An import is not finished: {label}, {done} of {total}.").format(
                label=batch.label, done=batch.done, total=batch.total),
            _("If no import is running now, open the console or import anything: it goes on by itself."),
        )


def _given(conn: sqlite3.Connection) -> Iterator[Finding]:
    for kind in ("component", "caller", "organisation", "asset"):
        rows = [row for row in as_given(conn, 10_000) if row.kind == kind]
        if rows:
            yield Finding(
                "kept_as_given", Severity.INFO,
                _("Names the catalogue lacks ({kind}): {count}, most often {examples}").format(
                    kind=kind, count=len(rows), examples=_some([row.name for row in rows[:EXAMPLES]])),
                _("Add those that recur: supportdesk {kind} add").format(kind=kind),
            )


def _attachments(conn: sqlite3.Connection, path: Path) -> Iterator[Finding]:
    lost = []
    for digest, size, name in conn.execute(
        "SELECT digest, size, name FROM attachment WHERE digest IS NOT NULL AND retired_at IS NULL"
    ):
        place = attachments.file_of(path, digest)
        if not place.is_file() or place.stat().st_size != size:
            lost.append(name or digest)
    if lost:
        yield Finding(
            "attachment_missing", Severity.ERROR,
            _("Attachments whose content is missing or cut: {count} ({examples})").format(
                count=len(lost), examples=_some(lost)),
            _("Copy the folder {folder} back beside the database, or restore a backup.").format(
                folder=safe(attachments.files_folder(path).name)),
        )


def holidays_run_out(of: Iterable[CalendarLine], today: date) -> Iterator[Finding]:
    """The calendars that count, or soon will, public holidays as open days: none are written down for them."""
    for line in of:
        if runs_out(line, today):
            assert line.running_out is not None
            said = (_("The public holidays of calendar {slug} ended with {year}: what falls due after them is due too "
                      "early.") if line.running_out < today.year
                    else _("The public holidays of calendar {slug} end with {year}."))
            yield Finding("holidays_run_out", Severity.WARNING,
                          said.format(slug=safe(line.slug), year=line.running_out),
                          _("Bring its file in again: 'supportdesk calendar export', then 'import' without the line "
                            "years."))


# around it


def _surroundings(path: Path, now: datetime, last_backup: datetime | None) -> Iterator[Finding]:
    free = shutil.disk_usage(path.parent).free
    if free < LITTLE_SPACE:
        yield Finding("little_space", Severity.WARNING,
                      _("Only {free} MB are free on the disk of the desk.").format(free=free // 1_048_576),
                      _("Make room before saving stops: old backups and copies are a good start."))
    wal = Path(f"{path}-wal")
    if wal.exists() and wal.stat().st_size > LARGE_WAL:
        yield Finding("large_wal", Severity.WARNING,
                      _("{size} MB wait to be folded into the database; every command is slower for it.").format(
                          size=wal.stat().st_size // 1_048_576),
                      _("Close every console once; the last one folds it in."))
    yield from _modes(path)
    yield from _folder(path)
    aside = sorted(path.parent.glob(f"{path.name}.drafts.damaged-*"))
    if aside:
        yield Finding("drafts_set_aside", Severity.INFO,
                      _("A damaged file of drafts was set aside: {name}").format(name=safe(aside[-1].name)),
                      _("Delete it if nobody misses a draft."))
    if last_backup is None:
        yield Finding("no_backup", Severity.INFO, _("No backup of this desk is known."),
                      _("Make one, best every night: supportdesk backup FILE"))
    elif micros(now) - micros(last_backup) > BACKUP_AGE // timedelta(microseconds=1):
        yield Finding("old_backup", Severity.WARNING,
                      _("The last backup is {days} days old.").format(days=(now - last_backup).days),
                      _("Make one, best every night: supportdesk backup FILE"))


def _modes(path: Path) -> Iterator[Finding]:
    """Anybody on the machine could read what customers said."""
    shared = path.stat().st_mode & 0o060 == 0o060
    forbidden = 0o007 if shared else 0o077
    parts = [Path(f"{path}{suffix}") for suffix in ("", "-wal", "-shm")]
    parts += [drafts_file(path), attachments.files_folder(path)]
    parts += [*path.parent.glob(f"{glob.escape(path.name)}.import-*")]
    loose = [part for part in parts if part.exists() and stat.S_IMODE(part.stat().st_mode) & forbidden]
    if loose:
        yield Finding(
            "readable_by_others", Severity.WARNING,
            _("Others on this machine can open: {names}").format(names=_some([part.name for part in loose])),
            _("Take the rights away: chmod {mode} FILE").format(mode="o-rwx" if shared else "go-rwx"),
        )


def _folder(path: Path) -> Iterator[Finding]:
    """What SQLite makes beside a shared desk must be the group's, or the next colleague cannot open it."""
    _mode, gid = modes_of(path)
    if gid is not None and not is_shared_dir(path.parent, gid):
        yield Finding(
            "folder_not_shared", Severity.WARNING,
            _("A group shares the desk, but its folder is not the group's (2770): {folder}").format(
                folder=safe(str(path.parent))),
            _("Share the folder, too: chgrp {gid} FOLDER && chmod 2770 FOLDER").format(gid=gid),
        )


def _some(names: list[str]) -> str:
    """A few names in one line; there may be more."""
    return ", ".join(safe(str(name))[:60] for name in names[:EXAMPLES])
