"""Undo: a new action that takes the last one back; both stay in the history (DESIGN.md 3)."""

from typing import TYPE_CHECKING
from uuid import UUID

from supportdesk.desk.fields import verb_name
from supportdesk.i18n import ngettext
from supportdesk.store.undoing import Undone
from supportdesk.store.views.callers import tickets_of

if TYPE_CHECKING:
    from supportdesk.desk.desk import Desk


def undo(desk: "Desk", action: UUID | None = None) -> Undone:
    """Take back the agent's last action, or the named one. Raises NotUndoable, Changed; then nothing was written."""
    return desk.journal.undo(desk.who, action)


def undo_told(desk: "Desk") -> str:
    """As :func:`undo` of the last action; returns what was taken back and of which ticket, as a screen says it."""
    undone = undo(desk)
    tickets = tickets_of(desk.reader, undone.actions)
    what = verb_name(undone.verb)
    if len(tickets) == 1:
        return f"{what}, {' '.join(filter(None, (tickets[0].number, tickets[0].title)))}"
    if tickets:
        return f"{what}, " + ngettext("{n} ticket", "{n} tickets", len(tickets)).format(n=len(tickets))
    return what
