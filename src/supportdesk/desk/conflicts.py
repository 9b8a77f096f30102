"""Settling what two sites changed at once: one of the two values stands, the other stays in the history."""

from typing import TYPE_CHECKING, Any
from uuid import UUID

from supportdesk.i18n import _
from supportdesk.store.types import from_wire
from supportdesk.terms.codes import ConflictState
from supportdesk.terms.entities import ENTITIES
from supportdesk.terms.errors import Invalid, NotPermitted
from supportdesk.terms.verbs import may_settle

if TYPE_CHECKING:
    from supportdesk.desk.desk import Desk
    from supportdesk.store.journal import Act
    from supportdesk.store.rows import Row

KEEP_MINE, KEEP_THEIRS = "keep-mine", "keep-theirs"

LINES = frozenset({
    "title", "wish", "priority_reason", "caller_name", "caller_number", "affected_name", "approver_name",
    "organisation_name", "component_name", "asset_name", "callback_number", "callback_to", "name", "mail",
    "employee_number", "inventory", "serial", "host", "room", "incomplete_reason", "reason",
})
TEXTS = frozenset({"description", "solution", "remarks", "body", "issue", "note", "terms"})
"""Fields that hold a person's own words, of one line or of many: there a third value can be written."""

LONGEST_LINE, LONGEST_TEXT = 500, 200_000


def resolve(desk: "Desk", id: UUID, choice: str) -> ConflictState:
    """Choose ``keep-mine`` or ``keep-theirs``; the other way round for him whose value stands already.

    The value that did not stand is set again on top of whatever stands now. Raises NotFound, Invalid when it is
    settled already, NotPermitted for a field the agent may not write; then nothing was written."""
    if choice not in (KEEP_MINE, KEEP_THEIRS):
        raise Invalid(_("{field} is one of {allowed}.").format(field="choice", allowed=f"{KEEP_MINE}, {KEEP_THEIRS}"),
                      field="choice")
    with desk.journal.action("resolve_conflict", desk.who) as act:
        row = _to_settle(act, desk, id)
        stands_is_mine = row["kept_by"] == desk.who.login != row["offered_by"]
        offered = (choice == KEEP_MINE) is not stands_is_mine
        if offered:
            _write(act, row, row["offered"])
        return _settle(act, id, ConflictState.OFFERED if offered else ConflictState.KEPT)


def rewrite(desk: "Desk", id: UUID, words: str) -> ConflictState:
    """Settle it with a third value. Raises as :func:`resolve`, and Invalid for a field that holds no words of a
    person's own or for more of them than it takes."""
    with desk.journal.action("resolve_conflict", desk.who) as act:
        row = _to_settle(act, desk, id)
        name = row["field"]
        if name not in LINES | TEXTS:
            raise Invalid(_("Choose one of the two; what is neither is set on the record itself."), field="value",
                          code="no_words")
        limit = LONGEST_TEXT if name in TEXTS else LONGEST_LINE
        if len(words) > limit:
            raise Invalid(_("{field} is too long: {limit} characters at most. Put the rest into a note.").format(
                field=name, limit=limit), field="value")
        if words == row["offered"]:
            _write(act, row, words)
            return _settle(act, id, ConflictState.OFFERED)
        if words != row["kept"]:
            _write(act, row, words)
            return _settle(act, id, ConflictState.EDITED)
        return _settle(act, id, ConflictState.KEPT)


def _to_settle(act: "Act", desk: "Desk", id: UUID) -> "Row":
    row = act.get("conflict", id)
    if row["state"] not in (ConflictState.OPEN, ConflictState.AUTO):
        raise Invalid(_("This conflict is settled already."), field="conflict", code="settled")
    if not may_settle(desk.who.verbs, row["entity"], row["field"]):
        raise NotPermitted(_("Your roles do not let you write this field. Ask somebody who may."))
    return row


def _write(act: "Act", row: "Row", value: Any) -> None:
    entity, name = row["entity"], row["field"]
    if entity not in ENTITIES or name not in ENTITIES[entity].by_name:
        raise Invalid(_("Only a newer version of the program knows this field: settle it there, or keep what stands."),
                      field="conflict", code="newer")
    act.set(entity, UUID(row["row_id"]), {name: from_wire(ENTITIES[entity].field(name).form, value)})


def _settle(act: "Act", id: UUID, state: ConflictState) -> ConflictState:
    act.set("conflict", id, {"state": state, "decided_by_id": act.agent, "decided_at": act.at})
    return state
