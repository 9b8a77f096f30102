"""The next try of a callback that reached nobody: in whose hours, and why in those (rules/tries)."""

import sqlite3
from collections.abc import Sequence
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from supportdesk.desk.clock_words import clock
from supportdesk.i18n import _, ngettext
from supportdesk.rules.book import Book
from supportdesk.rules.business_time import business_time
from supportdesk.rules.calendars import CalendarTime, Time
from supportdesk.rules.phones import parse_phone, zone_of
from supportdesk.rules.tries import OFFICE, Tried, always_open, next_try, tried
from supportdesk.rules.zones import zone_named
from supportdesk.store.types import instant, micros
from supportdesk.store.views.agreements import book
from supportdesk.terms.codes import Outcome

if TYPE_CHECKING:
    from supportdesk.desk.desk import Desk

MOST = 200
"""Contacts of a ticket that are looked at for attempts, the latest first."""


class Proposal(NamedTuple):
    """When to call again (aware UTC; None: not at this number), how often it was tried, and what was taken for the
    hours of the person called: a sentence."""

    at: datetime | None
    tried: Tried
    because: str
    zone: ZoneInfo


class _Hours(NamedTuple):
    time: Time
    zone: ZoneInfo
    because: str


def propose(desk: "Desk", ticket: UUID, outcome: Outcome, now: datetime | None = None) -> Proposal:
    """What to do after an attempt that ends so now: it counts, whether it is logged yet or not."""
    conn, now_us = desk.reader, micros(now or desk.clock())
    hours = _hours_of(conn, ticket, desk.agent.id, ZoneInfo(desk.agent.zone), desk.agent.region, now_us)
    tries = [*attempts(conn, ticket, now_us), now_us]
    at = next_try(outcome, tries, hours.time, hours.zone, now_us)
    return Proposal(None if at is None else instant(at), tried(tries, hours.zone), hours.because, hours.zone)


def tried_so_far(desk: "Desk", ticket: UUID, now: datetime | None = None) -> Tried:
    """How often the caller of a ticket was not reached since he was last spoken to."""
    now_us = micros(now or desk.clock())
    hours = _hours_of(desk.reader, ticket, desk.agent.id, ZoneInfo(desk.agent.zone), desk.agent.region, now_us)
    return tried(attempts(desk.reader, ticket, now_us), hours.zone)


def attempts(conn: sqlite3.Connection, ticket: UUID, now_us: int) -> list[int]:
    """When the caller was tried and not reached, since he was last spoken to."""
    found: list[int] = []
    for direction, outcome, at in conn.execute(
        "SELECT c.direction, c.outcome, coalesce(c.ended_at, c.started_at) FROM reference r "
        "JOIN contact c ON c.id = r.owner WHERE r.target = ? AND r.field = 'tickets' AND c.retired_at IS NULL "
        "AND c.started_at <= ? ORDER BY c.started_at DESC, c.id DESC LIMIT ?", (ticket.bytes, now_us, MOST)
    ):
        if direction != "out" or outcome not in _OUTCOMES or Outcome(outcome).reached:
            break
        found.append(at)
    return found[::-1]


_OUTCOMES = frozenset(Outcome)


def next_said(proposal: Proposal, now_us: int, zone: tzinfo) -> str:
    """When to call again and why then, in a sentence."""
    if proposal.at is None:
        return _("The number is wrong: find the right one, then promise the callback again.")
    return _("Next try {when}: {because}.").format(
        when=clock(micros(proposal.at), now_us, zone), because=proposal.because)


def tried_said(done: Tried) -> str:
    """``3 tries on 2 days``."""
    times = ngettext("{n} try", "{n} tries", done.times).format(n=done.times)
    return ngettext("{tries} on {n} day", "{tries} on {n} days", done.days).format(tries=times, n=done.days)


def _hours_of(conn: sqlite3.Connection, ticket: UUID, agent: UUID, own: ZoneInfo, region: str,
              now_us: int) -> _Hours:
    """The contract's hours, if it has some that close; else the desk's office hours where the number rings."""
    row = conn.execute(
        "SELECT t.contract_id, t.organisation_id, coalesce(t.callback_number, t.caller_number, ''), o.name "
        "FROM ticket t LEFT JOIN organisation o ON o.id = t.organisation_id WHERE t.id = ?", (ticket.bytes,)
    ).fetchone() or (None, None, "", None)
    agreed = book(conn)
    for calendar in _contracts(agreed, row[0], row[1], now_us):
        if not always_open(calendar, now_us):
            return _Hours(calendar, calendar.version_at(now_us).hours.zone,
                          _("hours of the contract of {organisation}").format(organisation=row[3] or ""))
    hours, name = OFFICE, _("Monday to Friday, 8 to 18")
    site = conn.execute(
        "SELECT s.calendar_id FROM agent a JOIN site s ON s.id = a.site_id WHERE a.id = ?", (agent.bytes,)
    ).fetchone()
    office = agreed.calendar(None if site is None or site[0] is None else UUID(bytes=site[0]))
    if office is not None and office.time is not None and not always_open(office.time, now_us):
        hours, name = office.time.version_at(now_us).hours, office.name
    rings = zone_of(parse_phone(row[2], region).e164 or "")
    try:
        zone = zone_named(rings) if rings else own
    except ValueError:  # a zone that the data of this machine do not know
        rings, zone = None, own
    because = _("{hours}, in the zone of the number ({zone})") if rings else _("{hours}, in our zone ({zone})")
    return _Hours(business_time(hours._replace(zone=zone)), zone, because.format(hours=name, zone=zone.key))


def _contracts(agreed: Book, contract: bytes | None, organisation: bytes | None, now_us: int) -> Sequence[CalendarTime]:
    """The calendars under which a ticket stands: of the contract it was put under, else of its customer's."""
    chosen = [agreed.contracts[UUID(bytes=contract)]] if contract and UUID(bytes=contract) in agreed.contracts else [
        each for each in agreed.contracts.values()
        if organisation is not None and each.organisation_id == UUID(bytes=organisation)
        and each.kind == "customer" and each.is_valid(now_us)
    ]
    found = []
    for each in chosen:
        terms = each.terms(now_us)
        calendar = agreed.calendar(terms.calendar) if terms is not None else None
        if calendar is not None and calendar.time is not None:
            found.append(calendar.time)
    return found
