"""What a contract says, in words: one fact after another, and what was negotiated marked as such."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from supportdesk.desk.agreement_dates import begin_of, end_of
from supportdesk.desk.labels import CHANNEL, CONTRACT, PROMISE, STATUS, label
from supportdesk.i18n import _
from supportdesk.rules.amounts import amount
from supportdesk.store.instants import micros
from supportdesk.store.views.contracts import ContractLine, ContractPage, TargetLine

Fact = tuple[str, str]
"""What it is, and what stands there (unsafe, as stored)."""


def facts(page: ContractPage) -> list[Fact]:
    """Everything a contract says, the empty left out."""
    return [(title, text) for title, text in _facts(page) if text]


def valid_words(contract: ContractPage | ContractLine) -> str:
    """From when until when, in days of its calendar's zone."""
    zone = contract.zone or "UTC"
    begin = str(begin_of(micros(contract.valid_from), zone)) if contract.valid_from else ""
    end = str(end_of(micros(contract.valid_until), zone)) if contract.valid_until else ""
    if begin and end:
        return _("{begin} to {end}").format(begin=begin, end=end)
    return _("from {begin}").format(begin=begin) if begin else _("until {end}").format(end=end) if end else ""


def incidents_words(included: int | None, used: int) -> str:
    """How many incidents are included, used and left."""
    if included is None:
        return ""
    return _("{used} of {included} used, {left} left").format(used=used, included=included,
                                                              left=max(0, included - used))


def _facts(page: ContractPage) -> Iterator[Fact]:
    def marked(name: str, text: str) -> str:
        return _("{text} (negotiated)").format(text=text or _("none")) if name in page.own else text

    yield _("Contract"), page.name
    yield _("Slug"), page.slug
    yield _("Kind"), label(CONTRACT, page.kind)
    yield _("Contract with"), page.party
    yield _("In between"), page.between or ""
    yield _("Standard terms"), page.standard or ""
    yield _("Valid"), " ".join((valid_words(page), "" if page.in_force else _("(not in force)"))).strip()
    yield _("Version from"), _day(page.since, page.zone)
    yield _("Changes on"), ", ".join(_day(each, page.zone) for each in page.to_come)
    yield _("Calendar"), marked("calendar", page.calendar)
    for target in page.targets:
        yield target.priority, _target(target, page.calendar)
    yield _("Stops the clocks"), marked("stops", ", ".join(label(STATUS, each) for each in page.stops) or _("nothing"))
    yield _("Attempts"), marked("attempts", _("an attempt that reached nobody counts as an answer")
                                if page.attempts else "")
    yield _("Products"), marked("products", ", ".join(page.products))
    yield _("Channels"), marked("channels", ", ".join(label(CHANNEL, each) for each in page.channels))
    yield _("Languages"), marked("languages", ", ".join(page.languages))
    yield _("Key account"), marked("key_account", _("yes") if page.key_account else "")
    yield _("Weight"), marked("weight", str(page.weight) if page.weight else "")
    yield _("Incidents"), marked("incidents", incidents_words(page.incidents, page.incidents_used))
    yield _("Joint support"), marked("joint", _joint(page.joint or {}))
    yield _("Supplier"), marked("supplier", _parts(page.supplier or {}, "name", "promise"))
    for each in page.availability:
        yield _("Availability"), marked("availability", _availability(each))
    for each in page.responsibilities:
        yield _("Responsibility"), marked("responsibilities", responsibility_words(each))
    yield _("Text"), page.text


def _target(target: TargetLine, calendar: str) -> str:
    text = _("{promise} within {amount}").format(
        promise=label(PROMISE, target.kind), amount=amount(target.seconds)
    ) if target.seconds else _("{promise}: not promised").format(promise=label(PROMISE, target.kind))
    if target.seconds and target.calendar != calendar:
        text += f" ({target.calendar})"
    if not target.negotiated:
        return text
    if target.standard_seconds is None:
        return _("{text} (negotiated)").format(text=text)
    return _("{text} (negotiated; standard {amount})").format(text=text, amount=amount(target.standard_seconds))


def _joint(joint: Mapping[str, Any]) -> str:
    said = [word for name, word in (("signed", _("signed")), ("paid", _("paid")), ("optional", _("optional")))
            if joint.get(name)]
    vendors = ", ".join(str(each) for each in joint.get("vendors") or ())
    return "; ".join(part for part in (", ".join(said), vendors) if part)


def _availability(each: Mapping[str, Any]) -> str:
    parts = [_("{service}: {percent} % a month").format(service=each.get("service") or "", percent=each.get("percent"))]
    if each.get("longest_outage"):
        parts.append(_("longest outage {amount}").format(amount=amount(int(each["longest_outage"]))))
    if each.get("maintenance"):
        parts.append(_("maintenance not counted: {when}").format(when=each["maintenance"]))
    return ", ".join(parts)


def responsibility_words(each: Mapping[str, Any]) -> str:
    """A duty with who does it, who decides, who is told and what the customer owes for it."""
    parts = [(_("does: {who}"), "does"), (_("decides: {who}"), "decides"), (_("is told: {who}"), "told"),
             (_("the customer: {who}"), "customer")]
    said = [words.format(who=each[name]) for words, name in parts if each.get(name)]
    return ": ".join(part for part in (str(each.get("duty") or ""), "; ".join(said)) if part)


def _parts(of: Mapping[str, Any], *named: str) -> str:
    return ": ".join(str(of[name]) for name in named if of.get(name))


def _day(at: datetime | None, zone: str) -> str:
    return str(begin_of(micros(at), zone or "UTC")) if at else ""
