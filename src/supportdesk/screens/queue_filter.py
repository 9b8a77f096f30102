"""The queue narrowed by words. Imported with the first of them: the first screen needs no field."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on
from textual.containers import Horizontal

from supportdesk.i18n import _
from supportdesk.screens.queue_lines import number_words
from supportdesk.store.views.filtered import Filter
from supportdesk.store.views.queue import FIRST_PAGE
from supportdesk.widgets.fields import Field
from supportdesk.widgets.frame import Panel
from supportdesk.widgets.listing import Listing

if TYPE_CHECKING:
    from textual import events
    from textual.app import ComposeResult

    from supportdesk.screens.queue import QueueScreen
    from supportdesk.store.views.filtered import FilteredLook
    from supportdesk.widgets.lines import Line


class Filtering:
    """What narrows the list of one queue screen: the words typed, or those of a view of one's own."""

    def __init__(self, screen: QueueScreen) -> None:
        self.screen = screen
        self.app = screen.app
        self._filter: Filter | None = None
        self._choosing: str | None = None

    @property
    def open(self) -> bool:
        """Whether the line to type in is there."""
        return self.screen.has_class("filtering")

    @property
    def field(self) -> FilterField:
        return self.screen.query_one(FilterField)

    @property
    def typed(self) -> str:
        return self.field.value.strip()

    async def begin(self) -> None:
        """Open the line, or go back into it."""
        if not self.screen.query(FilterRow):
            self.screen.keep_place()
            await self.screen.query_one("#list-side").mount(FilterRow(self), before=self.screen.listing)
        self.screen.add_class("filtering")
        self.field.focus()
        if self._filter is None:  # the orders stand before the first letter
            self.app.go(self.app.find, self._new_filter().look, "", group="filter")

    def _new_filter(self) -> Filter:
        self._filter = Filter(self.screen.view, self.screen.me, self.app.now_us)
        return self._filter

    def forget(self) -> None:
        """Another view is shown: its orders are others."""
        self._filter = None

    def another_letter(self, text: str) -> None:
        """Look for what is typed now, once it stands on the screen."""
        self.screen.call_after_refresh(self._look_for_typed, text.strip())

    def _look_for_typed(self, text: str) -> None:
        if text == self._choosing:
            return  # Enter came first, and looks for the same
        if self.open and text == self.typed:
            self.app.go(self.look_for, text, renew=False, group="filter", exclusive=True)

    def choose(self) -> None:
        """Open what the cursor is on, for exactly what is typed, however fast it was typed."""
        self._choosing = self.typed
        self.app.go(self._choose, self._choosing, group="filter", exclusive=True)

    async def _choose(self, text: str) -> None:
        while text == self.screen.words and text and not self._has_found(text):
            await self.look_for(text, renew=False)  # what changed in the desk may have asked anew meanwhile
        self._choosing = None
        self.screen.listing.choose()

    async def look_for(self, text: str, *, renew: bool, anew: bool = False) -> None:
        """Show what ``text`` finds; ``anew`` when the desk has changed. Without a text the whole view."""
        if not text:
            self.screen.found = None
            await self.screen.look(renew=renew)
            return
        narrowing = self._new_filter() if self._filter is None or anew else self._filter
        rows = max(FIRST_PAGE, self.screen.listing.page)
        found = await self.app.find(self.screen.with_marks, narrowing.look, text, rows)
        if found is None:
            return
        self.screen.show_found(found, renew=renew)
        if self.open:
            panel = self.screen.query_one("#filter-found", Panel)
            panel.show([_found_words(found, panel.size.width)])

    def _has_found(self, text: str) -> bool:
        return self.screen.found is not None and self.screen.found.found.text == text

    async def leave(self) -> None:
        """Back to the whole view, where it was."""
        self.screen.remove_class("filtering")
        self._filter = self.screen.found = None
        self.screen.set_focus(self.screen.listing)
        await self.screen.query(FilterRow).remove()
        await self.screen.look(renew=False)


class FilterField(Field):
    """Letters filter, arrows move in the list, Enter opens the ticket under its cursor."""

    def __init__(self, filtering: Filtering) -> None:
        super().__init__(id="filter-field")
        self._filtering = filtering

    def on_key(self, event: events.Key) -> None:
        listing = self._filtering.screen.listing
        step = Listing.STEPS.get(event.key)
        if step is not None:
            listing.move_to(listing.index + step[0] + step[1] * listing.page)
        elif event.key == "enter":
            self._filtering.choose()
        else:
            return
        event.stop()
        event.prevent_default()


class FilterRow(Horizontal):
    """The field with a slash before it, and behind it what was found where."""

    DEFAULT_CSS = """
    FilterRow { height: 1; }
    FilterRow #filter-sign { width: 3; height: 1; }
    FilterRow #filter-field { width: 1fr; }
    FilterRow #filter-found { width: 2fr; height: 1; }
    """

    def __init__(self, filtering: Filtering) -> None:
        super().__init__(id="filter")
        self._filtering = filtering

    def compose(self) -> ComposeResult:
        yield Panel([((" / ", "accent"),)], id="filter-sign")
        yield FilterField(self._filtering)
        yield Panel(id="filter-found")

    @on(Field.Changed, "#filter-field")
    def _typed(self, event: Field.Changed) -> None:
        event.stop()
        self._filtering.another_letter(event.value)


def _found_words(found: FilteredLook, cells: int) -> Line:
    """How many were found where; that there are more is a sign, and words too where they have room in ``cells``."""
    hits = found.found
    parts = [_("here {n}").format(n=number_words(len(hits.here)))]
    if hits.elsewhere:
        parts.append(_("elsewhere {n}").format(n=number_words(len(hits.elsewhere))))
    if hits.closed:
        parts.append(_("closed {n}").format(n=number_words(len(hits.closed))))
    if hits.more:
        parts[-1] += "+"
        said = " · ".join([*parts, _("more: type on")])
        parts = [said] if len(said) < cells else parts
    return ((" · ".join(parts) + " ", "dim"),)
