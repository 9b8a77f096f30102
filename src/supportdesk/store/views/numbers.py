"""Finding a ticket by its number as somebody says or types it (DESIGN.md 9)."""

import sqlite3
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from supportdesk.rules.numbers import TypedKind, parse

AT_MOST = 20
"""Tickets named when a number's end fits several."""

_MERGES = 32
"""Merges of merges followed; a ring, which only a damaged file holds, ends there."""


_GIVEN_TWICE = """id IN (SELECT ticket_id FROM conflict WHERE entity = 'ticket' AND field = 'number'
AND offered = json_quote(?1))"""
"""Tickets that had to give up a number because a copy of their desk had given it to another: it leads to them, too."""


@dataclass(frozen=True, slots=True)
class NumberMatch:
    """A ticket a typed number leads to. ``alias`` is the number of a merged ticket that led here, else None."""

    id: UUID
    number: str
    title: str
    status: str
    alias: str | None = None


@dataclass(frozen=True, slots=True)
class NumberFound:
    """What a typed number leads to. ``typo``: it is as long as a whole number, but its check digit does not fit;
    ``more``: further tickets end in these digits."""

    matches: tuple[NumberMatch, ...]
    typo: bool = False
    more: bool = False


def find_number(conn: sqlite3.Connection, typed: str) -> NumberFound:
    """Tickets by number, whole or its last digits, with or without hyphens, or by id. A merged ticket's number leads
    to the ticket it became part of; of doubled numbers both are found."""
    if (id := uuid_in(typed)) is not None:
        return NumberFound(_seek(conn, "id = ?", (id.bytes,))[0])
    read = parse(typed)
    matches: tuple[NumberMatch, ...] = ()
    if read.kind is TypedKind.NUMBER:
        matches, _ = _seek(conn, f"number = ?1 OR {_GIVEN_TWICE}", (read.number,))
    if not matches:
        matches, _ = _seek(conn, "number = ?", (typed.strip(),))  # numbers kept from another tool
    if matches or not read.digits:
        return NumberFound(matches)
    tail = read.digits[::-1]
    matches, more = _seek(conn, "number_tail >= ? AND number_tail < ?", (tail, tail + ":"))  # ":" follows "9"
    return NumberFound(matches, read.kind is TypedKind.TYPO and not matches, more)


def uuid_in(typed: str) -> UUID | None:
    """The id somebody gave instead of a name; None for anything else."""
    text = typed.strip()
    try:
        return UUID(text) if len(text) == 36 else None
    except ValueError:
        return None


def _seek(conn: sqlite3.Connection, where: str, values: tuple[Any, ...]) -> tuple[tuple[NumberMatch, ...], bool]:
    rows = conn.execute(
        f"SELECT id, number, title, status, merged_into_id FROM ticket WHERE {where} LIMIT ?", (*values, AT_MOST + 1)
    ).fetchall()
    matches = {match.id: match for match in (_followed(conn, row) for row in rows[:AT_MOST])}
    return tuple(matches.values()), len(rows) > AT_MOST


def _followed(conn: sqlite3.Connection, row: tuple[Any, ...]) -> NumberMatch:
    number = row[1]
    for _ in range(_MERGES):
        into = row[4] and conn.execute(
            "SELECT id, number, title, status, merged_into_id FROM ticket WHERE id = ?", (row[4],)
        ).fetchone()
        if not into:
            break
        row = into
    return NumberMatch(UUID(bytes=row[0]), row[1] or "", row[2] or "", row[3] or "",
                       None if row[1] == number else number)


def beginning_with(conn: sqlite3.Connection, typed: str, limit: int) -> list[NumberMatch]:
    """Tickets whose number begins as typed, the newest numbers first; for completing them."""
    return [
        NumberMatch(UUID(bytes=row[0]), row[1] or "", row[2] or "", row[3] or "")
        for row in conn.execute(
            "SELECT id, number, title, status FROM ticket WHERE number >= ? AND number < ? "
            "ORDER BY number DESC LIMIT ?",
            (typed, typed + "\U0010ffff", limit),
        )
    ]
