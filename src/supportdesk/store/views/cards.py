"""Cards of organisations and assets, and of a caller what his card shows beyond a glance."""

import json
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

from supportdesk.rules.words import beginnings_match
from supportdesk.store.views.callers import TicketBrief, open_tickets
from supportdesk.store.views.contacts import ContactLine, contacts
from supportdesk.store.views.names import BY_WORDS, Name, names
from supportdesk.store.views.negotiated import negotiated
from supportdesk.store.views.ticket import CheckLine, uuid_of

TICKETS = 10
PEOPLE = 50


@dataclass(frozen=True, slots=True)
class CallerCard:
    """A caller whole. ``numbers`` are pairs (text as given, E.164 or None), ``failed`` his failed identity checks."""

    id: UUID
    name: str
    organisation: Name | None
    key_account: bool
    numbers: tuple[tuple[str, str | None], ...]
    mail: str | None
    language: str | None
    employee_number: str | None
    power_user: bool
    vip: bool
    remarks: str
    merged_into: UUID | None
    open_tickets: tuple[TicketBrief, ...]
    contacts: tuple[ContactLine, ...]
    failed: tuple[CheckLine, ...]
    assets: tuple[Name, ...]


class Agreed(NamedTuple):
    """A contract of an organisation; ``terms`` is its free text, ``negotiated`` how many points are other than in the
    standard terms it follows."""

    id: UUID
    name: str
    terms: str
    negotiated: int


@dataclass(frozen=True, slots=True)
class OrganisationCard:
    """An organisation whole: ``callers`` are its people."""

    id: UUID
    name: str
    kind: str
    key_account: bool
    language: str | None
    integrator: Name | None
    remarks: str
    merged_into: UUID | None
    contracts: tuple[Agreed, ...]
    callers: tuple[Name, ...]
    open_tickets: tuple[TicketBrief, ...]


@dataclass(frozen=True, slots=True)
class AssetLine:
    """An asset in a list."""

    id: UUID
    inventory: str
    serial: str
    host: str
    room: str
    name: str
    caller: str
    organisation: str


@dataclass(frozen=True, slots=True)
class AssetCard:
    """An asset whole."""

    line: AssetLine
    product: Name | None
    component: Name | None
    caller: Name | None
    organisation: Name | None
    open_tickets: tuple[TicketBrief, ...]


def caller_card(conn: sqlite3.Connection, id: UUID) -> CallerCard | None:
    """The card of a caller, None if there is none."""
    row = conn.execute(
        "SELECT c.name, c.organisation_id, o.key_account, c.numbers, c.mail, c.language, c.employee_number, "
        "c.power_user, c.vip, c.remarks, c.merged_into_id FROM caller c "
        "LEFT JOIN organisation o ON o.id = c.organisation_id WHERE c.id = ?", (id.bytes,)
    ).fetchone()
    if row is None:
        return None
    organisation = uuid_of(row[1])
    assets = conn.execute(
        "SELECT id FROM asset WHERE caller_id = ? AND retired_at IS NULL LIMIT ?", (id.bytes, PEOPLE)
    ).fetchall()
    known = names(conn, [("organisation", organisation), *(("asset", UUID(bytes=raw)) for (raw,) in assets)])
    failed = conn.execute(
        "SELECT i.matter, i.method, i.result, i.reason, a.login, i.at FROM identity_check i "
        "LEFT JOIN agent a ON a.id = i.agent_id WHERE i.caller_id = ? AND i.result = 'failed' "
        "AND i.retired_at IS NULL ORDER BY i.at DESC LIMIT 5", (id.bytes,)
    ).fetchall()
    return CallerCard(
        id=id, name=row[0] or "", organisation=known.get(organisation), key_account=bool(row[2]),
        numbers=tuple((n.get("text") or "", n.get("e164")) for n in json.loads(row[3] or "[]")), mail=row[4],
        language=row[5], employee_number=row[6], power_user=bool(row[7]), vip=bool(row[8]), remarks=row[9] or "",
        merged_into=uuid_of(row[10]), open_tickets=tuple(open_tickets(conn, "caller_id", id, TICKETS)),
        contacts=tuple(contacts(conn, caller=id, limit=5)),
        failed=tuple(CheckLine(m or "", method, r, why, by, at or 0) for m, method, r, why, by, at in failed),
        assets=tuple(known[UUID(bytes=raw)] for (raw,) in assets if UUID(bytes=raw) in known),
    )


def organisation_card(conn: sqlite3.Connection, id: UUID) -> OrganisationCard | None:
    """The card of an organisation, None if there is none."""
    row = conn.execute(
        "SELECT name, kind, key_account, language, integrator_id, remarks, merged_into_id FROM organisation "
        "WHERE id = ?", (id.bytes,)
    ).fetchone()
    if row is None:
        return None
    integrator = uuid_of(row[4])
    people = conn.execute(
        "SELECT id, name FROM caller WHERE organisation_id = ? AND retired_at IS NULL ORDER BY name LIMIT ?",
        (id.bytes, PEOPLE),
    ).fetchall()
    contracts = conn.execute(
        "SELECT id, coalesce(name, slug), terms, versions FROM contract WHERE organisation_id = ? "
        "AND retired_at IS NULL ORDER BY pk", (id.bytes,)
    ).fetchall()
    return OrganisationCard(
        id=id, name=row[0] or "", kind=row[1] or "", key_account=bool(row[2]), language=row[3],
        integrator=names(conn, [("organisation", integrator)]).get(integrator), remarks=row[5] or "",
        merged_into=uuid_of(row[6]),
        contracts=tuple(Agreed(UUID(bytes=raw), name or "", terms or "", negotiated(versions))
                        for raw, name, terms, versions in contracts),
        callers=tuple(Name(UUID(bytes=raw), name or "", name or "") for raw, name in people),
        open_tickets=tuple(open_tickets(conn, "organisation_id", id, TICKETS)),
    )


Card = CallerCard | OrganisationCard | AssetCard


def card(conn: sqlite3.Connection, kind: str, id: UUID) -> Card | None:
    """The card of a caller, an organisation or an asset (``kind``), None if there is none."""
    return _CARDS[kind](conn, id)


_ASSET = """
SELECT a.id, a.inventory, a.serial, a.host, a.room, a.name, c.name, o.name, a.product_id, a.component_id, a.caller_id,
       a.organisation_id
FROM asset a LEFT JOIN caller c ON c.id = a.caller_id LEFT JOIN organisation o ON o.id = a.organisation_id
"""


def find_assets(conn: sqlite3.Connection, typed: str, limit: int = 20) -> list[AssetLine]:
    """Assets by the beginnings of sticker, serial number, host, room or name, then those of a user so called."""
    match = beginnings_match(typed)
    if not match:
        return []
    rows = conn.execute(
        f"{_ASSET} WHERE a.id IN ({BY_WORDS} LIMIT ?) AND a.retired_at IS NULL LIMIT ?", (match, "asset", limit, limit)
    ).fetchall()
    if len(rows) < limit:
        rows += conn.execute(
            f"{_ASSET} WHERE a.caller_id IN ({BY_WORDS} LIMIT ?) AND a.retired_at IS NULL LIMIT ?",
            (match, "caller", limit, limit - len(rows)),
        ).fetchall()
    return list({row[0]: _asset(row) for row in rows}.values())


def asset_card(conn: sqlite3.Connection, id: UUID) -> AssetCard | None:
    """The card of an asset, None if there is none."""
    row = conn.execute(f"{_ASSET} WHERE a.id = ?", (id.bytes,)).fetchone()
    if row is None:
        return None
    product, component, caller, organisation = (uuid_of(raw) for raw in row[8:])
    known = names(conn, [("product", product), ("component", component), ("caller", caller),
                         ("organisation", organisation)])
    return AssetCard(_asset(row), known.get(product), known.get(component), known.get(caller),
                     known.get(organisation), tuple(open_tickets(conn, "asset_id", id, TICKETS)))


def find_organisations(conn: sqlite3.Connection, typed: str, limit: int = 20) -> list[OrganisationCard]:
    """Organisations by the beginnings of their words, as cards."""
    match = beginnings_match(typed)
    rows = conn.execute(f"{BY_WORDS} LIMIT ?", (match, "organisation", limit)).fetchall() if match else []
    cards = [organisation_card(conn, UUID(bytes=raw)) for (raw,) in rows]
    return sorted((card for card in cards if card), key=lambda card: (not card.key_account, card.name))


def _asset(row: tuple[Any, ...]) -> AssetLine:
    return AssetLine(UUID(bytes=row[0]), *(text or "" for text in row[1:8]))


_CARDS: dict[str, Callable[[sqlite3.Connection, UUID], Card | None]] = {
    "caller": caller_card, "organisation": organisation_card, "asset": asset_card,
}  # fmt: skip
