"""The keys of a ticket: each asks in one line what it needs and says its verb (DESIGN.md 8)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from supportdesk.desk import choices as offer
from supportdesk.desk import clock_words
from supportdesk.desk.choice import Choice
from supportdesk.desk.labels import MATTER, label
from supportdesk.desk.promise_words import KIND
from supportdesk.desk.window_words import NONE, typed_window, window_words
from supportdesk.i18n import _
from supportdesk.screens.calling_back import CallingBack, owed_of
from supportdesk.screens.intents import to
from supportdesk.screens.ticket_ties import TicketTies
from supportdesk.store.types import instant
from supportdesk.store.views.windows import matrix_of
from supportdesk.terms.codes import CheckResult, Outcome, Priority, Status
from supportdesk.terms.errors import Changed, Invalid
from supportdesk.widgets.prompt import Answer, Question, fixed

if TYPE_CHECKING:

    from supportdesk.store.views.breaches import BreachLine
    from supportdesk.store.views.ticket import TicketView


class TicketVerbs(CallingBack, TicketTies):
    """Mixed into the ticket's screen."""

    unexplained: tuple[BreachLine, ...] = ()

    # -- whose it is

    def action_take(self) -> None:
        self.with_view(self._take)

    async def _take(self, view: TicketView) -> None:
        """Begin to work on it; what is solved or closed is opened again, with the reason."""
        if not Status.read(view.status).is_open:
            await self._reopen()
            return
        held = view.assignee.id if view.assignee else None
        if held == self.app.desk.agent.id:
            self.app.say(_("You work on it already."))
            return
        if held is not None and not await self._sure(
            _("{name} works on it").format(name=view.assignee.shown if view.assignee else ""), _("take it over")
        ):
            return
        if await self.written(lambda seen: to("tickets.take", [view.id], {view.id: dict(seen)}), {"assignee_id": held}):
            await self.done(_("You work on {number} now.").format(number=view.number))

    async def _sure(self, label: str, yes: str) -> bool:
        """A question with two answers; Enter alone leaves things as they are."""
        choice = await self.chosen(Question("sure", label, find=fixed((
            Choice("no", _("leave it so"), sign="1"), Choice("yes", yes, sign="2"),
        )), choose=True))
        return choice is not None and choice.key == "yes"

    def action_assign(self) -> None:
        self.with_view(self._assign)

    async def _assign(self, view: TicketView) -> None:
        team = view.team.id if view.team else None

        async def find(typed: str) -> Any:
            return await self.app.read(offer.workers, typed, team)

        choice = await self.chosen(Question("assign", _("Give to"), hint=_("a name or a team"), find=find, choose=True))
        if choice is None:
            return
        kind, id = choice.data
        held = view.assignee.id if view.assignee else None
        if await self.written(
            lambda now: to("tickets.assign", [view.id], **{kind: id}, seen={view.id: dict(now)}), {"assignee_id": held}
        ):
            await self.done(_("Given to {name}.").format(name=choice.text))

    def action_with_reason(self) -> None:
        """Why a promise was broken, of the one missed last."""
        self.with_view(self._explain)

    async def _explain(self, view: TicketView) -> None:
        breach = self.unexplained[0]
        what = label(KIND, breach.kind)
        when = clock_words.clock(breach.due_us, self.now_us, self.app.zone)

        async def do(answer: Answer) -> None:
            await self.app.write(to("breaches.explain_breach", breach.id, answer.text))
            await self.done(_("Noted why it was missed."))

        asked = _("Why was it missed ({promise}, {when})").format(promise=what, when=when)
        await self.asked(Question(f"breach/{breach.id}", asked, hint=_("in a few words; the lead reads it")), do)

    # -- how it ends

    def action_solve(self) -> None:
        self.with_view(self._solve)

    async def _solve(self, view: TicketView) -> None:
        if not await self._identity_settled(view):
            return
        helped = next((use for use in reversed(view.articles) if use.helped), None)
        guess = view.solution or (helped.title if helped else "")

        async def do(answer: Answer) -> None:
            if not answer.text.strip():
                raise Invalid(_("Say in a few words what solved it."))
            seen = {"status": view.status, "solution": view.solution}
            if await self.written(
                lambda now: to("tickets.solve", [view.id], answer.text.strip(), seen={view.id: dict(now)}), seen
            ):
                await self.renew()
                told = self.view is not None and self.view.status == Status.SOLVED
                self.app.say(_("Solved.") if told else _("Solution kept: the contact owner tells the caller."))
                await self.app.tell_cases_of([view.id])

        await self.asked(Question("solution", _("Solution"), guess, _("what solved it; Enter saves")), do)

    def action_close(self) -> None:
        self.with_view(self._close)

    async def _close(self, view: TicketView) -> None:
        if view.status == Status.SOLVED:
            await self.app.write(to("tickets.close", [view.id]))
            await self.done(_("Closed."))
            return
        await self._with_a_reason("close", _("Close although it is not solved, because"), _("Closed."))

    def action_cancel(self) -> None:
        self.flow(self._with_a_reason, "cancel", _("Cancel, because"), _("Cancelled; the number stays."))

    def action_reopen(self) -> None:
        self.flow(self._reopen)

    async def _reopen(self) -> None:
        await self._with_a_reason("reopen", _("Open it again, because"), _("Open again."), False)

    async def _with_a_reason(self, verb: str, label: str, said: str, needed: bool = True) -> None:
        async def do(answer: Answer) -> None:
            if needed and not answer.text.strip():
                raise Invalid(_("A reason is needed."))
            await self.app.write(to(f"tickets.{verb}", [self.ticket_id], answer.text.strip() or None))
            await self.done(said)

        await self.asked(Question(f"why-{verb}", label, hint="" if needed else _("Enter alone: no reason")), do)

    def action_wait(self) -> None:
        self.with_view(self._wait)

    async def _wait(self, view: TicketView) -> None:
        choice = await self.chosen(Question("wait", _("It waits for"), find=fixed(offer.waits()), choose=True))
        if choice is None:
            return
        if choice.data is not Status.WAITING_UNTIL:
            await self.app.write(to("tickets.wait", [view.id], choice.data))
            await self.done(_("It waits. “Go on” in the palette ends the wait."))
            return

        async def do(answer: Answer) -> None:
            at = self.instant(answer.text)
            await self.app.write(to("tickets.wait", [view.id], Status.WAITING_UNTIL, until=at))
            await self.done(_("It waits until {when}.").format(when=self.clock(at)))

        await self.asked(Question("until", _("Until"), hint=_("tomorrow 9:00, 24.12. 10:00, 2h")), do)

    def action_resume(self) -> None:
        self.flow(self._resume)

    async def _resume(self) -> None:
        await self.app.write(to("tickets.resume", [self.ticket_id]))
        await self.done(_("Work goes on."))

    # -- the caller

    def action_callback(self) -> None:
        self.with_view(self._callback)

    async def _callback(self, view: TicketView) -> None:
        await self.call_back(owed_of(view), self.done)

    def action_chaser(self) -> None:
        self.with_view(self._chaser)

    async def _chaser(self, view: TicketView) -> None:
        """The caller asks what became of it: one contact, one more chaser; what may be told stands above."""
        contact_id = self.kept.id("chaser") if self.kept else None
        started = self.app.now()

        async def do(answer: Answer) -> None:
            contact: dict[str, Any] = {"started_at": started, "answered_at": started, "ended_at": self.app.now()}
            if view.caller_number:
                contact["number_given"] = view.caller_number
            await self.app.write(to(
                "calls.log_contact", Outcome.EXISTING_TICKET, contact, tickets=(view.id,), id=contact_id,
                note=answer.text.strip() or None, chaser=True,
            ))
            text = _("Noted: asked {n} times now.").format(n=view.chasers + 1)
            if view.callback_us is not None:
                text += " " + _("The callback promised is settled by it; c promises another.")
            await self.done(text)

        await self.asked(
            Question("chaser", _("They ask"), hint=_("what they said, if anything; Enter or F2 saves the contact")), do
        )

    def action_identity(self) -> None:
        self.with_view(self._identity)

    async def _identity(self, view: TicketView) -> None:
        await self._check(view, await self._matter(view) or "disclosure")

    async def _matter(self, view: TicketView) -> str:
        """What must not be done on this ticket without an identity check; "" for nothing."""
        if view.component_id is None:
            return ""
        matter: str = await self.app.read(offer.component_identity, view.component_id)
        return matter

    async def _identity_settled(self, view: TicketView) -> bool:
        """Whether the verb may go on: nothing is asked for, or a check was made, or one is made now."""
        matter = await self._matter(view)
        settled = any(check.result in (CheckResult.PASSED, CheckResult.SKIPPED) for check in view.checks)
        return not matter or settled or await self._check(view, matter)

    async def _check(self, view: TicketView, matter: str) -> bool:
        """Ask how the identity was checked; whether one may go on."""
        choices = await self.app.read(offer.identity)
        text = _("Identity ({matter})").format(matter=label(MATTER, matter))
        choice = await self.chosen(Question("identity", text, find=fixed(choices), choose=True))
        if choice is None:
            return False
        method, result = choice.data
        if result is not CheckResult.SKIPPED:
            await self._note_check(view, matter, method, result)
            return result is CheckResult.PASSED

        async def do(answer: Answer) -> None:
            await self._note_check(view, matter, None, result, answer.text.strip())

        return await self.asked(Question("why-identity", _("Without it, because"), hint=_("the lead sees it")), do)

    async def _note_check(self, view: TicketView, matter: str, method: str | None, result: CheckResult,
                          reason: str | None = None) -> None:
        def say(desk: Any) -> Any:
            from supportdesk.desk.calls import Check, check_identity

            return check_identity(desk, Check(matter, method, result, reason), caller_id=view.caller_id,
                                  ticket_id=view.id)

        await self.app.write(say)
        await self.done(_("Identity check noted."))

    # -- what it is

    def action_prioritise(self) -> None:
        self.with_view(self._prioritise)

    async def _prioritise(self, view: TicketView) -> None:
        impact = await self.chosen(Question("impact", _("Impact, now {n}").format(n=view.impact),
                                            find=fixed(offer.ranks()), choose=True, guess=str(view.impact or "")))
        if impact is None:
            return
        urgency = await self.chosen(Question("urgency", _("Urgency, now {n}").format(n=view.urgency),
                                             find=fixed(offer.ranks(urgency=True)), choose=True,
                                             guess=str(view.urgency or "")))
        if urgency is None:
            return
        matrix = (await self.app.read(matrix_of)).at(self.now_us)
        wanted = await self.chosen(Question("priority", _("Priority, now {p}").format(p=view.priority_at(self.now_us)),
                                            find=fixed(offer.priorities(impact.data, urgency.data, matrix)),
                                            choose=True))
        if wanted is None:
            return
        priority: Priority | None = wanted.data

        async def do(answer: Answer) -> None:
            seen: dict[str, Any] = {"impact": view.impact, "urgency": view.urgency, "priority": view.priority}
            said = answer.text.strip()
            window = typed_window(said, self.app.now(), self.app.zone)
            given: dict[str, Any] = {"reason": said or None}
            if said == NONE:
                given = {"needs_no_time": True}
            elif window is not None:
                given = {"needed_by": window[0], "needed_for": window[1], "reason": window[1] or None}
            if window is not None or said == NONE:
                seen["needed_by"] = None if view.window is None else instant(view.window.at)
            if await self.written(lambda now: to(
                "tickets.prioritise", view.id, impact=impact.data, urgency=urgency.data, priority=priority,
                **given, seen=dict(now),
            ), seen):
                await self.renew()
                self.app.say(self._ranked())

        await self.asked(Question("why-priority", _("Because"), hint=_(
            "the reason, it stays; or needed by: 17:00 payroll")), do)

    def _ranked(self) -> str:
        """How urgent it is now, and what its time window will make of it."""
        view = self.view
        if view is None:
            return ""
        said = _("Priority {p} now.").format(p=view.priority_at(self.now_us))
        if view.window is None:
            return said
        return f"{said} {window_words(view.window, view.rank(self.now_us), self.now_us, self.app.zone)}"

    def action_edit(self) -> None:
        self.with_view(self._edit)

    async def _edit(self, view: TicketView) -> None:
        from supportdesk.screens.ticket_edit import fields

        if await self.corrected(
            fields(view), lambda changes, seen: to("tickets.edit", view.id, changes, seen=dict(seen))
        ):
            await self.done(_("Corrected."))

    def action_card(self) -> None:
        """Who is behind it: the caller, else his organisation, else the device."""
        view = self.view
        if view is None:
            return
        asset = view.asset.id if view.asset else None
        for kind, id in (("caller", view.caller_id), ("organisation", view.organisation_id), ("asset", asset)):
            if id is not None:
                self.app.open_card(kind, id)
                return
        self.app.say(_("Nobody the desk knows is behind this ticket. “Correct” in the palette names the caller."))

    # -- back

    def action_undo(self) -> None:
        self.flow(self._undo)

    async def _undo(self) -> None:
        try:
            what = await self.app.write(to("undo.undo_told"))
        except Changed as change:
            who = change.by or _("somebody")
            self.app.say(_("Not undone: {who} has changed it since.").format(who=who), "warn", stays=True)
            return
        await self.done(_("Undone: {what}").format(what=what))
