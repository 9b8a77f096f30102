"""Promises are derived from the journal: later, elsewhere and in any order it gives what the screen showed."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from random import Random
from uuid import UUID

import pytest

from supportdesk.desk.promises import promises_of
from supportdesk.store import database, urgency
from supportdesk.store.instants import instant
from supportdesk.store.replay import replay
from supportdesk.store.types import micros
from supportdesk.store.views.people import AgentLine
from tests.cli.running import ran, the_time_is
from tests.desk.lives import Lives, Screen, Shown, screen

SEEDS = (1, 2, 3)
LOOKED_AT = 5
"""Tickets that are shown by the command at an instant."""

Asked = Mapping[str, tuple[str, str]]


def asked(path: Path, numbers: Sequence[str]) -> Asked:
    """What ``ticket show`` says of these tickets: its text, and all of its ``--json``."""
    words = [("ticket", "show", number, "--db", str(path)) for number in numbers]
    told = [(ran(*each), ran(*each, "--json")) for each in words]
    assert not any(said.code for each in told for said in each), told
    return {number: (text.out, whole.out) for number, (text, whole) in zip(numbers, told, strict=True)}


def as_it_was(path: Path, target: Path, at: int, ids: list[UUID], me: AgentLine) -> Screen:
    """What the screen shows at an instant, from nothing but the entries written up to then; ``target`` becomes the desk
    that is made of them."""
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


def prove(folder: Path, seed: int, rounds: int, steps: int, patch: pytest.MonkeyPatch) -> Counter[tuple[str, str]]:
    """Live, keep what was shown, then derive it again from the journal, and from one in another order."""
    lives, shown, said = Lives(folder / "desk.db", seed), [], []
    the_time_is(lives.clock, patch)
    try:
        for _round in range(rounds):
            lives.live(steps)
            shown.append((micros(lives.clock.now), lives.shown()))
            assert lives.shown_elsewhere() == shown[-1][1]
            numbers = [row["number"] for row in shown[-1][1].rows.values()]
            said.append(asked(lives.path, lives.random.sample(numbers, min(LOOKED_AT, len(numbers)))))
        me = lives.ana.agent
    finally:
        lives.close()
    for (at, then), pages in zip(shown, said, strict=True):
        made = lives.path.with_name(f"{at}.db")
        again = as_it_was(lives.path, made, at, lives.all, me)
        for told, showed in zip(again, then, strict=True):
            assert told == showed
        lives.clock.now = instant(at)
        assert asked(made, list(pages)) == pages
    last, then = shown[-1]
    with closing(database.connect(shuffled(lives.path, lives.random), reading=True)) as conn:
        assert promises_of(conn, lives.all, last) == then.promises
    for (_before, earlier), (_after, later) in pairwise(shown):
        assert missed(earlier.promises, later.promises) <= missed(later.promises, later.promises)
    return Counter((promise.kind.value, promise.clock.state.value)
                   for _at, seen in shown for promises in seen.promises.values() for promise in promises)


@pytest.mark.parametrize("seed", SEEDS)
def test_what_the_screen_showed_is_derived_again_from_the_journal(
    tmp_path: Path, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = prove(tmp_path, seed, 4, 60, monkeypatch)
    assert len(found) > 12, found


@pytest.mark.long
def test_ten_thousand_lives_are_derived_again_from_the_journal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """40 desks of some 250 tickets each."""
    total: Counter[tuple[str, str]] = Counter()
    for seed in range(100, 140):
        folder = tmp_path / str(seed)
        folder.mkdir()
        total += prove(folder, seed, 5, 200, monkeypatch)
    assert len(total) > 18, total
