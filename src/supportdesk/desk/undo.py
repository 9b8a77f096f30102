"""Undo: a new action that takes the last one back; both stay in the history (DESIGN.md 3)."""

from typing import TYPE_CHECKING
from uuid import UUID

from supportdesk.store.journal import Undone

if TYPE_CHECKING:
    from supportdesk.desk.desk import Desk


def undo(desk: "Desk", action: UUID | None = None) -> Undone:
    """Take back the agent's last action, or the named one. Raises NotUndoable, Changed; then nothing was written."""
    return desk.journal.undo(desk.who, action)
