"""How the queue looks: the columns of its list, the views beside or above it.

The first column is the reason to look: the instant that decided the place in the order (LOOK.md "First column").
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import tzinfo
from typing import NamedTuple

from rich.segment import Segment
from textual.strip import Strip

from supportdesk.desk.clock_words import at, clock, day, hour
from supportdesk.desk.labels import STATUS, label
from supportdesk.i18n import N_, _
from supportdesk.rules.order import OrderCode
from supportdesk.rules.text import safe, width
from supportdesk.store.views.look import OwnView
from supportdesk.store.views.queue import Counts, QueueLine, View
from supportdesk.terms.codes import Lane
from supportdesk.widgets.columns import Cell, Column
from supportdesk.widgets.lines import Line, Lines, Span
from supportdesk.widgets.themes import Look

SOON_US = 30 * 60_000_000
"""From here on a due time is amber."""

KEY_ACCOUNT = " ★"
DAY_US = 24 * 60 * 60_000_000

DUE_CELLS = 12
"""Of the longest, ``since 10.11.``."""

ORGANISATION_CELLS = 14
MATTER_FIRST = 20
"""Cells that the matter gets of a wider window before the organisation gets half."""

NUMBER_CELLS = 10
"""Of the shortest number, ``214-0087-1``."""

NEW = "+"
LATE = "!"

VIEW_NAMES: dict[View, str] = {
    View.MINE: N_("My tickets"),
    View.TEAM: N_("My team"),
    View.UNASSIGNED: N_("Unassigned"),
    View.CALLBACKS: N_("Callbacks due"),
    View.WAITING: N_("Waiting"),
    View.HANDED_OVER: N_("Handed over"),
    View.ALL: N_("All"),
}
EMPTY: dict[View, str] = {
    View.MINE: N_("You work on no ticket. Take one from the team with t."),
    View.TEAM: N_("Nothing is open in your teams."),
    View.UNASSIGNED: N_("Everything has somebody who works on it."),
    View.CALLBACKS: N_("You promised no callback."),
    View.WAITING: N_("Nothing waits for a caller or a vendor."),
    View.HANDED_OVER: N_("Nothing of yours is with others."),
    View.ALL: N_("There is no ticket yet. Log the first call with n."),
}
_WAITS_FOR = {"waiting_caller": N_("wait caller"), "waiting_vendor": N_("wait vendor")}


class Eyes:
    """Who looks at the list, and when: cells ask here. Instants are microseconds UTC."""

    def __init__(self, now_us: int, zone: tzinfo, view: View, is_new: Callable[[QueueLine], bool]) -> None:
        self.now_us = now_us
        self.zone = zone
        self.view = view
        self.is_new = is_new

    def due(self, line: QueueLine) -> Cell:
        """The deciding instant; overdue red, near amber, what waits dim. While its calendar is closed, when it opens.
        Nothing due: since when it is there."""
        if line.lane is Lane.CLOSED:
            return clock(line.closed_us or line.updated_us, self.now_us, self.zone), "dim"
        reason = line.reason(self.now_us)
        instant = reason.at_us
        if self.view is View.CALLBACKS:
            instant = line.callback_us
        elif reason.code is OrderCode.P1_UNOWNED:
            instant = line.due_us
        elif reason.code is OrderCode.WAITING and instant is None:
            return _(_WAITS_FOR.get(line.status, N_("waiting"))), "dim"
        promised = reason.promised if instant is not None and instant == line.due_us else None
        if promised is not None and promised.left(self.now_us) >= 0:
            opens = promised.opens(self.now_us)
            if opens is not None:
                return _("opens {when}").format(when=self._opening(opens)), "dim" if line.lane is Lane.WAITING else ""
        if instant is None or reason.code is OrderCode.AGE:
            return _("since {when}").format(when=day(line.created_us, self.now_us, self.zone)), "dim"
        left = instant - self.now_us
        style = "alarm" if left < 0 else "warn" if left < SOON_US else "dim" if line.lane is Lane.WAITING else ""
        return at(instant, self.now_us, self.zone), style

    def _opening(self, instant: int) -> str:
        """Today and overnight the time, else the day."""
        return hour(instant, self.zone) if instant - self.now_us < DAY_US else day(instant, self.now_us, self.zone)

    def flag(self, line: QueueLine) -> Cell:
        """``!`` what is late or an alarm, else ``+`` what is new since I looked."""
        _text, style = self.due(line)
        if style == "alarm" or line.lane is Lane.ALARM or line.reason(self.now_us).code is OrderCode.P1_BY_WINDOW:
            return LATE, "alarm"
        return (NEW, "accent") if self.is_new(line) else ("", "")

    def priority(self, line: QueueLine) -> Cell:
        """As its caller's time window has raised it."""
        priority = line.priority_at(self.now_us)
        return priority[1:], "alarm" if priority == "P1" else ""

    def matter(self, line: QueueLine) -> Cell:
        text = f"x{line.chasers} {line.title}" if line.chasers else line.title
        if line.lane is Lane.CLOSED:
            return _("{what}: {text}").format(what=label(STATUS, line.status), text=text), "dim"
        return text, "dim" if line.lane is Lane.WAITING else ""


def longest_number(lines: Iterable[QueueLine]) -> int:
    """The cells that the numbers of these lines take."""
    return max((len(line.number) for line in lines), default=0)


def columns(eyes: Callable[[], Eyes], number_cells: int) -> tuple[Column, ...]:
    """The columns of the list; ``eyes`` gives the look of this moment. A number is never cut: it takes
    ``number_cells``."""
    return (
        Column("due", N_("Due"), DUE_CELLS, lambda line: eyes().due(line), align="right"),
        Column("flag", "", 1, lambda line: eyes().flag(line)),
        Column("priority", N_("P"), 1, lambda line: eyes().priority(line)),
        Column("number", N_("Number"), number_cells, lambda line: (line.number, "strong")),
        Column("organisation", N_("Organisation"), ORGANISATION_CELLS, lambda line: (line.organisation, ""),
               from_width=50, flexible=True, after=MATTER_FIRST,
               tail=lambda line: KEY_ACCOUNT if line.key_account else ""),
        Column("matter", N_("Matter"), 8, lambda line: eyes().matter(line), flexible=True),
        Column("with", N_("With"), 10, lambda line: (line.assignee or "", "dim"), from_width=80),
        Column("caller", N_("Caller"), 18, lambda line: (line.caller, ""), from_width=110),
    )


class ViewRow(NamedTuple):
    """A view as it is listed: its name, how many tickets are ``held`` (None: being counted)."""

    name: str
    held: int | None
    alarm: bool = False


def number_words(count: int) -> str:
    """A count in groups of three, with the thin gap that needs no language: ``1 204``."""
    return f"{count:,}".replace(",", "\xa0")


class Views(Lines):
    """The views with their counts, the shown one marked: a column where there is room, else one line."""

    DEFAULT_CSS = "Views { height: 1fr; }"

    def __init__(self, *, across: bool = False, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._across = across
        self._rows: Sequence[ViewRow] = ()
        self._fixed = 0
        self._shown = 0
        self._below: Sequence[Line] = ()

    def show(self, rows: Sequence[ViewRow], fixed: int, shown: int, below: Sequence[Line] = ()) -> None:
        """The views, ``fixed`` of them everybody's; ``below`` stands under the column."""
        self._rows, self._fixed, self._shown, self._below = rows, fixed, shown, below
        self.repaint()

    def draw_line(self, y: int, look: Look) -> Strip:
        return self._draw_across(look) if self._across else self._draw_down(y, look)

    def _draw_down(self, y: int, look: Look) -> Strip:
        """The heading with the keys that lead on, everybody's views, the agent's own, what stands below."""
        if y == 0:
            segments = self.segments_of(((" ", ""), (_("Views"), "dim")), look, max(0, self.size.width - 4))
            return Strip([*segments, *self.segments_of("< > ", look, 4, "accent")]).adjust_cell_length(
                self.size.width, look.ground)
        drawn: list[int | Line] = [*range(self._fixed)]
        if len(self._rows) > self._fixed:
            drawn += ["", *range(self._fixed, len(self._rows))]
        drawn += ["", *self._below]
        what = drawn[y - 1] if y <= len(drawn) else ""
        return self._view(what, look) if isinstance(what, int) else self.strip_of(what, look)

    def _view(self, number: int, look: Look) -> Strip:
        row = self._rows[number]
        here = number == self._shown
        count = "" if row.held is None else number_words(row.held)
        style = "alarm" if row.alarm else "strong" if here else ""
        room = self.size.width - width(count) - 1
        name = (("│" if here else " ", "accent"), (row.name, "strong" if here else ""))
        segments = self.segments_of(name, look, room)
        segments.append(Segment(f"{count} ", look.style(style or "dim")))
        return Strip(segments).adjust_cell_length(self.size.width, look.ground)

    def _draw_across(self, look: Look) -> Strip:
        parts: list[list[Span]] = []
        for number, row in enumerate(self._rows):
            here = number == self._shown
            count = "" if row.held is None else f" {number_words(row.held)}"
            parts.append([("│" if here else " ", "accent"), (row.name, "strong" if here else "dim"),
                          (count, "alarm" if row.alarm else "strong" if here else "dim")])
        room = max(0, self.size.width - 4)
        first = 0
        while first < self._shown and sum(_cells(part) + 2 for part in parts[first : self._shown + 1]) > room:
            first += 1
        spans: list[Span] = []
        for part in parts[first:]:
            if spans and _cells(spans) + _cells(part) > room:
                break  # half a name or half a count tells nothing: the arrow says that there are more
            spans += [*part, ("  ", "")]
        # The arrows go round: both always lead somewhere.
        return Strip([*self.segments_of(" <", look, 2, "accent"), *self.segments_of(spans, look, room),
                      *self.segments_of("> ", look, 2, "accent")]).adjust_cell_length(self.size.width, look.ground)


def _cells(spans: Sequence[Span]) -> int:
    return sum(width(safe(text)) for text, _style in spans)


def view_rows(counts: Counts | None, own: Sequence[OwnView], own_counts: Sequence[int]) -> list[ViewRow]:
    """All views as they are listed."""
    rows = [
        ViewRow(_(name), counts.views[view] if counts else None,
                bool(counts and view is View.CALLBACKS and counts.callbacks_overdue))
        for view, name in VIEW_NAMES.items()
    ]
    counted = [*own_counts, *[None] * len(own)]
    return rows + [ViewRow(view.name, count) for view, count in zip(own, counted, strict=False)]


def promised_words(counts: Counts | None, now_us: int, zone: tzinfo) -> list[Line]:
    """What I promised, under the views; nothing of how I rank."""
    if counts is None or counts.next_callback_us is None:
        return []
    promised = counts.views[View.CALLBACKS]
    late = counts.next_callback_us < now_us
    return [
        ((" " + _("I promised"), "dim"), (f" {promised}", "")),
        ((f" {at(counts.next_callback_us, now_us, zone)}", "alarm" if late else ""), (f" {counts.next_caller}", "")),
    ]
