"""Many consoles on one file: savers wait for each other and nobody reads "database is locked"."""

import multiprocessing
import threading
import traceback
from contextlib import closing
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from supportdesk.store import database, journal
from supportdesk.store.journal import Journal
from supportdesk.terms.errors import NotReady
from tests.journal import desks, proof

FORK = multiprocessing.get_context("fork")


def _writer(db: Path, saves: int, start: Connection, out: Connection) -> None:
    try:
        console = Journal(db)
        start.recv()
        for n in range(saves):
            ticket = desks.ticket(console, f"VPN {n}")
            if n % 5 == 0:
                with console.action("note", desks.who()) as act:
                    act.create("note", {"ticket_id": ticket, "text": "n", "audience": "internal", "at": act.at})
        console.close()
        out.send("")
    except BaseException:  # noqa: BLE001 - told to the test
        out.send(traceback.format_exc())


def _write_together(db: Path, writers: int, saves: int) -> list[str]:
    starts, outs, processes = [], [], []
    for _n in range(writers):
        start_in, start_out = FORK.Pipe(duplex=False)
        out_in, out_out = FORK.Pipe(duplex=False)
        process = FORK.Process(target=_writer, args=(db, saves, start_in, out_out))
        process.start()
        starts.append(start_out)
        outs.append(out_in)
        processes.append(process)
    for start in starts:
        start.send("go")
    told = [out.recv() for out in outs]
    for process in processes:
        process.join()
    return told


def _all_is_there(db: Path, empty: Path, count: int) -> None:
    with closing(database.connect(db, reading=True)) as conn:
        assert conn.execute("SELECT count(*), count(DISTINCT number) FROM ticket").fetchone() == (count, count)
        n = [row[0] for row in conn.execute("SELECT n FROM entry ORDER BY pk")]
        assert n == list(range(1, len(n) + 1))
    proof.assert_replay_is_equal(db, empty)


def test_four_writers_of_500_saves_each_never_meet_a_locked_database(db: Path, tmp_path: Path) -> None:
    assert _write_together(db, 4, 500) == [""] * 4
    _all_is_there(db, tmp_path / "again.db", 2000)


def test_threads_of_one_console_take_turns(db: Path, tmp_path: Path) -> None:
    console = Journal(db)
    threads = [threading.Thread(target=lambda: [desks.ticket(console) for _n in range(25)]) for _t in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    console.close()
    _all_is_there(db, tmp_path / "again.db", 100)


def test_who_waits_too_long_reads_a_sentence_and_nothing_was_saved(db: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "BUSY_PATIENCE_S", 0.05)
    console = Journal(db)
    with closing(database.connect(db)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(NotReady, match="Save again") as refused:
            desks.ticket(console)
        assert refused.value.code == "busy"
        assert "locked" not in refused.value.message
        other.execute("ROLLBACK")
    desks.ticket(console)
    assert console.conn.execute("SELECT count(*) FROM ticket").fetchone() == (1,)
    console.close()


def test_a_change_in_one_console_is_in_the_next_look_of_the_other(db: Path) -> None:
    ana, ben = desks.console(db), desks.console(db, "ben")
    assert ben.reader.execute("SELECT count(*) FROM ticket").fetchone() == (0,)
    desks.ticket(ana.journal)
    assert ben.reader.execute("SELECT count(*) FROM ticket").fetchone() == (1,)
    ana.close()
    ben.close()


def test_what_is_acknowledged_is_written_ahead_and_synced_in_full(db: Path) -> None:
    console = desks.console(db)
    for conn in (console.journal.conn, console.reader):
        assert conn.execute("PRAGMA synchronous").fetchone() == (2,)
        assert conn.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    console.close()
