"""Many callers report one component: is it a major incident? One key declares it with what is known filled in, one says
no (field/practice.md 3)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from supportdesk.actions import QUESTION
from supportdesk.base_app import DeskScreen
from supportdesk.desk.major_guess import guessed
from supportdesk.desk.symptoms import question_said, say_no
from supportdesk.i18n import _
from supportdesk.screens.statement import Declaring, StatementScreen
from supportdesk.store.types import instant
from supportdesk.store.views.symptoms import Suspicion
from supportdesk.widgets.beside import beside
from supportdesk.widgets.frame import KeyLine, MessageLine, Panel, Rule, StatusLine
from supportdesk.widgets.reading import Reading
from supportdesk.widgets.wrap import wrapped

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from supportdesk.app import SupportDesk
    from supportdesk.widgets.lines import Line


class QuestionScreen(DeskScreen[None]):
    """The question of one component, with the reports that raise it."""

    where = QUESTION
    app: SupportDesk

    DEFAULT_CSS = """
    QuestionScreen #title { height: 1; }
    """

    def __init__(self, of: Suspicion) -> None:
        super().__init__(name="question")
        self._of = of

    def compose(self) -> ComposeResult:
        yield StatusLine(now=self.app.now)
        yield Rule()
        yield Panel(id="title")
        yield Rule()
        yield Reading(id="text")
        yield Rule()
        yield MessageLine()
        yield KeyLine(("yes_major", "not_major", "keys", "back"), (), self.app.keymap)

    def on_mount(self) -> None:
        text = self.query_one("#text", Reading)
        text.focus()
        self.query_one("#title", Panel).show([((" " + _("Major incident?"), "warn"), (f"  {self._of.component}",
                                                                                    "strong"))])
        text.show(lambda cells: list(self._lines(cells)))

    def on_screen_resume(self) -> None:
        self.app.show_status()

    def _lines(self, cells: int) -> Iterator[Line]:
        of = self._of
        yield from (((row, "strong"),) for row in wrapped(question_said(of, self.app.now_us, self.app.zone), cells))
        yield ""
        yield ((_("Tickets"), "accent"),)
        yield from wrapped(", ".join(number for _id, number in of.tickets), cells)
        if of.organisations:
            yield ""
            yield ((_("Organisations"), "accent"),)
            yield from wrapped(", ".join(of.organisations), cells)

    def action_yes_major(self) -> None:
        """The first ticket becomes the major incident, the others hang on it; what may be said is filled in."""
        of = self._of
        (ticket, number), *rest = of.tickets
        guess = guessed(of.component.replace(" > ", ", "), instant(of.symptom.since))
        what = Declaring(ticket, number, guess, tuple(id for id, _number in rest))
        self.app.switch_screen(StatementScreen(what))

    def action_not_major(self) -> None:
        beside(self, self._not_major, group="no", exclusive=False)

    async def _not_major(self) -> None:
        of = self._of
        await self.app.read(lambda _conn: say_no(self.app.first.drafts, of, self.app.now_us))
        self.dismiss()
        self.app.desk_changed()
        self.app.say(_("Noted: no major incident. The next report of it asks again."))

    def action_sentence(self) -> None:
        """The key that opened it closes it."""
        self.dismiss()
