"""One version of a contract as written in a file: its terms, one value for each name (rules/agreed)."""

import re
from typing import Any

from supportdesk.desk.written import Table, shown
from supportdesk.i18n import _
from supportdesk.rules.agreed import target_name
from supportdesk.rules.agreements import IN_CONTRACTS, LONGEST, STOPPING
from supportdesk.rules.amounts import seconds_of
from supportdesk.terms.codes import Channel, Priority

VERSION = ("calendar", "targets", "stops", "attempts", "products", "channels", "languages", "key_account", "incidents",
           "weight", "joint", "supplier", "availability", "responsibilities")
TARGET = (*(kind.value for kind in IN_CONTRACTS), "calendar")
AVAILABILITY = ("service", "percent", "longest_outage", "maintenance")
JOINT = ("signed", "paid", "optional", "vendors")
SUPPLIER = ("name", "promise")
RESPONSIBILITY = ("duty", "does", "decides", "told", "customer")

NONE = "none"
"""Takes away a target of the standard terms."""
UNLIMITED = "unlimited"
"""Takes away the standard's limit of incidents."""

MOST_INCIDENTS = 1_000_000
MOST_WEIGHT = 1_000

_LANGUAGE = re.compile("[a-z]{2,3}")


def terms_of(table: Table, follows: bool) -> dict[str, Any]:
    """What a version says; calendars and products by the slugs it gives. ``follows``: over standard terms, so that an
    empty value takes one away."""
    said: dict[str, Any] = {"calendar": table.text("calendar")} | _targets(table, follows)
    said |= {
        "stops": table.texts("stops", tuple(status.value for status in STOPPING)),
        "attempts": table.flag("attempts"),
        "products": table.texts("products"),
        "channels": table.texts("channels", tuple(channel.value for channel in Channel)),
        "languages": _languages(table),
        "key_account": table.flag("key_account"),
        "incidents": _incidents(table, follows),
        "weight": table.whole("weight", MOST_WEIGHT),
        "joint": _joint(table),
        "supplier": _supplier(table),
        "availability": [_availability(each) for each in table.tables("availability", AVAILABILITY)],
        "responsibilities": [_responsibility(each) for each in table.tables("responsibilities", RESPONSIBILITY)],
    }
    return {name: value for name, value in said.items() if name.startswith("targets.") or table.has(name)}


def _targets(table: Table, follows: bool) -> dict[str, Any]:
    found: dict[str, Any] = {}
    targets = table.table("targets", tuple(Priority))
    for priority in Priority if targets else ():
        target = targets.table(priority.value, TARGET) if targets else None
        for name in target.values if target else ():
            if name == "calendar":
                found[target_name(priority, name)] = target.text(name) if target else None
            elif name in TARGET and target is not None:
                amount, sound = _amount(target, name, follows)
                if sound:
                    found[target_name(priority, name)] = amount
    return found


def _amount(table: Table, key: str, follows: bool) -> tuple[int | None, bool]:
    """Seconds, and whether they could be read."""
    written = table.values[key]
    if follows and written == NONE:
        return None, True
    try:
        seconds = seconds_of(written)
    except ValueError:
        table.wrong(key, _('{value} is no amount of time. Write it as "30 s", "15 min" or "4 h"; 2 days of 9 h are '
                           '"18 h".').format(value=shown(written)))
        return None, False
    if not seconds:
        table.wrong(key, _("Nobody can promise something within no time. Give an amount above 0, or leave it out."))
    elif seconds > LONGEST:
        table.wrong(key, _("{value} is more than a year. Give a shorter time, or leave it out.").format(
            value=shown(written)))
    return seconds, 0 < seconds <= LONGEST


def _incidents(table: Table, follows: bool) -> int | None:
    if follows and table.values.get("incidents") == UNLIMITED:
        return None
    return table.whole("incidents", MOST_INCIDENTS)


def _languages(table: Table) -> list[str] | None:
    languages = table.texts("languages")
    for each in languages or ():
        if not _LANGUAGE.fullmatch(each):
            table.wrong("languages", _("{value} is no language. Write its code, as fr.").format(value=shown(each)))
    return languages


def _joint(table: Table) -> dict[str, Any] | None:
    joint = table.table("joint", JOINT)
    if joint is None:
        return None
    found: dict[str, Any] = {key: joint.flag(key) for key in ("signed", "paid", "optional") if joint.has(key)}
    vendors = joint.texts("vendors")
    return found | ({"vendors": vendors} if vendors else {})


def _supplier(table: Table) -> dict[str, Any] | None:
    supplier = table.table("supplier", SUPPLIER)
    if supplier is None:
        return None
    return _said({"name": supplier.text("name", needed=bool(supplier.values)), "promise": supplier.text("promise")})


def _availability(table: Table) -> dict[str, Any]:
    percent = table.values.get("percent")
    if isinstance(percent, bool) or not isinstance(percent, int | float) or not 0 < percent <= 100:
        table.wrong("percent", _("percent is needed: a number above 0, 100 at most."))
    outage = _amount(table, "longest_outage", False)[0] if table.has("longest_outage") else None
    return _said({"service": table.text("service", needed=True), "percent": percent, "longest_outage": outage,
                  "maintenance": table.text("maintenance")})


def _responsibility(table: Table) -> dict[str, Any]:
    return _said({name: table.text(name, needed=name == "duty") for name in RESPONSIBILITY})


def _said(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}
