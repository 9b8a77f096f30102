"""The painter sends what changed and nothing else, and the terminal shows what was meant."""

from __future__ import annotations

from collections.abc import Sequence

import pyte
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.color import ColorSystem
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual._compositor import LayoutUpdate
from textual.geometry import Region
from textual.strip import Strip

from supportdesk.widgets.paint import Painter

WIDTH, HEIGHT = 24, 4
STYLES = (
    Style(),
    Style(bold=True),
    Style(color="#ff0000", bgcolor="#202020"),
    Style(color="#00ff00", bgcolor="#202020", underline=True),
    Style(reverse=True),
)
CONSOLE = Console(color_system="truecolor", force_terminal=True)


class Screen:
    """What a terminal shows after everything the painter sent."""

    def __init__(self, charset: str | None = None) -> None:
        self.painter = Painter(charset)
        self.screen = pyte.Screen(WIDTH, HEIGHT)
        self.screen.reset_mode(pyte.modes.DECAWM)
        self.stream = pyte.Stream(self.screen)

    def show(self, lines: Sequence[Sequence[Segment]]) -> str:
        strips = [[Strip(line).adjust_cell_length(WIDTH, Style())] for line in lines]
        sent = self.painter.render(LayoutUpdate(strips, Region(0, 0, WIDTH, HEIGHT)), CONSOLE, (WIDTH, HEIGHT))
        self.stream.feed(sent)
        return sent

    def cells(self) -> list[list[tuple[object, ...]]]:
        """Sign and looks of each cell; on an empty one only what shows."""
        found = []
        for y in range(HEIGHT):
            row = self.screen.buffer[y]
            found.append(
                [
                    (cell.data, cell.bg, cell.reverse, cell.underscore)
                    if cell.data == " "
                    else (cell.data, cell.fg, cell.bg, cell.bold, cell.reverse, cell.underscore)
                    for cell in (row[x] for x in range(WIDTH))
                ]
            )
        return found


texts = st.text(st.sampled_from("ab xé│…日本e\u0301"), max_size=14)
segments = st.builds(Segment, texts, st.sampled_from(STYLES))
screens = st.lists(st.lists(segments, max_size=4), min_size=HEIGHT, max_size=HEIGHT)


@settings(max_examples=150, deadline=None)
@given(st.lists(screens, min_size=1, max_size=4))
def test_after_any_changes_the_terminal_shows_what_a_fresh_one_would(shown: list[list[list[Segment]]]) -> None:
    one, fresh = Screen(), Screen()
    for lines in shown:
        one.show(lines)
    fresh.show(shown[-1])
    assert one.cells() == fresh.cells()


@given(screens)
def test_the_same_screen_again_costs_nothing(lines: list[list[Segment]]) -> None:
    screen = Screen()
    screen.show(lines)
    assert screen.show(lines) == ""


def test_one_changed_digit_costs_a_move_and_the_digit() -> None:
    screen = Screen()
    screen.show([[Segment("3 min", STYLES[0])]] * HEIGHT)
    sent = screen.show([[Segment("2 min", STYLES[0])], *[[Segment("3 min", STYLES[0])]] * (HEIGHT - 1)])
    assert sent == "\x1b[1H2"


def test_after_forgetting_everything_is_sent() -> None:
    screen = Screen()
    first = screen.show([[Segment("VPN", STYLES[2])]] * HEIGHT)
    screen.painter.forget()
    assert screen.show([[Segment("VPN", STYLES[2])]] * HEIGHT) == first


def test_empty_cells_take_no_colour_of_text_with_them() -> None:
    screen = Screen()
    sent = screen.show([[Segment("a", STYLES[2]), Segment("   ", Style(bgcolor="#202020", color="#123456"))]] * HEIGHT)
    assert "18;52;86" not in sent


@pytest.mark.parametrize(("charset", "shown"), [("ascii", "|e.a*?"), ("iso8859-1", "|é.a*?")], ids=["ascii", "latin-1"])
def test_a_terminal_without_our_signs_gets_their_twins(charset: str, shown: str) -> None:
    screen = Screen(charset)
    screen.show([[Segment("│é…a●日", Style())]] * HEIGHT)
    assert screen.screen.display[0].rstrip() == shown


def test_a_plain_console_has_twins_for_our_signs_and_leaves_letters_alone() -> None:
    screen = Screen()
    screen.painter = Painter(plain=True)
    screen.show([[Segment("│é…★●日ł", Style())]] * HEIGHT)
    assert screen.screen.display[0].rstrip() == "|é.#*日ł"


def test_sixteen_colours_are_asked_for_by_their_number() -> None:
    console = Console(color_system="standard", force_terminal=True)
    assert console._color_system == ColorSystem.STANDARD
    strips = [[Strip([Segment("x", Style(color="red"))], 1)]]
    assert Painter().render(LayoutUpdate(strips, Region(0, 0, 1, 1)), console, (1, 1)) == "\x1b[1H\x1b[31mx\x1b[m"
