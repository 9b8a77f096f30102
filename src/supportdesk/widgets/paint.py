"""What goes over the line: only the cells that changed, in as few bytes as a terminal understands.

Textual sends every piece of a line that was marked dirty, each with its colours in full and a reset. Over a slow link
that is what a person waits for. The painter remembers what the terminal shows, cell by cell, and sends the difference:
the same words cost nothing, a moved cursor two lines' colours, a new minute a few digits.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from rich.cells import get_character_cell_size
from rich.color import ColorSystem
from rich.console import Console
from rich.style import Style
from textual._compositor import ChopsUpdate, CompositorUpdate, LayoutUpdate
from textual.strip import Strip

from supportdesk.rules.text import ascii_twin

Pen = tuple[tuple[str, ...], str, str]
"""How a cell is drawn: SGR codes of attributes, of the text's colour, of the ground's; "" is the terminal's own."""

PLAIN: Pen = ((), "", "")
UNKNOWN = "\0"
"""Stands for what a cell of the terminal shows before anything was sent there."""

Run = tuple[int, list[str], list[Pen]]
"""Neighbouring cells of a line: the column of the first, the signs, the pens."""

ERASE_TO_END = "\x1b[K"
GAP = 6
"""Cells that did not change between two that did are sent again when they are no more: moving costs as much."""

_ATTRIBUTES = ("1", "2", "3", "4", "5", "6", "7", "8", "9", "21", "51", "52", "53")
_NO_GROUND_LINES = frozenset({"1", "2", "3"})  # attributes that do not show on an empty cell


@lru_cache(512)
def pen_of(style: Style | None, colours: ColorSystem) -> Pen:
    """The pen of a Rich style in a terminal with so many colours. Equal styles give one object."""
    if style is None:
        return PLAIN
    bits = style._attributes & style._set_attributes
    attributes = tuple(code for bit, code in enumerate(_ATTRIBUTES) if bits & (1 << bit))
    text = ";".join(style.color.downgrade(colours).get_ansi_codes()) if style.color else ""
    ground = ";".join(style.bgcolor.downgrade(colours).get_ansi_codes(False)) if style.bgcolor else ""
    return _one((attributes, "" if text == "39" else text, "" if ground == "49" else ground))


@lru_cache(512)
def _one(pen: Pen) -> Pen:
    return pen


_one(PLAIN)


@lru_cache(512)
def _blank(pen: Pen) -> bool:
    """Whether only the ground of this pen shows on an empty cell."""
    return _NO_GROUND_LINES.issuperset(pen[0])


@lru_cache(2048)
def _switch(old: Pen, new: Pen) -> str:
    """The shortest sequence from one pen to another."""
    if new == PLAIN:
        return "\x1b[m"
    attributes, text, ground = new
    if set(old[0]) - set(attributes):
        return f"\x1b[{';'.join(filter(None, ('0', *attributes, text, ground)))}m"
    codes = [code for code in attributes if code not in old[0]]
    if text != old[1]:
        codes.append(text or "39")
    if ground != old[2]:
        codes.append(ground or "49")
    return f"\x1b[{';'.join(codes)}m" if codes else ""


class Line:
    """The cells of one line of the terminal as they were last sent."""

    __slots__ = ("pens", "signs")

    def __init__(self, width: int) -> None:
        self.signs = [UNKNOWN] * width
        self.pens = [PLAIN] * width

    def exchange(self, x: int, signs: list[str], pens: list[Pen]) -> Iterable[Run]:
        """Put these cells from column ``x`` on, and give the runs of them that have to be sent."""
        room = max(0, len(self.signs) - x)
        del signs[room:], pens[room:]
        end = x + len(signs)
        before, before_pens = self.signs[x:end], self.pens[x:end]
        self.signs[x:end], self.pens[x:end] = signs, pens
        if set(map(len, signs)) | set(map(len, before)) != {1}:
            # Terminals disagree on the width of such signs: send the whole piece, or nothing if it stands already.
            if before != signs or before_pens != pens:
                yield x, signs, pens
            return
        differs = [
            at
            for at, (sign, pen) in enumerate(zip(signs, pens, strict=True))
            if sign != before[at] or (pen is not before_pens[at] and not _alike(sign, pen, before_pens[at]))
        ]
        for first, last in _runs(differs):
            yield x + first, signs[first : last + 1], pens[first : last + 1]


class Painter:
    """Remembers what one terminal shows. Not for several threads."""

    def __init__(self, charset: str | None = None, plain: bool = False) -> None:
        """
        Args:
            charset: The terminal's codec if it lacks our signs: then each sign is replaced by one that it has.
            plain: Our own signs by their ASCII twins whatever the terminal has; letters stay.
        """
        self._charset = charset
        self._plain = plain
        self._lines: list[Line] = []
        self._width = 0

    def forget(self) -> None:
        """The terminal may show anything now (resized, suspended): the next update is sent whole."""
        self._lines = []

    def render(self, update: CompositorUpdate, console: Console, size: tuple[int, int]) -> str:
        """The bytes, as text, that bring the terminal from what it shows to ``update``; "" if nothing differs."""
        width, height = size
        if width != self._width or height != len(self._lines):
            self._width = width
            self._lines = [Line(width) for _ in range(height)]
        colours = console._color_system or ColorSystem.TRUECOLOR
        out: list[str] = []
        pen = PLAIN
        at: tuple[int, int] | None = None  # where the terminal's cursor stands, if that is known
        for y, x, strip in _pieces(update):
            if y >= height:
                continue
            for start, signs, pens in self._lines[y].exchange(x, *_cells(strip, colours, self._charset, self._plain)):
                if at != (start, y):
                    out.append(f"\x1b[{y + 1};{start + 1}H" if start else f"\x1b[{y + 1}H")
                end = start + len(signs)
                shown = _before_blank_end(signs, pens) if end == width else len(signs)
                for sign, new in zip(signs[:shown], pens, strict=False):
                    if new is not pen and not (sign == " " and _alike(sign, new, pen)):
                        out.append(_switch(pen, new))
                        pen = new
                    out.append(sign)
                if shown < len(signs):
                    if not _alike(" ", pen, PLAIN):
                        out.append(_switch(pen, PLAIN))
                        pen = PLAIN
                    out.append(ERASE_TO_END)
                at = (end, y) if end < width and set(map(len, signs)) == {1} else None
        if pen is not PLAIN:
            out.append(_switch(pen, PLAIN))
        return "".join(out)


def _cells(
    strip: Strip, colours: ColorSystem, charset: str | None, plain: bool = False
) -> tuple[list[str], list[Pen]]:
    signs: list[str] = []
    pens: list[Pen] = []
    for text, style, control in strip:
        if not control:
            if text.isascii():
                signs.extend(text)
            else:
                cells = _by_cells(text)
                if plain:
                    cells = [ascii_twin(sign)[:1] if len(sign) == 1 else sign for sign in cells]
                signs.extend(cells if charset is None else (_sign_for(sign, charset) for sign in cells))
            pens += [pen_of(style, colours)] * (len(signs) - len(pens))
    return signs, pens


@lru_cache(1024)
def _sign_for(sign: str, charset: str) -> str:
    """The sign, or what a terminal of this charset can show in its cell: our ASCII twin, the letter without accent."""
    for shown in (sign, ascii_twin(sign)[:1], unicodedata.normalize("NFKD", sign)[:1]):
        try:
            shown.encode(charset)
        except UnicodeEncodeError:
            continue
        return shown
    return "?"


def _before_blank_end(signs: Sequence[str], pens: Sequence[Pen]) -> int:
    """Where the spaces at the end begin that erasing to the end of the line shows as well; it takes three bytes."""
    shown = len(signs)
    while shown and signs[shown - 1] == " " and _alike(" ", pens[shown - 1], PLAIN):
        shown -= 1
    return shown if len(signs) - shown > len(ERASE_TO_END) else len(signs)


def _alike(sign: str, one: Pen, other: Pen) -> bool:
    """Whether a sign looks the same with both pens: an empty cell shows its ground only."""
    return one == other or (sign == " " and one[2] == other[2] and _blank(one) and _blank(other))


def _by_cells(text: str) -> list[str]:
    """One entry for each cell: a wide sign is followed by "", a combining one stands with the sign before it."""
    cells: list[str] = []
    for sign in text:
        size = get_character_cell_size(sign)
        if size == 0 and cells:
            at = len(cells) - 1
            while at and not cells[at]:
                at -= 1
            cells[at] += sign
        elif size:
            cells += [sign, *[""] * (size - 1)]
    return cells


def _runs(differs: Sequence[int]) -> Iterable[tuple[int, int]]:
    """First and last of neighbouring positions, small gaps closed."""
    if not differs:
        return
    first = last = differs[0]
    for at in differs[1:]:
        if at - last > GAP:
            yield first, last
            first = at
        last = at
    yield first, last


def _pieces(update: CompositorUpdate) -> Iterable[tuple[int, int, Strip]]:
    """The pieces of lines of an update: y, x, strip."""
    if isinstance(update, LayoutUpdate):
        left = update.region.x
        for y, strips in enumerate(update.strips, update.region.y):
            x = left
            for strip in strips:
                yield y, x, strip
                x += strip.cell_length
    elif isinstance(update, ChopsUpdate):
        # Beyond the spans a piece may be the empty ground of a container whose children were not asked to draw.
        for y, first, last in update.spans:
            chops: Mapping[int, Strip | None] = update.chops[y]
            for x, piece in chops.items():
                if piece is None:
                    continue
                start, end = max(x, first), min(x + piece.cell_length, last)
                if start < end:
                    whole = end - start == piece.cell_length
                    yield y, start, piece if whole else piece.crop(start - x, end - x)
