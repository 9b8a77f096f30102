"""Minutes near, clock times far (LOOK.md "Time")."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supportdesk.rules.durations import Span, WhenKind, instant, near, span, when

ZURICH = ZoneInfo("Europe/Zurich")
MINUTE = 60_000_000


def us(text: str) -> int:
    """Wall time in Zurich -> microseconds UTC."""
    local = datetime.fromisoformat(text).replace(tzinfo=ZURICH)
    return (local - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


NOW = us("2023-11-21 14:02")


@pytest.mark.parametrize(
    ("at", "kind", "minutes", "days"),
    [
        ("2023-11-21 14:05", WhenKind.MIN, 3, 0),
        ("2023-11-21 14:02", WhenKind.MIN, 0, 0),
        ("2023-11-21 13:50", WhenKind.MIN, -12, 0),
        ("2023-11-21 16:01", WhenKind.MIN, 119, 0),
        ("2023-11-21 16:02", WhenKind.TIME, None, 0),
        ("2023-11-21 16:40", WhenKind.TIME, None, 0),
        ("2023-11-21 08:30", WhenKind.TIME, None, 0),
        ("2023-11-22 08:30", WhenKind.WEEKDAY_TIME, None, 1),
        ("2023-11-27 08:30", WhenKind.WEEKDAY_TIME, None, 6),
        ("2023-11-28 08:30", WhenKind.DATE, None, 7),
        ("2023-11-15 23:59", WhenKind.WEEKDAY_TIME, None, -6),
        ("2023-11-14 23:59", WhenKind.DATE, None, -7),
    ],
)
def test_an_instant_is_written_by_its_distance(at: str, kind: WhenKind, minutes: int | None, days: int) -> None:
    shown = when(us(at), NOW, ZURICH)
    assert (shown.kind, shown.minutes, shown.days) == (kind, minutes, days)
    assert shown.local.isoformat(" ", "minutes")[:16] == at


def test_minutes_win_over_midnight() -> None:
    shown = when(us("2023-11-22 00:20"), us("2023-11-21 23:50"), ZURICH)
    assert (shown.kind, shown.minutes, shown.days) == (WhenKind.MIN, 30, 1)


def test_the_readers_zone_decides_what_today_is() -> None:
    late = us("2023-11-21 23:30")
    assert when(late, NOW, ZURICH).kind is WhenKind.TIME
    assert when(late, NOW, ZoneInfo("Asia/Tokyo")).kind is WhenKind.WEEKDAY_TIME


def test_a_night_with_25_hours_keeps_its_clock_times() -> None:
    shown = when(us("2023-10-29 08:30"), us("2023-10-28 23:00"), ZURICH)
    assert (shown.local.hour, shown.local.utcoffset()) == (8, timedelta(hours=1))


def test_half_a_minute_late_is_late() -> None:
    assert near(-MINUTE // 2) == -1
    assert near(MINUTE // 2) == 0
    assert near(120 * MINUTE) is None
    assert near(-120 * MINUTE) is None


instants = st.integers(us("1900-01-02 00:00"), us("2199-12-30 00:00"))


@given(instants, instants)
def test_minus_means_overdue_and_nothing_else_does(at: int, now: int) -> None:
    shown = when(at, now, ZURICH)
    assert shown.overdue is (at < now)
    assert (shown.kind is WhenKind.MIN) is (shown.minutes is not None)
    if shown.minutes is not None:
        assert (shown.minutes < 0) is shown.overdue
        assert shown.minutes * MINUTE <= at - now < (shown.minutes + 1) * MINUTE


@given(instants)
def test_instants_are_exact_to_the_microsecond(at: int) -> None:
    assert (instant(at) - instant(0)) // timedelta(microseconds=1) == at


def test_a_span_is_cut_into_days_hours_and_minutes() -> None:
    assert span(219 * MINUTE) == Span(False, 0, 3, 39)
    assert span(-(2 * 1440 + 61) * MINUTE) == Span(True, 2, 1, 1)
    assert span(59_999_999) == Span(False, 0, 0, 0)
