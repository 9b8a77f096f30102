"""What ties a ticket to others: links, merges, notes moved, files, handoffs. Mixed into the ticket's screen."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

from supportdesk.desk import choices as offer
from supportdesk.desk.choice import Choice
from supportdesk.desk.labels import LINK, label
from supportdesk.desk.major_guess import guessed
from supportdesk.i18n import _
from supportdesk.screens.intents import to
from supportdesk.screens.ticket_flows import TicketFlows
from supportdesk.store.types import instant
from supportdesk.terms.errors import Invalid
from supportdesk.widgets.prompt import Answer, Question, fixed

if TYPE_CHECKING:
    from supportdesk.rules.major import Sentence
    from supportdesk.store.views.major import Major
    from supportdesk.store.views.ticket import TicketView


class TicketTies(TicketFlows):
    """The keys of :class:`supportdesk.screens.ticket.TicketScreen` for what goes beyond the one ticket."""

    # -- other tickets

    async def _other(self, label: str) -> Choice | None:
        async def find(typed: str) -> Any:
            return await self.app.read(offer.tickets, typed, self.ticket_id, self.now_us)

        hint = _("end of its number, or words")
        return await self.chosen(Question("other", label, hint=hint, find=find, choose=True))

    def action_linked(self) -> None:
        self.with_view(self._linked)

    async def _linked(self, view: TicketView) -> None:
        """Open a linked ticket; the only one at once."""
        others = {each.ticket_id: (each.number, each.title) for each in view.links}
        if view.merged_into is not None:
            others[view.merged_into.id] = (view.merged_into.shown, _("merged into"))
        choices = [
            Choice(str(id), number, title, id, str(n)) for n, (id, (number, title)) in enumerate(others.items(), 1)
        ]
        choice: Choice | None = choices[0]
        if len(choices) > 1:
            choice = await self.chosen(Question("linked", _("Open"), find=fixed(choices), choose=True))
        if choice is not None:
            self.app.open_ticket(choice.data)

    def action_link(self) -> None:
        self.with_view(self._link)

    async def _link(self, view: TicketView) -> None:
        kind = await self.chosen(Question("link", _("This ticket is"), find=fixed(offer.links()), choose=True))
        if kind is None:
            return
        other = await self._other(label(LINK, kind.data))
        if other is not None:
            await self.app.write(to("tickets.link", view.id, other.data.id, kind.data))
            await self.done(_("Linked with {number}.").format(number=other.data.number))

    def action_merge(self) -> None:
        self.with_view(self._merge)

    async def _merge(self, view: TicketView) -> None:
        other = await self._other(_("Merge into"))
        if other is not None:
            await self.app.write(to("tickets.merge", view.id, other.data.id))
            await self.done(_("Merged into {number}; this number leads there.").format(number=other.data.number))

    def action_split(self) -> None:
        self.with_view(self._split)

    async def _split(self, view: TicketView) -> None:
        note = self.history.item.note if self.history.item is not None else None

        async def do(answer: Answer) -> None:
            new = await self.app.write(to("tickets.split", view.id, answer.text, [note.id] if note else []))
            await self.done(_("Split off; j leads there and back."))
            self.app.open_ticket(new)

        hint = _("in a few words; the note under the cursor moves along") if note else _("in a few words")
        await self.asked(Question("split", _("The other matter"), hint=hint), do)

    def action_move_note(self) -> None:
        self.flow(self._move_note)

    async def _move_note(self) -> None:
        note = self._note_here()
        other = await self._other(_("Move the note to"))
        if other is not None:
            await self.app.write(to("tickets.move_note", note, other.data.id))
            await self.done(_("The note stands in {number} now.").format(number=other.data.number))

    def action_withdraw_note(self) -> None:
        self.flow(self._withdraw_note)

    async def _withdraw_note(self) -> None:
        await self.app.write(to("tickets.withdraw_note", self._note_here()))
        await self.done(_("The note is withdrawn; it stays readable."))

    def _note_here(self) -> UUID:
        item = self.history.item
        if item is None or item.note is None:
            raise Invalid(_("Put the cursor on a note first."))
        return item.note.id

    def action_attach(self) -> None:
        self.flow(self._attach_file)

    async def _attach_file(self) -> None:
        async def do(answer: Answer) -> None:
            if not answer.text.strip():
                raise Invalid(_("Give the path of a file."))
            file = Path(answer.text.strip()).expanduser()
            await self.app.write(to("attach.attach", self.ticket_id, file))
            await self.done(_("Attached: {name}").format(name=file.name))

        await self.asked(Question("attach", _("File"), hint=_("its path, as ~/vpn.log")), do)

    # -- a major incident

    async def ask_whether_major(self) -> None:
        choice = await self.chosen(Question("major", _("No major incident is running"), choose=True, at_once=True,
                                            find=fixed((
                                                Choice("no", _("leave it so"), sign="1"),
                                                Choice("yes", _("declare this ticket one"), sign="2"),
                                            ))))
        if choice is not None and choice.key == "yes":
            self.with_view(self._declare)

    def action_declare(self) -> None:
        self.with_view(self._declare)

    async def _declare(self, view: TicketView) -> None:
        """What may be said is written first: a major incident without a sentence helps nobody who takes calls."""
        from supportdesk.screens.statement import Declaring, StatementScreen

        about = dict.fromkeys(part for part in (view.product.shown if view.product else "", view.component) if part)
        guess = guessed(", ".join(about), instant(view.created_us))
        self.app.push_screen(StatementScreen(Declaring(view.id, view.number, guess)), self._finished)

    def action_hang_on(self) -> None:
        """The sentence is shown before: who hangs a case on an incident reads what may be said."""
        self.app.action_sentence()

    def hang_on_major(self, major: Major, _said: Sentence | None) -> None:
        self.flow(self._hang_on_major, major)

    async def _hang_on_major(self, major: Major) -> None:
        await self.app.write(to("major.hang_on", self.ticket_id, major.id))
        await self.done(_("It hangs on {number} now. u takes it back.").format(number=major.number))

    # -- handoffs

    def action_hand_over(self) -> None:
        from supportdesk.screens.handoff import HandoffScreen

        self.app.push_screen(HandoffScreen(self.ticket_id), self._finished)

    def _finished(self, said: str | None) -> None:
        """What a screen of its own has done."""
        if said:
            self.flow(self.done, said)

    def action_accept(self) -> None:
        self.with_view(self._accept)

    async def _accept(self, view: TicketView) -> None:
        handoff = view.open_offer
        assert handoff is not None
        await self.app.write(to("handoffs.accept", handoff.id))
        await self.done(_("Accepted: you work on it."))

    def action_send_back(self) -> None:
        self.with_view(self._send_back)

    async def _send_back(self, view: TicketView) -> None:
        """Return what was offered to us, or what we accepted, with a reason; take our own offer back."""
        handoff = view.open_offer or next((each for each in view.handoffs if each.state == "accepted"), None)
        assert handoff is not None
        ours = handoff.to_team is not None and handoff.to_team.id in self.app.desk.agent.teams
        if view.open_offer is not None and not ours:
            await self.app.write(to("handoffs.withdraw", handoff.id))
            await self.done(_("The offer is taken back."))
            return

        async def do(answer: Answer) -> None:
            await self.app.write(to("handoffs.return_", handoff.id, answer.text.strip()))
            await self.done(_("Returned."))

        hint = _("what is missing, or who is right for it")
        await self.asked(Question("why-return", _("Return, because"), hint=hint), do)
