"""A process killed (-9) between any two statements of an action leaves it wholly there or wholly absent; what was
acknowledged is never lost (R53)."""

import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from supportdesk.desk import calls
from supportdesk.desk.calls import Call
from supportdesk.desk.desk import Desk
from supportdesk.store import database
from supportdesk.terms.verbs import VERBS
from tests.journal import desks, proof
from tests.journal.scenes import SCENES

Say = Callable[[Desk], object]
QUICK = {"take_call": 2, "solve": 1, "accept": 3, "merge_tickets": 5, "merge_callers": 5, "write_article": 5,
         "split_ticket": 5, "administer": 3}
"""Verbs of the short form, and how far apart the statements are at which the process is killed. The long form takes
every statement of every verb."""


LATER = desks.NOW + timedelta(hours=1)
"""When all that was prepared has happened."""


def _in_child(db: Path, say: Say, after_open: Callable[[Desk], None]) -> int:
    """Open a console on ``db`` in a child and say; returns its exit code, -9 when it was killed."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            desk = desks.console(db, clock=desks.Clock(LATER))
            after_open(desk)
            say(desk)
            code = 0
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def _dies_at(n: int) -> Callable[[Desk], None]:
    def install(desk: Desk) -> None:
        left = n

        def trace(_statement: str) -> None:
            nonlocal left
            left -= 1
            if left < 0:
                os.kill(os.getpid(), 9)

        desk.journal.conn.set_trace_callback(trace)

    return install


def _removed(db: Path) -> None:
    for part in ("", "-wal", "-shm"):
        Path(f"{db}{part}").unlink(missing_ok=True)


def _kill_everywhere(image: Path, say: Say, folder: Path, stride: int) -> None:
    with closing(sqlite3.connect(image)) as conn:
        before, told = proof.rows(conn), len(proof.actions(conn))
    db, met, n = folder / "killed.db", set(), 0
    while True:
        shutil.copy(image, db)
        code = _in_child(db, say, _dies_at(n))
        assert code in (0, -9)
        database.check(db)
        with closing(sqlite3.connect(db)) as conn:
            assert conn.execute("PRAGMA quick_check").fetchone() == ("ok",)
            done = len(proof.actions(conn)) - told
            assert (proof.rows(conn) == before) is (done == 0)
        proof.assert_replay_is_equal(db, folder / "again.db")
        _removed(folder / "again.db")
        _removed(db)
        met.add(done)
        if code == 0:
            break
        n += stride
    assert met == {0, done} != {0}  # one action, or all of several that stand or fall together
    assert n >= 7  # BEGIN, version, device, row, entry, device, COMMIT; with fewer the trace saw nothing


def _prepared_scene(db: Path, verb: str) -> Say:
    ana, ben = desks.console(db), desks.console(db, "ben")
    say = SCENES[verb](ana, ben)
    ana.close()
    ben.close()
    with closing(sqlite3.connect(db)) as conn:
        conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return say


@pytest.mark.parametrize("verb", QUICK)
def test_s01_a_killed_action_is_wholly_there_or_wholly_absent(db: Path, tmp_path: Path, verb: str) -> None:
    _kill_everywhere(db, _prepared_scene(db, verb), tmp_path, QUICK[verb])


def test_a_killed_undo_is_wholly_there_or_wholly_absent(db: Path, tmp_path: Path) -> None:
    say = _prepared_scene(db, "take_call")
    ana = desks.console(db)
    say(ana)
    ana.close()
    _kill_everywhere(db, lambda desk: desk.journal.undo(desk.who), tmp_path, 4)


@pytest.mark.long
@pytest.mark.parametrize("verb", [verb for verb in VERBS if verb != "import_records"])
def test_every_verb_killed_at_every_statement(db: Path, tmp_path: Path, verb: str) -> None:
    _kill_everywhere(db, _prepared_scene(db, verb), tmp_path, 1)


def _acknowledged(db: Path, rounds: int) -> None:
    """A console logs calls and tells each number once saved; it is killed at a moment nobody chose."""
    told: list[str] = []
    for n in range(rounds):
        read, write = os.pipe()

        def log(desk: Desk, out: int = write) -> None:
            while True:
                saved = calls.take_call(desk, Call(ticket={"description": "le vpn coupe"}))
                os.write(out, f"{saved.number}\n".encode())

        child = os.fork()
        if child == 0:
            try:
                os.close(read)
                log(desks.console(db))
            finally:
                os._exit(1)
        os.close(write)
        with os.fdopen(read, "rb") as stream:
            lines = [stream.readline() for _line in range(1 + n * 7 % 13)]  # it works; the kill falls where it falls
            os.kill(child, 9)
            lines += stream.readlines()
        os.waitpid(child, 0)
        told += [line.decode().strip() for line in lines if line.endswith(b"\n")]
        database.check(db)  # the next start: no manual step
        with closing(sqlite3.connect(db)) as conn:
            there = {number for (number,) in conn.execute("SELECT number FROM ticket")}
            assert set(told) <= there
    assert len(told) == len(set(told)) > rounds
    with closing(sqlite3.connect(db)) as conn:
        assert conn.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert conn.execute("SELECT count(*) FROM ticket").fetchone()[0] <= len(told) + rounds


def test_what_was_acknowledged_survives_kill_9(db: Path, tmp_path: Path) -> None:
    _acknowledged(db, 25)
    proof.assert_replay_is_equal(db, tmp_path / "again.db")


@pytest.mark.long
def test_what_was_acknowledged_survives_500_kills(db: Path, tmp_path: Path) -> None:
    _acknowledged(db, 500)
    proof.assert_replay_is_equal(db, tmp_path / "again.db")
