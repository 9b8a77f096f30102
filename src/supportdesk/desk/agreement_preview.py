"""What a file of agreements would move, before it is brought in: the open tickets whose due times would be others, and
those whose time window would raise them to another priority or at another time.

It is really brought in, in a transaction that is taken back: so what is told is what then happens."""

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from supportdesk.desk.agreeing import Plan, bring_in
from supportdesk.desk.agreement_file import Form
from supportdesk.desk.promises import promises_of
from supportdesk.rules.book import DEFAULT
from supportdesk.rules.window import Rise
from supportdesk.store.instants import micros
from supportdesk.store.views.agreed import calendars_of, kept_contracts
from supportdesk.store.views.windows import window_of
from supportdesk.terms.codes import ContractKind

if TYPE_CHECKING:
    from supportdesk.desk.desk import Desk

_PART = 500
"""Tickets looked at in one go."""

_Key = tuple[UUID, str, UUID | None]
"""Ticket, kind of the promise, the handoff it began with where a team made it."""


@dataclass(frozen=True, slots=True)
class Moved:
    """A promise of an open ticket that would be due at another time; instants are microseconds UTC, None for none."""

    number: str
    title: str
    kind: str
    was: int | None
    will: int | None


@dataclass(frozen=True, slots=True)
class Reranked:
    """An open ticket that its caller's time window (rules/window) would raise otherwise. A priority that stands was
    judged by the matrix of its time, and does not move."""

    number: str
    title: str
    was: tuple[Rise, ...]
    will: tuple[Rise, ...]


class _TakenBack(Exception):
    """Ends the transaction that nothing shall be left of."""


def preview(desk: "Desk", text: str, *, contracts: bool = True, matrix: bool = False, form: Form = Form.TOML
            ) -> tuple[Plan, tuple[Moved, ...], tuple[Reranked, ...]]:
    """What would be changed, which promises of open tickets would move, and which tickets would be raised otherwise, by
    their numbers. Raises Invalid, NotPermitted, NotReady."""
    now = micros(desk.clock())
    found: list[Plan] = []
    moved: list[Moved] = []
    reranked: list[Reranked] = []
    try:
        with desk.journal.bulk():
            conn = desk.journal.conn
            found.append(bring_in(desk, text, contracts=contracts, matrix=matrix, form=form))
            ids = _touched(conn, found[0])
            moved += _moves(conn, _dues(desk.reader, ids, now), _dues(conn, ids, now))  # the reader sees what was
            if any(write.entity == "matrix" for write in found[0].writes):
                reranked += _reranks(_rises(desk.reader), _rises(conn))
            raise _TakenBack
    except _TakenBack:
        return found[0], tuple(moved), tuple(reranked)


def _touched(conn: sqlite3.Connection, plan: Plan) -> list[UUID]:
    """The open tickets that what was written can move: those under the contracts of customers, all where the terms of
    everybody, of a team or a vendor are among it."""
    written = {write.id for write in plan.writes}
    touched = [contract for contract in kept_contracts(conn) if contract.id in written or written & {
        UUID(id) for id in calendars_of(contract.versions)}]
    open_ones = conn.execute("SELECT id, contract_id FROM ticket WHERE lane < 3 ORDER BY pk").fetchall()
    if all(contract.kind is ContractKind.CUSTOMER or (
            contract.kind is ContractKind.STANDARD and contract.slug != DEFAULT) for contract in touched):
        under = {contract.id.bytes for contract in touched}
        open_ones = [row for row in open_ones if row[1] in under]
    return [UUID(bytes=raw) for raw, _contract in open_ones]


def _rises(conn: sqlite3.Connection) -> dict[tuple[str, str], tuple[Rise, ...]]:
    """What the time windows of open tickets raise, by number and title."""
    return {(number or "", title or ""): window_of(conn, *given).steps for number, title, *given in conn.execute(
        "SELECT number, title, needed_by, needed_for, impact, urgency, priority, created_at FROM ticket "
        "INDEXED BY ticket_open WHERE lane < 3 AND needed_by IS NOT NULL").fetchall()}


def _reranks(before: dict[tuple[str, str], tuple[Rise, ...]], after: dict[tuple[str, str], tuple[Rise, ...]]
             ) -> list[Reranked]:
    return [Reranked(*of, before[of], after[of]) for of in sorted(before) if before[of] != after[of]]


def _dues(conn: sqlite3.Connection, ids: list[UUID], now: int) -> dict[_Key, int | None]:
    """When what is promised of tickets is due; what is met already moves no more."""
    return dict(due for start in range(0, len(ids), _PART) for due in _of(conn, ids[start:start + _PART], now))


def _of(conn: sqlite3.Connection, ids: list[UUID], now: int) -> Iterator[tuple[_Key, int | None]]:
    for id, promises in promises_of(conn, ids, now).items():
        for promise in promises:
            yield (id, promise.kind.value, promise.handoff), promise.clock.due


def _moves(conn: sqlite3.Connection, before: dict[_Key, int | None], after: dict[_Key, int | None]) -> list[Moved]:
    differing = [key for key in {**before, **after} if before.get(key) != after.get(key)]
    found = []
    for key in differing:
        number, title = conn.execute("SELECT number, title FROM ticket WHERE id = ?", (key[0].bytes,)).fetchone()
        found.append(Moved(number or "", title or "", key[1], before.get(key), after.get(key)))
    return sorted(found, key=lambda each: (each.number, each.kind))
