"""The queue's views: what each holds, in the order of the desk, and never slower with more tickets."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from random import Random
from uuid import UUID

import pytest
from benchmarks.fill import fill

from supportdesk.desk import setup, tickets
from supportdesk.desk.desk import Desk
from supportdesk.places import os_login
from supportdesk.rules.order import OrderCode, rank, share_left
from supportdesk.store import database
from supportdesk.store.clock import utc_now
from supportdesk.store.types import micros
from supportdesk.store.views import closed, find, queue
from supportdesk.store.views.queue import View
from supportdesk.terms.codes import Priority, Status
from tests.conftest import MadeOnce
from tests.views.conftest import NOW, NOW_US, Bench, minutes


def shown(bench: Bench, view: View) -> list[str]:
    """Titles of a view in its order."""
    return [line.title for line in queue.first_page(bench.desk.reader, view, bench.desk.agent, NOW_US)]


def at_random(bench: Bench, count: int) -> None:
    rng = Random(7)
    for n in range(count):
        status = rng.choice(list(Status))
        bench.ticket(
            str(n), status=status, priority=rng.choice(list(Priority)),
            team_id=rng.choice([bench.hotline, bench.evening, bench.network, None]),
            assignee_id=rng.choice([bench.me, bench.other, None]), owner_id=rng.choice([bench.me, bench.other, None]),
            callback_at=rng.choice([None, None, minutes(rng.randint(-90, 90))]),
            wait_until=minutes(rng.randint(-90, 90)) if status is Status.WAITING_UNTIL else None,
            created_at=minutes(-rng.choice([5, 60, 60, 600])),
            closed_at=None if status.is_open else minutes(-1),
        )  # fmt: skip


# -- what a view holds


def test_mine_is_what_i_work_on(bench: Bench) -> None:
    bench.ticket("mine", assignee_id=bench.me, team_id=bench.network)
    bench.ticket("hers", assignee_id=bench.other)
    bench.ticket("solved", assignee_id=bench.me, status=Status.SOLVED)
    assert shown(bench, View.MINE) == ["mine"]


def test_team_is_what_any_of_my_teams_works_on(bench: Bench) -> None:
    bench.ticket("day", created_at=minutes(-3))
    bench.ticket("evening", team_id=bench.evening, created_at=minutes(-2))
    bench.ticket("network", team_id=bench.network)
    assert shown(bench, View.TEAM) == ["day", "evening"]


def test_unassigned_is_nobodys_of_my_teams_or_of_no_team_yet(bench: Bench) -> None:
    bench.ticket("nobody's", created_at=minutes(-3))
    bench.ticket("no team", team_id=None, created_at=minutes(-2))
    bench.ticket("hers", assignee_id=bench.other)
    bench.ticket("network's", team_id=bench.network)
    assert shown(bench, View.UNASSIGNED) == ["nobody's", "no team"]


def test_callbacks_are_what_i_promised_or_nobody_answers_for_by_the_promised_instant(bench: Bench) -> None:
    bench.ticket("later", callback_at=minutes(30), priority=Priority.P1)
    bench.ticket("overdue", callback_at=minutes(-4))
    bench.ticket("nobody's", callback_at=minutes(10), owner_id=None)
    bench.ticket("hers", callback_at=minutes(-4), owner_id=bench.other)
    bench.ticket("no promise")
    assert shown(bench, View.CALLBACKS) == ["overdue", "nobody's", "later"]


def test_waiting_is_what_is_paused_in_my_teams_or_with_me(bench: Bench) -> None:
    bench.ticket("team's", status=Status.WAITING_CALLER, created_at=minutes(-3))
    bench.ticket("mine", status=Status.WAITING_VENDOR, team_id=bench.network, assignee_id=bench.me,
                 created_at=minutes(-2))
    bench.ticket("until", status=Status.WAITING_UNTIL, wait_until=minutes(5))
    bench.ticket("running")
    bench.ticket("theirs", status=Status.WAITING_CALLER, team_id=bench.network)
    assert shown(bench, View.WAITING) == ["until", "mine", "team's"], "waiting for a vendor stops no clock"


def test_handed_over_is_what_i_answer_for_and_others_work_on(bench: Bench) -> None:
    bench.ticket("with her", assignee_id=bench.other, created_at=minutes(-3))
    bench.ticket("at level 2", team_id=bench.network, created_at=minutes(-2))
    bench.ticket("with me", assignee_id=bench.me)
    bench.ticket("waits in my team")
    bench.ticket("hers", team_id=bench.network, owner_id=bench.other)
    assert shown(bench, View.HANDED_OVER) == ["with her", "at level 2"]


def test_an_agent_without_a_team_still_has_views(bench: Bench) -> None:
    with bench.desk.journal.action("administer", bench.desk.who) as act:
        act.remove("agent", bench.me, "teams", bench.hotline, bench.evening)
    desk = Desk(bench.desk.path, clock=lambda: NOW)
    bench.ticket("nobody's", team_id=None)
    with closing(desk.reader):
        pages = {view: queue.first_page(desk.reader, view, desk.agent, NOW_US) for view in View}
        assert queue.counts(desk.reader, desk.agent, NOW_US).views == {view: len(pages[view]) for view in View}
    assert [line.title for line in pages[View.UNASSIGNED]] == ["nobody's"]
    assert pages[View.TEAM] == ()


# -- the order


def test_every_view_is_in_the_order_of_the_desk(bench: Bench) -> None:
    at_random(bench, 150)
    for view in View:
        lines = queue.first_page(bench.desk.reader, view, bench.desk.agent, NOW_US, limit=200)
        places = [
            (line.callback_us, line.pk) if view is View.CALLBACKS
            else (*rank(line.lane, line.wake_us, share_left(line.promised, NOW_US), line.weight, line.created_us,
                        NOW_US), line.id.bytes)
            for line in lines
        ]  # fmt: skip
        assert places == sorted(places), view
        assert len(lines) > 5, view


def test_the_first_page_is_the_head_of_the_snapshot_and_counts_are_its_length(bench: Bench) -> None:
    at_random(bench, 120)
    reader, me = bench.desk.reader, bench.desk.agent
    counted = queue.counts(reader, me, NOW_US).views
    for view in View:
        whole = queue.snapshot(reader, view, me, NOW_US)
        assert [line.pk for line in queue.first_page(reader, view, me, NOW_US, 7)] == list(whole.pks[:7]), view
        assert len(set(whole.pks)) == len(whole.pks) == counted[view], view


def test_a_p1_nobody_owns_stands_before_an_overdue_callback_and_that_before_what_is_due(bench: Bench) -> None:
    bench.ticket("old", created_at=minutes(-900))
    bench.ticket("callback", callback_at=minutes(-1), created_at=minutes(-2))
    bench.ticket("alarm", priority=Priority.P1, created_at=minutes(-1))
    bench.ticket("waits", status=Status.WAITING_CALLER, created_at=minutes(-2_000))
    lines = queue.first_page(bench.desk.reader, View.TEAM, bench.desk.agent, NOW_US)
    assert [(line.title, line.reason(NOW_US).code) for line in lines] == [
        ("alarm", OrderCode.P1_UNOWNED), ("callback", OrderCode.CALLBACK_OVERDUE),
        ("old", OrderCode.DUE), ("waits", OrderCode.WAITING),
    ]  # fmt: skip


def test_what_i_owe_is_counted_and_the_next_of_it_named(bench: Bench) -> None:
    bench.ticket(callback_at=minutes(-5), callback_to="Ann Early")
    bench.ticket(callback_at=minutes(28), callback_to="Monique Perret")
    bench.ticket(callback_at=minutes(50), callback_to="Not mine", owner_id=bench.other)
    bench.ticket(priority=Priority.P1)
    counts = queue.counts(bench.desk.reader, bench.desk.agent, NOW_US)
    assert (counts.views[View.CALLBACKS], counts.callbacks_overdue, counts.alarms) == (2, 1, 1)
    assert (counts.next_callback_us, counts.next_caller) == (micros(minutes(-5)), "Ann Early")


def test_a_line_says_who_and_whose(bench: Bench) -> None:
    with bench.desk.journal.action("import_records", bench.desk.who) as act:
        organisation = act.create("organisation", {"name": "Alpina", "key_account": True})
        caller = act.create("caller", {"name": "Monique Perret", "organisation_id": organisation})
    id = bench.ticket("VPN", organisation_id=organisation, caller_id=caller, assignee_id=bench.other, chasers=3)
    (line,) = queue.first_page(bench.desk.reader, View.TEAM, bench.desk.agent, NOW_US)
    assert (line.id, line.organisation, line.key_account, line.caller) == (id, "Alpina", True, "Monique Perret")
    assert (line.team, line.assignee, line.assignee_id, line.owner) == (
        "hotline", "bea", bench.other, os_login(),
    )  # fmt: skip
    assert line.chasers == 3


def test_a_name_given_without_a_record_is_shown(bench: Bench) -> None:
    bench.ticket(caller_name="Somebody", organisation_name="Some GmbH")
    (line,) = queue.first_page(bench.desk.reader, View.TEAM, bench.desk.agent, NOW_US)
    assert (line.caller, line.organisation) == ("Somebody", "Some GmbH")


# -- closed tickets behind the open ones


def test_closed_tickets_follow_newest_change_first_page_by_page(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(closed, "PAGE", 4)
    at_random(bench, 60)
    reader = bench.desk.reader
    expected = [row[0] for row in reader.execute(
        "SELECT pk FROM ticket WHERE lane = 3 ORDER BY updated_at DESC, pk DESC"
    )]
    pages = range(-(-len(expected) // 4))
    for order in (pages, reversed(pages), Random(3).sample(pages, len(pages))):
        window = closed.closed_tickets(reader)
        assert window.total == len(expected)
        for number in order:
            assert list(window.pks(reader, number)) == expected[4 * number : 4 * number + 4]
    assert list(window.pks(reader, len(pages))) == []
    assert [closed.position(reader, pk) for pk in expected] == list(range(len(expected)))


def test_a_solved_ticket_moves_from_the_open_to_the_closed_ones(bench: Bench) -> None:
    id = bench.ticket("printer")
    tickets.solve(bench.desk, [id], "switched on")
    reader = bench.desk.reader
    (pk,) = closed.closed_tickets(reader).pks(reader, 0)
    assert queue.page(reader, [pk])[0].id == id
    assert shown(bench, View.ALL) == []


# -- speed, by what is read and never by time


@pytest.fixture(scope="module")
def sizes(made_once: MadeOnce) -> tuple[Path, Path]:
    """Two databases of 2,000 and of 50,000 tickets, alike in everything but the number."""

    def both(folder: Path) -> None:
        fill(folder / "2000.db", 2_000, os_login(), history=False)
        fill(folder / "50000.db", 50_000, os_login(), history=False)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(setup, "article_images", lambda: iter(()))
        folder = made_once("sizes", both)
    return folder / "2000.db", folder / "50000.db"


def read(conn: sqlite3.Connection, work: Callable[[], object]) -> int:
    """Steps of SQLite's machine in hundreds: what ``work`` reads, whatever the clock says."""
    steps = 0

    def step() -> int:
        nonlocal steps
        steps += 1
        return 0

    conn.set_progress_handler(step, 100)
    work()
    conn.set_progress_handler(None, 0)
    return steps


@pytest.mark.parametrize("view", list(View))
def test_the_first_page_reads_as_little_of_50000_tickets_as_of_2000(sizes: tuple[Path, Path], view: View) -> None:
    def cost(path: Path) -> float:
        desk = Desk(path)
        me, reader = desk.agent, desk.reader
        with closing(reader):
            lines = queue.first_page(reader, view, me, micros(utc_now()))
            steps = read(reader, lambda: queue.first_page(reader, view, me, micros(utc_now())))
            return steps / (len(lines) + 3)

    small, large = map(cost, sizes)
    assert large <= small * 2 + 2


def test_a_page_in_the_middle_of_the_closed_ones_costs_the_same(sizes: tuple[Path, Path]) -> None:
    def cost(path: Path) -> int:
        with closing(database.connect(path, reading=True)) as reader:
            window = closed.closed_tickets(reader)
            middle = window.total // closed.PAGE // 2
            window.pks(reader, middle)
            return read(reader, lambda: queue.page(reader, window.pks(reader, middle + 1)))

    small, large = map(cost, sizes)
    assert large <= small * 1.2 + 1


@pytest.mark.parametrize("typed", ["br", "bro", "brou ca", "bro pai"])
def test_what_the_filter_reads_follows_what_it_finds_not_how_many_tickets_there_are(
    sizes: tuple[Path, Path], typed: str
) -> None:
    def cost(path: Path) -> float:
        desk = Desk(path)
        with closing(desk.reader) as reader:
            team, every = (
                queue.snapshot(reader, view, desk.agent, micros(utc_now())).pks for view in (View.TEAM, View.ALL)
            )
            found = find.find(reader, typed, team, every)
            steps = read(reader, lambda: find.find(reader, typed, team, every))
            return steps / (len(found.here) + len(found.elsewhere) + len(found.closed) + 20)

    small, large = map(cost, sizes)
    assert large <= small * 2 + 0.1


@pytest.fixture
def statements(bench: Bench) -> list[str]:
    """Every statement that the reading of the queue sends, with its values in it."""
    sent: list[str] = []
    at_random(bench, 40)
    reader, me = bench.desk.reader, bench.desk.agent
    reader.set_trace_callback(sent.append)
    for view in View:
        queue.first_page(reader, view, me, NOW_US)
        queue.snapshot(reader, view, me, NOW_US)
    queue.counts(reader, me, NOW_US)
    window = closed.closed_tickets(reader)
    window.pks(reader, 0)
    closed.position(reader, 1)
    reader.set_trace_callback(None)
    return [statement for statement in dict.fromkeys(sent) if statement.startswith(("SELECT", "\nSELECT"))]


def test_no_view_reads_the_whole_ticket_table(bench: Bench, statements: list[str]) -> None:
    reader = bench.desk.reader
    assert len(statements) > 30
    for statement in statements:
        for _id, _parent, _unused, detail in reader.execute(f"EXPLAIN QUERY PLAN {statement}"):
            if not detail.startswith(("SCAN ticket", "SCAN t ")):
                continue
            few = "ticket_open" in detail or ("ticket_closed" in detail and "LIMIT" in statement)
            rows_are_only_counted = "(SELECT count(*) FROM ticket)" in statement
            assert "USING COVERING INDEX" in detail, statement
            assert few or rows_are_only_counted, statement


def test_open_tickets_are_filtered_within_their_index(bench: Bench, statements: list[str]) -> None:
    """No row of half a kilobyte is fetched to be left out again."""
    reader = bench.desk.reader
    for statement in statements:
        if statement.startswith("SELECT group_concat"):
            for *_, detail in reader.execute(f"EXPLAIN QUERY PLAN {statement}"):
                assert "INDEX ticket" not in detail or "COVERING INDEX ticket" in detail, (statement, detail)


def test_a_snapshot_is_of_one_moment(bench: Bench) -> None:
    """What is saved between two of its seeks is not half in it."""
    id: UUID = bench.ticket("moves", assignee_id=bench.me)
    reader, me = bench.desk.reader, bench.desk.agent
    with queue.one_moment(reader):
        before = queue.snapshot(reader, View.MINE, me, NOW_US)
        tickets.solve(bench.desk, [id], "done")
        assert queue.snapshot(reader, View.MINE, me, NOW_US).pks == before.pks
    assert len(queue.snapshot(reader, View.MINE, me, NOW_US).pks) == 0
