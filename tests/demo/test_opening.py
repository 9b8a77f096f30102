"""The demo's own file: built once, built anew when stale and untouched, never half there, never over a real desk."""

import json
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest

from supportdesk import places
from supportdesk.desk import tickets
from supportdesk.desk.demo import build as building
from supportdesk.desk.demo import open_demo
from supportdesk.desk.desk import Desk
from supportdesk.desk.setup import init
from supportdesk.store import database
from supportdesk.terms.errors import NotReady

from .conftest import NOW

HALF_A_DAY = timedelta(hours=12, minutes=1)


@pytest.fixture
def small(monkeypatch):
    """A demo of few tickets is as good as one of many for its file."""
    monkeypatch.setattr(building, "TICKETS", 40)


def _born(path: Path) -> int:
    with closing(database.connect(path, reading=True)) as conn:
        return int(conn.execute("SELECT created_at FROM device").fetchone()[0])


def _change_something(path: Path) -> None:
    desk = Desk(path)
    (raw,) = desk.reader.execute("SELECT id FROM ticket WHERE lane < 3 LIMIT 1").fetchone()
    tickets.note(desk, UUID(bytes=raw), "My own note")
    desk.close()


def test_the_demo_has_a_file_of_its_own_says_so_and_counts_from_214(small):
    path = open_demo(now=NOW)
    assert path == places.demo_database() != places.default_database()
    assert path.stat().st_mode & 0o777 == 0o600
    desk = Desk(path)
    assert desk.kind == "demo"
    assert {number.split("-")[0] for (number,) in desk.reader.execute("SELECT number FROM ticket")} == {"214"}
    assert desk.reader.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
    desk.close()


def test_opened_again_it_is_the_same_until_it_is_stale(small):
    path = open_demo(now=NOW)
    born = _born(path)
    open_demo(now=NOW + timedelta(hours=11))
    assert _born(path) == born
    open_demo(now=NOW + HALF_A_DAY)
    assert _born(path) > born


def test_what_somebody_worked_on_is_not_thrown_away_but_by_his_wish(small):
    path = open_demo(now=NOW)
    _change_something(path)
    born = _born(path)
    open_demo(now=NOW + 4 * HALF_A_DAY)
    assert _born(path) == born
    open_demo(now=NOW + 4 * HALF_A_DAY, fresh=True)
    assert _born(path) > born


def test_another_console_keeps_its_demo(small):
    path = open_demo(now=NOW)
    with closing(database.connect(path)) as other:
        other.execute("SELECT count(*) FROM ticket").fetchone()
        born = _born(path)
        assert open_demo(now=NOW + HALF_A_DAY) == path
        assert _born(path) == born
        with pytest.raises(NotReady) as refused:
            open_demo(now=NOW, fresh=True)
    assert refused.value.code == "in_use"


def test_a_build_that_breaks_off_leaves_the_demo_that_was_there(small, monkeypatch):
    path = open_demo(now=NOW)
    born = _born(path)

    def breaks(*_given: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(building, "_settle", breaks)
    with pytest.raises(KeyboardInterrupt):
        open_demo(now=NOW, fresh=True)
    assert _born(path) == born
    assert not list(path.parent.glob("*.new*"))


def test_a_real_desk_is_never_replaced(tmp_path):
    real = tmp_path / "desk.db"
    init(real, login="me", zone="Europe/Zurich", region="CH", lang="en", now=NOW)
    before = real.read_bytes()
    with pytest.raises(NotReady) as refused:
        open_demo(real, fresh=True, now=NOW)
    assert refused.value.code == "not_a_demo"
    assert real.read_bytes() == before


def test_the_command_builds_any_size_and_says_where(tmp_path, capsys, monkeypatch):
    from supportdesk.cli.main import run

    monkeypatch.setattr("sys.stdout.isatty", lambda: False)
    assert run(["demo", "--tickets", "60", "--seed", "3", "--db", str(tmp_path / "bench.db"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"path": str(tmp_path / "bench.db")}
    with closing(database.connect(tmp_path / "bench.db", reading=True)) as conn:
        assert conn.execute("SELECT count(*) FROM ticket").fetchone()[0] == 60
