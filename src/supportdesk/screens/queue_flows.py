"""The questions of the queue: solution, callback, reasons, whom to give to; one line each, for one ticket or many."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

from supportdesk.desk.choice import Choice
from supportdesk.i18n import _, pgettext
from supportdesk.rules.whenever import parse_when
from supportdesk.screens.calling_back import CallingBack, owed_of
from supportdesk.screens.intents import to
from supportdesk.screens.kept import KeptWords
from supportdesk.store.views import choices
from supportdesk.store.views import ticket as ticket_view
from supportdesk.terms.codes import Status
from supportdesk.terms.errors import Invalid
from supportdesk.widgets.prompt import Answer, Question, fixed

if TYPE_CHECKING:
    from supportdesk.screens.queue import QueueScreen
    from supportdesk.store.views.queue import QueueLine


class QueueFlows(CallingBack):
    """The dialogues of one queue screen. What is typed is kept with the ticket until it is saved."""

    def __init__(self, screen: QueueScreen) -> None:
        self.screen = screen
        self.app = screen.app
        self.query_one = screen.query_one
        self.run_worker = screen.run_worker

    async def begin(self, steps: Coroutine[Any, Any, Any]) -> None:
        """Run a dialogue; returns when its question stands, or when it is over."""
        asked = asyncio.Event()
        self._asked = asked
        self.flow(self._until_over, steps, asked)
        await asked.wait()

    async def _until_over(self, steps: Coroutine[Any, Any, Any], asked: asyncio.Event) -> None:
        try:
            await steps
        finally:
            asked.set()

    async def asked(self, question: Question, do: Any) -> bool:
        asyncio.get_running_loop().call_soon(self._asked.set)
        return await super().asked(question, do)

    async def chosen(self, question: Question) -> Choice | None:
        asyncio.get_running_loop().call_soon(self._asked.set)
        return await super().chosen(question)

    async def _lines(self) -> Sequence[QueueLine]:
        """The chosen tickets; what was typed for the first of them and not saved stands there again."""
        lines = await self.screen.chosen_lines()
        self.kept = KeptWords(self.app, lines[0].id)
        self.prompt.kept = {name: str(data["text"]) for name, data in (await self.kept.recall()).items()}
        return lines

    async def solve(self) -> None:
        lines = await self._lines()

        async def do(answer: Answer) -> None:
            if not answer.text.strip():
                raise Invalid(_("Say in a few words what solved it."))
            await self.app.write(to("tickets.solve", [line.id for line in lines], answer.text.strip()))
            self.screen.done(_("Solved"), lines)
            await self.app.tell_cases_of([line.id for line in lines])

        await self.asked(Question("solution", _("Solution"), hint=_("what solved it; Enter saves")), do)

    async def callback(self) -> None:
        (line,) = await self._lines()
        view = await self.app.read(ticket_view.ticket, line.id)
        if view is None:
            return

        async def said(text: str) -> None:
            self.screen.done(text.rstrip("."), [line])

        await self.call_back(owed_of(view), said)

    def _instant(self, text: str) -> Any:
        at = parse_when(text, self.app.now(), self.screen.eyes.zone)
        if at is None:
            raise Invalid(_("Not a time: write 30 for minutes, 14:30, or tomorrow 9:00."))
        return at

    async def wait(self) -> None:
        lines = await self._lines()
        for_whom = (Choice("waiting_caller", pgettext("wait", "for the caller"), sign="1"),
                    Choice("waiting_vendor", pgettext("wait", "for a vendor"), sign="2"))

        async def do(answer: Answer) -> None:
            until = None if answer.choice else self._instant(answer.text)
            status = Status(answer.choice.key) if answer.choice else Status.WAITING_UNTIL
            await self.app.write(to("tickets.wait", [line.id for line in lines], status, until=until))
            self.screen.done(_("Waits"), lines)

        await self.asked(Question("wait", _("Let wait"), hint=_("1, 2, or until when"), find=fixed(for_whom)), do)

    async def assign(self) -> None:
        lines = await self._lines()

        async def people(typed: str) -> Sequence[Choice]:
            found = await self.app.read(choices.colleagues, typed, self.app.desk.agent.team)
            return [Choice(str(one.id), one.name, ", ".join(one.teams), one.id) for one in found]

        choice = await self.chosen(Question("assign", _("Give to"), hint=_("a name"), find=people, choose=True))
        if choice is not None:
            await self.app.write(to("tickets.assign", [line.id for line in lines], agent=choice.data))
            self.screen.done(_("Given to {name}").format(name=choice.text), lines)

    async def with_reason(self, verb: str, done: str, label: str) -> None:
        lines = await self._lines()

        async def do(answer: Answer) -> None:
            await self.app.write(to(verb, [line.id for line in lines], answer.text.strip()))
            self.screen.done(done, lines)

        await self.asked(Question(verb, label, hint=_("the reason")), do)

    async def accept(self) -> None:
        (line,) = await self._lines()
        await self.app.write(to("handoffs.accept", await self._offer(line)))
        self.app.say(_("Accepted: {what}.").format(what=f"{line.number} {line.title}"))

    async def send_back(self) -> None:
        (line,) = await self._lines()
        offer = await self._offer(line)

        async def do(answer: Answer) -> None:
            await self.app.write(to("handoffs.return_", offer, answer.text.strip()))
            self.app.say(_("Returned: {what}.").format(what=f"{line.number} {line.title}"))

        hint = _("the reason, for the team that offered it")
        await self.asked(Question("send_back", _("Return, because"), hint=hint), do)

    async def _offer(self, line: QueueLine) -> UUID:
        """The offer of a ticket that nobody answered yet. Raises Invalid if there is none."""
        ticket = await self.app.read(ticket_view.ticket, line.id)
        if ticket is None or ticket.open_offer is None:
            raise Invalid(_("Nothing was offered with {number}.").format(number=line.number))
        return ticket.open_offer.id

    async def save_view(self) -> None:
        words, base = self.screen.words, self.screen.view

        async def do(answer: Answer) -> None:
            name = answer.text.strip() or words
            await self.app.write(to("views.save_view", name, {"view": base.value, "text": words}))
            self.app.say(_("Kept as a view: {name}.").format(name=name))

        await self.asked(Question("save_view", _("Name of the view"), hint=words), do)
