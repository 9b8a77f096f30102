"""Calendars and contracts as the rules read them: one book of all that is agreed, read at one moment."""

import sqlite3
from collections.abc import Sequence
from functools import lru_cache
from typing import Any
from uuid import UUID

from supportdesk.rules.agreements import Terms, versions
from supportdesk.rules.book import Book, Calendar, Contract
from supportdesk.store.views.open_hours import read_json, read_time
from supportdesk.store.views.ticket import uuid_of
from supportdesk.terms.codes import ContractKind


def book(conn: sqlite3.Connection) -> Book:
    """The book as it stands."""
    calendars = [_calendar(row) for row in conn.execute(f"{CALENDARS} ORDER BY pk").fetchall()]
    contracts = [contract_of(row) for row in conn.execute(f"{CONTRACTS} ORDER BY pk").fetchall()]
    return Book({calendar.id: calendar for calendar in calendars}, {contract.id: contract for contract in contracts})


CALENDARS = "SELECT id, slug, name, zone, weekly, versions FROM calendar"
CONTRACTS = ("SELECT id, slug, name, kind, organisation_id, team_id, standard_id, valid_from, valid_until, versions, "
             "terms, retired_at FROM contract")


def calendar_of(conn: sqlite3.Connection, id: UUID) -> Calendar | None:
    """One calendar."""
    row = conn.execute(f"{CALENDARS} WHERE id = ?", (id.bytes,)).fetchone()
    return _calendar(row) if row else None


def contract_of(row: Sequence[Any]) -> Contract:
    """The contract of one row of CONTRACTS."""
    id = UUID(bytes=row[0])
    return Contract(
        id, row[1] or "", row[2] or row[1] or "", _kind(row[3]), uuid_of(row[4]), uuid_of(row[5]), uuid_of(row[6]),
        row[7], row[8], _versions(row[9]), row[10] or "",
        row[11] is not None,
    )


def _calendar(row: Sequence[Any]) -> Calendar:
    raw, slug, name, zone, weekly, kept = row
    return Calendar(UUID(bytes=raw), slug or "", name or slug or "", read_time(zone, weekly, kept))


def _kind(raw: str | None) -> ContractKind:
    return ContractKind(raw) if raw in _KINDS else ContractKind.CUSTOMER


_KINDS = frozenset(kind.value for kind in ContractKind)


@lru_cache(maxsize=512)
def _versions(kept: str | None) -> tuple[Terms, ...]:
    return versions(read_json(kept))
