"""What a caller's time window does, in sentences; and a window as people type it: ``17:00 payroll``."""

from datetime import datetime, tzinfo

from supportdesk.desk import clock_words
from supportdesk.i18n import _
from supportdesk.rules.text import safe
from supportdesk.rules.whenever import parse_clock
from supportdesk.rules.window import HOUR_US, STEPS, Rise, Window

AT_MOST = 3
"""Words of a time: ``24. 12. 10:00``."""

NONE = "-"
"""Typed for a time: it is needed by no time any more."""


def typed_window(text: str, now: datetime, zone: tzinfo) -> tuple[datetime, str] | None:
    """When something is needed and for what, of a text that begins with a clock time or a day and one
    (:func:`supportdesk.rules.whenever.parse_clock`); None for any other."""
    words = text.split()
    for count in range(min(AT_MOST, len(words)), 0, -1):
        at = parse_clock(" ".join(words[:count]), now, zone)
        if at is not None:
            return at, " ".join(words[count:])
    return None


def needed_words(of: Window, now_us: int, zone: tzinfo) -> str:
    """``needed by 17:00 for “payroll”``."""
    when = clock_words.clock(of.at, now_us, zone)
    if not of.words:
        return _("needed by {when}").format(when=when)
    return _("needed by {when} for “{what}”").format(when=when, what=safe(of.words))


def window_words(of: Window, raised: Rise | None, now_us: int, zone: tzinfo) -> str:
    """By when it is needed, what that has raised, and what it will raise next; ``raised`` is how it stands."""
    said = [f"{_capital(needed_words(of, now_us, zone))}."]
    if raised is not None:
        said.append(_("Less than {hours} h are left since {at}: urgency {urgency} at least, and {priority}.").format(
            hours=_hours(raised), at=clock_words.clock(raised.at, now_us, zone), urgency=raised.urgency,
            priority=raised.priority))
    coming = next((rise for rise in of.steps if rise.at > now_us and rise != raised), None)
    if coming is not None:
        said.append(_("From {at} on urgency {urgency} at least, and {priority}.").format(
            at=clock_words.clock(coming.at, now_us, zone), urgency=coming.urgency, priority=coming.priority))
    return " ".join(said)


def _hours(of: Rise) -> int:
    return next(left for left, urgency in STEPS if urgency == of.urgency) // HOUR_US


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
