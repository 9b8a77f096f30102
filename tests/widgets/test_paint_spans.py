"""Only the cells an update is about are painted."""

from __future__ import annotations

from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual._compositor import ChopsUpdate
from textual.strip import Strip

from supportdesk.widgets.paint import Painter

SIZE = (10, 1)


def update(left: str, right: str, first: int, last: int) -> ChopsUpdate:
    """One line in two pieces, of which the columns from ``first`` to before ``last`` are to be painted."""
    style = Style.parse("white on black")
    pieces = {0: Strip([Segment(left, style)]), 5: Strip([Segment(right, style)])}
    return ChopsUpdate([pieces], [(0, first, last)], [[5, 10]])


def test_the_ground_of_a_container_beyond_the_span_does_not_wipe_out_what_stands_there() -> None:
    painter, console = Painter(), Console(color_system="truecolor")
    assert "abcdefghij" in painter.render(update("abcde", "fghij", 0, 10), console, SIZE)
    assert painter.render(update("     ", "fghij", 5, 10), console, SIZE) == ""
    assert painter.render(update("abcde", "fghij", 0, 10), console, SIZE) == ""


def test_a_piece_half_in_the_span_is_painted_by_half() -> None:
    painter, console = Painter(), Console(color_system="truecolor")
    painter.render(update("abcde", "fghij", 0, 10), console, SIZE)
    sent = painter.render(update("ABCDE", "FGHIJ", 3, 7), console, SIZE)
    assert "DEFG" in sent
    assert not set("ABCHIJ") & set(sent.replace("\x1b[1;4H", ""))
