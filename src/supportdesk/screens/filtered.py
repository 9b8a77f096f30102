"""Lists that show, while it is typed, only the lines that hold what is typed: cards, handoffs, promises."""

from __future__ import annotations

from typing import TYPE_CHECKING

from supportdesk.i18n import _
from supportdesk.screens.flows import Flows
from supportdesk.widgets.prompt import Prompt, Question

FILTER = "filter"


class Filtered(Flows):
    """Mixed into a screen that draws its list by :meth:`show_lines`, by the ``words`` typed."""

    words = ""

    if TYPE_CHECKING:

        def show_lines(self) -> None:
            """Draw the lines that hold :attr:`words`."""

    def action_filter(self) -> None:
        self.flow(self._filter)

    async def _filter(self) -> None:
        await self.prompt.ask(Question(FILTER, _("Only lines with"), self.words))

    def on_prompt_typed(self, event: Prompt.Typed) -> None:
        """The filter follows the typing. It is nobody's text, so it is not kept as a draft."""
        if event.question.id == FILTER:
            event.stop()
            event.prevent_default()
            self.words = event.text
            self.show_lines()

    def action_back(self) -> None:
        """Out of the question, out of the filter, then back."""
        if self.prompt.question is None and self.words:
            self.words = ""
            self.prompt.forget(FILTER)
            self.show_lines()
        else:
            super().action_back()
