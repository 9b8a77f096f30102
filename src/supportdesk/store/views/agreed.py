"""Calendars and contracts as they are kept, for whoever brings in others or writes them out; and which are in use.

Instants are microseconds UTC."""

import json
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from supportdesk.rules.book import DEFAULT, Head
from supportdesk.store.views.ticket import uuid_of
from supportdesk.store.views.windows import MATRIX
from supportdesk.terms.codes import ContractKind


@dataclass(frozen=True, slots=True)
class KeptCalendar:
    """``versions`` with the hours from ever among them, in the form of the database."""

    id: UUID
    slug: str
    name: str
    versions: tuple[dict[str, Any], ...]

    @property
    def zone(self) -> str:
        """Its newest zone."""
        return next((version["zone"] for version in reversed(self.versions) if version.get("zone")), "UTC")


@dataclass(frozen=True, slots=True)
class KeptContract(Head):
    """``slug`` is the id of one that has none."""

    text: str
    versions: tuple[dict[str, Any], ...]


@dataclass(frozen=True, slots=True)
class KeptMatrix:
    """The desk's matrix; ``versions`` with the cells from ever among them, in the form of the database."""

    id: UUID
    slug: str
    versions: tuple[dict[str, Any], ...]


def kept_matrix(conn: sqlite3.Connection) -> KeptMatrix | None:
    """The desk's own; None where it has none."""
    row = conn.execute("SELECT slug, cells, versions FROM matrix WHERE id = ? AND retired_at IS NULL",
                       (MATRIX.bytes,)).fetchone()
    if row is None:
        return None
    slug, cells, versions = row
    kept = [{"since": None, **version} for version in _versions(versions)]
    if (own := _json(cells)) is not None and all(version.get("since") is not None for version in kept):
        kept.insert(0, {"since": None, "cells": own})
    return KeptMatrix(MATRIX, slug or "default", tuple(kept))


def kept_calendars(conn: sqlite3.Connection) -> list[KeptCalendar]:
    """All that are not out of use, by slug."""
    found = []
    for raw, slug, name, zone, weekly, versions in conn.execute(
        "SELECT id, slug, name, zone, weekly, versions FROM calendar WHERE retired_at IS NULL ORDER BY slug, pk"
    ).fetchall():
        kept = [version for version in _versions(versions) if version.get("zone") and "weekly" in version]
        week = _json(weekly)
        if zone and isinstance(week, dict) and all(version.get("since") is not None for version in kept):
            kept.insert(0, {"since": None, "zone": zone, "weekly": week})
        id = UUID(bytes=raw)
        found.append(KeptCalendar(id, slug or str(id), name or "", tuple(kept)))
    return found


def kept_contracts(conn: sqlite3.Connection) -> list[KeptContract]:
    """All that are not out of use: standard terms first, then by slug."""
    found = []
    for row in conn.execute(
        "SELECT id, slug, name, kind, organisation_id, team_id, standard_id, valid_from, valid_until, terms, versions "
        "FROM contract WHERE retired_at IS NULL ORDER BY kind IS NOT 'standard', slug, pk"
    ).fetchall():
        id = UUID(bytes=row[0])
        kind = ContractKind(row[3]) if row[3] in set(ContractKind) else ContractKind.CUSTOMER
        found.append(KeptContract(id, row[1] or str(id), row[2] or "", kind, uuid_of(row[4]), uuid_of(row[5]),
                                  uuid_of(row[6]), row[7], row[8], row[9] or "", tuple(_versions(row[10]))))
    return found


def contracts_in_use(conn: sqlite3.Connection) -> set[UUID]:
    """Contracts that something was promised by already: tickets stand under them or under contracts that follow them;
    the default terms while there is a ticket without a contract; what teams and vendors promise once a case was handed
    over. Goes through all tickets: for whoever brings in contracts, not for a screen."""
    found = {UUID(bytes=raw) for (raw,) in conn.execute(
        "SELECT DISTINCT contract_id FROM ticket WHERE contract_id IS NOT NULL").fetchall()}
    without = conn.execute("SELECT 1 FROM ticket WHERE contract_id IS NULL LIMIT 1").fetchone() is not None
    handed = conn.execute("SELECT 1 FROM handoff LIMIT 1").fetchone() is not None
    contracts = kept_contracts(conn)
    for contract in contracts:
        if contract.id in found and contract.standard_id is not None:
            found.add(contract.standard_id)
        if (without and contract.kind is ContractKind.STANDARD and contract.slug == DEFAULT) or (
                handed and contract.kind in (ContractKind.TEAM, ContractKind.VENDOR)):
            found.add(contract.id)
    return found


def calendars_in_use(conn: sqlite3.Connection, contracts: set[UUID]) -> set[UUID]:
    """The calendars that these contracts count by."""
    found = set()
    for contract in kept_contracts(conn):
        if contract.id in contracts:
            found |= {UUID(id) for id in calendars_of(contract.versions)}
    return found


def calendars_of(versions: Iterable[Mapping[str, Any]]) -> set[str]:
    """The calendars that versions of a contract name, ids as text."""
    return {id for version in versions
            for id in (version.get("calendar"), *(target.get("calendar")
                                                  for target in (version.get("targets") or {}).values())) if id}


def _versions(text: str | None) -> list[dict[str, Any]]:
    """What can be read of them."""
    kept = _json(text)
    return [version for version in kept if isinstance(version, dict)] if isinstance(kept, list) else []


def _json(text: str | None) -> Any:
    try:
        return json.loads(text) if text else None
    except ValueError:
        return None
