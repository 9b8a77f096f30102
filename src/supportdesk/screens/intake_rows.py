"""The rows of the intake: a label, a field, and what stands behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.containers import Horizontal
from textual.message import Message

from supportdesk.widgets.fields import Field, Notes
from supportdesk.widgets.frame import Panel

if TYPE_CHECKING:
    from textual import events
    from textual.app import ComposeResult

    from supportdesk.widgets.fields import Suggestions
    from supportdesk.widgets.lines import Line

LABEL_CELLS = 15
"""Of the name of a row, as in the style below."""

BEHIND = 2
"""Cells between a field and the words behind it."""


class Saying(Notes):
    """A text of several lines in which Enter goes on; a pasted line break stays one."""

    async def _on_key(self, event: events.Key) -> None:
        suggestions = self.suggestions
        if event.key in ("down", "up") and suggestions is not None and suggestions.source.total:
            last = self.cursor_location[0] >= self.document.line_count - 1
            if suggestions.active or (event.key == "down" and last):
                event.stop()
                event.prevent_default()
                suggestions.touch()
                suggestions.step(1 if event.key == "down" else -1)
                return
        if event.key == "enter":
            event.stop()
            event.prevent_default()
            if suggestions is not None and suggestions.active:
                suggestions.choose()
            else:
                self.post_message(self.Said(self))
            return
        await super()._on_key(event)

    class Said(Message):
        """Enter: what is said is said, go on."""

        def __init__(self, saying: Saying) -> None:
            super().__init__()
            self.saying = saying

    suggestions: Suggestions | None = None


class FormRow(Horizontal):
    """One row: its label, a field of so many cells (0: most of the rest), and words behind it.

    A ``digit`` field takes one digit, which leads on by itself."""

    DEFAULT_CSS = """
    FormRow { height: 1; }
    FormRow > .label { width: 15; }
    FormRow > .after { width: 1fr; height: 1; }
    FormRow > Panel { height: 1; }
    """

    def __init__(
        self, id: str, cells: int | None, suggestions: Suggestions | None = None, *, digit: bool = False
    ) -> None:
        super().__init__(id=f"row-{id}")
        self.field: Field | None = None
        if cells is not None:
            self.field = Field(suggestions=suggestions, id=id)
            self.field.leads_on = digit
            self.field.styles.width = cells or "3fr"
        self._label = Panel(classes="label")
        self.after = Panel(classes="after")

    def compose(self) -> ComposeResult:
        yield self._label
        if self.field is not None:
            yield self.field
        yield self.after

    def name_it(self, text: str) -> None:
        self._label.show([((f" {text}", "dim"),)])

    def say(self, line: Line) -> None:
        """The words behind the field."""
        spans = ((line, ""),) if isinstance(line, str) else tuple(line)
        self.after.show([((" " * BEHIND, ""), *spans) if self.field is not None else spans])


class PairRow(Horizontal):
    """Two rows side by side."""

    DEFAULT_CSS = """
    PairRow { height: 1; }
    PairRow > FormRow { width: 1fr; }
    """

    def __init__(self, id: str, left: FormRow, right: FormRow) -> None:
        super().__init__(left, right, id=f"row-{id}")


class SayingRow(Horizontal):
    """A label and a text of several lines."""

    DEFAULT_CSS = """
    SayingRow { height: 2; }
    SayingRow > .label { width: 15; }
    SayingRow > Notes { width: 1fr; height: 100%; }
    """

    def __init__(self, id: str, suggestions: Suggestions | None = None) -> None:
        super().__init__(id=f"row-{id}")
        self.field = Saying(id=id)
        self.field.suggestions = suggestions
        self._label = Panel(classes="label")

    def compose(self) -> ComposeResult:
        yield self._label
        yield self.field

    def name_it(self, text: str) -> None:
        self._label.show([((f" {text}", "dim"),)])
