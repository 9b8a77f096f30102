"""How an agent's shift stands, and whose list a callback stands on, in words (rules/shifts).

Names stand in them as they were written: show them through :mod:`supportdesk.rules.text`."""

from datetime import tzinfo

from supportdesk.desk.clock_words import clock
from supportdesk.desk.shift_page import Ended
from supportdesk.i18n import _, ngettext
from supportdesk.rules.shifts import Because, Holding, Presence, Standing


def standing_said(how: Standing, now_us: int, zone: tzinfo) -> str:
    """``on shift since 08:00``."""
    since = clock(how.since_us, now_us, zone)
    match how.presence:
        case Presence.ON:
            return _("on shift since {when}").format(when=clock(how.started_us, now_us, zone))
        case Presence.BREAK:
            return _("on a break since {when}").format(when=since)
        case Presence.OFF if how.left:
            return _("works here no more")
        case Presence.OFF if how.forgotten:
            return _("shift over since {when}: 16 hours after its start").format(when=since)
        case Presence.OFF:
            return _("shift over since {when}").format(when=since)
        case _:
            return _("no shift started yet")


def holding_said(held: Holding, owner: str, now_us: int, zone: tzinfo) -> str:
    """Why a callback stands on the team's list; "" for one that belongs to whoever promised it and is there."""
    since = clock(held.since_us, now_us, zone)
    match held.because:
        case Because.TAKEN_ALONG:
            return _("{agent} took it along, shift over since {when}").format(agent=owner, when=since)
        case Because.LATE:
            return _("on the team's list: 5 min late, promised by {agent}").format(agent=owner)
        case Because.BREAK:
            return _("on the team's list: {agent} is on a break since {when}").format(agent=owner, when=since)
        case Because.SHIFT_OVER:
            return _("on the team's list: the shift of {agent} is over since {when}").format(agent=owner, when=since)
        case Because.LEFT:
            return _("on the team's list: {agent} works here no more").format(agent=owner)
        case Because.NOBODYS:
            return _("on the team's list: nobody owns it")
        case _:
            return ""


def ended_said(ended: Ended) -> str:
    """What the end of a shift came to, in a sentence."""
    parts = []
    if ended.passed:
        parts.append(ngettext("{n} callback passed on", "{n} callbacks passed on", ended.passed).format(n=ended.passed))
    if ended.taken:
        parts.append(ngettext("{n} taken along", "{n} taken along", ended.taken).format(n=ended.taken))
    if ended.moved:
        parts.append(ngettext("{n} moved", "{n} moved", ended.moved).format(n=ended.moved))
    if not parts:
        return _("Your shift is over; nothing was promised.")
    return _("Your shift is over: {what}.").format(what=", ".join(parts))
