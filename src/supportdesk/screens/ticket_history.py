"""A ticket's history as a list: one event in as many lines as it needs, the newest at the bottom, any length."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from supportdesk.desk.fields import verb_name
from supportdesk.desk.sentences import sentence
from supportdesk.i18n import _, ngettext
from supportdesk.rules.text import width
from supportdesk.store.views.timeline import TimelineItem
from supportdesk.widgets.columns import Column
from supportdesk.widgets.lines import plain
from supportdesk.widgets.listing import GUTTER, Listing
from supportdesk.widgets.sources import Rows
from supportdesk.widgets.wrap import wrapped

if TYPE_CHECKING:
    from supportdesk.widgets.lines import Line

WHEN_CELLS = 8
WHO_CELLS = 8
EVENTS = 200
"""Newest events shown at first; the line above them brings as many more."""
LINES = 10
"""Lines of one event at first; Enter shows all of it."""
LONGEST_PIECE = 2_000
"""Characters wrapped at once: wrapping a very long line whole would cost the square of its length."""


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """One line. ``item`` is None for what is no event: a fact, the line that brings earlier events."""

    key: str
    when: str
    who: str
    text: str
    style: str
    item: TimelineItem | None


class History(Listing):
    """The events of one ticket. Enter shows a long event whole, or brings earlier ones."""

    def __init__(self) -> None:
        super().__init__(
            [
                Column("when", "", WHEN_CELLS, lambda row: (row.when, "dim")),
                Column("who", "", WHO_CELLS, lambda row: (row.who, "dim"), from_width=50),
                Column("text", "", 10, lambda row: (row.text, row.style), flexible=True),
            ],
            id="history",
        )
        self.items: Sequence[TimelineItem] = ()
        self._number = ""
        self._words = ""
        self._when: Callable[[int], str] = str
        self._facts: Sequence[str] = ()
        self._events = EVENTS
        self._whole: set[str] = set()
        self._cells = 0

    @property
    def item(self) -> TimelineItem | None:
        """The event under the cursor."""
        row = self.cursor_row
        return row.item if isinstance(row, HistoryRow) else None

    def tell(
        self, items: Sequence[TimelineItem], number: str, words: str, when: Callable[[int], str],
        facts: Sequence[str] = (),
    ) -> None:
        """Show these events. The cursor stays on its line; if it stood on the newest, it goes on to the newest.

        ``words`` are the caller's own, ``when`` writes an instant, ``facts`` stand above everything.
        """
        newest = not self.source.total or self.index == self.source.total - 1
        self.items, self._number, self._words, self._when, self._facts = items, number, words, when, facts
        if newest:
            self.show(self._rows())
            self.move_to_end()
        else:
            self.renew(self._rows())

    def move_to_end(self) -> None:
        """To the newest event."""
        self._set_cursor(self.source.total - 1)

    def lay_out(self) -> None:
        if self.size.width != self._cells:
            self._cells = self.size.width
            at_end = self.index >= self.source.total - 1
            key = self.cursor_key
            self._adopt(self._rows())
            found = None if at_end or key is None else self.source.index_of(key)
            self._place_cursor(self.source.total - 1 if found is None else found)
        super().lay_out()

    def choose(self) -> None:
        row = self.cursor_row
        if not isinstance(row, HistoryRow):
            return
        if row.key == "earlier":
            self._events += EVENTS
        elif row.item is not None:
            self._whole ^= {_key(row.item)}
        else:
            return
        line, key = self.index - self.top, self.cursor_key
        self._adopt(self._rows())
        found = self.source.index_of(key) if key is not None else None
        if found is not None:
            self.top = max(0, found - line)
        self._stand(self.index if found is None else found)

    # -- rows

    @property
    def _text_cells(self) -> int:
        cells = (self._cells or 80) - GUTTER
        return max(10, cells - WHEN_CELLS - 2 - (WHO_CELLS + 1 if cells >= 50 else 0))

    def _rows(self) -> Rows:
        cells = self._text_cells
        rows = [HistoryRow(f"fact/{n}", "", "", text, "dim", None) for n, text in enumerate(self._facts)]
        earlier = len(self.items) - self._events
        if earlier > 0:
            text = ngettext("{n} earlier event: Enter shows it", "{n} earlier events: Enter shows more", earlier)
            rows.append(HistoryRow("earlier", "", "", text.format(n=earlier), "accent", None))
        for item in self.items[max(0, earlier):]:
            rows += self._event(item, cells)
        return Rows(rows, key=lambda row: row.key)

    def _event(self, item: TimelineItem, cells: int) -> list[HistoryRow]:
        key = _key(item)
        text = sentence(item, self._number, self._when) or verb_name(item.kind)
        if self._words and item.kind in ("take_call", "open_ticket") and not item.undone:
            text = _("{what}: “{words}”").format(what=text, words=self._words)
        whole = key in self._whole
        lines = list(_wrapped(text, cells, None if whole else LINES + 1))
        cut = not whole and len(lines) > LINES
        lines = lines[:LINES] if cut else lines
        style = _style(item)
        rows = [
            HistoryRow(f"{key}/{n}", self._when(item.at_us) if n == 0 else "",
                       _short(item.author_name) if n == 0 else "", line, style, item)
            for n, line in enumerate(lines)
        ]
        if cut:
            rows.append(HistoryRow(f"{key}/more", "", "", _("… Enter shows all of it"), "accent", item))
        return rows


def facts_text(lines: Sequence[Line]) -> list[str]:
    """Lines of facts as plain text, for above a history that has no room beside it."""
    return [plain(line) for line in lines]


def _wrapped(text: str, cells: int, limit: int | None) -> list[str]:
    """Lines of at most ``cells``; no more than ``limit`` of them are made."""
    lines: list[str] = []
    for start in range(0, max(1, len(text)), LONGEST_PIECE):
        lines += wrapped(text[start : start + LONGEST_PIECE], cells)
        if limit is not None and len(lines) >= limit:
            return lines[:limit]
    return lines


def _key(item: TimelineItem) -> str:
    if item.note is not None:
        return f"note/{item.note.id}"
    return f"{item.action}/{item.at_us}/{item.kind}"


def _short(name: str) -> str:
    """A first name says enough beside a line; a login stands whole."""
    first = name.split(" ", 1)[0] if name else ""
    return first if width(first) else name


def _style(item: TimelineItem) -> str:
    if item.undone or item.kind == "undo" or (item.note is not None and item.note.withdrawn):
        return "dim"
    return "accent" if item.note is not None and item.note.audience == "caller" else ""
