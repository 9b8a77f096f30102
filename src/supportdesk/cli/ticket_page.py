"""A ticket as a person reads it in the shell: what comes next, what to tell the caller, the path, the history."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import tzinfo

from supportdesk.desk import outlook
from supportdesk.desk.fields import value_name
from supportdesk.desk.labels import LINK, LINK_BACK, TYPE, label
from supportdesk.desk.packets import size_said
from supportdesk.desk.promise_words import promise_words
from supportdesk.desk.promised import Next, Promised, under_what
from supportdesk.desk.sentences import sentence
from supportdesk.desk.window_words import window_words
from supportdesk.i18n import _
from supportdesk.rules.clocks import ClockState
from supportdesk.rules.promises import Promise
from supportdesk.rules.text import safe, safe_block
from supportdesk.store.views.names import Name
from supportdesk.store.views.ticket import TicketView
from supportdesk.store.views.timeline import TimelineItem

Clock = Callable[[int | None], str]


def facts(view: TicketView, promises: Sequence[Promise], of: Promised, now_us: int, zone: tzinfo,
          clock: Clock) -> list[tuple[str, str]]:
    """The facts that say something: what comes next, what to tell the caller, the path, then the rest."""
    told = outlook.to_tell(view, now_us, zone)
    ranks = _("impact {impact}, urgency {urgency}").format(impact=view.impact, urgency=view.urgency)
    callback = (clock(view.callback_us), view.callback_number, view.callback_to)
    lines = [
        (_("Ticket"), f"{view.number}  {label(TYPE, view.type)}"),
        (_("Matter"), view.title),
        (_("Status"), _listed(outlook.headline(view), value_name("status_reason", view.status_reason))),
        *((_("Next"), _by_contract(step)) for step in outlook.next_steps(view, now_us, zone, told, of.lines)),
        *((_("To tell"), text) for text in told),
        (_("Path"), outlook.path_said(view, now_us, zone)),
        (_("Contract"), under_what(of)),
        *((_("Promise"), text) for text in _promised(view, promises, now_us, zone)),
        (_("Priority"), _listed(view.priority, ranks, view.priority_reason)),
        (_("Time window"), "" if view.window is None else window_words(view.window, view.rank(now_us), now_us, zone)),
        (_("The caller's wish"), view.wish or ""),
        (_("Works on it"), _shown(view.assignee)),
        (_("Owns the contact"), _shown(view.owner)),
        (_("Callback"), _listed(*callback) if view.callback_us else ""),
        (_("Caller"), _listed(view.caller, view.caller_number, view.organisation)),
        (_("Affected"), view.affected),
        (_("Approver"), view.approver),
        (_("About"), " > ".join(filter(None, (_shown(view.product), view.component)))),
        (_("Asset"), _shown(view.asset)),
        (_("Chasers"), str(view.chasers) if view.chasers else ""),
        (_("Tags"), ", ".join(view.tags)),
        (_("Solution"), view.solution or ""),
        *((label(LINK if link.outgoing else LINK_BACK, link.kind), f"{link.number} {link.title}")
          for link in view.links),
        *((_("File"), f"{file.name} ({size_said(file.size)})") for file in view.attachments),
    ]
    return [(title, text) for title, text in lines if text]


def history_lines(view: TicketView, history: list[TimelineItem], clock: Clock) -> Iterator[str]:
    """The description, then one line an event: when, who, what."""
    yield from safe_block(view.description).splitlines()
    yield ""
    for item in history:
        yield f"{clock(item.at_us)}  {safe(item.author_name)}  {safe(sentence(item, view.number, clock))}"


def _promised(view: TicketView, promises: Sequence[Promise], now_us: int, zone: tzinfo) -> Iterator[str]:
    """The promises that are not settled yet."""
    teams = {handoff.id: handoff.to_team for handoff in view.handoffs}
    for promise in promises:
        if promise.clock.state in (ClockState.RUNNING, ClockState.PAUSED):
            team = None if promise.handoff is None else teams.get(promise.handoff)
            yield promise_words(promise, now_us, zone, _shown(team))


def _by_contract(step: Next) -> str:
    if not step.contract:
        return step.text
    return _("{what} ({contract})").format(what=step.text, contract=step.contract)


def _listed(*texts: str | None) -> str:
    return ", ".join(text for text in texts if text)


def _shown(name: Name | None) -> str:
    return name.shown if name else ""
