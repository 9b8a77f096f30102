"""Settling what two sites changed at once: one of the two values stands, the other stays in the history."""

from typing import TYPE_CHECKING
from uuid import UUID

from supportdesk.i18n import _
from supportdesk.store.types import from_wire
from supportdesk.terms.codes import ConflictState
from supportdesk.terms.entities import ENTITIES
from supportdesk.terms.errors import Invalid, NotPermitted
from supportdesk.terms.verbs import may_settle

if TYPE_CHECKING:
    from supportdesk.desk.desk import Desk

KEEP_MINE, KEEP_THEIRS = "keep-mine", "keep-theirs"


def resolve(desk: "Desk", id: UUID, choice: str) -> ConflictState:
    """Choose ``keep-mine`` or ``keep-theirs``; the other way round for him whose value stands already.

    The value that did not stand is set again on top of whatever stands now. Raises NotFound, Invalid when it is
    settled already, NotPermitted for a field the agent may not write; then nothing was written."""
    if choice not in (KEEP_MINE, KEEP_THEIRS):
        raise Invalid(_("{field} is one of {allowed}.").format(field="choice", allowed=f"{KEEP_MINE}, {KEEP_THEIRS}"),
                      field="choice")
    with desk.journal.action("resolve_conflict", desk.who) as act:
        row = act.get("conflict", id)
        if row["state"] not in (ConflictState.OPEN, ConflictState.AUTO):
            raise Invalid(_("This conflict is settled already."), field="conflict", code="settled")
        entity, name = row["entity"], row["field"]
        if not may_settle(desk.who.verbs, entity, name):
            raise NotPermitted(_("Your roles do not let you write this field. Ask somebody who may."))
        stands_is_mine = row["kept_by"] == desk.who.login != row["offered_by"]
        offered = (choice == KEEP_MINE) is not stands_is_mine
        if offered:
            act.set(entity, UUID(row["row_id"]), {
                name: from_wire(ENTITIES[entity].field(name).form, row["offered"])
            })
        state = ConflictState.OFFERED if offered else ConflictState.KEPT
        act.set("conflict", id, {"state": state, "decided_by_id": act.agent, "decided_at": act.at})
    return state
