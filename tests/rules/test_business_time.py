"""Business time: the examples of docs/business-time.md, laws for any calendar, an oracle that steps by minutes."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from supportdesk.rules.business_time import BusinessTime, Hours, NeverOpen, Span, business_time, merged, without
from supportdesk.rules.hours import hours_of
from supportdesk.rules.zones import DAY_US, SECOND_US, offset_at, offsets, zone_named

MINUTE = 60 * SECOND_US
ZONES = ("Europe/Zurich", "Australia/Lord_Howe", "Asia/Kathmandu", "Africa/Casablanca", "America/St_Johns", "UTC",
         "America/New_York", "Pacific/Apia", "America/Havana", "Europe/London")
OFFICE = {day: [["08:00", "12:00"], ["13:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
ALWAYS = {day: [["00:00", "24:00"]] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}
NIGHT = {"fri": [["22:00", "06:00"]], "sat": [["22:00", "06:00"]]}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def us(text: str) -> int:
    """An instant as it is written in a page, in Zurich where nothing else is said."""
    at = datetime.fromisoformat(text)
    at = at if at.tzinfo else at.replace(tzinfo=zone_named("Europe/Zurich"))
    return (at - _EPOCH) // timedelta(microseconds=1)


def due(weekly: dict[str, list[list[str]]], start: str, minutes: float, pauses: tuple[tuple[str, str], ...] = (),
        **more: object) -> int:
    time = business_time(hours_of("Europe/Zurich", weekly, **more))
    return time.add(us(start), round(minutes * MINUTE), [(us(a), us(b)) for a, b in pauses])


def minutes(weekly: dict[str, list[list[str]]], start: str, end: str, **more: object) -> float:
    return business_time(hours_of("Europe/Zurich", weekly, **more)).between(us(start), us(end)) / MINUTE


def test_a_lunch_break_and_a_weekend_do_not_count() -> None:
    assert due(OFFICE, "2026-03-06T11:30", 60) == us("2026-03-06T13:30")
    assert due(OFFICE, "2026-03-06T16:30", 60) == us("2026-03-09T08:30")


def test_a_due_time_on_closing_stays_on_closing() -> None:
    assert due(OFFICE, "2026-03-06T11:00", 60) == us("2026-03-06T12:00")
    assert due(OFFICE, "2026-03-06T16:00", 60) == us("2026-03-06T17:00")


def test_zero_outside_hours_is_the_next_opening_and_inside_now() -> None:
    assert due(OFFICE, "2026-03-06T12:00", 0) == us("2026-03-06T13:00")
    assert due(OFFICE, "2026-03-07T10:00", 0) == us("2026-03-09T08:00")
    assert due(OFFICE, "2026-03-06T11:59:59", 0) == us("2026-03-06T11:59:59")
    assert due(OFFICE, "2026-03-06T10:00", 0, (("2026-03-06T09:00", "2026-03-06T12:00"),)) == us("2026-03-06T13:00")


def test_a_shift_over_midnight_belongs_to_the_day_it_starts_on() -> None:
    assert minutes(NIGHT, "2026-03-07T00:00", "2026-03-07T12:00") == 360
    assert minutes(NIGHT, "2026-03-06T00:00", "2026-03-06T12:00") == 0


def test_a_holiday_closes_the_shift_that_starts_on_it_to_its_end() -> None:
    friday = {"holidays": ["2026-03-06"]}
    assert minutes(NIGHT, "2026-03-06T12:00", "2026-03-07T12:00", **friday) == 0
    saturday = {"holidays": ["2026-03-07"]}
    assert minutes(NIGHT, "2026-03-06T12:00", "2026-03-08T12:00", **saturday) == 480
    assert minutes(OFFICE, "2026-12-24T00:00", "2026-12-26T00:00", holidays=["12-25"]) == 480
    assert minutes(OFFICE, "2028-02-28T00:00", "2028-03-02T00:00", holidays=["02-29"]) == 960


def test_the_night_of_a_clock_change_has_23_or_25_hours() -> None:
    assert minutes(ALWAYS, "2026-03-29T00:00", "2026-03-30T00:00") == 23 * 60
    assert minutes(ALWAYS, "2026-10-25T00:00", "2026-10-26T00:00") == 25 * 60
    assert minutes({"sun": [["02:00", "03:00"]]}, "2026-10-25T00:00", "2026-10-26T00:00") == 120
    assert minutes({"sun": [["02:00", "03:00"]]}, "2026-03-29T00:00", "2026-03-30T00:00") == 0
    assert due(NIGHT, "2026-10-24T22:00", 9 * 60) == us("2026-10-25T06:00")


def test_breaks_close_and_extra_openings_open_one_date() -> None:
    assert minutes(OFFICE, "2026-03-06T00:00", "2026-03-07T00:00", breaks={"2026-03-06": [["10:00", "14:00"]]}) == 300
    assert minutes(OFFICE, "2026-03-06T00:00", "2026-03-07T00:00", breaks={"2026-03-06": [["00:00", "24:00"]]}) == 0
    christmas = {"holidays": ["12-25"],
                 "extra": {"2026-12-25": [["09:00", "11:00"]], "2026-12-26": [["22:00", "02:00"]]}}
    assert minutes(OFFICE, "2026-12-25T00:00", "2026-12-26T00:00", **christmas) == 120
    assert minutes(OFFICE, "2026-12-26T00:00", "2026-12-28T00:00", **christmas) == 240
    night = {"breaks": {"2026-03-06": [["23:00", "01:00"]]}}
    assert minutes(NIGHT, "2026-03-06T12:00", "2026-03-07T12:00", **night) == 360


def test_a_break_after_the_morning_leaves_the_lunch_closed() -> None:
    time = business_time(hours_of("Europe/Zurich", OFFICE, breaks={"2026-03-06": [["14:00", "15:00"]]}))
    assert list(time.openings(us("2026-03-06T00:00"), us("2026-03-07T00:00"))) == [
        (us(f"2026-03-06T{since}"), us(f"2026-03-06T{until}"))
        for since, until in (("08:00", "12:00"), ("13:00", "14:00"), ("15:00", "17:00"))]


def test_a_holiday_closes_a_shift_that_ends_two_days_later_by_universal_time() -> None:
    """Monday 22:00 to Tuesday 20:00 in Honolulu ends on Wednesday at 06:00 UTC."""
    long = {day: [["22:00", "20:00"]] for day in ("mon", "wed")}
    time = business_time(hours_of("Pacific/Honolulu", long, ["2026-03-02"]))
    assert list(time.openings(us("2026-03-02T00:00Z"), us("2026-03-08T00:00Z"))) == [
        (us("2026-03-05T08:00Z"), us("2026-03-06T06:00Z"))]


@pytest.mark.parametrize(("zone", "holiday"), [("Pacific/Auckland", "01-01"), ("America/Los_Angeles", "12-31")])
def test_a_holiday_of_every_year_closes_what_lies_in_the_other_year_by_universal_time(zone: str, holiday: str) -> None:
    time = business_time(hours_of(zone, ALWAYS, [holiday]))
    first = datetime.fromisoformat(f"{2027 if holiday < '12' else 2026}-{holiday}").replace(tzinfo=zone_named(zone))
    begins, ends = (us(at.isoformat()) for at in (first, first + timedelta(days=1)))
    since, until = us("2026-12-25T00:00Z"), us("2027-01-08T00:00Z")
    assert list(time.openings(since, until)) == [(since, begins), (ends, until)]
    assert time.between(since, until) == 13 * DAY_US


@pytest.mark.parametrize("year", ["0001", "0002", "9998"])
def test_a_holiday_of_every_year_holds_in_the_first_and_the_last_ones(year: str) -> None:
    time = business_time(hours_of("UTC", ALWAYS, ["06-01"]))
    assert time.between(us(f"{year}-05-31T00:00Z"), us(f"{year}-06-03T00:00Z")) == 2 * DAY_US


@pytest.mark.parametrize(("closed", "left"), [
    ([], [(2, 8)]), ([(0, 1), (9, 10)], [(2, 8)]), ([(0, 2), (8, 9)], [(2, 8)]), ([(2, 4)], [(4, 8)]),
    ([(6, 8)], [(2, 6)]), ([(3, 4), (5, 6)], [(2, 3), (4, 5), (6, 8)]), ([(0, 9)], []), ([(2, 8)], []),
])
def test_spans_are_taken_out_of_spans_and_leave_no_empty_ones(closed: list[Span], left: list[Span]) -> None:
    assert without([(2, 8)], closed) == left


def test_spans_become_one_where_they_touch_and_empty_ones_are_left_out() -> None:
    assert merged([(5, 8), (3, 3), (8, 9), (1, 2), (9, 4)]) == [(1, 2), (5, 9)]


def test_a_pause_takes_its_time_out_and_a_due_time_on_its_beginning_stays() -> None:
    pause = (("2026-02-10T10:00", "2026-02-10T11:00"),)
    assert due(OFFICE, "2026-02-10T09:00", 60, pause) == us("2026-02-10T10:00")
    assert due(OFFICE, "2026-02-10T09:00", 61, pause) == us("2026-02-10T11:01")
    assert due(OFFICE, "2026-02-10T10:30", 10, pause) == us("2026-02-10T11:10")
    time = business_time(hours_of("Europe/Zurich", OFFICE))
    spent = time.between(us("2026-02-10T09:00"), us("2026-02-10T12:00"), [(us(a), us(b)) for a, b in pause])
    assert spent == 120 * MINUTE


def test_of_several_pauses_those_count_that_are_still_to_come() -> None:
    pauses = (("2026-02-09T10:00", "2026-02-09T11:00"), ("2026-02-10T10:00", "2026-02-10T11:00"))
    assert due(OFFICE, "2026-02-10T09:00", 90, pauses) == us("2026-02-10T11:30")


def test_a_pause_from_the_very_opening_on_puts_the_next_opening_off() -> None:
    assert due(OFFICE, "2026-02-10T07:00", 0, (("2026-02-10T08:00", "2026-02-10T09:00"),)) == us("2026-02-10T09:00")
    assert due(OFFICE, "2026-02-10T07:00", 0, (("2026-02-10T07:00", "2026-02-10T08:00"),)) == us("2026-02-10T08:00")


def test_a_due_time_on_the_last_closing_of_a_year_stays_there() -> None:
    assert due(OFFICE, "2026-12-31T16:00", 60) == us("2026-12-31T17:00")
    time = business_time(hours_of("UTC", ALWAYS))
    assert time.add(us("2026-12-31T23:00Z"), 60 * MINUTE) == us("2027-01-01T00:00Z")


def test_years_before_1970_are_counted_like_others() -> None:
    time = business_time(hours_of("Europe/Zurich", OFFICE))
    assert list(time.openings(us("1969-12-31T11:00"), us("1970-01-01T09:00"))) == [
        (us("1969-12-31T11:00"), us("1969-12-31T12:00")), (us("1969-12-31T13:00"), us("1969-12-31T17:00")),
        (us("1970-01-01T08:00"), us("1970-01-01T09:00"))]


def test_a_year_and_its_weekdays_are_worked_out_once(monkeypatch: pytest.MonkeyPatch) -> None:
    time = BusinessTime(hours_of("Europe/Zurich", OFFICE))
    assert time.between(us("2026-02-02T00:00"), us("2026-02-03T00:00")) == 8 * 60 * MINUTE
    monkeypatch.setattr(time, "_counted", None)
    monkeypatch.setattr(time, "_by_wall", None)
    assert time.between(us("2026-06-01T00:00"), us("2026-06-06T12:00")) == 5 * 8 * 60 * MINUTE
    assert time.add(us("2026-11-02T08:00"), 60 * MINUTE) == us("2026-11-02T09:00")


def test_hours_that_never_open_are_told_and_so_is_the_end_of_the_calendar() -> None:
    shut = Hours(zone_named("UTC"), ((),) * 7)
    with pytest.raises(NeverOpen):
        BusinessTime(shut).add(us("2026-01-01T00:00Z"), MINUTE)
    with pytest.raises(NeverOpen):
        BusinessTime(shut).next_open(us("9900-01-01T00:00Z"))
    with pytest.raises(OverflowError, match=str(400_000 * 366)):
        business_time(hours_of("UTC", OFFICE)).between(0, 400_000 * 366 * DAY_US)
    with pytest.raises(OverflowError, match="10000"):
        offsets(zone_named("UTC"), 10_000)
    with pytest.raises(ValueError, match="Europe/Atlantis"):
        zone_named("Europe/Atlantis")


def test_the_openings_are_what_is_counted_each_in_one_piece() -> None:
    time = business_time(hours_of("Europe/Zurich", ALWAYS))
    start, end = us("2026-03-28T12:00"), us("2026-03-30T12:00")
    assert list(time.openings(start, end)) == [(start, end)]
    assert list(time.openings(end, start)) == []
    office = business_time(hours_of("Europe/Zurich", OFFICE))
    assert list(office.openings(us("2026-03-06T11:00"), us("2026-03-06T18:00"))) == [
        (us("2026-03-06T11:00"), us("2026-03-06T12:00")), (us("2026-03-06T13:00"), us("2026-03-06T17:00"))]


# -- any calendar

@st.composite
def spans_of_a_week(draw: st.DrawFn) -> tuple[tuple[Span, ...], ...]:
    """Weeks of up to three spans a day, some over midnight, none overlapping."""
    week, busy_until = [], 0
    for day in range(7):
        marks = sorted(draw(st.lists(st.integers(0, 1_439), min_size=0, max_size=6, unique=True)))
        spans = [(a * 60, b * 60) for a, b in zip(marks[::2], marks[1::2], strict=False) if a * 60 >= busy_until]
        busy_until = 0
        if draw(st.integers(0, 4)) == 0 and day < 6:
            begin = draw(st.integers(max((b for _a, b in spans), default=busy_until) // 60, 1_439))
            end = draw(st.integers(1, begin)) if begin else 1_439
            spans.append((begin * 60, end * 60 + 86_400))
            busy_until = end * 60
        week.append(tuple(spans))
    return tuple(week)


DATES = st.dates(date(2026, 1, 1), date(2027, 12, 31))
DATED = st.dictionaries(DATES, st.lists(st.tuples(st.integers(0, 1_439), st.integers(1, 1_600)).map(
    lambda pair: (pair[0] * 60, (pair[0] + pair[1]) * 60)), min_size=1, max_size=2).map(tuple), max_size=3).map(
        lambda made: tuple(sorted(made.items())))


@st.composite
def calendars(draw: st.DrawFn) -> Hours:
    week = draw(spans_of_a_week())
    assume(any(week))
    return Hours(
        zone_named(draw(st.sampled_from(ZONES))), week, frozenset(draw(st.sets(DATES, max_size=4))),
        frozenset(draw(st.sets(st.sampled_from([(12, 25), (1, 1), (2, 29), (10, 24), (3, 28)]), max_size=3))),
        draw(DATED), draw(DATED))


@st.composite
def instants(draw: st.DrawFn, step: int = SECOND_US) -> int:
    """Around the clock changes of the zones above, and anywhere in two years."""
    near = draw(st.sampled_from([
        "2026-03-29T01:00Z", "2026-10-25T01:00Z", "2026-04-04T15:00Z", "2026-10-03T15:30Z", "2026-02-15T02:00Z",
        "2026-03-22T02:00Z", "2026-11-01T04:31Z", "2026-03-08T05:00Z", "2027-01-01T00:00Z", "2026-12-24T23:00Z"]))
    wide = draw(st.sampled_from([2, 40, 8_000]))
    return us(near) // step * step + draw(st.integers(-wide * 3_600 * SECOND_US // step,
                                                      wide * 3_600 * SECOND_US // step)) * step


AMOUNTS = st.integers(1, 40 * 3_600).map(lambda seconds: seconds * SECOND_US)
PAUSES = st.lists(st.tuples(instants(), st.integers(0, 3 * 86_400)).map(
    lambda pair: (pair[0], pair[0] + pair[1] * SECOND_US)), max_size=4)


@given(calendars(), instants(), AMOUNTS, PAUSES)
def test_add_and_between_are_inverse(hours: Hours, start: int, amount: int, pauses: list[Span]) -> None:
    time = business_time(hours)
    assert time.between(start, time.add(start, amount, pauses), pauses) == amount


@given(calendars(), instants(), instants(), instants(), PAUSES)
def test_what_is_counted_is_the_sum_of_its_parts(hours: Hours, a: int, b: int, c: int, pauses: list[Span]) -> None:
    time = business_time(hours)
    assert time.between(a, b, pauses) + time.between(b, c, pauses) == time.between(a, c, pauses)


@given(calendars(), instants(), AMOUNTS, AMOUNTS, PAUSES)
def test_adding_twice_is_adding_the_sum(hours: Hours, start: int, one: int, two: int, pauses: list[Span]) -> None:
    time = business_time(hours)
    assert time.add(time.add(start, one, pauses), two, pauses) == time.add(start, one + two, pauses)


@given(calendars(), instants(), instants(), st.one_of(st.just(0), AMOUNTS), st.one_of(st.just(0), AMOUNTS), PAUSES)
def test_later_starts_and_larger_amounts_are_never_due_earlier(
    hours: Hours, a: int, b: int, one: int, two: int, pauses: list[Span]
) -> None:
    time = business_time(hours)
    assert time.add(min(a, b), min(one, two), pauses) <= time.add(max(a, b), max(one, two), pauses)


@given(calendars(), instants(), AMOUNTS, PAUSES, st.randoms(use_true_random=False))
def test_pauses_count_alike_in_any_order_and_however_they_are_cut(
    hours: Hours, start: int, amount: int, pauses: list[Span], random: object
) -> None:
    time = business_time(hours)
    cut = [piece for since, until in pauses for middle in [(since + until) // 2]
           for piece in ((since, middle), (middle, until))]
    random.shuffle(cut)  # type: ignore[attr-defined]
    assert time.add(start, amount, cut) == time.add(start, amount, pauses)
    assert merged(cut) == merged(pauses)


@given(calendars(), st.integers(0, 6), st.integers(1, 86_399))
def test_a_span_that_is_cut_in_two_counts_alike(hours: Hours, day: int, at: int) -> None:
    week = list(hours.week)
    week[day] = tuple(piece for since, until in week[day]
                      for piece in (((since, at), (at, until)) if since < at < until else ((since, until),)))
    start = us("2026-03-20T00:00")
    cut = BusinessTime(Hours(hours.zone, tuple(week), hours.holidays, hours.yearly, hours.breaks, hours.extra))
    assert cut.between(start, start + 10 * DAY_US) == business_time(hours).between(start, start + 10 * DAY_US)


@given(calendars(), instants(), st.integers(0, 40))
def test_the_openings_add_up_to_what_is_counted(hours: Hours, start: int, days: int) -> None:
    time = business_time(hours)
    end = start + days * DAY_US
    assert sum(until - since for since, until in time.openings(start, end)) == time.between(start, end)


@settings(max_examples=40)
@given(calendars(), instants(MINUTE), st.integers(0, 2_000), PAUSES)
def test_an_oracle_that_steps_from_minute_to_minute_agrees(
    hours: Hours, start: int, amount: int, pauses: list[Span]
) -> None:
    time = business_time(hours)
    pauses = [(since // MINUTE * MINUTE, until // MINUTE * MINUTE) for since, until in pauses]
    counted, at, end = 0, start, start + 4 * DAY_US
    dues: dict[int, int] = {}
    while at < end:
        opened = stands_open(hours, at)
        assert time.is_open(at) == opened
        if opened and not any(since <= at < until for since, until in pauses):
            dues.setdefault(0, at)
            counted += 1
            dues[counted] = at + MINUTE
        at += MINUTE
    assert time.between(start, end, pauses) == counted * MINUTE
    if amount in dues:
        assert time.add(start, amount * MINUTE, pauses) == dues[amount]


def stands_open(hours: Hours, at: int) -> bool:
    """Whether the wall clock lies in an open span, from the definition alone."""
    local = (_EPOCH + timedelta(microseconds=at)).astimezone(hours.zone)
    today, wall = local.date(), local.hour * 3_600 + local.minute * 60 + local.second
    breaks, extra = dict(hours.breaks), dict(hours.extra)

    def within(spans: object) -> bool:
        return any(since <= wall < until for since, until in spans(today)) or any(  # type: ignore[operator]
            since <= wall + 86_400 < until for since, until in spans(today - timedelta(days=1)))  # type: ignore[operator]

    def weekly(day: date) -> tuple[Span, ...]:
        closed = day in hours.holidays or (day.month, day.day) in hours.yearly
        return () if closed else hours.week[day.weekday()]

    opened = within(weekly) or within(lambda day: extra.get(day, ()))
    return opened and not within(lambda day: breaks.get(day, ()))


@given(st.sampled_from(ZONES), instants())
def test_offsets_are_those_of_the_time_zone_database(zone: str, at: int) -> None:
    expected = (_EPOCH + timedelta(microseconds=at)).astimezone(zone_named(zone)).utcoffset()
    assert offset_at(zone_named(zone), at) == expected // timedelta(microseconds=1)  # type: ignore[operator]


def test_an_offset_that_changes_with_the_year_belongs_to_the_new_one() -> None:
    station, year = zone_named("Antarctica/Casey"), us("1969-01-01T00:00Z")
    assert offsets(station, 1968) == ((us("1968-01-01T00:00Z"),), (0,))
    assert offsets(station, 1969)[1][0] == offset_at(station, year) == 8 * 60 * MINUTE
    assert offset_at(station, year - 1) == 0


def test_the_first_and_the_last_year_there_are_have_offsets() -> None:
    assert offset_at(zone_named("Europe/Zurich"), us("9999-12-31T22:59Z")) == 60 * MINUTE
    assert offset_at(zone_named("Europe/Zurich"), us("9999-12-31T23:00Z")) == 0, "where the calendar ends"
    assert offset_at(zone_named("America/New_York"), us("0001-01-02T00:00Z")) < 0
    with pytest.raises(OverflowError):
        offset_at(zone_named("UTC"), us("9999-12-31T23:59Z") + DAY_US)


@pytest.mark.parametrize(("zone", "year"), [("Europe/Moscow", 1917), ("Europe/Moscow", 1918), ("Europe/Zurich", 2026),
                                            ("Australia/Lord_Howe", 2026), ("Africa/Casablanca", 2026)])
def test_an_offset_begins_on_the_very_second_of_the_time_zone_database(zone: str, year: int) -> None:
    of = zone_named(zone)
    begins, found = offsets(of, year)
    assert len(begins) > 2
    for begin, offset in list(zip(begins, found, strict=True))[1:]:
        before, then = ((_EPOCH + timedelta(microseconds=at)).astimezone(of).utcoffset()
                        for at in (begin - SECOND_US, begin))
        assert before != then == timedelta(microseconds=offset)
