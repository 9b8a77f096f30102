"""My shift: how it stands, what I promised, and what becomes of each callback when I go (field/practice.md T12).

What is decided is kept on the screen and written with the end of the shift, so that one ``u`` takes all of it back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from supportdesk.actions import SHIFT, Action
from supportdesk.desk.choice import Choice
from supportdesk.desk.choices import takers
from supportdesk.desk.clock_words import at, clock
from supportdesk.desk.shift_page import Decision, Ended, ShiftPage, What, message, shift_page
from supportdesk.desk.shift_words import ended_said, standing_said
from supportdesk.i18n import N_, _, ngettext
from supportdesk.rules.phones import show_phone
from supportdesk.rules.shifts import Presence
from supportdesk.rules.whenever import parse_when
from supportdesk.screens.calling_back import CallingBack, Owed
from supportdesk.screens.intents import to
from supportdesk.screens.told import ToldScreen
from supportdesk.store.types import micros
from supportdesk.store.views.shifts import Promise
from supportdesk.terms.errors import Invalid
from supportdesk.widgets.columns import Cell, Column
from supportdesk.widgets.frame import KeyLine, Named
from supportdesk.widgets.lines import Line
from supportdesk.widgets.prompt import Answer, Question, fixed
from supportdesk.widgets.sources import Rows
from supportdesk.widgets.wrap import wrapped

SOON_US = 15 * 60_000_000

KEYS_ON: tuple[Named, ...] = ("end_shift", "pass_on", "take_along", "other_time", "shift_break", "callback", "mark",
                              "open", "keys", "back")
KEYS_BREAK: tuple[Named, ...] = tuple(("shift_break", "end_break") if key == "shift_break" else key for key in KEYS_ON)
KEYS_OFF: tuple[Named, ...] = (("end_shift", "start_shift"), "callback", "open", "keys", "back")


class ShiftScreen(CallingBack, ToldScreen):
    """The list of what I promised, with what is decided of it."""

    where = SHIFT
    KEYS = KEYS_ON
    MARKABLE = True
    SIDE = 44

    DEFAULT_CSS = """
    ShiftScreen.-w120 #below, ShiftScreen.-w160 #below { width: 44; }
    """

    def __init__(self) -> None:
        super().__init__(name="shift")
        self._page: ShiftPage | None = None
        self._decided: dict[UUID, Decision] = {}
        self._names: dict[UUID, str] = {}

    def columns(self) -> Sequence[Column]:
        return (
            Column("due", N_("Due"), 9, self._due, align="right"),
            Column("decision", N_("When I go"), 20, self._decision),
            Column("number", N_("Number"), 12, lambda line: (line.number, "strong")),
            Column("person", N_("Caller"), 12, lambda line: (line.person, ""), flexible=True),
            Column("organisation", N_("Organisation"), 12, lambda line: (line.organisation, ""),
                   from_width=62, flexible=True, tail=lambda line: " ★" if line.key_account else ""),
        )

    # -- what is shown

    async def renew(self) -> None:
        self._page = await self.app.read(shift_page, self.app.desk.agent, self.now_us)
        self.listing.say(_("You promised no callback: there is nothing to pass on."))
        self.listing.renew(Rows(self._page.promises, key=lambda line: line.ticket_id))
        self.show_told()

    def show_told(self) -> None:
        page = self._page
        if page is None:
            return
        left = len(self._left())
        parts = [standing_said(page.how, self.now_us, self.app.zone)]
        if left and self._runs:
            parts.append(ngettext("{n} callback without a word", "{n} callbacks without a word", left).format(n=left))
        elif page.promises:
            parts.append(ngettext("{n} callback promised", "{n} callbacks promised", len(page.promises)).format(
                n=len(page.promises)))
        if page.working:
            parts.append(ngettext("{n} ticket stays yours", "{n} tickets stay yours", page.working).format(
                n=page.working))
        self.head(((" " + " · ".join(parts), "strong"),))
        self.query_one(KeyLine).show(
            KEYS_BREAK if page.how.presence is Presence.BREAK else KEYS_ON if self._runs else KEYS_OFF)
        line = self._line()
        self.tell([] if line is None else self._about(line, self.side_cells - 2))

    def _about(self, line: Promise, cells: int) -> list[Line]:
        """Whom to call at which number about what, and what whoever calls will read."""
        decision = self._decided.get(line.ticket_id)
        phone = show_phone(line.phone, self.app.region) if line.phone else ""
        priority = line.priority_at(self.now_us)
        lines: list[Line] = [
            ((f" {line.number}  ", "strong"), (priority, "alarm" if priority == "P1" else "strong")),
            ((f" {phone}  ", "strong"), (", ".join(part for part in (line.person, line.language) if part), "")),
        ]
        lines += [f" {row}" for row in wrapped(line.title, cells)[:3]]
        words = decision and (decision.note or decision.message)
        if words:
            lines += [((f" {row}", "dim"),) for row in wrapped(f"“{words}”", cells)[:4]]
        if decision is not None and decision.told:
            lines.append(((" " + _("told on the telephone"), "dim"),))
        return lines

    def _due(self, line: Promise) -> Cell:
        left = line.callback_us - self.now_us
        style = "alarm" if left < 0 else "warn" if left < SOON_US else ""
        return at(line.callback_us, self.now_us, self.app.zone), style

    def _decision(self, line: Promise) -> Cell:
        decision = self._decided.get(line.ticket_id)
        if decision is None:
            return (_("? say what"), "warn") if self._runs else (_("yours"), "dim")
        match decision.what:
            case What.PASS_ON if decision.to is not None:
                return _("to {name}").format(name=self._names.get(decision.to, "")), "accent"
            case What.PASS_ON:
                return _("to the team"), "accent"
            case What.TAKE_ALONG:
                return _("taken along"), "accent"
            case _:
                return clock(None if decision.at is None else micros(decision.at), self.now_us, self.app.zone), "accent"

    @property
    def _runs(self) -> bool:
        return self._page is not None and self._page.how.presence in (Presence.ON, Presence.BREAK)

    def _line(self) -> Promise | None:
        row = self.listing.cursor_row
        return row if isinstance(row, Promise) else None

    def _chosen(self) -> Sequence[Promise]:
        """The marked callbacks, or the one under the cursor."""
        marked = self.listing.marked
        if marked and self._page is not None:
            return [line for line in self._page.promises if line.ticket_id in marked]
        line = self._line()
        return [] if line is None else [line]

    def _left(self) -> list[Promise]:
        """What nothing is said about."""
        lines = self._page.promises if self._page else []
        return [line for line in lines if line.ticket_id not in self._decided]

    def disabled_reason(self, action: Action) -> str | None:
        if action.id in ("pass_on", "take_along", "other_time", "callback", "open", "mark") and self._line() is None:
            return _("There is no callback here.")
        if action.id in ("pass_on", "take_along", "other_time", "shift_break", "end_break") and not self._runs:
            return _("No shift of yours runs. Start it first.")
        return None

    # -- deciding

    def _decide(self, lines: Sequence[Promise], decision: Decision) -> None:
        for line in lines:
            self._decided[line.ticket_id] = decision
        self.listing.unmark_all()
        self.listing.minute_passed()
        self.show_told()

    def action_pass_on(self) -> None:
        self.flow(self._pass_on, self._chosen())

    async def _pass_on(self, lines: Sequence[Promise]) -> None:
        async def find(typed: str) -> Sequence[Choice]:
            return await self.app.read(takers, typed, self.app.desk.agent, self.now_us, self.app.zone)

        choice = await self.chosen(Question("pass-on", _("Pass on to"), hint=_("Enter: the team; or a name"), find=find,
                                            choose=True))
        if choice is None:
            return
        if choice.data is not None:
            self._names[choice.data] = choice.text
        word = await self.prompt.ask(Question("pass-on-note", _("A word for them"), hint=_("Enter alone: none")))
        if word is None:
            return
        self.forget_words("pass-on-note")
        self._decide(lines, Decision(What.PASS_ON, to=choice.data, note=word.text.strip()))

    def action_take_along(self) -> None:
        self._decide(self._chosen(), Decision(What.TAKE_ALONG))

    def action_other_time(self) -> None:
        line = self._line()
        if line is not None:
            self.flow(self._other_time, line)

    async def _other_time(self, line: Promise) -> None:
        """Another time, and that the caller hears of it."""
        found: list[datetime] = []

        async def do(answer: Answer) -> None:
            when = parse_when(answer.text, self.app.now(), self.app.zone)
            if when is None:
                raise Invalid(_("Not a time: write 30 for minutes, 14:30, or tomorrow 9:00."))
            found.append(when)

        if not await self.asked(Question("other-time", _("Call instead"), hint=_("tomorrow 9:00, mo 8:30")), do):
            return
        decision = Decision(What.MOVE, at=found[-1])
        choice = await self.chosen(Question("tell", _("Tell the caller"), choose=True, at_once=True, find=fixed((
            Choice("write", _("write to him"), sign="1"),
            Choice("told", _("he was told on the telephone"), sign="2"),
            Choice("later", _("he is not told"), sign="3"),
        ))))
        if choice is None:
            return
        if choice.key == "write":
            guess = message(line, found[-1], self.app.now(), self.app.zone)
            words = await self.prompt.ask(Question("tell-words", _("Message"), guess))
            if words is None:
                return
            self.forget_words("tell-words")
            decision = replace(decision, message=words.text.strip())
        self._decide([line], replace(decision, told=choice.key == "told"))

    # -- the shift

    def action_end_shift(self) -> None:
        """The next step of a shift: end the one that runs, else start one."""
        self.flow(self._end if self._runs else self._start)

    def action_start_shift(self) -> None:
        self.flow(self._start)

    async def _start(self) -> None:
        await self.app.write(to("shifts.start_shift"))
        await self.renew()
        self.app.say(_("Your shift runs. What you promise is yours until it ends."))

    def action_shift_break(self) -> None:
        """Begin a break, or be back from it."""
        page = self._page
        self.flow(self._back if page is not None and page.how.presence is Presence.BREAK else self._break)

    def action_end_break(self) -> None:
        self.flow(self._back)

    async def _break(self) -> None:
        await self.app.write(to("shifts.take_break"))
        await self.renew()
        self.app.say(_("Break. What falls due meanwhile stands on your team's list."))

    async def _back(self) -> None:
        await self.app.write(to("shifts.end_break"))
        await self.renew()
        self.app.say(_("You are back. What is not late is yours again."))

    async def _end(self) -> None:
        left, rest = len(self._left()), None
        if left:
            words = ngettext("{n} callback without a word", "{n} callbacks without a word", left).format(n=left)
            choice = await self.chosen(Question("rest", words, choose=True, at_once=True, find=fixed((
                Choice("pass_on", _("pass on to the team"), data=Decision(What.PASS_ON), sign="1"),
                Choice("take_along", _("take along: I call them"), data=Decision(What.TAKE_ALONG), sign="2"),
                Choice("each", _("decide one by one"), sign="3"),
            ))))
            if choice is None or choice.data is None:
                return
            rest = choice.data
        ended: Ended = await self.app.write(to("shifts.end_shift", dict(self._decided), rest))
        self.app.pop_screen()
        self.app.say(_("{done} u takes it back.").format(done=ended_said(ended)), stays=True)

    # -- the line under the cursor

    def action_callback(self) -> None:
        line = self._line()
        if line is not None:
            self.flow(self._call, line)

    async def _call(self, line: Promise) -> None:
        async def said(text: str) -> None:
            await self.renew()
            self.app.say(text)

        await self.call_back(Owed(line.ticket_id, line.callback_us, line.person, line.phone, line.language), said)

    def action_mark(self) -> None:
        self.listing.toggle_mark()

    def action_open(self) -> None:
        line = self._line()
        if line is not None:
            self.app.open_ticket(line.ticket_id)
