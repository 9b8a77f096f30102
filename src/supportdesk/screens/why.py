"""Why a ticket stands where it stands and is due when it is due: the whole account, to read (DESIGN.md law 6)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING
from uuid import UUID

from supportdesk.actions import WHY
from supportdesk.base_app import DeskScreen
from supportdesk.desk.outlook import headline
from supportdesk.desk.why_page import Told, WhyPage, why_page, why_words
from supportdesk.i18n import _
from supportdesk.widgets.beside import beside
from supportdesk.widgets.frame import KeyLine, MessageLine, Panel, Rule, StatusLine
from supportdesk.widgets.reading import Reading
from supportdesk.widgets.wrap import wrapped

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from supportdesk.app import SupportDesk
    from supportdesk.widgets.lines import Line

WIDEST = 100
"""Cells of a line of text: the eye loses its way back over longer ones."""

INDENT = 2


class WhyScreen(DeskScreen[None]):
    """The explanation of one ticket, read anew each minute and whenever something is saved."""

    where = WHY
    app: SupportDesk

    DEFAULT_CSS = """
    WhyScreen #about { height: 1; }
    """

    def __init__(self, ticket_id: UUID) -> None:
        super().__init__(name="why")
        self.ticket_id = ticket_id
        self._page: WhyPage | None = None

    def compose(self) -> ComposeResult:
        yield StatusLine(now=self.app.now)
        yield Rule()
        yield Panel(id="about")
        yield Rule()
        yield Reading(id="text")
        yield Rule()
        yield MessageLine()
        yield KeyLine(("copy", "keys", "back"), (), self.app.keymap)

    @property
    def text(self) -> Reading:
        return self.query_one("#text", Reading)

    def resting_place(self) -> Reading:
        return self.text

    def on_mount(self) -> None:
        self.text.focus()
        self.app.show_status()
        beside(self, self.renew, group="renew", keys_wait=True)

    def on_screen_resume(self) -> None:
        self.app.show_status()

    def desk_changed(self) -> None:
        beside(self, self.renew, group="renew")

    async def renew(self) -> None:
        """Read it again; the text stays where it is."""
        page = await self.app.read(why_page, self.ticket_id, self.now_us)
        if page is None:
            self.query_one("#about", Panel).show([[(
                " " + _("This ticket is not in this desk (any more). Esc goes back."), "warn")]])
            return
        keep, self._page = self._page is not None, page
        view = page.view
        self.query_one("#about", Panel).show([[
            (f" {view.number}", "strong"), (f"  {view.priority}  ", "alarm" if view.priority == "P1" else "strong"),
            (view.title, ""), (f"  {headline(view)}", "dim")]])
        told = why_words(page, self.app.zone)
        self.text.show(lambda cells: list(_lines(told, min(cells, WIDEST))), keep)

    def action_copy(self) -> None:
        if self._page is not None:
            number = self._page.view.number
            self.app.copy_to_clipboard(number)
            self.app.say(_("Copied: {number}").format(number=number), stays=True)

    def action_why(self) -> None:
        """The key that opened it closes it."""
        self.action_back()

    async def action_retry(self) -> None:
        await self.renew()


def _lines(told: Sequence[Told], cells: int) -> Iterator[Line]:
    """Each matter under its name; of a further paragraph the first sentence says what the others explain."""
    for place, matter in enumerate(told):
        if place:
            yield ""
        yield [(matter.name, "accent")]
        headed = begins = False
        for sentence in matter.sentences:
            if not sentence:
                yield ""
                headed = begins = True
                continue
            indent = INDENT * (2 if headed and not begins else 1)
            for line in wrapped(sentence, max(1, cells - indent)):
                yield [(" " * indent + line, "strong" if begins else "")]
            begins = False
