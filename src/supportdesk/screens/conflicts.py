"""Conflicts: what two sites changed at once, both values and one key each; then what the server refused."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING
from uuid import UUID

from textual import on
from textual.containers import Vertical

from supportdesk.actions import BY_ID, CONFLICTS, Action
from supportdesk.desk.conflict_page import Clash, Refusal, conflict_page
from supportdesk.desk.conflicts import KEEP_MINE, KEEP_THEIRS, LINES, TEXTS
from supportdesk.desk.fields import any_field_name
from supportdesk.i18n import N_, _, ngettext
from supportdesk.screens import conflict_lines
from supportdesk.screens.conflict_lines import Eyes, Item
from supportdesk.screens.flows import Seen
from supportdesk.screens.intents import Intent, to
from supportdesk.screens.told import ToldScreen
from supportdesk.widgets.columns import Column
from supportdesk.widgets.fields import Notes
from supportdesk.widgets.frame import KeyLine, Panel
from supportdesk.widgets.prompt import Answer, Question
from supportdesk.widgets.sources import Rows

if TYPE_CHECKING:
    from textual.widget import Widget

KEYS = ("keep_theirs", "keep_mine", "other_value", "open", "undo", "copy", "keys", "back")
KEYS_OF_TWO = tuple(id for id in KEYS if id != "other_value")
KEYS_REFUSED = ("send_again", "put_away", "open", "undo", "copy", "keys", "back")


class ConflictsScreen(ToldScreen):
    """The list, and everything about the line under the cursor."""

    where = CONFLICTS
    KEYS = KEYS
    IN_FIELD = ("save", "back")
    SIDE = 58

    DEFAULT_CSS = """
    ConflictsScreen #list { min-height: 3; }
    ConflictsScreen #below { max-height: 70%; }
    ConflictsScreen.-w120 #below, ConflictsScreen.-w160 #below { width: 58; max-height: 100%; }
    ConflictsScreen #editor { height: 8; display: none; }
    ConflictsScreen #editor-head { height: 1; }
    ConflictsScreen #editor-text { height: 1fr; margin: 0 1; }
    """

    def __init__(self) -> None:
        super().__init__(name="conflicts")
        self._items: Sequence[Item] = ()
        self._edited: Clash | None = None
        self._put_away: UUID | None = None

    def columns(self) -> Sequence[Column]:
        return (
            Column("when", N_("When"), 8, lambda item: (self._eyes.when(conflict_lines.happened(item)), "dim"),
                   align="right"),
            Column("kind", N_("Kind"), 14, conflict_lines.kind),
            Column("number", N_("Number"), 11, lambda item: (item.line.ticket or "", "")),
            Column("about", N_("What"), 12, lambda item: (conflict_lines.about(item), ""), flexible=True),
        )

    def below(self) -> Iterable[Widget]:
        yield Vertical(Panel(id="editor-head"), Notes(id="editor-text"), id="editor")

    @property
    def editor(self) -> Notes:
        return self.query_one("#editor-text", Notes)

    @property
    def _eyes(self) -> Eyes:
        return Eyes(self.now_us, self.app.zone)

    # -- what is shown

    async def renew(self) -> None:
        self._items = await self.app.read(conflict_page, self.app.desk.agent)
        open_, refused = conflict_lines.waiting(self._items)
        parts = []
        if open_:
            parts.append(ngettext("{n} conflict waits for a choice", "{n} conflicts wait for a choice", open_).format(
                n=open_))
        if refused:
            parts.append(ngettext("the server refused {n} action", "the server refused {n} actions", refused).format(
                n=refused))
        words = " · ".join(parts) or _("Nothing waits for a choice.")
        self.head(((f" {words}", "strong" if parts else "dim"),))
        self.listing.say(_("No two sites have changed the same, and the server has taken all there was."))
        self.listing.renew(Rows(self._items, key=_key))
        self.show_told()

    def _item(self) -> Item | None:
        row = self.listing.cursor_row
        return row if isinstance(row, Clash | Refusal) else None

    def show_told(self) -> None:
        item = self._item()
        self.tell([] if item is None else conflict_lines.lines(item, self._eyes, self.side_cells - 1))
        self.query_one(KeyLine).show(
            KEYS_REFUSED if isinstance(item, Refusal) else KEYS_OF_TWO if item is not None and not _has_words(item)
            else KEYS)

    # -- choosing

    def disabled_reason(self, action: Action) -> str | None:
        item = self._item()
        match action.id:
            case "keep_mine" | "keep_theirs" | "other_value" if not isinstance(item, Clash):
                return _("There is no conflict under the cursor.")
            case "other_value" if isinstance(item, Clash) and not _has_words(item):
                return _("Choose one of the two; what is neither is set on the record itself.")
            case "send_again" | "put_away" if not isinstance(item, Refusal):
                return _("Nothing that was refused is under the cursor.")
            case "open" if item is None or item.ticket_id is None:
                return _("It belongs to no ticket.")
            case "copy" if item is None:
                return _("There is nothing to copy.")
            case _:
                return None

    def action_keep_theirs(self) -> None:
        self._choose(KEEP_THEIRS, _("Theirs stands; yours stays in the history."))

    def action_keep_mine(self) -> None:
        self._choose(KEEP_MINE, _("Yours stands; theirs stays in the history."))

    def _choose(self, choice: str, told: str) -> None:
        item = self._item()
        if isinstance(item, Clash):
            self.flow(self._settle, to("conflicts.resolve", item.line.id, choice), told)

    async def _settle(self, intent: Intent, told: str) -> None:
        await self.app.write(intent)
        self._put_away = None
        await self.renew()
        self.app.say(told)

    def action_other_value(self) -> None:
        item = self._item()
        if not isinstance(item, Clash):
            return
        if item.line.field in TEXTS:
            self._write(item)
        else:
            self.flow(self._ask_value, item)

    async def _ask_value(self, item: Clash) -> None:
        name = _name(item)

        async def do(answer: Answer) -> None:
            await self._settle(to("conflicts.rewrite", item.line.id, answer.text), _rewritten(item))

        await self.asked(Question(name, any_field_name(item.line.field), _mine(item)), do)

    def _write(self, item: Clash) -> None:
        """Many lines have an editor; what stood there not saved is gone on with."""
        self._edited = item
        kept = self.prompt.kept.get(_name(item))
        with self.prevent(Notes.Changed):
            self.editor.text = _mine(item) if kept is None else kept
        self.query_one("#editor-head", Panel).show([((" " + any_field_name(item.line.field), "accent"),)])
        self.query_one("#editor").display = True
        self.editor.focus()
        self.editor.move_cursor(self.editor.document.end)

    @on(Notes.Changed, "#editor-text")
    def typed(self, event: Notes.Changed) -> None:
        event.stop()
        if self._edited is not None and self.kept is not None:
            self.prompt.kept[_name(self._edited)] = self.editor.text
            self.kept.put(_name(self._edited), self.editor.text)

    def action_save(self) -> None:
        """F2: the value being written."""
        if self._edited is not None:
            self.flow(self._save, self._edited)
        elif self.prompt.question is not None:
            self.prompt.submit()

    async def _save(self, item: Clash) -> None:
        await self._settle(to("conflicts.rewrite", item.line.id, self.editor.text), _rewritten(item))
        self.forget_words(_name(item))
        self._leave_editor()

    def _leave_editor(self) -> None:
        self._edited = None
        self.query_one("#editor").display = False
        self.set_focus(self.listing)

    # -- what was refused

    def action_send_again(self) -> None:
        item = self._item()
        if isinstance(item, Refusal):
            self.flow(self._send_again, item)

    async def _send_again(self, item: Refusal) -> None:
        """If somebody has changed it since, the agent chooses."""
        def again(seen: Seen) -> Intent:
            return to("refusals.send_again", item.line.action, seen)

        if await self.written(again, {}):
            self._put_away = None
            await self.renew()
            self.app.say(_("It goes out again, in your name."))

    def action_put_away(self) -> None:
        item = self._item()
        if isinstance(item, Refusal):
            self.flow(self._put, item.line.action)

    async def _put(self, action: UUID) -> None:
        await self.app.write(to("refusals.put_away", action))
        self._put_away = action
        await self.renew()
        key = self.app.keymap.shown(BY_ID["undo"], in_field=False) or _("palette")
        self.app.say(_("Put away; {key} brings it back.").format(key=key))

    def action_undo(self) -> None:
        """What was put away last on this screen comes back; else as everywhere."""
        if self._put_away is None:
            self.app.action_undo()
        else:
            self.flow(self._bring_back, self._put_away)

    async def _bring_back(self, action: UUID) -> None:
        await self.app.write(to("refusals.bring_back", action))
        self._put_away = None
        await self.renew()
        self.app.say(_("It is back."))

    # -- other keys

    def action_open(self) -> None:
        item = self._item()
        if item is not None and item.ticket_id is not None:
            self.app.open_ticket(item.ticket_id)

    def action_copy(self) -> None:
        """Copy what was written and does not stand."""
        item = self._item()
        if item is not None:
            text = conflict_lines.copied(item, self._eyes)
            self.app.copy_to_clipboard(text)
            self.app.say(_("Copied: {text}").format(text=" ".join(text.split())), stays=True)

    def action_conflicts(self) -> None:
        self.app.say(_("These are the conflicts."))

    def action_back(self) -> None:
        """Out of the question or the editor (what is typed is kept), then back."""
        if self.prompt.question is None and self._edited is not None:
            self._leave_editor()
        else:
            super().action_back()


def _key(item: Item) -> UUID:
    return item.line.id if isinstance(item, Clash) else item.line.action


def _name(item: Clash) -> str:
    """What is typed for it is kept under this name."""
    return f"conflict/{item.line.id}"


def _has_words(item: Clash) -> bool:
    return item.line.field in LINES | TEXTS


def _mine(item: Clash) -> str:
    """What I wrote: a third value begins with it."""
    return str((item.line.kept if item.mine_stands else item.line.offered) or "")


def _rewritten(item: Clash) -> str:
    return _("{field}: what you wrote stands now.").format(field=any_field_name(item.line.field))
