"""What every screen of the console stands on: the app's colours, keys, messages, minutes, its painting and its end.

No animation, no header, no toast, no tooltip; the mouse is an option of :func:`supportdesk.life.run_console`.
"""

from __future__ import annotations

import asyncio
import gc
import inspect
import sys
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from textual import on
from textual._compositor import CompositorUpdate
from textual.app import App
from textual.binding import BindingsMap
from textual.driver import Driver
from textual.events import Key, Paste, Resize
from textual.geometry import Size
from textual.screen import Screen
from textual.widget import Widget

from supportdesk import life
from supportdesk.actions import BY_ID, EVERYWHERE, Action
from supportdesk.driver import DeskDriver
from supportdesk.i18n import _
from supportdesk.keymap import Keymap, default_keymap
from supportdesk.rules.text import ELLIPSIS, ascii_twin, fit
from supportdesk.typeahead import Through, TypeAhead
from supportdesk.widgets.frame import Banner, KeyLine, MessageLine, StatusLine, utc_now
from supportdesk.widgets.lines import Lines
from supportdesk.widgets.paint import Painter
from supportdesk.widgets.themes import LOOK_NAMES, LOOKS, Look, choose, textual_theme
from supportdesk.widgets.wrap import wrapped

if TYPE_CHECKING:
    from rich.console import RenderableType
    from textual import events
    from textual.theme import Theme

    from supportdesk.terms.errors import DeskError
    from supportdesk.widgets.fields import PastedLines

Result = TypeVar("Result")
Part = TypeVar("Part", bound=Widget)

SMALLEST = (40, 12)
"""Columns and lines below which only a message is shown. Typing goes on underneath, nothing is lost."""


BESIDE_NOTHING = 80
"""The widest layout in which no panel stands beside a list."""

LOOK_AGAIN = 0.1
"""Seconds after which a window that changed its size is asked for it once more."""

LAST_KEYS = 1.2
"""Seconds that the keys typed last have when the console is told to end."""


class DeskScreen(Screen[Result]):
    """A screen of the console: its keys come from the registry of actions.

    A screen sets :attr:`where` and has a method ``action_<id>`` for each of its actions.
    """

    where: ClassVar[str] = EVERYWHERE
    app: DeskApp
    AUTO_FOCUS = ""
    """Each screen says where letters go. What covers it gives the focus back as it was: letters that acted on the
    screen must not type then."""

    DEFAULT_CSS = """
    DeskScreen { layout: vertical; overflow: hidden; }
    DeskScreen.-low Rule { display: none; }
    DeskScreen.-plain Divider { display: none; }
    """

    def __init__(self, name: str | None = None, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(name=name, id=id, classes=classes)
        # Textual sets the classes of widths with the first resize, after the first layout: then it lays out twice.
        columns, lines = self.app.size
        self.set_classes({
            *self.classes,
            *self._get_breakpoint_classes(columns, self.app.HORIZONTAL_BREAKPOINTS),
            *self._get_breakpoint_classes(lines, self.app.VERTICAL_BREAKPOINTS),
            *(("-plain",) if self.app.plain else ()),
        })  # fmt: skip
        if self.where != EVERYWHERE:
            for binding in self.app.keymap.bindings(self.where):
                self._bindings._add_binding(binding)

    def _on_screen_resume(self, event: events.ScreenResume) -> None:
        """Nothing is styled anew: colours change on every screen at once, the classes of widths with the window."""
        event.refresh_styles = False

    async def _on_resize(self, event: events.Resize) -> None:
        """A size the window had a moment ago: the screen tells it to itself, and it may take the newer one's place."""
        if event.size != self.app.size:
            event.prevent_default()
            self.post_message(Resize(self.app.size, self.app.size))

    def disabled_reason(self, action: Action) -> str | None:
        """Why an action cannot be done now, in a sentence; None if it can."""
        return None

    async def action_do(self, id: str) -> None:
        """Do an action of the registry, or say why it cannot be done now."""
        await self.app.do(id)

    def action_back(self) -> None:
        """Leave the field; from a list or a ticket, leave the screen."""
        if self.in_field:
            self.set_focus(self.resting_place())
        elif len(self.app.screen_stack) > 1:
            self.dismiss()

    def set_focus(self, widget: Widget | None, scroll_visible: bool = True, from_app_focus: bool = False) -> None:
        """As Textual's. What draws itself in lines keeps its own cursor in view: nothing to look for on the way up."""
        super().set_focus(widget, scroll_visible and not isinstance(widget, Lines), from_app_focus)

    def resting_place(self) -> Any:
        """The widget that takes the focus when a field is left; None if letters shall act on the screen itself."""
        return None

    @property
    def in_field(self) -> bool:
        """Whether a text field has the focus, so that letters type."""
        return getattr(self.focused, "is_field", False)

    def on_descendant_focus(self) -> None:
        self._name_keys()

    def on_descendant_blur(self) -> None:
        self._name_keys()

    def _name_keys(self) -> None:
        for line in self.query(KeyLine):
            line.focus_in_field(self.in_field)
        if self.app.banner is not None:
            for above in self.query(StatusLine):
                above.focus_in_field(self.in_field)

    def minute_passed(self) -> None:
        """A whole minute has begun: repaint what shows times. Widgets with a method of this name are told."""
        for widget in self.walk_children():
            told = getattr(widget, "minute_passed", None)
            if told is not None:
                told()


class DeskApp(App[int]):
    """The console's app. ``plain`` is for screen readers: no lines drawn, our signs in ASCII, panels below."""

    ENABLE_COMMAND_PALETTE = False
    HORIZONTAL_BREAKPOINTS = [
        (0, "-narrow"),
        (60, "-w60"),
        (80, "-w80"),
        (120, "-w120"),
        (160, "-w160"),
    ]
    VERTICAL_BREAKPOINTS = [(0, "-low"), (22, "-high")]
    BINDINGS: ClassVar[list[Any]] = []
    def __init__(
        self,
        *,
        theme: str | None = None,
        keymap: Keymap | None = None,
        plain: bool = False,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self._look = LOOKS[choose(theme)]
        self.set_reactive(App.theme, self._look.name)  # before Textual makes its variables, else it makes them twice
        super().__init__()
        self.plain = plain
        if plain:  # one thing below the other, however wide the window is: nothing is read across
            self.HORIZONTAL_BREAKPOINTS = [each for each in self.HORIZONTAL_BREAKPOINTS if each[0] <= BESIDE_NOTHING]
        self.now = now
        self.keymap = keymap or default_keymap()
        self.charset = life.charset()
        self.ellipsis = ascii_twin(ELLIPSIS) if plain or not _has_signs(self.charset) else ELLIPSIS
        self.animation_level = "none"
        # Textual mounts a tooltip and a rack of toasts on every screen unless told not to; we have the message line.
        self._disable_tooltips = self._disable_notifications = True
        self._bindings = BindingsMap(self.keymap.bindings(EVERYWHERE))
        self.ahead = TypeAhead(self)
        self._painter = Painter(None if _has_signs(self.charset) else self.charset, plain)
        self._painted_cursor = self.cursor_position
        if self.no_color:  # the monochrome look has no colours to filter; Textual would turn it into greys
            self._filters = []

    @property
    def banner(self) -> Banner | None:
        """Line 2 of every screen; None while there is none."""
        return None

    # -- colours

    @property
    def look(self) -> Look:
        """The colours in force."""
        return self._look

    def use_look(self, name: str) -> None:
        """Change the colours at once."""
        self._look = LOOKS[name]
        self.register_theme(textual_theme(self._look))
        self.theme = name

    def get_theme(self, theme_name: str) -> Theme | None:
        """Textual's colours for one of our looks."""
        if theme_name in LOOKS and theme_name not in self._registered_themes:
            self.register_theme(textual_theme(LOOKS[theme_name]))
        return super().get_theme(theme_name)

    def action_theme(self) -> None:
        """The next colours."""
        names = list(LOOKS)
        self.use_look(names[(names.index(self._look.name) + 1) % len(names)])
        self.say(_("Colours: {name}").format(name=_(LOOK_NAMES[self._look.name])))

    # -- actions

    async def action_do(self, id: str) -> None:
        await self.do(id)

    async def on_event(self, event: events.Event) -> None:
        """A key acts when the one before has done its work."""
        if isinstance(event, (Key, Paste)) and not event.is_forwarded and not self.ahead.passes(event):
            return
        await super().on_event(event)

    def on_through(self, event: Through) -> None:
        event.arrived.set()

    async def do(self, id: str) -> None:
        """Do an action on the screen in front, or say in a sentence why it cannot be done now."""
        screen = self.screen
        reason = screen.disabled_reason(BY_ID[id]) if isinstance(screen, DeskScreen) else None
        if reason is not None:
            self.say(reason, "warn")
            return
        method = getattr(screen, f"action_{id}", None) or getattr(self, f"action_{id}", None)
        if method is None:
            self.say(_("{action}: not here.").format(action=_(BY_ID[id].name)), "warn")
            return
        done = method()
        if inspect.isawaitable(done):
            await done

    def offers(self, action: Action) -> bool:
        """Whether this desk has to do with the action at all; what it has not is named nowhere."""
        return True

    def action_palette(self) -> None:
        """Everything that can be done on the screen in front."""
        self._offer(keys_only=False)

    def action_keys(self) -> None:
        """The keys that work on the screen in front."""
        self._offer(keys_only=True)

    def _offer(self, keys_only: bool) -> None:
        from supportdesk.screens.palette import Palette

        below = self.screen
        if isinstance(below, Palette):
            below.dismiss(None)
        elif isinstance(below, DeskScreen):
            self.push_screen(Palette(below, keys_only), self._do_offered)

    async def _do_offered(self, id: str | None) -> None:
        if id is not None:
            await self.do(id)

    async def action_quit(self) -> None:
        self.exit(0)

    @property
    def front(self) -> Screen[Any] | None:
        """The screen in front; None for what comes when the console is ending and the screens are gone."""
        return self.screen_stack[-1] if self.screen_stack else None

    def in_front(self, kind: type[Part]) -> Iterable[Part]:
        """The widgets of a kind on the screen in front."""
        return self.front.query(kind) if self.front else ()

    # -- what is said

    def say(self, text: str, style: str = "", stays: bool = False) -> None:
        """Say something on the message line of the screen in front."""
        for line in self.in_front(MessageLine):
            line.say(text, style, stays)

    def notify(self, message: str, *, title: str = "", severity: str = "information", **_more: Any) -> None:
        """Textual's own way of saying something: it goes to the message line, as plain text."""
        self.say(message, {"warning": "warn", "error": "alarm"}.get(severity, ""))

    def on_pasted_lines(self, event: PastedLines) -> None:
        """What one line cannot take goes on in it where a screen has no better place: nothing pasted is dropped."""
        event.field.insert_text_at_cursor(" " + " ".join(event.rest.split()))
        self.say(_("The lines you pasted stand in one line now."))

    # -- time

    def on_mount(self) -> None:
        self._await_minute()

    def _await_minute(self) -> None:
        now = self.now()
        self.set_timer(60 - now.second - now.microsecond / 1e6 + 0.02, self._minute_passed)

    def _minute_passed(self) -> None:
        self._await_minute()
        if isinstance(self.front, DeskScreen):
            self.front.minute_passed()

    # -- painting

    def get_driver_class(self) -> type[Driver]:
        return DeskDriver

    def _display(self, screen: Screen[Any], renderable: RenderableType | None) -> None:
        """Send what changed. As Textual's, but the painter compares first (supportdesk.widgets.paint)."""
        try:
            driver = self._driver
            if not isinstance(renderable, CompositorUpdate) or driver is None or self.is_headless:
                return
            if self._batch_count or not self._running or self._closed:
                return
            text = self._too_small() or self._painter.render(renderable, self.console, self.size)
            cursor = self.screen.outer_size.clamp_offset(self.cursor_position)
            if text or cursor != self._painted_cursor:
                self._painted_cursor = cursor
                self._begin_update()
                driver.write(f"{text}\x1b[{cursor.y + 1};{cursor.x + 1}H")
                self._end_update()
                driver.flush()
        finally:
            self.post_display_hook()

    def _set_pointer_shape(self, shape: str) -> None:
        """The shape of the mouse pointer is the terminal's own business."""

    def _too_small(self) -> str:
        """The message that stands in place of a screen no one could read; "" if the terminal is large enough."""
        columns, lines = self.size
        if columns >= SMALLEST[0] and lines >= SMALLEST[1]:
            return ""
        self._painter.forget()
        text = _("The window is too small: {columns} x {lines}. It takes {least} x {low} at least; nothing is lost.")
        words = wrapped(text.format(columns=columns, lines=lines, least=SMALLEST[0], low=SMALLEST[1]), max(1, columns))
        rows = [fit(words[y] if y < len(words) else "", columns) for y in range(lines)]
        return "\x1b[m" + "".join(f"\x1b[{y}H{row}" for y, row in enumerate(rows, 1))

    def on_resize(self, event: events.Resize) -> None:
        self._painter.forget()
        self.set_timer(LOOK_AGAIN, self._look_at_window)

    def _look_at_window(self) -> None:
        """Linux says that a window changed before it has the new size: who asks at once may be told the old one."""
        if isinstance(self._driver, DeskDriver):
            size = Size(*self._driver.window())
            if size != self.size:
                self.post_message(Resize(size, size))

    def _check_resize(self) -> None:
        """As Textual's; a window that had another size for a moment only may have lost what it showed."""
        event = self._resize_event
        super()._check_resize()
        if event is not None and event.size == self.screen.size:
            self.screen.refresh()

    @on(Driver.SignalResume)
    def _paint_after_pause(self) -> None:
        """The console was stopped and goes on (SIGTSTP, SIGCONT): the shell has written over everything."""
        self._painter.forget()
        self.screen.refresh()

    def on_ready(self) -> None:
        """The first screen stands: what was made until now lives as long as the console, never look at it again."""
        if not gc.isenabled():  # an app inside another program leaves that program's memory alone
            gc.freeze()
            gc.enable()

    # -- the end

    def end_soon(self, code: int) -> None:
        """End from any thread, with an exit code, when the keys that have come are dealt with."""
        if self._loop is not None:
            asyncio.run_coroutine_threadsafe(self._end(code), self._loop)

    def end_because(self, error: DeskError) -> None:
        """Nothing can be done here any more: end, and say why when the terminal is given back."""
        self._last_words = error.message
        self.end_soon(error.exit_code)

    async def _end(self, code: int) -> None:
        self._begin_batch()  # nobody looks any more: what was typed goes into its draft the faster
        await self.ahead.dealt_with(LAST_KEYS)
        self.exit(None, code)

    def panic(self, *renderables: RenderableType) -> None:
        self._fatal_error()

    def _handle_exception(self, error: Exception) -> None:
        """An error nobody foresaw ends the console with one sentence; where it was is in the log, nothing personal."""
        from supportdesk.incident_log import log_file, record

        self._return_code = 1
        if self._exception is None:
            self._exception = error
            self._exception_event.set()
            self._last_words = _(
                "Something went wrong that should not. What you typed is kept. Reference {reference}, see {file}."
            ).format(reference=record(error), file=log_file())
        self._close_messages_no_wait()

    _last_words = ""

    def _fatal_error(self) -> None:
        self._handle_exception(self._exception or RuntimeError("panic"))

    def _print_error_renderables(self) -> None:
        self._exit_renderables.clear()
        if self._last_words:
            print(self._last_words, file=sys.__stderr__)
            self._last_words = ""


def _has_signs(charset: str) -> bool:
    try:
        f"{ELLIPSIS}│─●".encode(charset)
    except UnicodeEncodeError:
        return False
    return True
