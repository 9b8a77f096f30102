"""Who is calling: callers found as typed, and what the desk knows of one at a glance.

Found by any part of name, organisation, mail or employee number, or by the telephone's digits from
the front; repeat callers first (the newest contact). Several people behind one number are all
listed: choosing is the agent's (issue 2 part 4).
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from supportdesk.rules.phones import digits_key, show_phone
from supportdesk.rules.words import beginnings_match
from supportdesk.store.views.names import ASSET_NAME, BY_WORDS
from supportdesk.store.views.negotiated import negotiated
from supportdesk.store.views.ranked import COLUMNS, Ranked, Windows

if TYPE_CHECKING:
    from supportdesk.rules.window import Window

_NUMBERISH = re.compile(r"[\d\s+()/.\-]*")
_COUNTRY = re.compile(r"^\s*(?:\+|00)\s*(?:1|7|[2-9]\d)")
MANY = 40
"""Candidates that are ranked by their newest contact; more would need another letter."""


@dataclass(frozen=True, slots=True)
class CallerLine:
    """A caller in a list of suggestions; ``number`` as people of the region say it."""

    id: UUID
    name: str
    organisation: str
    organisation_id: UUID | None
    number: str
    language: str | None
    key_account: bool
    vip: bool
    power_user: bool


@dataclass(frozen=True, slots=True)
class TicketBrief(Ranked):
    """A ticket in a side panel or on a card; instants in microseconds UTC."""

    id: UUID
    number: str
    title: str
    status: str
    priority: str
    organisation: str
    created_us: int
    is_open: bool
    window: Window | None


@dataclass(frozen=True, slots=True)
class ContactBrief:
    """A past contact in a side panel."""

    id: UUID
    at_us: int
    outcome: str
    ticket_number: str
    title: str


@dataclass(frozen=True, slots=True)
class CallerGlance:
    """What stands beside the caller's name while he speaks."""

    line: CallerLine
    numbers: tuple[str, ...]
    remarks: str
    organisation_remarks: str
    integrator: str
    contract: str
    negotiated: int  # points in which the contract differs from the standard terms it follows
    open_tickets: tuple[TicketBrief, ...]
    contacts: tuple[ContactBrief, ...]
    failed_check_us: int | None  # newest check of this caller that was not skipped, if it failed
    assets: tuple[str, ...]


_LINE = """
SELECT c.id, c.name, o.name, o.id, c.numbers, c.language, o.key_account, c.vip, c.power_user
FROM caller c LEFT JOIN organisation o ON o.id = c.organisation_id
"""


def looks_like_number(typed: str) -> bool:
    """Whether what was typed is the beginning of a telephone number, not a name."""
    return bool(typed.strip()) and _NUMBERISH.fullmatch(typed) is not None


def by_number(conn: sqlite3.Connection, typed: str, region: str, limit: int = 8) -> list[CallerLine]:
    """Callers whose telephone begins with the digits typed so far (national, +41, 0041 forms alike)."""
    keys = {digits_key(typed), digits_key(_COUNTRY.sub("", typed))} - {""}
    found: list[bytes] = []
    for key in sorted(keys, key=len, reverse=True):
        if len(key) < 2:
            continue
        found += [
            row[0]
            for row in conn.execute(
                "SELECT DISTINCT caller FROM caller_key WHERE digits >= ? AND digits < ? LIMIT ?",
                (key, key + ":", MANY),
            )
        ]
    return _lines(conn, found, region, limit)


def by_words(conn: sqlite3.Connection, typed: str, region: str, limit: int = 8) -> list[CallerLine]:
    """Callers of whom every word typed is the beginning of name, organisation, mail or employee number."""
    match = beginnings_match(typed)
    if not match:
        return []
    found = [id for (id,) in conn.execute(f"{BY_WORDS} LIMIT ?", (match, "caller", MANY))]
    return _lines(conn, found, region, limit)


def find(conn: sqlite3.Connection, typed: str, region: str, limit: int = 8) -> list[CallerLine]:
    """Callers by whatever was typed."""
    return (by_number if looks_like_number(typed) else by_words)(conn, typed, region, limit)


def organisations(conn: sqlite3.Connection, typed: str, limit: int = 8) -> list[tuple[UUID, str, bool]]:
    """Organisations by the beginnings of their words: (id, name, key account)."""
    match = beginnings_match(typed)
    if not match:
        return []
    return [
        (UUID(bytes=row[0]), row[1] or "", bool(row[2]))
        for row in conn.execute(
            f"SELECT id, name, key_account FROM organisation WHERE id IN ({BY_WORDS}) "
            "ORDER BY key_account IS NOT 1, length(name) LIMIT ?",
            (match, "organisation", limit),
        )
    ]


def _lines(conn: sqlite3.Connection, ids: list[bytes], region: str, limit: int) -> list[CallerLine]:
    if not ids:
        return []
    marks = ",".join("?" * len(ids))
    rows = conn.execute(
        f"{_LINE} WHERE c.id IN ({marks}) AND c.retired_at IS NULL "
        "ORDER BY (SELECT max(started_at) FROM contact k WHERE k.caller_id = c.id) DESC, c.name, c.pk LIMIT ?",
        (*ids, limit),
    ).fetchall()
    return [_line(row, region) for row in rows]


def _line(row: tuple[object, ...], region: str) -> CallerLine:
    numbers = json.loads(str(row[4] or "[]"))
    shown = show_phone(numbers[0].get("e164") or numbers[0].get("text") or "", region) if numbers else ""
    return CallerLine(
        UUID(bytes=row[0]), str(row[1] or ""), str(row[2] or ""), UUID(bytes=row[3]) if row[3] else None,  # type: ignore[arg-type]
        shown, row[5] if isinstance(row[5], str) else None, bool(row[6]), bool(row[7]), bool(row[8]),
    )


def caller_line(conn: sqlite3.Connection, id: UUID, region: str) -> CallerLine | None:
    """One caller as a list shows him; a record that was joined leads to the one that stays."""
    row = conn.execute(f"{_LINE} WHERE c.id = ?", (id.bytes,)).fetchone()
    if row is None:
        return None
    merged = conn.execute("SELECT merged_into_id FROM caller WHERE id = ?", (id.bytes,)).fetchone()[0]
    return caller_line(conn, UUID(bytes=merged), region) if merged else _line(row, region)


def glance(conn: sqlite3.Connection, id: UUID, region: str) -> CallerGlance | None:
    """Everything the intake shows of a caller: open tickets first, last contacts, warnings."""
    line = caller_line(conn, id, region)
    if line is None:
        return None
    key = line.id.bytes
    numbers, remarks, org_remarks, integrator, contract, versions = conn.execute(
        "SELECT c.numbers, c.remarks, o.remarks, i.name, k.name, k.versions FROM caller c "
        "LEFT JOIN organisation o ON o.id = c.organisation_id LEFT JOIN organisation i ON i.id = o.integrator_id "
        "LEFT JOIN contract k ON k.id = (SELECT id FROM contract WHERE organisation_id = o.id AND retired_at IS NULL "
        "AND ifnull(kind, 'customer') = 'customer' ORDER BY pk LIMIT 1) WHERE c.id = ?",
        (key,),
    ).fetchone()
    check = conn.execute(
        "SELECT at, result FROM identity_check WHERE caller_id = ? AND retired_at IS NULL AND result <> 'skipped' "
        "ORDER BY at DESC LIMIT 1",
        (key,),
    ).fetchone()
    return CallerGlance(
        line=line,
        numbers=tuple(show_phone(n.get("e164") or n.get("text") or "", region) for n in json.loads(numbers or "[]")),
        remarks=remarks or "",
        organisation_remarks=org_remarks or "",
        integrator=integrator or "",
        contract=contract or "",
        negotiated=negotiated(versions),
        open_tickets=tuple(open_tickets(conn, "caller_id", line.id)),
        contacts=tuple(last_contacts(conn, line.id)),
        failed_check_us=check[0] if check and check[1] == "failed" else None,
        assets=tuple(
            row[0]
            for row in conn.execute(
                f"SELECT {ASSET_NAME.format('')} FROM asset WHERE caller_id = ? AND retired_at IS NULL "
                "LIMIT 5",
                (key,),
            )
            if row[0]
        ),
    )


def open_tickets(conn: sqlite3.Connection, field: str, id: UUID, limit: int = 5) -> list[TicketBrief]:
    """Open tickets that name a row in ``field`` ("caller_id"), newest first."""
    return briefs(conn, f"WHERE t.{field} = ? AND t.lane < 3 ORDER BY t.created_at DESC LIMIT ?", (id.bytes, limit))


def tickets_of(conn: sqlite3.Connection, actions: Sequence[UUID]) -> list[TicketBrief]:
    """The tickets that these actions changed."""
    marks = ", ".join("?" * len(actions))
    return briefs(
        conn, f"WHERE t.id IN (SELECT subject FROM entry WHERE action IN ({marks}))", [a.bytes for a in actions]
    )


def briefs(conn: sqlite3.Connection, which: str, values: Sequence[object]) -> list[TicketBrief]:
    """Tickets in brief; ``which`` is the SQL from the ticket ``t`` on."""
    windows = Windows(conn)
    return [
        TicketBrief(UUID(bytes=id), number or "", title or "", status or "", priority or "", of or "", at or 0,
                    bool(is_open), windows.of(*needed))
        for id, number, title, status, priority, of, at, is_open, *needed in conn.execute(
            "SELECT t.id, t.number, t.title, t.status, t.priority, coalesce(o.name, t.organisation_name), "
            f"t.created_at, t.lane < 3, {COLUMNS} "
            f"FROM ticket t LEFT JOIN organisation o ON o.id = t.organisation_id {which}", values
        )
    ]


def last_contacts(conn: sqlite3.Connection, caller: UUID, limit: int = 4) -> list[ContactBrief]:
    """A caller's last contacts, newest first, each with its first ticket."""
    rows = conn.execute(
        "SELECT k.id, k.started_at, k.outcome, k.tickets FROM contact k WHERE k.caller_id = ? "
        "AND k.retired_at IS NULL ORDER BY k.started_at DESC LIMIT ?",
        (caller.bytes, limit),
    ).fetchall()
    out = []
    for id, at, outcome, tickets in rows:
        first = json.loads(tickets or "[]")[:1]
        found = (
            conn.execute("SELECT number, title FROM ticket WHERE id = ?", (UUID(first[0]).bytes,)).fetchone()
            if first else None
        )
        out.append(ContactBrief(UUID(bytes=id), at or 0, outcome or "", *(found or ("", ""))))
    return out
