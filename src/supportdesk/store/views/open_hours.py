"""The open hours of a calendar as its row keeps them."""

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from supportdesk.rules.calendars import CalendarTime, calendar_time
from supportdesk.rules.hours import BadHours


@lru_cache(maxsize=256)
def read_time(zone: str | None, weekly: str | None, kept: str | None) -> CalendarTime | None:
    """The hours the calendar has from ever are its own; its versions stand over them from their instant on."""
    found: list[tuple[int | None, Mapping[str, Any]]] = []
    if zone is not None and weekly is not None:
        found.append((None, {"zone": zone, "weekly": read_json(weekly)}))
    versions = read_json(kept)
    for version in versions if isinstance(versions, Sequence) else ():
        if isinstance(version, Mapping):
            since = version.get("since")
            found.append((since if isinstance(since, int) else None, version))
    try:
        return calendar_time(found)
    except BadHours:
        return None


def read_json(text: str | None) -> Any:
    """What a column holds; None where nobody can read it."""
    try:
        return json.loads(text) if text else None
    except ValueError:
        return None
