"""When a callback is promised, as agents type it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supportdesk.rules.whenever import parse_clock, parse_since, parse_when
from tests.hostile import CORPUS

ZURICH = ZoneInfo("Europe/Zurich")
NOW = datetime(2026, 11, 20, 13, 2, tzinfo=UTC)  # 14:02 in Zürich


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("30", "2026-11-20T13:32"),
        ("15 min", "2026-11-20T13:17"),
        ("14:30", "2026-11-20T13:30"),
        ("14h30", "2026-11-20T13:30"),
        ("08:15", "2026-11-21T07:15"),
        (" 14:02 ", "2026-11-21T13:02"),
        ("2h", "2026-11-20T15:02"),
        ("tomorrow 9:00", "2026-11-21T08:00"),
        ("demain 9h", "2026-11-21T08:00"),
        ("morgen 9:00", "2026-11-21T08:00"),
        ("lundi 9h", "2026-11-23T08:00"),
        ("24.12. 10:00", "2026-12-24T09:00"),
        ("2026-11-24 09:00", "2026-11-24T08:00"),
        ("2026-11-24T09:00", "2026-11-24T08:00"),
        ("2026-11-24T09:00+00:00", "2026-11-24T09:00"),
        ("2026-11-24T09:00:00Z", "2026-11-24T09:00"),
    ],
)
def test_minutes_clock_times_and_dates_are_understood(typed: str, meant: str) -> None:
    assert parse_when(typed, NOW, ZURICH) == datetime.fromisoformat(meant).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    "typed",
    [
        "", "0", "-5", "99999", "1e3", "soon", "25:00", "14:75", "31.02. 10:00", "demain", "2026-11-24",
        "2025-01-01 09:00", "9999-12-31T23:59-12:00", "0001-01-01T00:00+12:00",
    ],
)  # fmt: skip
def test_what_is_no_future_instant_is_refused(typed: str) -> None:
    assert parse_when(typed, NOW, ZURICH) is None


def test_a_clock_time_on_the_night_the_clock_goes_back_is_the_first_of_the_two() -> None:
    saturday = datetime(2026, 10, 24, 20, 0, tzinfo=UTC)
    assert parse_when("02:30", saturday, ZURICH) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


@given(st.integers(0, 23), st.integers(0, 59), st.integers(0, 10**8))
def test_a_clock_time_is_the_next_one_within_a_day(hour: int, minute: int, second: int) -> None:
    now = NOW + timedelta(seconds=second)
    meant = parse_when(f"{hour:02}:{minute:02}", now, ZURICH)
    assert meant is not None
    assert timedelta(0) < meant - now <= timedelta(hours=25)
    assert meant.tzinfo is UTC


def test_hostile_text_is_refused_or_understood_and_nothing_else() -> None:
    for hostile in CORPUS:
        meant = parse_when(hostile.text, NOW, ZURICH)
        assert meant is None or meant > NOW


@pytest.mark.parametrize("span", ["30", "5 min", "2h", "2 hours", "3 Stunden"])
def test_a_span_from_now_is_no_clock_time(span: str) -> None:
    assert parse_when(span, NOW, ZURICH) is not None
    assert parse_clock(span, NOW, ZURICH) is None


@pytest.mark.parametrize("text", ["17:00", "17h", "17uhr", "morgen 9:00", "24.12. 10:00", "2026-12-24 09:00"])
def test_a_clock_time_is_the_same_whoever_asks(text: str) -> None:
    assert parse_clock(text, NOW, ZURICH) == parse_when(text, NOW, ZURICH) is not None


@pytest.mark.parametrize(("typed", "meant"), [
    ("30", "2026-11-20T13:32"), ("2h", "2026-11-20T12:02"), ("14:02", "2026-11-20T14:02"),
    ("14:03", "2026-11-19T14:03"), ("9h", "2026-11-20T09:00"), ("today 9:00", "2026-11-20T09:00"),
    ("heute 18:00", None), ("yesterday 9:00", "2026-11-19T09:00"), ("hier 18h", "2026-11-19T18:00"),
    ("gestern 23:00", "2026-11-19T23:00"), ("tu 9:00", "2026-11-17T09:00"), ("fr 9:00", "2026-11-20T09:00"),
    ("fr 18:00", "2026-11-13T18:00"), ("24.12. 10:00", "2025-12-24T10:00"), ("1.11. 10:00", "2026-11-01T10:00"),
    ("1.11.2020 10:00", "2020-11-01T10:00"), ("2026-10-01 08:00", "2026-10-01T08:00"), ("tomorrow 9:00", None),
    ("2026-12-24 10:00", None), ("1.11.2030 10:00", None), ("soon", None), ("", None),
])
def test_a_time_that_is_past_is_the_last_such_time(typed: str, meant: str | None) -> None:
    at = parse_since(typed, NOW, ZURICH)
    assert (at and at.astimezone(ZURICH).strftime("%Y-%m-%dT%H:%M")) == meant


@pytest.mark.parametrize(("typed", "meant"), [
    ("20", "2026-03-02T13:40:00+00:00"), ("20 min", "2026-03-02T13:40:00+00:00"), ("0", "2026-03-02T14:00:00+00:00"),
    ("2 hours", "2026-03-02T12:00:00+00:00"), ("14:30", "2026-03-02T13:30:00+00:00"),
    ("15:30", "2026-03-01T14:30:00+00:00"), ("8h15", "2026-03-02T07:15:00+00:00"),
    ("2026-02-28 09:00", "2026-02-28T08:00:00+00:00"), ("2026-02-28T09:00Z", "2026-02-28T09:00:00+00:00"),
    ("2026-03-02T14:01Z", None), ("99999", None), ("25:00", None), ("12:60", None), ("tomorrow 9:00", None),
    ("", None), ("soon", None),
])
def test_a_time_that_has_passed_is_read_backwards(typed: str, meant: str | None) -> None:
    now = datetime(2026, 3, 2, 14, 0, tzinfo=UTC)
    at = parse_since(typed, now, ZoneInfo("Europe/Zurich"))
    assert (at.isoformat() if at else None) == meant
