"""What comes next on a ticket and by when, in a sentence; what the caller may be told; the way it went.

Instants are microseconds UTC. Names stand in the sentences as they were written: show them through
:mod:`supportdesk.rules.text`.
"""

from collections.abc import Iterator, Sequence
from datetime import tzinfo

from supportdesk.desk import clock_words
from supportdesk.desk.labels import STATUS, label
from supportdesk.desk.promised import DUE, SOON_US, Next, PromiseLine, due_said, promise_steps
from supportdesk.desk.shift_words import holding_said
from supportdesk.i18n import _
from supportdesk.rules.clocks import ClockState
from supportdesk.rules.order import OrderCode
from supportdesk.rules.shifts import Because, Holder
from supportdesk.rules.urgency import NEEDED
from supportdesk.store.views.ticket import HandoffLine, Step, TicketView
from supportdesk.terms.codes import Lane, PromiseKind, Status

TO_TELL = "tell_caller"
"""Status reason of a ticket whose solution is found but not told (desk/tickets)."""


def next_steps(view: TicketView, now_us: int, zone: tzinfo, told: Sequence[str] = (),
               promised: Sequence[PromiseLine] | None = None) -> list[Next]:
    """What comes next, the most pressing first: what is overdue, then what is soon; never empty. What stands in
    ``told`` already is not said again. ``promised`` None: nobody has read more than the due time."""
    if view.merged_into is not None:
        return [Next(_("merged into {number}: go on there").format(number=view.merged_into.shown))]
    status = Status.read(view.status)
    if not status.is_open:
        return [_ended(view, status, now_us, zone, told)]
    found = list(_open_steps(view, status, now_us, zone, promised))
    late = [step for step in found if step.at_us is not None and step.at_us <= now_us]
    late.sort(key=lambda step: step.at_us or 0)
    soon = [step for step in found if step not in late and step.at_us is not None and step.style]
    soon.sort(key=lambda step: step.at_us or 0)
    rest = [step for step in found if step not in late and step not in soon]
    return late + soon + rest if found else [Next(_("work on it: nothing is promised"))]


def to_tell(view: TicketView, now_us: int, zone: tzinfo) -> list[str]:
    """What may be told the caller: the promise, who works on it, the last word for him."""
    tell = view.to_tell
    said = []
    if tell.callback_us is not None:
        when_said = clock_words.clock(tell.callback_us, now_us, zone)
        if tell.callback_us <= now_us:
            text = _("the callback promised for {when} is overdue")
        else:
            his = (held := view.holding(now_us)) is not None and held.holder is Holder.PERSON
            text = _("{agent} calls back at {when}") if tell.owner and his else _("we call back at {when}")
        said.append(text.format(agent=tell.owner, when=when_said))
    if view.status_reason == TO_TELL and view.solution:
        said.append(_("the solution: {text}").format(text=_first_line(view.solution)))
    if tell.last is not None:
        said.append(_("“{text}” ({when})").format(
            text=_first_line(tell.last.text), when=clock_words.clock(tell.last.at_us, now_us, zone)))
    if not said and view.status in (Status.SOLVED, Status.CLOSED) and view.solution:
        said.append(_first_line(view.solution))
    if not said and tell.working and Status.read(view.status).is_open:
        said.append(_("{who} works on it").format(who=tell.working))
    return said or [_("nothing is promised yet")]


def path_said(view: TicketView, now_us: int, zone: tzinfo) -> str:
    """``L1 Hotline 13:41 > L2 Network 13:58 (offered to Experts 14:01, waits)``."""
    steps = _short(view.path)
    text = " > ".join(_step(step, now_us, zone) for step in steps)
    offer = view.open_offer
    if offer is not None:
        offered = _("{team} (offered {when}, waits)").format(
            team=offer.to_team.shown if offer.to_team else "", when=clock_words.clock(offer.offered_us, now_us, zone))
        text = f"{text} > {offered}" if text else offered
    return text


def headline(view: TicketView) -> str:
    """Status, level and team: ``in progress, level 2 Network``."""
    where = _("level {n}").format(n=view.level) if view.level is not None else ""
    team = view.team.shown if view.team else ""
    return ", ".join(part for part in (label(STATUS, view.status), f"{where} {team}".strip()) if part)


def _open_steps(view: TicketView, status: Status, now_us: int, zone: tzinfo,
                promised: Sequence[PromiseLine] | None) -> Iterator[Next]:
    offer = view.open_offer
    steps = [] if promised is None else promise_steps([line for line in promised if _counts(line, view)], now_us, zone)
    unowned_p1 = view.lane is Lane.ALARM or view.reason(now_us).code is OrderCode.P1_BY_WINDOW
    if unowned_p1:
        yield Next(_("P1 and nobody works on it: take it (t)"), style="alarm")
    if view.status_reason == TO_TELL:
        yield _timed(_("tell {caller}: the solution is found").format(caller=_person(view)), view.callback_us, now_us,
                     zone)
    elif view.callback_us is not None:
        yield _timed(_("call {caller} back").format(caller=view.callback_to or _person(view)), view.callback_us, now_us,
                     zone)
    held = view.holding(now_us)
    if held is not None and held.because not in (Because.THERE, Because.LATE):  # that it is late is said already
        yield Next(holding_said(held, view.to_tell.owner, now_us, zone), style="warn")
    if offer is not None and not any(_of_offer(line, view) for line in promised or ()):
        yield _offered(offer, now_us)
    if view.wait_until_us is not None and status is Status.WAITING_UNTIL:
        yield _timed(_("waits"), view.wait_until_us, now_us, zone)
    elif status.is_waiting and not any(line.state is ClockState.PAUSED for line in promised or ()):
        yield Next(label(STATUS, status))
    if view.assignee is None and not unowned_p1 and offer is None:
        yield Next(_("nobody works on it yet: take it (t)"))
    if view.window is not None:
        what = _("needed for “{what}”").format(what=view.window.words) if view.window.words else _("needed")
        yield _timed(what, view.window.at, now_us, zone)
    if promised is None and view.due_us is not None and (view.promised is None or view.promised.kind != NEEDED):
        kind = PromiseKind.SOLUTION if view.promised is None else view.promised.kind
        yield _timed(label(DUE, kind), view.due_us, now_us, zone)
    yield from steps


def _counts(line: PromiseLine, view: TicketView) -> bool:
    """Whether it is still to be done: an offer that is over wants no answer."""
    return line.handoff is None or line.kind is not PromiseKind.ANSWER or _of_offer(line, view)


def _of_offer(line: PromiseLine, view: TicketView) -> bool:
    """Whether it is the answer promised to the offer that waits."""
    offer = view.open_offer
    return offer is not None and line.handoff == offer.id and line.kind is PromiseKind.ANSWER and line.is_owed


def _timed(text: str, at_us: int | None, now_us: int, zone: tzinfo) -> Next:
    if at_us is None:
        return Next(text)
    style = "alarm" if at_us <= now_us else "warn" if at_us - now_us <= SOON_US else ""
    return Next(_("{what} {when}").format(what=text, when=due_said(at_us, now_us, zone)), at_us, style)


def _offered(offer: HandoffLine, now_us: int) -> Next:
    team = offer.to_team.shown if offer.to_team else ""
    minutes = 0 if offer.offered_us is None else max(0, (now_us - offer.offered_us) // 60_000_000)
    if minutes < 120:
        return Next(_("{team} has to answer, offered {n} min ago").format(team=team, n=minutes))
    return Next(_("{team} has to answer, offered {n} h ago").format(team=team, n=minutes // 60), style="warn")


def _ended(view: TicketView, status: Status, now_us: int, zone: tzinfo, told: Sequence[str]) -> Next:
    at = view.solved_us if status is Status.SOLVED else view.closed_us
    name = label(STATUS, status)
    text = _("{status} {when}").format(status=name, when=clock_words.clock(at, now_us, zone)) if at else name
    solution = _first_line(view.solution) if view.solution else ""
    if solution and not any(solution in words for words in told):
        text = _("{what}: {text}").format(what=text, text=solution)
    return Next(text)


def _person(view: TicketView) -> str:
    return view.caller or _("the caller")


def _first_line(text: str) -> str:
    """A text in one line; that it goes on is shown."""
    first, _break, rest = text.strip().partition("\n")
    return f"{first.rstrip()} …" if rest else first


def _short(path: Sequence[Step]) -> Sequence[Step]:
    """The first place and the last two; a long way is not read in passing."""
    return path if len(path) <= 3 else (path[0], *path[-2:])


def _step(step: Step, now_us: int, zone: tzinfo) -> str:
    level = _("L{n}").format(n=step.level) if step.level is not None else ""
    team = step.team.shown if step.team else ""
    return " ".join(part for part in (level, team, clock_words.clock(step.at_us, now_us, zone)) if part)
