"""Opening hours in one line, as people write them on a door."""

from collections.abc import Mapping
from typing import Any

from supportdesk.desk.clock_words import weekday
from supportdesk.i18n import _
from supportdesk.rules.hours import DAYS

_WHOLE = [["00:00", "24:00"]]


def week_words(weekly: Mapping[str, Any]) -> str:
    """The week, days of equal hours together: "mo-fr 08:00-12:00, 13:00-18:00"."""
    if all(weekly.get(day) == _WHOLE for day in DAYS):
        return _("7x24")
    parts = []
    first = 0
    while first < len(DAYS):
        spans, last = weekly.get(DAYS[first]), first
        while last + 1 < len(DAYS) and weekly.get(DAYS[last + 1]) == spans:
            last += 1
        if spans:
            days = weekday(first) if first == last else f"{weekday(first)}-{weekday(last)}"
            parts.append(f"{days} {spans_words(spans)}")
        first = last + 1
    return "; ".join(parts)


def spans_words(spans: Any) -> str:
    return ", ".join("-".join(str(end) for end in span) for span in spans)
