"""What stands above and beside a ticket's history: what comes next, what to tell the caller, the path, the facts.

Pure: from frozen views to lines of text; drawing makes them safe.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo

from supportdesk.desk import clock_words
from supportdesk.desk.labels import CHECK, IMPACT, LINK, MATTER, STATUS, TYPE, URGENCY, label
from supportdesk.desk.outlook import headline, next_steps, path_said, to_tell
from supportdesk.desk.packets import size_said, steps_said
from supportdesk.desk.promised import Promised, how_it_stands, under_what
from supportdesk.desk.window_words import window_words
from supportdesk.i18n import N_, _
from supportdesk.rules.phones import show_phone
from supportdesk.rules.text import ELLIPSIS, cut, fit, safe, width
from supportdesk.store.views.breaches import BreachLine
from supportdesk.store.views.ticket import LinkLine, TicketView, UseLine
from supportdesk.terms.codes import PromiseKind
from supportdesk.widgets.lines import Line, Span
from supportdesk.widgets.wrap import wrapped

LEAST_STATE = 10
"""Cells that the state of a ticket keeps whoever else has it open."""

FACT_CELLS = 17
"""Of the longest name of a fact, and a space."""

HEAD_LINES = 4
"""Lines for what comes next and what to tell together."""

KIND_NAMES: Mapping[str, str] = {
    "answer": N_("First answer"), "update": N_("Update"), "solution": N_("Solution"), "on_site": N_("On site"),
    "callback": N_("Callback"),
}

NEXT, TELL, PATH, CALLER = N_("Next"), N_("Tell"), N_("Path"), N_("For")


@dataclass(frozen=True, slots=True)
class Clock:
    """The instant a screen shows (microseconds UTC), in which zone and region (ISO 3166)."""

    now_us: int
    zone: tzinfo
    region: str


def state_line(view: TicketView, others: Sequence[str], now_us: int, cells: int) -> Line:
    """Which ticket, its state, who works on it, how often the caller has asked, who else has it open.

    In a window too narrow for all of it, in ``cells``, the state gives way: people are not cut.
    """
    priority = view.priority_at(now_us)
    spans: list[Span] = [(" " + view.number, "strong"), ("  ", ""), (priority, _urgent(priority)), ("  ", "")]
    behind: list[Span] = []
    if view.assignee is not None:
        behind.append((", " + view.assignee.shown, "dim"))
    if view.unconfirmed:
        behind.append((" (" + _("not yet confirmed") + ")", "warn"))
    if view.chasers:
        behind.append((f"  x{view.chasers}", "warn"))
    if others:
        names = ", ".join(others) if len(others) == 1 else f"{others[0]} +{len(others) - 1}"
        behind.append(("  " + _("! also open at {names}").format(names=names), "warn"))
    room = cells - sum(width(safe(text)) for text, _style in (*spans, *behind))
    return [*spans, (cut(safe(headline(view)), max(LEAST_STATE, room)), ""), *behind]


def _urgent(priority: str) -> str:
    return "alarm" if priority == "P1" else "strong"


def left(view: TicketView, of: Promised, clock: Clock, cells: int) -> list[Line]:
    """Title, then what comes next and by when, then what to tell, in so many cells.

    Four lines for the two together; what has no room ends with a sign. A solution stands under what to tell only.
    """
    room = cells - _label_cells()
    told = to_tell(view, clock.now_us, clock.zone)
    steps = next_steps(view, clock.now_us, clock.zone, told, of.lines)
    coming = [(text, step.style or ("dim" if n else "strong")) for n, step in enumerate(steps)
              for text in wrapped(step.text, room)]
    telling = [(text, "dim" if n else "") for n, words in enumerate(told) for text in wrapped(words, room)]
    half = HEAD_LINES // 2
    coming = _first(coming, max(half, HEAD_LINES - len(telling)), room)
    telling = _first(telling, HEAD_LINES - min(len(coming), half), room)
    return [((" " + view.title, "strong"),), *_labelled(NEXT, coming), *_labelled(TELL, telling)]


def _first(lines: list[Span], count: int, room: int) -> list[Span]:
    """The first lines, the last of them with a sign when there are more."""
    if len(lines) <= count:
        return lines
    text, style = lines[count - 1]
    shown = text if width(text) < room - 1 else cut(text, room - 2, "")
    return [*lines[: count - 1], (f"{shown} {ELLIPSIS}", style)]


def way(view: TicketView, clock: Clock, cells: int) -> list[Line]:
    """The path, over the whole width; a long one is wrapped once."""
    path = path_said(view, clock.now_us, clock.zone)
    return _labelled(PATH, [(text, "dim") for text in wrapped(path, cells - _label_cells())][:2]) if path else []


def broken(of: Sequence[BreachLine], clock: Clock, key: str) -> list[Line]:
    """That a promise was broken and nobody has said why, and the key that says it; one line, nothing where none was."""
    if not of:
        return []
    first = of[0]
    text = _("{promise} was missed, due {when}").format(
        promise=label(KIND_NAMES, first.kind), when=clock_words.clock(first.due_us, clock.now_us, clock.zone))
    more = " " + _("and {n} more").format(n=len(of) - 1) if len(of) > 1 else ""
    return [((f" ! {text}{more}  ", "warn"), (key, "accent"), (" " + _("says why"), ""))]


def right(view: TicketView, of: Promised, clock: Clock, cells: int) -> list[Line]:
    """Who it is for and how to reach him, one fact a line; the organisation has its own when both are too long. Under
    which contract it is comes before what it is about: without one nothing may be promised."""
    who = _who(view)
    lines: list[Line] = [who]
    if sum(width(safe(text)) for text, _style in who) > cells and view.caller and view.organisation:
        lines = [[(view.caller, ""), *_signs(view)], *wrapped(view.organisation, cells)[:2]]
    lines.append(((_reach(view, clock), ""),))
    if view.affected and view.affected != view.caller:
        lines.append(((_("for {name}").format(name=view.affected), ""),))
    if stands := under_what(of):
        lines.append(((stands, "" if of.contract else "warn"),))
    what = ", ".join(part for part in (view.component, view.asset.shown if view.asset else "") if part)
    if what:
        lines.append(((what, "dim"),))
    return lines


def reach(view: TicketView, clock: Clock) -> list[Line]:
    """The same in one line, for a narrow window: the number to dial and the signs are never cut."""
    name = fit(" " + safe(_(CALLER)), _label_cells())
    number = _reach(view, clock)
    who = [(view.caller, ""), *_signs(view)] if view.caller else _who(view)
    organisation = f", {view.organisation}" if view.caller and view.organisation else ""
    return [[(name, "dim"), (f"{number}  " if number else "", ""), *who, (organisation, "")]]


def _who(view: TicketView) -> list[Span]:
    who = ", ".join(part for part in (view.caller, view.organisation) if part) or _("caller unknown")
    return [(who, ""), *_signs(view)]


def _signs(view: TicketView) -> list[Span]:
    spans: list[Span] = []
    if view.key_account:
        spans.append((" ★", "accent"))
    if view.caller_vip:
        spans.append((" " + _("VIP"), "accent"))
    return spans


def _reach(view: TicketView, clock: Clock) -> str:
    number = show_phone(view.caller_number, clock.region) if view.caller_number else ""
    return ", ".join(part for part in (number, view.language or "") if part)


def facts(view: TicketView, of: Promised, clock: Clock) -> list[Line]:
    """Everything else that is known, one fact a line; lines without a fact are left out. First what was promised: the
    customer's clock and under it that of a team or vendor."""
    named = [
        (_("Type"), label(TYPE, view.type)),
        (_("Impact"), _ranked(view.impact, label(IMPACT, view.impact))),
        (_("Urgency"), _ranked(view.urgency, label(URGENCY, view.urgency))),
        (_("Priority"), _("{priority}: {reason}").format(priority=view.priority, reason=view.priority_reason)
            if view.priority_reason else ""),
        (_("Time window"), "" if view.window is None else window_words(view.window, view.rank(clock.now_us),
                                                                       clock.now_us, clock.zone)),
        (_("Wish"), view.wish or ""),
        (_("Product"), view.product.shown if view.product else ""),
        (_("Component"), view.component),
        (_("Device"), view.asset.shown if view.asset else ""),
        (_("Approver"), view.approver),
        (_("Contact owner"), view.owner.shown if view.owner else _("nobody")),
        (_("Callback"), _callback(view, clock)),
        (_("Tags"), ", ".join(view.tags)),
        (_("Created"), clock_words.clock(view.created_us, clock.now_us, clock.zone)),
    ]
    lines: list[Line] = [*_promised(of, clock)]
    lines += [(_name(name), (text, "")) for name, text in named if text]
    lines += [(_name(_("File")), (f"{file.name} ({size_said(file.size)})", "")) for file in view.attachments]
    lines += [(_name(_("Article")), (_used(use), "")) for use in view.articles]
    lines += [(_name(_("Link")), (_link(link), "")) for link in view.links]
    lines += [
        (_name(_("Identity")),
         (_said(label(MATTER, check.matter), label(CHECK, check.result)), "alarm" if check.result == "failed" else ""))
        for check in view.checks
    ]
    return lines


def _promised(of: Promised, clock: Clock) -> Iterator[Line]:
    """One promise a line: how it stands with the customer, under it how with each team that promised it."""
    if stands := under_what(of):
        yield _name(_("Contract")), (stands, "" if of.contract else "warn")
    for kind in KIND_NAMES:
        name = label(KIND_NAMES, kind)
        for line in of.lines:
            if line.kind != kind or line.kind is PromiseKind.CALLBACK:
                continue
            words, style = how_it_stands(line, clock.now_us, clock.zone)
            team: list[Span] = [(f"{line.team.shown} ", "dim")] if line.team else []
            yield _name(name), *team, (words, style)
            name = ""


def _callback(view: TicketView, clock: Clock) -> str:
    if view.callback_us is None:
        return ""
    number = show_phone(view.callback_number, clock.region) if view.callback_number else ""
    when = clock_words.clock(view.callback_us, clock.now_us, clock.zone)
    return ", ".join(part for part in (when, view.callback_to or "", number) if part)


def _label_cells() -> int:
    return max(width(_(text)) for text in (NEXT, TELL, PATH, CALLER)) + 3


def _labelled(name: str, spans: Sequence[Span]) -> list[Line]:
    """Lines under one another, the name before the first."""
    cells = _label_cells()
    return [((fit(" " + safe(_(name)) if n == 0 else "", cells), "dim"), span) for n, span in enumerate(spans)]


def _name(name: str) -> Span:
    return (" " + fit(safe(name), FACT_CELLS), "dim")


def _ranked(rank: int | None, words: str) -> str:
    return f"{rank} {words}" if rank is not None else ""


def _used(use: UseLine) -> str:
    judged = "" if use.helped is None else _("helped") if use.helped else _("did not help")
    return ", ".join(part for part in (use.title, steps_said(use.steps), judged) if part)


def _link(link: LinkLine) -> str:
    text = f"{label(LINK, link.kind)} {link.number}" if link.outgoing else _("{number} is {kind} this one").format(
        number=link.number, kind=label(LINK, link.kind))
    return _said(f"{text}, {label(STATUS, link.status)}", link.title)


def _said(what: str, text: str) -> str:
    """With the space before the colon that the language asks for."""
    return _("{what}: {text}").format(what=what, text=text)
