"""How much of the agreed time a service ran: overlapping outages once, maintenance not counted, by the clock."""

from __future__ import annotations

from datetime import datetime
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from supportdesk.rules.availability import Figures, Longest, Stretch, figures, month
from supportdesk.rules.business_time import Hours, Span, business_time
from supportdesk.rules.calendars import CalendarTime, CalendarVersion, calendar_time
from tests.rules.test_business_time import calendars, instants, stands_open

MINUTE = 60_000_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR
ZURICH = ZoneInfo("Europe/Zurich")
OFFICE = calendar_time([(None, {"zone": "Europe/Zurich", "weekly": {
    day: [["08:00", "12:00"], ["13:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}})])
EVER = (-(2**60), 2**60)


def at(text: str) -> int:
    return round(datetime.fromisoformat(text).replace(tzinfo=ZURICH).timestamp() * 1_000_000)


def span(begin: str, end: str) -> Span:
    return at(begin), at(end)


def march(outages: list[Span], maintenance: list[Span] = [], time: CalendarTime | None = OFFICE  # noqa: B006
          ) -> Figures:
    return figures([Stretch(*EVER, time)], outages, maintenance, month(2026, 3, ZURICH))


def longest_of(found: Figures) -> int:
    return 0 if found.longest is None else found.longest.amount


def test_an_outage_counts_for_its_agreed_hours_only() -> None:
    """March 2026 has 22 working days of 8 hours; from Friday 16:00 to Monday 09:00 two of them are lost."""
    found = march([span("2026-03-06T16:00", "2026-03-09T09:00")])
    assert (found.agreed, found.down, longest_of(found)) == (176 * HOUR, 2 * HOUR, 2 * HOUR)
    assert found.counted == (span("2026-03-06T16:00", "2026-03-06T17:00"), span("2026-03-09T08:00", "2026-03-09T09:00"))
    assert found.percent == Fraction(174 * 100, 176)


def test_overlapping_and_touching_outages_count_once_and_are_one() -> None:
    found = march([span("2026-03-03T09:00", "2026-03-03T10:00"), span("2026-03-03T09:30", "2026-03-03T11:00"),
                   span("2026-03-03T11:00", "2026-03-03T11:30"), span("2026-03-04T08:00", "2026-03-04T10:00")])
    assert (found.down, longest_of(found)) == (270 * MINUTE, 150 * MINUTE)


def test_maintenance_is_no_agreed_time_and_no_outage() -> None:
    found = march([span("2026-03-03T09:00", "2026-03-03T11:00")], [span("2026-03-03T10:00", "2026-03-03T12:00"),
                                                                  span("2026-03-03T20:00", "2026-03-03T23:00")])
    assert (found.agreed, found.down, longest_of(found)) == (174 * HOUR, HOUR, HOUR)


def test_the_longest_outage_is_measured_whole_beyond_the_month() -> None:
    found = march([span("2026-02-27T15:00", "2026-03-02T09:00"), span("2026-04-02T08:00", "2026-04-02T17:00")])
    assert (found.down, found.longest) == (HOUR, Longest(span("2026-02-27T15:00", "2026-03-02T09:00"), 3 * HOUR))


def test_an_outage_of_the_month_before_or_after_is_none_of_this_one() -> None:
    found = march([span("2026-02-20T00:00", "2026-03-01T00:00"), span("2026-04-01T00:00", "2026-04-09T00:00")])
    assert (found.down, found.longest) == (0, None)


def test_the_night_the_clock_changes_has_its_real_hours() -> None:
    always = march([span("2026-03-29T00:00", "2026-03-29T06:00")], time=None)
    assert (always.agreed, always.down) == (31 * DAY - HOUR, 5 * HOUR)
    october = month(2026, 10, ZURICH)
    assert october[1] - october[0] == 31 * DAY + HOUR
    assert month(2026, 12, ZURICH) == span("2026-12-01", "2027-01-01")


def test_what_was_agreed_changes_with_its_date() -> None:
    change = at("2026-03-16")
    stretches = [Stretch(EVER[0], change, OFFICE), Stretch(change, EVER[1], None)]
    found = figures(stretches, [span("2026-03-14T00:00", "2026-03-14T12:00"), span("2026-03-21T00:00",
                                                                                   "2026-03-21T12:00")], [],
                    month(2026, 3, ZURICH))
    assert (found.agreed, found.down) == (80 * HOUR + 16 * DAY - HOUR, 12 * HOUR)


@pytest.mark.parametrize(("down", "longest", "promised", "limit", "kept"), [
    (1, 1, "99", None, True), (1, 1, "99.1", None, False), (0, 0, "100", 0, True), (1, 1, "50", 1, True),
    (2, 2, "50", 1, False),
])
def test_a_promise_is_kept_to_the_last_moment(down: int, longest: int, promised: str, limit: int | None,
                                              kept: bool) -> None:
    found = Figures(((0, 100),), ((0, down),), Longest((0, down), longest) if longest else None)
    assert found.kept(Fraction(promised), limit) is kept


def test_where_no_time_was_agreed_nothing_is_broken() -> None:
    nothing = figures([], [(0, 9)], [], (0, 10))
    assert nothing == Figures((), (), Longest((0, 9), 0))
    assert (nothing.percent, nothing.kept(Fraction(100), 0)) == (None, True)


SPANS = st.lists(st.tuples(instants(MINUTE), st.integers(0, 3_000)).map(
    lambda pair: (pair[0], pair[0] + pair[1] * MINUTE)), max_size=4)


@settings(max_examples=40, deadline=None)
@given(calendars(), calendars(), instants(MINUTE), st.integers(0, 3_000), st.integers(1, 3_000), SPANS, SPANS,
       st.data())
def test_an_oracle_that_steps_from_minute_to_minute_agrees(
    first: Hours, then: Hours, start: int, until_change: int, length: int, outages: list[Span],
    maintenance: list[Span], data: st.DataObject
) -> None:
    within = start, start + length * MINUTE
    change = start + until_change * MINUTE
    near = st.tuples(st.integers(-2_000, length), st.integers(0, 2_000)).map(
        lambda pair: (start + pair[0] * MINUTE, start + (pair[0] + pair[1]) * MINUTE))
    outages = outages + data.draw(st.lists(near, max_size=3))
    maintenance = maintenance + data.draw(st.lists(near, max_size=2))
    versions = CalendarTime([CalendarVersion(EVER[0], first), CalendarVersion(change, then)])
    assert business_time(first)
    agreed = down = 0
    for minute in range(*within, MINUTE):
        opened = stands_open(first if minute < change else then, minute)
        if opened and not any(since <= minute < until for since, until in maintenance):
            agreed += 1
            down += any(since <= minute < until for since, until in outages)
    for stretches in ([Stretch(*EVER, versions)],
                      [Stretch(EVER[0], change, versions), Stretch(change, EVER[1], business_time(then))]):
        found = figures(stretches, outages, maintenance, within)
        assert (found.agreed, found.down) == (agreed * MINUTE, down * MINUTE)
        assert longest_of(found) >= max((until - since for since, until in found.counted), default=0)


@given(calendars(), instants(), SPANS, SPANS, st.randoms(use_true_random=False))
def test_outages_count_alike_in_any_order_and_however_they_are_cut(
    hours: Hours, start: int, outages: list[Span], maintenance: list[Span], random: object
) -> None:
    stretches, within = [Stretch(*EVER, business_time(hours))], (start, start + 20 * DAY)
    cut = [piece for since, until in outages for middle in [(since + until) // 2]
           for piece in ((since, middle), (middle, until))] + outages
    random.shuffle(cut)  # type: ignore[attr-defined]
    assert figures(stretches, cut, maintenance[::-1], within) == figures(stretches, outages, maintenance, within)
