"""Every file of every released version is opened for ever; a newer one is left alone; nothing is ever half migrated."""

import gzip
import os
import re
import shutil
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import SQLModel

from supportdesk.desk.desk import Desk
from supportdesk.models import load_tables
from supportdesk.store import database, migrate
from supportdesk.store.backup import restore_backup
from supportdesk.store.drafts import Drafts
from supportdesk.store.journal import Journal
from supportdesk.store.types import uuid7
from supportdesk.terms.errors import NEWER, NotReady
from tests.fixtures.make import FOLDER
from tests.journal import desks
from tests.journal.desks import NOW
from tests.journal.proof import assert_the_queue_goes_by_the_facts

OLDER = sorted(p.name for p in FOLDER.glob("desk-v*.db.gz") if p.name != f"desk-v{database.VERSION}.db.gz")


def _unpack(name: str, target: Path, mode: int = 0o600) -> Path:
    target.touch(mode=mode)
    target.chmod(mode)
    target.write_bytes(gzip.decompress((FOLDER / name).read_bytes()))
    return target


@pytest.fixture
def old(tmp_path: Path) -> Path:
    return _unpack("desk-v1.db.gz", tmp_path / "desk.db")


def _columns(conn: sqlite3.Connection) -> dict[str, list[tuple[str, str, int]]]:
    """Columns of every table as (name, affinity, part of the key), in order."""
    tables = [n for (n,) in conn.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    return {
        table: [(name, _affinity(kind), int(key > 0))
                for _n, name, kind, _null, _default, key in conn.execute(f"PRAGMA table_info({table})").fetchall()]
        for table in tables if not re.search(r"_fts|sqlite_", table)
    }


def _affinity(kind: str) -> str:
    for word, affinity in (("INT", "integer"), ("CHAR", "text"), ("TEXT", "text"), ("BLOB", "blob"), ("BOOL", "bool")):
        if word in kind.upper():
            return affinity
    raise AssertionError(kind)


def _shape(conn: sqlite3.Connection) -> dict[str, str]:
    """Every table and index by name, its SQL without spaces."""
    return {
        name: re.sub(r"\s+", "", sql).lower()
        for name, sql in conn.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL")
    }


@pytest.fixture
def new(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    database.create(tmp_path / "new.db")
    with closing(sqlite3.connect(tmp_path / "new.db")) as conn:
        yield conn


def _as_written(db: Path) -> dict[str, list[tuple[Any, ...]]]:
    """All that is in a file, but for the due times of its tickets: they follow from what is promised today."""
    with closing(sqlite3.connect(db)) as conn:
        conn.execute("UPDATE ticket SET due_at = NULL")
        return desks.content(conn)


def test_a_new_file_has_the_columns_of_the_models(new: sqlite3.Connection) -> None:
    load_tables()
    models = {
        table.name: [(c.name, _affinity(c.type.compile()), int(c.primary_key)) for c in table.columns]
        for table in SQLModel.metadata.sorted_tables
    }
    stored = _columns(new)
    assert {t: sorted(c) for t, c in stored.items()} == {t: sorted(c) for t, c in models.items()}


def test_a_new_file_equals_one_built_by_all_migrations(new: sqlite3.Connection, tmp_path: Path) -> None:
    with closing(database.connect(tmp_path / "built.db")) as conn:
        migrate.upgrade(conn)
        assert _columns(conn) == _columns(new)
        assert _shape(conn).keys() == _shape(new).keys()
        tables = _columns(new).keys()
        assert {n: s for n, s in _shape(conn).items() if n not in tables} == {
            n: s for n, s in _shape(new).items() if n not in tables
        }


def test_a_file_of_every_earlier_version_is_kept() -> None:
    assert [f"desk-v{n}.db.gz" for n in range(1, database.VERSION)] == OLDER


@pytest.mark.parametrize("name", OLDER)
def test_an_older_file_is_opened_with_all_that_was_in_it(name: str, tmp_path: Path, new: sqlite3.Connection,
                                                         monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("supportdesk.desk.desk.os_login", lambda: "ana")
    db = _unpack(name, tmp_path / "desk.db")
    before = _as_written(db)
    desk = Desk(db)
    after = _as_written(db)
    assert_the_queue_goes_by_the_facts(desk.reader)
    assert {t: [row[: len(old[0])] for row in after[t]] for t, old in before.items() if old} == {
        t: old for t, old in before.items() if old
    }
    assert _columns(desk.reader) == _columns(new)
    assert _shape(desk.reader).keys() == _shape(new).keys()
    assert desk.reader.execute("PRAGMA foreign_key_check").fetchall() == []
    ticket = desks.ticket(desk.journal)
    assert desk.journal.undo(desks.who()).ticket == ticket
    desk.close()


def test_what_an_import_brought_is_told_apart_from_the_name_of_its_file(tmp_path: Path) -> None:
    db = _unpack("desk-v2.db.gz", tmp_path / "desk.db")
    labels = {"890 log.csv.gz": (890, "log.csv.gz"), "0 3 x.csv": (0, "3 x.csv"), "2 ": (0, "2 "), "a b": (0, "a b")}
    with closing(sqlite3.connect(db)) as conn, conn:
        conn.executemany(
            "INSERT INTO batch (id, verb, state, started_at, total, done, label) VALUES (?, 'import_tickets', 'done', "
            "0, 0, 0, ?)", [(bytes([n] * 16), label) for n, label in enumerate(labels)],
        )
    database.check(db)
    with closing(sqlite3.connect(db)) as conn:
        found = conn.execute("SELECT records, label FROM batch WHERE started_at = 0 ORDER BY id").fetchall()
    assert found == list(labels.values())


def test_an_enrolled_desk_keeps_since_when_its_server_was_not_reached(tmp_path: Path) -> None:
    db = _unpack("desk-v4.db.gz", tmp_path / "desk.db")
    with closing(sqlite3.connect(db)) as conn, conn:
        conn.execute(
            "INSERT INTO sync_state (url, server, secret, epoch, lease, answered, checked, paused, enrolled_at, "
            "tried_at, failure, held_until) VALUES ('https://desk.example.org', 's', 'x', 1, 'l', 0, 0, 0, 5, 7, "
            "'unreachable', 0)")
        conn.execute("INSERT INTO refused (entry, reason, at) VALUES (x'00', 'no', 6)")
    with closing(database.check(db)) as conn:
        assert conn.execute("SELECT url, failing_since FROM sync_state").fetchone() == ("https://desk.example.org", 7)
        assert conn.execute("SELECT reason, settled_at FROM refused").fetchone() == ("no", None)


def test_before_it_is_migrated_a_copy_is_made_that_can_be_restored(old: Path) -> None:
    old.chmod(0o660)
    before = desks.content(old)
    database.check(old)
    (copy,) = old.parent.glob("desk.db.v1-*.sdbackup")
    assert stat.S_IMODE(copy.stat().st_mode) == 0o660
    restored = old.with_name("restored.db")
    restore_backup(restored, copy, NOW)
    with closing(sqlite3.connect(restored)) as conn:
        assert database.version(conn) == 1
        assert desks.content(conn) == before


def test_no_room_for_the_copy_leaves_the_file_as_it_was(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = old.read_bytes()
    usage = shutil.disk_usage(old.parent)
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: usage._replace(free=1000))
    with pytest.raises(NotReady, match="not enough room"):
        database.check(old)
    assert old.read_bytes() == before


def test_a_newer_file_is_refused_with_the_version_needed_and_stays_as_it_is(tmp_path: Path) -> None:
    db = desks.make(tmp_path / "desk.db")
    with closing(sqlite3.connect(db)) as conn:
        conn.execute(f"PRAGMA user_version = {database.VERSION + 1}")
    before = db.read_bytes()
    with pytest.raises(NotReady, match=f"version {database.VERSION + 1}") as refused:
        Desk(db)
    assert refused.value.code == NEWER
    assert db.read_bytes() == before
    assert sorted(p.name for p in tmp_path.iterdir()) == ["desk.db"]


def test_an_older_console_that_is_open_meanwhile_ends_with_a_sentence_and_keeps_its_drafts(tmp_path: Path) -> None:
    db = desks.make(tmp_path / "desk.db")
    console, drafts = Journal(db), Drafts(db)
    draft = drafts.save(uuid7(), desks.ANA, "call", {"symptom": "vpn"})
    with closing(sqlite3.connect(db)) as other:
        other.execute(f"PRAGMA user_version = {database.VERSION + 1}")
    before = desks.content(db)
    with pytest.raises(NotReady, match="Update supportdesk") as refused:
        desks.ticket(console)
    assert refused.value.code == NEWER
    assert desks.content(db) == before
    kept = drafts.find(draft)
    assert kept is not None
    assert kept.data == {"symptom": "vpn"}
    console.close()


class _DiesAt:
    """Kills the process at the n-th statement."""

    def __init__(self, n: int) -> None:
        self.left = n

    def __call__(self, _statement: str) -> None:
        self.left -= 1
        if self.left < 0:
            os.kill(os.getpid(), 9)


def _migrate_and_die_at(db: Path, n: int) -> bool:
    """Migrate in a child that is killed at statement n; True when it came to its end before."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            connect = database.connect

            def traced(path: Path, **how: Any) -> sqlite3.Connection:
                conn = connect(path, **how)
                if not how:
                    conn.set_trace_callback(dies)
                return conn

            dies = _DiesAt(n)
            database.connect = traced
            database.check(db)
            code = 0
        finally:
            os._exit(code)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert code in (0, -9)
    return code == 0


def test_a_migration_killed_at_any_statement_leaves_the_old_file_or_the_new_one(tmp_path: Path) -> None:
    old = _unpack("desk-v1.db.gz", tmp_path / "old.db")
    before = desks.content(old)
    whole = _unpack("desk-v1.db.gz", tmp_path / "whole.db")
    database.check(whole)
    after, met, n = desks.content(whole), set(), 0
    while True:
        db = tmp_path / "killed.db"
        shutil.copy2(old, db)
        done = _migrate_and_die_at(db, n)
        with closing(sqlite3.connect(db)) as conn:
            version = database.version(conn)
            assert desks.content(conn) == (before if version == 1 else after)
        met.add(version)
        database.check(db)
        assert desks.content(db) == after
        for part in db.parent.glob("killed.db*"):
            part.unlink()
        if done:
            break
        n += 7
    assert met == {1, database.VERSION}
    assert n > 10
