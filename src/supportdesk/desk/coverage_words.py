"""What covers a call, in one line while it runs and in sentences when asked why."""

from datetime import tzinfo

from supportdesk.desk.clock_words import clock
from supportdesk.i18n import N_, _, ngettext
from supportdesk.rules.coverage import Why
from supportdesk.rules.durations import when
from supportdesk.store.views.coverage import Outlook
from supportdesk.terms.codes import Coverage, PromiseKind

_DUE = {
    PromiseKind.ANSWER: N_("answer due {time}"),
    PromiseKind.UPDATE: N_("update due {time}"),
    PromiseKind.SOLUTION: N_("solution due {time}"),
    PromiseKind.ON_SITE: N_("on site due {time}"),
}
_WHY = {
    Why.ONLY: N_("{name}: no other contract covers this call."),
    Why.PRODUCT: N_("{name}: it names the product."),
    Why.OWN: N_("{name}: it is the caller's own, the other one the integrator's."),
    Why.WEIGHT: N_("{name}: it has the greater weight."),
    Why.SOLUTION: N_("{name}: it promises the shorter solution."),
    Why.YOUNGER: N_("{name}: it is the younger one."),
    Why.ID: N_("{name}: nothing tells them apart, so always this one."),
}


def coverage_line(outlook: Outlook, now_us: int, zone: tzinfo) -> str:
    """What may be promised: "Alpina 24: covered until 18:00, answer due 14:20"."""
    if outlook.coverage is Coverage.NOT_ENTITLED:
        if outlook.ended_at is None:
            return _("not entitled: there is no contract")
        return _("not entitled: last contract ended {date}").format(date=clock_date(outlook.ended_at - 1, now_us, zone))
    parts = coverage_parts(outlook, now_us, zone)
    name = _("no contract, what everybody is promised") if outlook.coverage is Coverage.DEFAULT else outlook.name
    return _("{name}: {promises}").format(name=name, promises=", ".join(parts)) if parts else name


def coverage_parts(outlook: Outlook, now_us: int, zone: tzinfo) -> list[str]:
    """What may be promised, part by part: the hours, what is due next, the incidents left."""
    return [part for part in (_hours(outlook, now_us, zone), _due(outlook, now_us, zone), _left(outlook)) if part]


def coverage_reasons(outlook: Outlook) -> list[str]:
    """Why this contract, and what an agent should know of it."""
    found = []
    if outlook.why is not None:
        found.append(_(_WHY[outlook.why]).format(name=outlook.name))
    if outlook.others:
        found.append(_("It is covered by {names} as well.").format(names=", ".join(outlook.others)))
    if outlook.between:
        found.append(_("It is the contract of {name}, who stands in between.").format(name=outlook.between))
    if outlook.negotiated:
        count = len(outlook.negotiated)
        found.append(ngettext("{count} point was negotiated otherwise than in the standard terms.",
                              "{count} points were negotiated otherwise than in the standard terms.",
                              count).format(count=count))
    return found


def clock_date(at_us: int, now_us: int, zone: tzinfo) -> str:
    """A day, with its year when it is far."""
    moment = when(at_us, now_us, zone)
    return f"{moment.local:%d.%m.}" if abs(moment.days) < 300 else f"{moment.local:%d.%m.%Y}"


def _hours(outlook: Outlook, now_us: int, zone: tzinfo) -> str:
    if outlook.always:
        return _("7x24")
    if outlook.open_until is not None:
        return _("covered until {time}").format(time=clock(outlook.open_until, now_us, zone))
    if outlook.opens_at is not None:
        return _("closed, covered again {time}").format(time=clock(outlook.opens_at, now_us, zone))
    return ""


def _due(outlook: Outlook, now_us: int, zone: tzinfo) -> str:
    if outlook.owed is None:
        return ""
    return _(_DUE[outlook.owed]).format(time=clock(outlook.due, now_us, zone))


def _left(outlook: Outlook) -> str:
    if outlook.left is None:
        return ""
    return ngettext("{count} incident left", "{count} incidents left", outlook.left).format(count=outlook.left)
