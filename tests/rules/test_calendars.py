"""Calendars by date: each stretch of time is counted by the version in force then."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from supportdesk.rules.business_time import Hours, NeverOpen, Span
from supportdesk.rules.calendars import ALWAYS, CalendarTime, CalendarVersion, calendar_time
from supportdesk.rules.hours import BadHours
from supportdesk.rules.urgency import EPOCH
from supportdesk.rules.zones import DAY_US
from tests.rules.test_business_time import MINUTE, OFFICE, calendars, instants, stands_open, us

SHORT = {"mon": [["09:00", "10:00"]], "fri": [["09:00", "10:00"]]}
FRIDAY, NOON = us("2026-03-06T00:00"), us("2026-03-06T12:00")


def versions(*written: tuple[int | None, object], zone: str = "Europe/Zurich") -> CalendarTime:
    return calendar_time([(since, {"zone": zone, "weekly": weekly}) for since, weekly in written])


def test_a_change_applies_from_its_instant_and_what_is_past_stays() -> None:
    time = versions((None, OFFICE), (us("2026-03-06T10:00"), SHORT))
    assert time.add(us("2026-03-06T09:00"), 30 * MINUTE) == us("2026-03-06T09:30")
    assert time.add(us("2026-03-06T09:30"), 60 * MINUTE) == us("2026-03-09T09:30")
    assert time.between(us("2026-03-06T08:00"), us("2026-03-09T12:00")) == 180 * MINUTE
    assert time.between(us("2026-03-09T12:00"), us("2026-03-06T08:00")) == -180 * MINUTE
    assert list(time.openings(us("2026-03-06T08:00"), us("2026-03-09T12:00"))) == [
        (us("2026-03-06T08:00"), us("2026-03-06T10:00")), (us("2026-03-09T09:00"), us("2026-03-09T10:00"))]


def test_a_change_within_an_opening_leaves_it_in_one_piece() -> None:
    time = versions((None, OFFICE), (us("2026-03-06T10:00"), OFFICE))
    assert list(time.openings(us("2026-03-06T09:00"), us("2026-03-06T12:00"))) == [
        (us("2026-03-06T09:00"), us("2026-03-06T12:00"))]
    assert list(time.openings(NOON, us("2026-03-06T12:30"))) == []
    assert list(time.openings(us("2026-03-06T09:00"), us("2026-03-09T08:30"))) == [
        (us("2026-03-06T09:00"), NOON), (us("2026-03-06T13:00"), us("2026-03-06T17:00")),
        (us("2026-03-09T08:00"), us("2026-03-09T08:30"))]


def test_a_due_time_on_the_instant_of_a_change_stays_there() -> None:
    time = versions((None, OFFICE), (us("2026-03-06T10:00"), SHORT))
    assert time.add(us("2026-03-06T09:00"), 60 * MINUTE) == us("2026-03-06T10:00")


def test_the_next_opening_is_that_of_the_version_then() -> None:
    time = versions((None, OFFICE), (us("2026-03-06T13:00"), SHORT))
    assert time.next_open(NOON) == us("2026-03-09T09:00") == time.add(NOON, 0)
    assert time.next_open(us("2026-03-06T11:00")) == us("2026-03-06T11:00")
    assert time.is_open(us("2026-03-06T11:00"))
    assert not time.is_open(us("2026-03-06T13:30"))
    pause = ((us("2026-03-06T11:00"), us("2026-03-06T12:30")),)
    assert time.next_open(us("2026-03-06T11:30"), pause) == us("2026-03-09T09:00")
    assert time.add(us("2026-03-06T11:30"), 0, pause) == us("2026-03-09T09:00")


def test_a_pause_is_counted_as_little_backwards() -> None:
    time = versions((None, OFFICE), (us("2026-03-06T13:00"), SHORT))
    start, end = us("2026-03-06T08:00"), us("2026-03-06T12:00")
    pause = ((us("2026-03-06T09:00"), us("2026-03-06T10:00")),)
    assert time.between(end, start, pause) == -time.between(start, end, pause) == -180 * MINUTE


def test_the_next_opening_may_be_two_versions_ahead() -> None:
    shut = {"zone": "UTC", "weekly": {}, "extra": {"2026-03-02": [["08:00", "09:00"]]}}
    time = calendar_time([(None, shut), (FRIDAY, {**shut, "holidays": ["12-25"]}),
                          (NOON, {**shut, "holidays": ["12-26"]}),
                          (us("2026-03-07T00:00"), {"zone": "Europe/Zurich", "weekly": OFFICE})])
    assert time.next_open(FRIDAY - 1) == time.next_open(NOON - 1) == us("2026-03-09T08:00")


def test_a_version_that_never_opens_again_leaves_it_to_the_next() -> None:
    once = {"zone": "UTC", "weekly": {}, "extra": {"2026-03-02": [["08:00", "09:00"]]}}
    time = calendar_time([(None, once), (us("2026-03-09T00:00"), {"zone": "Europe/Zurich", "weekly": OFFICE})])
    assert time.next_open(NOON) == us("2026-03-09T08:00")
    assert time.add(NOON, 60 * MINUTE) == us("2026-03-09T09:00")
    with pytest.raises(NeverOpen):
        calendar_time([(None, once)]).next_open(NOON)
    with pytest.raises(NeverOpen):
        calendar_time([(None, once)]).add(NOON, MINUTE)


def test_a_calendar_is_read_from_its_versions_in_any_order_and_shared() -> None:
    first = (None, {"zone": "UTC", "weekly": OFFICE, "holidays": [
        {"on": "12-25", "name": "Christmas"}, "01-01", {"on": "08-01"}]})
    later = (FRIDAY, {"zone": "UTC", "weekly": SHORT})
    time = calendar_time([later, first])
    assert time is calendar_time([first, later])
    assert [version.since for version in time.versions] == [ALWAYS, FRIDAY]
    assert time.version_at(FRIDAY - 1).names == (("08-01", ""), ("12-25", "Christmas"))
    assert time.version_at(FRIDAY) is time.versions[1]
    assert calendar_time([first, later, (FRIDAY, first[1])]).version_at(FRIDAY).hours == time.versions[0].hours


def test_an_instant_before_a_calendar_that_begins_late_is_counted_by_its_first_version() -> None:
    time = versions((FRIDAY, OFFICE))
    assert time.is_open(us("2026-03-05T09:00"))
    assert time.between(us("2026-03-05T08:00"), us("2026-03-05T10:00")) == 0
    assert time.add(us("2026-03-05T09:00"), 60 * MINUTE) == us("2026-03-06T09:00")


@pytest.mark.parametrize("holidays", ["12-25", 7])
def test_holidays_that_are_no_list_are_refused(holidays: object) -> None:
    with pytest.raises(BadHours) as refused:
        calendar_time([(None, {"zone": "UTC", "weekly": OFFICE, "holidays": holidays})])
    assert (refused.value.code, refused.value.what) == ("form", str(holidays))


def test_a_calendar_without_a_version_never_opens() -> None:
    with pytest.raises(BadHours) as refused:
        calendar_time([])
    assert refused.value.code == "never"


def test_breaks_and_extra_openings_are_those_of_their_version() -> None:
    time = calendar_time([(None, {"zone": "Europe/Zurich", "weekly": OFFICE, "holidays": ["2026-03-05"],
                                  "breaks": {"2026-03-06": [["08:00", "10:00"]]},
                                  "extra": {"2026-03-07": [["10:00", "11:00"]]}})])
    assert list(time.openings(us("2026-03-05T00:00"), us("2026-03-08T00:00"))) == [
        (us("2026-03-06T10:00"), NOON), (us("2026-03-06T13:00"), us("2026-03-06T17:00")),
        (us("2026-03-07T10:00"), us("2026-03-07T11:00"))]


# -- any calendar

@st.composite
def dated(draw: st.DrawFn) -> CalendarTime:
    """Two to four versions, the first from ever."""
    marks = sorted(draw(st.sets(instants(MINUTE), min_size=1, max_size=3)))
    return CalendarTime([CalendarVersion(since, draw(calendars())) for since in (ALWAYS, *marks)])


AMOUNTS = st.integers(1, 4_000).map(lambda minutes: minutes * MINUTE)


@settings(max_examples=40)
@given(dated(), instants(), AMOUNTS)
def test_adding_and_counting_are_inverse(time: CalendarTime, start: int, amount: int) -> None:
    try:
        due = time.add(start, amount)
    except NeverOpen:
        assume(False)
    assert time.between(start, due) == amount
    assert time.between(start, due - 1) == amount - 1


@settings(max_examples=40)
@given(dated(), instants(), AMOUNTS, st.lists(st.integers(0, 8 * 60), max_size=6))
def test_what_is_remembered_of_one_start_holds_for_those_after_it(
    time: CalendarTime, start: int, amount: int, later: list[int]
) -> None:
    for minutes in (0, *sorted(later)):
        at = start + minutes * MINUTE
        try:
            due = time.add(at, amount)
        except NeverOpen:
            assume(False)
        assert time.due(at, amount) == (due, time.between(EPOCH, due))


def test_the_due_time_moves_with_the_start_until_either_is_closed() -> None:
    time = versions((None, {"mon": [["08:00", "12:00"], ["13:00", "17:00"]]}))
    dues = {us(f"2026-03-02T{start}"): us(f"2026-03-02T{due}") for start, due in (
        ("07:30", "09:00"), ("08:00", "09:00"), ("09:00", "10:00"), ("11:00", "12:00"), ("11:30", "13:30"),
        ("12:30", "14:00"), ("13:00", "14:00"))}
    assert {start: time.due(start, 60 * MINUTE).at for start in dues} == dues


def test_what_was_counted_for_one_start_is_not_counted_again_while_both_are_open(
    monkeypatch: pytest.MonkeyPatch
) -> None:
    time = CalendarTime(versions((None, OFFICE)).versions)
    for dues in ({"08:00": "09:00", "10:59": "11:59"}, {"12:00": "14:00", "12:59": "14:00"}):
        first, *_later = dues
        time.due(us(f"2026-03-06T{first}"), 60 * MINUTE)
        with monkeypatch.context() as patch:
            patch.setattr(time, "add", None)
            for start, due in dues.items():
                assert time.due(us(f"2026-03-06T{start}"), 60 * MINUTE).at == us(f"2026-03-06T{due}")


@given(dated(), instants(), st.lists(instants(), min_size=1, max_size=3))
def test_counting_adds_up_over_any_cut(time: CalendarTime, start: int, others: list[int]) -> None:
    stops = [start, *others]
    assert sum(time.between(a, b) for a, b in pairwise(stops)) == time.between(start, stops[-1])


@settings(max_examples=40)
@given(dated(), instants(), instants())
def test_the_openings_are_what_is_counted(time: CalendarTime, one: int, two: int) -> None:
    start, end = sorted((one, two))
    end = min(end, start + 60 * DAY_US)
    assert sum(until - since for since, until in time.openings(start, end)) == time.between(start, end)


@settings(max_examples=40)
@given(dated(), instants(), AMOUNTS, instants(), instants())
def test_a_pause_is_counted_like_no_time(time: CalendarTime, start: int, amount: int, one: int, two: int) -> None:
    pauses: list[Span] = [(min(one, two), max(one, two))]
    try:
        due = time.add(start, amount, pauses)
    except NeverOpen:
        assume(False)
    assert time.between(start, due, pauses) == amount


@settings(max_examples=15)
@given(dated(), instants(MINUTE), st.integers(1, 3_000))
def test_counting_equals_stepping_from_minute_to_minute(time: CalendarTime, start: int, minutes: int) -> None:
    opened = [time.versions[0].hours for _minute in range(minutes)]
    for version in time.versions:
        for number in range(max(0, -(-(version.since - start) // MINUTE)), minutes):
            opened[number] = version.hours
    counted = sum(stands_open(hours, start + number * MINUTE) for number, hours in enumerate(opened))
    assert time.between(start, start + minutes * MINUTE) == counted * MINUTE


def test_the_hours_of_a_version_are_checked_when_they_are_read() -> None:
    with pytest.raises(BadHours):
        calendar_time([(None, {"zone": "Mars/Olympus", "weekly": OFFICE})])
    assert isinstance(versions((None, OFFICE)).versions[0].hours, Hours)
