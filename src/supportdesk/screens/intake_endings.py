"""How a call ends: kept, solved, handed over, with a callback, about an open ticket, without a ticket.

Each ending asks what it needs in rows under the form; what was typed stays when it is dropped.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import UUID

from supportdesk.desk import intake_items as items
from supportdesk.desk.calls_saved import SavedCall
from supportdesk.desk.draft import CallDraft, DraftCheck
from supportdesk.desk.labels import IMPACT, MATTER, PACKET, label
from supportdesk.desk.window_words import NONE, typed_window
from supportdesk.i18n import _
from supportdesk.rules.packet import missing
from supportdesk.rules.phones import show_phone
from supportdesk.rules.priority import priority_of, raised
from supportdesk.rules.whenever import parse_when
from supportdesk.screens import intake_side as side
from supportdesk.store.types import instant
from supportdesk.store.views.ticket import ticket
from supportdesk.terms.codes import CheckResult, Outcome, Priority
from supportdesk.terms.errors import DeskError
from supportdesk.widgets.frame import KeyLine, MessageLine, Panel

if TYPE_CHECKING:
    from collections.abc import Callable

    from supportdesk.desk.desk import Desk
    from supportdesk.rules.major import Sentence
    from supportdesk.screens.sentence import Joining
    from supportdesk.store.views.intake import TeamLine
    from supportdesk.store.views.major import Major

_ROWS = {
    "": (), "solve": ("solution",), "callback": ("callback",), "hand_over": ("team",),
    "packet": ("team", "request", "tried", "impact_said", "since"), "skip": ("reason",), "priority": ("reason",),
    "goodwill": ("reason",),
    "incomplete": ("team", "request", "tried", "impact_said", "since", "reason"),
}  # fmt: skip
_OF_ROW = {"impact_said": "impact"}
"""Row -> part of the packet where the names differ (the form has a row "impact" already)."""


class Endings:
    """The endings of :class:`supportdesk.screens.intake.IntakeScreen`."""

    draft: CallDraft
    ending = ""
    component_team: UUID | None = None
    _team: TeamLine | None = None
    is_saved = False
    _saving = False

    if TYPE_CHECKING:
        def __getattr__(self, name: str) -> Any: ...

    def ending_rows(self) -> set[str]:
        """The rows the ending at hand asks with."""
        return set(_ROWS[self.ending])

    def begin_ending(self, ending: str, first: str) -> None:
        self.ending = ending
        self.show_rows()
        self.set_focus(self.field(first))

    def drop_ending(self) -> None:
        """Back to the form; the rows keep what was typed."""
        self.ending = ""
        self.show_rows()
        self.set_focus(self.field("note" if self.draft.about else "symptom"))

    # -- the keys

    def action_save(self) -> None:
        """F2: save as it stands, or what the ending at hand asks for."""
        self.work(self._save_as_it_stands, group="save")

    async def _save_as_it_stands(self) -> None:
        if self.is_saved:
            self.leave()
        elif self.draft.about is not None:
            await self._save_about()
        elif self.ending == "packet":
            await self._offer()
        elif self.ending:
            await self.ending_entered(_ROWS[self.ending][-1])
        else:
            await self._save(lambda draft: draft.to_call())

    def action_solve(self) -> None:
        """F3: once for the solution, a second time (or Enter) to save."""
        if self.ending == "solve":
            self.work(partial(self.ending_entered, "solution"), group="save")
        elif self._may_end():
            guess = "" if self.value("solution") else self._guessed_solution()
            if guess:
                self.draft.solution = guess
                self.put("solution", guess)
            self.begin_ending("solve", "solution")
            if guess:
                self.field("solution").select_all()

    def _guessed_solution(self) -> str:
        """The article used last, unless it was judged not to help."""
        return next((use.title for use in reversed(self.draft.used) if use.helped is not False), "")

    def action_callback(self) -> None:
        """F5: when the caller is rung back."""
        if self._may_end(identity=False):
            self.begin_ending("callback", "callback")

    def action_hand_over(self) -> None:
        """F4: to which team, then the packet."""
        if self._may_end(identity=False):
            self.begin_ending("hand_over", "team")
            self.look_up("team")

    def action_with_reason(self) -> None:
        """F6: what is not as it should be goes on with a reason."""
        if self.ending in ("packet", "incomplete"):
            self.ask_reason("incomplete")
        elif self.draft.matter and not self._settled:
            self.ask_reason("skip")
        elif self.needs_goodwill:
            self.ask_reason("goodwill")
        else:
            self.ask_reason("priority")

    @property
    def _settled(self) -> bool:
        """Whether the identity is checked, or gone without for a reason."""
        return any(c.result in (CheckResult.PASSED, CheckResult.SKIPPED) for c in self.draft.checks)

    def _may_end(self, identity: bool = True) -> bool:
        """Whether there is something to end; says what is missing."""
        draft = self.draft
        if draft.about is not None:
            self.app.say(_("This call is about ticket {number}: F2 notes it. Open the ticket to do more.").format(
                number=draft.about_number), "warn")
            return False
        if not draft.symptom.strip():
            self.request(_("Say in a few words what the matter is, or end without a ticket (Ctrl+N)."))
            self.set_focus(self.field("symptom"))
            return False
        if identity and draft.matter and not self._settled:
            self.app.say(
                _("Check the identity first ({matter}): F7. Without it, F6 and a reason the lead sees.").format(
                    matter=label(MATTER, draft.matter)), "warn", stays=True)
            self.action_identity()
            return False
        return True

    # -- a major incident

    def joining(self) -> Joining | None:
        """What the sentence of a major incident has to do with this call; None when it is saved already."""
        from supportdesk.screens.sentence import Joining

        if self.is_saved:
            return None
        draft, refused = self.draft, ""
        if draft.about is not None:
            refused = _("This call is about ticket {number}: hang that one on it, on its own screen.").format(
                number=draft.about_number)
        elif not (draft.caller_text.strip() or draft.caller_id or draft.caller_name):
            refused = _("Say who is calling first: he is told when it is over.")
        return Joining("join", self.language, self.join_major, refused)

    def action_sentence(self) -> None:
        """The sentence in the caller's language: who is typed and not chosen yet is the best guess, or the line under
        the arrow."""
        if self.app.majors and not self.is_saved and self._caller_is_open:
            self.work(self._name_caller_and_show, group="choose")
        else:
            self.app.action_sentence()

    @property
    def _caller_is_open(self) -> bool:
        """Whether a caller is typed that nobody was chosen for."""
        draft = self.draft
        return bool(draft.caller_text.strip()) and draft.about is None and not (draft.caller_id or draft.caller_name)

    async def _name_caller_and_show(self) -> None:
        row = self.found.cursor_row if self.showing == "caller" and self.found.active else None
        if row is None:
            offered = await self._answer("caller")
            row = offered.items[0] if offered.guess and offered.items else None
        if row is not None and row.kind == "caller":
            self.choose(row)
        self.app.action_sentence()

    def join_major(self, major: Major, _said: Sentence | None) -> None:
        """The sentence was read: the call is saved as it stands, a case of the major incident."""
        self.work(partial(self._join, major), group="save")

    async def _join(self, major: Major) -> None:
        draft = self.draft
        if self._caller_is_open:
            await self.take_guess("caller")
        if draft.about is not None or not (draft.caller_id or draft.caller_name or draft.number):
            return
        draft.major_id = major.id
        await self._save(lambda kept: kept.to_call())
        if not self.is_saved:
            draft.major_id = None
            return
        self.app.say(_("Saved: a case of {number}, {title}. Enter goes back.").format(
            number=major.number, title=major.title), stays=True)

    # -- what the rows answer

    async def ending_entered(self, id: str) -> None:
        """Enter in a row of an ending."""
        match id:
            case "solution":
                text = self.value("solution").strip()
                await self._save(lambda draft: draft.to_call(solution=text))
            case "callback":
                await self._promise()
            case "team":
                offered = await self.app.read(items.for_team, self.value("team"), self.app.desk.agent,
                                              self.guessed_team())
                if offered.items:
                    await self.team_chosen(offered.items[0].data)
                else:
                    self.row("team").say(((_("No team of that name."), "warn"),))
            case "reason":
                await self._reason_given(self.value("reason").strip())
            case "since":
                await self._offer()
            case _:
                rows = _ROWS["packet"]
                self.set_focus(self.field(rows[rows.index(id) + 1]))

    def guessed_team(self) -> UUID | None:
        """The team that knows the component."""
        return self.component_team

    async def team_chosen(self, team: TeamLine) -> None:
        """The packet, filled with what the call has said so far."""
        self._team = team
        self.put("team", team.name)
        self.row("team").say(((_("level {n}").format(n=team.level), "dim"),))
        draft = self.draft
        tried = "; ".join(
            u.title if not u.steps
            else _("{title}: steps {steps}").format(title=u.title, steps=", ".join(map(str, u.steps)))
            for u in draft.used
        )
        prepared = {
            "request": _("Find the cause and solve it: {symptom}").format(symptom=draft.symptom.splitlines()[0][:120]),
            "tried": tried or _("nothing tried yet on the telephone"),
            "impact_said": label(IMPACT, draft.impact),
        }
        for row, text in prepared.items():
            if not self.value(row):
                self.put(row, text)
        self.begin_ending("packet", "request")

    def _packet(self) -> dict[str, str]:
        packet = {_OF_ROW.get(row, row): self.value(row).strip() for row in _ROWS["packet"][1:]}
        draft = self.draft
        packet["environment"] = draft.component_text
        packet["availability"] = " ".join(p for p in (draft.caller_name, draft.number) if p)
        return {part: text for part, text in packet.items() if text}

    async def _offer(self, incomplete_reason: str | None = None) -> None:
        team, packet = self._team, self._packet()
        if team is None:
            self.set_focus(self.field("team"))
            return
        lacking = missing(packet)
        if lacking and not incomplete_reason:
            self.app.say(
                _("The packet lacks: {parts}. Fill it in, or F6 sends it incomplete with a reason.").format(
                    parts=", ".join(label(PACKET, part) for part in lacking)), "warn", stays=True)
            return

        def with_offer(draft: CallDraft) -> Any:
            from supportdesk.desk.calls import Offer

            return draft.to_call(offer=Offer(team.id, packet, incomplete_reason))

        await self._save(with_offer)

    async def _promise(self) -> None:
        text = self.value("callback")
        at = parse_when(text, self.app.now(), self.app.zone)
        if at is None:
            self.row("callback").say(((_("Not a time: write 30 for minutes, 14:30, or tomorrow 9:00."), "warn"),))
            return

        def with_promise(draft: CallDraft) -> Any:
            from supportdesk.desk.calls import Promise

            return draft.to_call(promise=Promise(at, draft.number or None, draft.caller_name or None))

        await self._save(with_promise, callback_at=at)

    def ask_reason(self, ending: str) -> None:
        """A reason, for what goes on although something is missing."""
        hints = {
            "skip": _("why unchecked; the lead sees it"),
            "priority": _("why; begin with 1-5, else one step up; or needed by: 17:00 payroll"),
            "incomplete": _("why it goes incomplete"),
            "goodwill": _("why it is done as goodwill"),
        }
        self.field("reason").placeholder = hints[ending]
        self.put("reason", "")
        self.begin_ending(ending, "reason")

    async def _reason_given(self, reason: str) -> None:
        if not reason:
            self.app.say(_("A reason is needed."), "warn")
            return
        draft = self.draft
        match self.ending:
            case "incomplete":
                await self._offer(reason)
                return
            case "skip":
                draft.checks.append(DraftCheck(draft.matter, None, CheckResult.SKIPPED, reason))
                self.query_one(MessageLine).clear()
            case "goodwill":
                draft.goodwill = reason
            case _ if window := typed_window(reason, self.app.now(), self.app.zone):
                draft.needed_by, draft.needed_for = window
            case _ if reason == NONE:
                draft.needed_by, draft.needed_for = None, ""
            case _:
                by_matrix = priority_of(draft.impact, draft.urgency, self.matrix)
                wanted = raised(by_matrix)
                if reason[0] in "12345" and reason[1:2] in ("", " "):
                    wanted, reason = Priority(f"P{reason[0]}"), reason[1:].strip()
                if wanted is not by_matrix and not reason:
                    self.app.say(_("A reason is needed."), "warn")
                    return
                draft.priority, draft.priority_reason = (None, "") if wanted is by_matrix else (str(wanted), reason)
        self.drop_ending()
        self.show_words()
        self.keep()

    # -- saving

    async def _save(self, call: Callable[[CallDraft], Any], callback_at: Any = None) -> None:
        """Save the call and show the card to read aloud; a refusal is said and nothing typed is lost."""
        if self._saving:
            return
        draft = CallDraft.from_json(self.draft.to_json())
        if draft.ended_at is None:
            draft.ended_at = self.app.now()

        def say_verb(desk: Desk) -> Any:
            from supportdesk.desk.calls import take_call

            return take_call(desk, call(draft))

        saved = await self._written(say_verb)
        if saved is None:
            return
        agent, is_solved = self.app.desk.agent, saved.status == "solved"
        self._show_card(SavedCall(
            saved.id, saved.number, saved.priority if is_solved else self.priority_now(draft, saved.priority),
            saved.caller_name or draft.caller_name, self._spoken(draft), solved=is_solved, handed_to=saved.handed_to,
            callback_at=callback_at, callback_by=agent.name,
            callback_phone=show_phone(draft.number, self.app.region) or None,
        ))

    async def _save_about(self) -> None:
        """The call was about an open ticket: one contact, one chaser, the note if there is one."""
        draft = CallDraft.from_json(self.draft.to_json())
        about = draft.about
        assert about is not None
        contact = draft.contact() | {"ended_at": draft.ended_at or self.app.now()}

        def say_verb(desk: Desk) -> Any:
            from supportdesk.desk.calls import log_contact, promised

            before = promised(desk, (about,))
            log_contact(desk, Outcome.EXISTING_TICKET, contact, tickets=(about,), id=draft.contact_id,
                        note=draft.note or None, chaser=True)
            return before.keys() - promised(desk, (about,)).keys()

        settled = await self._written(say_verb)
        if settled is None:
            return
        view = await self.app.read(ticket, about)
        self._show_card(SavedCall(
            about, view.number, view.priority_at(self.now_us), draft.caller_name, self._spoken(draft), noted=True,
            callback_at=None if view.callback_us is None else instant(view.callback_us),
            callback_by=view.to_tell.owner or None, callback_phone=view.callback_number,
        ))
        if settled:
            text = _("Saved: {number}. The callback promised is settled by this call; still owed, promise it again "
                     "(c on the ticket). Enter goes back.")
            self.app.say(text.format(number=view.number), stays=True)

    async def save_without_ticket(self, outcome: Outcome) -> None:
        """A call without a ticket counts as a contact."""
        draft = CallDraft.from_json(self.draft.to_json())
        contact = draft.contact() | {"ended_at": draft.ended_at or self.app.now()}
        contact.setdefault("number_given", draft.caller_text if draft.caller_text[:1].isdigit() else None)
        note = "\n".join(text for text in (draft.symptom, draft.note) if text)

        def say_verb(desk: Desk) -> Any:
            from supportdesk.desk.calls import log_contact

            return log_contact(desk, outcome, {k: v for k, v in contact.items() if v is not None},
                               id=draft.contact_id, note=note or None)

        if await self._written(say_verb) is not None:
            self.app.calls.done()
            self.app.forget_draft(draft.id)
            self.dismiss()
            self.app.show_status()
            self.app.say(_("Logged without a ticket."))

    async def _written(self, verb: Callable[[Desk], Any]) -> Any:
        """What the verb returned; None when it was refused, which is then said."""
        self._saving = True
        try:
            return await self.app.write(verb)
        except DeskError as error:
            if self.draft.symptom.strip():
                self.app.say(error.message, "warn", stays=True)
            else:
                self.request(error.message, stays=True)
            return None
        finally:
            self._saving = False

    def _spoken(self, draft: CallDraft) -> str | None:
        return draft.language or self.app.desk.agent.language

    def show_saved(self, saved: bool) -> None:
        """The card to read aloud in place of the form, or the form."""
        self.is_saved = saved
        for id in ("form", "heading", "below"):
            self.query_one(f"#{id}").display = not saved
        self.query_one("#card").display = saved

    def _show_card(self, saved: SavedCall) -> None:
        self.app.calls.done()
        self.app.forget_draft(self.draft.id)
        self.ending = ""
        self.query_one("#card", Panel).show(side.card(saved, self.app.now(), self.app.zone))
        self.show_saved(True)
        self.query_one(KeyLine).show(("new_call", "call_back_up", "back"))
        self.set_focus(None)
        self.app.show_status()
        self.app.say(_("Saved: {number}. Enter goes back.").format(number=saved.number), stays=True)
