"""R60: a journal left beside a restored or copied desk is never mixed into it; its own is taken up as it should."""

import os
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from supportdesk.desk.desk import Desk
from supportdesk.store.backup import restore_backup, write_backup
from supportdesk.store.journal import Journal
from supportdesk.terms.errors import NotReady
from tests.journal import desks
from tests.journal.desks import NOW


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = desks.make(tmp_path_factory.mktemp("stray") / "desk.db")
    journal = Journal(path)
    for n in range(200):
        desks.ticket(journal, f"VPN {n}")
    journal.close()
    return path


@pytest.fixture
def db(prepared: Path, tmp_path: Path) -> Path:
    return desks.copy(prepared, tmp_path / "desk.db")


def _killed(db: Path, work: Callable[[Journal], object]) -> None:
    """Work in a process that dies without closing: the WAL stays."""
    child = os.fork()
    if child == 0:
        try:
            work(Journal(db))
            os.kill(os.getpid(), 9)
        finally:
            os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -9
    assert Path(f"{db}-wal").stat().st_size > 32


def _killed_after(db: Path, saves: int) -> None:
    _killed(db, lambda journal: [desks.ticket(journal, f"kill {n}") for n in range(saves)])


def _tickets(db: Path) -> int:
    desk = Desk(db)
    count: int = desk.reader.execute("SELECT count(*) FROM ticket").fetchone()[0]
    desk.close()
    return count


@pytest.mark.parametrize("saves", [1, 7, 150])
def test_its_own_wal_after_a_kill_is_taken_up(db: Path, saves: int) -> None:
    _killed_after(db, saves)
    assert _tickets(db) == 200 + saves


def test_a_desk_in_use_is_opened(db: Path) -> None:
    console = Journal(db)
    desks.ticket(console)
    assert _tickets(db) == 201
    console.close()


def test_its_own_wal_half_folded_in_is_taken_up(db: Path) -> None:
    def work(journal: Journal) -> None:
        desks.ticket(journal)
        reader = sqlite3.connect(db, isolation_level=None)
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM device").fetchall()  # keeps what comes from being folded in
        for _n in range(40):
            desks.ticket(journal)
        journal.conn.execute("PRAGMA wal_checkpoint(PASSIVE)")
        os.kill(os.getpid(), 9)

    _killed(db, work)
    assert _tickets(db) == 241


def _left_wal(db: Path, folder: Path, saves: int) -> Path:
    """The WAL of this desk after ``saves`` more, the desk itself as it was before."""
    folder.mkdir()
    later = desks.copy(db, folder / "desk.db")
    _killed_after(later, saves)
    return Path(f"{later}-wal")


def _older_file_newer_wal(db: Path, tmp: Path, saves: int = 60) -> None:
    """The desk moved on, was folded in and killed again; then an old copy was put over it."""
    later = tmp / "later"
    later.mkdir()
    moved_on = desks.copy(db, later / "desk.db")
    journal = Journal(moved_on)
    for n in range(saves):
        desks.ticket(journal, f"later {n}")
    journal.close()
    _killed_after(moved_on, 3)
    shutil.copy(f"{moved_on}-wal", f"{db}-wal")


def _file_older_by_few_saves(db: Path, tmp: Path) -> None:
    _older_file_newer_wal(db, tmp, 2)


def _newer_file_older_wal(db: Path, tmp: Path) -> None:
    wal = _left_wal(db, tmp / "old", 5)
    journal = Journal(db)
    for n in range(80):
        desks.ticket(journal, f"newer {n}")
    journal.close()
    shutil.copy(wal, f"{db}-wal")


def _newer_file_older_wal_and_shm(db: Path, tmp: Path) -> None:
    _newer_file_older_wal(db, tmp)
    shutil.copy(tmp / "old" / "desk.db-shm", f"{db}-shm")


def _wal_of_another_desk(db: Path, tmp: Path) -> None:
    (tmp / "other").mkdir()
    other = desks.make(tmp / "other" / "desk.db")
    _killed_after(other, 5)
    shutil.copy(f"{other}-wal", f"{db}-wal")


def _wal_of_a_whole_other_desk(db: Path, tmp: Path) -> None:
    (tmp / "whole").mkdir()
    other = desks.make(tmp / "whole" / "desk.db")
    _killed(other, lambda journal: journal.conn.execute("VACUUM"))  # every page passes through the WAL
    shutil.copy(f"{other}-wal", f"{db}-wal")


def _old_backup_copied_over_a_killed_desk(db: Path, tmp: Path) -> None:
    made = write_backup(db, tmp / "b", NOW)
    journal = Journal(db)
    for n in range(50):
        desks.ticket(journal, f"since {n}")
    journal.close()
    _killed_after(db, 4)
    shutil.copy(made.path, db)


def _foreign_rollback_journal(db: Path, tmp: Path) -> None:
    Path(f"{db}-journal").write_bytes(bytes.fromhex("d9d505f920a163d7") + b"\x00" * 1000)


STRAY: dict[str, Callable[[Path, Path], None]] = {
    f.__name__.strip("_").replace("_", " "): f
    for f in (_older_file_newer_wal, _file_older_by_few_saves, _newer_file_older_wal, _newer_file_older_wal_and_shm,
              _wal_of_another_desk,
              _wal_of_a_whole_other_desk, _old_backup_copied_over_a_killed_desk, _foreign_rollback_journal)
}


@pytest.mark.parametrize("how", STRAY)
def test_a_stray_journal_is_refused_and_nothing_is_mixed(db: Path, tmp_path: Path, how: str) -> None:
    STRAY[how](db, tmp_path)
    before = db.read_bytes()
    with pytest.raises(NotReady, match="does not belong") as refused:
        Desk(db)
    assert (refused.value.code, refused.value.exit_code) == ("stray_journal", 3)
    assert db.read_bytes() == before
    for part in ("-wal", "-shm", "-journal"):
        Path(f"{db}{part}").unlink(missing_ok=True)
    assert _tickets(db) >= 200


@pytest.mark.parametrize("how", ["newer file older wal", "wal of another desk", "foreign rollback journal"])
def test_a_restore_moves_stray_journals_away(db: Path, tmp_path: Path, how: str) -> None:
    made = write_backup(db, tmp_path / "backup", NOW)
    STRAY[how](db, tmp_path)
    restore_backup(db, made.path, NOW)
    assert _tickets(db) == 200


def test_a_lost_wal_or_shm_leaves_a_sound_desk(db: Path) -> None:
    _killed_after(db, 3)
    Path(f"{db}-shm").unlink()
    assert _tickets(db) == 203
    _killed_after(db, 3)
    Path(f"{db}-wal").unlink()
    assert _tickets(db) == 203


def test_a_wal_left_where_no_desk_stands_is_not_taken_by_the_restored_one(db: Path, tmp_path: Path) -> None:
    made = write_backup(db, tmp_path / "backup", NOW)
    _killed_after(db, 3)
    db.unlink()
    restore_backup(db, made.path, NOW)
    assert _tickets(db) == 200
