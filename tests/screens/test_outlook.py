"""What comes next on a ticket: the most pressing first, in words that need no colour."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from supportdesk.desk import handoffs, tickets
from supportdesk.desk.outlook import due_said, headline, next_steps, path_said, to_tell
from supportdesk.store.types import micros
from supportdesk.store.views.ticket import TicketView, ticket
from supportdesk.terms.codes import Audience, Status
from tests.screens.stand import NOW, Bench, minutes

ZURICH = ZoneInfo("Europe/Zurich")
NOW_US = micros(NOW)
PACKET = {"request": "a", "tried": "b", "impact": "c"}


def seen(bench: Bench, id: UUID) -> TicketView:
    desk = bench.open()
    try:
        view = ticket(desk.reader, id)
    finally:
        desk.close()
    assert view is not None
    return view


def first(bench: Bench, id: UUID) -> tuple[str, str]:
    step = next_steps(seen(bench, id), NOW_US, ZURICH)[0]
    return step.text, step.style


@pytest.mark.parametrize(
    ("in_minutes", "said"),
    [(3, "in 3 min"), (-12, "12 min overdue"), (158, "at 16:40"), (-300, "overdue since 09:02"),
     (60 * 24, "at th 14:02")],
)
def test_times_are_minutes_near_and_clock_times_far(in_minutes: int, said: str) -> None:
    assert due_said(micros(minutes(in_minutes)), NOW_US, ZURICH) == said


def test_a_ticket_just_taken_is_due_by_its_target(bench: Bench) -> None:
    assert first(bench, bench.ticket()) == ("solution due at 17:40", "")


def test_a_promise_comes_before_the_target(bench: Bench) -> None:
    id = bench.ticket()
    bench.say(tickets.promise_callback, id, minutes(10))
    assert first(bench, id) == ("call Monique Perret back in 10 min", "warn")


def test_an_overdue_promise_is_an_alarm_whatever_else_is_open(bench: Bench) -> None:
    id = bench.ticket()
    bench.say(tickets.promise_callback, id, minutes(-5), at=minutes(-20))
    bench.say(handoffs.offer, id, bench.network, PACKET, at=minutes(-12))
    steps = next_steps(seen(bench, id), NOW_US, ZURICH)
    assert (steps[0].text, steps[0].style) == ("call Monique Perret back 5 min overdue", "alarm")
    assert steps[1].text == "Network has to answer, offered 12 min ago"


def test_a_solution_found_by_others_is_to_be_told(bench: Bench) -> None:
    id = bench.ticket()
    bench.say(tickets.promise_callback, id, minutes(30))
    bench.say(tickets.solve, [id], "certificate renewed", as_login="bea")
    view = seen(bench, id)
    assert first(bench, id)[0] == "tell Monique Perret: the solution is found in 30 min"
    assert "the solution: certificate renewed" in to_tell(view, NOW_US, ZURICH)


@pytest.mark.parametrize(
    ("end", "said"),
    [
        (lambda bench, id: bench.say(tickets.solve, [id], "cable"), "solved 14:02: cable"),
        (lambda bench, id: bench.say(tickets.cancel, [id], "double"), "cancelled 14:02"),
        (lambda bench, id: bench.say(tickets.wait, [id], Status.WAITING_CALLER), "waiting for the caller"),
    ],
)
def test_an_end_or_a_wait_is_what_comes_next(bench: Bench, end: Callable[..., Any], said: str) -> None:
    id = bench.ticket()
    end(bench, id)
    assert first(bench, id)[0] == said


def test_a_merged_ticket_says_where_to_go_on(bench: Bench) -> None:
    gone, stays = bench.ticket("one"), bench.ticket("other")
    bench.say(tickets.merge, gone, stays)
    assert first(bench, gone)[0] == f"merged into {seen(bench, stays).number}: go on there"


def test_the_last_word_for_the_caller_may_be_told_and_internal_ones_never(bench: Bench) -> None:
    id = bench.ticket()
    bench.say(tickets.note, id, "we found the router", Audience.CALLER)
    bench.say(tickets.note, id, "he shouts", Audience.INTERNAL)
    assert to_tell(seen(bench, id), NOW_US, ZURICH) == ["“we found the router” (14:02)"]


def test_without_any_promise_who_works_on_it_may_be_told(bench: Bench) -> None:
    assert to_tell(seen(bench, bench.ticket()), NOW_US, ZURICH) == ["Ana Roch works on it"]


def test_the_path_ends_with_the_offer_that_waits(bench: Bench) -> None:
    id = bench.ticket()
    bench.say(handoffs.offer, id, bench.network, PACKET, at=minutes(-12))
    view = seen(bench, id)
    assert path_said(view, NOW_US, ZURICH) == "L1 Hotline 13:41 > Network (offered 13:50, waits)"
    assert headline(view) == "in progress, level 1 Hotline"
