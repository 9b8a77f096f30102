"""What covers a call: the contract and what it promises now, read when a ticket is opened and while a call runs.

Instants are microseconds UTC."""

import sqlite3
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from supportdesk.rules.agreements import Terms
from supportdesk.rules.book import Book, Contract
from supportdesk.rules.business_time import Hours, NeverOpen
from supportdesk.rules.calendars import CalendarTime
from supportdesk.rules.coverage import Asked, Candidate, Covered, NotEntitled, Why, covering
from supportdesk.rules.ledger import LIVE
from supportdesk.rules.zones import DAY_US, SECOND_US
from supportdesk.store.agreed import agreed
from supportdesk.store.views.agreements import calendar_of
from supportdesk.store.views.contracts import incidents_used
from supportdesk.store.views.ticket import uuid_of
from supportdesk.terms.codes import Coverage, PromiseKind

_LOOK_AHEAD = 14 * DAY_US
_WEEK_S = 7 * 86_400
_WAITED_FOR = (PromiseKind.ANSWER, PromiseKind.SOLUTION, PromiseKind.UPDATE, PromiseKind.ON_SITE)


class Chosen(NamedTuple):
    """What a ticket opened now would stand under; ``everybody`` are the terms for those without a contract."""

    coverage: Coverage
    contract: Contract | None = None
    why: Why | None = None
    others: tuple[Contract, ...] = ()
    ended: Contract | None = None
    everybody: Contract | None = None


@dataclass(frozen=True, slots=True)
class Outlook:
    """What may be promised to a caller now. ``name`` is the contract's, ``between`` the integrator whose contract it
    is; ``open_until`` the end of the hours that run, ``opens_at`` their next beginning while they do not; ``due`` is
    when the promise ``owed`` falls due, the first the caller waits for; ``left`` of ``included`` incidents; ``ended``
    and ``ended_at`` the contract he had."""

    coverage: Coverage
    contract: UUID | None
    name: str
    why: Why | None
    others: tuple[str, ...]
    negotiated: tuple[str, ...]
    between: str | None
    always: bool
    open_until: int | None
    opens_at: int | None
    owed: PromiseKind | None
    due: int | None
    included: int | None
    left: int | None
    ended: str | None
    ended_at: int | None


@dataclass(frozen=True, slots=True)
class Standing:
    """Under what a ticket stands."""

    number: str
    contract: str | None
    coverage: str | None
    coverage_reason: str | None


def chosen(conn: sqlite3.Connection, organisation: UUID | None, asked: Asked) -> Chosen | None:
    """Which contract covers a call of an organisation; None at a desk that has agreed nothing with anybody."""
    held = agreed(conn)
    if held.is_empty:
        return None
    everybody, touching = held.default(), _touching(conn, held, organisation)
    terms = everybody.terms(asked.at) if everybody and everybody.is_valid(asked.at) else None
    if not touching and terms is not None and terms.targets:
        return Chosen(Coverage.DEFAULT, everybody=everybody)
    found = covering(
        [Candidate(each.id, each.organisation_id == organisation, each.valid_from, each.valid_until, each.versions)
         for each in touching.values()],
        asked, everybody=terms is not None and bool(terms.targets),
    )
    if isinstance(found, Covered):
        return Chosen(Coverage.CONTRACT, touching[found.contract], found.why,
                      tuple(touching[id] for id in found.others))
    if isinstance(found, NotEntitled):
        return Chosen(Coverage.NOT_ENTITLED, ended=touching[found.ended] if found.ended else None)
    return Chosen(Coverage.DEFAULT, everybody=everybody)


def outlook(conn: sqlite3.Connection, organisation: UUID | None, asked: Asked,
            since: int | None = None) -> Outlook | None:
    """What an agent may promise while the call runs, which came at ``since`` (default: now); None at a desk that has
    agreed nothing with anybody."""
    found = chosen(conn, organisation, asked)
    if found is None:
        return None
    contract = found.contract or found.everybody
    terms = contract.terms(asked.at) if contract else None
    time = _time(conn, terms, asked) if terms else None
    open_until, opens_at = _opening(time, asked.at)
    owed, due = _owed(time, terms, asked, asked.at if since is None else since)
    included = terms.incidents if terms else None
    left = None if included is None or found.contract is None else max(
        0, included - incidents_used(conn, found.contract))
    return Outlook(
        coverage=found.coverage, contract=found.contract.id if found.contract else None,
        name=contract.name if contract else "", why=found.why, others=tuple(each.name for each in found.others),
        negotiated=tuple(sorted(terms.own)) if terms else (),
        between=_between(conn, found.contract, organisation),
        always=time is not None and _is_always(time.version_at(asked.at).hours), open_until=open_until,
        opens_at=opens_at, owed=owed, due=due, included=included, left=left,
        ended=found.ended.name if found.ended else None, ended_at=found.ended.valid_until if found.ended else None,
    )


def standing(conn: sqlite3.Connection, ticket: UUID) -> Standing:
    """Under what a ticket stands."""
    row = conn.execute(
        "SELECT t.number, k.slug, t.coverage, t.coverage_reason FROM ticket t "
        "LEFT JOIN contract k ON k.id = t.contract_id WHERE t.id = ?", (ticket.bytes,)).fetchone()
    return Standing(row[0] or "", row[1], row[2], row[3])


def _touching(conn: sqlite3.Connection, held: Book, organisation: UUID | None) -> dict[UUID, Contract]:
    """The contracts of an organisation, and of the integrator in between."""
    if organisation is None or not held.has_customers:
        return {}
    row = conn.execute("SELECT integrator_id FROM organisation WHERE id = ?", (organisation.bytes,)).fetchone()
    integrator = uuid_of(row[0]) if row else None
    return {each.id: each for of in {organisation, integrator} for each in held.of_customer(of)}


def _time(conn: sqlite3.Connection, terms: Terms, asked: Asked) -> CalendarTime | None:
    """The hours of what is promised."""
    target = terms.targets.get(asked.priority) if asked.priority else None
    named = (target.calendar if target else None) or terms.calendar
    try:
        calendar = calendar_of(conn, UUID(named)) if named else None
    except ValueError:
        return None
    return calendar.time if calendar else None


def _opening(time: CalendarTime | None, at: int) -> tuple[int | None, int | None]:
    if time is None:
        return None, None
    span = next(time.openings(at, at + _LOOK_AHEAD), None)
    if span is None:
        return None, None
    return (span[1], None) if span[0] == at else (None, span[0])


def _owed(time: CalendarTime | None, terms: Terms | None, asked: Asked,
          since: int) -> tuple[PromiseKind | None, int | None]:
    """What the caller waits for, and up to when: the answer, which whoever picks up a call has given; then the
    solution, or what else is promised."""
    target = terms.targets.get(asked.priority) if terms and asked.priority else None
    answered = asked.channel in LIVE
    owed = next((kind for kind in _WAITED_FOR[answered:] if target and kind in target.seconds), None)
    if time is None or target is None or owed is None:
        return None, None
    try:
        return owed, time.add(since, target.seconds[owed] * SECOND_US)
    except (NeverOpen, OverflowError):
        return None, None


def _is_always(hours: Hours) -> bool:
    closed = hours.holidays or hours.yearly or hours.breaks
    return not closed and sum(until - since for spans in hours.week for since, until in spans) == _WEEK_S


def _between(conn: sqlite3.Connection, contract: Contract | None, organisation: UUID | None) -> str | None:
    """The integrator, where it is his contract that covers."""
    if contract is None or contract.organisation_id in (None, organisation):
        return None
    assert contract.organisation_id is not None
    row = conn.execute("SELECT name FROM organisation WHERE id = ?", (contract.organisation_id.bytes,)).fetchone()
    return row[0] if row else None
