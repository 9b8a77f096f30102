"""Contracts as people read them: what one promises at an instant, what of it was negotiated, how much is used up."""

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from supportdesk.rules.agreed import target_name
from supportdesk.rules.agreements import IN_CONTRACTS, Terms
from supportdesk.rules.book import Book, Contract
from supportdesk.store.instants import instant
from supportdesk.store.views.agreements import written
from supportdesk.store.views.names import Name, names
from supportdesk.terms.codes import ContractKind, Priority

_COUNTED = "contract_id = ? AND organisation_id = ? AND status IS NOT 'cancelled' AND merged_into_id IS NULL"
"""The last two terms are those of the index."""


@dataclass(frozen=True, slots=True)
class TargetLine:
    """One promise. ``seconds`` of the calendar's open time, None for one that was negotiated away; ``negotiated``:
    other than the standard terms, which promise ``standard_seconds``; ``calendar`` the name of its hours."""

    priority: str
    kind: str
    seconds: int | None
    calendar: str
    negotiated: bool
    standard_seconds: int | None


@dataclass(frozen=True, slots=True)
class ContractLine:
    """A contract in a list. ``party`` is whom it is with: the customer, the vendor or the team; ``zone`` that of its
    calendar."""

    id: UUID
    slug: str
    name: str
    kind: str
    party: str
    standard: str | None
    negotiated: int
    valid_from: datetime | None
    valid_until: datetime | None
    in_force: bool
    zone: str


@dataclass(frozen=True, slots=True)
class ContractPage:
    """A contract as it stands at an instant. ``own`` names what was negotiated (rules/agreed.NAMES); ``between`` is the
    integrator of the customer; ``to_come`` are the instants of later versions."""

    id: UUID
    slug: str
    name: str
    kind: str
    party: str
    between: str | None
    standard: str | None
    valid_from: datetime | None
    valid_until: datetime | None
    in_force: bool
    since: datetime | None
    to_come: tuple[datetime, ...]
    calendar: str
    zone: str
    targets: tuple[TargetLine, ...]
    stops: tuple[str, ...]
    attempts: bool
    products: tuple[str, ...]
    channels: tuple[str, ...]
    languages: tuple[str, ...]
    key_account: bool
    weight: int
    incidents: int | None
    incidents_used: int
    joint: Mapping[str, Any] | None
    supplier: Mapping[str, Any] | None
    availability: tuple[Mapping[str, Any], ...]
    responsibilities: tuple[Mapping[str, Any], ...]
    own: tuple[str, ...]
    text: str


def contracts(conn: sqlite3.Connection, now_us: int) -> list[ContractLine]:
    """All contracts that are not out of use: standard terms, customers, teams, vendors, each by slug."""
    whole = written(conn)
    listed = [contract for contract in whole.contracts.values() if not contract.is_retired]
    parties = _parties(conn, listed)
    order = [ContractKind.STANDARD, ContractKind.CUSTOMER, ContractKind.TEAM, ContractKind.VENDOR]
    return [
        ContractLine(
            contract.id, contract.slug, contract.name, contract.kind.value, _party(contract, parties),
            _slug(whole, contract.standard_id), len(_terms(contract, now_us).own), _at(contract.valid_from),
            _at(contract.valid_until), contract.is_valid(now_us), _zone(whole, contract, now_us),
        )
        for contract in sorted(listed, key=lambda each: (order.index(each.kind), each.slug, each.id))
    ]


def contract_page(conn: sqlite3.Connection, id: UUID, now_us: int) -> ContractPage | None:
    """A contract with everything it says at an instant."""
    whole = written(conn)
    contract = whole.contracts.get(id)
    if contract is None:
        return None
    terms = _terms(contract, now_us)
    standard = whole.contracts.get(contract.standard_id) if contract.standard_id else None
    calendar = whole.calendar(terms.calendar)
    known = names(conn, (("product", _uuid(each)) for each in terms.products))
    return ContractPage(
        id=id, slug=contract.slug, name=contract.name, kind=contract.kind.value,
        party=_party(contract, _parties(conn, [contract])), between=_between(conn, contract.organisation_id),
        standard=_slug(whole, contract.standard_id), valid_from=_at(contract.valid_from),
        valid_until=_at(contract.valid_until), in_force=contract.is_valid(now_us),
        since=_since(terms), to_come=tuple(instant(each.since) for each in contract.versions if each.since > now_us),
        calendar=calendar.name if calendar else "", zone=_zone(whole, contract, now_us),
        targets=_targets(whole, terms, standard.terms(now_us) if standard else None),
        stops=tuple(sorted(terms.stops)), attempts=terms.attempts,
        products=tuple(known[key].shown if (key := _uuid(each)) in known else each for each in terms.products),
        channels=terms.channels, languages=terms.languages, key_account=terms.key_account, weight=terms.weight,
        incidents=terms.incidents, incidents_used=incidents_used(conn, contract), joint=terms.joint,
        supplier=terms.supplier, availability=terms.availability, responsibilities=terms.responsibilities,
        own=tuple(sorted(terms.own)), text=contract.text,
    )


def incidents_used(conn: sqlite3.Connection, contract: Contract) -> int:
    """How many tickets were opened under a contract of a customer: those of his organisation and of the organisations
    it stands in between for, without cancelled and merged ones."""
    if contract.organisation_id is None:
        return 0
    of = contract.organisation_id.bytes
    behind = conn.execute("SELECT id FROM organisation WHERE integrator_id = ?", (of,)).fetchall()
    return sum(
        int(conn.execute(f"SELECT count(*) FROM ticket INDEXED BY ticket_contract WHERE {_COUNTED}",
                         (contract.id.bytes, organisation)).fetchone()[0])
        for organisation in {of, *(raw for (raw,) in behind)}
    )


def _terms(contract: Contract, now_us: int) -> Terms:
    """What holds at an instant; before the first version what that will say."""
    return contract.terms(now_us) or (contract.versions[0] if contract.versions else Terms(now_us))


def _targets(whole: Book, terms: Terms, standard: Terms | None) -> tuple[TargetLine, ...]:
    found = []
    for priority in Priority:
        target, usual = terms.targets.get(priority), standard.targets.get(priority) if standard else None
        for kind in IN_CONTRACTS:
            seconds = target.seconds.get(kind) if target else None
            negotiated = target_name(priority, kind) in terms.own
            if seconds is None and not negotiated:
                continue
            calendar = whole.calendar((target.calendar if target else None) or terms.calendar)
            found.append(TargetLine(priority.value, kind.value, seconds, calendar.name if calendar else "", negotiated,
                                    usual.seconds.get(kind) if usual else None))
    return tuple(found)


def _parties(conn: sqlite3.Connection, contracts: list[Contract]) -> dict[UUID | None, Name]:
    return names(conn, [*(("organisation", each.organisation_id) for each in contracts),
                        *(("team", each.team_id) for each in contracts)])


def _party(contract: Contract, known: Mapping[UUID | None, Name]) -> str:
    id = contract.organisation_id or contract.team_id
    return known[id].shown if id in known else ""


def _between(conn: sqlite3.Connection, organisation: UUID | None) -> str | None:
    row = conn.execute(
        "SELECT i.name FROM organisation o JOIN organisation i ON i.id = o.integrator_id WHERE o.id = ?",
        (organisation.bytes,)).fetchone() if organisation else None
    return row[0] if row else None


def _zone(whole: Book, contract: Contract, now_us: int) -> str:
    """The zone of its calendar, in which its days are read; "" without one."""
    calendar = whole.calendar(_terms(contract, now_us).calendar)
    return calendar.time.version_at(now_us).hours.zone.key if calendar and calendar.time else ""


def _slug(whole: Book, id: UUID | None) -> str | None:
    found = whole.contracts.get(id) if id else None
    return found.slug if found else None


def _since(terms: Terms) -> datetime | None:
    try:
        return instant(terms.since)
    except OverflowError:
        return None


def _at(us: int | None) -> datetime | None:
    return None if us is None else instant(us)


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
