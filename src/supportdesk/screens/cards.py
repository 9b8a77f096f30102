"""The card of a caller, an organisation or a device: one list of facts and of what hangs on it.

Enter on a fact corrects it in place; Enter on a ticket, a person or a device opens that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from textual import on

from supportdesk.actions import CARD, Action
from supportdesk.base_app import DeskScreen
from supportdesk.i18n import N_, _
from supportdesk.screens.card_edit import VERBS, details
from supportdesk.screens.card_rows import Eyes, Row, rows, title
from supportdesk.screens.filtered import Filtered
from supportdesk.screens.intents import to
from supportdesk.screens.kept import KeptWords
from supportdesk.store.views.callers import caller_line
from supportdesk.store.views.cards import Card, card
from supportdesk.widgets.beside import beside
from supportdesk.widgets.columns import Column
from supportdesk.widgets.frame import KeyLine, MessageLine, Panel, Rule, StatusLine
from supportdesk.widgets.listing import Listing
from supportdesk.widgets.prompt import Prompt
from supportdesk.widgets.sources import Rows

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from supportdesk.app import SupportDesk
    from supportdesk.screens.details import Detail

KINDS = {"caller": N_("Caller"), "organisation": N_("Organisation"), "asset": N_("Device")}


class CardScreen(Filtered, DeskScreen[None]):
    """``kind`` is caller, organisation or asset."""

    where = CARD
    app: SupportDesk

    KEYS = ("open", "new_call", "edit", "copy", "undo", "filter", "keys", "back")

    DEFAULT_CSS = """
    CardScreen #title { height: 1; }
    CardScreen #rows { height: 1fr; }
    """

    def __init__(self, kind: str, id: UUID) -> None:
        super().__init__(name="card")
        self._kind = kind
        self._record = id
        self._card: Card | None = None
        self.kept: KeptWords | None = None

    def compose(self) -> ComposeResult:
        yield StatusLine(now=self.app.now)
        yield Panel(id="title")
        yield Rule()
        yield Listing(
            [
                Column("name", "", 18, lambda row: (row.name, "dim" if row.name not in ("!", "★") else row.style)),
                Column("text", "", 20, lambda row: (row.text, row.style), flexible=True),
            ],
            id="rows",
        )
        yield Prompt()
        yield Rule()
        yield MessageLine()
        yield KeyLine(self.KEYS, ("save", "back"), self.app.keymap)

    @property
    def listing(self) -> Listing:
        return self.query_one("#rows", Listing)

    def resting_place(self) -> Listing:
        return self.listing

    def on_mount(self) -> None:
        self.kept = KeptWords(self.app, self._record)
        self.listing.focus()
        beside(self, self._first, group="first")

    def on_screen_resume(self) -> None:
        self.app.show_status()
        if self._card is not None:
            self.desk_changed()

    def desk_changed(self) -> None:
        beside(self, self.renew, group="renew")

    async def _first(self) -> None:
        await self.renew()
        assert self.kept is not None
        for name, data in (await self.kept.recall()).items():
            self.prompt.kept.setdefault(name, str(data.get("text", "")))
            self.app.say(_("What you began to correct here is kept: Enter on it goes on."))

    # -- what is shown

    async def renew(self) -> None:
        """Read again; the cursor stays on its line."""
        self._card = await self.app.read(card, self._kind, self._record)
        self.show_lines()

    def _details(self) -> list[Detail]:
        return [] if self._card is None else details(self._card, self.app.region)

    def show_lines(self) -> None:
        found = self._card
        kind = _(KINDS[self._kind])
        if found is None:
            self.query_one("#title", Panel).show([[(f" {kind}", "strong")]])
            self.listing.say(_("This card is not in this desk (any more). Esc goes back."), "warn")
            return
        self.query_one("#title", Panel).show([[(f" {kind}  ", "dim"), (title(found), "strong")]])
        every = rows(found, self._details(), Eyes(self.now_us, self.app.zone, self.app.region))
        word = self.words.casefold()
        shown = [row for row in every if word in f"{row.name} {row.text}".casefold()]
        self.listing.say(_("No line has these words. Esc shows all."))
        self.listing.renew(Rows(shown, key=lambda row: row.key))

    def minute_passed(self) -> None:
        super().minute_passed()
        self.show_lines()

    # -- keys

    def disabled_reason(self, action: Action) -> str | None:
        if action.id in ("edit", "copy", "open") and self._card is None:
            return _("There is nothing here.")
        return None

    @on(Listing.Chosen, "#rows")
    def entered(self, event: Listing.Chosen) -> None:
        event.stop()
        self.action_open()

    def action_open(self) -> None:
        """Open what the line names, or correct the fact it says."""
        row = self.listing.cursor_row
        if not isinstance(row, Row):
            return
        if row.opens is None and row.detail:
            self.flow(self._correct, next(each for each in self._details() if each.field == row.detail))
        elif row.opens is None:
            self.app.say(_("This line opens nothing."))
        elif row.opens[0] == "ticket":
            self.app.open_ticket(row.opens[1])
        else:
            self.app.open_card(*row.opens)

    def action_edit(self) -> None:
        self.flow(self._correct, None)

    async def _correct(self, which: Detail | None) -> None:
        verb = VERBS[self._kind]
        if await self.corrected(
            self._details(), lambda changes, seen: to(verb, changes, self._record, seen=dict(seen)), which
        ):
            await self.renew()
            self.app.say(_("Corrected."))

    def action_save(self) -> None:
        """F2: the answer at hand."""
        if self.prompt.question is not None:
            self.prompt.submit()

    def action_new_call(self) -> None:
        """A call of this caller; of an organisation or a device, a call of nobody yet."""
        self.app.go(self._new_call)

    async def _new_call(self) -> None:
        line = await self.app.read(caller_line, self._record, self.app.region) if self._kind == "caller" else None
        if line is None:
            self.app.new_call()
        else:
            self.app.new_call_of(line)

    def action_copy(self) -> None:
        """Copy what the line says."""
        row = self.listing.cursor_row
        if isinstance(row, Row):
            self.app.copy_to_clipboard(row.text)
            self.app.say(_("Copied: {text}").format(text=row.text), stays=True)
