"""Files of the desk are private from the moment they exist (field/trust.md R104)."""

from __future__ import annotations

import os
import sqlite3
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from supportdesk import files, incident_log
from supportdesk.files import GROUP_FILE_MODE, GROUP_FOLDER_MODE, atomic_write, private_dir, private_file, private_open


@pytest.fixture(params=[0o000, 0o022, 0o077], ids=oct)
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_new_file_is_private_whatever_the_umask(umask: int, tmp_path: Path) -> None:
    with private_open(tmp_path / "draft", "x") as draft:
        assert _mode(tmp_path / "draft") == 0o600
        draft.write("é\n")
    assert (tmp_path / "draft").read_bytes() == b"\xc3\xa9\n"


def test_a_new_file_is_created_private_and_not_made_so_afterwards(
    umask: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def changed_afterwards(*_arguments: object) -> None:
        raise AssertionError("there was a moment in which others could read")

    monkeypatch.setattr(files.os, "fchmod", changed_afterwards)
    monkeypatch.setattr(files.os, "chmod", changed_afterwards)
    private_file(tmp_path / "desk.db")
    atomic_write(tmp_path / "config.toml", b"")
    private_dir(tmp_path / "a" / "b")


def test_new_folders_are_private_with_all_their_new_parents(umask: int, tmp_path: Path) -> None:
    private_dir(tmp_path / "share" / "supportdesk" / "drafts")
    for folder in ("share", "share/supportdesk", "share/supportdesk/drafts"):
        assert _mode(tmp_path / folder) == 0o700


def test_a_folder_that_stood_already_is_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "theirs").mkdir()
    (tmp_path / "theirs").chmod(0o755)
    private_dir(tmp_path / "theirs")
    assert _mode(tmp_path / "theirs") == 0o755


def test_a_desk_of_a_group_is_shared_with_the_group_only(umask: int, tmp_path: Path) -> None:
    folder = private_dir(tmp_path / "desk", GROUP_FOLDER_MODE, gid=os.getgid())
    assert _mode(folder) == 0o2770
    assert _mode(private_file(folder / "desk.db", GROUP_FILE_MODE, gid=os.getgid())) == 0o660


def test_the_wal_of_a_private_database_is_private(umask: int, tmp_path: Path) -> None:
    database = private_file(tmp_path / "desk.db")
    connection = sqlite3.connect(database)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("CREATE TABLE ticket (number TEXT)")
    modes = {path.name: _mode(path) for path in tmp_path.iterdir()}
    connection.close()
    assert modes == {"desk.db": 0o600, "desk.db-wal": 0o600, "desk.db-shm": 0o600}


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "config.toml"
    atomic_write(target, b"old")

    def disk_full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(files.os, "fsync", disk_full)
        with pytest.raises(OSError, match="No space"):
            atomic_write(target, b"new")
    assert target.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["config.toml"]
    atomic_write(target, b"new")
    assert target.read_bytes() == b"new"


def test_the_log_of_incidents_is_private_and_holds_nothing_a_caller_said(umask: int) -> None:
    def save(caller: str) -> None:
        symptom = f"{caller} cannot print her payslip"
        try:
            raise KeyError(symptom)
        except KeyError as first:
            raise ValueError(symptom) from first

    with pytest.raises(ValueError, match="payslip") as caught:
        save("Monique Perret")
    reference = incident_log.record(caught.value)
    log = incident_log.log_file()
    written = log.read_text("utf-8")
    assert _mode(log) == 0o600
    assert reference in written
    assert "builtins.ValueError" in written
    assert "builtins.KeyError" in written
    assert "in test_the_log_of_incidents" in written
    assert "Monique" not in written
    assert "payslip" not in written


def test_the_log_names_the_fault_of_the_database_without_its_words(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "desk.db")
    with pytest.raises(sqlite3.OperationalError) as caught:
        connection.execute("SELECT secret_of_a_caller")
    connection.close()
    incident_log.record(caught.value)
    written = incident_log.log_file().read_text("utf-8")
    assert "sqlite3.OperationalError (SQLITE_ERROR)" in written
    assert "secret_of_a_caller" not in written


def test_a_log_that_cannot_be_written_still_gives_a_reference(desk_home: Path) -> None:
    desk_home.write_text("a file where the folder should be")
    assert incident_log.record(RuntimeError("x"))
