"""Tickets of another tool come in with their histories: whole file or nothing, one batch, others save meanwhile."""

from __future__ import annotations

import csv
import gzip
import multiprocessing
import os
import sqlite3
import stat
import subprocess
import sys
import threading
from collections import Counter, defaultdict
from contextlib import closing
from multiprocessing.connection import Connection
from multiprocessing.sharedctypes import Synchronized
from multiprocessing.synchronize import Event
from pathlib import Path
from uuid import UUID

import pytest

from supportdesk import i18n
from supportdesk.desk import care
from supportdesk.desk.desk import Desk
from supportdesk.desk.imports import ImportReport, import_tickets, resume_batches
from supportdesk.desk.interrupted import end_interrupted
from supportdesk.resources import data_path
from supportdesk.store import batches, database
from supportdesk.store.journal import Journal
from supportdesk.store.replay import replay
from supportdesk.store.staging import Staging
from supportdesk.store.views.timeline import TimelineItem, timeline
from supportdesk.terms.entities import ENTITIES
from supportdesk.terms.errors import Changed, Invalid, NotPermitted, NotUndoable
from tests.journal import desks

MAPPING = """
name = "old tool"
[source]
unknown = ["?", ""]
zone = "Europe/Zurich"
instants = "%d.%m.%Y %H:%M"
[rows]
key = "no"
at = "changed"
author = "by"
[ticket]
title = "what"
caller_name = "who"
created_at = "opened"
tags = { columns = ["no"] }
status = { column = "state", map = { Open = "new", Work = "in_progress", Done = "solved", Shut = "closed" } }
impact = { value = "3" }
urgency = { column = "urgent", map = { yes = 1, "*" = 3 } }
[keep]
columns = ["group"]
"""
HEAD = "no,changed,by,what,who,opened,state,urgent,group\n"
ROWS = HEAD + """\
A1,01.03.2026 09:00,Eva,Printer,Perret,01.03.2026 08:55,Open,no,G1
B2,29.03.2026 02:30,Max,VPN,?,29.03.2026 01:00,Open,yes,?
A1,01.03.2026 09:30,Max,Printer,Perret,01.03.2026 08:55,Work,no,G2
A1,01.03.2026 10:00,Max,Printer,Perret,01.03.2026 08:55,Work,no,G3
A1,01.03.2026 10:30,?,Printer,Perret,01.03.2026 08:55,Work,no,G3
A1,01.03.2026 11:00,Eva,Printer dead,Perret,01.03.2026 08:55,Done,no,G3
A1,02.03.2026 11:00,Eva,Printer dead,Perret,01.03.2026 08:55,Shut,no,G3
"""


@pytest.fixture
def mapping(tmp_path: Path) -> Path:
    (tmp_path / "map.toml").write_text(MAPPING, "utf-8")
    return tmp_path / "map.toml"


def _file(tmp_path: Path, text: str = ROWS, name: str = "old.csv") -> Path:
    (tmp_path / name).write_text(text, "utf-8")
    return tmp_path / name


def _timelines(desk: Desk) -> dict[str, list[TimelineItem]]:
    conn = desk.reader
    return {number: timeline(conn, UUID(bytes=id)) for id, number in conn.execute("SELECT id, number FROM ticket")}


def _count(desk: Desk, table: str = "ticket") -> int:
    count: int = desk.reader.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
    return count


def test_rows_become_tickets_with_a_history_of_one_event_a_row(desk: Desk, tmp_path: Path, mapping: Path) -> None:
    report = import_tickets(desk, _file(tmp_path), mapping)
    assert (report.rows, report.records, report.steps, report.refused) == (7, 2, 7, [])
    printer, vpn = _timelines(desk).values()
    assert [(item.at_us, item.author, item.imported) for item in printer] == [
        (desks_us, author, True) for desks_us, author in (
            (1772352000000000, "Eva"), (1772353800000000, "Max"), (1772355600000000, "Max"),
            (1772357400000000, "old tool"), (1772359200000000, "Eva"), (1772445600000000, "Eva"))
    ]
    told = [(item.kind, item.text, {c.field: (c.before, c.after) for c in item.changes}) for item in printer[1:]]
    assert told == [
        ("import_records", "group: G1 > G2", {"status": ("new", "in_progress")}),
        ("note", "group: G2 > G3", {}),
        ("note", "updated; nothing that is kept here changed", {}),
        ("import_records", "", {"status": ("in_progress", "solved"), "title": ("Printer", "Printer dead"),
                                "solved_at": (None, "2026-03-01T10:00:00Z")}),
        ("import_records", "", {"status": ("solved", "closed"), "closed_at": (None, "2026-03-02T10:00:00Z")}),
    ]
    assert [item.author for item in vpn] == ["Max"]


def test_what_is_open_at_the_end_has_an_owner_and_the_desk_stays_sound(
    desk: Desk, tmp_path: Path, mapping: Path
) -> None:
    import_tickets(desk, _file(tmp_path), mapping)
    rows = desk.reader.execute(
        "SELECT title, status, owner_id, priority, caller_name, description, origin, created_at FROM ticket ORDER BY pk"
    ).fetchall()
    assert rows == [
        ("Printer dead", "closed", None, "P4", "Perret", "group: G1", "import", 1772351700000000),
        ("VPN", "new", desks.ANA.bytes, "P2", None, None, "import", 1774742400000000),
    ]
    assert {f.code for f in care.findings(desk)} == {"no_backup", "kept_as_given"}
    counted = desk.reader.execute("SELECT count(*) FROM entry WHERE batch IS NOT NULL AND agent IS NOT NULL")
    assert counted.fetchone() == (0,)


def test_the_number_callers_were_told_finds_the_ticket(desk: Desk, tmp_path: Path, mapping: Path) -> None:
    import_tickets(desk, _file(tmp_path), mapping)
    found = desk.reader.execute("SELECT count(*) FROM ticket_fts WHERE ticket_fts MATCH 'A1'").fetchone()
    assert found == (1,)


REFUSED = {
    "a date": ("C3,31.02.2026 10:00,Eva,x,y,01.03.2026 08:55,Open,no,G\n", "changed: 31.02.2026 10:00 is no date"),
    "no key": ("?,01.03.2026 10:00,Eva,x,y,01.03.2026 08:55,Open,no,G\n", "no is empty"),
    "no instant": ("C3,,Eva,x,y,01.03.2026 08:55,Open,no,G\n", "changed is empty"),
    "an unknown state": ("C3,01.03.2026 10:00,Eva,x,y,01.03.2026 08:55,Lost,no,G\n", "does not know Lost"),
    "too few cells": ("C3,01.03.2026 10:00\n", "2 cells, 9 are expected"),
    "too long a title": (f"C3,01.03.2026 10:00,Eva,{'x' * 600},y,01.03.2026 08:55,Open,no,G\n", "too long"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_a_row_that_cannot_be_used_is_listed_with_line_and_reason_and_nothing_comes_in(
    desk: Desk, tmp_path: Path, mapping: Path, what: str
) -> None:
    row, reason = REFUSED[what]
    before = desks.content(desk.path)
    report = import_tickets(desk, _file(tmp_path, ROWS + row), mapping)
    assert [(r.line, reason in r.reason) for r in report.refused] == [(9, True)]
    assert report.batch is None
    assert desks.content(desk.path) == before
    kept = import_tickets(desk, _file(tmp_path, ROWS + row), mapping, keep_good=True)
    assert (kept.records, kept.refused_count, _count(desk)) == (2, 1, 2)


def test_a_dry_run_says_what_would_come_in_and_leaves_nothing(desk: Desk, tmp_path: Path, mapping: Path) -> None:
    before = desks.content(desk.path)
    report = import_tickets(desk, _file(tmp_path), mapping, dry_run=True)
    assert (report.records, report.steps, report.batch) == (2, 7, None)
    assert desks.content(desk.path) == before
    assert {p.name for p in desk.path.parent.iterdir()} <= {"desk.db", "desk.db-wal", "desk.db-shm"}


def test_a_file_of_the_wrong_encoding_lets_nothing_in(desk: Desk, tmp_path: Path, mapping: Path) -> None:
    (tmp_path / "old.csv").write_bytes((ROWS + "C3,,M\xfcller\n").encode("cp1252"))
    with pytest.raises(Invalid, match="Line 9"):
        import_tickets(desk, tmp_path / "old.csv", mapping, keep_good=True)
    assert _count(desk) == 0


WRONG = {
    "not TOML": ("name =", "the file"),
    "an unknown key": (MAPPING + "colums = []\n", "keep.colums"),
    "an unknown table": (MAPPING + "[tickets]\n", "tickets"),
    "an unknown field": (MAPPING.replace("title =", "tittle ="), "ticket.tittle"),
    "two ways at once": (MAPPING.replace('{ value = "3" }', '{ value = "3", column = "x" }'), "ticket.impact"),
    "a zone of nowhere": (MAPPING.replace("Europe/Zurich", "Europe/Zuerich"), "no time zone"),
    "no key": (MAPPING.replace('key = "no"', ""), "rows.key"),
    "an order of nothing": (MAPPING.replace('key = "no"', 'key = "no"\norder = "up"'), "rows.order"),
    "a long delimiter": (MAPPING.replace('unknown', 'delimiter = "||"\nunknown'), "source.delimiter"),
}


@pytest.mark.parametrize("what", WRONG)
def test_a_wrong_mapping_says_where(desk: Desk, tmp_path: Path, mapping: Path, what: str) -> None:
    text, where = WRONG[what]
    mapping.write_text(text, "utf-8")
    with pytest.raises(Invalid) as refused:
        import_tickets(desk, _file(tmp_path), mapping)
    assert where in refused.value.message


def test_a_column_the_mapping_names_and_the_file_lacks_is_said(desk: Desk, tmp_path: Path, mapping: Path) -> None:
    with pytest.raises(Invalid, match="no column urgent"):
        import_tickets(desk, _file(tmp_path, ROWS.replace("urgent", "hurry")), mapping)


def test_the_same_file_comes_in_once_unless_it_was_undone(desk: Desk, tmp_path: Path, mapping: Path) -> None:
    import_tickets(desk, _file(tmp_path), mapping)
    with pytest.raises(Invalid, match=r"imported already \(old.csv, 2 records\)"):
        import_tickets(desk, _file(tmp_path), mapping)
    desk.journal.undo(desk.who)
    import_tickets(desk, _file(tmp_path), mapping)
    assert Counter(s for (s,) in desk.reader.execute("SELECT status FROM ticket")) == Counter(
        {"cancelled": 2, "closed": 1, "new": 1}
    )


_ONCE_MORE = """
import sys
from pathlib import Path
from supportdesk.desk.imports import import_tickets
from supportdesk.terms.errors import Invalid
from tests.journal import desks
desk = desks.console(Path(sys.argv[1]))
try:
    print(import_tickets(desk, Path(sys.argv[2]), Path(sys.argv[3])).records)
except Invalid as refused:
    print(refused.code)
desk.close()
"""


def test_the_same_file_is_known_again_by_another_process(desk: Desk, tmp_path: Path, mapping: Path) -> None:
    """Each process has its own order of sets (PYTHONHASHSEED)."""
    unknown = ", ".join(f'"{word}"' for word in ("", "?", "n/a", "none", "-", "null", "nil", "empty"))
    mapping.write_text(MAPPING.replace('unknown = ["?", ""]', f"unknown = [{unknown}]"), "utf-8")
    file = _file(tmp_path)
    said = [
        subprocess.run(
            [sys.executable, "-c", _ONCE_MORE, str(desk.path), str(file), str(mapping)], check=True, text=True,
            capture_output=True, cwd=Path(__file__).parents[2], env={**os.environ, "PYTHONHASHSEED": seed},
        ).stdout.strip()
        for seed in ("1", "2")
    ]
    assert said == ["2", "imported_already"]
    assert _count(desk) == 2


def test_an_import_is_named_in_the_language_of_who_reads_of_it(
    desk: Desk, tmp_path: Path, mapping: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = _file(tmp_path, HEAD + "A1,01.03.2026 09:00,Eva,Printer,Perret,01.03.2026 08:55,Open,no,G1\n")
    import_tickets(desk, one, mapping)
    for language, label in (("en", "old.csv, 1 record"), ("fr", "old.csv, 1 entrée"),
                            ("de", "old.csv, 1 Eintrag")):
        monkeypatch.setattr(i18n, "_console_language", language)
        with pytest.raises(Invalid, match=rf"\({label}\)"):
            import_tickets(desk, one, mapping)


def test_undo_takes_the_import_back_as_one_and_both_stand_in_the_history(
    desk: Desk, tmp_path: Path, mapping: Path
) -> None:
    before = desks.ticket(desk.journal)
    import_tickets(desk, _file(tmp_path), mapping)
    undone = desk.journal.undo(desk.who)
    assert undone.verb == "import_records"
    assert {s for (s,) in desk.reader.execute("SELECT status FROM ticket WHERE origin = 'import'")} == {"cancelled"}
    assert desk.reader.execute("SELECT count(*) FROM note WHERE withdrawn_at IS NULL").fetchone() == (0,)
    assert desk.reader.execute("SELECT status FROM ticket WHERE id = ?", (before.bytes,)).fetchone() == ("new",)
    printer = next(iter(list(_timelines(desk).values())[1:]))
    assert [item.kind for item in printer].count("undo") == 1
    assert len(printer) == 7
    assert desk.journal.undo(desk.who).ticket == before  # the next older thing of mine


def test_an_import_somebody_worked_on_since_is_not_undone_at_all(desk: Desk, tmp_path: Path, mapping: Path) -> None:
    import_tickets(desk, _file(tmp_path), mapping)
    (id,) = desk.reader.execute("SELECT id FROM ticket WHERE title = 'VPN'").fetchone()
    with desk.journal.action("edit_ticket", desks.who(desks.BEN)) as act:
        act.set("ticket", UUID(bytes=id), {"title": "VPN slow"})
    before = desks.content(desk.path)
    with pytest.raises(Changed) as refused:
        desk.journal.undo(desk.who)
    assert (refused.value.field, refused.value.theirs, refused.value.by) == ("title", "VPN slow", "ben")
    assert desks.content(desk.path) == before


def test_only_who_imported_takes_it_back_and_only_an_admin_imports(
    desk: Desk, tmp_path: Path, mapping: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = import_tickets(desk, _file(tmp_path), mapping)
    assert report.batch is not None
    (action,) = desk.reader.execute("SELECT action FROM entry WHERE batch IS NOT NULL LIMIT 1").fetchone()
    with pytest.raises(NotUndoable, match="your own"):
        desk.journal.undo(desks.who(desks.BEN), UUID(bytes=action))
    with closing(sqlite3.connect(desk.path)) as conn, conn:
        conn.execute("UPDATE agent SET roles = '[\"agent\"]' WHERE login = 'ben'")
    monkeypatch.setattr("supportdesk.desk.desk.os_login", lambda: "ben")
    ben = Desk(desk.path)
    with pytest.raises(NotPermitted):
        import_tickets(ben, _file(tmp_path), mapping)
    ben.close()


def test_replaying_the_journal_of_an_import_gives_the_same_rows(desk: Desk, tmp_path: Path, mapping: Path) -> None:
    import_tickets(desk, _file(tmp_path), mapping)
    desk.journal.undo(desk.who)
    database.create(tmp_path / "again.db")
    with closing(database.connect(tmp_path / "again.db")) as again:
        again.execute("BEGIN")
        replay(desk.reader, again)
        fields = {e: ", ".join(("id", *(f.name for f in ENTITIES[e].fields))) for e in ("ticket", "note")}
        for entity, names in fields.items():
            sql = f"SELECT {names} FROM {entity} ORDER BY id"
            assert again.execute(sql).fetchall() == desk.reader.execute(sql).fetchall()


# while others work, and when it is killed


def _many(tmp_path: Path, tickets: int = 400) -> Path:
    rows = "".join(
        f"N{n},0{day}.03.2026 09:00,Eva,Case {n},Perret,01.03.2026 08:55,{state},no,G{day}\n"
        for n in range(tickets) for day, state in ((1, "Open"), (2, "Work"), (3, "Done"))
    )
    return _file(tmp_path, HEAD + rows, "many.csv")


def _save_meanwhile(db: Path, slices: Synchronized[int], begun: Event, ended: Event, out: Connection) -> None:
    """A console in a process of its own: for each save, how many transactions of the import ended meanwhile."""
    journal = Journal(db)
    waited = []
    begun.wait(30)
    while not ended.is_set():
        before = slices.value
        desks.ticket(journal, agent=desks.BEN)
        waited.append(slices.value - before)
    journal.close()
    out.send(waited)


def test_a_saver_waits_for_a_short_transaction_or_two(
    desk: Desk, tmp_path: Path, mapping: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "HOLD_S", 0.005)
    fork = multiprocessing.get_context("fork")
    slices, begun, ended, (told, out) = fork.Value("i", 0), fork.Event(), fork.Event(), fork.Pipe(duplex=False)
    saver = fork.Process(target=_save_meanwhile, args=(desk.path, slices, begun, ended, out))
    saver.start()

    def progress(_done: int, _total: int) -> None:
        slices.value += 1
        begun.set()

    import_tickets(desk, _many(tmp_path, 200), mapping, progress=progress)
    ended.set()
    waited = told.recv()
    saver.join()
    assert len(waited) > 5
    # nine of ten: on a loaded machine the saver's process may itself be held for a while
    assert sorted(waited)[len(waited) * 9 // 10] <= 3, waited
    assert _count(desk) == 200 + len(waited)


def _die_after(desk_path: Path, work: str, file: Path, mapping: Path, slices: int) -> None:
    """Import (or undo) in a child that kills itself inside its n-th transaction."""
    child = os.fork()
    if child == 0:
        try:
            desk = Desk(desk_path)
            left = slices
            progress = batches.progress

            def dying(*args: object) -> None:
                nonlocal left
                left -= 1
                if left < 0:
                    os.kill(os.getpid(), 9)
                progress(*args)  # type: ignore[arg-type]

            batches.HOLD_S = 0.0  # one step a transaction
            if work == "import":
                batches.progress = dying  # type: ignore[assignment]
                import_tickets(desk, file, mapping)
            else:
                take_back = batches.take_back

                def dying_back(*args: object) -> None:
                    nonlocal left
                    left -= 1
                    if left < 0:
                        os.kill(os.getpid(), 9)
                    take_back(*args)  # type: ignore[arg-type]

                batches.take_back = dying_back  # type: ignore[assignment]
                desk.journal.undo(desk.who)
        finally:
            os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -9


@pytest.mark.parametrize("slices", [0, 1, 5, 20])
def test_a_killed_import_is_gone_on_with_at_the_next_open(
    desk: Desk, tmp_path: Path, mapping: Path, slices: int
) -> None:
    _die_after(desk.path, "import", _many(tmp_path, 60), mapping, slices)
    assert _count(desk) < 60
    assert {f.code for f in care.findings(desk)} >= {"unfinished_import"}
    assert resume_batches(desk) == 1
    assert _count(desk) == 60
    assert {len(items) for items in _timelines(desk).values()} == {3}
    assert resume_batches(desk) == 0
    assert not list(desk.path.parent.glob("*.import-*"))


def test_the_next_console_ends_an_interrupted_import_beside_its_work(
    desk: Desk, tmp_path: Path, mapping: Path
) -> None:
    assert end_interrupted(desk) == 0
    _die_after(desk.path, "import", _many(tmp_path, 60), mapping, 4)
    beside = threading.Thread(target=end_interrupted, args=(desk,))
    beside.start()
    mine = desks.ticket(desk.journal)
    beside.join()
    assert _count(desk) == 61
    assert desk.reader.execute("SELECT DISTINCT batch FROM entry WHERE entity_id = ?", (mine.bytes,)).fetchall() == [
        (None,)
    ]


def test_a_killed_import_whose_staging_is_lost_is_taken_back(desk: Desk, tmp_path: Path, mapping: Path) -> None:
    _die_after(desk.path, "import", _many(tmp_path, 60), mapping, 9)
    came_in = _count(desk)
    assert came_in > 0
    for part in desk.path.parent.glob("*.import-*"):
        part.unlink()
    assert resume_batches(desk) == 1
    assert {s for (s,) in desk.reader.execute("SELECT status FROM ticket")} == {"cancelled"}
    assert _count(desk) == came_in


@pytest.mark.parametrize("rows", [0, 30, 59])
def test_a_killed_undo_is_brought_to_its_end(desk: Desk, tmp_path: Path, mapping: Path, rows: int) -> None:
    import_tickets(desk, _many(tmp_path, 60), mapping)
    _die_after(desk.path, "undo", tmp_path, mapping, rows)
    assert resume_batches(desk) == 1
    assert {s for (s,) in desk.reader.execute("SELECT status FROM ticket")} == {"cancelled"}
    assert {f.code for f in care.findings(desk)} <= {"no_backup", "kept_as_given"}


def test_an_import_running_elsewhere_is_left_alone(desk: Desk, tmp_path: Path, mapping: Path) -> None:
    _die_after(desk.path, "import", _many(tmp_path, 60), mapping, 3)
    (batch,) = batches.unfinished(desk.reader)
    running = Staging(desk.path, batch.id, new=False)
    assert resume_batches(desk) == 0
    running.leave()
    assert resume_batches(desk) == 1


@pytest.mark.parametrize("umask", [0o000, 0o022])
def test_what_waits_to_be_let_in_is_private(desk: Desk, tmp_path: Path, mapping: Path, umask: int) -> None:
    modes: set[int] = set()

    def look(_done: int, _total: int) -> None:
        modes.update(stat.S_IMODE(p.stat().st_mode) for p in desk.path.parent.glob("*.import-*"))

    before = os.umask(umask)
    try:
        import_tickets(desk, _file(tmp_path), mapping, progress=look)
    finally:
        os.umask(before)
    assert modes == {0o600}


def test_a_row_too_large_for_one_action_is_refused_by_its_line(desk: Desk, tmp_path: Path, mapping: Path) -> None:
    big = "x" * 300_000
    text = f"{ROWS}C3,03.03.2026 11:00,Eva,Screen,Perret,03.03.2026 08:55,Open,no,{big}\n"
    report = import_tickets(desk, _file(tmp_path, text), mapping, keep_good=True)
    [refused] = report.refused
    assert (refused.line, "too large" in refused.reason) == (9, True)
    assert _count(desk) == 2


# real tickets

LOG = Path(__file__).parents[3] / "shared" / "tickets" / "uci_incident_event_log_extract.csv.gz"


@pytest.mark.skipif(not LOG.exists(), reason="the incident log of UCI is not shipped with the project")
def test_an_incident_log_of_5998_events_comes_in_whole(desk: Desk) -> None:
    report: ImportReport = import_tickets(desk, LOG, data_path("mappings", "uci-incident-event-log.toml"))
    assert (report.rows, report.records, report.steps, report.refused) == (5_998, 890, 5_998, [])
    with gzip.open(LOG, "rt", encoding="utf-8", newline="") as source:
        theirs = defaultdict(list)
        for row in csv.DictReader(source):
            theirs[row["number"]].append(row)
    ours = {
        next(t for t in tags if t.startswith("INC")): (id, priority, status)
        for id, priority, status, tags in (
            (UUID(bytes=i), p, s, t.strip("[]").replace('"', "").split(","))
            for i, p, s, t in desk.reader.execute("SELECT id, priority, status, tags FROM ticket")
        )
    }
    assert ours.keys() == theirs.keys()
    states = {"New": "new", "Active": "in_progress", "Awaiting User Info": "waiting_caller", "Resolved": "solved",
              "Awaiting Evidence": "waiting_caller", "Awaiting Vendor": "waiting_vendor", "Closed": "closed",
              "Awaiting Problem": "in_progress"}
    events = 0
    for number, rows in theirs.items():
        id, priority, status = ours[number]
        items = timeline(desk.reader, id)
        events += len(items)
        assert len(items) == len(rows)
        assert [item.author for item in items] == [
            row["sys_updated_by"] for row in sorted(rows, key=lambda r: _when(r["sys_updated_at"]))
        ]
        assert (priority, status) == (f"P{rows[-1]['priority'][0]}", states[rows[-1]["incident_state"]])
        path = [item.changes for item in items]
        set_to = [c.after for changes in path for c in changes if c.field == "status"]
        expected = [states[row["incident_state"]] for row in sorted(rows, key=lambda r: _when(r["sys_updated_at"]))]
        assert set_to == [s for n, s in enumerate(expected) if n == 0 or expected[n - 1] != s]
    assert events == 5_998
    assert {f.code for f in care.findings(desk)} == {"no_backup", "kept_as_given"}


def _when(text: str) -> tuple[str, str, str, str]:
    date, time = text.split()
    day, month, year = date.split("-")
    return year, month, day, time
