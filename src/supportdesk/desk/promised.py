"""What was promised on tickets as faces show it: by when, how it stands, who promised it (LOOK.md "Ticket").

Read with the ticket, at one instant; what changes from minute to minute by itself is told by the instants kept here.
"""

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from uuid import UUID

from supportdesk.desk import clock_words
from supportdesk.desk.labels import STATUS, label
from supportdesk.desk.promise_words import KIND, span_words
from supportdesk.desk.promises import promises_of
from supportdesk.i18n import N_, _
from supportdesk.rules.business_time import NeverOpen
from supportdesk.rules.clocks import WARNINGS, ClockState, warned
from supportdesk.rules.durations import WhenKind, when
from supportdesk.rules.promises import CLOSED, Promise
from supportdesk.store.views.names import Name, names
from supportdesk.terms.codes import Coverage, PromiseKind

SOON_PERCENT = WARNINGS[1]
"""From this share of a promise's time on it is amber, and its words say how much is used."""

SOON_US = 15 * 60_000_000
"""As long before it is due a promise is amber whatever its share."""

DUE: Mapping[str, str] = {
    PromiseKind.ANSWER: N_("first answer due"), PromiseKind.UPDATE: N_("update due"),
    PromiseKind.SOLUTION: N_("solution due"), PromiseKind.ON_SITE: N_("on site due"),
    PromiseKind.CALLBACK: N_("callback due"),
}


@dataclass(frozen=True, slots=True)
class PromiseLine:
    """One promise. Instants are microseconds UTC, amounts microseconds.

    ``is_owed``: it is still to be done. ``due_us`` is None while it stands still; then ``left_us`` is what is left of
    it and ``waits`` the state of the ticket that stops it. ``ended_us``: when it was kept or missed. ``percent`` is the
    last warning it has passed. ``opens_us``: its hours are closed until then. ``team`` promised it to the desk with
    ``handoff``; None: the desk promised it to the customer. ``contract`` is the name of the terms it is judged by, ""
    for what the desk promises everybody."""

    kind: PromiseKind
    state: ClockState
    is_owed: bool
    due_us: int | None = None
    ended_us: int | None = None
    left_us: int | None = None
    percent: int | None = None
    opens_us: int | None = None
    waits: str = ""
    team: Name | None = None
    handoff: UUID | None = None
    contract: str = ""


@dataclass(frozen=True, slots=True)
class Promised:
    """The promises of one ticket, and under what it stands: ``contract`` is a name, "" for none."""

    lines: tuple[PromiseLine, ...] = ()
    contract: str = ""
    coverage: Coverage | None = None


@dataclass(frozen=True, slots=True)
class Next:
    """One thing that is to happen. ``style`` is ``alarm`` when overdue, ``warn`` when soon, else ``""``; ``contract``
    the name of that by which it was promised, "" for none."""

    text: str
    at_us: int | None = None
    style: str = ""
    contract: str = ""


def promised(conn: sqlite3.Connection, id: UUID, now: int) -> Promised:
    """What was promised on a ticket as it stands at ``now``."""
    return promised_of(conn, [id], now).get(id, Promised())


def promised_of(conn: sqlite3.Connection, ids: Sequence[UUID], now: int) -> Mapping[UUID, Promised]:
    """The same of several tickets, with a fixed number of statements."""
    return shown(conn, promises_of(conn, ids, now), now)


def shown(conn: sqlite3.Connection, found: Mapping[UUID, Sequence[Promise]], now: int) -> Mapping[UUID, Promised]:
    """The same of promises that were read already."""
    known = names(conn, (("team", promise.team) for promises in found.values() for promise in promises))
    return {id: _promised(promises, known, now) for id, promises in found.items()}


def promise_steps(lines: Sequence[PromiseLine], now_us: int, zone: tzinfo) -> list[Next]:
    """What is still to be done of what was promised, in words: what presses, what stands still, what else runs; each
    by its due time. The callback is told with whom it was promised to (desk/outlook)."""
    owed = [line for line in lines if line.is_owed and line.kind is not PromiseKind.CALLBACK]
    running = sorted((line for line in owed if line.due_us is not None), key=lambda line: line.due_us or 0)
    still = [line for line in owed if line.state is ClockState.PAUSED]
    steps = [_step(line, now_us, zone) for line in running]
    pressing, rest = [step for step in steps if step.style], [step for step in steps if not step.style]
    return [*pressing, *([Next(_stand_still(still))] if still else []), *rest]


def due_said(at_us: int, now_us: int, zone: tzinfo) -> str:
    """``in 3 min``, ``12 min overdue``, ``at 16:40``, ``overdue since tu 08:30``."""
    moment = when(at_us, now_us, zone)
    if moment.kind is WhenKind.MIN and moment.minutes is not None:
        if moment.overdue:
            return _("{n} min overdue").format(n=max(1, -moment.minutes))
        return _("in {n} min").format(n=moment.minutes)
    text = clock_words.words(moment)
    return (_("overdue since {when}") if moment.overdue else _("at {when}")).format(when=text)


def how_it_stands(line: PromiseLine, now_us: int, zone: tzinfo) -> tuple[str, str]:
    """One promise in a word or two, and its style: ``17:41``, ``kept 13:56``, ``missed 13:56``, ``stands still``."""
    ended = clock_words.clock(line.ended_us, now_us, zone)
    match line.state:
        case ClockState.MET:
            return _("kept {when}").format(when=ended), "dim"
        case ClockState.MISSED:
            return _("missed {when}").format(when=ended), "alarm" if line.is_owed else "dim"
        case ClockState.PAUSED:
            return _("stands still"), ""
        case ClockState.RUNNING if line.due_us is not None:
            if line.due_us < now_us:
                return _("missed {when}").format(when=clock_words.clock(line.due_us, now_us, zone)), "alarm"
            due = clock_words.clock(line.due_us, now_us, zone)
            return _with_share(due, line), _style(line, now_us)
        case _:
            return "", ""


def under_what(of: Promised) -> str:
    """The contract, or that there is none to promise anything; "" for what the desk promises everybody."""
    if of.coverage is Coverage.GOODWILL:
        return _("goodwill: nothing is promised")
    if of.coverage is Coverage.NOT_ENTITLED:
        return _("not entitled: nothing is promised")
    return of.contract


def _step(line: PromiseLine, now_us: int, zone: tzinfo) -> Next:
    assert line.due_us is not None
    said = due_said(line.due_us, now_us, zone)
    if line.due_us >= now_us:
        if line.opens_us is not None:
            said = _("{due}, opens {when}").format(due=said, when=clock_words.clock(line.opens_us, now_us, zone))
        said = _with_share(said, line)
    what = label(DUE, line.kind)
    if line.team is not None:
        if line.kind is PromiseKind.ANSWER:
            text = _("{team} has to answer: {when}").format(team=line.team.shown, when=said)
            return Next(text, line.due_us, _style(line, now_us), line.contract)
        what = _("{team}: {promise}").format(team=line.team.shown, promise=what)
    return Next(_("{what} {when}").format(what=what, when=said), line.due_us, _style(line, now_us),
                line.contract)


def _with_share(said: str, line: PromiseLine) -> str:
    if line.percent is None or line.percent < SOON_PERCENT:
        return said
    return _("{due}, {percent} % used").format(due=said, percent=line.percent)


def _stand_still(lines: Sequence[PromiseLine]) -> str:
    """``waiting for the caller, clocks stand still: update 1 h 38 min, solution 3 h 38 min left``."""
    left = []
    for line in lines:
        kind = label(KIND, line.kind)
        if line.team is not None:
            kind = _("{team}: {promise}").format(team=line.team.shown, promise=kind)
        left.append(f"{kind} {span_words(line.left_us or 0)}")
    why = next((line.waits for line in lines if line.waits), "")
    return _("{why}, clocks stand still: {promises} left").format(
        why=label(STATUS, why) or _("paused"), promises=", ".join(left))


def _style(line: PromiseLine, now_us: int) -> str:
    if line.due_us is None:
        return ""
    if line.due_us <= now_us:
        return "alarm"
    near = line.opens_us is None and line.due_us - now_us <= SOON_US
    return "warn" if near or (line.percent or 0) >= SOON_PERCENT else ""


def _promised(promises: Sequence[Promise], known: Mapping[UUID | None, Name], now: int) -> Promised:
    made = next((promise.basis for promise in promises if promise.handoff is None and promise.basis is not None), None)
    return Promised(
        tuple(_line(promise, known, now) for promise in promises if promise.clock.state is not ClockState.NONE),
        "" if made is None or made.contract is None else made.contract.name,
        None if made is None else made.coverage,
    )


def _line(promise: Promise, known: Mapping[UUID | None, Name], now: int) -> PromiseLine:
    clock = promise.clock
    runs, paused = clock.state is ClockState.RUNNING, clock.state is ClockState.PAUSED
    return PromiseLine(
        promise.kind, clock.state, runs or paused or (clock.state is ClockState.MISSED and clock.done is None),
        clock.due, clock.ended, clock.remaining if paused else None, warned(clock),
        _opens(promise, now) if runs else None, _why_paused(promise, now) if paused else "", known.get(promise.team),
        promise.handoff, _contract(promise),
    )


def _contract(promise: Promise) -> str:
    return "" if promise.basis is None or promise.basis.contract is None else promise.basis.contract.name


def _opens(promise: Promise, now: int) -> int | None:
    """When its hours begin again; None while they are."""
    time = promise.calendar_time
    try:
        return None if time.is_open(now) else time.next_open(now)
    except NeverOpen:
        return None


def _why_paused(promise: Promise, now: int) -> str:
    """The state of the ticket that stops it now."""
    return next((pause.why for pause in promise.pauses
                 if pause.why != CLOSED and (pause.until is None or now < pause.until)), "")
