"""How urgent the call at hand is: by the desk's own matrix, by hand, and by the time its caller needs it by."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from supportdesk.desk.window_words import window_words
from supportdesk.rules.matrices import DEFAULT, Matrices
from supportdesk.rules.priority import Matrix, PriorityReason, explain, priority_of
from supportdesk.rules.window import Window, steps
from supportdesk.screens import intake_side as side
from supportdesk.store.types import micros
from supportdesk.store.views.windows import matrix_of
from supportdesk.terms.codes import Priority

if TYPE_CHECKING:
    from supportdesk.desk.draft import CallDraft


class Ranks:
    """The ranks of :class:`supportdesk.screens.intake.IntakeScreen`."""

    draft: CallDraft
    matrices: Matrices = DEFAULT

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any: ...

    async def read_matrix(self) -> None:
        """The desk's own matrix, beside the keys: another than the default one is shown when it is there."""
        self.matrices = await self.app.read(matrix_of)
        if not self.is_saved:
            self.show_words()

    @property
    def matrix(self) -> Matrix:
        """In force now."""
        return self.matrices.at(self.now_us)

    @property
    def priority(self) -> Priority:
        """As given by hand, else by the matrix."""
        draft = self.draft
        return Priority(draft.priority) if draft.priority else priority_of(draft.impact, draft.urgency, self.matrix)

    def priority_reason(self) -> PriorityReason:
        draft = self.draft
        return explain(
            draft.impact, draft.urgency, self.matrix, given=Priority(draft.priority) if draft.priority else None,
            wish=draft.wish or None, key_account=bool(self.glance and self.glance.line.key_account),
        )

    def show_priority(self) -> None:
        window = self.window_of(self.draft)
        raised = window and window.raised(True, self.now_us)
        words = "" if window is None else window_words(window, raised, self.now_us, self.app.zone)
        self.row("priority").say(side.priority_words(
            self.draft, self.priority_reason(), "" if self.needs_goodwill else "F6", raised, words))

    def priority_now(self, draft: CallDraft, priority: str) -> str:
        """What ``priority``, the one it was set to, has become by the time its caller needs it by."""
        window = self.window_of(draft)
        raised = window and window.raised(True, self.now_us)
        return raised.priority if raised else priority

    def window_of(self, draft: CallDraft) -> Window | None:
        """What the time its caller needs it by will raise; None where he said none."""
        if draft.needed_by is None:
            return None
        at = micros(draft.needed_by)
        return Window(at, draft.needed_for, steps(at, draft.impact, draft.urgency, self.priority, self.now_us,
                                                  self.matrices))
