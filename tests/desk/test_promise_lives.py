"""Promises are derived from the journal: later, elsewhere and in any order it gives what the screen showed."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from random import Random
from uuid import UUID

import pytest

from supportdesk.cli.output import to_json
from supportdesk.cli.promise_shapes import explanation
from supportdesk.desk.promises import explained, promises_of
from supportdesk.store import database, urgency
from supportdesk.store.replay import replay
from supportdesk.store.types import micros
from supportdesk.store.views.people import AgentLine
from tests.desk.lives import Lives, Screen, Shown, screen

SEEDS = (1, 2, 3)
CLOCKS_CHANGE = (datetime(2026, 3, 29, 1, tzinfo=UTC), datetime(2026, 10, 25, 1, tzinfo=UTC))


def as_it_was(path: Path, at: int, ids: list[UUID], me: AgentLine) -> Screen:
    """What the screen shows at an instant, from nothing but the entries written up to then."""
    target = path.with_name(f"{at}.db")
    database.create(target, sync=False)
    with closing(database.connect(path)) as source, closing(database.connect(target)) as conn:
        source.execute("BEGIN")
        source.execute("DELETE FROM entry WHERE at > ?", (at,))
        conn.execute("BEGIN IMMEDIATE")
        replay(source, conn)
        columns = [name for _n, name, *_rest in conn.execute("PRAGMA table_info(entry)") if name != "pk"]
        conn.executemany(
            f"INSERT INTO entry ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})",
            source.execute(f"SELECT {', '.join(columns)} FROM entry ORDER BY pk"))
        source.execute("ROLLBACK")
        urgency.settle(conn, ids, at)
        while urgency.settle_some(conn, at):
            continue
        found = screen(conn, ids, me, at)
        conn.execute("COMMIT")
    return found


def shuffled(path: Path, random: Random) -> Path:
    """The same desk, whose entries, contacts, notes and handoffs came in another order."""
    target = path.with_name("other-order.db")
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(target)) as conn:
        source.backup(conn)
        for table in ("entry", "contact", "note", "handoff"):
            rows = conn.execute(f"SELECT * FROM {table}").fetchall()
            random.shuffle(rows)
            conn.execute(f"DELETE FROM {table}")
            marks = ", ".join("?" * (len(rows[0]) - 1))
            conn.executemany(f"INSERT INTO {table} VALUES (NULL, {marks})", (row[1:] for row in rows))
        conn.commit()
    return target


def missed(of: Shown, still: Shown) -> set[tuple[UUID, str, int | None, int | None]]:
    """First answers and solutions missed, of tickets that have promises in ``still``."""
    return {(id, promise.kind.value, promise.clock.due, promise.clock.ended) for id, promises in of.items()
            for promise in promises if promise.clock.state == "missed" and promise.kind in ("answer", "solution")
            and promise.team is None and still[id]}


def prove(folder: Path, seed: int, rounds: int, steps: int) -> Counter[tuple[str, str]]:
    """Live, keep what was shown, then derive it again from the journal, and from one in another order."""
    lives, shown = Lives(folder / "desk.db", seed), []
    try:
        for _round in range(rounds):
            lives.live(steps)
            shown.append((micros(lives.clock.now), lives.shown()))
            assert lives.shown_elsewhere() == shown[-1][1]
        me = lives.ana.agent
    finally:
        lives.close()
    for at, then in shown:
        again = as_it_was(lives.path, at, lives.all, me)
        for told, showed in zip(again, then, strict=True):
            assert told == showed
    last, then = shown[-1]
    with closing(database.connect(shuffled(lives.path, lives.random), reading=True)) as conn:
        assert promises_of(conn, lives.all, last) == then.promises
    for (_before, earlier), (_after, later) in pairwise(shown):
        assert missed(earlier.promises, later.promises) <= missed(later.promises, later.promises)
    return Counter((promise.kind.value, promise.clock.state.value)
                   for _at, seen in shown for promises in seen.promises.values() for promise in promises)


def recomputed(conn: sqlite3.Connection, id: UUID, at: int) -> Iterator[str]:
    """Add the intervals of ``promise explain NUMBER --json`` to the due times; tells what kinds of history it met."""
    whole = json.loads(to_json(explanation(explained(conn, id, at), "")))
    for told in whole["promises"]:
        spans = [(datetime.fromisoformat(since), datetime.fromisoformat(until)) for since, until in told["intervals"]]
        counted = sum(((until - since) for since, until in spans), timedelta())
        due, started = (told[name] and datetime.fromisoformat(told[name]) for name in ("due", "started"))
        if told["state"] in ("running", "missed") and due is not None and due > started:
            assert counted.total_seconds() == told["target_s"]
            assert spans[-1][1] == due
        elif told["state"] == "met":
            assert counted.total_seconds() == told["target_s"] - told["remaining_s"]
            assert not spans or spans[-1][1] <= datetime.fromisoformat(told["ended"])
        elif told["state"] == "paused":
            assert counted.total_seconds() == told["target_s"] - told["remaining_s"]
        else:
            continue
        yield told["state"]
        yield from (pause["why"] for pause in told["pauses"])
        yield f"of {told['team_name'] or 'the desk'}"
        if len(told["calendar_versions"]) > 1:
            yield "several versions of the calendar"
        if told["contract_version"] is not None:
            yield "a later version of the contract"
        if told["holidays"]:
            yield "a holiday"
        if any(since < night < until for since, until in spans for night in CLOCKS_CHANGE):
            yield "the night clocks change"


def changes(conn: sqlite3.Connection, id: UUID) -> Iterator[str]:
    """What was changed on a ticket."""
    for verb, count in conn.execute("SELECT verb, count(*) FROM entry WHERE subject = ? GROUP BY verb", (id.bytes,)):
        yield verb if count == 1 or verb != "choose_contract" else "another contract"


def test_every_kind_of_history_is_explained_so_that_it_can_be_computed_again(tmp_path: Path) -> None:
    met: Counter[str] = Counter()
    for seed in SEEDS:
        lives = Lives(tmp_path / f"{seed}.db", seed)
        for _round in range(3):
            lives.live(60)
            for id in lives.all:
                found = list(recomputed(lives.ana.reader, id, micros(lives.clock.now)))
                met.update(found)
                met.update(changes(lives.ana.reader, id) if found else ())
        lives.close()
    expected = {
        "running", "paused", "met", "missed", "waiting_caller", "waiting_until", "closed", "of the desk", "of Réseau",
        "of Vendor", "several versions of the calendar", "a later version of the contract", "a holiday",
        "the night clocks change", "reopen", "prioritise", "another contract", "offer", "accept", "return",
    }
    assert expected <= set(met), expected - set(met)


@pytest.mark.parametrize("seed", SEEDS)
def test_what_the_screen_showed_is_derived_again_from_the_journal(tmp_path: Path, seed: int) -> None:
    found = prove(tmp_path, seed, rounds=4, steps=60)
    assert len(found) > 12, found


@pytest.mark.long
def test_ten_thousand_lives_are_derived_again_from_the_journal(tmp_path: Path) -> None:
    """40 desks of some 250 tickets each."""
    total: Counter[tuple[str, str]] = Counter()
    for seed in range(100, 140):
        folder = tmp_path / str(seed)
        folder.mkdir()
        total += prove(folder, seed, rounds=5, steps=200)
    assert len(total) > 18, total
