"""What happened to a ticket as its clocks read it: which state, priority and contract it had from when to when.

It is read from the entries of the journal, by the instant they tell (``at``); never from a number that was counted on
(field/peers.md 1.3). What was undone is told by the entry that undid it, like any other change. Whatever the entries
say, the last value of a field is the one its row holds: what two sites wrote at once was settled there.

Instants are integers, microseconds UTC. What is said to lie in the future (a clock that is wrong) counts as of now.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Any, NamedTuple
from uuid import UUID

from supportdesk.rules.business_time import Span
from supportdesk.rules.clocks import FOR_EVER
from supportdesk.terms.codes import Channel, Coverage, Direction, Outcome, Priority, Status

FIELDS = ("status", "wait_until", "priority", "contract_id", "coverage", "callback_at", "solved_at")
"""The fields of a ticket its clocks are read from."""

LIVE = (Channel.PHONE, Channel.CHAT, Channel.WALK_IN)
"""Channels on which a person answers while the caller is there."""


class Change(NamedTuple):
    """An entry of the ticket: field -> (from, to), for some of :data:`FIELDS`. ``order`` tells entries of one instant
    apart, in the same way on every console."""

    at: int
    order: tuple[Any, ...]
    is_create: bool
    fields: Mapping[str, tuple[Any, Any]]


class Contact(NamedTuple):
    """A contact of the ticket. ``by_agent``: a person of the desk had it. ``joined``: when it came to this ticket from
    another one, None when it was about it from the first."""

    direction: str | None
    channel: str | None
    outcome: str | None
    started: int
    answered: int | None
    by_agent: bool
    joined: int | None = None


class Note(NamedTuple):
    """A note for the caller that stands, written by a person; ``joined`` as of a contact."""

    at: int
    joined: int | None = None


class Word(NamedTuple):
    """Something a person of the desk said to the caller. ``reached``: it reached him; otherwise it was a try. ``live``:
    they spoke with each other. ``on_site``: somebody was with him."""

    at: int
    reached: bool = True
    live: bool = False
    on_site: bool = False


class Stretch(NamedTuple):
    """A state of the ticket from ``since`` up to ``until``, None while it lasts. One that ends by itself at an instant
    known before (a wait) tells it in ``wakes``."""

    since: int
    until: int | None
    status: Status
    wakes: int | None = None


@dataclass(frozen=True, slots=True)
class Ledger:
    """One ticket. Its clocks start at ``start``: when the caller's contact came by which it was opened, else when it
    was made. ``callbacks`` are the instants promised, None while none is. ``solved`` is when it was solved last, None
    while it is not. ``void``: it was cancelled or merged, and promises nothing."""

    start: int
    states: tuple[Stretch, ...]
    priorities: tuple[tuple[int, Priority], ...]
    contracts: tuple[tuple[int, tuple[UUID | None, Coverage | None]], ...]
    callbacks: tuple[tuple[int, int | None], ...]
    solved: int | None
    void: bool = False

    @property
    def is_open(self) -> bool:
        return self.states[-1].status.is_open

    def closed(self) -> list[tuple[int, int | None]]:
        """The stretches it was solved or closed, in one piece each."""
        found: list[tuple[int, int | None]] = []
        for since, until, status, _wakes in self.states:
            if status.is_open:
                continue
            if found and found[-1][1] == since:
                found[-1] = found[-1][0], until
            else:
                found.append((since, until))
        return found

    def solvings(self) -> list[int]:
        """When it was solved, each time."""
        before = [False, *(stretch.status is Status.SOLVED for stretch in self.states)]
        return [stretch.since for stretch, was in zip(self.states, before, strict=False)
                if stretch.status is Status.SOLVED and not was]


def ledger(row: Mapping[str, Any], changes: Iterable[Change], contacts: Iterable[Contact], now: int) -> Ledger:
    """The ledger of a ticket that stands as ``row`` (:data:`FIELDS`, ``created_at``, ``merged_into_id``)."""
    dated = sorted((change._replace(at=min(change.at, now)) for change in changes), key=lambda c: (c.at, c.order))
    created = row["created_at"]
    if created is None:
        created = dated[0].at if dated else now
    created = min(created, now)
    start = min([created, *(contact.started for contact in contacts if _opened(contact, created))])
    held = {name: _dated(dated, name, row[name], start) for name in FIELDS}
    held["callback_at"] = _dated(dated, "callback_at", row["callback_at"], created)  # not before they had spoken
    stands = _together(held["contract_id"], held["coverage"])
    status = Status.read(row["status"])
    return Ledger(
        start,
        _states(held["status"], held["wait_until"]),
        tuple((since, Priority.read(code) or Priority.P4) for since, code in held["priority"]),
        tuple((since, (contract, _coverage(coverage))) for since, (contract, coverage) in stands),
        tuple(held["callback_at"]),
        _solved(held, status),
        row["merged_into_id"] is not None or status is Status.CANCELLED,
    )


def words(of: Ledger, contacts: Iterable[Contact], notes: Iterable[Note], now: int) -> tuple[Word, ...]:
    """What was said to the caller, in its order. Solving a ticket is said to him as well: a solution he does not know
    yet leaves it open (desk/tickets). What an automatic answer said is none of it."""
    said = [word for contact in contacts if contact.by_agent and (word := _word(contact)) is not None]
    said += [Word(note.at if note.joined is None else max(note.at, note.joined)) for note in notes]
    said += [Word(at) for at in of.solvings()]
    return tuple(sorted(word._replace(at=max(of.start, min(word.at, now))) for word in said))


def waits(of: Ledger, states: frozenset[Status]) -> list[Span]:
    """The stretches it waited in one of these states, up to :data:`supportdesk.rules.clocks.FOR_EVER` while it does;
    a wait until an instant ends there, whether or not somebody has looked at the ticket."""
    return [(since, _end(until, wakes)) for since, until, status, wakes in of.states if status in states]


def _end(until: int | None, wakes: int | None) -> int:
    return min(FOR_EVER if until is None else until, FOR_EVER if wakes is None else wakes)


def _opened(contact: Contact, created: int) -> bool:
    """Whether a ticket was made for this contact."""
    return contact.direction != Direction.OUT and contact.joined is None and contact.started <= created


def _word(contact: Contact) -> Word | None:
    """What of a contact was said to the caller; None for nothing."""
    at = contact.started if contact.answered is None else contact.answered
    live = contact.channel in LIVE
    outcome = Outcome(contact.outcome) if contact.outcome in _OUTCOMES else Outcome.INFORMATION
    if contact.direction == Direction.OUT:
        if outcome is Outcome.WRONG_NUMBER:  # not even a try
            return None
        on_site = outcome.reached and contact.channel == Channel.WALK_IN
        word = Word(at, outcome.reached, outcome.reached and live, on_site)
    elif live and outcome.answered:
        word = Word(at, live=True)
    else:
        return None
    return word if contact.joined is None else word._replace(at=max(at, contact.joined))


def _dated(changes: Sequence[Change], name: str, last: Any, start: int) -> list[tuple[int, Any]]:
    """The values a field had, each from when on; the last is the row's."""
    found: list[tuple[int, Any]] = []
    for change in changes:
        if name not in change.fields:
            continue
        before, after = change.fields[name]
        at = start if change.is_create else max(change.at, start)
        if not found:
            found.append((start, before))
        _put(found, at, after)
    if not found:
        return [(start, last)]
    _put(found, found[-1][0], last)
    return found


def _put(found: list[tuple[int, Any]], at: int, value: Any) -> None:
    if found[-1][0] == at:
        found.pop()
    if not found or found[-1][1] != value:
        found.append((at, value))


def _together(one: Sequence[tuple[int, Any]], other: Sequence[tuple[int, Any]]) -> list[tuple[int, tuple[Any, Any]]]:
    """Two fields as one, from each change of either on. Both begin at the same instant."""
    found: list[tuple[int, tuple[Any, Any]]] = []
    for at in sorted({at for at, _value in (*one, *other)}):
        found.append((at, (_at(one, at), _at(other, at))))
    return found


def _at(dated: Sequence[tuple[int, Any]], at: int) -> Any:
    return next(value for since, value in reversed(dated) if since <= at)


def _states(status: Sequence[tuple[int, Any]], until: Sequence[tuple[int, Any]]) -> tuple[Stretch, ...]:
    found = []
    pieces = _together(status, until)
    for place, (since, (code, wakes)) in enumerate(pieces):
        ends = pieces[place + 1][0] if place + 1 < len(pieces) else None
        state = Status.read(code)
        found.append(Stretch(since, ends, state, wakes if state is Status.WAITING_UNTIL else None))
    return tuple(found)


def _solved(held: Mapping[str, Sequence[tuple[int, Any]]], status: Status) -> int | None:
    """When it was solved last; what came without that instant was solved when its state says so."""
    if status.is_open:
        return None
    at: int | None = held["solved_at"][-1][1]
    if at is not None:
        return at
    ended = takewhile(lambda held: not Status.read(held[1]).is_open, reversed(held["status"]))
    return next((since for since, code in ended if code == Status.SOLVED), None)


def _coverage(code: str | None) -> Coverage | None:
    """What a stored coverage counts as; one of a newer version as none."""
    return Coverage(code) if code in _COVERAGES else None


_COVERAGES = frozenset(coverage.value for coverage in Coverage)
_OUTCOMES = frozenset(outcome.value for outcome in Outcome)
"""A contact that ended as only a newer version knows is one in which they spoke."""
