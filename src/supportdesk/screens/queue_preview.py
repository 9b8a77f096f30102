"""The preview beside the queue: what comes next and by when, what to tell the caller, the path; history last."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import tzinfo

from supportdesk.desk.clock_words import at, clock
from supportdesk.desk.labels import STATUS, label
from supportdesk.desk.promised import Promised, promise_steps, under_what
from supportdesk.desk.shift_words import holding_said
from supportdesk.desk.window_words import needed_words
from supportdesk.i18n import _
from supportdesk.rules.shifts import Because, Holder
from supportdesk.store.views.ticket import TicketView
from supportdesk.terms.codes import Lane
from supportdesk.widgets.lines import Line
from supportdesk.widgets.wrap import wrapped

STEPS = 3
"""Promises shown, the most pressing first."""


def preview(ticket: TicketView, promised: Promised, now_us: int, zone: tzinfo, region: str, cells: int,
            wide: bool) -> list[Line]:
    """The lines of the panel, ``cells`` wide; ``wide`` adds the caller's words."""
    lines: list[Line] = [_head(ticket, now_us), ((f" {ticket.title}", "strong"),)]
    lines += [*_next(ticket, now_us, zone), *_promised(ticket, promised, now_us, zone, cells), ""]
    lines.append(((" " + _("To tell the caller"), "dim"),))
    lines += _to_tell(ticket, promised, now_us, zone, region, cells)
    lines += ["", ((" " + _("Path"), "dim"),), *_path(ticket, now_us, zone)]
    if wide:
        lines += ["", ((" " + _("In the caller's words"), "dim"),)]
        lines += [f" {line}" for line in wrapped(ticket.description, cells - 2)[:8]]
        if ticket.solution:
            lines += ["", ((" " + _("Solution"), "dim"),)]
            lines += [f" {line}" for line in wrapped(ticket.solution, cells - 2)[:6]]
    return lines


def _head(ticket: TicketView, now_us: int) -> Line:
    level = _("level {n}").format(n=ticket.level) if ticket.level else ""
    state = ", ".join(part for part in (label(STATUS, ticket.status), level) if part)
    priority = ticket.priority_at(now_us)
    style = "alarm" if priority == "P1" else "strong"
    return ((f" {ticket.number}", "strong"), (f"  {priority}", style), (f"  {state}", ""))


def _next(ticket: TicketView, now_us: int, zone: tzinfo) -> Iterator[Line]:
    """What comes next, and by when."""
    working = ticket.assignee.shown if ticket.assignee else ""
    if ticket.lane is Lane.CLOSED:
        yield ((" " + clock(ticket.closed_us or ticket.solved_us or ticket.updated_us, now_us, zone), "dim"),
               (f" {working}", ""))
        return
    offer = ticket.open_offer
    if offer is not None and offer.to_team is not None:
        yield ((" " + _("offered to {team}, not answered yet").format(team=offer.to_team.shown), "warn"),)
    elif working:
        unconfirmed = ", " + _("not yet confirmed") if ticket.unconfirmed else ""
        yield ((" " + _("{who} works on it").format(who=working), ""), (unconfirmed, "warn"))
    else:
        yield ((" " + _("nobody works on it"), "alarm" if ticket.priority_at(now_us) == "P1" else ""),)
    if ticket.window is not None:
        yield ((" " + needed_words(ticket.window, now_us, zone), "warn" if ticket.rank(now_us) else ""),)
    if ticket.chasers:
        yield ((" " + _("asked x{n}").format(n=ticket.chasers), "warn"),)


def _promised(ticket: TicketView, promised: Promised, now_us: int, zone: tzinfo, cells: int) -> Iterator[Line]:
    """By when what was promised is due, the first three; what has no room is wrapped."""
    if ticket.lane is not Lane.CLOSED:
        for step in promise_steps(promised.lines, now_us, zone)[:STEPS]:
            for line in wrapped(step.text, cells - 2):
                yield ((f" {line}", step.style),)


def _to_tell(ticket: TicketView, promised: Promised, now_us: int, zone: tzinfo, region: str, cells: int
             ) -> Iterator[Line]:
    told = ticket.to_tell
    if told.callback_us is not None:
        late = told.callback_us < now_us
        text = _("callback by {who}: {when}").format(who=told.owner, when=at(told.callback_us, now_us, zone))
        yield ((f"   {text}", "alarm" if late else ""),)
        held = ticket.holding(now_us)
        if held is not None and held.holder is Holder.TEAM and held.because is not Because.NOBODYS:
            for row in wrapped(holding_said(held, told.owner, now_us, zone), cells - 4):
                yield ((f"   {row}", "warn"),)
    if told.last is not None:
        yield ((f"   {clock(told.last.at_us, now_us, zone)} ", "dim"), (told.last.text, ""))
    shown = _phone(told.callback_number or ticket.caller_number or "", region)
    who = ", ".join(part for part in (ticket.caller, ticket.language) if part)
    yield f"   {'  '.join(part for part in (shown, who) if part)}"
    if ticket.organisation:
        star = " ★ " + _("key account") if ticket.key_account else ""
        yield ((f"   {ticket.organisation}", ""), (star, "accent"))
    if stands := under_what(promised):
        yield ((f"   {stands}", "" if promised.contract else "warn"),)


def _path(ticket: TicketView, now_us: int, zone: tzinfo) -> Sequence[Line]:
    """Where it was, level by level, and where it is offered."""
    lines: list[Line] = []
    for step in ticket.path[-4:]:
        place = " ".join(part for part in (_("L{n}").format(n=step.level) if step.level is not None else "",
                                           step.team.shown if step.team else "") if part)
        lines.append(((f"   {place} ", ""), (clock(step.at_us, now_us, zone), "dim")))
    offer = ticket.open_offer
    if offer is not None and offer.to_team is not None and offer.offered_us is not None:
        lines.append(((f"   > {offer.to_team.shown} ", ""),
                      (_("offered {when}").format(when=clock(offer.offered_us, now_us, zone)), "warn")))
    return lines


def _phone(number: str, region: str) -> str:
    """A number in groups; one that was given in groups stays so, and its tables need not be loaded."""
    if " " in number or not number:
        return number
    from supportdesk.rules.phones import show_phone

    return show_phone(number, region)
