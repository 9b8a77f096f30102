"""R104: what the desk keeps is readable by its owner only, from the moment it exists; a group desk by its group."""

import os
import stat
from pathlib import Path

import pytest

from supportdesk.desk.setup import init
from supportdesk.store import attachments, backup
from supportdesk.store.drafts import Drafts
from supportdesk.store.journal import Journal
from supportdesk.store.staging import Staging
from supportdesk.store.types import uuid7
from supportdesk.terms.errors import NotReady
from tests.journal import desks
from tests.journal.desks import NOW


def _work(folder: Path, group: int | None) -> Path:
    """A desk with everything that comes to stand beside it, consoles open."""
    db = folder / "desk" / "desk.db"
    init(db, login="ana", zone="Europe/Zurich", region="CH", lang="fr", group=group)
    journal, drafts = Journal(db), Drafts(db)
    desks.ticket(journal)
    drafts.save(uuid7(), desks.ANA, "call", {})
    with attachments.open_file(Path(__file__)) as content:
        attachments.add(db, content)
    Staging(db, uuid7(), new=True).leave()
    backup.write_backup(db, folder / "desk" / "b.sdbackup", NOW)
    return db


def _modes(folder: Path) -> dict[str, int]:
    return {
        str(p.relative_to(folder)): stat.S_IMODE(p.stat().st_mode)
        for p in (folder, *folder.rglob("*"))
    }


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
@pytest.mark.parametrize("group", [None, os.getgid()], ids=["own", "group"])
def test_files_and_folders_have_their_modes_whatever_the_umask(tmp_path: Path, umask: int, group: int | None) -> None:
    before = os.umask(umask)
    try:
        db = _work(tmp_path, group)
    finally:
        os.umask(before)
    modes = _modes(db.parent)
    file, folder = (0o600, 0o700) if group is None else (0o660, 0o2770)
    assert modes.pop("b.sdbackup") == 0o600
    assert {name: mode for name, mode in modes.items() if (db.parent / name).is_dir() and mode != folder} == {}
    assert {name: mode for name, mode in modes.items() if (db.parent / name).is_file() and mode != file} == {}
    assert {"desk.db", "desk.db-wal", "desk.db-shm", "desk.db.drafts", "desk.db.files"} <= set(modes)
    assert any(name.endswith(".lock") for name in modes)
    assert all(p.stat().st_gid == (group or os.getgid()) for p in db.parent.rglob("*"))


def test_no_file_is_ever_open_to_others_not_even_at_its_birth(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What Python opens; SQLite gives its own files the mode of the database it finds."""
    wide: list[str] = []
    opened, made = os.open, os.mkdir

    def watched(path: str, flags: int, mode: int = 0o777, **more: int) -> int:
        if flags & os.O_CREAT and mode & 0o077:
            wide.append(str(path))
        return opened(path, flags, mode, **more)

    def watched_folder(path: str, mode: int = 0o777, **more: int) -> None:
        if mode & 0o077:
            wide.append(str(path))
        made(path, mode, **more)

    monkeypatch.setattr(os, "open", watched)
    monkeypatch.setattr(os, "mkdir", watched_folder)
    before = os.umask(0)
    try:
        _work(tmp_path, None)
    finally:
        os.umask(before)
    assert wide == []


def _make(folder: Path, name: str = "desk.db") -> None:
    init(folder / name, login="ana", zone="Europe/Zurich", region="CH", lang="fr", group=os.getgid())


@pytest.mark.parametrize("mode", [0o700, 0o755, 0o770, 0o2750])
def test_a_folder_of_ones_own_becomes_the_groups_with_the_desk(tmp_path: Path, mode: int) -> None:
    folder = tmp_path / "desk"
    folder.mkdir()
    folder.chmod(mode)
    (folder / "demo.db").touch()
    _make(folder)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o2770
    assert folder.stat().st_gid == os.getgid()


def test_a_folder_with_other_things_is_not_opened_to_the_group(tmp_path: Path) -> None:
    folder = tmp_path / "home"
    folder.mkdir(mode=0o700)
    (folder / "letter.txt").write_text("dear")
    with pytest.raises(NotReady, match="chmod 2770") as refused:
        _make(folder)
    assert (refused.value.exit_code, refused.value.code) == (3, "folder_not_shared")
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert [p.name for p in folder.iterdir()] == ["letter.txt"]
    folder.chmod(0o2770)  # as the sentence says
    _make(folder)
    assert (folder / "desk.db").exists()


def test_a_folder_of_somebody_else_stays_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "theirs"
    folder.mkdir(mode=0o700)
    other = os.geteuid() + 1
    monkeypatch.setattr(os, "geteuid", lambda: other)
    with pytest.raises(NotReady):
        _make(folder)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert list(folder.iterdir()) == []


def test_a_desk_that_is_there_already_leaves_its_folder_alone(tmp_path: Path) -> None:
    folder = tmp_path / "desk"
    folder.mkdir(mode=0o700)
    (folder / "desk.db").touch()
    with pytest.raises(NotReady, match="exists already"):
        _make(folder)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
