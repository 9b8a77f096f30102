"""Which promise the queue goes by, and where it falls due: the same for whoever looks, whenever he looks."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supportdesk.rules.calendars import calendar_time
from supportdesk.rules.clocks import ClockState
from supportdesk.rules.counting import Counting, NotSimple, at_birth, counting
from supportdesk.rules.hours import DAYS
from supportdesk.rules.priority import TARGETS
from supportdesk.rules.promises import DESK_TERMS
from supportdesk.rules.urgency import EPOCH, NEEDED, NextPromise, PromiseClass, point
from supportdesk.rules.zones import SECOND_US
from supportdesk.terms.codes import Coverage, Priority, PromiseKind, Status
from tests.rules.story import GOLD, Agreed, Hours, Shelf, Ticket, at, name, terms, wall

MINUTE = 60 * SECOND_US
HOUR = 60 * MINUTE


def counts(ticket: Ticket, now: str = "16:00") -> Counting | None:
    return counting(ticket.case(now), ticket.promises(now))


def stands(ticket: Ticket, now: str = "16:00") -> tuple[str, str] | None:
    """The promise that counts, and when it is due."""
    found = counts(ticket, now)
    return None if found is None else (found.kind.value, wall(found.due))


def test_the_next_due_of_the_promises_not_kept_yet_counts() -> None:
    ticket = Ticket()
    assert stands(ticket) == ("answer", "10:00")
    ticket.tell("09:30")
    assert stands(ticket) == ("update", "11:30")
    ticket.tell("11:00")
    assert stands(ticket) == ("on_site", "12:00")
    ticket.contact("13:20", "walk_in", "out")
    assert stands(ticket) == ("solution", "14:00")


def test_what_is_overdue_counts_until_it_is_done_be_it_too_late() -> None:
    ticket = Ticket(contract=(slow := Agreed("slow", (terms(answer=1, solution=6),))), book=Shelf((slow,)))
    assert stands(ticket, "11:00") == ("answer", "10:00")
    assert stands(ticket.tell("11:30"), "11:30") == ("solution", "16:00")


def test_a_clock_that_stands_still_does_not_count_and_goes_on_behind_its_pause() -> None:
    ticket = Ticket(contract=(plain := Agreed("plain", (terms(solution=2),))), book=Shelf((plain,)))
    ticket.wait("10:00")
    assert stands(ticket) is None
    assert stands(ticket.go_on("11:30")) == ("solution", "13:30")
    ticket.wait("11:30", Status.WAITING_VENDOR)
    assert stands(ticket) == ("solution", "13:30"), "the customer has no part in what a vendor does"


def test_a_wait_that_ends_by_itself_counts_from_the_first_as_what_comes_then() -> None:
    stops = frozenset({Status.WAITING_UNTIL})
    ticket = Ticket(contract=(plain := Agreed("plain", (terms(solution=2, stops=stops),))), book=Shelf((plain,)))
    ticket.wait("10:00", Status.WAITING_UNTIL, "14:00")
    assert stands(ticket, "10:30") == stands(ticket, "14:30") == stands(ticket, "16:30") == ("solution", "15:00")


def test_a_pause_after_the_due_time_makes_it_no_later_than_it_was() -> None:
    ticket = Ticket(contract=(plain := Agreed("plain", (terms(solution=1),))), book=Shelf((plain,)))
    ticket.wait("14:00").go_on("15:00")
    found = counts(ticket)
    assert found is not None
    clock = ticket.clock("solution", "16:00")
    assert found.due_point - point(HOURS["office"].time, at("16:00")) == clock.remaining == -4 * HOUR


def test_reopening_goes_on_with_the_old_clock() -> None:
    ticket = Ticket(contract=(plain := Agreed("plain", (terms(solution=2),))), book=Shelf((plain,)))
    ticket.solve("10:00")
    assert stands(ticket) is None
    assert stands(ticket.go_on("14:30")) == ("solution", "15:30")


def test_another_priority_counts_from_the_same_start() -> None:
    plain = Agreed("plain", (terms(solution={Priority.P2: 3, Priority.P1: 1}),))
    ticket = Ticket(contract=plain, book=Shelf((plain,)))
    assert stands(ticket, "09:30") == ("solution", "12:00")
    assert stands(ticket.set("09:30", priority="P1"), "09:30") == ("solution", "10:00")


def test_a_desk_without_contracts_counts_its_own_targets_around_the_clock() -> None:
    found = counts(Ticket(contract=None).tell("09:05"))
    restore = TARGETS[Priority.P2].restore
    assert restore is not None
    amount = int(restore.total_seconds()) * SECOND_US
    assert found == Counting(at("09:00") + amount, amount, PromiseKind.SOLUTION, None, at("09:00") + amount - EPOCH, 0)


ONCE = Hours("once", calendar_time([(None, {"zone": "Europe/Zurich", "weekly": {}, "extra": {
    "2026-03-02": [["08:00", "09:00"]]}})]))
"""Hours that were and do not come again."""


def test_what_is_never_due_does_not_count() -> None:
    plain = Agreed("plain", (terms(calendar="once", solution=2, stops=frozenset({Status.WAITING_UNTIL})),))
    ticket = Ticket(contract=plain, book=Shelf((plain,), (ONCE,)))
    assert stands(ticket) is None
    assert stands(ticket.wait("10:00", Status.WAITING_UNTIL, "14:00"), "11:00") is None
    assert at_birth(plain.id, None, Priority.P2, at("09:00"), None, ticket.book) is None
    ages = Agreed("ages", (terms(calendar=None, solution=1e11),))
    assert at_birth(ages.id, None, Priority.P2, at("09:00"), None, Shelf((ages,))) is None


def test_a_contract_that_says_nothing_promises_nothing() -> None:
    empty = Agreed("empty", ())
    assert at_birth(empty.id, None, Priority.P2, at("09:00"), None, Shelf((empty,))) is None


def test_a_class_remembers_what_its_calendar_has_counted() -> None:
    office = HOURS["office"].time
    assert office is not None
    of = PromiseClass(1, office, HOUR)
    due = NextPromise("solution", of, point(office, at("11:00")))
    assert [due.left(at(wall_time)) for wall_time in ("10:00", "10:00", "12:30", "10:30")] == [
        HOUR, HOUR, -HOUR, HOUR // 2]
    assert due.share_left(at("10:30:59")) == 0.5
    assert due.opens(at("10:30")) is None
    assert due.opens(at("12:30")) == at("13:00")
    assert NextPromise("solution", PromiseClass(2, None, HOUR), 0).opens(at("03:00")) is None


def test_goodwill_promises_nothing() -> None:
    assert stands(Ticket(contract=None).set("09:00", coverage="goodwill")) is None


# -- the due point, for whatever hours and pauses

HOURS = {
    slug: Hours(slug, calendar_time([(None, {"zone": zone, "weekly": dict.fromkeys(days, week)})]))
    for slug, zone, days, week in (
        ("office", "Europe/Zurich", DAYS[:5], [["08:00", "12:00"], ["13:00", "17:00"]]),
        ("nights", "Asia/Kathmandu", DAYS, [["20:00", "06:00"]]),
        ("island", "Australia/Lord_Howe", DAYS[1:4], [["00:00", "24:00"]]),
        ("short", "Africa/Casablanca", DAYS[2:3], [["09:00", "09:45"]]),
    )
}
KINDS = ("answer", "update", "solution", "on_site")
amounts = st.fixed_dictionaries({}, optional={kind: st.integers(1, 3000).map(lambda m: m / 60) for kind in KINDS})
walls = st.integers(0, 14 * 60).map(lambda m: f"2026-03-{6 + m // 1440:02}T{m // 60 % 24:02}:{m % 60:02}")
deeds = st.sampled_from(("wait", "vendor", "go_on", "tell", "P1", "P4", "solve"))
steps = st.lists(st.tuples(walls, deeds), max_size=6)


def history(slug: str | None, promised: dict[str, Any], made: str, told: list[tuple[str, str]]) -> Ticket:
    agreed = Agreed("agreed", (terms(calendar=slug, **promised),))
    ticket = Ticket(made=made, contract=agreed, book=Shelf((agreed,), tuple(HOURS.values())))
    for wall_time, what in sorted(told):
        if wall_time < made:
            continue
        match what:
            case "wait" | "vendor":
                ticket.wait(wall_time, Status.WAITING_CALLER if what == "wait" else Status.WAITING_VENDOR)
            case "go_on":
                ticket.go_on(wall_time)
            case "tell":
                ticket.tell(wall_time)
            case "solve":
                ticket.solve(wall_time)
            case rank:
                ticket.set(wall_time, priority=rank)
    return ticket


calendars = st.none() | st.sampled_from(sorted(HOURS))


def test_the_time_the_caller_needs_it_by_counts_where_it_comes_first() -> None:
    ticket = Ticket(contract=(heavy := Agreed("heavy", (replace(terms(solution=4), weight=7),))), book=Shelf((heavy,)))
    case, promises = ticket.case("09:30"), ticket.promises("09:30")
    noon, evening = at("12:00"), at("20:00")
    assert counting(case, promises, noon) == Counting(noon, 8 * HOUR, NEEDED, None, noon - EPOCH, 7)
    assert counting(case, promises, evening) == counting(case, promises)
    assert counting(case, (), evening) == Counting(evening, 8 * HOUR, NEEDED, None, evening - EPOCH, 0)


def test_it_counts_alike_for_what_is_made_just_now() -> None:
    born = at("09:00")
    for needed in (at("09:30"), at("20:00")):
        expected = counting(Ticket().case("09:00"), Ticket().promises("09:00"), needed)
        assert at_birth(GOLD.id, None, Priority.P2, born, None, Shelf((GOLD,)), needed) == expected
    with pytest.raises(NotSimple):
        at_birth(GOLD.id, Coverage.GOODWILL, Priority.P2, born, None, Shelf((GOLD,)), at("20:00"))


@given(calendars, amounts, walls, steps, st.integers(0, 200))
def test_business_time_passes_the_due_point_when_the_promise_is_due(
    slug: str | None, promised: dict[str, Any], made: str, told: list[tuple[str, str]], later: int
) -> None:
    ticket = history(slug, promised, made, told)
    now = f"2026-03-{7 + later // 24:02}T{later % 24:02}:00"
    found = counts(ticket, now)
    owed = [
        promise for promise in ticket.promises(now)
        if promise.clock.state in (ClockState.RUNNING, ClockState.MISSED) and promise.clock.done is None
        and promise.clock.due is not None and not any(pause.until is None for pause in promise.pauses)
    ]
    paused = ticket.row["status"] == "waiting_caller"
    if found is None:
        assert paused or not owed or ticket.row["status"] == "solved"
        return
    time = None if slug is None else HOURS[slug].time
    promise = ticket.promise(found.kind.value, now)
    assert promise.clock.due == found.due == min(p.clock.due for p in owed if p.clock.due is not None and (
        not paused or p.kind is PromiseKind.ON_SITE))
    assert point(time, found.due - 1) < found.due_point
    assert found.due_point >= point(time, found.due)
    assert found.due_point - point(time, at(now)) == promise.clock.remaining
    if promise.clock.state is ClockState.RUNNING:
        assert found.due_point == point(time, found.due)
        of = NextPromise("x", PromiseClass(1, time, found.target), found.due_point)
        assert of.left(found.due) == 0
        assert of.left(at(now)) == promise.clock.remaining


@given(calendars, amounts, walls, steps, st.integers(0, 200), st.integers(0, 200))
def test_it_does_not_matter_when_it_is_derived(
    slug: str | None, promised: dict[str, Any], made: str, told: list[tuple[str, str]], one: int, other: int
) -> None:
    ticket = history(slug, promised, made, told)
    first, second = (counts(ticket, f"2026-03-{7 + later // 24:02}T{later % 24:02}:00") for later in (one, other))
    assert first == second


@given(calendars, amounts, walls, st.none() | st.integers(0, 90), st.sampled_from(Coverage), st.booleans())
def test_what_is_made_just_now_needs_no_history(
    slug: str | None, promised: dict[str, Any], made: str, rang: int | None, coverage: Coverage, without: bool
) -> None:
    ticket = history(slug, promised, made, [])
    if without:
        ticket = Ticket(made=made, contract=None, book=ticket.book)
    ticket.row["coverage"] = coverage.value
    born, answered = at(made), None
    start = born
    if rang is not None:
        start = born - rang * MINUTE
        answered = start + 5 * SECOND_US if rang else start
        ticket.contacts.append(_call(start, answered))
    case = ticket.case(made)
    expected = counting(case, ticket.promises(made))
    contract = ticket.row["contract_id"]
    assert at_birth(contract, coverage, Priority.P2, start, answered, ticket.book) == expected


def _call(start: int, answered: int) -> Any:
    from supportdesk.rules.ledger import Contact

    return Contact("in", "phone", "new_ticket", start, answered, True)


def test_a_contract_with_a_version_to_come_is_read_the_long_way() -> None:
    soon = Agreed("soon", (terms(solution=4), terms(at("2026-03-09T00:00"), solution=1)))
    with pytest.raises(NotSimple):
        at_birth(soon.id, None, Priority.P2, at("09:00"), None, Shelf((soon,)))


def test_a_contract_that_is_not_here_promises_nothing() -> None:
    assert at_birth(UUID(int=1), None, Priority.P2, at("09:00"), None, Shelf((GOLD,))) is None
    assert DESK_TERMS.targets[Priority.P2].seconds
    assert name("gold") == GOLD.id
