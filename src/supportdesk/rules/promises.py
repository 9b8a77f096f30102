"""What is promised on a ticket, and how each promise stands (docs/promises.md: the rules, with examples).

From the facts of one ticket (:mod:`supportdesk.rules.ledger`) and the book of what is agreed. Whoever has the same
facts finds the same; nothing here is kept. A change of priority, contract or its versions reads the same facts again
under the new terms, from the same start (:mod:`supportdesk.rules.clocks`).

Instants and amounts are integers, microseconds; instants UTC.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType
from typing import NamedTuple
from uuid import UUID

from supportdesk.rules import agreements, clocks, priority
from supportdesk.rules.agreements import in_force
from supportdesk.rules.book import Book, Calendar, Contract
from supportdesk.rules.calendars import ALWAYS, CalendarTime, calendar_time
from supportdesk.rules.clocks import FOR_EVER, NOTHING, Clock, ClockState, clock
from supportdesk.rules.hours import DAYS
from supportdesk.rules.ledger import Ledger, Word, waits
from supportdesk.rules.zones import SECOND_US
from supportdesk.terms.codes import ContractKind, Coverage, Priority, PromiseKind

AROUND_THE_CLOCK = calendar_time([(None, {"zone": "UTC", "weekly": {day: [["00:00", "24:00"]] for day in DAYS}})])
"""Real time: of callbacks, and of terms that name no calendar."""

DESK_TERMS = agreements.Terms(ALWAYS, targets=MappingProxyType({
    each: agreements.Target(MappingProxyType({
        kind: span // timedelta(seconds=1) for kind, span in (
            (PromiseKind.ANSWER, target.answer), (PromiseKind.SOLUTION, target.restore)) if span is not None
    })) for each, target in priority.TARGETS.items()
}))
"""What the desk promises everybody where it wrote no terms (rules/priority.TARGETS)."""

CLOSED = "closed"
"""Why a clock stands still beside the states of a ticket that stop it."""

WAITING_STOPS = frozenset({PromiseKind.ANSWER, PromiseKind.UPDATE, PromiseKind.SOLUTION})
"""What a wait for the caller may stop; nobody is sent to him by it, nor called back later."""

EXPECTED = (PromiseKind.ANSWER, PromiseKind.SOLUTION)
"""Told even where nothing is promised."""


class Basis(NamedTuple):
    """By what a promise is judged from ``since`` on. ``contract`` None: what the desk promises everybody; ``terms``
    None: nothing is promised, for the reason ``coverage`` tells. ``calendar`` None: around the clock."""

    since: int
    contract: Contract | None
    terms: agreements.Terms | None
    calendar: Calendar | None
    priority: Priority
    coverage: Coverage | None


class Pause(NamedTuple):
    """A stretch in which a clock stood still; ``until`` None while it does. ``why`` is the state of the ticket
    (terms/codes.Status), or :data:`CLOSED`."""

    since: int
    until: int | None
    why: str


class Handoff(NamedTuple):
    """A ticket offered to a team: ``answered`` when a person of it did, ``accepted`` when it took it, ``ended`` when
    the offer or the work was over without having been done: withdrawn, brought back, returned, passed on."""

    id: UUID
    team: UUID
    offered: int
    answered: int | None
    accepted: int | None
    ended: int | None


@dataclass(frozen=True, slots=True)
class Promise:
    """One promise. ``basis`` is what it is judged by, None for a callback. ``pauses`` are those that count, the oldest
    first. ``handoff`` and ``team`` tell a promise a team made to the desk from those made to the customer."""

    kind: PromiseKind
    clock: Clock
    start: int
    basis: Basis | None = None
    pauses: tuple[Pause, ...] = ()
    handoff: UUID | None = None
    team: UUID | None = None

    @property
    def target(self) -> int | None:
        """How much time was promised; None where nothing is."""
        return None if self.clock.terms is None else self.clock.terms.amount

    @property
    def calendar_time(self) -> CalendarTime:
        """What counts its time."""
        return AROUND_THE_CLOCK if self.basis is None else _time(self.basis.calendar)


@dataclass(frozen=True, slots=True)
class Case:
    """What the promises of one ticket are read from."""

    ledger: Ledger
    words: tuple[Word, ...] = ()
    handoffs: tuple[Handoff, ...] = ()


def promises(case: Case, book: Book, now: int) -> tuple[Promise, ...]:
    """How the promises of a ticket stand at ``now``: what the customer was promised, then what teams and vendors
    promised the desk. Of updates and callbacks, which follow each other, the last that says something."""
    if case.ledger.void:
        return ()
    found: dict[tuple[PromiseKind, UUID | None], Promise] = {}
    for series in _series(case, book, now):
        for promise in series:
            key = promise.kind, promise.handoff
            if key not in found or promise.clock.state is not ClockState.NONE:
                found[key] = promise
            if promise.clock.state is not ClockState.NONE:
                break
    return tuple(found.values())


def broken(case: Case, book: Book, now: int) -> tuple[Promise, ...]:
    """Every promise of a ticket that was missed, also those that others followed."""
    if case.ledger.void:
        return ()
    return tuple(promise for series in _series(case, book, now) for promise in series
                 if promise.clock.state is ClockState.MISSED)


def _series(case: Case, book: Book, now: int) -> Iterator[Iterator[Promise]]:
    """The promises ever made on the ticket, one series for each kind and party, the newest of a series first."""
    of, words = case.ledger, case.words
    bases = _bases(of, book)
    reading = _Reading(of, now)
    reached = [word.at for word in words if word.reached]
    yield reading.promise(PromiseKind.ANSWER, of.start, bases, reached[0] if reached else None,
                          tried=words[0].at if words else None)
    yield _updates(reading, bases, (of.start, *reached))
    yield reading.promise(PromiseKind.SOLUTION, of.start, bases, of.solved)
    there = [at for at in (*(word.at for word in words if word.on_site), of.solved) if at is not None]
    yield reading.promise(PromiseKind.ON_SITE, of.start, bases, min(there, default=None))
    yield _callbacks(case, now)
    for handoff in case.handoffs:
        yield from _between_teams(of, handoff, book, now)


def _updates(reading: "_Reading", bases: Sequence[Basis], since: Sequence[int]) -> Iterator[Promise]:
    """Each word to the caller keeps the update promised before it and begins the next."""
    until: int | None = None
    for start in reversed(since):
        yield from reading.promise(PromiseKind.UPDATE, start, bases, until)
        until = start


@dataclass(frozen=True, slots=True)
class _Reading:
    """Reads promises of one kind of party; ``over``: when nothing more was owed though it was not done."""

    ledger: Ledger
    now: int
    over: int | None = None
    handoff: Handoff | None = None

    def promise(self, kind: PromiseKind, start: int, bases: Sequence[Basis], done: int | None,
                tried: int | None = None) -> Iterator[Promise]:
        """The promise of a kind, if it was ever made or is one everybody expects to hear of."""
        at = _place(bases, start)
        mine = [bases[at]._replace(since=start), *bases[at + 1:]]
        made = any(_seconds(kind, basis) is not None and basis.since <= self.now for basis in mine)
        if not made and (self.handoff is not None or kind not in EXPECTED):
            return
        terms = [self._terms(kind, basis, tried) for basis in mine]
        closed = [(since, FOR_EVER if until is None else until) for since, until in self.ledger.closed()]
        now = self.now if self.over is None else min(self.now, self.over)
        found = clock(start, terms, closed, done, now)
        ended = self.over is not None or not self.ledger.is_open
        if ended and found.state in (ClockState.RUNNING, ClockState.PAUSED):
            found = NOTHING
        basis = next((basis for basis, each in zip(mine, terms, strict=True) if each is found.terms), None)
        if basis is None:  # nothing is promised: why is told by how it stands now
            basis = next(basis for basis in reversed(mine) if basis.since <= self.now)
        party = self.handoff
        yield Promise(kind, found, start, basis, self._pauses(kind, basis, start, found),
                      None if party is None else party.id, None if party is None else party.team)

    def _terms(self, kind: PromiseKind, basis: Basis, tried: int | None) -> clocks.Terms:
        """What the clock is given of a basis."""
        terms, seconds = basis.terms, _seconds(kind, basis)
        if terms is None or seconds is None:
            return clocks.Terms(basis.since, None, AROUND_THE_CLOCK)
        return clocks.Terms(
            basis.since, seconds * SECOND_US, _time(basis.calendar),
            "" if basis.contract is None else basis.contract.slug,
            tuple(waits(self.ledger, terms.stops)) if kind in WAITING_STOPS else (),
            tried if terms.attempts else None,
        )

    def _pauses(self, kind: PromiseKind, basis: Basis, start: int, found: Clock) -> tuple[Pause, ...]:
        """The pauses that take time from what was promised, up to its end if it has come."""
        if found.terms is None:
            return ()
        end = FOR_EVER if found.ended is None else found.ended
        pauses = [Pause(since, until, CLOSED) for since, until in self.ledger.closed()]
        if kind in WAITING_STOPS and basis.terms is not None:
            for stop in sorted(basis.terms.stops):
                pauses += [Pause(since, None if until == FOR_EVER else until, stop)
                           for since, until in waits(self.ledger, frozenset({stop}))]
        return tuple(sorted(
            pause for pause in pauses if pause.since < end and max(start, pause.since) < (pause.until or FOR_EVER)))


def _seconds(kind: PromiseKind, basis: Basis) -> int | None:
    """What is promised by a basis; None for nothing."""
    target = None if basis.terms is None else basis.terms.targets.get(basis.priority)
    return None if target is None else target.seconds.get(kind)


def _time(calendar: Calendar | None) -> CalendarTime:
    return AROUND_THE_CLOCK if calendar is None or calendar.time is None else calendar.time


def _place(bases: Sequence[Basis], at: int) -> int:
    """The place of the basis in force at an instant."""
    return max(place for place, basis in enumerate(bases) if basis.since <= at)


def _bases(of: Ledger, book: Book) -> list[Basis]:
    """By what the promises to the customer are judged, from the start on and from each change on."""
    marks = {at for at, _value in (*of.priorities, *of.contracts)}
    default = book.default()
    parties: list[tuple[int, Contract | None, Coverage | None, bool]] = []
    for since, (id, coverage) in of.contracts:
        contract = default if id is None else book.contracts.get(id)
        promised = coverage not in (Coverage.NOT_ENTITLED, Coverage.GOODWILL) and (id is None or contract is not None)
        parties.append((since, contract if promised else None, coverage, promised))
        if promised and contract is not None:
            marks |= {version.since for version in contract.versions if version.since > of.start}
    found = []
    for at in sorted(marks):
        _since, contract, coverage, promised = next(party for party in reversed(parties) if party[0] <= at)
        rank = next(rank for since, rank in reversed(of.priorities) if since <= at)
        terms = None
        if promised:
            terms = DESK_TERMS if contract is None else in_force(contract.versions, at)
        found.append(_basis(at, contract, terms, book, rank, coverage))
    return found


def _basis(at: int, contract: Contract | None, terms: agreements.Terms | None, book: Book, rank: Priority,
           coverage: Coverage | None) -> Basis:
    calendar = None
    if terms is not None:
        target = terms.targets.get(rank)
        calendar = book.calendar(terms.calendar if target is None else target.calendar or terms.calendar)
    return Basis(at, contract, terms, calendar, rank, coverage)


def _callbacks(case: Case, now: int) -> Iterator[Promise]:
    """The callbacks promised, in real time. One is kept when it is taken from the list up to its instant, or when
    they spoke before, whoever called; one that was moved before its instant was another promise. Closing the ticket
    takes it from the list, but not one that came to a closed ticket."""
    of = case.ledger
    then: tuple[int, int | None] | None = None if of.is_open else (of.closed()[-1][0], None)
    for since, due in reversed(of.callbacks):
        if then is not None and then[0] < since:
            then = None
        if due is not None:
            until = FOR_EVER if then is None else then[0]
            spoke = next((word.at for word in case.words if word.live and since < word.at <= until), None)
            settled = spoke if then is None or then[1] is not None or spoke is not None else then[0]
            if settled is not None or then is None or then[0] > due:
                yield _callback(_promised(case, since, due), due, settled, now)
        then = since, due


def _promised(case: Case, since: int, due: int) -> int:
    """When a callback was promised for ``due``: one that an undo brought back goes on from its beginning, unless they
    spoke meanwhile."""
    first = next(at for at, promised in case.ledger.callbacks if promised == due)
    spoke = any(word.live and first < word.at <= since for word in case.words)
    return since if spoke else first


def _callback(since: int, due: int, done: int | None, now: int) -> Promise:
    terms = clocks.Terms(since, max(due - since, 1), AROUND_THE_CLOCK)
    at = now if done is None else done
    if at > due:
        found = Clock(ClockState.MISSED, due, due - at, due, terms, done)
    elif done is None:
        found = Clock(ClockState.RUNNING, due, due - at, None, terms)
    else:
        found = Clock(ClockState.MET, due, due - at, done, terms, done)
    return Promise(PromiseKind.CALLBACK, found, since)


def _between_teams(of: Ledger, handoff: Handoff, book: Book, now: int) -> Iterator[Iterator[Promise]]:
    """What the team a ticket was handed to promised the desk, or its vendor: an answer from the offer on, the solution
    from its acceptance on, until it is solved or goes on from there."""
    contract = agreed_with(book, handoff.team, handoff.offered)
    if contract is None:
        return
    marks = {at for at, _rank in of.priorities} | {version.since for version in contract.versions}
    bases = []
    for at in (handoff.offered, *sorted(at for at in marks if at > handoff.offered)):
        rank = next((rank for since, rank in reversed(of.priorities) if since <= at), of.priorities[0][1])
        bases.append(_basis(at, contract, in_force(contract.versions, at), book, rank, None))
    unanswered = handoff.ended if handoff.answered is None else None
    yield _Reading(of, now, unanswered, handoff).promise(PromiseKind.ANSWER, handoff.offered, bases, handoff.answered)
    if handoff.accepted is not None:
        done = [at for at in (handoff.ended, of.solved) if at is not None and at >= handoff.accepted]
        yield _Reading(of, now, None, handoff).promise(
            PromiseKind.SOLUTION, handoff.accepted, bases, min(done, default=None))


def agreed_with(book: Book, team: UUID, at: int) -> Contract | None:
    """What holds for work handed to a team: its vendor's contract before an agreement of the house; of several the
    first by short name."""
    found = [contract for contract in book.contracts.values() if contract.team_id == team
             and contract.kind in (ContractKind.TEAM, ContractKind.VENDOR) and contract.is_valid(at)]
    return min(found, key=lambda contract: (contract.kind is not ContractKind.VENDOR, contract.slug, contract.id),
               default=None)
