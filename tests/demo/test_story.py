"""How the demo goes: the same seed, a believable week, an honest journal, something to do for who plays it."""

import json
import sqlite3
from contextlib import closing
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from zoneinfo import ZoneInfo

from supportdesk.desk.demo.build import build
from supportdesk.desk.demo.curve import table
from supportdesk.desk.demo.words import content
from supportdesk.store import database, doctor, urgency
from supportdesk.store.instants import instant, micros
from supportdesk.store.replay import replay
from supportdesk.store.views import queue
from supportdesk.store.views.queue import View
from supportdesk.terms.entities import ENTITIES
from tests.journal.proof import assert_the_queue_goes_by_the_facts

from .conftest import NOW

PRIVATE = {"rev", "extra", "pk", *urgency.COLUMNS}


def _digest(path: Path) -> str:
    """Over every row of every table, ids included."""
    seen = sha256()
    with closing(database.connect(path, reading=True)) as conn:
        tables = conn.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '%_fts%'")
        for (name,) in sorted(tables.fetchall()):
            rows = conn.execute(f"SELECT * FROM {name}").fetchall()
            for row in sorted(rows, key=repr):
                seen.update(json.dumps([v.hex() if isinstance(v, bytes) else v for v in row]).encode())
    return seen.hexdigest()


def _rows(conn: sqlite3.Connection, entity: str) -> list[tuple[object, ...]]:
    columns = [name for (_n, name, *_rest) in conn.execute(f"PRAGMA table_info({entity})") if name not in PRIVATE]
    return sorted(conn.execute(f"SELECT {', '.join(columns)} FROM {entity}").fetchall(), key=repr)


def _replayed(path: Path, folder: Path) -> None:
    """Replaying the journal into an empty file gives the rows and the search text; the queue goes by its facts."""
    again = folder / "again.db"
    database.create(again, now=NOW, sync=False)
    with closing(database.connect(path, reading=True)) as source, closing(database.connect(again)) as target:
        target.execute("PRAGMA synchronous = OFF")
        target.execute("BEGIN")
        replay(source, target)
        for entity in ENTITIES:
            assert _rows(target, entity) == _rows(source, entity), entity
        words = "SELECT digits, title, people, body, is_open FROM ticket_text"
        assert sorted(target.execute(words)) == sorted(source.execute(words))
        assert _rows(target, "reference") == _rows(source, "reference")
        target.execute("COMMIT")
        assert_the_queue_goes_by_the_facts(source)


def test_the_same_seed_at_the_same_instant_is_the_same_demo_and_another_seed_another(tmp_path):
    for name, seed in (("one", 7), ("two", 7), ("three", 8)):
        build(tmp_path / f"{name}.db", seed=seed, tickets=120, now=NOW)
    assert _digest(tmp_path / "one.db") == _digest(tmp_path / "two.db")
    assert _digest(tmp_path / "one.db") != _digest(tmp_path / "three.db")


def test_a_week_looks_like_a_week_of_calls(conn):
    began = [instant(us) for (us,) in conn.execute("SELECT started_at FROM contact WHERE direction = 'in'")]
    by_day = table(began, ZoneInfo("Europe/Zurich"))
    days = [sum(row) for row in by_day]
    hours = [sum(row[hour] for row in by_day) for hour in range(24)]
    assert min(days[:5]) > 5 * max(days[5:]) > 0
    assert days[0] == max(days)
    assert hours.index(max(hours)) in (8, 9, 10)
    assert hours[12] < hours[10]
    assert hours[12] < hours[14]
    assert sum(hours[:7]) < 0.08 * sum(hours)
    assert sum(hours[8:18]) > 0.8 * sum(hours)


def test_nothing_happens_after_now_and_six_weeks_happened_before(conn):
    first, last = conn.execute("SELECT min(at), max(at) FROM entry WHERE subject IS NOT NULL").fetchone()
    assert NOW - timedelta(days=43) < instant(first) < NOW - timedelta(days=39)
    assert NOW - timedelta(hours=2) < instant(last) <= NOW
    late = {verb for (verb,) in conn.execute("SELECT DISTINCT verb FROM entry WHERE recorded_at <> at")}
    assert late == {"breach"}, "it is dated when the promise was missed"


def test_own_teams_work_in_their_hours_the_outsourcer_takes_the_evening(conn):
    late = conn.execute(
        "SELECT DISTINCT a.login FROM contact c JOIN agent a ON a.id = c.agent_id WHERE c.direction = 'in' "
        "AND strftime('%H', c.started_at / 1000000, 'unixepoch') IN ('20', '21', '22', '23')"
    ).fetchall()
    evening = {agent["login"] for agent in content("desk")["agent"] if agent["teams"] == ["evening"]}
    assert {login for (login,) in late} == evening


def test_who_plays_the_demo_has_something_in_every_view(desk):
    assert (desk.agent.login, desk.agent.name) == ("ana", "Ana Roch")
    assert {"administer", "merge_callers", "take_call"} <= desk.agent.verbs
    counts = queue.counts(desk.reader, desk.agent, micros(NOW))
    for view in View:
        assert counts.views[view] >= 3, view
    assert counts.alarms >= 2
    assert 2 <= counts.callbacks_overdue < counts.views[View.CALLBACKS]
    offers = desk.reader.execute(
        "SELECT count(*) FROM handoff WHERE state = 'offered' AND to_team_id = ?", (desk.agent.team.bytes,)
    ).fetchone()[0]
    assert offers >= 2


def test_no_promise_was_forgotten_for_a_day(conn):
    assert conn.execute(
        "SELECT count(*) FROM ticket WHERE lane < 3 AND callback_at < ?", (micros(NOW - timedelta(days=1)),)
    ).fetchone()[0] == 0


def test_every_open_ticket_has_an_owner(conn):
    assert conn.execute("SELECT count(*) FROM ticket WHERE lane < 3 AND owner_id IS NULL").fetchone()[0] == 0


def test_the_doctor_finds_nothing_wrong(demo, desk):
    found = doctor.findings(desk.reader, demo, NOW, NOW)
    assert [f"{finding.code}: {finding.message}" for finding in found] == []


def test_the_journal_tells_the_rows_those_of_the_bulk_door_too(tmp_path, monkeypatch):
    monkeypatch.setattr("supportdesk.desk.demo.build.TICKETS", 300)
    path = tmp_path / "demo.db"
    build(path, tickets=420, now=NOW)
    _replayed(path, tmp_path)


def test_the_bulk_door_keeps_the_shapes(tmp_path, monkeypatch):
    monkeypatch.setattr("supportdesk.desk.demo.build.TICKETS", 300)
    told: list[tuple[int, int]] = []
    build(tmp_path / "demo.db", tickets=3_000, now=NOW, progress=lambda done, total: told.append((done, total)))
    assert told[-1] == (3_000, 3_000)
    with closing(database.connect(tmp_path / "demo.db", reading=True)) as conn:
        assert conn.execute("SELECT count(*), count(DISTINCT number) FROM ticket").fetchone() == (3_000, 3_000)
        open_ = conn.execute("SELECT count(*) FROM ticket WHERE lane < 3").fetchone()[0]
        assert 60 < open_ < 900
        began = [instant(us) for (us,) in conn.execute("SELECT started_at FROM contact WHERE direction = 'in'")]
        by_day = table(began, ZoneInfo("Europe/Zurich"))
        assert sum(map(sum, by_day[:5])) > 8 * sum(map(sum, by_day[5:])) > 0
        assert conn.execute("SELECT max(created_at) FROM ticket").fetchone()[0] <= micros(NOW)
        assert [f.code for f in doctor.findings(conn, tmp_path / "demo.db", NOW, NOW)] == []
        assert conn.execute("SELECT count(*) FROM ticket t JOIN contract k ON k.id = t.contract_id "
                            "WHERE k.organisation_id <> t.organisation_id").fetchone() == (0,)
        assert conn.execute("SELECT count(*) FROM entry").fetchone()[0] == (
            conn.execute("SELECT next_n - 1 FROM device").fetchone()[0]
        )


def test_the_curve_script_prints_the_week(demo, monkeypatch, capsys):
    import runpy

    monkeypatch.setattr("sys.argv", ["demo_curve.py", str(demo)])
    runpy.run_path(str(Path(__file__).parents[2] / "tools" / "demo_curve.py"), run_name="__main__")
    printed = capsys.readouterr().out.splitlines()
    assert [line[:3] for line in printed[1:8]] == ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
    assert printed[9].startswith("00:00")
