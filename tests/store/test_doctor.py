"""Doctor: every defect the database lets through is found, named with its cure, and nothing else is."""

import io
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from supportdesk.desk import care
from supportdesk.desk.desk import Desk
from supportdesk.desk.setup import init
from supportdesk.store import attachments
from supportdesk.store.doctor import Severity, as_given, is_ok
from supportdesk.store.journal import Journal
from supportdesk.store.types import uuid7
from tests.journal import desks
from tests.journal.desks import NOW


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = desks.make(tmp_path_factory.mktemp("doctor") / "desk.db")
    journal = Journal(path, clock=desks.Clock())
    for n in range(3):
        ticket = desks.ticket(journal, f"VPN {n}", caller_name=None)
    stored = attachments.add(path, io.BytesIO(b"log"))
    with journal.action("attach", desks.who()) as act:
        act.create("attachment", {"ticket_id": ticket, "name": "vpn.log", "size": 3, "digest": stored.digest})
    journal.close()
    return path


@pytest.fixture
def db(prepared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("supportdesk.desk.desk.os_login", lambda: "ana")
    shutil.copytree(attachments.files_folder(prepared), tmp_path / "desk.db.files")
    return desks.copy(prepared, tmp_path / "desk.db")


def _codes(db: Path) -> dict[str, Severity]:
    desk = Desk(db, clock=lambda: NOW)
    found = care.findings(desk)
    desk.close()
    assert all(f.message and (f.cure or f.severity is Severity.INFO) for f in found)
    assert is_ok(found) is not any(f.severity in (Severity.ERROR, Severity.WARNING) for f in found)
    return {f.code: f.severity for f in found}


def test_a_sound_desk_is_ok_and_knows_that_it_has_no_backup(db: Path) -> None:
    assert _codes(db) == {"no_backup": Severity.INFO}


def test_a_new_desk_is_ok(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("supportdesk.desk.desk.os_login", lambda: "ana")
    init(tmp_path / "new.db", login="ana", zone="Europe/Zurich", region="CH", lang="fr")
    assert _codes(tmp_path / "new.db") == {"no_backup": Severity.INFO}


def _sql(*statements: str) -> Callable[[Path], None]:
    def spoil(db: Path) -> None:
        conn = sqlite3.connect(db)
        with conn:
            for statement in statements:
                conn.execute(statement)
        conn.close()

    return spoil


def _flip_a_page(db: Path) -> None:
    conn = sqlite3.connect(db)
    root, size = conn.execute("SELECT rootpage, (SELECT page_size FROM pragma_page_size) FROM sqlite_master "
                              "WHERE name = 'ticket_open'").fetchone()
    conn.close()
    data = bytearray(db.read_bytes())
    data[(root - 1) * size : root * size] = b"\xaa" * size
    db.write_bytes(data)


def _batch_left(db: Path) -> None:
    _sql("INSERT INTO batch (id, verb, state, started_at, total, done, label) "
         "VALUES (x'00', 'import_records', 'applying', 0, 9, 3, 'old.csv')")(db)
    conn = sqlite3.connect(db)
    with conn:
        conn.execute("UPDATE batch SET id = ?", (uuid7().bytes,))
    conn.close()


def _lock_open_to_all(db: Path) -> None:
    lock = db.with_name("desk.db.import-1.lock")
    lock.touch()
    lock.chmod(0o644)


SPOILED: dict[str, tuple[Callable[[Path], object], str, Severity]] = {
    "a damaged page": (_flip_a_page, "damaged", Severity.ERROR),
    "entries lost at the end": (_sql("UPDATE device SET next_n = next_n + 3"), "journal_gap", Severity.ERROR),
    "a team that is not there": (_sql("UPDATE ticket SET team_id = zeroblob(16)"), "lost_reference", Severity.WARNING),
    "a contact of no ticket": (
        _sql("INSERT INTO contact (id, tickets) VALUES (x'01', '[]')",
             "INSERT INTO reference (target, field, owner) VALUES (x'02', 'tickets', x'01')"),
        "lost_reference", Severity.WARNING),
    "two agents of one login": (
        _sql("INSERT INTO agent (id, login, roles) VALUES (x'01', 'ben', '[]')"), "doubled_key", Severity.WARNING),
    "two tickets of one number": (
        _sql("UPDATE ticket SET number = (SELECT min(number) FROM ticket)"), "doubled_key", Severity.WARNING),
    "an open ticket without contact owner": (
        _sql("UPDATE ticket SET owner_id = NULL WHERE pk = 1"), "orphan_ticket", Severity.WARNING),
    "a ticket whose owner has left": (
        _sql("UPDATE agent SET retired_at = 1 WHERE login = 'ana'"), "orphan_ticket", Severity.WARNING),
    "a wait without end": (
        _sql("UPDATE ticket SET status = 'waiting_until' WHERE pk = 1"), "no_next_promise", Severity.WARNING),
    "nobody with the admin role": (
        _sql("UPDATE role SET verbs = '[\"note\"]' WHERE slug = 'admin'"), "no_admin", Severity.WARNING),
    "a ticket the search lost": (
        _sql("DELETE FROM ticket_text WHERE pk = 1"), "search_disagrees", Severity.WARNING),
    "an index that lost its words": (
        _sql("INSERT INTO ticket_fts (ticket_fts) VALUES ('delete-all')"), "search_disagrees", Severity.WARNING),
    "an import left in the middle": (_batch_left, "unfinished_import", Severity.WARNING),
    "a component the catalogue lacks": (
        _sql("UPDATE ticket SET component_name = 'Fax'"), "kept_as_given", Severity.INFO),
    "an attachment without content": (
        lambda db: shutil.rmtree(attachments.files_folder(db)), "attachment_missing", Severity.ERROR),
    "content cut short": (
        lambda db: [os.truncate(attachments.file_of(db, d), 1) for d in attachments.digests(db)],
        "attachment_missing", Severity.ERROR),
    "a file others can read": (lambda db: db.chmod(0o644), "readable_by_others", Severity.WARNING),
    "a group's file all can read": (lambda db: db.chmod(0o664), "readable_by_others", Severity.WARNING),
    "a group's file in a folder of one's own": (
        lambda db: db.chmod(0o660), "folder_not_shared", Severity.WARNING),
    "an import's lock others can read": (_lock_open_to_all, "readable_by_others", Severity.WARNING),
    "drafts set aside": (
        lambda db: db.with_name("desk.db.drafts.damaged-20260302T140200").touch(), "drafts_set_aside", Severity.INFO),
}


@pytest.mark.parametrize("how", SPOILED)
def test_each_defect_is_found_with_its_cure(db: Path, how: str) -> None:
    spoil, code, severity = SPOILED[how]
    spoil(db)
    assert _codes(db).get(code) == severity


def test_little_space_and_an_old_backup_are_said(db: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Desk(db, clock=lambda: NOW)
    care.backup(desk, db.with_name("b"))
    desk.close()
    assert _codes(db) == {}
    usage = shutil.disk_usage(db.parent)
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: usage._replace(free=100_000_000))
    late = Desk(db, clock=lambda: NOW + timedelta(days=8))
    assert {f.code for f in care.findings(late)} == {"little_space", "old_backup"}
    late.close()


@pytest.mark.parametrize("how", ["a ticket the search lost", "an index that lost its words"])
def test_mending_writes_the_search_anew(db: Path, how: str) -> None:
    SPOILED[how][0](db)
    desk = Desk(db, clock=lambda: NOW)
    care.mend(desk)
    assert desk.reader.execute("SELECT count(*) FROM ticket_fts WHERE ticket_fts MATCH 'vpn'").fetchone() == (3,)
    desk.close()
    assert _codes(db) == {"no_backup": Severity.INFO}


def test_names_kept_as_given_are_listed_for_the_admin(db: Path) -> None:
    _sql("UPDATE ticket SET component_name = 'Fax', caller_name = 'Lopez ' || (pk > 1)")(db)
    desk = Desk(db)
    assert [(row.kind, row.name, row.tickets) for row in as_given(desk.reader)] == [
        ("component", "Fax", 3), ("caller", "Lopez 1", 2), ("caller", "Lopez 0", 1)
    ]
    desk.close()


LOOK = """
import sys
from pathlib import Path
from supportdesk.desk import care
from supportdesk.desk import desk
from supportdesk.desk.desk import Desk
desk.os_login = lambda: "ana"
print(len(care.findings(Desk(Path(sys.argv[1])))))
print([m for m in ("sqlmodel", "sqlalchemy", "pydantic") if m in sys.modules])
"""


def test_looking_needs_no_writing_side(db: Path) -> None:
    looked = subprocess.run([sys.executable, "-c", LOOK, str(db)], capture_output=True, text=True, check=True)
    assert looked.stdout.splitlines() == ["1", "[]"]
