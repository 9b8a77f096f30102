"""What can be done from the queue: with the ticket under the cursor, or with all that are marked, undone as one.

What needs words asks for them at the foot of the screen (:mod:`supportdesk.screens.queue_flows`, imported with the
first question: the first screen has no field).
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from typing import TYPE_CHECKING, Any, cast

from supportdesk.actions import BY_ID, Action
from supportdesk.desk.labels import STATUS, label
from supportdesk.i18n import _, ngettext
from supportdesk.screens.intents import to
from supportdesk.store.views import queue
from supportdesk.store.views.queue import QueueLine, View
from supportdesk.terms.codes import Lane
from supportdesk.widgets.frame import MessageLine

if TYPE_CHECKING:
    from supportdesk.app import SupportDesk
    from supportdesk.base_app import DeskScreen
    from supportdesk.screens.queue import QueueScreen
    from supportdesk.screens.queue_flows import QueueFlows
    from supportdesk.screens.queue_lines import Eyes
    from supportdesk.widgets.listing import Listing
    from supportdesk.widgets.prompt import Prompt

    _Screen = DeskScreen[None]
else:
    _Screen = object

_NEEDS_TICKET = frozenset({
    "open", "chaser", "take", "note", "solve", "hand_over", "callback", "accept", "send_back", "why", "mark", "wait",
    "resume", "assign", "prioritise", "close", "reopen", "cancel", "merge", "copy",
})  # fmt: skip
_ONE_AT_A_TIME = frozenset({"chaser", "note", "hand_over", "callback", "accept", "send_back", "prioritise", "merge"})
_ON_OPEN_ONES = frozenset({
    "take", "solve", "hand_over", "callback", "wait", "resume", "assign", "prioritise", "cancel",
})  # fmt: skip


class Verbs(_Screen):
    """The actions of :class:`supportdesk.screens.queue.QueueScreen`."""

    just_taken: QueueLine | None = None
    _flows: QueueFlows | None = None

    if TYPE_CHECKING:
        app: SupportDesk
        eyes: Eyes

        @property
        def listing(self) -> Listing: ...
        @property
        def view(self) -> View: ...
        @property
        def words(self) -> str: ...

    # -- which tickets

    def disabled_reason(self, action: Action) -> str | None:
        line = self.line
        if action.id in _NEEDS_TICKET and line is None and not (action.id == "open" and self.just_taken):
            return _("There is no ticket here.")
        if action.id in _ONE_AT_A_TIME and len(self.listing.marked) > 1:
            return _("One ticket at a time: Esc takes the marks away.")
        if line is not None and not self.listing.marked:
            if action.id in _ON_OPEN_ONES and line.lane is Lane.CLOSED:
                again = self.app.keymap.shown(BY_ID["take"], in_field=False) or _("palette")
                return _("{number} is {status}. Open it again on its screen first (Enter, {key}).").format(
                    number=line.number, status=label(STATUS, line.status), key=again
                )
            if action.id == "reopen" and line.lane is not Lane.CLOSED:
                return _("{number} is open.").format(number=line.number)
        if action.id == "save_view" and not self.words:
            return _("Filter first (/): a view of your own is what the words find.")
        return None

    @property
    def line(self) -> QueueLine | None:
        """The ticket under the cursor."""
        row = self.listing.cursor_row
        return row if isinstance(row, QueueLine) else None

    async def chosen_lines(self) -> Sequence[QueueLine]:
        """The marked tickets in the order of the list, or the one under the cursor."""
        marked = [pk for pk in self.listing.marked if isinstance(pk, int)]
        if marked:
            marked.sort(key=lambda pk: self.listing.source.index_of(pk) or 0)
            return await self.app.read(queue.page, marked)
        return [] if self.line is None else [self.line]

    def done(self, what: str, lines: Sequence[QueueLine]) -> None:
        """Say what was done, and to which tickets; the marks have served."""
        for line in lines:
            self.app.seen.looked(line.id, self.app.now_us)
        self.listing.unmark_all()
        if len(lines) == 1:
            which = f"{lines[0].number} {lines[0].title}"
        else:
            which = ngettext("{n} ticket", "{n} tickets", len(lines)).format(n=len(lines))
        self.app.say(_("{done}: {what}. u takes it back.").format(done=what, what=which))

    # -- at one key

    def action_open(self) -> None:
        """Open the ticket under the cursor; right after taking one, that one, wherever it stands now."""
        line, self.just_taken = self.just_taken or self.line, None
        if line is not None:
            self.app.open_ticket(line.id)

    def action_take(self) -> None:
        self.app.go(self._take)

    async def _take(self) -> None:
        lines = await self.chosen_lines()
        seen = {line.id: {"assignee_id": line.assignee_id} for line in lines}
        taken = await self.app.write(to("tickets.take", [line.id for line in lines], seen))
        lines = [line for line in lines if line.id in taken]
        if lines:
            self.done(_("Taken"), lines)
            self.just_taken = lines[0] if len(lines) == 1 else None
        else:
            self.app.say(_("You work on it already."))

    def action_mark(self) -> None:
        self.listing.toggle_mark()
        count = len(self.listing.marked)
        if count:
            self.app.say(ngettext("{n} ticket marked", "{n} tickets marked", count).format(n=count), stays=True)
        else:
            self.query_one(MessageLine).clear()

    def action_undo(self) -> None:
        self.app.go(self._undo)

    async def _undo(self) -> None:
        self.app.say(_("Taken back: {what}.").format(what=await self.app.write(to("undo.undo_told"))))

    def action_resume(self) -> None:
        self.app.go(self._resume)

    async def _resume(self) -> None:
        lines = await self.chosen_lines()
        await self.app.write(to("tickets.resume", [line.id for line in lines]))
        self.done(_("Work goes on"), lines)

    def action_why(self) -> None:
        from supportdesk.desk.order_words import order_words

        line, now_us = self.line, self.app.now_us
        assert line is not None
        why = order_words(line.reason(now_us), now_us, self.eyes.zone)
        if self.view is View.CALLBACKS:
            self.app.go(self._why_here, line, why)
            return
        self.app.say(f"{line.number}: {why}")

    async def _why_here(self, line: QueueLine, why: str) -> None:
        """Of a callback: whose it is, then its place in the list."""
        from supportdesk.desk.shift_words import holding_said
        from supportdesk.store.views.ticket import ticket

        view, now_us = await self.app.read(ticket, line.id), self.app.now_us
        held = view.holding(now_us) if view is not None else None
        said = holding_said(held, view.to_tell.owner, now_us, self.eyes.zone) if view and held else ""
        place = _("By the time promised. In the team's order: {why}").format(why=why)
        self.app.say(f"{line.number}: " + " ".join(part for part in (f"{said}." if said else "", place) if part))

    def action_copy(self) -> None:
        assert self.line is not None
        self.app.copy_to_clipboard(self.line.number)
        self.app.say(self.line.number, "strong", stays=True)

    def action_chaser(self) -> None:
        assert self.line is not None
        self.app.new_call(about=self.line.id, number=self.line.number)

    # -- on the ticket's own screen

    async def _open_and(self, action: str) -> None:
        assert self.line is not None
        await self.app.open_ticket_and(self.line.id, action)

    async def action_note(self) -> None:
        await self._open_and("note")

    async def action_hand_over(self) -> None:
        await self._open_and("hand_over")

    async def action_prioritise(self) -> None:
        await self._open_and("prioritise")

    async def action_merge(self) -> None:
        await self._open_and("merge")

    # -- with a question

    async def _ask(self, steps: Callable[[QueueFlows], Coroutine[Any, Any, Any]]) -> None:
        """Begin a dialogue; the next key already goes into its field."""
        if self._flows is None:
            from supportdesk.screens.queue_flows import QueueFlows
            from supportdesk.widgets.prompt import Prompt

            await self.mount(Prompt(), before=self.query_one(MessageLine))
            self._flows = QueueFlows(cast('QueueScreen', self))
        await self._flows.begin(steps(self._flows))

    async def action_solve(self) -> None:
        await self._ask(lambda flows: flows.solve())

    async def action_callback(self) -> None:
        await self._ask(lambda flows: flows.callback())

    async def action_wait(self) -> None:
        await self._ask(lambda flows: flows.wait())

    async def action_assign(self) -> None:
        await self._ask(lambda flows: flows.assign())

    async def action_close(self) -> None:
        await self._ask(lambda flows: flows.with_reason("tickets.close", _("Closed"), _("Close, because")))

    async def action_cancel(self) -> None:
        await self._ask(lambda flows: flows.with_reason("tickets.cancel", _("Cancelled"), _("Cancel, because")))

    async def action_reopen(self) -> None:
        await self._ask(lambda flows: flows.with_reason("tickets.reopen", _("Open again"), _("Open again, because")))

    async def action_accept(self) -> None:
        await self._ask(lambda flows: flows.accept())

    async def action_send_back(self) -> None:
        await self._ask(lambda flows: flows.send_back())

    async def action_save_view(self) -> None:
        await self._ask(lambda flows: flows.save_view())

    def on_prompt_typed(self, event: Prompt.Typed) -> None:
        if self._flows is not None:
            self._flows.on_prompt_typed(event)
