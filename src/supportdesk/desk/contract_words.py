"""What a contract says, in words: one fact after another, and what was negotiated marked as such."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from supportdesk.desk.agreement_dates import begin_of, end_of
from supportdesk.desk.labels import CHANNEL, CONTRACT, PROMISE, STATUS, label
from supportdesk.i18n import _, pgettext
from supportdesk.rules.amounts import amount
from supportdesk.store.instants import micros
from supportdesk.store.views.contracts import ContractLine, ContractPage, TargetLine


class Fact(NamedTuple):
    """What it is, what stands there (unsafe, as stored), and whether that was negotiated otherwise than in the standard
    terms: the text says so too."""

    name: str
    text: str
    negotiated: bool = False


def facts(page: ContractPage) -> list[Fact]:
    """Everything a contract says, the empty left out."""
    return [Fact(_("Contract"), page.name), *(fact for group in groups(page) for fact in group)]


def groups(page: ContractPage) -> list[list[Fact]]:
    """The same without its name, what belongs together in a group: who and since when, what is promised, what it
    covers, how available services are, who is responsible."""
    found = ([fact for fact in facts if fact.text] for facts in (
        _party(page), _promised(page), _covered(page), _availabilities(page), _responsibilities(page)))
    return [group for group in found if group]


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


def _party(page: ContractPage) -> Iterator[Fact]:
    yield Fact(_("Slug"), page.slug)
    yield Fact(_("Kind"), label(CONTRACT, page.kind))
    yield Fact(_("Contract with"), page.party)
    yield Fact(_("In between"), page.between or "")
    yield Fact(_("Standard terms"), page.standard or "")
    yield Fact(_("Valid"), " ".join((valid_words(page), "" if page.in_force else _("(not in force)"))).strip())
    yield Fact(_("Version from"), _day(page.since, page.zone))
    yield Fact(_("Changes on"), ", ".join(_day(each, page.zone) for each in page.to_come))


def _promised(page: ContractPage) -> Iterator[Fact]:
    yield _marked(page, "calendar", _("Calendar"), page.calendar)
    for target in page.targets:
        yield Fact(target.priority, _target(target, page.calendar), target.negotiated)
    yield _marked(page, "stops", _("Stops the clocks"),
                  ", ".join(label(STATUS, each) for each in page.stops) or _("nothing"))
    yield _marked(page, "attempts", _("Attempts"),
                  _("an attempt that reached nobody counts as an answer") if page.attempts else "")


def _covered(page: ContractPage) -> Iterator[Fact]:
    yield _marked(page, "products", _("Products"), ", ".join(page.products))
    yield _marked(page, "channels", _("Channels"), ", ".join(label(CHANNEL, each) for each in page.channels))
    yield _marked(page, "languages", _("Languages"), ", ".join(page.languages))
    yield _marked(page, "key_account", _("Key account"), _("yes") if page.key_account else "")
    yield _marked(page, "weight", _("Weight"), str(page.weight) if page.weight else "")
    yield _marked(page, "incidents", _("Incidents"), incidents_words(page.incidents, page.incidents_used))
    yield _marked(page, "joint", _("Joint support"), _joint(page.joint or {}))
    yield _marked(page, "supplier", _("Supplier"), _parts(page.supplier or {}, "name", "promise"))


def _availabilities(page: ContractPage) -> Iterator[Fact]:
    for each in page.availability:
        yield _marked(page, "availability", _("Availability"), _availability(each))


def _responsibilities(page: ContractPage) -> Iterator[Fact]:
    for each in page.responsibilities:
        yield _marked(page, "responsibilities", _("Responsibility"), responsibility_words(each))
    yield Fact(_("Text"), page.text)


def _marked(page: ContractPage, name: str, title: str, text: str) -> Fact:
    if name not in page.own:
        return Fact(title, text)
    return Fact(title, _("{text} (negotiated)").format(text=text or _("none")), True)


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
    return " · ".join(part for part in (", ".join(said), vendors) if part)


def _availability(each: Mapping[str, Any]) -> str:
    parts = [_("{service}: {percent} % a month").format(service=each.get("service") or "",
                                                        percent=_decimal(each.get("percent") or 0))]
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
    duty, who = str(each.get("duty") or ""), " · ".join(said)
    return _("{what}: {text}").format(what=duty, text=who) if duty and who else duty or who


def _parts(of: Mapping[str, Any], *named: str) -> str:
    return ": ".join(str(of[name]) for name in named if of.get(name))


def _decimal(number: float) -> str:
    return f"{number:g}".replace(".", pgettext("decimal sign", "."))


def _day(at: datetime | None, zone: str) -> str:
    return str(begin_of(micros(at), zone or "UTC")) if at else ""
