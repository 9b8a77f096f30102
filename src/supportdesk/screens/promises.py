"""What my teams and I promised today: missed and at risk first, callbacks with the number to dial."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from supportdesk.actions import PROMISES, Action
from supportdesk.desk import clock_words
from supportdesk.desk.labels import label
from supportdesk.desk.promise_list import Owed, OwedToday, owed_today
from supportdesk.desk.promise_words import KIND
from supportdesk.desk.promised import SOON_PERCENT, SOON_US, promise_steps, under_what
from supportdesk.desk.window_words import needed_words
from supportdesk.i18n import N_, _, ngettext
from supportdesk.rules.phones import show_phone
from supportdesk.rules.text import fold
from supportdesk.screens.filtered import Filtered
from supportdesk.screens.told import ToldScreen
from supportdesk.terms.codes import PromiseKind
from supportdesk.widgets.columns import Cell, Column
from supportdesk.widgets.sources import Rows
from supportdesk.widgets.wrap import wrapped

if TYPE_CHECKING:
    from supportdesk.widgets.lines import Line

class PromisesScreen(Filtered, ToldScreen):
    """One line a promise; the one under the cursor is told with the ticket's others."""

    where = PROMISES
    KEYS = ("open", "callback", "why", "filter", "new_call", "keys", "back")
    SIDE = 40

    DEFAULT_CSS = """
    PromisesScreen #below { max-height: 40%; }
    PromisesScreen.-w120 #below, PromisesScreen.-w160 #below { width: 40; max-height: 100%; }
    """

    def __init__(self) -> None:
        super().__init__(name="promises")
        self._owed = OwedToday()

    def columns(self) -> Sequence[Column]:
        return (
            Column("due", N_("Due"), 9, self._due, align="right"),
            Column("flag", "", 1, self._flag),
            Column("what", N_("Promise"), 18, self._what),
            Column("priority", N_("P"), 1, self._priority),
            Column("number", N_("Number"), 11, lambda owed: (owed.ticket.number, "strong")),
            Column("matter", N_("Matter"), 12, self._matter, flexible=True),
            Column("who", N_("Who"), 10, self._who, from_width=90),
        )

    # -- what is shown

    async def renew(self) -> None:
        me = self.app.desk.agent
        self._owed = await self.app.read(owed_today, me, self.now_us, ZoneInfo(me.zone))
        self.show_lines()

    def show_lines(self) -> None:
        words = fold(self.words).split()
        shown = [owed for owed in self._owed.lines if all(word in owed.words for word in words)]
        self.head(self._heading())
        if self.words:
            self.listing.say(_("No promise has these words. Esc shows all."))
        else:
            self.listing.say(_("You and your teams owe nothing more today."))
        self.listing.renew(Rows(shown, key=lambda owed: owed.key))
        self.show_told()

    def _heading(self) -> Line:
        risk, count = self._owed.at_risk(self.now_us), len(self._owed.lines)
        text = ngettext("{n} promise up to tonight", "{n} promises up to tonight", count).format(n=count)
        at_risk = ngettext("{n} missed or at risk", "{n} missed or at risk", risk).format(n=risk)
        spans = [(f" {text}", "strong"), (f"  {at_risk}" if risk else "", "warn")]
        if self._owed.of_first is not None:
            spans.append(("  " + _("only of the {n} tickets due first").format(n=self._owed.of_first), "dim"))
        if self.words:
            spans.append(("  " + _("only lines with “{words}”, Esc shows all").format(words=self.words), "dim"))
        return spans

    def _due(self, owed: Owed) -> Cell:
        due = owed.promise.due_us
        return clock_words.at(due, self.now_us, self.app.zone), self._style(owed)

    def _flag(self, owed: Owed) -> Cell:
        return ("!", "alarm") if self._style(owed) == "alarm" else ("", "")

    def _style(self, owed: Owed) -> str:
        left = (owed.promise.due_us or 0) - self.now_us
        if left <= 0:
            return "alarm"
        return "warn" if left <= SOON_US or (owed.promise.percent or 0) >= SOON_PERCENT else ""

    def _what(self, owed: Owed) -> Cell:
        if owed.update is not None:
            return _("next update"), "accent"
        style = "accent" if owed.promise.kind is PromiseKind.CALLBACK else ""
        return label(KIND, owed.promise.kind), style

    def _priority(self, owed: Owed) -> Cell:
        return owed.ticket.priority_at(self.now_us).removeprefix("P"), "strong"

    def _matter(self, owed: Owed) -> Cell:
        if owed.update is not None:
            return _("major incident: {title}").format(title=owed.update.title), ""
        if owed.promise.kind is PromiseKind.CALLBACK:
            return "  ".join(part for part in (self._number(owed), owed.reach.person) if part), ""
        return ", ".join(part for part in (owed.ticket.organisation, owed.ticket.title) if part), ""

    def _who(self, owed: Owed) -> Cell:
        if owed.is_mine:
            return _("me"), ""
        return owed.ticket.assignee or owed.ticket.team_name, "dim"

    def _number(self, owed: Owed) -> str:
        return show_phone(owed.reach.number, self.app.region) if owed.reach.number else ""

    def show_told(self) -> None:
        owed = self.listing.cursor_row
        self.tell(self._told(owed, self.side_cells - 2) if isinstance(owed, Owed) else [])

    def _told(self, owed: Owed, cells: int) -> list[Line]:
        """Whom it was promised to at which number, under what, and what else his ticket waits for."""
        ticket = owed.ticket
        who = ", ".join(part for part in (owed.reach.person, ticket.organisation) if part)
        lines: list[Line] = [
            ((f" {ticket.number}", "strong"), (f"  {ticket.priority_at(self.now_us)}  ", "strong"),
             (ticket.title, "")),
            ((f" {self._number(owed)}  ", "strong"), (who, "")),
        ]
        if stands := under_what(owed.promised):
            lines.append(((f" {stands}", "dim"),))
        if ticket.window is not None:
            needed, style = needed_words(ticket.window, self.now_us, self.app.zone), "warn" if ticket.rank(
                self.now_us) else ""
            lines += [((f" {text}", style),) for text in wrapped(needed, cells)]
        if not owed.is_mine and (working := ticket.assignee or ticket.team_name):
            lines.append(((" " + _("{who} works on it").format(who=working), "dim"),))
        for step in promise_steps(owed.promised.lines, self.now_us, self.app.zone):
            lines += [((f" {text}", step.style),) for text in wrapped(step.text, cells)]
        return lines

    def minute_passed(self) -> None:
        self.listing.minute_passed()
        self.head(self._heading())
        super().minute_passed()

    # -- keys

    def disabled_reason(self, action: Action) -> str | None:
        if action.id in ("open", "callback", "why") and not isinstance(self.listing.cursor_row, Owed):
            return _("There is no promise under the cursor.")
        return None

    def action_open(self) -> None:
        owed = self.listing.cursor_row
        if isinstance(owed, Owed):
            self.app.open_ticket(owed.ticket.id)

    def action_callback(self) -> None:
        """The callback is the ticket's: what came of it is said there."""
        owed = self.listing.cursor_row
        if isinstance(owed, Owed):
            self.app.go(self.app.open_ticket_and, owed.ticket.id, "callback")

    def action_why(self) -> None:
        """Why it is due when it is due."""
        owed = self.listing.cursor_row
        if isinstance(owed, Owed):
            from supportdesk.screens.why import WhyScreen

            self.app.push_screen(WhyScreen(owed.ticket.id))

    def action_promises(self) -> None:
        """The key that opened it closes it."""
        self.action_back()
