"""What is wrong with written hours, in sentences."""

from supportdesk.i18n import N_, _
from supportdesk.rules.hours import BadHours
from supportdesk.rules.text import safe

_WORDS = {
    "form": N_("{what} cannot be read as hours. Weekdays are written {example}."),
    "zone": N_("There is no time zone {what}. Write it as Europe/Zurich."),
    "day": N_("{what} is no weekday. Write mon, tue, wed, thu, fri, sat or sun."),
    "time": N_("{what} is no time of the day. Write it as 08:30, the end of a day as 24:00."),
    "span": N_("{what} is no span of time. Write its beginning and its end: {span}."),
    "overlap": N_("Two spans overlap on {what}. Join them, or let one begin later."),
    "date": N_("{what} is no date. Write it as 2026-12-24, or as 12-24 for every year."),
    "never": N_("These hours never open. Give at least one weekday a span."),
}
_SPAN = '["08:00", "12:00"]'
_EXAMPLE = f'{{"mon": [{_SPAN}]}}'
LONGEST = 60
"""Signs of what was written that a sentence shows."""


def bad_hours(error: BadHours) -> str:
    """One sentence: what is wrong and how it is written."""
    return _(_WORDS[error.code]).format(what=safe(error.what)[:LONGEST] or '""', example=_EXAMPLE, span=_SPAN)
