"""The ground under every widget of ours that draws itself: lines are kept, compared, and sent only if they differ."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from rich.segment import Segment
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from supportdesk.rules.text import cut, safe, width
from supportdesk.widgets.themes import ellipsis_of, look_of

if TYPE_CHECKING:
    from supportdesk.widgets.themes import Look

Span = tuple[str, str]
"""A text and the name of its style ("" is plain). Any text: drawing makes it safe."""

Line = str | Sequence[Span]
"""One line: plain text, or spans one after the other."""


def plain(line: Line) -> str:
    """A line without its styles."""
    return line if isinstance(line, str) else "".join(text for text, _style in line)


class Lines(Widget):
    """Draws line by line, in complete colours: Textual's own styling of content is passed by, borders and padding too.

    Subclasses say what a line looks like (:meth:`draw_line`) and call :meth:`repaint` when something may have changed.
    """

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._drawn: list[Strip] = []
        self._look: Look | None = None

    def draw_line(self, y: int, look: Look) -> Strip:
        """Line ``y`` of the widget, exactly as wide as the widget is."""
        raise NotImplementedError

    def lay_out(self) -> None:
        """Everything is drawn anew after this: another size, other colours."""

    def repaint(self, lines: Iterable[int] | None = None) -> None:
        """Draw these lines again, or all, and have those sent that differ. Costs nothing on the line if none does."""
        cells, height = self.size
        if not self._drawn or not cells or not height:  # hidden: it has no size, and had one when it was drawn
            self.forget_drawn()
            return
        look = look_of(self)
        for y in range(height) if lines is None else lines:
            if 0 <= y < len(self._drawn):
                strip = self.draw_line(y, look)
                if strip is not self._drawn[y] and strip != self._drawn[y]:
                    self._drawn[y] = strip
                    self.refresh(Region(0, y, cells, 1))

    def forget_drawn(self) -> None:
        """Draw everything anew at the next occasion."""
        self._drawn = []
        self.refresh()

    def render_lines(self, crop: Region) -> list[Strip]:
        """Textual asks for lines."""
        cells, height = self.size
        look = look_of(self)
        drawn = self._drawn
        if not drawn or len(drawn) != height or look is not self._look or drawn[0].cell_length != cells:
            self._look = look
            self.lay_out()
            self._drawn = [self.draw_line(y, look) for y in range(height)]
        strips = self._drawn[crop.y : crop.bottom]
        if crop.x or crop.width != cells:
            strips = [strip.crop(crop.x, crop.right) for strip in strips]
        return strips

    def strip_of(self, line: Line, look: Look, base: str = "") -> Strip:
        """A line of text as wide as the widget, cut at the end if it is longer."""
        return Strip(self.segments_of(line, look, self.size.width, base), self.size.width)

    def segments_of(self, line: Line, look: Look, cells: int, base: str = "") -> list[Segment]:
        """A line of text in exactly ``cells``."""
        spans: Sequence[Span] = ((line, base),) if isinstance(line, str) else line
        segments: list[Segment] = []
        left = cells
        for text, name in spans:
            text = cut(safe(text), left, ellipsis_of(self))
            if text:
                segments.append(Segment(text, look.style(name or base)))
                left -= width(text)
        if left:
            segments.append(Segment(" " * left, look.style(base)))
        return segments
