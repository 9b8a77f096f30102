"""What several verbs need: the matrix in force, names, bulk acts."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from uuid import UUID

from supportdesk.i18n import _
from supportdesk.rules.priority import priority_of
from supportdesk.store.agreed import matrix_agreed
from supportdesk.store.journal import Act
from supportdesk.store.rows import Row
from supportdesk.store.types import micros, uuid7
from supportdesk.terms.codes import Priority, Status
from supportdesk.terms.errors import Invalid

if TYPE_CHECKING:
    from supportdesk.desk.desk import Desk

BULK = 100
"""Tickets per action of a bulk act (an action holds at most 500 entries)."""


def matrix_priority(act: Act, impact: int, urgency: int) -> Priority:
    """Priority by the version of the desk's own matrix that is in force. What a newer version calls otherwise counts
    as the nearest step known here."""
    impact, urgency = min(max(impact, 1), 4), min(max(urgency, 1), 4)
    return priority_of(impact, urgency, matrix_agreed(act.conn).at(micros(act.at)))


def settle_priority(act: Act, values: Row) -> None:
    """Fill ``priority``: the matrix's, or the one asked for if a reason stands beside it. Raises Invalid."""
    by_matrix = matrix_priority(act, values["impact"], values["urgency"])
    wanted = values.get("priority")
    if wanted is None or wanted == by_matrix:
        values["priority"] = by_matrix
        return
    if not (values.get("priority_reason") or "").strip():
        raise Invalid(
            _("The matrix gives {matrix}; another priority needs a reason.").format(matrix=by_matrix),
            field="priority_reason",
        )


def require_open(row: Row) -> None:
    """Raise Invalid for a ticket that is solved, closed or cancelled."""
    if not Status.read(row["status"]).is_open:
        raise Invalid(
            _("Ticket {number} is closed already. Reopen it first.").format(number=row["number"]), field="status"
        )


@contextmanager
def batch(desk: "Desk", count: int) -> Iterator[None]:
    """One batch id over several actions, so that one undo takes all back."""
    if count <= BULK:
        yield
        return
    desk.journal.batch = uuid7()
    try:
        yield
    finally:
        desk.journal.batch = None


def for_each(desk: "Desk", verb: str, ids: Sequence[UUID], do: Callable[[Act, Row], Any], *,
             reason: str | None = None) -> list[Row]:
    """Say ``verb`` to every ticket; all or nothing up to 100 tickets, then in parts of 100 under one batch.

    Returns the rows as they were before."""
    before: list[Row] = []
    with batch(desk, len(ids)):
        for start in range(0, len(ids), BULK):
            with desk.journal.action(verb, desk.who, reason=reason) as act:
                for id in ids[start : start + BULK]:
                    row = act.get("ticket", id)
                    before.append(row)
                    do(act, row)
    return before


def seen_of(seen: dict[str, Any] | None, *names: str) -> dict[str, Any] | None:
    """The part of what a screen showed that concerns these fields."""
    return None if seen is None else {n: seen[n] for n in names if n in seen}
