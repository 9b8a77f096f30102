"""A ticket as a person reads it in the shell: what comes next, what to tell the caller, the path, the history."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from supportdesk.desk.fields import value_name
from supportdesk.desk.labels import LINK, LINK_BACK, STATUS, TYPE, label
from supportdesk.desk.sentences import sentence
from supportdesk.i18n import _
from supportdesk.rules.text import safe, safe_block
from supportdesk.store.views.names import Name
from supportdesk.store.views.ticket import TicketView
from supportdesk.store.views.timeline import TimelineItem

Clock = Callable[[int | None], str]


def facts(view: TicketView, clock: Clock) -> list[tuple[str, str]]:
    """The facts that say something, what comes next first."""
    status = ", ".join(filter(None, (label(STATUS, view.status), value_name("status_reason", view.status_reason))))
    where = ", ".join(filter(None, (_shown(view.team), _("level {n}").format(n=view.level) if view.level else "")))
    ranks = _("impact {impact}, urgency {urgency}").format(impact=view.impact, urgency=view.urgency)
    priority = ", ".join(filter(None, (view.priority, ranks, view.priority_reason)))
    callback = ", ".join(filter(None, (clock(view.callback_us), view.callback_number, view.callback_to)))
    caller = ", ".join(filter(None, (view.caller, view.caller_number, view.organisation)))
    told = view.to_tell.last
    lines = [
        (_("Ticket"), f"{view.number}  {label(TYPE, view.type)}"),
        (_("Matter"), view.title),
        (_("Status"), status),
        (_("Merged into"), _shown(view.merged_into)),
        (_("Priority"), priority),
        (_("The caller's wish"), view.wish or ""),
        (_("Due"), clock(view.due_us) if view.closed_us is None else ""),
        (_("Waits until"), clock(view.wait_until_us)),
        (_("Callback"), callback if view.callback_us else ""),
        (_("Last told"), f"{clock(told.at_us)} {told.author}: {told.text}" if told else ""),
        (_("Works on it"), ", ".join(filter(None, (_shown(view.assignee), where)))),
        (_("Owns the contact"), _shown(view.owner)),
        (_("Caller"), caller),
        (_("Affected"), view.affected),
        (_("Approver"), view.approver),
        (_("About"), " > ".join(filter(None, (_shown(view.product), view.component))) or ""),
        (_("Asset"), _shown(view.asset)),
        (_("Chasers"), str(view.chasers) if view.chasers else ""),
        (_("Tags"), ", ".join(view.tags)),
        (_("Path"), " > ".join(_steps(view, clock))),
        (_("Solution"), view.solution or ""),
    ]
    lines += [(label(LINK if link.outgoing else LINK_BACK, link.kind), f"{link.number} {link.title}")
              for link in view.links]
    lines += [(_("File"), f"{file.name} ({file.size} B)") for file in view.attachments]
    return [(title, text) for title, text in lines if text]


def history_lines(view: TicketView, history: list[TimelineItem], clock: Clock) -> Iterator[str]:
    """The description, then one line an event: when, who, what."""
    yield from safe_block(view.description).splitlines()
    yield ""
    for item in history:
        yield f"{clock(item.at_us)}  {safe(item.author_name)}  {safe(sentence(item, view.number, clock))}"


def _steps(view: TicketView, clock: Clock) -> Iterator[str]:
    for step in view.path:
        level = _("L{n}").format(n=step.level) if step.level is not None else ""
        place = " ".join(filter(None, (level, _shown(step.team))))
        yield f"{place} {clock(step.at_us)}"
    offer = view.open_offer
    if offer is not None:
        yield _("{team} (offered {when}, waits)").format(team=_shown(offer.to_team), when=clock(offer.offered_us))


def _shown(name: Name | None) -> str:
    return name.shown if name else ""
