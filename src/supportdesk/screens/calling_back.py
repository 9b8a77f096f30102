"""The dialogue of ``c``: promise a callback; of one that was promised, what came of it, one key each, and the next try.

For screens with :class:`supportdesk.screens.flows.Flows`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

from supportdesk.desk import choices as offer
from supportdesk.desk.choice import Choice
from supportdesk.desk.clock_words import clock
from supportdesk.i18n import SOURCE, _, speaking
from supportdesk.rules.phones import show_phone
from supportdesk.rules.whenever import parse_when
from supportdesk.screens.flows import Flows, Seen
from supportdesk.screens.intents import to
from supportdesk.store.types import instant, micros
from supportdesk.terms.codes import Outcome
from supportdesk.terms.errors import Invalid
from supportdesk.widgets.prompt import Answer, Question, fixed

if TYPE_CHECKING:
    from supportdesk.desk.tries import Proposal
    from supportdesk.store.views.ticket import TicketView

HALF_AN_HOUR = "30"
"""A callback nobody gave a time for."""

ENDS = 7
"""Lines of the question what came of it."""

Say = Callable[[str], Awaitable[None]]


class Owed(NamedTuple):
    """Whom to call back about which ticket; ``callback_us`` None when nothing is promised yet."""

    ticket_id: UUID
    callback_us: int | None
    person: str
    phone: str
    language: str


def owed_of(view: TicketView) -> Owed:
    """Of a ticket's own view."""
    return Owed(view.id, view.callback_us, view.callback_to or view.caller, view.callback_number or view.caller_number
                or "", view.language or "")


class CallingBack(Flows):
    """Mixed into what asks."""

    async def call_back(self, owed: Owed, said: Say) -> None:
        """Ask when the callback is promised for, or what came of it; ``said`` tells what was done."""
        reach = show_phone(owed.phone, self.app.region) if owed.phone else ""
        promised = owed.callback_us is not None

        async def do(answer: Answer) -> None:
            if answer.choice is not None:
                await self._made(owed, answer.choice.data, said)
                return
            at = self._instant(answer.text or HALF_AN_HOUR)
            seen: Seen = {"callback_at": None if owed.callback_us is None else instant(owed.callback_us)}
            if await self.written(lambda now: to("tickets.promise_callback", owed.ticket_id, at, seen=dict(now)), seen):
                await said(_("Callback promised: {when}, {person} {number}").format(
                    when=self._clock(at), person=owed.person, number=reach).rstrip())

        label = _("Call {number} back").format(number=reach) if reach else _("Call back")
        hint = _("what came of it, or a new time") if promised else _("30 = in 30 minutes, 14:30, tomorrow 9:00")
        await self.asked(Question("callback", label, hint=hint, rows=ENDS, at_once=True,
                                  find=fixed(offer.callback_ends()) if promised else None), do)

    async def _made(self, owed: Owed, outcome: Outcome | None, said: Say) -> None:
        self.forget_words("callback")
        if outcome is None:
            await self.app.write(to("tickets.drop_callback", owed.ticket_id))
            await said(_("The promise is taken back."))
        elif outcome is Outcome.LATER:
            await self._later(owed, said)
        elif outcome.reached:
            await self.app.write(to("calls.settle_callback", owed.ticket_id, outcome))
            await said(_("Promise kept."))
        else:
            await self._in_vain(owed, outcome, said)

    async def _later(self, owed: Owed, said: Say) -> None:
        async def do(answer: Answer) -> None:
            at = self._instant(answer.text)
            await self.app.write(to("calls.settle_callback", owed.ticket_id, Outcome.LATER, later=at))
            await said(_("Noted; again at {when}.").format(when=self._clock(at)))

        hint = _("14:30, tomorrow 9:00, 2h")
        await self.asked(Question("callback-later", _("Wants to be called"), hint=hint), do)

    async def _in_vain(self, owed: Owed, outcome: Outcome, said: Say) -> None:
        """Log the attempt with the next try; after enough of them one may give up."""
        from supportdesk.desk.tries import next_said, tried_said

        proposal: Proposal = await self.app.write(to("tries.propose", owed.ticket_id, outcome))
        await self.app.write(to("calls.settle_callback", owed.ticket_id, outcome, later=proposal.at))
        again = next_said(proposal, self.now_us, self.app.zone)
        await said(again)
        if not proposal.tried.enough:
            return
        choice = await self.chosen(Question("give-up", tried_said(proposal.tried), choose=True, at_once=True,
                                            find=fixed([
            Choice("again", again, sign="1"),
            Choice("close", _("close as not reached, with a message for the caller"), sign="2"),
        ])))
        if choice is None or choice.key == "again":
            return

        async def do(answer: Answer) -> None:
            await self.app.write(to("tickets.close_not_reached", owed.ticket_id, answer.text))
            await said(_("Closed as not reached; the message for the caller is on the ticket."))

        with speaking(owed.language or SOURCE):
            guess = _("We tried to call you several times in vain. Please call us when it suits you.")
        await self.asked(Question("not-reached", _("Message"), guess), do)

    def _instant(self, text: str) -> datetime:
        at = parse_when(text, self.app.now(), self.app.zone)
        if at is None:
            raise Invalid(_("Not a time: write 30 for minutes, 14:30, or tomorrow 9:00."))
        return at

    def _clock(self, at: datetime) -> str:
        return clock(micros(at), self.now_us, self.app.zone)
