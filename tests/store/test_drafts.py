"""Law 1: a draft is on disk while it is typed, belongs to one console at a time, and no text is ever overwritten."""

import os
import signal
import sqlite3
import sys
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest

from supportdesk.store import database
from supportdesk.store.draft_writer import DraftWriter
from supportdesk.store.drafts import ALIVE, Drafts, drafts_file
from supportdesk.store.types import uuid7
from supportdesk.terms.errors import NotReady

NOW = datetime(2026, 3, 2, 14, 2, tzinfo=UTC)
ANA, BEN = UUID(int=1), UUID(int=2)


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now

    def later(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def db(tmp_path: Path) -> Path:
    database.create(tmp_path / "desk.db", now=NOW)
    return tmp_path / "desk.db"


def _console(db: Path, clock: Clock, agent: UUID = ANA, name: str = "Ana") -> Drafts:
    return Drafts(db, agent=agent, name=name, clock=clock)


def test_a_draft_comes_back_exactly_as_typed_in_another_console(db: Path, clock: Clock) -> None:
    text = {"symptom": "le vpn \x1b[31m coupe « 5 » \u202e", "impact": 3}
    first = _console(db, clock)
    id = first.save(uuid7(), ANA, "call", text)
    first.close()
    (found,) = _console(db, clock).list(ANA)
    assert (found.id, found.kind, dict(found.data), found.held) == (id, "call", text, None)


def test_only_the_agents_own_drafts_are_listed_newest_first(db: Path, clock: Clock) -> None:
    console = _console(db, clock)
    old, other, new = uuid7(), uuid7(), uuid7()
    for id, agent in ((old, ANA), (other, BEN), (new, ANA)):
        console.save(id, agent, "call", {})
        clock.later(1)
    assert [d.id for d in console.list(ANA)] == [new, old]


def test_a_draft_open_in_a_living_console_says_whose_and_is_free_after_its_death(db: Path, clock: Clock) -> None:
    here, there = _console(db, clock), _console(db, clock, name="Ana at the desk")
    there.save(uuid7(), ANA, "call", {"symptom": "a"})
    assert here.list(ANA)[0].held == "Ana at the desk"
    clock.later(ALIVE.total_seconds())
    assert here.list(ANA)[0].held is None


def test_taking_a_draft_over_keeps_both_texts_when_the_other_types_on(db: Path, clock: Clock) -> None:
    here, there = _console(db, clock), _console(db, clock)
    id = there.save(uuid7(), ANA, "call", {"symptom": "printer"})
    taken = here.take_over(id)
    assert taken is not None
    assert taken.data == {"symptom": "printer"}
    here.save(id, ANA, "call", {"symptom": "printer on floor 2"})
    split = there.save(id, ANA, "call", {"symptom": "printer is dead"})
    assert split != id
    kept = {d.id: (d.data["symptom"], d.origin) for d in here.list(ANA)}
    assert kept == {id: ("printer on floor 2", None), split: ("printer is dead", id)}


def test_a_console_that_slept_through_the_takeover_does_not_overwrite_either(db: Path, clock: Clock) -> None:
    here, there = _console(db, clock), _console(db, clock)
    id = there.save(uuid7(), ANA, "call", {"symptom": "old"})
    clock.later(60)
    here.take_over(id)
    here.save(id, ANA, "call", {"symptom": "new"})
    clock.later(60)  # here is gone by now, too
    there.save(id, ANA, "call", {"symptom": "older"})
    assert sorted(d.data["symptom"] for d in there.list(ANA)) == ["new", "older"]


def test_a_draft_whose_record_exists_is_dropped(db: Path, clock: Clock) -> None:
    console = _console(db, clock)
    saved, typed = uuid7(), uuid7()
    console.save(saved, ANA, "call", {})
    console.save(typed, ANA, "call", {})
    with sqlite3.connect(db) as conn:
        conn.execute(
            "INSERT INTO entry (id, action, n, verb, device, session, entity, entity_id, kind, base, schema, fields,"
            " at, recorded_at, state) VALUES (x'01', x'01', 1, 'take_call', x'01', x'01', 'ticket', ?, 'create', 0, 1,"
            " '{}', 0, 0, 'local')", (saved.bytes,),
        )
        assert console.drop_saved(conn) == 1
    conn.close()
    assert [d.id for d in console.list(ANA)] == [typed]


def test_who_has_a_ticket_open_is_seen_by_others_and_gone_ten_seconds_after_a_kill(db: Path, clock: Clock) -> None:
    here, there = _console(db, clock), _console(db, clock, BEN, "Ben")
    ticket = uuid7()
    there.beat([ticket])
    here.beat([ticket])
    (ben,) = here.present(ticket)
    assert (ben.agent, ben.name, ben.since) == (BEN, "Ben", NOW)
    clock.later(2)
    here.beat([ticket])
    assert here.present(ticket) == [ben], "my own beat ends nobody else's"
    clock.later(5)
    there.beat([ticket])
    clock.later(7)
    assert here.present(ticket)
    clock.later(3)
    assert here.present(ticket) == []


def test_leaving_a_ticket_or_the_console_shows_at_once(db: Path, clock: Clock) -> None:
    here, there = _console(db, clock), _console(db, clock, BEN, "Ben")
    one, two = uuid7(), uuid7()
    there.beat([one, two])
    there.beat([two])
    assert (here.present(one), len(here.present(two))) == ([], 1)
    there.close()
    assert here.present(two) == []


def test_what_was_looked_at_and_how_the_windows_stood_is_kept(db: Path, clock: Clock) -> None:
    console = _console(db, clock)
    one, two = uuid7(), uuid7()
    console.mark_seen(ANA, one)
    console.mark_seen(ANA, one, NOW - timedelta(days=1))
    console.remember(ANA, "view", {"name": "mine"})
    assert console.seen(ANA, [one, two]) == {one: NOW}
    assert _console(db, clock).recall(ANA, "view") == {"name": "mine"}
    assert console.recall(BEN, "view") is None


def test_drafts_are_written_while_an_import_holds_the_desk(db: Path, clock: Clock) -> None:
    importer = sqlite3.connect(db, isolation_level=None)
    importer.execute("BEGIN EXCLUSIVE")
    console = _console(db, clock)
    id = console.save(uuid7(), ANA, "call", {"symptom": "typed meanwhile"})
    assert console.find(id) is not None
    importer.execute("ROLLBACK")
    importer.close()


def test_a_damaged_side_file_is_set_aside_and_work_goes_on(db: Path, clock: Clock) -> None:
    drafts_file(db).write_bytes(b"no database at all" * 400)
    console = _console(db, clock)
    console.save(uuid7(), ANA, "call", {})
    assert len(console.list(ANA)) == 1
    assert len(list(db.parent.glob("desk.db.drafts.damaged-*"))) == 1


@pytest.mark.parametrize(("db_mode", "expected"), [(0o600, 0o600), (0o660, 0o660)])
@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_the_side_file_is_as_private_as_its_desk(
    db: Path, clock: Clock, db_mode: int, expected: int, umask: int
) -> None:
    db.chmod(db_mode)
    before = os.umask(umask)
    try:
        _console(db, clock).save(uuid7(), ANA, "call", {})
    finally:
        os.umask(before)
    modes = {p.name: p.stat().st_mode & 0o777 for p in db.parent.glob("desk.db.drafts*")}
    assert modes == dict.fromkeys(("desk.db.drafts", "desk.db.drafts-wal", "desk.db.drafts-shm"), expected)


# the writer


def test_a_console_that_took_drafts_over_shows_that_it_lives_though_nobody_types(db: Path, clock: Clock) -> None:
    first = _console(db, clock)
    id = first.save(uuid7(), ANA, "call", {})
    first.close()
    here, there = _console(db, clock, name="here"), _console(db, clock)
    here.take_over(id)
    beaten = threading.Event()
    beat = here.beat

    def told(*args: object) -> None:
        beat(*args)  # type: ignore[arg-type]
        beaten.set()

    here.beat = told  # type: ignore[method-assign, assignment]
    clock.later(60)
    writer = DraftWriter(here)
    assert beaten.wait(5)
    assert there.list(ANA)[0].held == "here"
    writer.close()
    assert there.list(ANA)[0].held is None


def test_what_is_put_is_on_disk_after_a_flush_and_only_the_newest_text(db: Path, clock: Clock) -> None:
    writer = DraftWriter(_console(db, clock), delay=60)
    id = uuid7()
    for text in ("v", "vp", "vpn"):
        writer.put(id, ANA, "call", {"symptom": text})
    assert writer.flush(5)
    assert [d.data for d in _console(db, clock).list(ANA)] == [{"symptom": "vpn"}]
    writer.drop(id)
    assert writer.flush(5)
    assert _console(db, clock).list(ANA) == []
    writer.close()


def test_typing_reaches_the_disk_by_itself(db: Path, clock: Clock) -> None:
    drafts = _console(db, clock)
    written = threading.Event()
    save = drafts.save

    def told(*args: object, **more: object) -> UUID:
        kept = save(*args, **more)  # type: ignore[arg-type]
        written.set()
        return kept

    drafts.save = told  # type: ignore[method-assign]
    writer = DraftWriter(drafts, delay=0.01)
    writer.put(uuid7(), ANA, "call", {"symptom": "vpn"})
    assert written.wait(5)
    writer.close()


def test_a_draft_taken_over_goes_on_under_a_new_id(db: Path, clock: Clock) -> None:
    split: list[tuple[UUID, UUID]] = []
    writer = DraftWriter(_console(db, clock), delay=60, on_split=lambda old, new: split.append((old, new)))
    id, other = uuid7(), _console(db, clock)
    writer.put(id, ANA, "call", {"symptom": "a"})
    writer.flush(5)
    other.take_over(id)
    for text in ("ab", "abc"):
        writer.put(id, ANA, "call", {"symptom": text})
        writer.flush(5)
    assert [old for old, _new in split] == [id]
    assert {d.id: d.data["symptom"] for d in other.list(ANA)} == {id: "a", split[0][1]: "abc"}
    writer.close()


def test_a_full_disk_is_said_and_the_text_waits_until_there_is_room(db: Path, clock: Clock) -> None:
    drafts = _console(db, clock)
    writer = DraftWriter(drafts, delay=60)
    id = uuid7()
    save = drafts.save

    def full(*_args: object) -> UUID:
        raise NotReady("The disk is full", code="disk_full")

    drafts.save = full  # type: ignore[method-assign, assignment]
    writer.put(id, ANA, "call", {"symptom": "kept in memory"})
    assert not writer.flush(0.05)
    assert writer.problem == "The disk is full"
    drafts.save = save  # type: ignore[method-assign]
    assert writer.flush(5)
    assert (writer.problem, drafts.list(ANA)[0].data) == (None, {"symptom": "kept in memory"})
    writer.close()


def test_what_was_flushed_survives_kill_9(db: Path, clock: Clock) -> None:
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        writer = DraftWriter(_console(db, clock), delay=60)
        writer.put(uuid7(), ANA, "call", {"symptom": "x" * 2000})
        writer.flush(5)
        os.write(write, b"!")
        signal.pause()
        sys.exit()
    os.read(read, 1)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    assert [len(d.data["symptom"]) for d in _console(db, clock).list(ANA)] == [2000]
