"""The availability a contract promises of its services, and what it was in a month (docs/promises.md)."""

import re
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from supportdesk.i18n import _
from supportdesk.rules.agreements import Terms, in_force
from supportdesk.rules.availability import Figures, figures, month
from supportdesk.rules.book import Book, Contract
from supportdesk.rules.business_time import Span
from supportdesk.rules.durations import instant
from supportdesk.rules.text import safe
from supportdesk.rules.zones import SECOND_US
from supportdesk.store.views.agreements import book
from supportdesk.store.views.outages import OutageLine, Service, agreed_hours, hours_of, service_named, that_count
from supportdesk.store.views.queue import one_moment
from supportdesk.terms.errors import Invalid

Month = tuple[int, int]
"""Year and month."""


@dataclass(frozen=True, slots=True)
class ServiceMonth:
    """What was promised of one service and what it was. ``longest`` are microseconds, None: nothing was said of it;
    ``outages`` what was noted and touches the time."""

    service: str
    known: bool
    percent: Fraction
    longest: int | None
    figures: Figures
    outages: tuple[OutageLine, ...]

    @property
    def kept(self) -> bool:
        return self.figures.kept(self.percent, self.longest)


@dataclass(frozen=True, slots=True)
class ContractMonth:
    """A month of a contract, in the ``zone`` of its hours; ``within`` ends now while it lasts."""

    slug: str
    name: str
    month: Month
    zone: ZoneInfo
    within: Span
    lasts: bool
    services: tuple[ServiceMonth, ...]


def month_of(text: str) -> Month:
    """A month as written: ``2026-03``. Raises Invalid."""
    found = re.fullmatch(r"(\d{4})-(\d{2})", text.strip())
    if found is None or not 1 <= int(found[2]) <= 12 or not 1970 <= int(found[1]) <= 2200:
        raise Invalid(_("{text} is no month. Write it as 2026-03.").format(text=safe(text)), field="month")
    return int(found[1]), int(found[2])


def contract_month(conn: sqlite3.Connection, id: UUID, now_us: int, of: Month | None = None) -> ContractMonth | None:
    """The month ``of``, without one that which it is now; None when there is no such contract. Raises Invalid for a
    month to come."""
    with one_moment(conn):
        whole = book(conn)
        contract = whole.contracts.get(id)
        return None if contract is None else _month(conn, whole, contract, now_us, of)


def _month(conn: sqlite3.Connection, whole: Book, contract: Contract, now_us: int, of: Month | None) -> ContractMonth:
    zone = _zone(whole, contract, now_us)
    if of is None:
        local = instant(now_us).astimezone(zone)
        of = local.year, local.month
    since, until = month(*of, zone)
    if since > now_us:
        raise Invalid(_("That month has not begun yet."), field="month")
    within = since, min(until, now_us)
    terms = in_force(contract.versions, max(since, within[1] - 1))
    found = [_service(conn, whole, contract, each, within, now_us) for each in (terms.availability if terms else ())]
    return ContractMonth(contract.slug, contract.name, of, zone, within, now_us < until, tuple(found))


def _service(conn: sqlite3.Connection, whole: Book, contract: Contract, promised: Mapping[str, Any],
             within: Span, now_us: int) -> ServiceMonth:
    name = str(promised.get("service") or "")
    service = service_named(conn, name)
    noted = that_count(conn, service, contract, within[1])
    longest = promised.get("longest_outage")
    found = figures(agreed_hours(whole, contract), _spans(noted, now_us, maintenance=False),
                    _spans(noted, now_us, maintenance=True), within)
    touching = tuple(line for line in noted if line.ended_us is None or line.ended_us > within[0])
    return ServiceMonth(name, service != Service(None, None), Fraction(str(promised.get("percent") or 0)),
                        longest * SECOND_US if isinstance(longest, int) else None, found, touching)


def _spans(noted: Sequence[OutageLine], now_us: int, *, maintenance: bool) -> list[Span]:
    """From when to when; what goes on counts up to now."""
    return [(line.began_us, now_us if line.ended_us is None else line.ended_us) for line in noted
            if line.is_maintenance is maintenance]


def _zone(whole: Book, contract: Contract, now_us: int) -> ZoneInfo:
    """The zone of its hours, in which its months begin."""
    terms: Terms | None = in_force(contract.versions, now_us) or next(iter(contract.versions), None)
    time = hours_of(whole, terms) if terms else None
    return ZoneInfo("UTC") if time is None else time.version_at(now_us).hours.zone
