"""An explanation can be computed again: the intervals add up to what was promised and end on the due time."""

from __future__ import annotations

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from supportdesk.rules.calendars import calendar_time
from supportdesk.rules.clocks import ClockState
from supportdesk.rules.counted import Holiday, holidays, intervals, versions
from supportdesk.rules.promises import Promise
from supportdesk.terms.codes import Status
from tests.rules.story import Agreed, Hours, Shelf, Ticket, at, terms, wall
from tests.rules.test_business_time import OFFICE, us

MINUTE = 60_000_000
MONDAY = us("2026-03-09T00:00")
CHANGED = Hours("office", calendar_time([
    (None, {"zone": "Europe/Zurich", "weekly": OFFICE, "holidays": [{"on": "2026-03-06", "name": "Gallus"}, "03-09"]}),
    (MONDAY, {"zone": "Europe/Zurich", "weekly": {day: [["09:00", "11:00"]] for day in ("mon", "tue", "wed")},
              "holidays": [{"on": "03-10", "name": "Founders' day"}]}),
]))


def spans(promise: Promise, now: str) -> list[tuple[str, str]]:
    return [(wall(since), wall(until)) for since, until in intervals(promise, at(now))]


def test_every_interval_is_told_without_the_pauses() -> None:
    ticket = Ticket(made="11:00").wait("11:30").go_on("13:30").wait("14:00", Status.WAITING_VENDOR).go_on("14:30")
    promise = ticket.promise("solution", "14:45")
    assert spans(promise, "14:45") == [("11:00", "11:30"), ("13:30", "17:00")]
    solved = ticket.solve("15:00").promise("solution", "16:00")
    assert spans(solved, "16:00") == [("11:00", "11:30"), ("13:30", "15:00")]
    still = Ticket(made="11:00").wait("11:30").promise("solution", "14:00")
    assert spans(still, "14:00") == [("11:00", "11:30")]
    assert spans(Ticket(contract=None).set("09:00", coverage="goodwill").promise("answer", "10:00"), "10:00") == []


def test_a_wait_that_begins_now_counts_already_for_terms_to_come() -> None:
    later = terms(at("12:00"), solution=4, stops=frozenset({Status.WAITING_UNTIL}))
    contract = Agreed("two", (terms(solution=4), later))
    ticket = Ticket(contract=contract, book=Shelf((contract,))).wait("11:00", Status.WAITING_UNTIL, "11:30")
    promise = ticket.promise("solution", "11:00")
    assert spans(promise, "11:00") == [("09:00", "11:00"), ("11:30", "12:00"), ("13:00", "14:30")]
    assert [(pause.why, wall(pause.until or 0)) for pause in promise.pauses] == [("waiting_until", "11:30")]


def test_a_pause_in_which_the_desk_was_closed_takes_nothing_out() -> None:
    ticket = Ticket(made="11:00").wait("12:10").go_on("12:50").wait("13:00").go_on("13:10")
    assert spans(ticket.promise("answer", "13:15"), "13:15") == [("11:00", "12:00")]
    assert spans(ticket.promise("update", "13:15"), "13:15") == [("11:00", "12:00"), ("13:10", "14:10")]


def test_holidays_and_versions_of_the_calendar_are_those_on_the_way() -> None:
    contract = Agreed("slow", (terms(solution=4),))
    ticket = Ticket(made="2026-03-05T16:00", contract=contract, book=Shelf((contract,), (CHANGED,)))
    promise = ticket.promise("solution", "10:00")
    assert spans(promise, "10:00") == [
        ("2026-03-05T16:00", "2026-03-05T17:00"), ("2026-03-09T09:00", "2026-03-09T11:00"),
        ("2026-03-11T09:00", "2026-03-11T10:00")]
    assert holidays(promise, at("10:00")) == [
        Holiday(date(2026, 3, 6), "Gallus"), Holiday(date(2026, 3, 10), "Founders' day")]
    assert [version.since for version in versions(promise, at("10:00"))][1:] == [MONDAY]
    nothing = Ticket(contract=None).set("09:00", coverage="goodwill").promise("answer", "10:00")
    assert holidays(nothing, at("10:00")) == []


def test_a_holiday_of_every_year_without_a_name_is_told_too() -> None:
    contract = Agreed("slow", (terms(solution=10),))
    yearly = Hours("office", calendar_time([(None, {"zone": "UTC", "weekly": OFFICE, "holidays": ["03-09"]})]))
    promise = Ticket(contract=contract, book=Shelf((contract,), (yearly,))).promise("solution", "10:00")
    assert holidays(promise, at("10:00")) == [Holiday(date(2026, 3, 9), "")]


STEPS = st.sampled_from(["wait", "vendor", "go_on", "solve", "tell", "priority"])


@given(st.lists(st.tuples(st.integers(1, 900), STEPS), max_size=12), st.integers(0, 6_000))
def test_the_intervals_of_any_history_add_up(steps: list[tuple[int, str]], more: int) -> None:
    ticket, minute = Ticket(), 0
    start = at("09:00")
    for after, what in steps:
        minute += after
        now = wall(start + minute * MINUTE)
        match what:
            case "wait":
                ticket.wait(now)
            case "vendor":
                ticket.wait(now, Status.WAITING_VENDOR)
            case "go_on":
                ticket.go_on(now)
            case "solve":
                ticket.solve(now)
            case "tell":
                ticket.tell(now)
            case "priority":
                ticket.set(now, priority="P1")
    now = wall(start + (minute + more) * MINUTE)
    for promise in ticket.promises(now):
        counted = intervals(promise, at(now))
        total = sum(until - since for since, until in counted)
        clock = promise.clock
        if clock.state in (ClockState.RUNNING, ClockState.MISSED):
            assert total == promise.target
            assert counted[-1][1] == clock.due
        elif clock.state is not ClockState.NONE:
            assert promise.target is not None
            assert total == promise.target - (clock.remaining or 0)
