"""Instants in words: the one notation of time (LOOK.md "Time"; rules/durations decides which form)."""

from datetime import tzinfo

from supportdesk.i18n import _
from supportdesk.rules.durations import When, WhenKind, instant, when


def at(instant_us: int | None, now_us: int, zone: tzinfo) -> str:
    """``3 min``, ``-12 min``, ``16:40``, ``tu 08:30``, ``12.11.``; "" for None. Instants in microseconds UTC."""
    return "" if instant_us is None else words(when(instant_us, now_us, zone))


def ago(instant_us: int, now_us: int, zone: tzinfo) -> str:
    """Something past: ``3 min ago``, else as :func:`at`."""
    moment = when(instant_us, now_us, zone)
    if moment.kind is WhenKind.MIN and moment.minutes is not None:
        return _("{n} min ago").format(n=max(0, -moment.minutes - 1))
    return words(moment)


def words(moment: When) -> str:
    """The same of a moment already judged."""
    local = moment.local
    match moment.kind:
        case WhenKind.MIN:
            return _("{n} min").format(n=moment.minutes)
        case WhenKind.TIME:
            return f"{local:%H:%M}"
        case WhenKind.WEEKDAY_TIME:
            return f"{weekday(local.weekday())} {local:%H:%M}"
        case _:
            return f"{local:%d.%m.}" if abs(moment.days) < 300 else f"{local:%d.%m.%Y}"


def clock(instant_us: int | None, now_us: int, zone: tzinfo) -> str:
    """As :func:`at`, but never minutes: for what is read later or stands in a history (``13:41``, ``tu 13:41``)."""
    if instant_us is None:
        return ""
    moment = when(instant_us, now_us, zone)
    if moment.kind is WhenKind.MIN:
        moment = moment._replace(kind=WhenKind.WEEKDAY_TIME if moment.days else WhenKind.TIME)
    return words(moment)


def day(instant_us: int, now_us: int, zone: tzinfo) -> str:
    """In as few letters as tell how long ago something was: ``13:41`` today, ``tu``, ``12.11.``, ``2025``."""
    moment = when(instant_us, now_us, zone)
    if moment.kind is WhenKind.WEEKDAY_TIME or (moment.kind is WhenKind.MIN and moment.days):
        return weekday(moment.local.weekday())
    return clock(instant_us, now_us, zone) if abs(moment.days) < 300 else f"{moment.local:%Y}"


def hour(instant_us: int, zone: tzinfo) -> str:
    """The time of day alone: ``08:30``."""
    return f"{instant(instant_us).astimezone(zone):%H:%M}"


def weekday(number: int) -> str:
    """Two letters of a day of the week, 0 is Monday."""
    return (_("mo"), _("tu"), _("we"), _("th"), _("fr"), _("sa"), _("su"))[number]
