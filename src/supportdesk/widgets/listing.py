"""The one list of the console: a window over a source of any size, drawn line by line.

Never more rows in memory than a screenful: a million tickets move as fast as a thousand (DESIGN.md 4). The cursor
stays on its row, not on its position, when the rows change; they change their order only after the hand has rested.
Only lines that differ are painted again.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from time import monotonic
from typing import TYPE_CHECKING, Any, ClassVar

from rich.segment import Segment
from textual.message import Message
from textual.strip import Strip

from supportdesk.i18n import _
from supportdesk.rules.text import cut, fit, safe
from supportdesk.widgets.columns import Column, Placed, place
from supportdesk.widgets.lines import Lines
from supportdesk.widgets.sources import Rows, Source
from supportdesk.widgets.themes import ellipsis_of
from supportdesk.widgets.wrap import wrapped

if TYPE_CHECKING:
    from textual import events
    from textual.timer import Timer

    from supportdesk.widgets.themes import Look

STILL = 0.3
"""Seconds without a key before rows may change their order under the cursor (LOOK.md "Forms flow")."""

REST = 0.12
"""Seconds without a key before what hangs on the cursor (a preview) follows it."""

CURSOR_SIGN = "│"
MARK_SIGN = "●"
WAITING_SIGN = "…"
GUTTER = 2
"""Cells before the first column: the sign of the cursor, the mark."""


class Listing(Lines, can_focus=True):
    """A list with a cursor, and marks if ``markable``.

    Moves by arrows, PgUp/PgDn, Home/End; Enter chooses. When the cursor leaves the window, the window follows by half
    its height, so that most moves repaint two lines only.
    """

    DEFAULT_CSS = "Listing { height: 1fr; }"

    class Highlighted(Message):
        """The cursor stands on another row, or on none. ``by_hand``: a key moved it, not a list that was read again."""

        def __init__(self, listing: Listing, key: Hashable | None, by_hand: bool = False) -> None:
            super().__init__()
            self.listing = listing
            self.key = key
            self.by_hand = by_hand

        @property
        def control(self) -> Listing:
            return self.listing

    class Rested(Highlighted):
        """The cursor has stood still for :data:`REST`: now show what belongs to the row."""

    class Chosen(Highlighted):
        """Enter on a row."""

    class Marked(Message):
        """Other rows are marked than before."""

        def __init__(self, listing: Listing, keys: frozenset[Hashable]) -> None:
            super().__init__()
            self.listing = listing
            self.keys = keys

        @property
        def control(self) -> Listing:
            return self.listing

    class Landed(Message, bubble=False):
        """A page has come; posted from whatever thread read it."""

    STEPS: ClassVar[dict[str, tuple[int, int]]] = {
        "up": (-1, 0),
        "down": (1, 0),
        "pageup": (0, -1),
        "pagedown": (0, 1),
    }
    """Keys that move the cursor: by so many rows and so many pages."""

    def __init__(
        self,
        columns: Sequence[Column],
        *,
        heading: bool = False,
        markable: bool = False,
        row_style: Callable[[Any], str] | None = None,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        """
        Args:
            columns: In the order they stand.
            heading: Whether the first line shows the columns' titles.
            row_style: The name of the style for whole rows whose cells ask for none of their own.
        """
        super().__init__(id=id, classes=classes)
        self.index = 0
        self.top = 0
        self.columns = tuple(columns)
        self.heading = heading
        self.markable = markable
        self.source: Source = Rows((), key=hash)
        self.marked: frozenset[Hashable] = frozenset()
        self._row_style = row_style
        self._note: tuple[str, str] = ("", "dim")
        self._key: Hashable | None = None
        self._placed: tuple[Placed, ...] = ()
        self._cache: dict[tuple[int, bool, bool], tuple[Any, Strip]] = {}
        self._moved_at = 0.0
        self._waiting: Source | None = None
        self._rest_timer: Timer | None = None
        self._still_timer: Timer | None = None

    # -- what is shown

    def show(self, source: Source, at: Hashable | None = None) -> None:
        """Show other rows at once, the cursor on ``at`` or on the first one: another view, a filter."""
        self._drop_waiting()
        self._adopt(source)
        found = None if at is None else source.index_of(at)
        self.marked = frozenset()
        self.index = self.top = 0
        self._stand(found or 0)
        self._announce()

    def renew(self, source: Source) -> None:
        """The same list read again: the cursor stays on its row and that row on its line. Waits for a still hand."""
        left = self._moved_at + STILL - monotonic()
        if left > 0 and self.source.total:
            self._drop_waiting()
            self._waiting = source
            self._still_timer = self.set_timer(left, self._renew_waiting)
            return
        line, before = self.index - self.top, self._key
        found = None if before is None else source.index_of(before)
        self._adopt(source)
        self.marked = frozenset(key for key in self.marked if source.index_of(key) is not None)
        if found is not None:
            self.top = max(0, found - line)
        self._stand(self.index if found is None else found)
        if self._key != before:
            self._announce()

    def say(self, text: str, style: str = "dim") -> None:
        """What stands in place of rows while there are none: why it is empty and what to do, or what failed."""
        self._note = (text, style)
        self.repaint()

    def _adopt(self, source: Source) -> None:
        self.source.landed = None
        self.source = source
        source.landed = self._on_landed_anywhere
        self._cache.clear()

    def renew_now(self) -> None:
        """Take what waits for a still hand: the hand asks for it."""
        self._moved_at = 0.0
        self._renew_waiting()

    def _renew_waiting(self) -> None:
        source, self._waiting = self._waiting, None
        if source is not None:
            self.renew(source)

    def _drop_waiting(self) -> None:
        self._waiting = None
        if self._still_timer is not None:
            self._still_timer.stop()
            self._still_timer = None

    def _on_landed_anywhere(self) -> None:
        self.post_message(self.Landed())

    def on_listing_landed(self) -> None:
        if self._key is None and self.source.total:
            self._stand(self.index)
            self._announce()
        self.repaint()

    # -- cursor, window, marks

    @property
    def page(self) -> int:
        """Rows that the window shows."""
        return max(1, self.size.height - self.heading)

    @property
    def cursor_key(self) -> Hashable | None:
        """What names the row under the cursor; None on an empty list or before its page has come."""
        return self._key

    @property
    def cursor_row(self) -> Any | None:
        """The row under the cursor."""
        return self.source.row(self.index) if self.source.total else None

    @property
    def shows_cursor(self) -> bool:
        """Whether the row under the cursor carries the sign of the cursor."""
        return True

    @property
    def shows_bar(self) -> bool:
        """Whether its whole line is set off: the keys go here."""
        return self.has_focus

    def touch(self) -> None:
        """A key was pressed: rows keep their order for :data:`STILL`."""
        self._moved_at = monotonic()
        if self._still_timer is not None:
            self._still_timer.reset()

    def move_to(self, index: int) -> None:
        """Put the cursor on a position; beyond an end it stays at that end."""
        self.touch()
        self._set_cursor(index)

    def move_to_key(self, key: Hashable) -> bool:
        """Put the cursor on a row; whether it is there."""
        found = self.source.index_of(key)
        if found is not None:
            self._set_cursor(found)
        return found is not None

    def choose(self) -> None:
        """As Enter."""
        if self._key is not None:
            self.post_message(self.Chosen(self, self._key))

    def toggle_mark(self) -> None:
        """Mark or unmark the row under the cursor and go on to the next."""
        if self._key is None or not self.markable:
            return
        self.marked ^= {self._key}
        self.post_message(self.Marked(self, self.marked))
        if self.index + 1 < self.source.total:
            self.move_to(self.index + 1)
        self.repaint()

    def unmark_all(self) -> None:
        if self.marked:
            self.marked = frozenset()
            self.post_message(self.Marked(self, self.marked))
            self.repaint()

    def _set_cursor(self, index: int) -> None:
        before, line = self._key, self.index - self.top
        if self._place_cursor(index) or not self._drawn:
            self.repaint()
        else:
            self.repaint((line + self.heading, self.index - self.top + self.heading))
        if before != self._key:
            self._announce(by_hand=True)

    def _stand(self, index: int) -> None:
        self._place_cursor(index)
        self.repaint()

    def _place_cursor(self, index: int) -> bool:
        """Put the cursor there and the window around it; whether the window moved."""
        total = self.source.total
        self.index = max(0, min(index, total - 1))
        self._key = self.source.key(self.index) if total else None
        return self._keep_in_window()

    def _announce(self, by_hand: bool = False) -> None:
        self.post_message(self.Highlighted(self, self._key, by_hand))
        if self._rest_timer is not None:
            self._rest_timer.stop()
        self._rest_timer = self.set_timer(REST, self._rested)

    def _rested(self) -> None:
        self.post_message(self.Rested(self, self._key))

    def _keep_in_window(self) -> bool:
        """Move the window so that the cursor is in it; whether it moved."""
        page, total = self.page, self.source.total
        top = self.top
        if not top <= self.index < top + page:
            one_step = self.index in (top - 1, top + page)
            top = self.index - page // 2 if one_step else self.index - (self.index - top) % page
        top = max(0, min(top, total - page))
        moved, self.top = top != self.top, top
        self.source.wanted(top, page)
        return moved

    # -- drawing

    def minute_passed(self) -> None:
        """What cells show has changed without their rows: time has gone by, another language, a decision."""
        self._cache.clear()
        self.repaint()

    def show_columns(self, columns: Sequence[Column]) -> None:
        """Other columns, or other widths of them, from now on."""
        self.columns = tuple(columns)
        self.lay_out()
        self.repaint()

    def lay_out(self) -> None:
        self._cache.clear()
        self._placed = place(self.columns, self.size.width - GUTTER)
        self._keep_in_window()

    def draw_line(self, y: int, look: Look) -> Strip:
        line = y - self.heading
        if line < 0:
            return self._draw_heading(look)
        index = self.top + line
        if index >= self.source.total:
            return self._draw_note(line, look) if not self.source.total else Strip.blank(self.size.width, look.ground)
        row = self.source.row(index)
        here = index == self.index and self.shows_cursor
        marked = bool(self.marked) and self.source.key(index) in self.marked
        known = self._cache.get((index, here, marked))
        if known is not None and row is not None and (known[0] is row or known[0] == row):
            return known[1]
        strip = self._draw_row(row, here, marked, look)
        if row is not None:
            if len(self._cache) >= 8 * self.page:
                self._cache.clear()
            self._cache[index, here, marked] = (row, strip)
        return strip

    def _draw_row(self, row: Any | None, here: bool, marked: bool, look: Look) -> Strip:
        ellipsis = ellipsis_of(self)
        bar = here and self.shows_bar
        base = look.style(self._row_style(row) if self._row_style and row is not None else "", bar)
        segments = [Segment(CURSOR_SIGN if here else " ", look.style("accent", bar))]
        segments.append(Segment(MARK_SIGN if marked else " ", look.style("mark", bar)))
        used = GUTTER
        pending = ""
        for placed in self._placed:
            text, name = placed.column.render(row) if row is not None else (WAITING_SIGN, "dim")
            column = placed.column
            if column.tail is not None and row is not None and (tail := column.tail(row)):
                text = cut(safe(text), placed.width - len(tail), ellipsis) + tail
            text = fit(safe(text), placed.width, ellipsis)
            if column.align == "right" and text.endswith(" "):
                short = text.rstrip()
                text = " " * (len(text) - len(short)) + short
            style = look.style(name, bar) if name else base
            if style is base:
                pending += text + " "
            else:
                if pending:
                    segments.append(Segment(pending, base))
                segments.append(Segment(text, style))
                pending = " "
            used += placed.width + 1
        pending += " " * (self.size.width - used)
        if pending:
            segments.append(Segment(pending, base))
        return Strip(segments).adjust_cell_length(self.size.width, base)

    def _draw_heading(self, look: Look) -> Strip:
        parts = [" " * GUTTER]
        for placed in self._placed:
            title = fit(safe(_(placed.column.title) if placed.column.title else ""), placed.width)
            parts.append((title.strip().rjust(placed.width) if placed.column.align == "right" else title) + " ")
        return self.strip_of("".join(parts).rstrip(), look, "dim")

    def _draw_note(self, line: int, look: Look) -> Strip:
        text, name = self._note
        room = max(1, self.size.width - 2)
        lines = wrapped(text, room)
        return self.strip_of(" " + (lines[line] if line < len(lines) else ""), look, name)

    # -- keys and mouse

    def on_key(self, event: events.Key) -> None:
        step = self.STEPS.get(event.key)
        if step is not None:
            self.move_to(self.index + step[0] + step[1] * self.page)
        elif event.key in ("home", "end"):
            self.move_to(0 if event.key == "home" else self.source.total - 1)
        elif event.key == "enter" and self._key is not None:
            self.choose()
        else:
            return
        event.stop()
        event.prevent_default()

    def on_click(self, event: events.Click) -> None:
        index = self.top + event.y - self.heading
        if event.y >= self.heading and index < self.source.total:
            again = index == self.index and event.chain > 1
            self.move_to(index)
            if again:
                self.choose()

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self.move_to(self.index + 3)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self.move_to(self.index - 3)

    def on_focus(self) -> None:
        self.minute_passed()

    def on_blur(self) -> None:
        self.minute_passed()
