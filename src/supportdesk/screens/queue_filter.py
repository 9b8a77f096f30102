"""The line in which the queue is filtered. Imported with the first ``/``: the first screen needs no field."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on
from textual.containers import Horizontal

from supportdesk.widgets.fields import Field
from supportdesk.widgets.frame import Panel
from supportdesk.widgets.listing import Listing

if TYPE_CHECKING:
    from textual import events
    from textual.app import ComposeResult


class FilterField(Field):
    """Letters filter, arrows move in the list, Enter opens the ticket under its cursor."""

    def __init__(self, listing: Listing) -> None:
        super().__init__(id="filter-field")
        self._listing = listing

    def on_key(self, event: events.Key) -> None:
        step = Listing.STEPS.get(event.key)
        if step is not None:
            self._listing.move_to(self._listing.index + step[0] + step[1] * self._listing.page)
        elif event.key == "enter":
            self.screen.choose_found()  # type: ignore[attr-defined]
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

    def __init__(self, field: FilterField) -> None:
        super().__init__(id="filter")
        self._field = field

    def compose(self) -> ComposeResult:
        yield Panel([((" / ", "accent"),)], id="filter-sign")
        yield self._field
        yield Panel(id="filter-found")

    @on(Field.Changed, "#filter-field")
    def _typed(self, event: Field.Changed) -> None:
        event.stop()
        self.screen.filter_typed(event.value)  # type: ignore[attr-defined]
