"""SQLite and PostgreSQL take the same entries to the same bytes; many pushing at once lose and double nothing."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from supportdesk.server.exchange import Exchange
from supportdesk.server.pages import Pages
from supportdesk.server.tables import metadata
from tests.server.hand import Hand, colleague, dump, first_admin, fixed
from tests.server.running import PATIENCE

TICKETS = [fixed(f"ticket {i}") for i in range(3)]
_NAMES = ("anna", "bruno")

words = st.sampled_from([None, "a", "b", "c", "é\u2028ü", "\U0001f4a9 '\"\\;--"])
tags = st.lists(st.sampled_from("xyz"), unique=True).map(sorted)
_FIELDS: dict[str, tuple[str, st.SearchStrategy[Any]]] = {
    "title": ("edit_ticket", words), "language": ("edit_ticket", words), "tags": ("edit_ticket", tags),
    "urgency": ("prioritise", st.sampled_from([None, 1, 2, 3, 4])),
    "priority": ("prioritise", st.sampled_from(["P1", "P3"])),
    "status": ("reopen", st.sampled_from(["new", "in_progress", "solved", "closed"])),
    "assignee_id": ("take", st.sampled_from([None, fixed("x"), fixed("y")])),
    "chasers": ("take", st.just(7)),  # take may not write it
}  # fmt: skip


@st.composite
def changes(draw: st.DrawFn) -> tuple[int, str, str, Any, Any, int]:
    """Who, which ticket, verb, field, value, and how far back the author's sight was."""
    who, name = draw(st.integers(0, 1)), draw(st.sampled_from(sorted(_FIELDS)))
    verb, values = _FIELDS[name]
    return who, draw(st.sampled_from(TICKETS)), verb, name, draw(values), draw(st.integers(0, 12))


def _said(hands: list[Hand], change: tuple[int, str, str, Any, Any, int]) -> dict[str, Any]:
    who, ticket, verb, name, value, base = change
    return hands[who].entry(verb, "ticket", ticket, "set", {name: [None, value]}, base=base)


def _run(hands: list[Hand], story: list[list[tuple[int, str, str, Any, Any, int]]], lossy: bool) -> list[Any]:
    told = []
    for batch in story:
        for who, hand in enumerate(hands):
            mine = [_said(hands, c) for c in batch if c[0] == who]
            if not mine:
                continue
            if lossy:
                hand.push(*mine, lost=True)
            results = hand.push(*mine)
            told.append([(r["r"], r["seq"]) for r in results if not lossy])
    return told


@pytest.fixture
def emptied(new_database: Callable[[], str], tmp_path: Path) -> Callable[[], list[Exchange]]:
    """A SQLite and a PostgreSQL exchange, as they were when they were made: once made, then only emptied."""
    servers = [Exchange.open(tmp_path / "server"), Exchange.open(new_database())]
    starter = {}
    for server in servers:
        with server.engine.connect() as conn:
            starter[server] = {
                name: [dict(row._mapping) for row in conn.execute(sqlalchemy.select(metadata.tables[name]))]
                for name in ("head", "mark", "scope_sum", "doc")
            }

    def empty() -> list[Exchange]:
        for server in servers:
            server._pages = Pages()  # those of the rows that go now
            with server.engine.begin() as conn:
                for table in metadata.sorted_tables:
                    conn.execute(table.delete())
                    if starter[server].get(table.name):
                        conn.execute(table.insert(), starter[server][table.name])
        return servers

    return empty


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(changes(), max_size=6), max_size=4), st.booleans())
def test_the_same_entries_make_the_same_rows_on_both_to_the_byte(
    emptied: Callable[[], list[Exchange]], story: list[list[tuple[int, str, str, Any, Any, int]]], lossy: bool
) -> None:
    told, rows, pulled = [], [], []
    for server in emptied():
        anna = first_admin(server)
        hands = [anna, colleague(server, anna, "bruno")]
        for ticket in TICKETS:
            anna.say("open_ticket", "ticket", ticket, "create", {"status": [None, "new"], "urgency": [None, 3]})
        told.append(_run(hands, story, lossy))
        rows.append(dump(server, "doc", "membership", "scope_sum"))
        rows[-1] |= dump(server, "entry", without=("received_at",))
        pulled.append([hand.pull(3).rows for hand in hands])
        assert pulled[-1][0] == pulled[-1][1]
    assert told[0] == told[1]
    assert rows[0] == rows[1]
    assert pulled[0] == pulled[1]


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(changes(), max_size=6), max_size=4))
def test_lost_answers_change_nothing(
    emptied: Callable[[], list[Exchange]], story: list[list[tuple[int, str, str, Any, Any, int]]]
) -> None:
    rows = []
    for lossy in (False, True):
        server = emptied()[0]
        anna = first_admin(server)
        hands = [anna, colleague(server, anna, "bruno")]
        for ticket in TICKETS:
            anna.say("open_ticket", "ticket", ticket, "create", {"status": [None, "new"]})
        _run(hands, story, lossy)
        rows.append(dump(server, "doc", "membership", "scope_sum", "head")
                    | dump(server, "entry", without=("received_at",)))
    assert rows[0] == rows[1]


def test_four_that_push_at_once_lose_and_double_nothing(exchange: Exchange) -> None:
    anna = first_admin(exchange)
    hands = [colleague(exchange, anna, f"agent{i}") for i in range(4)]
    anna.say("open_ticket", "ticket", TICKETS[0], "create", {"title": [None, "x"]})
    wrong: list[BaseException] = []

    def work(hand: Hand) -> None:
        try:
            for i in range(8):
                hand.push(
                    hand.entry("open_ticket", "ticket", fixed(f"{hand.login} {i}"), "create", {"title": [None, "y"]}),
                    hand.entry("edit_ticket", "ticket", TICKETS[0], "add", {"tags": [None, [f"{hand.login} {i}"]]}),
                    hand.entry("open_ticket", "ticket", fixed(f"shared {i}"), "create", {"tags": [None, [hand.login]]}),
                )
        except BaseException as error:  # noqa: BLE001 (shown by the assertion below)
            wrong.append(error)

    threads = [threading.Thread(target=work, args=(hand,), daemon=True) for hand in hands]
    for thread in threads:
        thread.start()
    reader = Hand(exchange, "anna", anna.device, 1, "", anna.epoch, anna.secret)
    end = time.monotonic() + PATIENCE
    while any(thread.is_alive() for thread in threads):
        assert time.monotonic() < end, "those who push wait for each other"
        reader.pull(5)  # each look proves by its sum that nothing was passed over
    assert wrong == []
    whole = Hand(exchange, "anna", anna.device, 1, "", anna.epoch, anna.secret).pull()
    assert reader.pull().rows == whole.rows
    assert len(whole.rows[TICKETS[0]][2]["tags"]) == 32
    assert all(len(whole.rows[fixed(f"shared {i}")][2]["tags"]) == 4 for i in range(8))
    assert sum(entity == "ticket" for entity, _, _ in whole.rows.values()) == 1 + 32 + 8


def test_a_push_overtaken_just_before_its_lock_moves_behind_the_other_to_the_byte(
    new_database: Callable[[], str], tmp_path: Path
) -> None:
    told = {}
    for name, server in (("sqlite", Exchange.open(tmp_path / "server")), ("postgresql", Exchange.open(new_database()))):
        anna = first_admin(server)
        bruno = colleague(server, anna, "bruno")
        anna.say("open_ticket", "ticket", TICKETS[0], "create", {"title": [None, "x"]})
        first = anna.entry("open_ticket", "ticket", TICKETS[1], "create", {"title": [None, "y"]})
        edit = anna.entry("edit_ticket", "ticket", TICKETS[0], "set", {"title": ["x", "z"]}, base=4)
        wrong = anna.entry("take", "ticket", TICKETS[0], "set", {"chasers": [None, 7]})
        other = bruno.entry("open_ticket", "ticket", TICKETS[2], "create", {"title": [None, "v"]})
        if name == "sqlite":  # which lets nobody in between
            bruno.push(other)
        else:
            _overtaken(server, lambda bruno=bruno, other=other: bruno.push(other))  # type: ignore[misc]
        results = anna.push(first, edit, wrong)
        told[name] = ([(r["r"], r["seq"]) for r in results], *dump(server, "doc", "membership", "scope_sum").values(),
                      *dump(server, "entry", without=("received_at",)).values(), anna.pull().rows)
        server.close()
    for here, there in zip(told["sqlite"], told["postgresql"], strict=True):
        assert here == there
    assert [r for r, _seq in told["sqlite"][0]] == ["ok", "ok", "rejected"]


def _overtaken(server: Exchange, other: Callable[[], object]) -> None:
    """Does ``other`` when the next push is about to lock the order."""
    waiting = [other]

    def before(_conn: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        if waiting and "FROM head" in statement and "FOR UPDATE" in statement:
            waiting.pop()()

    sqlalchemy.event.listen(server.engine, "before_cursor_execute", before)
