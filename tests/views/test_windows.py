"""The time a caller needs it by in the queue: it counts beside what was promised, and raises to a P1 that nobody works
on at the same minute on every console, without anything derived while somebody looks."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC
from random import Random
from typing import Any
from uuid import UUID

import pytest

from supportdesk.desk import calls, tickets
from supportdesk.desk.desk import Desk
from supportdesk.desk.order_words import order_words
from supportdesk.rules.order import OrderCode, rank, share_left
from supportdesk.rules.priority import DEFAULT_MATRIX, IMPACTS, URGENCIES
from supportdesk.rules.urgency import whole_minute
from supportdesk.store.views import queue
from supportdesk.store.views.queue import View
from supportdesk.terms.codes import Priority, Status
from supportdesk.terms.errors import Changed
from tests.journal.proof import assert_the_queue_goes_by_the_facts
from tests.views.conftest import NOW, NOW_US, Bench, minutes

MINUTE = 60_000_000
HOUR = 60


def order(bench: Bench, view: View = View.ALL, now: int = NOW_US) -> list[str]:
    pks = queue.snapshot(bench.desk.reader, view, bench.desk.agent, now).pks
    head = queue.first_page(bench.desk.reader, view, bench.desk.agent, now)
    assert [line.pk for line in head] == list(pks[:48])
    return [line.title for line in queue.page(bench.desk.reader, pks)]


def line_of(bench: Bench, id: UUID) -> queue.QueueLine:
    (pk,) = bench.desk.reader.execute("SELECT pk FROM ticket WHERE id = ?", (id.bytes,)).fetchone()
    return queue.page(bench.desk.reader, [pk])[0]


def test_the_64_cells_of_matrix_contract_and_window_are_in_the_order_of_the_rule(bench: Bench) -> None:
    """Each cell of the matrix with and without a contract, with and without "payroll runs in 90 minutes": told anew
    from practice.md 3, not by the code that orders them."""
    answers = {"P1": 15, "P2": 30, "P3": 2 * HOUR, "P4": 4 * HOUR, "P5": 24 * HOUR}
    halved = {priority: amount // 2 for priority, amount in answers.items()}
    with bench.desk.journal.action("administer", bench.desk.who) as act:
        gold = act.create("contract", {"slug": "gold", "name": "Gold", "kind": "customer", "versions": [
            {"weight": 20, "targets": {priority: {"answer": amount * 60} for priority, amount in halved.items()}}]})
    expected: list[tuple[tuple[float, ...], str]] = []
    cells = [(impact, urgency, contract, needed) for impact in IMPACTS for urgency in URGENCIES
             for contract in (None, gold) for needed in (None, 90)]
    Random(3).shuffle(cells)
    for place, (impact, urgency, contract, needed) in enumerate(cells):
        priority = DEFAULT_MATRIX[impact, urgency]
        title = f"{impact}{urgency}{'g' if contract else '-'}{'w' if needed else '-'}"
        born = -5 - place / 60
        bench.ticket(title, impact=impact, urgency=urgency, priority=priority, contract_id=contract, owner_id=None,
                     status=Status.NEW, created_at=minutes(born), needed_by=needed and minutes(needed),
                     needed_for="payroll" if needed else None)
        is_p1 = priority == "P1" or (needed is not None and DEFAULT_MATRIX[impact, 1] == "P1")
        amount = (halved if contract else answers)[priority]
        left = [(amount + born, amount), *([(needed, 8 * HOUR)] if needed else [])]
        due, target = min(left)
        expected.append(((not is_p1, due / target, -20 if contract else 0, born), title))
    assert len(cells) == 64
    assert order(bench) == [title for _key, title in sorted(expected)]


def at_random(bench: Bench, count: int, seed: int) -> None:
    rng = Random(seed)
    for n in range(count):
        status = rng.choice([*Status, Status.NEW, Status.IN_PROGRESS])
        bench.ticket(
            str(n), status=status, priority=rng.choice(list(Priority)), impact=rng.choice([1, 2, 3, 4, None]),
            urgency=rng.choice([1, 2, 3, 4, None]), team_id=rng.choice([bench.hotline, bench.network, None]),
            assignee_id=rng.choice([bench.me, bench.other, None, None]), owner_id=rng.choice([bench.me, None]),
            callback_at=rng.choice([None, None, minutes(rng.randint(-200, 90))]),
            wait_until=minutes(rng.randint(-90, 90)) if status is Status.WAITING_UNTIL else None,
            created_at=minutes(-rng.randint(5, 4000)),
            needed_by=rng.choice([None, minutes(rng.randint(-100, 900))]), needed_for=rng.choice([None, "payroll"]),
        )  # fmt: skip


@pytest.mark.parametrize("passed", [0, 61, 60 * 7])
def test_any_set_of_tickets_with_windows_is_in_the_order_of_the_rule(bench: Bench, passed: int) -> None:
    at_random(bench, 130, 5)
    reader, now = bench.desk.reader, NOW_US + passed * MINUTE + 42_000_000
    pks = queue.snapshot(reader, View.ALL, bench.desk.agent, now).pks
    lines = queue.page(reader, pks)

    def place(line: queue.QueueLine) -> tuple[Any, ...]:
        alarm = line.window and line.window.alarm(line.priority, line.assignee_id is not None)
        return (*rank(line.lane, line.wake_us, share_left(line.promised, now), line.weight, line.created_us, now,
                      alarm_us=alarm), line.id.bytes)

    assert list(lines) == sorted(lines, key=place)
    raised = [line for line in lines if line.reason(now).code is OrderCode.P1_BY_WINDOW]
    assert len(raised) >= 3
    assert len(raised) + sum(line.lane == 0 for line in lines) == queue.counts(reader, bench.desk.agent, now).alarms
    for view in View:
        whole = queue.snapshot(reader, view, bench.desk.agent, now).pks
        for limit in (1, 9, 48):
            page = queue.first_page(reader, view, bench.desk.agent, now, limit)
            assert [line.pk for line in page] == list(whole[:limit]), view
    assert_the_queue_goes_by_the_facts(reader)


def test_two_consoles_see_it_rise_in_the_same_minute(bench: Bench) -> None:
    """Urgency 2 site-wide becomes P1 two hours before; until the minute is full both have the old order."""
    bench.ticket("other", priority="P2", impact=2, urgency=2, created_at=minutes(-29))
    bench.ticket("payroll", status=Status.NEW, priority="P3", impact=2, urgency=3, needed_by=minutes(10 * HOUR + 1))
    rises = NOW_US + (8 * HOUR + 1) * MINUTE
    other = Desk(bench.desk.path, clock=lambda: NOW)
    with closing(other.reader):
        for begin, first in ((rises - 1, "other"), (rises, "payroll"), (rises + MINUTE - 1, "payroll")):
            assert order(bench, now=begin)[0] == first
            assert queue.snapshot(other.reader, View.ALL, other.agent, begin).pks == queue.snapshot(
                bench.desk.reader, View.ALL, bench.desk.agent, whole_minute(begin)).pks


def test_an_overdue_callback_does_not_hide_that_it_is_p1_by_now(bench: Bench) -> None:
    id = bench.ticket("payroll", impact=1, urgency=3, priority="P2", callback_at=minutes(-30),
                      needed_by=minutes(5 * HOUR))
    bench.ticket("called", callback_at=minutes(-60))
    assert order(bench) == ["payroll", "called"]
    tickets.take(bench.desk, [id])
    assert order(bench) == ["called", "payroll"]
    assert line_of(bench, id).priority_at(NOW_US) == "P1"
    assert line_of(bench, id).priority == "P2"


def test_what_is_needed_counts_when_it_comes_before_what_was_promised(bench: Bench) -> None:
    id = calls.open_ticket(bench.desk, {"title": "x", "impact": 4, "urgency": 3, "needed_by": minutes(6 * HOUR),
                                        "needed_for": "payroll"}).id
    line = line_of(bench, id)
    assert line.promised is not None
    assert (line.promised.kind, line.reason(NOW_US).code) == ("answer", OrderCode.DUE)
    tickets.prioritise(bench.desk, id, needed_by=minutes(3 * HOUR), needed_for="payroll")
    line = line_of(bench, id)
    assert line.reason(NOW_US).code is OrderCode.NEEDED
    assert order_words(line.reason(NOW_US), NOW_US, UTC) == (
        "Needed by 17:02: that comes before anything promised. Least left of the last 8 h first, then contract weight, "
        "then age.")
    tickets.wait(bench.desk, [id], Status.WAITING_CALLER)
    assert line_of(bench, id).promised is not None  # payroll does not wait for an answer
    tickets.prioritise(bench.desk, id, needs_no_time=True)
    assert line_of(bench, id).window is None
    assert_the_queue_goes_by_the_facts(bench.desk.reader)


def test_somebody_who_saw_another_time_is_told(bench: Bench) -> None:
    id = bench.ticket("payroll", needed_by=minutes(60))
    with pytest.raises(Changed):
        tickets.prioritise(bench.desk, id, needed_by=minutes(90), seen={"needed_by": minutes(30)})


def test_a_changed_matrix_tells_anew_when_a_window_makes_a_p1(bench: Bench) -> None:
    bench.ticket("other", priority="P2", created_at=minutes(-29), status=Status.NEW)
    bench.ticket("payroll", impact=4, urgency=3, priority="P4", needed_by=minutes(10 * HOUR), status=Status.NEW)
    later = NOW_US + 9 * HOUR * MINUTE
    assert order(bench, now=later)[0] == "other"
    with bench.desk.journal.action("administer", bench.desk.who) as act:
        (id,) = act.conn.execute("SELECT id FROM matrix").fetchone()
        act.set("matrix", UUID(bytes=id), {"versions": [{"since": NOW_US, "cells": [["P1"] * 4] * 4}]})
    assert order(bench, now=later)[0] == "payroll"
    bench.desk.journal.undo(bench.desk.who)
    assert order(bench, now=later)[0] == "other"


def test_a_desk_without_windows_reads_no_matrix_for_its_queue(bench: Bench) -> None:
    bench.ticket("x", callback_at=minutes(-5), assignee_id=None)
    said: list[str] = []
    bench.desk.reader.set_trace_callback(said.append)
    queue.first_page(bench.desk.reader, View.ALL, bench.desk.agent, NOW_US)
    bench.desk.reader.set_trace_callback(None)
    assert said
    assert not [statement for statement in said if "FROM matrix" in statement]
