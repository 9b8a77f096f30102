"""Major incidents as the verbs find and end them; what screens and the shell read is in store/views/major."""

from collections.abc import Mapping
from typing import TYPE_CHECKING
from uuid import UUID

from supportdesk.store.instants import micros
from supportdesk.terms.codes import LinkKind

if TYPE_CHECKING:
    from datetime import datetime

    from supportdesk.store.journal import Act
    from supportdesk.store.rows import Row


def of_ticket(act: "Act", ticket_id: UUID) -> "Row | None":
    """The major incident this ticket is. Two sites may have declared it at once: the one declared first leads."""
    found = act.conn.execute(
        "SELECT id FROM major_incident WHERE ticket_id = ? AND retired_at IS NULL ORDER BY declared_at, id LIMIT 1",
        (ticket_id.bytes,),
    ).fetchone()
    return None if found is None else act.get("major_incident", UUID(bytes=found[0]))


def hung_on(act: "Act", ticket_id: UUID) -> Mapping[UUID, UUID]:
    """The tickets of major incidents this case hangs on -> its links to them."""
    return {
        UUID(bytes=to): UUID(bytes=id) for id, to in act.conn.execute(
            "SELECT id, to_id FROM link WHERE from_id = ? AND kind = ? AND retired_at IS NULL ORDER BY pk DESC",
            (ticket_id.bytes, LinkKind.HANGS_ON.value),
        )
    }


def told_of(act: "Act", ticket_id: UUID) -> "Row | None":
    """The major incident the caller of this case was told of last."""
    found = act.conn.execute(
        "SELECT major_id FROM told WHERE ticket_id = ? AND major_id IS NOT NULL AND retired_at IS NULL "
        "ORDER BY at DESC, pk DESC LIMIT 1", (ticket_id.bytes,),
    ).fetchone()
    return None if found is None else act.find("major_incident", UUID(bytes=found[0]))


def in_force(act: "Act", major_id: UUID) -> UUID | None:
    """The statement that may be said now: the newest one, while it is valid."""
    found = act.conn.execute(
        "SELECT id, valid_until FROM statement WHERE major_id = ? AND retired_at IS NULL ORDER BY at DESC, id DESC "
        "LIMIT 1", (major_id.bytes,),
    ).fetchone()
    return UUID(bytes=found[0]) if found is not None and (found[1] or 0) >= micros(act.at) else None


def end(act: "Act", ticket_id: UUID, *, by_mistake: bool = False) -> None:
    """With its ticket a major incident is over, and the outage that was noted with it; what was opened by mistake was
    never out of order."""
    for id in _ids(act, "major_incident", ticket_id, "ended_at IS NULL"):
        act.set("major_incident", id, {"ended_at": act.at})
    for id in _ids(act, "outage", ticket_id, "ended_at IS NULL"):
        began: datetime | None = act.get("outage", id)["began_at"]
        act.set("outage", id, {"ended_at": began if by_mistake and began else act.at})


def go_on(act: "Act", ticket_id: UUID) -> None:
    """With its ticket a major incident goes on, and the outage that ended with it last."""
    for id in _ids(act, "major_incident", ticket_id, "ended_at IS NOT NULL"):
        act.set("major_incident", id, {"ended_at": None})
        for outage in _ids(act, "outage", ticket_id, "kind = 'outage' AND ended_at IS NOT NULL")[:1]:
            act.set("outage", outage, {"ended_at": None})


def _ids(act: "Act", table: str, ticket_id: UUID, still: str) -> list[UUID]:
    return [UUID(bytes=id) for (id,) in act.conn.execute(
        f"SELECT id FROM {table} WHERE ticket_id = ? AND retired_at IS NULL AND {still} ORDER BY ended_at DESC, pk",
        (ticket_id.bytes,),
    ).fetchall()]
