"""Versions of contracts and calendars as they are kept, put together and compared.

The terms of one version are *flat* here: one value for each name, the targets by names such as "targets.P1.solution".
So a contract that follows standard terms is what the standard says with its own values laid over, date by date.

Versions are those of the database (:mod:`supportdesk.rules.agreements`, :mod:`supportdesk.rules.calendars`): ``since``
is microseconds UTC, None from ever; amounts are seconds.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from supportdesk.rules.agreements import IN_CONTRACTS
from supportdesk.rules.calendars import ALWAYS
from supportdesk.terms.codes import Priority

PLAIN = ("calendar", "stops", "attempts", "products", "channels", "languages", "key_account", "incidents", "weight",
         "joint", "supplier", "availability", "responsibilities")
"""What a version says beside its targets."""

OF_TARGET = (*(kind.value for kind in IN_CONTRACTS), "calendar")

Flat = Mapping[str, Any]
Dated = tuple[int | None, Flat]
"""Terms from an instant on."""
Version = Mapping[str, Any]


def target_name(priority: str, name: str) -> str:
    return f"targets.{priority}.{name}"


TARGETS = tuple(target_name(priority, name) for priority in Priority for name in OF_TARGET)
NAMES = (*PLAIN, *TARGETS)


def begins(since: int | None) -> int:
    """When a version begins, to sort and compare by."""
    return ALWAYS if since is None else since


def flat(version: Version) -> dict[str, Any]:
    """The terms of a kept version, one value a name; what it does not say is not there."""
    found = {name: version[name] for name in PLAIN if version.get(name) is not None}
    for priority, target in (version.get("targets") or {}).items():
        found |= {target_name(priority, name): target[name] for name in OF_TARGET if target.get(name) is not None}
    return found


def kept(since: int | None, terms: Flat, own: Iterable[str] = ()) -> dict[str, Any]:
    """A version as it is kept; what says nothing is left out. An empty list of states that stop clocks says that none
    does."""
    version: dict[str, Any] = {"since": since}
    version |= {name: terms[name] for name in PLAIN if name in terms and (terms[name] or _is_said(name, terms[name]))}
    targets: dict[str, dict[str, Any]] = {}
    for priority in Priority:
        target = {name: value for name in OF_TARGET if (value := terms.get(target_name(priority, name))) is not None}
        if target:
            targets[priority.value] = target
    if targets:
        version["targets"] = targets
    if own:
        version["own"] = sorted(own)
    return version


def _is_said(name: str, value: object) -> bool:
    return (name == "stops" and value is not None) or (name == "incidents" and value == 0 and value is not None)


def followed(standard: Sequence[Dated], own: Sequence[Dated]) -> list[dict[str, Any]]:
    """The versions of a contract that follows standard terms, whole: one from every instant at which the standard or
    its own terms change, from its own first version on."""
    if not own:
        return []
    first = min(begins(since) for since, _terms in own)
    starts = {begins(since) for since, _terms in (*standard, *own) if begins(since) >= first}
    versions = []
    for at in sorted(starts):
        mine = _in_force(own, at)
        whole = {**_in_force(standard, at), **mine}
        versions.append(kept(None if at == ALWAYS else at, whole, mine))
    return compact(versions)


def compact(versions: Iterable[Version]) -> list[dict[str, Any]]:
    """The versions in their order, without those that say what the one before says."""
    found: list[dict[str, Any]] = []
    for version in sorted(versions, key=lambda each: begins(each["since"])):
        if not found or {**version, "since": None} != {**found[-1], "since": None}:
            found.append(dict(version))
    return found


def dated(versions: Iterable[Version]) -> list[Dated]:
    """Kept versions as terms by date."""
    return [(version.get("since"), flat(version)) for version in versions]


def own_terms(versions: Iterable[Version]) -> list[Dated]:
    """What a contract that follows has negotiated, by date: what was laid over the standard, and nothing else."""
    found: list[Dated] = []
    for version in sorted(versions, key=lambda each: begins(each.get("since"))):
        terms = flat(version)
        mine = {name: terms.get(name) for name in version.get("own") or ()}
        if not found or found[-1][1] != mine:
            found.append((version.get("since"), mine))
    return found


def before(versions: Iterable[Version], at: int) -> list[Version]:
    """The versions that were in force at some time before an instant."""
    return [version for version in versions if begins(version.get("since")) < at]


def hours_before(versions: Iterable[Version], at: int, today: date) -> list[dict[str, Any]]:
    """What of a calendar's versions was in force before the instant ``at``, the midnight ``today`` begins with: their
    hours, the holidays of every year, and of the rest the dates that are past. So a date to come may still be added to
    a version that is in force."""
    found = []
    for version in before(versions, at):
        past: dict[str, Any] = {name: version.get(name) for name in ("since", "zone", "weekly")}
        holidays = {str(day["on"]) for day in version.get("holidays") or ()}
        past["holidays"] = sorted(on for on in holidays if _is_past(on, today))
        for name in ("breaks", "extra"):
            past[name] = {on: spans for on, spans in (version.get(name) or {}).items() if _is_past(on, today)}
        found.append(past)
    return found


def _is_past(on: str, today: date) -> bool:
    return len(on) < len("2026-01-01") or on < today.isoformat()


def _in_force(of: Sequence[Dated], at: int) -> Flat:
    known = [(begins(since), terms) for since, terms in of if begins(since) <= at]
    return max(known, key=lambda each: each[0])[1] if known else {}
