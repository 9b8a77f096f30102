"""The calculator of business time: one JSON line asks, one answers (``supportdesk calendar compute``)."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from math import isfinite
from typing import Any

from supportdesk.desk.hour_words import LONGEST, bad_hours
from supportdesk.i18n import _
from supportdesk.rules.business_time import BusinessTime, NeverOpen, Span, business_time
from supportdesk.rules.durations import instant
from supportdesk.rules.hours import BadHours, hours_of
from supportdesk.rules.text import safe
from supportdesk.rules.zones import DAY_US

MINUTE_US = 60_000_000
MOST_DAYS = 3_660_000
"""Days beyond which an amount is a slip of the hand."""
KEPT = 512
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Wrong(ValueError):
    """A question that cannot be answered; its text is the sentence."""


class Calculator:
    """Answers lines; the hours of equal calendars are read once."""

    def __init__(self) -> None:
        self._known: dict[str, BusinessTime] = {}

    def answer(self, line: str) -> dict[str, Any]:
        """The answer to one line: ``{"id", "due"}``, ``{"id", "minutes"}`` or ``{"id", "error"}``."""
        id = None
        try:
            asked = _object(line)
            id = asked.get("id")
            return {"id": id} | self._answer(asked)
        except BadHours as error:
            return {"id": id, "error": bad_hours(error)}
        except NeverOpen:
            return {"id": id, "error": _("These hours do not open often enough for that.")}
        except OverflowError:
            return {"id": id, "error": _("That is outside the years 1 to 9999.")}
        except Wrong as error:
            return {"id": id, "error": str(error)}

    def _answer(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        time = self._time(asked)
        start = _instant(asked, "start")
        pauses = _pauses(asked.get("pauses") or ())
        if ("minutes" in asked) == ("end" in asked):
            raise Wrong(_("Give either minutes (the answer is when they are over) or end (the answer is how many)."))
        if "end" in asked:
            counted = time.between(start, _instant(asked, "end"), pauses)
            minutes, rest = divmod(counted, MINUTE_US)
            return {"minutes": minutes if not rest else counted / MINUTE_US}
        due = time.add(start, _amount(asked["minutes"]), pauses)
        return {"due": instant(due).astimezone(time.hours.zone).isoformat()}

    def _time(self, asked: Mapping[str, Any]) -> BusinessTime:
        written = [asked.get(name) for name in ("timezone", "weekly_hours", "holidays", "breaks")]
        key = repr(written)
        known = self._known.get(key)
        if known is None:
            zone, weekly, holidays, breaks = written
            known = business_time(hours_of(zone, weekly, holidays or (), breaks))
            if len(self._known) >= KEPT:
                self._known.clear()
            self._known[key] = known
        return known


def _object(line: str) -> Mapping[str, Any]:
    try:
        asked = json.loads(line)
    except (ValueError, RecursionError):
        asked = None
    if not isinstance(asked, dict):
        raise Wrong(_("This line is no JSON object."))
    return asked


def _instant(asked: Mapping[str, Any], name: str) -> int:
    return _microseconds(asked.get(name), name)


def _microseconds(text: object, name: str) -> int:
    try:
        if not isinstance(text, str):
            raise ValueError
        at = datetime.fromisoformat(text)
    except ValueError:
        raise Wrong(_("{name} is no instant: {text}. Write it as 2026-03-04T14:20:00+01:00.").format(
            name=name, text=safe(str(text))[:LONGEST])) from None
    if at.utcoffset() is None:
        raise Wrong(_("{name} has no offset: {text}. Write it as 2026-03-04T14:20:00+01:00.").format(
            name=name, text=safe(text)[:LONGEST]))
    passed = at - EPOCH
    return (passed.days * 86_400 + passed.seconds) * 1_000_000 + passed.microseconds


def _pauses(written: object) -> list[Span]:
    if not isinstance(written, list | tuple) or not all(isinstance(each, list) and len(each) == 2 for each in written):
        raise Wrong(_("pauses are pairs of instants: [[from, to], …]."))
    return [(_microseconds(since, "pauses"), _microseconds(until, "pauses")) for since, until in written]


def _amount(minutes: object) -> int:
    if isinstance(minutes, bool) or not isinstance(minutes, int | float) or not isfinite(minutes) or minutes < 0:
        raise Wrong(_("minutes is a number from 0 on."))
    if minutes * MINUTE_US > MOST_DAYS * DAY_US:
        raise OverflowError
    return round(minutes * MINUTE_US)
