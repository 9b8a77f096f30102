"""Backup while others save, restore after a loss: what comes back is what was there, and two states never mix (R60,
R85, R86, R104)."""

import io
import os
import shutil
import sqlite3
import stat
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from supportdesk.desk.care import backup, last_backup, restore
from supportdesk.desk.desk import Desk
from supportdesk.store import attachments, database
from supportdesk.store.backup import inspect, restore_backup, write_backup
from supportdesk.store.journal import Journal
from supportdesk.terms.errors import DeskError, Invalid, NotReady
from tests.journal import desks
from tests.journal.desks import NOW


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = desks.make(tmp_path_factory.mktemp("prepared") / "desk.db")
    journal = Journal(path, clock=desks.Clock())
    for n in range(20):
        desks.ticket(journal, f"VPN {n}")
    journal.close()
    return path


@pytest.fixture
def db(prepared: Path, tmp_path: Path) -> Path:
    return desks.copy(prepared, tmp_path / "desk.db")


def _with_attachment(db: Path) -> str:
    stored = attachments.add(db, io.BytesIO(b"\x00log" * 1000))
    journal = Journal(db)
    ticket = desks.ticket(journal)
    with journal.action("attach", desks.who()) as act:
        act.create("attachment", {"ticket_id": ticket, "name": "../../vpn.log", "size": stored.size,
                                  "digest": stored.digest})
    journal.close()
    return stored.digest


def test_restore_drill_all_tables_and_attachments_come_back(db: Path, tmp_path: Path) -> None:
    digest = _with_attachment(db)
    before = desks.content(db)
    made = write_backup(db, tmp_path / "desk.sdbackup", NOW)
    assert (made.tickets, made.files, made.made_at) == (21, 1, NOW)
    db.unlink()
    shutil.rmtree(attachments.files_folder(db))
    assert restore_backup(db, made.path, NOW) is None
    assert desks.content(db) == before
    assert attachments.verify(db, digest)
    assert Desk(db).reader.execute("SELECT count(*) FROM ticket").fetchone() == (21,)


def test_a_restored_desk_and_one_put_back_write_ahead_with_full_sync(
    db: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("supportdesk.desk.desk.os_login", lambda: "ana")
    kept = restore_backup(db, write_backup(db, tmp_path / "b", NOW).path, NOW)
    assert kept is not None
    for path in (db, kept):
        desk = Desk(path)
        assert desk.reader.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert desk.journal.conn.execute("PRAGMA synchronous").fetchone() == (2,)
        desk.close()


def test_a_backup_made_while_others_save_is_sound_and_holds_all_that_was_saved_before(db: Path, tmp_path: Path) -> None:
    done = threading.Event()
    saved = 0

    def save() -> None:
        nonlocal saved
        journal = Journal(db)
        while not done.is_set():
            desks.ticket(journal)
            saved += 1
        journal.close()

    saver = threading.Thread(target=save)
    saver.start()
    try:
        for n in range(5):
            before = saved
            made = write_backup(db, tmp_path / f"{n}.sdbackup", NOW)
            assert made.tickets >= 20 + before
    finally:
        done.set()
        saver.join()
    assert saved > 0


def test_the_former_desk_is_kept_and_numbers_told_since_are_not_given_twice(db: Path, tmp_path: Path) -> None:
    made = write_backup(db, tmp_path / "b", NOW)
    journal = Journal(db)
    desks.ticket(journal, "since")
    journal.close()
    kept = restore_backup(db, made.path, NOW)
    assert kept is not None
    assert len(desks.content(kept)["ticket"]) == 21
    journal = Journal(db)
    assert len(desks.content(db)["ticket"]) == 20
    desks.ticket(journal)
    numbers = {r[0] for r in journal.conn.execute("SELECT number FROM ticket ORDER BY pk DESC LIMIT 1")}
    journal.close()
    assert numbers.isdisjoint(r[0] for r in sqlite3.connect(kept).execute("SELECT number FROM ticket"))


def test_a_desk_open_in_a_console_is_not_replaced(db: Path, tmp_path: Path) -> None:
    made = write_backup(db, tmp_path / "b", NOW)
    console = Journal(db)
    desks.ticket(console)
    with pytest.raises(NotReady, match="open in a console"):
        restore_backup(db, made.path, NOW)
    desks.ticket(console)
    console.close()
    assert len(desks.content(db)["ticket"]) == 22
    assert sorted(p.name for p in db.parent.iterdir()) == ["b", "desk.db"]


def test_a_backup_replaces_an_older_backup_and_nothing_else(db: Path, tmp_path: Path) -> None:
    target = tmp_path / "b"
    write_backup(db, target, NOW)
    write_backup(db, target, NOW)
    letter = tmp_path / "letter.txt"
    letter.write_text("dear")
    for other in (letter, db):
        with pytest.raises(Invalid, match="left alone"):
            write_backup(db, other, NOW)
    assert letter.read_text() == "dear"


def _flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    for at in range(len(data) // 3, len(data) // 3 + 9000, 7):
        data[at] ^= 0xFF
    path.write_bytes(data)


def _alter_attachment(path: Path) -> None:
    with sqlite3.connect(path) as conn:
        conn.execute("UPDATE backup_file SET content = x'00'")
    conn.close()


SPOILED: dict[str, Callable[[Path], object]] = {
    "not there": Path.unlink,
    "empty": lambda p: p.write_bytes(b""),
    "a letter": lambda p: p.write_bytes(b"dear" * 5000),
    "cut": lambda p: os.truncate(p, p.stat().st_size // 2),
    "flipped bytes": _flip,
    "an altered attachment": _alter_attachment,
    "a folder": lambda p: (p.unlink(), p.mkdir()),
}


@pytest.mark.parametrize("how", SPOILED)
def test_a_damaged_backup_is_refused_before_the_desk_is_touched(db: Path, tmp_path: Path, how: str) -> None:
    _with_attachment(db)
    made = write_backup(db, tmp_path / "b", NOW)
    SPOILED[how](made.path)
    before = db.read_bytes()
    with pytest.raises(DeskError):
        restore_backup(db, made.path, NOW)
    assert db.read_bytes() == before
    assert not list(tmp_path.glob("*before-restore*")) + list(tmp_path.glob(".desk.db.*"))


def test_a_newer_backup_names_what_is_needed(db: Path, tmp_path: Path) -> None:
    made = write_backup(db, tmp_path / "b", NOW)
    conn = sqlite3.connect(made.path)
    conn.execute("PRAGMA user_version = 99")
    conn.close()
    with pytest.raises(NotReady, match="version 99"):
        restore_backup(db, made.path, NOW)


def test_a_full_disk_leaves_no_half_backup(db: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: usage._replace(free=1_000_000))
    with pytest.raises(NotReady, match="not enough room"):
        write_backup(db, tmp_path / "b", NOW)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["desk.db"]


def test_a_nightly_job_that_is_no_agent_makes_a_backup_and_doctor_learns_when(
    db: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("supportdesk.desk.desk.os_login", lambda: "cron")
    desk = Desk(db, clock=lambda: NOW)
    assert last_backup(desk) is None
    backup(desk, tmp_path / "b")
    assert last_backup(desk) == NOW
    desk.close()
    assert restore(db, tmp_path / "b", NOW).backup.tickets == 20


@pytest.mark.parametrize("umask", [0o000, 0o022])
def test_a_backup_is_readable_by_its_owner_only_and_a_restored_desk_keeps_its_modes(
    db: Path, tmp_path: Path, umask: int
) -> None:
    db.chmod(0o660)
    before = os.umask(umask)
    try:
        made = write_backup(db, tmp_path / "b", NOW)
        restore_backup(db, made.path, NOW)
        fresh = tmp_path / "new" / "desk.db"
        restore_backup(fresh, made.path, NOW)
    finally:
        os.umask(before)
    modes = [stat.S_IMODE(p.stat().st_mode) for p in (made.path, db, fresh, fresh.parent)]
    assert modes == [0o600, 0o660, 0o600, 0o700]


def test_a_backup_can_be_looked_at(db: Path, tmp_path: Path) -> None:
    made = write_backup(db, tmp_path / "b", NOW)
    assert inspect(made.path) == made
    assert made.version == database.VERSION
