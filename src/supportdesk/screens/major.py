"""A major incident for who speaks for it and who works on it: what may be said, which tickets hang on it, who was told.

When its ticket is solved the list stays in front: each caller is told, one key for how, and whether it is still broken
for him. Who was not told stays at the top of the list.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

from textual.containers import Horizontal, Vertical

from supportdesk.actions import MAJOR, Action
from supportdesk.desk import choices as offer
from supportdesk.desk.choice import Choice
from supportdesk.desk.labels import CHANNEL, label
from supportdesk.desk.major_page import MajorPage, major_page
from supportdesk.i18n import N_, _, ngettext
from supportdesk.rules.phones import show_phone
from supportdesk.rules.whenever import parse_when
from supportdesk.screens import major_lines as words
from supportdesk.screens.intents import Intent, to
from supportdesk.screens.statement import Saying, StatementScreen
from supportdesk.screens.told import ToldScreen
from supportdesk.store.views.major import Case
from supportdesk.terms.codes import Channel
from supportdesk.terms.errors import Invalid
from supportdesk.widgets.columns import Cell, Column
from supportdesk.widgets.frame import Divider, KeyLine, MessageLine, Named, Panel, Rule, StatusLine
from supportdesk.widgets.listing import Listing
from supportdesk.widgets.prompt import Answer, Prompt, Question, fixed
from supportdesk.widgets.sources import Rows

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from supportdesk.desk.desk import Desk
    from supportdesk.widgets.lines import Line

BESIDE = 50
"""Columns of what is told of a line where it stands beside the list, as in the style below."""

WAYS = (Channel.PHONE, Channel.MAIL, Channel.CHAT, Channel.WALK_IN)

TELLING = ("told_by_phone", "told_by_mail", "told_by_chat", "told_in_person")
KEYS: tuple[Named, ...] = ("say_statement", *TELLING, "next_update", "solve", "open", "keys", "back")
KEYS_OVER: tuple[Named, ...] = (*TELLING, "works_again", "still_broken", "mark", "open", "keys", "back")


def to_answers(cases: Sequence[UUID], how: Channel, still_broken: bool | None) -> Intent:
    """The same said of each of these cases of an incident that is over."""

    def say(desk: Desk) -> None:
        from supportdesk.desk.major_end import Answer, tell_the_end

        tell_the_end(desk, {case: Answer(how, still_broken=still_broken) for case in cases})

    return say


class MajorScreen(ToldScreen):
    """One major incident."""

    where = MAJOR

    DEFAULT_CSS = """
    MajorScreen #heading { height: 3; }
    MajorScreen #below { height: auto; max-height: 50%; }
    MajorScreen #about { height: auto; }
    MajorScreen.-low #heading { height: 2; }
    MajorScreen.-low #below { max-height: 4; }
    MajorScreen.-w120 #below, MajorScreen.-w160 #below { width: 50; height: 1fr; max-height: 100%; }
    """

    def __init__(self, id: UUID) -> None:
        super().__init__(name="major")
        self._major_id = id
        self._page: MajorPage | None = None

    def compose(self) -> ComposeResult:
        yield StatusLine(now=self.app.now)
        yield Rule()
        yield Panel(id="heading")
        with Horizontal(id="body"):
            yield Listing(
                [
                    Column("told", N_("Told"), 22, self._told),
                    Column("number", N_("Number"), 12, lambda case: (case.number, "strong")),
                    Column("person", N_("Caller"), 12, lambda case: (case.caller, ""), flexible=True),
                    Column("phone", N_("Telephone"), 14, self._phone, from_width=74),
                    Column("organisation", N_("Organisation"), 12, lambda case: (case.organisation, ""),
                           from_width=62, flexible=True, tail=lambda case: " ★" if case.key_account else ""),
                ],
                heading=True, markable=True, id="list",
            )
            yield Divider()
            with Vertical(id="below"):
                yield Rule(id="thin")
                yield Panel(wrap=True, id="about")
        yield Prompt()
        yield Rule()
        yield MessageLine()
        yield KeyLine(KEYS, ("back",), self.app.keymap)

    # -- what is shown

    async def renew(self) -> None:
        self._page = await self.app.read(major_page, self._major_id)
        if self._page is None:
            self.listing.say(_("This major incident is not in this desk (any more). Esc goes back."), "warn")
            return
        self.listing.say(_("No ticket hangs on it yet. A caller joins it from the sentence."))
        self.listing.renew(Rows(self._page.cases, key=lambda case: case.ticket_id))
        self.show_told()

    def show_told(self) -> None:
        page = self._page
        if page is None:
            return
        major, now_us, zone = page.major, self.now_us, self.app.zone
        left = sum(not case.is_told for case in page.cases)
        title: list[tuple[str, str]] = [(f" {major.title}", "strong"), (f"  {major.number}", "dim")]
        if left:
            title.append(("  " + ngettext("{n} not told yet", "{n} not told yet", left).format(n=left), "warn"))
        elif page.cases:
            title.append(("  " + _("everybody was told"), "accent"))
        lines: list[Line] = [title]
        lines += [((" ", ""), *line) for line in words.state_lines(major, now_us, zone)]
        self.query_one("#heading", Panel).show(lines)
        self.query_one(KeyLine).show(KEYS if major.ended_us is None else KEYS_OVER)
        cells = (BESIDE if self.size.width >= 120 else self.size.width) - 2
        self.query_one("#about", Panel).show(self._about(page, self._case(), cells))

    def _about(self, page: MajorPage, case: Case | None, cells: int) -> list[Line]:
        """Whom to ring at which number, and what to say in his language."""
        major, now_us, zone = page.major, self.now_us, self.app.zone
        language = (case.language if case else "") or self.app.desk.agent.language
        lines: list[Line] = []
        if case is not None:
            who = ", ".join(part for part in (case.caller, case.organisation, case.language) if part)
            lines.append(((f"{self._phone(case)[0]}  ", "strong"), (who, "")))
            if case.told is not None:
                style = "warn" if case.told.still_broken else "dim"
                lines.append(((words.told_words(case.told, now_us, zone), style),))
            lines.append(((case.title, ""),))
        if self.size.width < 120:
            lines += words.sentence_brief(major, language, now_us, zone, cells)
        else:
            lines += ["", *words.sentence_lines(major, language, now_us, zone, cells)]
        return [((" ", ""), *([(line, "")] if isinstance(line, str) else line)) for line in lines]

    def _told(self, case: Case) -> Cell:
        told = case.told
        if told is None or not case.is_told:
            return _("? not told yet"), "warn"
        return f"{label(CHANNEL, told.how)}, {told.by}", "dim"

    def _phone(self, case: Case) -> Cell:
        return (show_phone(case.phone, self.app.region) if case.phone else "", "")

    def _case(self) -> Case | None:
        row = self.listing.cursor_row
        return row if isinstance(row, Case) else None

    def _chosen(self) -> Sequence[Case]:
        """The marked cases, or the one under the cursor."""
        marked = self.listing.marked
        if marked and self._page is not None:
            return [case for case in self._page.cases if case.ticket_id in marked]
        case = self._case()
        return [] if case is None else [case]

    @property
    def _over(self) -> bool:
        return self._page is not None and self._page.major.ended_us is not None

    def disabled_reason(self, action: Action) -> str | None:
        if action.id in (*TELLING, "works_again", "still_broken", "mark", "open") and self._case() is None:
            return _("There is no ticket here.")
        if not self._over and action.id in ("works_again", "still_broken"):
            return _("It runs still: whether it works again is asked when it is solved.")
        if action.id == "solve" and self._page is not None and self._page.major.ticket_id is None:
            return _("Its ticket is another company's.")
        if self._over and action.id in ("next_update", "communicator", "solve", "hang_on"):
            return _("This major incident is over.")
        return None

    # -- who was told

    def action_told_by_phone(self) -> None:
        self.flow(self._tell, Channel.PHONE)

    def action_told_by_mail(self) -> None:
        self.flow(self._tell, Channel.MAIL)

    def action_told_by_chat(self) -> None:
        self.flow(self._tell, Channel.CHAT)

    def action_told_in_person(self) -> None:
        self.flow(self._tell, Channel.WALK_IN)

    async def _tell(self, how: Channel, still_broken: bool | None = None) -> None:
        """Each of the chosen was told so; of one that is over, with what he says of his own case."""
        chosen = self._chosen()
        if self._over:
            await self.app.write(to_answers([case.ticket_id for case in chosen], how, still_broken))
        else:
            for case in chosen:
                await self.app.write(to("major.tell", case.ticket_id, how=how))
        self.listing.unmark_all()
        await self.renew()
        what = {
            None: _("told ({how})"), False: _("it works again, solved"), True: _("still broken, a ticket of its own"),
        }[still_broken].format(how=label(CHANNEL, how))
        who = chosen[0].caller or chosen[0].number if len(chosen) == 1 else ngettext(
            "{n} ticket", "{n} tickets", len(chosen)).format(n=len(chosen))
        self.app.say(_("{who}: {what}. u takes it back.").format(who=who, what=what))

    def action_works_again(self) -> None:
        self.flow(self._answered, False)

    def action_still_broken(self) -> None:
        self.flow(self._answered, True)

    async def _answered(self, still_broken: bool) -> None:
        """How he was told is known of who was told of the end already; of another one it is asked."""
        known = {case.told.how if case.told is not None and case.is_told else None for case in self._chosen()}
        how = known.pop() if len(known) == 1 else None
        if how is None:
            label_of = _("Still broken; told how") if still_broken else _("It works again; told how")
            choice = await self.chosen(Question("told-how", label_of, choose=True, at_once=True,
                                                find=fixed([Choice(way, label(CHANNEL, way), "", way, str(n))
                                                            for n, way in enumerate(WAYS, 1)])))
            if choice is None:
                return
            how = choice.data
        await self._tell(Channel(how), still_broken)

    # -- steering

    def action_say_statement(self) -> None:
        page = self._page
        if page is not None:
            self.app.push_screen(StatementScreen(Saying(page.major)), self._said)

    def _said(self, text: str | None) -> None:
        if text:
            self.app.say(text)

    def action_next_update(self) -> None:
        self.flow(self._next_update)

    async def _next_update(self) -> None:
        async def do(answer: Answer) -> None:
            at = parse_when(answer.text, self.app.now(), self.app.zone)
            if at is None:
                raise Invalid(_("Not a time: write 30 for minutes, 14:30, or tomorrow 9:00."))
            await self._steer({"next_update_at": at})

        hint = _("30 = in 30 minutes, 14:30, or a day and a time")
        await self.asked(Question("next-update", _("Next update"), hint=hint), do)

    def action_communicator(self) -> None:
        self.flow(self._communicator)

    async def _communicator(self) -> None:
        async def find(typed: str) -> Sequence[Choice]:
            found = await self.app.read(offer.workers, typed, self.app.desk.agent.team)
            return [choice for choice in found if choice.data[0] == "agent"]

        choice = await self.chosen(Question("communicator", _("Who speaks for it"), hint=_("a name"), find=find,
                                            choose=True))
        if choice is not None:
            await self._steer({"communicator_id": choice.data[1]})

    async def _steer(self, changes: dict[str, Any]) -> None:
        await self.app.write(to("major.steer_major", self._major_id, changes))
        await self.renew()
        self.app.say(_("Saved."))

    def action_hang_on(self) -> None:
        self.flow(self._hang_on)

    async def _hang_on(self) -> None:
        async def find(typed: str) -> Any:
            own = None if self._page is None else self._page.major.ticket_id
            return await self.app.read(offer.tickets, typed, own, self.now_us)

        choice = await self.chosen(Question("hang-on", _("Which ticket hangs on it"),
                                            hint=_("end of its number, or words"), find=find, choose=True))
        if choice is not None:
            await self.app.write(to("major.hang_on", choice.data.id, self._major_id))
            await self.renew()
            self.app.say(_("{number} hangs on it now.").format(number=choice.data.number))

    def action_solve(self) -> None:
        self.flow(self._solve)

    async def _solve(self) -> None:
        page = self._page
        assert page is not None

        async def do(answer: Answer) -> None:
            if not answer.text.strip():
                raise Invalid(_("Say in a few words what solved it."))
            await self.app.write(to("major_end.end_major", page.major.id, answer.text.strip()))
            await self.renew()
            self.app.say(_("Solved. Tell each caller: one key for how."), stays=True)

        await self.asked(Question("major-solution", _("Solution"), hint=_("what solved it; Enter saves")), do)

    # -- leading on

    def action_linked(self) -> None:
        """The ticket of the incident itself."""
        if self._page is None:
            return
        if self._page.major.ticket_id is None:
            self.app.say(_("Its ticket is another company's."))
        else:
            self.app.open_ticket(self._page.major.ticket_id)

    def action_mark(self) -> None:
        self.listing.toggle_mark()

    def action_open(self) -> None:
        case = self._case()
        if case is not None:
            self.app.open_ticket(case.ticket_id)

    def action_back(self) -> None:
        """Out of the question, then back."""
        if self.prompt.question is not None:
            self.prompt.leave()
        else:
            super().action_back()
