"""The columns of a list: what each shows of a row, how wide it is, and from which width of the list on it is there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal, NamedTuple

Cell = tuple[str, str]
"""What stands in a cell, and the name of the style it is shown in ("" for plain text)."""


class Column(NamedTuple):
    """One column.

    Attributes:
        id: Stable name.
        title: Message id of the heading; "" for none.
        width: Cells; the least it gets if it is flexible.
        render: Gives the text and style name for a row. The text may be anything: the list makes it safe and cuts it.
        flexible: Shares the room that is left with the other flexible columns.
        after: It takes its share only of what is left beyond so many cells.
        tail: A sign behind the text that is never cut, however long the text is.
        align: Where a short text stands.
        from_width: The column is there when the list is at least so many cells wide.
    """

    id: str
    title: str
    width: int
    render: Callable[[Any], Cell]
    flexible: bool = False
    align: Literal["left", "right"] = "left"
    from_width: int = 0
    after: int = 0
    tail: Callable[[Any], str] | None = None


class Placed(NamedTuple):
    """A column with the cells it got."""

    column: Column
    width: int


def place(columns: Sequence[Column], cells: int, between: int = 1) -> tuple[Placed, ...]:
    """Which columns are there in a list of ``cells``, and how wide each is; ``between`` cells stand between two.

    What does not fit is left out from the end; the flexible ones share what is left over.
    """
    kept: list[Column] = []
    used = -between
    for column in columns:
        if cells >= column.from_width and (used + between + column.width <= cells or not kept):
            kept.append(column)
            used += between + column.width
    flexible = sum(column.flexible for column in kept)
    left = max(0, cells - used)
    placed: list[Placed] = []
    for column in kept:
        more = 0
        if column.flexible:
            more = max(0, left - column.after) // flexible
            left -= more
            flexible -= 1
        placed.append(Placed(column, max(0, min(column.width + more, cells))))
    return tuple(placed)
