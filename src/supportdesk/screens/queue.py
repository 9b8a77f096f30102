"""The queue: which ticket next, why, and what may be done with it, at a glance (LOOK.md "Queue")."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from textual import events, on
from textual.containers import Horizontal, Vertical

from supportdesk.actions import QUEUE
from supportdesk.base_app import DeskScreen
from supportdesk.desk.promised import Promised, promised
from supportdesk.i18n import _
from supportdesk.screens.queue_lines import (
    EMPTY,
    NUMBER_CELLS,
    VIEW_NAMES,
    Eyes,
    Views,
    columns,
    longest_number,
    number_words,
    promised_words,
    view_rows,
)
from supportdesk.screens.queue_preview import preview
from supportdesk.screens.queue_source import TicketRows
from supportdesk.screens.queue_verbs import Verbs
from supportdesk.store.views import look
from supportdesk.store.views import ticket as ticket_view
from supportdesk.store.views.queue import FIRST_PAGE, View
from supportdesk.widgets.frame import Divider, KeyLine, MessageLine, Panel, Rule, StatusLine
from supportdesk.widgets.lines import Line
from supportdesk.widgets.listing import Listing

if TYPE_CHECKING:
    from collections.abc import Hashable
    from uuid import UUID

    from textual.app import ComposeResult

    from supportdesk.app import SupportDesk
    from supportdesk.desk.opening import FirstLook
    from supportdesk.screens.queue_filter import Filtering
    from supportdesk.store.views.filtered import FilteredLook
    from supportdesk.store.views.look import Look, OwnView
    from supportdesk.store.views.queue import QueueLine
    from supportdesk.store.views.ticket import TicketView

FIXED = tuple(VIEW_NAMES)
SPARE_LINES = 8
"""Lines read beyond the window, so that a window that has to move a little stays whole."""

WIDE = 160
"""Columns from which on the preview has room for the caller's words."""

SIDE, SIDE_WIDE = 36, 50
"""Columns of the preview, as in the style below."""


class QueueScreen(Verbs, DeskScreen[None]):
    """The first screen. ``first`` was read while Textual was imported."""

    where = QUEUE
    app: SupportDesk

    DEFAULT_CSS = """
    QueueScreen .wide { display: none; }
    QueueScreen.-w120 .wide, QueueScreen.-w160 .wide { display: block; }
    QueueScreen.-w120 #strip, QueueScreen.-w160 #strip { display: none; }
    QueueScreen.filtering #strip, QueueScreen.filtering #heading { display: none; }
    QueueScreen #strip, QueueScreen #heading { height: 1; }
    QueueScreen #views { width: 20; }
    QueueScreen #side { width: 36; }
    QueueScreen.-w160 #side { width: 50; }
    QueueScreen #list-side { width: 1fr; }
    QueueScreen.-plain #body { layout: vertical; }
    QueueScreen.-plain #list-side { height: 1fr; }
    QueueScreen.-plain.-high #side { display: block; width: 1fr; height: 9; }
    """

    KEYS: ClassVar[tuple[str, ...]] = (
        "new_call", "open", "take", "filter", "callback", "why", "solve", "hand_over", "keys",
    )  # fmt: skip
    KEYS_IN_FIELD: ClassVar[tuple[str, ...]] = ("open", "back")

    def __init__(self, first: FirstLook) -> None:
        super().__init__(name="queue")
        me, now_us = self.app.desk.agent, self.app.now_us
        self.me = me
        self.eyes = Eyes(now_us, self.app.zone, first.view, first.seen.is_new)
        self.own: tuple[OwnView, ...] = first.own
        self.own_counts: tuple[int, ...] = ()
        self.shown = FIXED.index(first.view)
        self.rows = self._source(first.look)
        self._number_cells = max(NUMBER_CELLS, longest_number(first.look.lines))
        self.filtering: Filtering | None = None
        self.found: FilteredLook | None = None
        self._places: dict[int, tuple[int, int]] = {}
        self._first_ticket = first.ticket
        self._first_promised = first.promised
        self._previewed: Hashable | None = None
        self._stale = False
        self._width = 0

    # -- the screen

    def compose(self) -> ComposeResult:
        yield StatusLine(now=self.app.now)
        yield Rule()
        with Horizontal(id="body"):
            yield Views(id="views", classes="wide")
            yield Divider(classes="wide")
            with Vertical(id="list-side"):
                yield Views(across=True, id="strip")
                yield Panel(id="heading", classes="wide")
                yield Listing(columns(lambda: self.eyes, self._number_cells), heading=True, markable=True, id="list")
            yield Divider(classes="wide")
            yield Panel(id="side", classes="wide")
        yield Rule()
        yield MessageLine()
        yield KeyLine(self.KEYS, self.KEYS_IN_FIELD, self.app.keymap)

    def on_mount(self) -> None:
        self.show_views()
        self.listing.show(self.rows)
        self._say_empty()
        self.set_focus(self.listing)
        if self._first_ticket is not None:
            self._previewed = self._first_ticket.pk
            self.query_one("#side", Panel).show(self._preview_lines(self._first_ticket, self._first_promised))
        self.app.go(self._count_own, group="own", exclusive=True)

    @property
    def listing(self) -> Listing:
        return self.query_one("#list", Listing)

    def resting_place(self) -> Listing:
        return self.listing

    @property
    def view(self) -> View:
        """The fixed view shown, or the one that an own view is a part of."""
        own = self.own_view
        return FIXED[self.shown] if own is None else own.base

    @property
    def own_view(self) -> OwnView | None:
        return self.own[self.shown - len(FIXED)] if self.shown >= len(FIXED) else None

    @property
    def words(self) -> str:
        """The words that filter what is shown: typed, or those of an own view."""
        if self.filtering is not None and self.filtering.open:
            return self.filtering.typed
        return self.own_view.words if self.own_view else ""

    # -- views

    def show_views(self) -> None:
        """Names and counts of the views, and what I promised."""
        counts = self.app.counts
        rows = view_rows(counts, self.own, self.own_counts)
        below = promised_words(counts, self.eyes.now_us, self.eyes.zone)
        for widget in self.query(Views):
            widget.show(rows, len(FIXED), self.shown, below)
        self.query_one("#heading", Panel).show([self._heading(rows[self.shown].name)])

    def _heading(self, name: str) -> Line:
        found = self.found
        if found is not None:
            here, all_of = number_words(len(found.found.here)), number_words(found.here_of)
            return ((f" {name}  ", "strong"), (_("{here} of {all}").format(here=here, all=all_of), "dim"))
        return ((f" {name}", "strong"), (f"  {number_words(len(self.rows.open_pks))}", "dim"))

    def action_next_view(self) -> None:
        self._show_view(self.shown + 1)

    def action_previous_view(self) -> None:
        self._show_view(self.shown - 1)

    def _show_view(self, number: int) -> None:
        """Another view, the cursor where it was when this view was last looked at."""
        self.keep_place()
        self.shown = number % (len(FIXED) + len(self.own))
        self.eyes.view = self.view
        self.found = None
        if self.filtering is not None:
            self.filtering.forget()
        self.show_views()
        self.app.go(self.look, renew=False, group="look", exclusive=True)
        self.app.remember_view(self.view)

    def keep_place(self) -> None:
        """Where the cursor is, for when this view is shown again."""
        pk = self.listing.cursor_key
        if isinstance(pk, int):
            self._places[self.shown] = pk, self.listing.index - self.listing.top

    # -- looking

    def desk_changed(self) -> None:
        """Something was saved: look again. The list waits for a still hand, and stays on its ticket."""
        if self.app.screen is self:
            self.app.go(self.look, renew=True, group="look", exclusive=True)
        else:
            self._stale = True

    def on_screen_resume(self, _event: events.ScreenResume) -> None:
        self.app.show_status()
        if self._stale:
            self._stale = False
            self.desk_changed()

    async def look(self, *, renew: bool) -> None:
        """Read the view, or what its words find; with ``renew`` the cursor stays on its ticket."""
        now_us = self.app.now_us
        if self.words:
            await self._filter_of_words().look_for(self.words, renew=renew, anew=True)
            return
        self.found = None
        pk, above = self._places.get(self.shown, (None, 0))
        if renew:
            key = self.listing.cursor_key
            pk, above = (key if isinstance(key, int) else None), self.listing.index - self.listing.top
        shown = self.shown
        seen = await self.app.read(
            self.with_marks, look.look, self.view, self.me, now_us, pk=pk, above=above,
            rows=max(FIRST_PAGE, self.listing.page + SPARE_LINES),
        )
        if self.shown != shown:
            return
        self.eyes.now_us = now_us
        self.rows = self._source(seen, pk)
        self.app.take_counts(seen.counts)
        self._show_rows(pk if pk is not None and seen.at is not None else None, renew=renew)
        await self._count_own()

    async def _count_own(self) -> None:
        """The agent's own views and their counts: after the list, they cost more."""
        own = await self.app.read(look.own_views, self.me)
        counts: tuple[int, ...] = ()
        if own:
            from supportdesk.store.views.filtered import own_counts

            counts = await self.app.read(own_counts, own, self.me, self.app.now_us)
        if (own, counts) != (self.own, self.own_counts):
            self.own, self.own_counts = own, counts
            self.shown = min(self.shown, len(FIXED) + len(own) - 1)
            self.show_views()

    def with_marks(self, conn: Any, fn: Any, *args: Any, **named: Any) -> Any:
        """Read lines, in the reading thread, and what of them is new to me."""
        seen = fn(conn, *args, **named)
        lines = seen.lines if hasattr(seen, "lines") else seen[1]
        self.app.seen.learn(line.id for line in lines)
        self.call_later(self._fit_numbers, longest_number(lines))
        return seen

    def _fit_numbers(self, longest: int) -> None:
        """A number is never cut: another device's, or the first of a new desk, may be longer than those before."""
        if longest > self._number_cells:
            self._number_cells = longest
            self.listing.show_columns(columns(lambda: self.eyes, longest))

    def _source(self, seen: Look, pk: int | None = None) -> TicketRows:
        at = None if pk is None or seen.at is None else (pk, seen.at)
        return TicketRows(seen.snapshot.pks, seen.closed, seen.lines, self._read_page, at)

    def _read_page(self, fn: Any, *args: Any) -> Any:
        return self.app.reading(self.with_marks, fn, *args)

    def _show_rows(self, at: int | None, *, renew: bool) -> None:
        self.show_views()
        self._say_empty()
        if renew:
            self.listing.renew(self.rows)
            self._preview_again()
        else:
            self.listing.show(self.rows, at)

    def _say_empty(self) -> None:
        if self.words and self._mistyped(self.words):
            self.listing.say(_("No ticket has this number: its check digit does not fit. Ask for it again."), "warn")
        elif self.words:
            self.listing.say(_("No ticket holds these words. Fewer letters find more; Esc shows the view again."))
        else:
            self.listing.say(_(EMPTY[self.view]))

    @staticmethod
    def _mistyped(text: str) -> bool:
        from supportdesk.rules.numbers import TypedKind, parse

        return parse(text).kind is TypedKind.TYPO

    def minute_passed(self) -> None:
        """The times on the screen go on at once; the order of promises follows when the console looks again."""
        self.eyes.now_us = self.app.now_us
        super().minute_passed()

    # -- filter

    async def action_filter(self) -> None:
        """Filter while typing: open tickets of the view first, then other open ones, then closed ones."""
        await self._filter_of_words().begin()

    def _filter_of_words(self) -> Filtering:
        if self.filtering is None:
            from supportdesk.screens.queue_filter import Filtering

            self.filtering = Filtering(self)
        return self.filtering

    def show_found(self, found: FilteredLook, *, renew: bool) -> None:
        """What the words have found, instead of the view."""
        self.found = found
        hits = found.found
        self.rows = TicketRows(hits.here + hits.elsewhere + hits.closed, None, found.lines, self._read_page)
        self._show_rows(None, renew=renew)

    def action_back(self) -> None:
        """Esc leaves the question or the field, then the filter, then takes the marks away."""
        if self._flows is not None and self._flows.prompt.question is not None:
            self._flows.prompt.leave()
        elif self.in_field:
            self.set_focus(self.listing)
        elif self.filtering is not None and self.filtering.open:
            self.app.go(self.filtering.leave, group="filter", exclusive=True)
        else:
            self.listing.unmark_all()
            self.query_one(MessageLine).clear()

    # -- preview

    @on(Listing.Rested, "#list")
    def _rested(self, event: Listing.Rested) -> None:
        if event.key != self._previewed:
            self._preview_again()

    def on_resize(self, event: events.Resize) -> None:
        if self._width not in (0, event.size.width):
            self.call_after_refresh(self._preview_again)
        self._width = event.size.width

    def _preview_again(self) -> None:
        side = self.query_one("#side", Panel)
        line = self.listing.cursor_row
        self._previewed = self.listing.cursor_key
        if not side.display or not self.is_attached:
            return
        if line is None:
            side.show([])
        else:
            self.app.go(self._preview, line, side, group="preview", exclusive=True)

    async def _preview(self, line: QueueLine, side: Panel) -> None:
        lines = await self.app.read(self._read_preview, line.id)
        if lines is not None and self.listing.cursor_key == line.pk:
            side.show(lines)
            if self.app.seen.is_new(line):
                self.app.seen.looked(line.id, self.app.now_us)
                self.listing.minute_passed()

    def _read_preview(self, conn: Any, id: UUID) -> list[Line] | None:
        """Read and written in the reading thread: the tables of telephone numbers may have to be loaded."""
        ticket = ticket_view.ticket(conn, id)
        return None if ticket is None else self._preview_lines(ticket, promised(conn, id, self.app.now_us))

    def _preview_lines(self, ticket: TicketView, of: Promised) -> list[Line]:
        wide = self.app.size.width >= WIDE
        cells = SIDE_WIDE if wide else SIDE
        return preview(ticket, of, self.app.now_us, self.eyes.zone, self.app.region, cells, wide)

    # -- opening

    async def action_do(self, id: str) -> None:
        """As of every screen; whatever is done next, the ticket taken last is not meant any more."""
        if id != "open":
            self.just_taken = None
        await super().action_do(id)

    @on(Listing.Chosen, "#list")
    def _chosen(self, _event: Listing.Chosen) -> None:
        self.app.go(self.app.do, "open")

    @on(Listing.Highlighted, "#list")
    def _moved(self, event: Listing.Highlighted) -> None:
        if event.by_hand:
            self.just_taken = None
