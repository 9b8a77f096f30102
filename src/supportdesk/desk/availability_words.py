"""What the availability of services was, in sentences."""

from collections.abc import Iterator
from decimal import ROUND_FLOOR, Decimal
from fractions import Fraction

from supportdesk.desk.availability import ContractMonth, ServiceMonth
from supportdesk.desk.promise_words import moment, span_words
from supportdesk.i18n import _
from supportdesk.rules.text import safe
from supportdesk.store.views.outages import OutageLine

_PLACES = Decimal("0.001")


def month_words(of: ContractMonth) -> list[str]:
    """One sentence a line, a blank line between services; instants in the zone of the contract's hours."""
    year, number = of.month
    if not of.services:
        return [_("No availability is promised for {month}.").format(month=f"{year}-{number:02}")]
    first = _("{month}, up to now ({zone}):") if of.lasts else _("{month} ({zone}):")
    lines = [first.format(month=f"{year}-{number:02}", zone=of.zone.key)]
    for place, each in enumerate(of.services):
        lines += [*([""] if place else []), *_service(each, of)]
    return lines


def outage_words(line: OutageLine, of: ContractMonth) -> str:
    """From when to when, on which ticket, why."""
    until = _("goes on") if line.ended_us is None else moment(line.ended_us, of.zone)
    what = _("Maintenance") if line.is_maintenance else _("Outage")
    more = ", ".join(part for part in (line.ticket.code if line.ticket else "", safe(line.reason)) if part)
    text = _("{what} {since} - {until}").format(what=what, since=moment(line.began_us, of.zone), until=until)
    return f"{text}, {more}." if more else f"{text}."


def percent_words(of: Fraction) -> str:
    """Never more than it was: cut after three places, zeros left out."""
    cut = (Decimal(of.numerator) / Decimal(of.denominator)).quantize(_PLACES, ROUND_FLOOR)
    return f"{cut.normalize():f}"


def _service(of: ServiceMonth, month: ContractMonth) -> Iterator[str]:
    found, name = of.figures, safe(of.service)
    if found.percent is None:
        yield _("{service}: no time was agreed on.").format(service=name)
    else:
        form = _("{service}: ran {percent} % of the agreed time, promised are {promised} %: kept.") if (
            found.percent >= of.percent) else _(
            "{service}: ran {percent} % of the agreed time, promised are {promised} %: not kept.")
        yield form.format(service=name, percent=percent_words(found.percent), promised=percent_words(of.percent))
        yield _("Agreed {agreed}, not running {down} of them.").format(
            agreed=span_words(found.agreed), down=span_words(found.down))
    if found.longest is not None:
        length = span_words(found.longest.amount)
        if of.longest is None:
            yield _("Longest outage: {length}.").format(length=length)
        else:
            form = _("Longest outage: {length}, promised are {promised} at most: kept.") if (
                found.longest.amount <= of.longest) else _(
                "Longest outage: {length}, promised are {promised} at most: not kept.")
            yield form.format(length=length, promised=span_words(of.longest))
    if not of.known:
        yield _("The catalogue knows no product and no component {service}: no outage can be counted for it.").format(
            service=name)
    for line in of.outages:
        yield outage_words(line, month)
