"""Hours as people write them: what is read, and what is refused with its reason."""

from __future__ import annotations

from contextlib import suppress
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supportdesk.desk.hour_words import bad_hours
from supportdesk.i18n import speaking
from supportdesk.rules.hours import BadHours, hours_of

MONDAY = {"mon": [["08:00", "12:00"]]}


def test_spans_holidays_and_dates_are_read() -> None:
    hours = hours_of("Europe/Zurich", {"mon": [["13:00", "24:00"], ["08:00", "12:00"]], "sun": [["22:00", "06:00"]]},
                     ["2026-08-01", "12-25"], {"2026-03-06": [["12:00", "13:30"]]},
                     {"2026-12-25": [["09:00", "10:00"]]})
    assert hours.week[0] == ((28_800, 43_200), (46_800, 86_400))
    assert hours.week[6] == ((79_200, 108_000),)
    assert set(hours.holidays) == {date(2026, 8, 1)}
    assert set(hours.yearly) == {(12, 25)}
    assert hours.breaks == ((date(2026, 3, 6), ((43_200, 48_600),)),)
    assert hours.extra == ((date(2026, 12, 25), ((32_400, 36_000),)),)


@pytest.mark.parametrize(("zone", "weekly", "more", "code"), [
    ("Europe/Atlantis", MONDAY, {}, "zone"),
    ("../../etc/passwd", MONDAY, {}, "zone"),
    ("Europe", MONDAY, {}, "zone"),
    ("", MONDAY, {}, "zone"),
    (None, MONDAY, {}, "zone"),
    ("UTC", "mon", {}, "form"),
    ("UTC", {"lun": [["08:00", "12:00"]]}, {}, "day"),
    ("UTC", {"mon": [["8:00", "12:00"]]}, {}, "time"),
    ("UTC", {"mon": [["08:60", "12:00"]]}, {}, "time"),
    ("UTC", {"mon": [["08:00", "24:01"]]}, {}, "time"),
    ("UTC", {"mon": [["24:00", "08:00"]]}, {}, "time"),
    ("UTC", {"mon": [[8, 12]]}, {}, "time"),
    ("UTC", {"mon": [["٠٨:00", "12:00"]]}, {}, "time"),
    ("UTC", {"mon": ["08:00", "12:00"]}, {}, "span"),
    ("UTC", {"mon": [["08:00"]]}, {}, "span"),
    ("UTC", {"mon": "08:00-12:00"}, {}, "span"),
    ("UTC", {"mon": [["08:00", "12:00"], ["11:59", "13:00"]]}, {}, "overlap"),
    ("UTC", {"mon": [["22:00", "06:00"]], "tue": [["05:00", "07:00"]]}, {}, "overlap"),
    ("UTC", {"sun": [["22:00", "06:00"]], "mon": [["05:00", "07:00"]]}, {}, "overlap"),
    ("UTC", {}, {}, "never"),
    ("UTC", {"mon": []}, {}, "never"),
    ("UTC", MONDAY, {"holidays": ["2026-02-30"]}, "date"),
    ("UTC", MONDAY, {"holidays": ["02-30"]}, "date"),
    ("UTC", MONDAY, {"holidays": ["20260301"]}, "date"),
    ("UTC", MONDAY, {"holidays": "12-25"}, "form"),
    ("UTC", MONDAY, {"holidays": [None]}, "date"),
    ("UTC", MONDAY, {"breaks": {"heute": [["08:00", "09:00"]]}}, "date"),
    ("UTC", MONDAY, {"breaks": ["2026-01-01"]}, "form"),
])
def test_what_cannot_be_is_refused_in_every_language(zone: Any, weekly: Any, more: dict[str, Any], code: str) -> None:
    with pytest.raises(BadHours) as refused:
        hours_of(zone, weekly, **more)
    assert refused.value.code == code
    sentences = set()
    for language in ("en", "fr", "de"):
        with speaking(language):
            sentences.add(bad_hours(refused.value))
    assert len(sentences) == 3
    assert not any("{" in sentence.replace('{"mon"', "") for sentence in sentences)


@pytest.mark.parametrize(("weekly", "more", "code", "what"), [
    ("mon", {}, "form", "mon"),
    ({"lun": []}, {}, "day", "lun"),
    ({"mon": [["8:00", "12:00"]]}, {}, "time", "8:00"),
    ({"mon": [["08:00", "25:00"]]}, {}, "time", "25:00"),
    ({"mon": [["24:00", "08:00"]]}, {}, "time", "24:00"),
    ({"mon": "08:00"}, {}, "span", "08:00"),
    ({"mon": [["08:00"]]}, {}, "span", "['08:00']"),
    ({"tue": [["08:00", "12:00"], ["11:59", "13:00"]]}, {}, "overlap", "tue"),
    ({"sun": [["22:00", "06:00"]], "mon": [["05:59", "07:00"]]}, {}, "overlap", "sun"),
    ({"sun": [["22:00", "06:00"]], "mon": [["05:59", "07:00"]], "tue": [["05:59", "07:00"]]}, {}, "overlap", "sun"),
    (MONDAY, {"holidays": "12-25"}, "form", "12-25"),
    (MONDAY, {"holidays": ["02-30"]}, "date", "02-30"),
    (MONDAY, {"breaks": {"2026-02-30": [["08:00", "09:00"]]}}, "date", "2026-02-30"),
    (MONDAY, {"breaks": ["2026-01-01"]}, "form", "['2026-01-01']"),
    ({}, {}, "never", ""),
])
def test_a_refusal_names_the_part_that_is_wrong(weekly: Any, more: dict[str, Any], code: str, what: str) -> None:
    with pytest.raises(BadHours) as refused:
        hours_of("UTC", weekly, **more)
    assert (refused.value.code, refused.value.what, str(refused.value)) == (code, what, code)


@pytest.mark.parametrize("zone", ["Europe/Atlantis", None])
def test_a_zone_that_is_none_is_named(zone: Any) -> None:
    with pytest.raises(BadHours) as refused:
        hours_of(zone, MONDAY)
    assert refused.value.what == str(zone)


def test_spans_may_touch_within_a_day_over_midnight_and_over_the_week() -> None:
    week = hours_of("UTC", {"mon": [["06:00", "12:00"], ["12:00", "24:00"]], "tue": [["00:00", "08:00"]],
                            "sun": [["22:00", "06:00"]]}).week
    assert week[0] == ((21_600, 43_200), (43_200, 86_400))
    assert hours_of("UTC", {"mon": [["08:00", "08:00"]]}).week[0] == ((28_800, 115_200),)
    assert hours_of("UTC", {}, extra={"2026-03-06": [["08:00", "09:00"]]}).week == ((),) * 7


JSON = st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
                    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3))


@given(JSON, JSON | st.dictionaries(st.sampled_from(["mon", "sun"]), JSON), JSON, JSON)
def test_whatever_is_given_is_read_or_refused(zone: Any, weekly: Any, holidays: Any, breaks: Any) -> None:
    for name in (zone, "UTC"):
        with suppress(BadHours):
            hours_of(name, weekly, holidays, breaks)
