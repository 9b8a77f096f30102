"""Text fields. What is typed or pasted is kept exactly, shown safely, and never cut without a word (R13, R14).

Imported when a screen with fields opens: the first screen needs none.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual.geometry import Offset
from textual.message import Message
from textual.strip import Strip
from textual.widgets import Input, TextArea

from supportdesk.rules.text import HIDDEN, safe, width
from supportdesk.widgets.listing import Listing
from supportdesk.widgets.themes import look_of

if TYPE_CHECKING:
    from textual import events
    from textual.widgets.text_area import EditResult

FIELD_LIMIT = 2_000
"""Characters of a one-line field."""

NOTES_LIMIT = 200_000
"""Characters of a text, as many as the desk takes (models.inputs.Text): more belongs into an attached file."""

_REVERSE = Style(reverse=True)
_LINE_END = re.compile(r"\r\n|\r|\n")


def shown_by_sign(text: str) -> str:
    """Safe text, sign by sign: a cursor in the one stands in the same place in the other."""
    whole = safe(text)
    if len(whole) == len(text):
        return whole
    return "".join(one if len(one := safe(sign)) == 1 else HIDDEN for sign in text)


class PastedLines(Message):
    """More was pasted into a one-line field than it holds: the screen offers the rest to the notes.

    Attributes:
        field: Where it was pasted.
        first: What the field took.
        rest: What it did not take; its lines end with LF, as a text keeps them.
    """

    def __init__(self, field: Field, first: str, rest: str) -> None:
        super().__init__()
        self.field = field
        self.first = first
        self.rest = rest


class FieldFull(Message):
    """A sign was typed that the field has no room for."""

    def __init__(self, field: Field) -> None:
        super().__init__()
        self.field = field


class TooLong(Message):
    """A text was too long for the notes: ``beyond`` is what they did not take. The screen says so and keeps it."""

    def __init__(self, notes: Notes, beyond: str) -> None:
        super().__init__()
        self.notes = notes
        self.beyond = beyond


class Field(Input):
    """One line of text. Down goes into its suggestions, Enter there takes one, Enter elsewhere goes on.

    ``leads_on`` tells that a sign typed moves the focus on by itself (supportdesk.typeahead)."""

    is_field = True
    leads_on = False

    DEFAULT_CSS = """
    Field { height: 1; border: none; padding: 0; background: $background; }
    Field:focus { border: none; background-tint: $foreground 0%; }
    """

    def __init__(
        self,
        value: str = "",
        *,
        placeholder: str = "",
        suggestions: Suggestions | None = None,
        max_length: int = FIELD_LIMIT,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(value, placeholder, max_length=max_length, id=id, classes=classes, select_on_focus=False)
        self.cursor_blink = False
        self.suggestions = suggestions

    # -- drawing

    @property
    def _value(self) -> Text:
        return Text(shown_by_sign(self.value), no_wrap=True, overflow="ignore", end="")

    def _position_to_cell(self, position: int) -> int:
        return width(shown_by_sign(self.value)[:position])

    def render_line(self, y: int) -> Strip:
        look = look_of(self)
        cells = self.size.width
        text, style = shown_by_sign(self.value), look.ground
        if not text:
            text, style = safe(self.placeholder), look.style("dim")
        text += " "
        parts = [(0, len(text), style)]
        if self.has_focus:
            at = self.cursor_position if self.value else 0
            start, end = sorted(self.selection)
            selected = look.style("cursor") if start < end else style
            cursor = look.ground + _REVERSE
            parts = [(0, start, style), (start, end, selected), (end, len(text), style)]
            parts = [
                piece
                for first, last, each in parts
                for piece in ((first, min(last, at), each), (max(first, at + 1), last, each))
            ]
            parts.append((at, at + 1, cursor))
            parts.sort(key=lambda part: part[0])
        segments = [Segment(text[first:last], each) for first, last, each in parts if first < last]
        left = int(self.scroll_offset.x)
        return Strip(segments).crop(left, left + cells).extend_cell_length(cells, look.ground)

    # -- typing

    def restricted(self) -> None:
        """No bell: it would sound in the caller's ear."""
        self.post_message(FieldFull(self))

    def on_key(self, event: events.Key) -> None:
        suggestions = self.suggestions
        if suggestions is None or not suggestions.source.total:
            return
        if suggestions.active:
            suggestions.touch()
        if event.key in ("down", "up"):
            suggestions.step(1 if event.key == "down" else -1)
        elif event.key == "enter" and suggestions.active:
            suggestions.choose()
        else:
            return
        event.stop()
        event.prevent_default()

    def _on_paste(self, event: events.Paste) -> None:
        """Take the first line; what does not fit on it is offered, not dropped."""
        event.stop()
        event.prevent_default()
        text = event.text.lstrip("\r\n")
        start, end = sorted(self.selection)
        room = (self.max_length or FIELD_LIMIT) - (len(self.value) - (end - start))
        line_end = _LINE_END.search(text)
        first = text[: line_end.start() if line_end else None][: max(0, room)]
        rest = _LINE_END.sub("\n", text[len(first) :].lstrip("\r\n"))
        if first:
            self.replace(first, start, end)
        if rest.strip():
            self.post_message(PastedLines(self, first, rest))


_SPLITS = "\v\f\r\x1c\x1d\x1e\x85\u2028\u2029"
"""Signs that end a line for Python and so for Textual's document, but are no line ends of a text."""

_HELD = {ord(sign): 0x10F800 + ord(sign) % 0x100 for sign in _SPLITS}
_GIVEN_BACK = {held: sign for sign, held in _HELD.items()}


class Notes(TextArea):
    """A text of several lines, kept sign for sign. Tab leaves it.

    Textual's document would turn nine more signs into line ends; inside it they are held as private ones.
    """

    is_field = True

    DEFAULT_CSS = """
    Notes { border: none; padding: 0; background: $background; }
    Notes:focus { border: none; }
    Notes .text-area--cursor-line { background: $background; }
    Notes .text-area--cursor { color: $background; background: $foreground; }
    Notes:ansi .text-area--placeholder { color: ansi_default; text-style: dim; }
    Notes:ansi .text-area--cursor { color: ansi_default; background: ansi_default; text-style: reverse; }
    """

    def __init__(
        self, text: str = "", *, placeholder: str = "", id: str | None = None, classes: str | None = None
    ) -> None:
        super().__init__(
            text.translate(_HELD),
            placeholder=placeholder,
            id=id,
            classes=classes,
            highlight_cursor_line=False,
            max_checkpoints=50,
        )
        self.cursor_blink = False
        for key in ("f6", "f7"):  # Textual's own here; the desk's keys mean the same in every field (DESIGN.md 8)
            self._bindings.key_to_bindings.pop(key, None)

    @property
    def text(self) -> str:
        """What was typed and pasted; lines end with LF."""
        return self.document.text.translate(_GIVEN_BACK)

    @text.setter
    def text(self, value: str) -> None:
        self.load_text(value)

    @property
    def selected_text(self) -> str:
        return super().selected_text.translate(_GIVEN_BACK)

    def load_text(self, text: str) -> None:
        super().load_text(text.translate(_HELD))

    async def _on_paste(self, event: events.Paste) -> None:
        """A terminal sends CR where a line ends."""
        event.stop()
        event.prevent_default()
        pasted = self._replace_via_keyboard(_LINE_END.sub("\n", event.text), *self.selection)
        if pasted is not None:
            self.move_cursor(pasted.end_location)

    def scroll_cursor_visible(self, center: bool = False, animate: bool = False) -> Offset:
        """Not while an undo or redo is half done: the lines are away already, the cursor still stands in them."""
        if self.cursor_location[0] >= self.document.line_count:
            return Offset(0, 0)
        return super().scroll_cursor_visible(center, animate)

    def get_line(self, line_index: int) -> Text:
        line = self.document.get_line(line_index)
        shown = "\t".join(map(shown_by_sign, line.split("\t"))) if "\t" in line else shown_by_sign(line)
        return Text(shown, end="", no_wrap=True)

    def replace(
        self,
        insert: str,
        start: tuple[int, int],
        end: tuple[int, int],
        *,
        maintain_selection_offset: bool = True,
    ) -> EditResult:
        taken = self._taken(insert).translate(_HELD)
        return super().replace(taken, start, end, maintain_selection_offset=maintain_selection_offset)

    def _taken(self, insert: str) -> str:
        """What there is room for; the rest goes to the screen."""
        room = max(0, NOTES_LIMIT - self._length + len(self.selected_text))
        if len(insert) > room:
            self.post_message(TooLong(self, insert[room:]))
        return insert[:room]

    @property
    def _length(self) -> int:
        return sum(map(len, self.document.lines)) + self.document.line_count - 1


class Suggestions(Listing, can_focus=False):
    """A short list below a field, moved through by the field's own keys.

    Nothing is chosen until Down goes into it; then the row under the cursor stays while the list is read again.
    """

    DEFAULT_CSS = "Suggestions { height: 3; }"

    active = False

    def step(self, rows: int) -> None:
        """Go into the list, on, or back out of it at the top."""
        if not self.active:
            self.active = rows > 0
            self.renew_now()
            self.touch()
            self.repaint()
        elif rows < 0 and self.index == 0:
            self.leave()
        else:
            self.move_to(self.index + rows)

    def leave(self) -> None:
        """Nothing is chosen any more."""
        self.active = False
        self.repaint()

    @property
    def shows_cursor(self) -> bool:
        return self.active

    @property
    def shows_bar(self) -> bool:
        return self.active
