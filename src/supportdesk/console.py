"""The console of one agent: reads and writes beside the key loop, opens screens, keeps line 1 true on every one.

Screens ask it and never see a connection::

    line = await self.app.read(some_view, *args)         # some_view(conn, *args) in the reading thread
    await self.app.write(to("tickets.take", [id]))       # a verb of the desk in the writing thread; raises DeskError

A DeskError that a screen's action does not catch is shown on the message line.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import Future
from functools import partial
from threading import Thread
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

from textual.css.query import NoMatches
from textual.message import Message

from supportdesk.actions import BY_ID
from supportdesk.base_app import DeskApp
from supportdesk.desk.interrupted import end_interrupted
from supportdesk.desk.opening import CALL, LAST_VIEW, FirstLook, Opening
from supportdesk.desk.threads import Reader, Superseded, Watch, Writer
from supportdesk.i18n import _, ngettext
from supportdesk.keymap import key_label, keymap
from supportdesk.rules.shifts import Presence
from supportdesk.screens.queue import QueueScreen
from supportdesk.store.draft_writer import DraftWriter
from supportdesk.store.types import micros
from supportdesk.store.views import queue
from supportdesk.store.views.queue import Counts, View
from supportdesk.store.views.standing import majors_now, standing
from supportdesk.terms.errors import NEWER, Changed, DeskError, NotReady
from supportdesk.widgets.frame import SEPARATOR, Banner, Call, Status, StatusLine

if TYPE_CHECKING:
    from sqlite3 import Connection

    from supportdesk.actions import Action
    from supportdesk.base_app import DeskScreen
    from supportdesk.desk.desk import Desk
    from supportdesk.desk.draft import CallDraft, OpenCalls
    from supportdesk.settings import Settings
    from supportdesk.store.drafts import Draft, Drafts
    from supportdesk.store.views.callers import CallerLine
    from supportdesk.store.views.major import Major
    from supportdesk.store.views.symptoms import Suspicion
    from supportdesk.store.views.sync import ExchangeLine
    from supportdesk.sync.worker import Worker

R = TypeVar("R")

POLL = 0.5
"""Seconds between two looks whether another console or command changed the desk; one costs microseconds."""

PREPARE = 0.7
"""Seconds after which what will be needed next is loaded beside the keys: the intake opens in a blink."""

DUTY = 1.0
"""Seconds that a duty at hand has to end."""

SOON_US = 30 * 60_000_000
BELL_BEFORE_US = 2 * 60_000_000
BELLS_APART_US = 10 * 1_000_000


class Exchanged(Message):
    """The exchange has brought something, or could not; ``said`` are sentences about what happens once in years."""

    def __init__(self, said: Sequence[str]) -> None:
        super().__init__()
        self.said = said


class SupportDesk(DeskApp):
    """One agent at one desk. ``desk``, ``zone`` and ``region`` are his."""

    def __init__(self, opening: Opening, settings: Settings) -> None:
        self._opening = opening
        self.desk = opening.desk
        self._reader = opening.reader
        super().__init__(
            theme=settings.theme, keymap=keymap(settings.keymap), plain=settings.plain, now=self.desk.clock
        )
        self.region = settings.region
        self._bells = settings.bells
        self._problems = (*(problem.message for problem in settings.problems), *self.keymap.problems)
        first = opening.first.result()
        self.first: FirstLook = first
        self.zone = ZoneInfo(self.desk.agent.zone)
        self.seen = first.seen
        self.counts: Counts | None = first.look.counts
        self.majors: tuple[Major, ...] = first.majors
        self.suspicions: tuple[Suspicion, ...] = ()
        self.writer = DraftWriter(first.drafts)
        self._calls = _open_calls(first.calls) if first.calls else None
        self._finder: Reader | None = None
        self._hand = Writer(self.desk)
        self._prepared = False
        self._watch = Watch(self.desk)
        self.exchange: ExchangeLine | None = None
        self._exchanger: Worker | None = None
        self._duties: Thread | None = None
        self._begun = False
        self._told_claims: set[UUID] = set()
        self._rung_us = 0
        self._rung_for: set[int] = set()
        self._status = Status()

    def get_default_screen(self) -> QueueScreen:
        return QueueScreen(self.first)

    def on_mount(self) -> None:  # Textual calls the one of DeskApp as well
        self.show_status()
        self.set_interval(POLL, self._poll)
        self.set_timer(PREPARE, lambda: Thread(target=_load_intake, daemon=True).start())
        self.set_timer(PREPARE, lambda: Thread(target=end_interrupted, args=(self.desk,), daemon=True).start())
        self.call_after_refresh(self.go, self._look_at_exchange, group="exchange")
        self.set_timer(PREPARE, self._begin_exchange)
        self.set_timer(PREPARE, lambda: self.go(self._look_at_majors, group="majors", exclusive=True))
        if self._problems:
            self.call_after_refresh(self.say, self._problems[0], "warn")
        elif self.first.unsaved:
            words = _("Not saved yet: what you typed at {numbers}. Open the ticket to go on.")
            self.call_after_refresh(self.say, words.format(numbers=", ".join(self.first.unsaved)), "warn", stays=True)

    @property
    def calls(self) -> OpenCalls:
        """The call at hand and those set aside."""
        if self._calls is None:
            self._calls = _open_calls([])
        return self._calls

    @property
    def now_us(self) -> int:
        """The present instant, microseconds UTC."""
        return micros(self.now())

    # -- reading and writing beside the key loop

    async def read(self, fn: Callable[..., R], *args: Any, **named: Any) -> R:
        """``fn(conn, *args)`` in the reading thread."""
        with self.ahead.at_work():
            return await asyncio.wrap_future(self._reader.read(fn, *args, **named))

    def reading(self, fn: Callable[..., R], *args: Any, **named: Any) -> Future[R]:
        """As :meth:`read`, but a future of threads: for what tells by itself that it has come."""
        return self._reader.read(fn, *args, **named)

    async def find(self, fn: Callable[..., R], *args: Any) -> R | None:
        """As :meth:`read` for what is asked with every letter; None when a newer question has taken its place."""
        if self._finder is None:
            self._finder = Reader(self.desk, "finder")
        try:
            with self.ahead.at_work():
                return await asyncio.wrap_future(self._finder.newest(fn, *args))
        except Superseded:
            return None

    async def write(self, verb: Callable[[Desk], R], *args: Any, **named: Any) -> R:
        """``verb(desk, *args)`` in the writing thread, after what was asked before. Raises DeskError."""
        with self.ahead.at_work():
            result = await asyncio.wrap_future(self._hand.write(verb, *args, **named))
        if self._exchanger is not None:
            self._exchanger.wake()
        self.desk_changed()
        return result

    def go(
        self, work: Callable[..., Coroutine[Any, Any, Any]], *args: Any, group: str = "work", exclusive: bool = False,
        **named: Any,
    ) -> None:
        """Let ``work(*args)`` run that reads or writes, while keys go on; its DeskError is shown."""
        told: Any = partial(self._told, work, *args, **named)
        self.run_worker(told, group=group, exclusive=exclusive)

    async def _told(self, work: Callable[..., Coroutine[Any, Any, Any]], *args: Any, **named: Any) -> None:
        try:
            await work(*args, **named)
        except DeskError as refused:
            if self.is_running:
                self.refused(refused)
        except (NoMatches, RuntimeError):  # screens and threads are taken down before the work on them ends
            if self.is_running:
                raise

    async def do(self, id: str) -> None:
        if not self._prepared:  # the first save must not wait for the writing side, nor the screen that asks for it
            self._prepared = True
            self.set_timer(PREPARE, self._hand.prepare)
        try:
            await super().do(id)
        except DeskError as refused:
            self.refused(refused)

    def refused(self, error: DeskError) -> None:
        """Say on the message line why nothing was saved, and what can be done."""
        if error.code == NEWER:
            self.end_because(error)
        elif isinstance(error, Changed):
            self.desk_changed()
            self.say(self._changed_words(error), "warn", stays=True)
        else:
            self.say(error.message, "warn", stays=True)

    def _changed_words(self, error: Changed) -> str:
        from supportdesk.desk.clock_words import clock
        from supportdesk.desk.fields import field_name

        what = field_name(error.field or "") or error.field or ""
        if error.at is None:
            return _("{field} was changed meanwhile; nothing was saved. Do the same again to make it yours.").format(
                field=what
            )
        return _(
            "{who} changed {field} {when}; nothing was saved. Leave it so, or do the same again to make it yours."
        ).format(who=error.by or "?", field=what, when=clock(micros(error.at), self.now_us, self.zone))

    # -- what changes by itself

    def _poll(self) -> None:
        try:
            if self._watch.changed():
                self.desk_changed()
        except NotReady as over:
            self.end_because(over)

    def desk_changed(self) -> None:
        """Something was saved, here or elsewhere: counts and the screen in front look again."""
        self.go(self._look_again, group="changed", exclusive=True)

    async def _look_again(self) -> None:
        for screen in self.screen_stack:  # others look whenever they come to the front, the queue only when it is old
            told = getattr(screen, "desk_changed", None)
            if told is not None and (screen is self.front or isinstance(screen, QueueScreen)):
                told()
        if not isinstance(self.front, QueueScreen):  # the queue counts while it looks
            self.take_counts(await self.read(queue.counts, self.desk.agent, self.now_us))
        await self._look_at_majors()
        await self._look_at_exchange()

    async def _look_at_majors(self) -> None:
        """What line 2 tells; when the next word is due it changes by the minute."""
        before, self.majors = self.majors, await self.read(majors_now)
        asked, self.suspicions = self.suspicions, await self.read(_suspicions, self.first.drafts, self.now_us)
        if before or self.majors or asked or self.suspicions:
            self.show_status()

    # -- the exchange with a server

    def on_exchanged(self, event: Exchanged) -> None:
        self.desk_changed()
        if event.said:
            self.say(" ".join(event.said), "warn", stays=True)

    def _begin_exchange(self) -> None:
        self._begun = True
        if self.exchange is not None:
            self.go(self._look_at_exchange, group="exchange")

    async def _look_at_exchange(self) -> None:
        """How it stands, for line 1; a desk enrolled while this console is open begins to exchange then."""
        before, self.exchange = self.exchange, await self.read(standing, self.desk.agent.login)
        if self.exchange != before:
            self.show_status()
        if self.exchange is None:
            return
        if self._exchanger is None and self._begun and self.is_running:
            from supportdesk.sync.worker import Worker

            self._exchanger = Worker(self.desk.path, self._tell_exchanged, self.end_because, self.desk.clock)
        self._tell_lost_claims(self.exchange)

    def offers(self, action: Action) -> bool:
        return action.id != "conflicts" or self.exchange is not None

    def _tell_exchanged(self, said: Sequence[str]) -> None:
        """Called by the threads of the exchange."""
        self.post_message(Exchanged(said))

    def _tell_lost_claims(self, line: ExchangeLine) -> None:
        from supportdesk.desk.exchange_words import lost_claim_words

        for claim in line.lost:
            if claim.conflict not in self._told_claims:
                self._told_claims.add(claim.conflict)
                key = self.keymap.shown(BY_ID["conflicts"], in_field=False) or key_label("ctrl+p")
                self.say(lost_claim_words(claim, key, self.now_us, self.zone), "warn", stays=True)

    def take_counts(self, counts: Counts) -> None:
        """New counts: line 1 shows them, a bell may ring."""
        before, self.counts = self.counts, counts
        self.show_status()
        if before is not None and (counts.alarms > before.alarms or counts.offered_p1 > before.offered_p1):
            self.ring("alarm")

    def _minute_passed(self) -> None:
        super()._minute_passed()
        self._do_duties()
        self.desk_changed()
        counts = self.counts
        due = counts.next_callback_us if counts else None
        if due is not None and due not in self._rung_for and 0 <= due - self.now_us <= BELL_BEFORE_US:
            self._rung_for.add(due)
            self.ring("callback")

    def _do_duties(self) -> None:
        """What a desk does by itself, one without a server more of it, beside the keys."""
        if not (self._duties and self._duties.is_alive()):
            self._duties = Thread(target=_tend, args=(self.desk, self.exchange is None), name="supportdesk-duties",
                                  daemon=True)
            self._duties.start()

    def ring(self, kind: str) -> None:
        """One bell, unless a call runs, the last was a moment ago, or the agent switched this kind off."""
        runs = self._calls is not None and self._calls.current is not None
        if kind in self._bells and not runs and self.now_us - self._rung_us > BELLS_APART_US:
            self._rung_us = self.now_us
            self.bell()

    # -- line 1

    def show_status(self) -> None:
        """Put the present state on line 1 of the screen in front."""
        self._status = self._present()
        for line in self.in_front(StatusLine):
            line.show(self._status)

    def _present(self) -> Status:
        me = self.desk.agent
        place = " · ".join(part for part in (me.site_name, me.team_name) if part)
        call = self._calls.current if self._calls else None
        aside = self._calls.aside if self._calls else []
        needs, style = self._needs()
        exchange = self._exchange_words()
        return Status(
            place=place,
            call=Call(call.title, call.ended_at or call.started_at, call.ended_at is not None) if call else None,
            aside=tuple(draft.aside_at or draft.started_at for draft in aside),
            sync=SEPARATOR.join(exchange),
            in_sync=not exchange,
            needs=needs,
            needs_style=style,
            me=(_("DEMO") + SEPARATOR if self.desk.kind == "demo" else "")
            + (me.name if me.acting is None else f"{me.name} ({me.acting})") + self._away(),
            banner=self.banner,
        )

    @property
    def banner(self) -> Banner | None:
        """Line 2, while a major incident runs or may have begun; else nothing is loaded for it."""
        if not (self.majors or self.suspicions):
            return None
        from supportdesk.screens.major_lines import banner

        return banner(self.majors, self.suspicions, self.desk.agent.language, self.now_us, self.zone)

    def _away(self) -> str:
        """That I am on a break, or that my shift is over: what I promise stands on the team's list then."""
        presence = None if self.counts is None else self.counts.how.presence
        if presence is Presence.BREAK:
            return SEPARATOR + _("break")
        return SEPARATOR + _("shift over") if presence is Presence.OFF else ""

    def _exchange_words(self) -> tuple[str, ...]:
        if self.exchange is None:
            return ()
        from supportdesk.desk.exchange_words import exchange_words

        return exchange_words(self.exchange, self.now_us, self.zone)

    def _needs(self) -> tuple[str, str]:
        counts = self.counts
        if counts is None:
            return "", ""
        parts = []
        if counts.alarms:
            words = ngettext("{n} P1 without owner", "{n} P1 without owner", counts.alarms)
            parts.append(words.format(n=counts.alarms))
        if counts.offered_p1:
            words = ngettext("{n} P1 offered", "{n} P1 offered", counts.offered_p1)
            parts.append(words.format(n=counts.offered_p1))
        promised, late = counts.views[View.CALLBACKS], counts.callbacks_overdue
        if late:
            parts.append(ngettext("{n} callback overdue", "{n} callbacks overdue", late).format(n=late))
        if promised > late:
            left = promised - late
            parts.append(ngettext("{n} callback due", "{n} callbacks due", left).format(n=left))
        if counts.offered > counts.offered_p1:
            left = counts.offered - counts.offered_p1
            parts.append(ngettext("{n} offered", "{n} offered", left).format(n=left))
        near = counts.next_callback_us is not None and counts.next_callback_us - self.now_us < SOON_US
        return SEPARATOR.join(parts), "alarm" if counts.alarms or counts.offered_p1 or late else "warn" if near else ""

    # -- screens

    def open_ticket(self, id: UUID) -> None:
        """Open a ticket."""
        from supportdesk.screens.ticket import TicketScreen

        self._open(TicketScreen(id))

    async def open_ticket_and(self, id: UUID, do: str) -> None:
        """Open a ticket and begin an action there. Keys typed meanwhile wait: they are meant for its field."""
        from supportdesk.screens.ticket import TicketScreen

        screen = TicketScreen(id)
        await self.push_screen(screen)
        await screen.renew()
        self.show_status()
        await self.do(do)

    def new_call(self, about: UUID | None = None, number: str = "") -> None:
        """Take a call; with ``about`` it is about that ticket, whose number is ``number``."""
        draft = self.calls.begin(self.now())
        draft.about, draft.about_number = about, number
        self._open_call(draft)

    def new_call_of(self, caller: CallerLine) -> None:
        """Take a call of somebody the desk knows."""
        draft = self.calls.begin(self.now())
        draft.caller_id, draft.caller_name, draft.number = caller.id, caller.name, caller.number
        draft.caller_text = caller.number or caller.name
        draft.organisation_id, draft.language = caller.organisation_id, caller.language
        self._open_call(draft)

    def _open_call(self, draft: CallDraft) -> None:
        from supportdesk.screens.intake import IntakeScreen

        self._open(IntakeScreen(draft))

    def open_articles(
        self, text: str = "", language: str | None = None, picked: Callable[[Any], Any] | None = None
    ) -> None:
        """Search the articles, beginning with ``text``; ``picked`` is called with the one that is used."""
        from supportdesk.screens.articles import ArticlesScreen

        self._open(ArticlesScreen(text, language, picked))

    def open_handoffs(self) -> None:
        """What was offered to my teams and by them."""
        from supportdesk.screens.handoffs import HandoffsScreen

        self._open(HandoffsScreen())

    def action_shift(self) -> None:
        """My shift, and what becomes of my callbacks when it ends."""
        from supportdesk.screens.shift import ShiftScreen

        self._open(ShiftScreen())

    def open_card(self, kind: str, id: UUID) -> None:
        """The card of a caller, an organisation or an asset; a contract, to read."""
        if kind == "contract":
            from supportdesk.screens.contract import ContractScreen

            self._open(ContractScreen(id))
            return
        from supportdesk.screens.cards import CardScreen

        self._open(CardScreen(kind, id))

    def _open(self, screen: DeskScreen[Any]) -> None:
        self.push_screen(screen)
        self.call_after_refresh(self.show_status)

    def action_new_call(self) -> None:
        self.new_call()

    def action_call_back_up(self) -> None:
        draft = self.calls.back(self.now())
        if draft is None:
            self.say(_("No call is set aside."))
        else:
            self._open_call(draft)

    def action_articles(self) -> None:
        self.open_articles()

    def action_handoffs(self) -> None:
        self.open_handoffs()

    def action_promises(self) -> None:
        """What my teams and I promised today."""
        from supportdesk.screens.promises import PromisesScreen

        self._open(PromisesScreen())

    def action_sentence(self) -> None:
        """What may be said of the major incident that runs, and what that has to do with the screen in front."""
        if not self.majors:
            if self.suspicions:
                self.ask_whether_major()
            else:
                self.say(_("No major incident is running: there is no sentence to say."))
            return
        self.show_sentence(self.majors[0])

    def show_sentence(self, of: Major) -> None:
        """The sentence to say about an incident that runs."""
        from supportdesk.screens.sentence import SentenceScreen

        joining = getattr(self.front, "joining", None)
        self._open(SentenceScreen(self.majors, of, None if joining is None else joining()))

    def ask_whether_major(self) -> None:
        """Whether what many report is a major incident."""
        from supportdesk.screens.major_question import QuestionScreen

        self._open(QuestionScreen(self.suspicions[0]))

    def action_major(self) -> None:
        """The major incident that runs, the newest."""
        if self.majors:
            self.open_major(self.majors[0].id)
        else:
            self.say(_("No major incident is running."))

    def open_major(self, id: UUID) -> None:
        """A major incident: its sentence, the tickets that hang on it, who was told."""
        from supportdesk.screens.major import MajorScreen

        self._open(MajorScreen(id))

    async def tell_cases_of(self, tickets: Sequence[UUID]) -> None:
        """Tickets were solved: of a major incident the callers that hang on it are to be told."""
        from supportdesk.store.views.major import first_over

        over = await self.read(first_over, tickets)
        if over is not None:
            self.open_major(over)
            self.call_after_refresh(self.say, _("The major incident is over. Tell each caller: one key for how."),
                                    stays=True)

    def action_undo(self) -> None:
        self.go(self._undo)

    async def _undo(self) -> None:
        """Take back what I did last, wherever it was."""
        from supportdesk.desk.undo import undo_told

        self.say(_("Undone: {what}").format(what=await self.write(undo_told)))

    def action_retry(self) -> None:
        if self._exchanger is not None:
            self._exchanger.wake(again=True)
        self.desk_changed()

    def action_conflicts(self) -> None:
        """What two sites changed at once, and what the server refused; a desk that works alone has neither."""
        if self.exchange is not None:
            from supportdesk.screens.conflicts import ConflictsScreen

            self._open(ConflictsScreen())

    # -- drafts

    def keep_draft(self, draft: CallDraft) -> None:
        """The newest state of a call being typed; on disk half a second later."""
        self.writer.put(draft.id, self.desk.agent.id, CALL, draft.to_json())

    def forget_draft(self, id: UUID) -> None:
        """The call was saved, or thrown away on purpose."""
        self.writer.drop(id)

    def flush(self, seconds: float) -> None:
        """Everything typed on disk; may be called from any thread."""
        self.writer.flush(seconds)

    # -- the end

    def remember_view(self, view: View) -> None:
        """Begin with this view next time."""
        self._hand.write(lambda desk: self.first.drafts.remember(desk.agent.id, LAST_VIEW, view.value))

    def close(self) -> None:
        """After the app has ended: what was typed is on disk, the threads end."""
        if self._exchanger is not None:
            self._exchanger.stop()
        if self._duties is not None:
            self._duties.join(DUTY)
        self.seen.looked_at_queue(self.now_us)
        self.writer.close()
        if self._finder is not None:
            self._finder.close()
        self._reader.close()
        self._hand.close()
        if self._exchanger is not None:
            self._exchanger.leave_nothing()


def _open_calls(kept: Sequence[Draft]) -> OpenCalls:
    """The calls this agent typed and did not save, set aside, oldest first."""
    from supportdesk.desk.draft import CallDraft, OpenCalls

    aside = []
    for draft in kept:
        call = CallDraft.from_json(dict(draft.data))
        call.aside_at = call.aside_at or draft.saved_at
        if not call.is_empty:
            aside.append(call)
    return OpenCalls(aside)


def _tend(desk: Desk, alone: bool) -> None:
    """Whatever it loads is loaded beside the keys."""
    from supportdesk.desk.alone import settle_agreed, tend_alone

    settle_agreed(desk)
    if alone:
        tend_alone(desk)


def _suspicions(conn: Connection, drafts: Drafts, now_us: int) -> tuple[Suspicion, ...]:
    """In the reading thread, which loads what the question needs."""
    from supportdesk.desk.symptoms import asked

    return asked(conn, drafts, now_us)


def _load_intake() -> None:
    import supportdesk.screens.intake  # noqa: F401
