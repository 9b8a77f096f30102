"""A text to read: lines that are laid out for the width there is, scrolled by the keys that move in lists."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from textual.strip import Strip

from supportdesk.widgets.lines import Line, Lines

if TYPE_CHECKING:
    from textual import events

    from supportdesk.widgets.themes import Look


class Reading(Lines, can_focus=True):
    """Shows the lines that ``make`` gives for a width. Marks on the first and last line tell that there is more."""

    DEFAULT_CSS = "Reading { height: 1fr; }"

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self.top = 0
        self._make: Callable[[int], Sequence[Line]] = lambda _cells: ()
        self._made: Sequence[Line] = ()

    def show(self, make: Callable[[int], Sequence[Line]], keep: bool = False) -> None:
        """Show another text from its beginning; with ``keep`` the same one changed, where it is."""
        self._make = make
        if not keep:
            self.top = 0
        self.lay_out()
        self.repaint()

    def lay_out(self) -> None:
        self._made = self._make(max(1, self.size.width - 2)) if self.size.width else ()
        self.top = max(0, min(self.top, len(self._made) - self.size.height))

    def draw_line(self, y: int, look: Look) -> Strip:
        at = self.top + y
        if at >= len(self._made):
            return Strip.blank(self.size.width, look.ground)
        if (y == self.size.height - 1 and at < len(self._made) - 1) or (y == 0 and at > 0):
            return self.strip_of(" …", look, "dim")
        line = self._made[at]
        return self.strip_of([(" ", ""), *([(line, "")] if isinstance(line, str) else line)], look)

    @property
    def shown(self) -> Sequence[Line]:
        """All its lines as they are laid out now."""
        return self._made

    def move(self, lines: int) -> None:
        """Scroll by so many lines."""
        self.top = max(0, min(self.top + lines, len(self._made) - self.size.height))
        self.repaint()

    def on_key(self, event: events.Key) -> None:
        page, all_of_it = max(1, self.size.height - 2), len(self._made)
        steps = {"up": -1, "down": 1, "pageup": -page, "pagedown": page, "home": -all_of_it, "end": all_of_it}
        step = steps.get(event.key)
        if step is None:
            return
        self.move(step)
        event.stop()
        event.prevent_default()

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self.move(3)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self.move(-3)
