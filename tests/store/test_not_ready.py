"""R57 and R62: a desk that cannot be used is a sentence with the cure and exit 3, never a traceback."""

import os
import pickle
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from supportdesk import settings_file
from supportdesk.desk.demo import open_demo
from supportdesk.desk.desk import Desk
from supportdesk.store import database
from supportdesk.store.journal import Journal
from supportdesk.terms.errors import DeskError, NotReady
from tests.journal import desks

NOBODY = 65534
ROOT = os.getuid() == 0
"""Else whoever runs the tests stands for somebody else, by having no rights himself."""


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder every user of the machine can reach (pytest's own cannot be)."""
    place = Path(tempfile.mkdtemp(prefix="supportdesk-"))
    place.chmod(0o755)
    (place / "own").mkdir()
    (place / "own").chmod(0o755)
    yield place / "own"
    (place / "own").chmod(0o700)
    shutil.rmtree(place)


def _as_somebody_else(work: Callable[[], object]) -> DeskError | None:
    """What a user without rights here meets: in a child, for nothing is forbidden to root."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        met: object = "no DeskError"
        try:
            if ROOT:
                os.setgroups([])
                os.setgid(NOBODY)
                os.setuid(NOBODY)
            work()
            met = None
        except DeskError as error:
            met = (error.code, error.exit_code, error.message)
        finally:
            os.write(write, pickle.dumps(met))
            os._exit(0)
    os.close(write)
    with os.fdopen(read, "rb") as stream:
        met = pickle.loads(stream.read())
    os.waitpid(child, 0)
    if met is None:
        return None
    code, exit_code, message = met
    error = DeskError(message, code=code)
    error.exit_code = exit_code
    return error


def _desk(folder: Path) -> Path:
    db = desks.make(folder / "desk.db")
    db.chmod(0o666)
    folder.chmod(0o777)
    return db


def _read_only_file(folder: Path) -> Path:
    db = _desk(folder)
    db.chmod(0o444)
    return db


def _read_only_folder(folder: Path) -> Path:
    db = _desk(folder)
    folder.chmod(0o555)
    return db


def _file_of_another(folder: Path) -> Path:
    db = _desk(folder)
    db.chmod(0o600 if ROOT else 0)
    return db


def _folder_of_another(folder: Path) -> Path:
    db = _desk(folder)
    folder.chmod(0o700 if ROOT else 0)
    return db


def _missing_file(folder: Path) -> Path:
    return folder / "desk.db"


def _missing_folder(folder: Path) -> Path:
    folder.chmod(0o755 if ROOT else 0o555)
    return folder / "gone" / "desk.db"


def _a_folder(folder: Path) -> Path:
    return folder


def _under_a_file(folder: Path) -> Path:
    (folder / "letter").write_text("dear")
    return folder / "letter" / "desk.db"


def _dangling_link(folder: Path) -> Path:
    (folder / "desk.db").symlink_to(folder / "gone.db")
    return folder / "desk.db"


def _link_to_itself(folder: Path) -> Path:
    (folder / "desk.db").symlink_to("desk.db")
    return folder / "desk.db"


def _a_letter(folder: Path) -> Path:
    folder.chmod(0o777)
    (folder / "desk.db").write_text("dear " * 2000)
    (folder / "desk.db").chmod(0o666)
    return folder / "desk.db"


def _an_empty_file(folder: Path) -> Path:
    folder.chmod(0o777)
    (folder / "desk.db").touch()
    (folder / "desk.db").chmod(0o666)
    return folder / "desk.db"


CASES = (_read_only_file, _read_only_folder, _file_of_another, _folder_of_another, _missing_file, _missing_folder,
         _a_folder, _under_a_file, _dangling_link, _link_to_itself, _a_letter, _an_empty_file)


@pytest.mark.parametrize("case", CASES, ids=lambda f: f.__name__.strip("_").replace("_", " "))
def test_a_desk_that_cannot_be_opened_says_what_to_do(folder: Path, case: Callable[[Path], Path]) -> None:
    db = case(folder)
    error = _as_somebody_else(lambda: Desk(db))
    assert error is not None
    assert error.exit_code == 3
    assert error.message.endswith((".", "--db"))
    assert "supportdesk" in error.message or "Check who owns" in error.message or "name a file" in error.message


@pytest.mark.parametrize("case", [_read_only_folder, _folder_of_another, _under_a_file, _missing_folder],
                         ids=lambda f: f.__name__.strip("_").replace("_", " "))
def test_a_desk_that_cannot_be_made_says_what_to_do(folder: Path, case: Callable[[Path], Path]) -> None:
    place = case(folder).with_name("new.db")
    error = _as_somebody_else(lambda: database.create(place))
    assert error is not None
    assert (error.exit_code, error.code) == (3, "not_writable")


@pytest.mark.parametrize("make", [
    lambda folder: open_demo(folder / "demo.db"),
    lambda folder: settings_file.write(folder / "config.toml", "theme", "light"),
], ids=["demo", "config set"])
@pytest.mark.parametrize("case", [_read_only_folder, _folder_of_another, _under_a_file, _missing_folder],
                         ids=lambda f: f.__name__.strip("_").replace("_", " "))
def test_what_is_made_elsewhere_says_so_too(
    folder: Path, case: Callable[[Path], Path], make: Callable[[Path], object]
) -> None:
    place = case(folder).parent
    error = _as_somebody_else(lambda: make(place))
    assert error is not None
    assert (error.exit_code, error.code) == (3, "not_writable")
    assert "Check who owns" in error.message


def test_a_folder_that_turns_read_only_while_working_refuses_the_save_and_takes_it_again_later(folder: Path) -> None:
    journal = Journal(desks.make(folder / "desk.db"))
    journal.conn.execute("PRAGMA query_only = 1")
    with pytest.raises(NotReady):
        desks.ticket(journal)
    journal.conn.execute("PRAGMA query_only = 0")
    desks.ticket(journal)
    journal.close()


MOUNTS = """\
/dev/sda1 / ext4 rw 0 0
tmpfs /tmp tmpfs rw 0 0
server:/export /srv/nfs nfs4 rw 0 0
//server/share /srv/with\\040space cifs rw 0 0
me@host:/home /srv/ssh fuse.sshfs rw 0 0
host /srv/9p 9p rw 0 0
/dev/sdb1 /srv/nfs/local xfs rw 0 0
/dev/fuse /srv/fuseblk fuseblk rw 0 0
"""


@pytest.mark.parametrize(("path", "kind", "refused"), [
    ("/home/ana/desk.db", "ext4", False),
    ("/tmp/desk.db", "tmpfs", False),
    ("/srv/nfs/desk/desk.db", "nfs4", True),
    ("/srv/with space/desk.db", "cifs", True),
    ("/srv/ssh/desk.db", "fuse.sshfs", True),
    ("/srv/9p/desk.db", "9p", True),
    ("/srv/nfs/local/desk.db", "xfs", False),
    ("/srv/nfs-backup/desk.db", "ext4", False),
    ("/srv/fuseblk/desk.db", "fuseblk", False),
])
def test_network_file_systems_are_told_from_local_ones(
    path: str, kind: str, refused: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert database.file_system(Path(path), MOUNTS) == kind
    monkeypatch.setattr(database, "file_system", lambda _path: kind)
    if refused:
        with pytest.raises(NotReady, match="local disk") as error:
            database.refuse_network(Path(path))
        assert (error.value.code, error.value.exit_code) == ("network_file_system", 3)
    else:
        database.refuse_network(Path(path))


def test_a_full_disk_is_said_nothing_is_half_saved_and_saving_works_again_without_a_restart(folder: Path) -> None:
    db = desks.make(folder / "desk.db")
    journal = Journal(db)
    desks.ticket(journal)
    before = desks.content(db)
    journal.conn.execute("PRAGMA max_page_count = 1")  # SQLite raises it to the pages there are: no room for more
    refused = None
    while refused is None:
        try:
            desks.ticket(journal, "x" * 5000)
            before = desks.content(db)
        except NotReady as error:
            refused = error
    assert "disk is full" in refused.message
    assert refused.code == "disk_full"
    assert desks.content(db) == before
    journal.conn.execute("PRAGMA max_page_count = 1000000")
    desks.ticket(journal)
    journal.close()
