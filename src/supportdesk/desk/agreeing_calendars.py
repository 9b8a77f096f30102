"""Calendars of a file put beside those that stand: what would be written, and what cannot be."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from supportdesk.desk.agreement_dates import begin_us, today
from supportdesk.desk.agreement_file import CalendarDraft, VersionDraft, begin_once
from supportdesk.desk.holiday_dates import public_holidays
from supportdesk.desk.hour_words import bad_hours
from supportdesk.desk.written import Problems, Unclear, shown
from supportdesk.i18n import _
from supportdesk.rules.agreed import begins, hours_before
from supportdesk.rules.business_time import NeverOpen
from supportdesk.rules.calendars import calendar_time
from supportdesk.rules.hours import BadHours
from supportdesk.store.instants import micros
from supportdesk.store.views.agreed import KeptCalendar

YEARS_BACK, YEARS_AHEAD = 1, 5
"""Years of public holidays that are written into a calendar where the file does not say which."""

_SIMPLE = frozenset({"since", "zone", "weekly"})
_RECIPE = ("country", "subdivision", "language", "without")


@dataclass(frozen=True, slots=True)
class CalendarPlan:
    """A calendar as it would be."""

    id: UUID
    slug: str
    name: str
    versions: tuple[dict[str, Any], ...]

    @property
    def values(self) -> dict[str, Any]:
        """Its fields. Plain hours from ever stand in their own, without a version."""
        first = self.versions[0]
        plain = first["since"] is None and first.keys() <= _SIMPLE
        return {"slug": self.slug, "name": self.name, "zone": first["zone"], "weekly": first["weekly"],
                "versions": list(self.versions[1:] if plain else self.versions) or None}


def plan_calendar(draft: CalendarDraft, id: UUID, stands: KeptCalendar | None, used: bool, now: datetime,
                  language: str, problems: Problems) -> CalendarPlan | None:
    """The calendar that a file describes, with what stays of the one that stands: its versions before the first of the
    file. ``used``: somebody was promised something by it, so that its past stays. None with a problem."""
    kept = stands.versions if stands else ()
    if not begin_once(problems, draft.versions, lambda version: str(version.said["zone"])):
        return None
    versions = []
    for version in draft.versions:
        try:
            versions.append(_version(version, kept, now, language))
        except Unclear as unclear:
            problems.add((*version.path, unclear.key), str(unclear))
    if len(versions) < len(draft.versions) or not versions:
        return None
    first = min(begins(version["since"]) for version in versions)
    whole = sorted((*(each for each in kept if begins(each.get("since")) < first), *versions),
                   key=lambda each: begins(each["since"]))
    plan = CalendarPlan(id, draft.slug, draft.name or (stands.name if stands else "") or draft.slug, tuple(whole))
    sound = _opens(plan, draft, now, problems)
    if used and stands is not None:
        sound &= _past_stays(plan, stands, draft, now, problems)
    return plan if sound else None


def _version(draft: VersionDraft, kept: Sequence[Mapping[str, Any]], now: datetime, language: str) -> dict[str, Any]:
    version = {"since": begin_us(draft.since, draft.said["zone"]), **draft.said}
    if "country" in version:
        _with_holidays(version, kept, now, language)
    return version


def _with_holidays(version: dict[str, Any], kept: Sequence[Mapping[str, Any]], now: datetime, language: str) -> None:
    """Write the public holidays in as dates. Years that were written in before stay as they are, whatever the library
    says today."""
    before = next((each for each in kept if each.get("since") == version["since"]), {})
    version.setdefault("language", before.get("language") or language)
    same = bool(before) and all(before.get(name) == version.get(name) for name in _RECIPE)
    known = before.get("years") if same else None
    year = today(now, version["zone"]).year
    first, last = version.get("years") or (
        min(year - YEARS_BACK, *(known or ())[:1]) if known else year - YEARS_BACK,
        max(year + YEARS_AHEAD, *(known or ())[1:]) if known else year + YEARS_AHEAD,
    )
    version["years"] = [first, last]
    there = {day["on"]: day for day in before.get("holidays") or () if not day.get("own")}
    own = version.get("holidays") or []
    mine = {day["on"] for day in own}
    dropped = set(version.get("without") or ())
    listed = []
    for on, name in public_holidays(version["country"], version.get("subdivision"), first, last, version["language"]):
        if not (known and known[0] <= int(on[:4]) <= known[1]):
            listed.append({"on": on, "name": name})
    listed += [day for on, day in there.items() if known and first <= int(on[:4]) <= last]
    version["holidays"] = own + sorted(
        (day for day in listed if day["on"] not in mine | dropped and day["on"][5:] not in dropped),
        key=lambda day: str(day["on"]),
    )


def _opens(plan: CalendarPlan, draft: CalendarDraft, now: datetime, problems: Problems) -> bool:
    """Whether the calendar opens again from the beginning of its last version on."""
    last = plan.versions[-1]
    try:
        time = calendar_time([(version["since"], version) for version in plan.versions])
        time.next_open(max(begins(last["since"]), micros(now)))
    except BadHours as bad:
        problems.add(draft.path, bad_hours(bad))
        return False
    except NeverOpen:
        problems.add((*draft.versions[-1].path, "weekly"), _(
            "Calendar {slug} never opens again. Give at least one weekday a span.").format(slug=shown(plan.slug)))
        return False
    return True


def _past_stays(plan: CalendarPlan, stands: KeptCalendar, draft: CalendarDraft, now: datetime,
                problems: Problems) -> bool:
    on = today(now, plan.versions[-1]["zone"])
    at = begin_us(on, plan.versions[-1]["zone"])
    assert at is not None
    if hours_before(stands.versions, at, on) == hours_before(plan.versions, at, on):
        return True
    changed = next((version for version in reversed(draft.versions)
                    if begins(begin_us(version.since, version.said["zone"])) < at), draft)
    problems.add(changed.path, _(
        "Calendar {slug} is in use, and what is past stays as it was. Leave what holds before today as it stands, and "
        "write the change as a [[calendar.version]] of its own with from = {today} or later.").format(
            slug=shown(plan.slug), today=on))
    return False
