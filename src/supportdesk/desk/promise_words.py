"""Promises in sentences: how each stands, by which contract and calendar, and every interval, pause and holiday that
was counted (``x`` on a ticket, ``promise explain``)."""

from collections.abc import Iterator, Mapping
from datetime import tzinfo

from supportdesk.desk import clock_words
from supportdesk.desk.labels import STATUS, label
from supportdesk.desk.promises import Account, Explanation
from supportdesk.i18n import N_, _
from supportdesk.rules.calendars import ALWAYS
from supportdesk.rules.clocks import ClockState
from supportdesk.rules.durations import instant
from supportdesk.rules.promises import CLOSED, Promise
from supportdesk.terms.codes import ContractKind, Coverage, PromiseKind

MINUTE_US = 60_000_000

KIND: Mapping[str, str] = {
    "answer": N_("first answer"), "update": N_("update"), "solution": N_("solution"), "on_site": N_("on site"),
    "callback": N_("callback"),
}


def explanation_words(of: Explanation, zone: tzinfo) -> list[str]:
    """The explanation, one sentence a line, a blank line before each promise; instants as read in ``zone``."""
    lines = [coverage_words(of)]
    for account in of.accounts:
        lines += ["", *account_words(account, of.now, zone)]
    return lines


def coverage_words(of: Explanation) -> str:
    """Under which contract the ticket stands and why, or why nothing is promised."""
    stands = of.standing
    if not of.accounts:
        return _("Nothing is promised: the ticket was cancelled or merged into another.")
    if stands.coverage == Coverage.NOT_ENTITLED:
        said = _("No contract covers it: nothing is promised.")
    elif stands.coverage == Coverage.GOODWILL:
        said = _("No contract covers it: it is done as goodwill, and nothing is promised.")
    elif stands.contract:
        said = _("It stands under the contract {contract}.").format(contract=stands.contract)
    else:
        said = _("It stands under no contract: what the desk promises everybody holds.")
    return f"{said} {stands.coverage_reason}" if stands.coverage_reason else said


def promise_words(promise: Promise, now: int, zone: tzinfo, team: str = "") -> str:
    """How a promise stands, in one sentence: ``first answer due 14:20, 2 h 10 min left``."""
    clock = promise.clock
    kind = label(KIND, promise.kind)
    if team:
        kind = _("{promise} by {team}").format(promise=kind, team=team)
    due = clock_words.clock(clock.due, now, zone)
    left = span_words(abs(clock.remaining or 0))
    match clock.state:
        case ClockState.RUNNING if clock.due is None:
            return _("{promise}: runs, {left} left, but its calendar does not open often enough").format(
                promise=kind, left=left)
        case ClockState.RUNNING:
            form = _("{promise}: due {due}, {left} left") if _is_open(promise, now) else _(
                "{promise}: due {due}, {left} left, closed hours now")
            return form.format(promise=kind, due=due, left=left)
        case ClockState.PAUSED:
            return _("{promise}: stands still, {left} left").format(promise=kind, left=left)
        case ClockState.MET:
            met = clock_words.clock(clock.ended, now, zone)
            return _("{promise}: kept {when}, it was due {due}").format(promise=kind, when=met, due=due) if due else _(
                "{promise}: kept {when}").format(promise=kind, when=met)
        case ClockState.MISSED:
            return _("{promise}: missed, it was due {due}").format(promise=kind, due=due)
        case _:
            return _("{promise}: nothing is promised").format(promise=kind)


def account_words(account: Account, now: int, zone: tzinfo) -> Iterator[str]:
    """How a promise stands, then all it was computed from."""
    promise = account.promise
    yield promise_words(promise, now, zone, account.team.shown if account.team else "")
    if promise.clock.terms is None:
        return
    yield _terms_said(promise, zone)
    yield _calendar_said(account, zone)
    yield _counted_said(account, zone)
    for pause in promise.pauses:
        why = _("closed") if pause.why == CLOSED else label(STATUS, pause.why)
        until = _("now") if pause.until is None else moment(pause.until, zone)
        yield _("Not counted: {since} - {until}, {why}.").format(
            since=moment(pause.since, zone), until=until, why=why)
    for holiday in account.holidays:
        yield _("Holiday: {date} {name}").format(date=f"{holiday.on:%d.%m.%Y}", name=holiday.name).rstrip()


def span_words(amount: int) -> str:
    """An amount of time: ``2 h 10 min``; below a minute in seconds."""
    if amount < MINUTE_US:
        return _("{n} s").format(n=amount // 1_000_000)
    hours, minutes = divmod(amount // MINUTE_US, 60)
    if not hours:
        return _("{n} min").format(n=minutes)
    return _("{hours} h {minutes} min").format(hours=hours, minutes=minutes) if minutes else _("{n} h").format(n=hours)


def moment(at: int, zone: tzinfo) -> str:
    """An instant whole, so that it can be added with: ``fr 06.03.2026 11:30``, seconds where there are any."""
    local = instant(at).astimezone(zone)
    seconds = f"{local:%H:%M:%S}" if at % MINUTE_US else f"{local:%H:%M}"
    return f"{clock_words.weekday(local.weekday())} {local:%d.%m.%Y} {seconds}"


def _span(since: int, until: int, zone: tzinfo) -> str:
    begin, end = moment(since, zone), moment(until, zone)
    day, _blank, time = end.rpartition(" ")
    return f"{begin}-{time}" if begin.startswith(day) else f"{begin} - {end}"


def _is_open(promise: Promise, now: int) -> bool:
    return promise.calendar_time.is_open(now)


def _terms_said(promise: Promise, zone: tzinfo) -> str:
    basis, target = promise.basis, span_words(promise.target or 0)
    if promise.kind is PromiseKind.CALLBACK or basis is None:
        return _("Promised {when} by whoever spoke with the caller.").format(when=moment(promise.start, zone))
    contract = basis.contract
    if contract is None:
        return _("The desk promises everybody {target} for {priority}.").format(
            target=target, priority=basis.priority)
    version = version_words(None if basis.terms is None else basis.terms.since, zone)
    forms = {
        ContractKind.CUSTOMER: _("{contract} ({version}) promises {target} for {priority}."),
        ContractKind.STANDARD: _("The standard terms {contract} ({version}) promise {target} for {priority}."),
        ContractKind.TEAM: _("The agreement {contract} ({version}) between the teams promises {target} for "
                             "{priority}."),
        ContractKind.VENDOR: _("The vendor's contract {contract} ({version}) promises {target} for {priority}."),
    }
    return forms[contract.kind].format(contract=contract.name, version=version, target=target,
                                       priority=basis.priority)


def _calendar_said(account: Account, zone: tzinfo) -> str:
    calendar = None if account.promise.basis is None else account.promise.basis.calendar
    start = moment(account.promise.start, zone)
    if calendar is None or calendar.time is None:
        return _("Counted around the clock from {start} on.").format(start=start)
    versions = ", ".join(version_words(version.since, zone) for version in account.versions)
    return _("Counted in the calendar {calendar} ({zone}; {versions}) from {start} on.").format(
        calendar=calendar.name, zone=account.versions[-1].hours.zone.key, versions=versions, start=start)


def _counted_said(account: Account, zone: tzinfo) -> str:
    if not account.intervals:
        kept = account.promise.clock.state is ClockState.MET
        return _("It was kept before any of its time had passed.") if kept else _("None of its time has passed yet.")
    total = sum(until - since for since, until in account.intervals)
    spans = ", ".join(_span(since, until, zone) for since, until in account.intervals)
    return _("Counted: {spans}; together {total}.").format(spans=spans, total=span_words(total))


def version_words(since: int | None, zone: tzinfo) -> str:
    """Which version of a calendar, a contract or the matrix it is, by the date it begins on."""
    if since is None or since == ALWAYS:
        return _("first version")
    return _("version of {date}").format(date=f"{instant(since).astimezone(zone):%d.%m.%Y}")
