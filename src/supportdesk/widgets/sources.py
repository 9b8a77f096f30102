"""Where a list gets its rows from: anything that knows how many there are and can give one at a position."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Any, Protocol


class Source(Protocol):
    """Rows in an order that stands still: a new order is a new source.

    A source holds pages, not everything: ``row`` and ``key`` answer None for a row whose page is still being read,
    and ``landed``, once the list has set it, is called (from any thread) when it has come.
    """

    landed: Callable[[], None] | None

    @property
    def total(self) -> int:
        """How many rows there are."""

    def row(self, index: int) -> Any | None:
        """The row at a position from 0, or None while its page is read."""

    def key(self, index: int) -> Hashable | None:
        """What names that row in every later source, or None while it is not known."""

    def index_of(self, key: Hashable) -> int | None:
        """Where that row stands here, or None if it is not among these rows."""

    def wanted(self, first: int, count: int) -> None:
        """These rows are on the screen now: a hint to read them and their neighbours ahead."""


class Rows:
    """A source over rows that are all in memory: suggestions, views, the few things of a card."""

    def __init__(self, rows: Sequence[Any], key: Callable[[Any], Hashable]) -> None:
        self.landed: Callable[[], None] | None = None
        self._rows = rows
        self._keys = [key(row) for row in rows]
        self._positions = {each: index for index, each in enumerate(self._keys)}

    @property
    def total(self) -> int:
        return len(self._rows)

    def row(self, index: int) -> Any:
        return self._rows[index]

    def key(self, index: int) -> Hashable:
        return self._keys[index]

    def index_of(self, key: Hashable) -> int | None:
        return self._positions.get(key)

    def wanted(self, first: int, count: int) -> None:
        """All rows are here."""
