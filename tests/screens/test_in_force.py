"""A ticket's priority is the one in force now wherever it is shown: raised by the time its caller needs it by, with
that time beside it (docs/promises.md "When the caller needs it")."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from uuid import UUID

import pytest

from supportdesk.desk import handoffs, shifts, tickets
from supportdesk.desk.desk import Desk
from supportdesk.store.types import micros
from supportdesk.store.views import queue
from supportdesk.store.views.callers import open_tickets
from supportdesk.store.views.handoffs import inbox
from supportdesk.store.views.shifts import promises
from tests.screens.stand import NOW, Bench, Console, console, minutes, words

PACKET = {"request": "a", "tried": "b", "impact": "c"}
NEEDED = re.compile(r"needed by 1[45]:32 for “payroll”")
"""In Zurich; at a team without a site in UTC."""


@pytest.fixture
def payroll(bench: Bench) -> UUID:
    """Set to P3, a P1 by now: it is needed in 90 minutes. Ana promised to call back, and offered it to Network."""
    bench.say(shifts.start_shift, at=minutes(-362))
    id = bench.ticket("Payroll stops", impact=2, urgency=3, needed_by=minutes(90), needed_for="payroll")
    bench.say(tickets.promise_callback, id, minutes(45), at=minutes(-20))
    bench.say(handoffs.offer, id, bench.network, PACKET, at=minutes(-12))
    assert bench.row("ticket", id)["priority"] == "P3"
    return id


def ranks(desk: Console) -> list[str]:
    """The priority before the number in the lines that name the ticket."""
    return re.findall(r"\bP?([1-5])  ?(?=214-0001)|214-0001-\d  P([1-5])", desk.text())


def said(found: Sequence[tuple[str, str]]) -> Iterator[str]:
    return (one or other for one, other in found)


@pytest.mark.parametrize(("key", "login"), [("full_stop", None), ("h", None), ("h", "luc")])
async def test_the_lists_of_promises_and_of_handoffs_show_the_priority_in_force_and_why(
    bench: Bench, payroll: UUID, key: str, login: str | None
) -> None:
    async with console(bench, as_login=login) as desk:
        await desk.press(key)
        await desk.until("214-0001")
        assert set(said(ranks(desk))) == {"1"}, desk.text()
        assert NEEDED.search(words(desk.text()))


@pytest.mark.parametrize("kind", ["caller", "organisation"])
async def test_a_card_shows_the_priority_in_force_and_why(bench: Bench, payroll: UUID, kind: str) -> None:
    async with console(bench, size=(120, 40)) as desk:
        desk.app.open_card(kind, bench.monique if kind == "caller" else bench.alpina)
        await desk.until("214-0001")
        await desk.rest()
        assert list(said(ranks(desk))) == ["1"]
        assert NEEDED.search(words(desk.text()))


async def test_the_shift_and_the_call_show_the_priority_in_force(bench: Bench, payroll: UUID) -> None:
    async with console(bench) as desk:
        await desk.press("q")
        assert set(said(ranks(desk))) == {"1"}, desk.text()
        await desk.press("q", "n")
        await desk.type("perret")
        await desk.press("enter")
        await desk.until("214-0001")
        assert set(said(ranks(desk))) == {"1"}, desk.text()


async def test_a_call_that_is_needed_soon_is_saved_with_the_priority_it_has_by_then(bench: Bench) -> None:
    async with console(bench) as desk:
        await desk.press("n")
        await desk.type("perret")
        await desk.press("enter")
        await desk.type("payroll stops")
        desk.app.screen.draft.impact, desk.app.screen.draft.needed_by = 2, minutes(60)
        await desk.press("f2")
        await desk.until("Read aloud")
        assert re.search(r"214-0001-\d  P1", desk.text())


def test_offers_stand_by_the_priority_in_force_and_the_first_line_counts_it(bench: Bench, payroll: UUID) -> None:
    second = bench.ticket("Mail slow", impact=2, urgency=2)
    bench.say(handoffs.offer, second, bench.network, PACKET, at=minutes(-15))
    desk = bench.open("luc")
    try:
        found = inbox(desk.reader, desk.agent, micros(NOW))
        assert [(line.title, line.priority, line.priority_at(micros(NOW))) for line in found] == [
            ("Payroll stops", "P3", "P1"), ("Mail slow", "P2", "P2")]
        assert queue.counts(desk.reader, desk.agent, micros(NOW)).offered_p1 == 1
        before = micros(minutes(-31))
        assert [line.title for line in inbox(desk.reader, desk.agent, before)] == ["Mail slow", "Payroll stops"]
        assert queue.counts(desk.reader, desk.agent, before).offered_p1 == 0
    finally:
        desk.close()


def inbox_of(desk: Desk, bench: Bench) -> int:
    return len(inbox(desk.reader, desk.agent, micros(NOW)))


def card_of(desk: Desk, bench: Bench) -> int:
    return len(open_tickets(desk.reader, "caller_id", bench.monique, 10))


def shift_of(desk: Desk, bench: Bench) -> int:
    return len(promises(desk.reader, bench.me))


@pytest.mark.parametrize("read", [inbox_of, card_of, shift_of])
def test_a_list_reads_the_matrix_once_however_many_of_it_have_a_window(
    bench: Bench, read: Callable[[Desk, Bench], int]
) -> None:
    desk, asked, counted = bench.open("luc"), [], []
    try:
        for lines in (1, 4):
            while read(desk, bench) < lines:
                id = bench.ticket(needed_by=minutes(90))
                bench.say(tickets.promise_callback, id, minutes(45))
                bench.say(handoffs.offer, id, bench.network, PACKET)
            asked.clear()
            desk.reader.set_trace_callback(asked.append)
            read(desk, bench)
            desk.reader.set_trace_callback(None)
            counted.append(sum(" matrix " in sql for sql in asked))
        assert counted == [1, 1]
    finally:
        desk.close()
