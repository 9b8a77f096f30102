"""Handoffs: what was offered to my teams and waits for an answer, and what became of what we offered."""

from __future__ import annotations

from collections.abc import Sequence

from supportdesk.actions import HANDOFFS, Action
from supportdesk.desk import clock_words
from supportdesk.desk.inbox import Box, boxes
from supportdesk.desk.labels import HANDOFF, PACKET, label
from supportdesk.desk.window_words import needed_words
from supportdesk.i18n import N_, _, ngettext
from supportdesk.rules.packet import PARTS
from supportdesk.rules.text import fit, fold, safe
from supportdesk.screens.filtered import Filtered
from supportdesk.screens.intents import to
from supportdesk.screens.told import ToldScreen
from supportdesk.terms.codes import HandoffState
from supportdesk.terms.errors import Invalid
from supportdesk.widgets.columns import Cell, Column
from supportdesk.widgets.lines import Line
from supportdesk.widgets.prompt import Answer, Question
from supportdesk.widgets.sources import Rows
from supportdesk.widgets.wrap import wrapped


class HandoffsScreen(Filtered, ToldScreen):
    """The inbox and what was sent, with the packet of the line under the cursor."""

    where = HANDOFFS
    KEYS = ("accept", "send_back", "open", "callback", "why", "filter", "new_call", "keys", "back")
    MARKABLE = True

    def __init__(self) -> None:
        super().__init__(name="handoffs")
        self._boxes: Sequence[Box] = ()

    def columns(self) -> Sequence[Column]:
        return (
            Column("when", N_("Since"), 9, self._when, align="right"),
            Column("state", N_("State"), 13, self._state),
            Column("priority", N_("P"), 2, self._priority),
            Column("number", N_("Number"), 11, lambda box: (box.offered.number, "")),
            Column("team", N_("Team"), 12, self._team, from_width=66),
            Column("matter", N_("Matter"), 12, lambda box: (box.offered.title, ""), flexible=True),
        )

    # -- what is shown

    async def renew(self) -> None:
        self._boxes = await self.app.read(boxes, self.app.desk.agent, self.now_us)
        self.show_lines()

    def show_lines(self) -> None:
        words = fold(self.words).split()
        shown = [box for box in self._boxes if all(word in box.words for word in words)]
        waiting = sum(box.to_us for box in self._boxes)
        text = _("Nothing waits for your answer.")
        if waiting:
            text = ngettext("{n} waits for your answer", "{n} wait for your answer", waiting).format(n=waiting)
        if self.words:
            text += "  " + _("only lines with “{words}”, Esc shows all").format(words=self.words)
        self.head([(f" {text}", "strong" if waiting else "dim")])
        if self.words:
            self.listing.say(_("No handoff has these words. Esc shows all."))
        else:
            self.listing.say(_("Nothing is offered to your teams, and nothing of yours waits for an answer."))
        self.listing.renew(Rows(shown, key=lambda box: box.offered.handoff.id))
        self.show_told()

    def _when(self, box: Box) -> Cell:
        handoff = box.offered.handoff
        return clock_words.at(handoff.answered_us or handoff.offered_us, self.now_us, self.app.zone).lstrip("-"), ""

    def _state(self, box: Box) -> Cell:
        if box.to_us:
            return _("for us"), "accent"
        state = box.offered.handoff.state
        return label(HANDOFF, state), "warn" if state == HandoffState.RETURNED else "dim"

    def _priority(self, box: Box) -> Cell:
        return box.offered.priority_at(self.now_us).removeprefix("P"), "strong"

    def _team(self, box: Box) -> Cell:
        handoff = box.offered.handoff
        team = handoff.from_team if box.to_us else handoff.to_team
        return (team.shown if team else ""), "dim"

    def show_told(self) -> None:
        box = self.listing.cursor_row
        self.tell(self._packet(box, self.side_cells - 2) if isinstance(box, Box) else [])

    def _packet(self, box: Box, cells: int) -> list[Line]:
        """Who offered it, when, and what the receiver has to know."""
        handoff = box.offered.handoff
        when = clock_words.clock(handoff.offered_us, self.now_us, self.app.zone)
        by = handoff.offered_by.shown if handoff.offered_by else ""
        team = handoff.from_team.shown if handoff.from_team else ""
        head = _("{agent}, {team}, {when}").format(agent=by, team=team, when=when)
        lines: list[Line] = [[(f" {box.offered.number} ", "strong"), (head, "dim")]]
        if box.offered.window is not None:
            needed = needed_words(box.offered.window, self.now_us, self.app.zone)
            style = "warn" if box.offered.rank(self.now_us) else ""
            lines += [((f" {text}", style),) for text in wrapped(needed, cells)]
        if handoff.reason:
            lines += self._part(_("Returned"), handoff.reason, cells, "warn")
        if handoff.incomplete_reason:
            lines += self._part(_("Incomplete"), handoff.incomplete_reason, cells, "warn")
        for part in PARTS:
            if handoff.packet.get(part):
                lines += self._part(label(PACKET, part), handoff.packet[part], cells)
        return lines

    def _part(self, name: str, text: str, cells: int, style: str = "") -> list[Line]:
        room = 20
        rows = wrapped(text, max(10, cells - room - 1))
        return [[(" " + fit(safe(name) if n == 0 else "", room), "dim"), (row, style)] for n, row in enumerate(rows)]

    # -- keys

    def disabled_reason(self, action: Action) -> str | None:
        if action.id not in ("accept", "send_back", "open", "callback", "why"):
            return None
        box = self.listing.cursor_row
        if not isinstance(box, Box):
            return _("There is no handoff under the cursor.")
        if action.id == "accept" and not any(each.to_us for each in self._chosen()):
            return _("It is offered to another team.")
        if action.id == "send_back" and not (box.to_us or self._accepted_by_us(box) or self._is_waiting(box)):
            return _("It is answered already.")
        return None

    def _accepted_by_us(self, box: Box) -> bool:
        handoff = box.offered.handoff
        ours = handoff.to_team is not None and handoff.to_team.id in self.app.desk.agent.teams
        return ours and handoff.state == HandoffState.ACCEPTED

    def _is_waiting(self, box: Box) -> bool:
        return box.offered.handoff.state == HandoffState.OFFERED

    def _chosen(self) -> list[Box]:
        """The marked lines, or the one under the cursor."""
        marked = self.listing.marked
        if marked:
            return [box for box in self._boxes if box.offered.handoff.id in marked]
        box = self.listing.cursor_row
        return [box] if isinstance(box, Box) else []

    def action_accept(self) -> None:
        self.flow(self._accept, [box for box in self._chosen() if box.to_us])

    async def _accept(self, boxes: Sequence[Box]) -> None:
        for box in boxes:
            await self.app.write(to("handoffs.accept", box.offered.handoff.id))
        self.listing.unmark_all()
        await self.renew()
        numbers = ", ".join(box.offered.number for box in boxes)
        self.app.say(_("Accepted: {numbers}. You work on it now.").format(numbers=numbers))

    def action_send_back(self) -> None:
        self.flow(self._send_back, self._chosen()[0])

    async def _send_back(self, box: Box) -> None:
        """Return it with a reason; our own offer that nobody has answered is taken back."""
        if not box.to_us and self._is_waiting(box):
            await self.app.write(to("handoffs.withdraw", box.offered.handoff.id))
            await self.renew()
            self.app.say(_("The offer of {number} is taken back.").format(number=box.offered.number))
            return

        async def do(answer: Answer) -> None:
            if not answer.text.strip():
                raise Invalid(_("A reason is needed."))
            await self.app.write(to("handoffs.return_", box.offered.handoff.id, answer.text.strip()))
            await self.renew()
            self.app.say(_("Returned: {number}").format(number=box.offered.number))

        label = _("Return {number}, because").format(number=box.offered.number)
        hint = _("what is missing, or who is right for it")
        await self.asked(Question(f"return/{box.offered.handoff.id}", label, hint=hint), do)

    def action_open(self) -> None:
        box = self.listing.cursor_row
        if isinstance(box, Box):
            self.app.open_ticket(box.offered.ticket_id)

    def action_callback(self) -> None:
        """The callback is the ticket's: it is promised there."""
        box = self.listing.cursor_row
        if isinstance(box, Box):
            self.app.go(self.app.open_ticket_and, box.offered.ticket_id, "callback")

    def action_why(self) -> None:
        """Why it stands where it stands."""
        box = self.listing.cursor_row
        if isinstance(box, Box):
            self.app.say(
                _("Offers to your teams come first, by priority and then the oldest.") if box.to_us
                else _("Yours come after what waits for you, the newest first.")
            )

    def action_mark(self) -> None:
        self.listing.toggle_mark()

    def action_handoffs(self) -> None:
        self.app.say(_("These are the handoffs."))
