"""What frames every screen: where I am, what needs me, what was just said, which keys matter here.

Line 1 stands still: each part has its place, only what changed in it is sent (LOOK.md "Same place, same meaning").
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from rich.segment import Segment
from textual.strip import Strip

from supportdesk.actions import BY_ID
from supportdesk.i18n import _, ngettext
from supportdesk.keymap import Keymap, default_keymap
from supportdesk.rules.text import cut, safe, width
from supportdesk.widgets.lines import Line, Lines, Span
from supportdesk.widgets.themes import ellipsis_of
from supportdesk.widgets.wrap import wrapped, wrapped_spans

if TYPE_CHECKING:
    from textual.timer import Timer

    from supportdesk.widgets.themes import Look

WORDS_FROM = 80
"""Columns from which good news of the exchange has words, not only its sign."""

CALL_CELLS = 18
"""Cells that a running call keeps for its clock and its name when much needs me."""

PLACE_CELLS = 6
"""A place of no more cells than these tells nobody where he is."""

SYNC_OK = "●"
SYNC_OFF = "○"
SIGN_CELLS = 3
"""Cells of the sign, of the space after it, and of the one after the words."""


BEFORE_HINT = 5
"""Keys of a field that are named before there is room for what Enter and the arrows do."""

Named = str | tuple[str, str]
"""The id of an action; or of one and of another whose name says what its key does here."""

ALL_KEYS = "keys"
"""The action that shows every key: what is left out on a narrow screen is found there."""

SEPARATOR = " · "
"""Between the things that need me, the gravest first."""

LEAST_NAME = 12
"""Cells that the name of what line 2 tells of keeps before other parts are left out."""


def utc_now() -> datetime:
    return datetime.now(UTC)


class Call(NamedTuple):
    """The call that runs, or whose wrap-up waits to be saved.

    Attributes:
        name: Who calls, as far as known.
        since: When it was taken, or when the caller hung up.
        wrap_up: The caller has hung up, it is not saved yet.
    """

    name: str
    since: datetime
    wrap_up: bool = False


class Banner(NamedTuple):
    """Line 2, while there is something every agent has to know: a major incident that runs, or looks like one.

    Attributes:
        kind: What it is, in a word or two; left out first.
        name: What it is about; cut when all else has gone.
        parts: What to know of it, what matters most first; those that have no room are left out from the end.
        action: The id of the action that shows it whole.
        called: What its key does, in a word or two.
        style: Of the sign and the name.
    """

    kind: str
    name: str
    parts: tuple[Span, ...]
    action: str
    called: str
    style: str = "alarm"


class Status(NamedTuple):
    """Line 1. Instants are aware; styles are names of :mod:`supportdesk.widgets.themes`.

    Attributes:
        place: Where I am; gives way to the call while one runs.
        call: The call that runs.
        aside: Since when each call set aside waits.
        sync: The state of the exchange in words, what to see first before the others, :data:`SEPARATOR` between; ""
            where there is none, or nothing to say of it.
        in_sync: Whether those words are good news.
        needs: What needs me now, in words, the gravest first, :data:`SEPARATOR` between; "" for nothing.
        needs_style: ``warn`` for soon, ``alarm`` for overdue.
        me: Who I am.
        banner: Line 2, or that there is none.
    """

    place: str = ""
    call: Call | None = None
    aside: tuple[datetime, ...] = ()
    sync: str = ""
    in_sync: bool = True
    needs: str = ""
    needs_style: str = ""
    me: str = ""
    banner: Banner | None = None


def clock(seconds: float) -> str:
    """A running clock: ``0:47``, ``12:05``, ``1:02:00``."""
    total = max(0, int(seconds))
    hours, rest = divmod(total, 3600)
    return f"{hours}:{rest // 60:02}:{rest % 60:02}" if hours else f"{rest // 60}:{rest % 60:02}"


def age(passed: timedelta) -> str:
    """How long ago, to the minute: ``3 min``, ``2 h 05``."""
    minutes = max(0, int(passed.total_seconds()) // 60)
    return _("{n} min").format(n=minutes) if minutes < 60 else f"{minutes // 60} h {minutes % 60:02}"


class StatusLine(Lines):
    """Line 1 of every screen. Its clock ticks each second while a call runs, otherwise it stands still.

    Line 2 is there only while its app has a banner, and gives way in a window of less than 17 lines."""

    DEFAULT_CSS = "StatusLine { height: 1; min-height: 1; max-height: 12vh; }"

    def __init__(self, status: Status | None = None, now: Callable[[], datetime] = utc_now) -> None:
        super().__init__(id="status")
        self._status = status or Status()
        self._now = now
        self._tick: Timer | None = None
        self._in_field = False

    @property
    def status(self) -> Status:
        return self._status

    def show(self, status: Status) -> None:
        """Show another state; only the cells that differ are sent."""
        before, self._status = self._status, status
        self._wind_clock()
        if (before.banner is None) != (status.banner is None):
            self._make_room()
        self.repaint()

    def on_mount(self) -> None:
        banner = getattr(self.app, "banner", None)
        if banner is not None:  # before the first layout: a screen that opens does not jump
            self._status = self._status._replace(banner=banner)
            self._make_room()
        self._wind_clock()

    def _make_room(self) -> None:
        """A low window gives line 2 a line of something else: its screen says of what."""
        self.styles.height = 1 if self._status.banner is None else 2
        self.screen.set_class(self._status.banner is not None, "-told")
        self._in_field = getattr(self.screen, "in_field", False)

    def focus_in_field(self, in_field: bool) -> None:
        """Whether a text field has the focus: line 2 names the key that works there."""
        if in_field is not self._in_field:
            self._in_field = in_field
            if self._status.banner is not None:
                self.repaint((1,))

    def _wind_clock(self) -> None:
        if self._status.call is not None and self._tick is None and self.is_attached:
            self._tick = self.set_interval(1, self.repaint)
        elif self._status.call is None and self._tick is not None:
            self._tick.stop()
            self._tick = None

    def minute_passed(self) -> None:
        """Ages have grown."""
        self.repaint()

    def draw_line(self, y: int, look: Look) -> Strip:
        if y:
            return self._draw_banner(look)
        status = self._status
        segments = [Segment(" ", look.ground)]
        # The name of the agent stands at the end and gives way last; the rest shares what is left in fixed parts.
        # A desk without an exchange never says anything of it: its room goes to the others.
        cells = max(0, self.size.width - 2)
        me = safe(status.me)
        own = min(width(me), cells // 4)
        left = max(0, cells - own)
        place, sync = (left * 30 // 100, left * 24 // 100) if status.sync else (left * 38 // 100, 0)
        short = _cells(self._joined(self._parts(short=True)))
        if not status.in_sync:
            where = min(place, CALL_CELLS if status.call is not None else _cells(self._where()) + 1)
            sync = max(sync, self._room_for_trouble(left - where - short - 1))
            place = max(0, min(place, left - sync - short - 1))
        elif self.size.width < WORDS_FROM:
            sync = min(sync, 2)
        if short >= left - place - sync:  # figures before places; a call keeps its clock and how its name begins
            least = min(place, CALL_CELLS) if status.call is not None else 0
            place = max(least, left - sync - short - 1)
            place = place if place > PLACE_CELLS else 0
        needs = self._needs(left - place - sync - 1)
        for line, room in (
            (self._where(), place),
            (self._sync(max(0, sync - 1)), sync),
            (needs, left - place - sync),
        ):
            segments += self.segments_of(line, look, max(0, room - 1))
            segments.append(Segment(" " * min(1, room), look.ground))
        segments += self.segments_of(me, look, own, "dim")
        segments.append(Segment(" ", look.ground))
        return Strip(segments).adjust_cell_length(self.size.width, look.ground)

    def _draw_banner(self, look: Look) -> Strip:
        """Line 2: what it is about, as much of the rest as there is room for, and at the end the key."""
        banner = self._status.banner
        if banner is None:
            return Strip.blank(self.size.width, look.ground)
        keymap: Keymap = getattr(self.app, "keymap", default_keymap())
        key = keymap.shown(BY_ID[banner.action], self._in_field) or _("palette")
        end: list[Span] = [("  ", ""), (key, "accent"), (f" {banner.called} ", "dim")]
        room = self.size.width - _cells(end)
        name = safe(banner.name)
        least = min(width(name), max(LEAST_NAME, room // 3))
        kind: list[Span] = [(f" ! {banner.kind}", banner.style), ("  ", "")]
        parts = self._parts_that_fit(banner.parts, room - _cells(kind) - least)
        if len(parts) < 2 * len(banner.parts):  # what happens says more than what it is called
            kind = [(" ! ", banner.style)]
            parts = self._parts_that_fit(banner.parts, room - _cells(kind) - least)
        name = cut(name, max(1, room - _cells(kind) - _cells(parts)), ellipsis_of(self))
        spans = [*kind, (name, "strong"), *parts]
        segments = self.segments_of(spans, look, room)
        return Strip([*segments, *self.segments_of(end, look, self.size.width - room)], self.size.width)

    @staticmethod
    def _parts_that_fit(parts: Sequence[Span], cells: int) -> list[Span]:
        """The first of them, each with a point before it."""
        found: list[Span] = []
        for text, style in parts:
            cells -= width(safe(text)) + len(SEPARATOR)
            if cells < 0:
                break
            found += [(SEPARATOR, "dim"), (text, style)]
        return found

    def _where(self) -> Sequence[Span]:
        call = self._status.call
        if call is None:
            return ((self._status.place, "strong"),)
        running = clock((self._now() - call.since).total_seconds())
        if call.wrap_up:
            return ((_("to finish"), "warn"), (f" {running} {call.name}", "strong"))
        return ((running, "accent"), (f" {call.name}", "strong"))

    def _room_for_trouble(self, spare: int) -> int:
        """Cells for what is not well with the exchange: its first word whole, the others as far as there is room."""
        words = safe(self._status.sync)
        first = words.split(SEPARATOR)[0]
        return min(width(words), max(spare - SIGN_CELLS, width(first))) + SIGN_CELLS

    def _sync(self, room: int) -> Sequence[Span]:
        """The state of the exchange; trouble that has no room is left out from its end, a word at a time."""
        status = self._status
        if not status.sync:
            return ()
        if status.in_sync:
            return ((SYNC_OK + (f" {status.sync}" if self.size.width >= WORDS_FROM else ""), "dim"),)
        parts = status.sync.split(SEPARATOR)
        while len(parts) > 1 and width(safe(SEPARATOR.join(parts))) + SIGN_CELLS - 1 > room:
            parts.pop()
        return ((f"{SYNC_OFF} {SEPARATOR.join(parts)}", "warn"),)

    def _needs(self, room: int) -> list[Span]:
        """What needs me, shorter where the long form has no room; what then has none is left out whole, least
        important first: half a figure is none."""
        spans = self._joined(self._parts(short=False))
        if _cells(spans) <= room:
            return spans
        parts = self._parts(short=True)
        spans = self._joined(parts)
        while len(parts) > 1 and _cells(spans) > room:
            parts.pop()
            spans = [*self._joined(parts), (" …", "dim")]
        return spans

    def _parts(self, short: bool) -> list[Span]:
        """The gravest thing first, then calls set aside, then the rest."""
        status = self._status
        needs = [(text, status.needs_style) for text in status.needs.split(SEPARATOR) if text]
        if status.aside:
            needs.insert(1 if status.needs_style == "alarm" else 0, (self._aside(short), "warn"))
        return needs

    def _aside(self, short: bool) -> str:
        """How many calls are set aside, and how old the oldest is."""
        count, since = len(self._status.aside), age(self._now() - min(self._status.aside))
        words = ngettext("{n} call set aside ({age})", "{n} calls set aside ({age})", count)
        return (_("{n} aside {age}") if short else words).format(n=count, age=since)

    @staticmethod
    def _joined(parts: Sequence[Span]) -> list[Span]:
        """Things of one kind with a point between, others apart."""
        spans: list[Span] = []
        for n, (text, style) in enumerate(parts):
            if n:
                spans.append((SEPARATOR, style) if style == parts[n - 1][1] else ("  ", ""))
            spans.append((text, style))
        return spans


class Rule(Lines):
    """A thin line across; nothing for a screen reader."""

    DEFAULT_CSS = "Rule { height: 1; } Rule.given { display: none; }"

    def draw_line(self, y: int, look: Look) -> Strip:
        sign = " " if getattr(self.app, "plain", False) else "─"
        return Strip([Segment(sign * self.size.width, look.style("rule"))], self.size.width)


class Divider(Lines):
    """A thin line down."""

    DEFAULT_CSS = "Divider { width: 1; height: 1fr; }"

    def draw_line(self, y: int, look: Look) -> Strip:
        sign = " " if getattr(self.app, "plain", False) else "│"
        return Strip([Segment(sign, look.style("rule"))], 1)


class Panel(Lines):
    """A block of lines of text, for a preview, a card, the views. What does not fit below is cut with a sign."""

    DEFAULT_CSS = "Panel { height: 1fr; }"

    def __init__(
        self, lines: Sequence[Line] = (), *, wrap: bool = False, id: str | None = None, classes: str | None = None
    ) -> None:
        """
        Args:
            wrap: Break lines that are too long instead of cutting them, unless that pushes others out at the end.
        """
        super().__init__(id=id, classes=classes)
        self._wrap = wrap
        self._given: tuple[Line, ...] = tuple(lines)
        self._lines = self._given

    def show(self, lines: Sequence[Line]) -> None:
        """Show other lines; only those that differ are painted again, and only their differing cells are sent."""
        before = len(self._lines)
        self._given = tuple(lines)
        self._break(self.size.width, 0 if self.styles.auto_dimensions else self.size.height)
        grown = len(self._lines) != before
        if grown and self.styles.auto_dimensions:
            self.refresh(layout=True)
        self.repaint()

    def _break(self, cells: int, height: int) -> None:
        """Lines as they fit; a ``height`` of 0 is as many as it takes."""
        self._lines = self._given
        if self._wrap and cells:
            lines = tuple(each for line in self._given for each in wrapped_spans(line, cells))
            if not height or len(lines) <= max(height, len(self._given)):
                self._lines = lines

    def lay_out(self) -> None:
        self._break(self.size.width, self.size.height)

    def get_content_height(self, container: object, viewport: object, width: int) -> int:
        self._break(width, 0)
        return len(self._lines)

    def draw_line(self, y: int, look: Look) -> Strip:
        if y >= len(self._lines):
            return Strip.blank(self.size.width, look.ground)
        if y == self.size.height - 1 and len(self._lines) > self.size.height:
            return self.strip_of(" …", look, "dim")
        return self.strip_of(self._lines[y], look)


class MessageLine(Lines):
    """The line above the keys: what was just done, what went wrong. It goes by itself and covers nothing.

    What is too long for one line takes that of the rule above it, and then one more: it is cut after three.
    """

    DEFAULT_CSS = "MessageLine { height: 1; }"
    SECONDS = 4.0
    SECONDS_PER_CELL = 0.06
    MOST = 3

    def __init__(self) -> None:
        super().__init__(id="message")
        self._text = ("", "")
        self._rows: list[str] = [""]
        self._timer: Timer | None = None

    @property
    def text(self) -> str:
        return self._text[0]

    def say(self, text: str, style: str = "", stays: bool = False) -> None:
        """Say something. It stays long enough to be read, or with ``stays`` until something else is said."""
        self._text = (text, style)
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        if text and not stays:
            self._timer = self.set_timer(self.SECONDS + len(text) * self.SECONDS_PER_CELL, self.clear)
        self._break()

    def clear(self) -> None:
        self._text = ("", "")
        self._break()

    def on_resize(self) -> None:
        self._break()

    def _break(self) -> None:
        """Into lines, and take as many as that."""
        text, before = safe(self._text[0]), len(self._rows)
        cells = self.size.width - 1
        self._rows = wrapped(text, cells) if 0 < cells < width(text) else [text]
        self._rows[self.MOST - 1 :] = [" ".join(rest)] if (rest := self._rows[self.MOST - 1 :]) else []
        if len(self._rows) != before:
            self.styles.height = len(self._rows)
            above = self.parent.children[self.parent.children.index(self) - 1] if self.parent else self
            if isinstance(above, Rule):
                above.set_class(len(self._rows) > 1, "given")
        self.repaint()

    def draw_line(self, y: int, look: Look) -> Strip:
        return self.strip_of(((" ", ""), (self._rows[y] if y < len(self._rows) else "", self._text[1])), look)


class KeyLine(Lines):
    """The last line: the keys that matter here, as they are mapped now. What does not fit is left out from the end,
    but never the way to all keys nor the last one, the way out."""

    DEFAULT_CSS = "KeyLine { height: 1; }"

    def __init__(
        self, lists: Sequence[Named], fields: Sequence[Named] = (), keymap: Keymap | None = None, hint: str = ""
    ) -> None:
        """
        Args:
            lists: Ids of the actions to name while no text field has the focus, most important first; the last one
                (how to get out) and :data:`ALL_KEYS` are always shown.
            fields: The same while one has it.
            hint: A message id that stands first in fields: "Enter next  Arrows choose". It gives way where the first
                :data:`BEFORE_HINT` keys would lack room.
        """
        super().__init__(id="keys")
        self._lists = tuple(lists)
        self._fields = tuple(fields)
        self._hint = hint
        self._in_field = False
        self.keymap = keymap or default_keymap()

    def show(self, lists: Sequence[Named], fields: Sequence[Named] | None = None) -> None:
        """Other actions matter now."""
        self._lists = tuple(lists)
        self._fields = self._fields if fields is None else tuple(fields)
        self.repaint()

    def focus_in_field(self, in_field: bool) -> None:
        """Whether a text field has the focus: then letters type and other keys are named."""
        self._in_field = in_field
        self.repaint()

    def draw_line(self, y: int, look: Look) -> Strip:
        ids = self._fields if self._in_field else self._lists
        named: list[tuple[Span, ...]] = []
        sure: list[tuple[Span, ...]] = []
        for n, each in enumerate(ids, 1):
            id, called = (each, each) if isinstance(each, str) else each
            shown = self.keymap.shown(BY_ID[id], self._in_field)
            if shown is not None:
                item: tuple[Span, ...] = ((shown, "accent"), (f" {_(BY_ID[called].name)}", "dim"))
                (sure if id == ALL_KEYS or n == len(ids) else named).append(item)
        if self._in_field and self._hint:
            hint: list[tuple[Span, ...]] = []
            for part in _(self._hint).split("  "):
                key, _space, word = part.partition(" ")
                hint.append(((key, "accent"), (f" {word}", "dim")))
            if sum(_cells(item) + 2 for item in (*hint, *named[:BEFORE_HINT], *sure)) <= self.size.width + 1:
                named = hint + named
        room = self.size.width + 1 - sum(_cells(item) + 2 for item in sure)
        kept = []
        for item in named:
            room -= _cells(item) + 2
            if room < 0:
                break
            kept.append(item)
        spans: list[Span] = [(" ", "")]
        for n, item in enumerate((*kept, *sure)):
            spans += [*([("  ", "")] if n else []), *item]
        return self.strip_of(spans, look)


def _cells(spans: Sequence[Span]) -> int:
    return sum(width(safe(text)) for text, _style in spans)
