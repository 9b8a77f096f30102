"""The ticket: what comes next and by when, what to tell the caller, the path, then its history (LOOK.md "Ticket")."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING
from uuid import UUID

from textual import on
from textual.containers import Horizontal, Vertical

from supportdesk.actions import BY_ID, EVERYWHERE, TICKET, Action
from supportdesk.base_app import DeskScreen
from supportdesk.desk.clock_words import clock
from supportdesk.desk.labels import STATUS, label
from supportdesk.desk.promised import Promised
from supportdesk.desk.ticket_page import TicketPage, ticket_page
from supportdesk.i18n import _
from supportdesk.rules.secrets import looks_like_secret
from supportdesk.screens import ticket_head as head
from supportdesk.screens.intents import to
from supportdesk.screens.kept import KeptWords
from supportdesk.screens.ticket_history import History, facts_text
from supportdesk.screens.ticket_note import NoteEditor
from supportdesk.screens.ticket_verbs import TicketVerbs
from supportdesk.store.views.ticket import TicketView
from supportdesk.store.views.timeline import TimelineItem
from supportdesk.terms.codes import Audience, LinkKind, Status
from supportdesk.widgets.beside import beside
from supportdesk.widgets.fields import Notes, PastedLines, TooLong
from supportdesk.widgets.frame import Divider, KeyLine, MessageLine, Named, Panel, Rule, StatusLine
from supportdesk.widgets.prompt import Prompt

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from supportdesk.app import SupportDesk
    from supportdesk.screens.sentence import Joining

LOOK_AROUND = 0.5
"""Seconds between two looks at who else has the ticket open."""

WIDE = 120
"""Columns from which the facts stand beside the history instead of above it."""

SIDE_BY_SIDE = 80
"""Columns from which the caller stands beside what comes next, not below."""

RIGHT = 30
"""Cells of the caller's column, as in the style below."""

KEYS = ("note", "solve", "hand_over", "callback", "chaser", "why", "undo", "linked", "card", "keys", "back")
KEYS_ENDED: tuple[Named, ...] = (
    ("take", "reopen"), "note", "chaser", "why", "undo", "linked", "card", "keys", "back",
)  # fmt: skip
"""Of a ticket that is solved or closed: the key that takes work up opens it again."""
KEYS_OFFERED = ("accept", "send_back", "note", "solve", "callback", "why", "undo", "keys", "back")
KEYS_IN_FIELD = ("save", "back")
KEYS_IN_NOTE = ("save", "audience", "back")


class TicketScreen(TicketVerbs, DeskScreen[None]):
    """One ticket."""

    where = TICKET
    app: SupportDesk

    DEFAULT_CSS = """
    TicketScreen #state { height: 1; }
    TicketScreen #head { height: auto; }
    TicketScreen #left { width: 1fr; height: auto; }
    TicketScreen #right { width: 30; height: auto; }
    TicketScreen #way { height: auto; }
    TicketScreen #broken { height: auto; }
    TicketScreen.-narrow #head, TicketScreen.-w60 #head { layout: vertical; }
    TicketScreen.-narrow #right, TicketScreen.-w60 #right { width: 1fr; }
    TicketScreen #body { height: 1fr; min-height: 3; }
    TicketScreen #history { width: 1fr; }
    TicketScreen #facts { width: 1fr; }
    TicketScreen #beside { display: none; width: 46; height: 1fr; }
    TicketScreen.-w120 #beside, TicketScreen.-w160 #beside { display: block; }
    TicketScreen.-w160 #beside { width: 62; }
    TicketScreen #foot { height: auto; }
    TicketScreen.-plain #head { layout: vertical; }
    TicketScreen.-plain #right { width: 1fr; }
    TicketScreen.-low #head { max-height: 4; }
    TicketScreen.-low #way { max-height: 1; }
    TicketScreen.-low NoteEditor { height: 4; }
    TicketScreen.-low #head.writing { max-height: 3; }
    TicketScreen.-low.-told #head.writing { max-height: 2; }
    TicketScreen.-low #way.writing { display: none; }
    TicketScreen.-low #body { min-height: 1; }
    """

    def __init__(self, ticket_id: UUID) -> None:
        super().__init__(name="ticket")
        self.ticket_id = ticket_id
        self.view: TicketView | None = None
        self.kept: KeptWords | None = None
        self._others: tuple[str, ...] = ()
        self.promised = Promised()
        self.unexplained = ()
        self._items: list[TimelineItem] = []

    def compose(self) -> ComposeResult:
        yield StatusLine(now=self.app.now)
        yield Panel(id="state")
        yield Rule()
        with Horizontal(id="head"):
            yield Panel(id="left")
            yield Panel(id="right")
        yield Panel(id="way")
        yield Panel(id="broken")
        yield Rule()
        with Horizontal(id="body"):
            yield History()
            with Horizontal(id="beside"):
                yield Divider()
                yield Panel(id="facts")
        with Vertical(id="foot"):
            yield Prompt()
            yield NoteEditor()
        yield Rule()
        yield MessageLine()
        yield KeyLine(KEYS, KEYS_IN_FIELD, self.app.keymap)

    @property
    def history(self) -> History:
        return self.query_one(History)

    @property
    def editor(self) -> NoteEditor:
        return self.query_one(NoteEditor)

    def resting_place(self) -> History:
        return self.history

    def on_mount(self) -> None:
        self.kept = KeptWords(self.app, self.ticket_id)
        self.history.focus()
        self.app.show_status()
        self._tell_others()
        self.set_interval(LOOK_AROUND, self._look_around)
        beside(self, self._first, group="first", exclusive=False, keys_wait=True)

    def on_screen_resume(self) -> None:
        """Back from an article or a card: it may have changed meanwhile."""
        self.app.show_status()
        if self.view is not None:
            self.desk_changed()

    def on_unmount(self) -> None:
        self._tell_others(but=self)

    def _tell_others(self, but: TicketScreen | None = None) -> None:
        """Others see which tickets are open here, those under another screen too."""
        mine = [each for each in self.app.screen_stack if isinstance(each, TicketScreen) and each is not but]
        self.app.writer.look_at({each.ticket_id for each in mine})

    async def _first(self) -> None:
        await self.renew()
        assert self.kept is not None
        for name, data in (await self.kept.recall()).items():
            if name != "note":
                self.prompt.kept.setdefault(name, str(data.get("text", "")))
            elif not self.editor.text:
                self.editor.put(str(data.get("text", "")), Audience(data.get("audience", Audience.INTERNAL)))
                self.app.say(_("Your note here is not saved yet: r goes on with it."), stays=True)

    # -- what is shown

    async def renew(self) -> None:
        """Read the ticket again and show it; the cursor stays."""
        page = await self.app.read(ticket_page, self.ticket_id, self.now_us)
        if page is None:
            self.history.say(_("This ticket is not in this desk (any more). Esc goes back."), "warn")
            return
        shown = TicketPage(self.view, self._items, self.promised, self.unexplained) if self.view else None
        if shown == page:
            return
        self.view, self._items, self.promised, self.unexplained = (
            page.view, page.items, page.promised, page.unexplained)
        self.show()
        await asyncio.to_thread(self.app.seen.looked, self.ticket_id, self.now_us)

    def desk_changed(self) -> None:
        """Somebody has written: what stands here may be old."""
        beside(self, self.renew, group="renew")

    def show(self) -> None:
        """Show what was read, at this minute."""
        view = self.view
        if view is None:
            return
        now = head.Clock(self.now_us, self.app.zone, self.app.region)
        cells = self.size.width
        self.query_one("#state", Panel).show([head.state_line(view, self._others, self.now_us, cells)])
        plain = self.app.plain
        beside = cells >= SIDE_BY_SIDE and not plain
        self.query_one("#left", Panel).show(head.left(view, self.promised, now, cells - (RIGHT + 1) * beside))
        self.query_one("#way", Panel).show(head.way(view, now, cells))
        key = self.app.keymap.shown(BY_ID["with_reason"], in_field=False) or _("palette")
        self.query_one("#broken", Panel).show(head.broken(self.unexplained, now, key))
        who = head.right(view, self.promised, now, RIGHT if beside else cells) if beside or plain else head.reach(
            view, now)
        self.query_one("#right", Panel).show(who)
        facts = head.facts(view, self.promised, now)
        self.query_one("#facts", Panel).show(facts)
        self.history.tell(
            self._items, view.number, view.description, lambda us: clock(us, now.now_us, now.zone),
            () if self.size.width >= WIDE and not plain else facts_text(facts),
        )
        self.query_one(KeyLine).show(self._keys)
        self.app.show_status()

    def minute_passed(self) -> None:
        super().minute_passed()
        self.show()

    def on_resize(self) -> None:
        self.show()

    @property
    def _keys(self) -> tuple[Named, ...]:
        view = self.view
        if view is not None and self._is_ours(view):
            return KEYS_OFFERED
        if view is not None and view.status and not Status.read(view.status).is_open:
            return KEYS_ENDED
        mine = view is not None and view.assignee is not None and view.assignee.id == self.app.desk.agent.id
        return KEYS if mine else ("take", *KEYS)

    def _is_ours(self, view: TicketView) -> bool:
        offer = view.open_offer
        return offer is not None and offer.to_team is not None and offer.to_team.id in self.app.desk.agent.teams

    async def _look_around(self) -> None:
        """Who else has this ticket open."""
        present = await asyncio.to_thread(self.app.writer.drafts.present, self.ticket_id)
        others = tuple(dict.fromkeys(each.name for each in present))
        if others != self._others:
            self._others = others
            if self.view is not None:
                self.query_one("#state", Panel).show([head.state_line(self.view, others, self.now_us, self.size.width)])

    # -- what cannot be done now

    def disabled_reason(self, action: Action) -> str | None:
        view = self.view
        if view is None:
            return None if EVERYWHERE in action.where else _("It is being read.")
        status = Status.read(view.status)
        match action.id:
            case "accept" | "send_back" if view.open_offer is None and not (
                action.id == "send_back" and any(each.state == "accepted" for each in view.handoffs)
            ):
                return _("Nothing was offered to your team here.")
            case "accept" if not self._is_ours(view):
                return _("It was offered to another team.")
            case "with_reason" if not self.unexplained:
                return _("No broken promise here waits for a reason.")
            case "declare" if any(major.ticket_id == view.id for major in self.app.majors):
                return _("It is a major incident already.")
            case "declare" if not status.is_open:
                return _("It is {status}.").format(status=label(STATUS, status))
            case "hang_on" if not self.app.majors:
                return _("No major incident is running.")
            case "linked" if not view.links and view.merged_into is None:
                return _("It is linked with no other ticket.")
            case "resume" if not status.is_waiting:
                return _("It does not wait.")
            case "reopen" if status.is_open:
                return _("It is open.")
            case "solve" | "wait" | "cancel" | "assign" | "callback" | "hand_over" if not status.is_open:
                again = self.app.keymap.shown(BY_ID["take"], in_field=False) or _("palette")
                return _("It is {status}. Open it again first ({key}).").format(
                    status=label(STATUS, status), key=again)
            case "hand_over" if view.open_offer is not None:
                return _("It is offered already. Take that offer back first (b).")
            case _:
                return None

    # -- the note

    def action_note(self) -> None:
        self._write(True)

    def _write(self, writing: bool) -> None:
        """Open or close the note; on a low screen the head gives it room, so that its keys are named still."""
        if writing:
            self.editor.open()
        else:
            self.editor.leave()
        for part in self.query("#head, #way"):
            part.set_class(writing, "writing")

    def on_descendant_focus(self) -> None:
        """The keys of the field that has the focus: a note knows for whom it is."""
        in_note = self.focused is self.editor.notes
        self.query_one(KeyLine).show(self._keys, KEYS_IN_NOTE if in_note else KEYS_IN_FIELD)
        super().on_descendant_focus()

    def action_audience(self) -> None:
        """For whom the note is."""
        if self.editor.display:
            self.editor.turn()
            self._keep_note()

    @on(Notes.Changed, "#note-text")
    def note_typed(self, event: Notes.Changed) -> None:
        event.stop()
        self._keep_note()
        if looks_like_secret(self.editor.text):
            self.app.say(_("This looks like a password or a card number: do not keep it here."), "warn")

    def _keep_note(self) -> None:
        if self.kept is not None:
            self.kept.put("note", self.editor.text, audience=self.editor.audience.value)

    @on(TooLong)
    def note_too_long(self, event: TooLong) -> None:
        self.app.say(
            _("The text is longer than a note holds: {count} characters were not taken. Attach it as a file.").format(
                count=len(event.beyond)), "warn", stays=True)

    def action_save(self) -> None:
        """F2: the note, or the answer at hand."""
        if self.editor.display:
            self.flow(self._save_note)
        elif self.prompt.question is not None:
            self.prompt.submit()

    async def _save_note(self) -> None:
        assert self.kept is not None
        editor = self.editor
        await self.app.write(to("tickets.note", self.ticket_id, editor.text, editor.audience, self.kept.id("note")))
        self.kept.drop("note")
        told = editor.audience is Audience.CALLER
        editor.put("", Audience.INTERNAL)
        self._write(False)
        self.history.focus()
        await self.renew()
        self.history.move_to_end()
        self.app.say(_("Saved: a note for the caller.") if told else _("Saved: an internal note."))

    def on_pasted_lines(self, event: PastedLines) -> None:
        """Several lines pasted into a question go into the note, and that is said."""
        event.stop()
        text, rest = self.editor.text, event.rest
        self.editor.put(f"{text}\n{rest}" if text else rest, self.editor.audience)
        self._keep_note()
        self.app.say(_("The further lines you pasted are in the note (r)."), stays=True)

    # -- a major incident

    def joining(self) -> Joining | None:
        """What the sentence of a major incident has to do with this ticket; None for the incident's own."""
        from supportdesk.screens.sentence import Joining

        view = self.view
        if view is None or any(major.ticket_id == view.id for major in self.app.majors):
            return None
        hangs = next((link.number for link in view.links if link.kind == LinkKind.HANGS_ON and link.outgoing), "")
        refused = ""
        if hangs:
            refused = _("It hangs on {number} already.").format(number=hangs)
        elif not Status.read(view.status).is_open:
            refused = _("It is {status}.").format(status=label(STATUS, view.status))
        return Joining("hang_on", view.language, self.hang_on_major, refused)

    def action_sentence(self) -> None:
        """The sentence of the major incident that runs; where none does, this ticket may be one."""
        if self.app.majors or self.app.suspicions:
            self.app.action_sentence()
        else:
            self.flow(self.ask_whether_major)

    # -- looking things up

    def action_why(self) -> None:
        """Why it stands where it stands, why it has its priority, why it is due when it is due."""
        from supportdesk.screens.why import WhyScreen

        self.app.push_screen(WhyScreen(self.ticket_id))

    def action_copy(self) -> None:
        if self.view is not None:
            self.app.copy_to_clipboard(self.view.number)
            self.app.say(_("Copied: {number}").format(number=self.view.number), stays=True)

    def action_articles(self) -> None:
        view = self.view
        if view is not None:
            from supportdesk.screens.articles import ArticlesScreen

            self.app.push_screen(ArticlesScreen(view.title, view.language, ticket_id=self.ticket_id))

    async def action_retry(self) -> None:
        await self.renew()

    # -- leaving

    def action_back(self) -> None:
        """Out of what is asked, out of the note (kept), then back to where I came from."""
        if self.prompt.question is not None:
            self.prompt.leave()
        elif self.editor.display:
            self._write(False)
            self.history.focus()
            if self.editor.text:
                self.app.say(_("The note is kept, not saved: r goes on with it."))
        else:
            super().action_back()
