"""The tickets of the queue as a list wants them: ids of the whole view, lines of the pages that are looked at."""

from __future__ import annotations

from array import array
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import Future

from supportdesk.store.views import look
from supportdesk.store.views.closed import PAGE, ClosedTickets
from supportdesk.store.views.queue import QueueLine

PAGES_KEPT = 8

Read = Callable[..., "Future[tuple[array[int], tuple[QueueLine, ...]]]"]
"""The reading thread: takes a function of a connection and its arguments."""


class TicketRows:
    """Open tickets by their ids in the desk's order, closed ones behind them; a page of lines is read when it is near.

    ``lines`` are known from the start. Pages come from the reading thread; until then a row is None.
    """

    def __init__(
        self, pks: array[int], closed: ClosedTickets | None, lines: Sequence[QueueLine], read: Read,
        at: tuple[int, int] | None = None,
    ) -> None:
        """``at`` is the position of one ticket that is known: (pk, position), for one among the closed."""
        self.landed: Callable[[], None] | None = None
        self._pks = pks
        self._closed = closed
        self._read = read
        self._first = {line.pk: line for line in lines}
        self._pages: OrderedDict[int, dict[int, QueueLine]] = OrderedDict()
        self._closed_pks: dict[int, array[int]] = {}
        self._asked: set[int] = set()
        self._known = dict([at] if at else [])
        self.failed = ""

    @property
    def open_pks(self) -> array[int]:
        """Ids of the open tickets, all of them."""
        return self._pks

    @property
    def total(self) -> int:
        return len(self._pks) + (self._closed.total if self._closed else 0)

    def key(self, index: int) -> int | None:
        if index < len(self._pks):
            return self._pks[index]
        number, place = divmod(index - len(self._pks), PAGE)
        ids = self._closed_pks.get(number)
        if ids is None:
            self._ask(len(self._pks) // PAGE + 1 + number)
            return None
        return ids[place] if place < len(ids) else None

    def row(self, index: int) -> QueueLine | None:
        pk = self.key(index)
        if pk is None:
            return None
        if pk in self._first:
            return self._first[pk]
        number = self._number(index)
        page_of_it = self._pages.get(number)
        if page_of_it is None:
            self._ask(number)
            return None
        return page_of_it.get(pk)

    def index_of(self, key: Hashable) -> int | None:
        if key in self._known:
            return self._known[key]
        try:
            return self._pks.index(key)  # type: ignore[arg-type]
        except (ValueError, TypeError):
            return next((len(self._pks) + number * PAGE + ids.index(key)  # type: ignore[arg-type]
                         for number, ids in self._closed_pks.items() if key in ids), None)

    def wanted(self, first: int, count: int) -> None:
        """Read what is on the screen and the pages next to it."""
        edges = (first - PAGE // 2, first, first + count, first + count + PAGE // 2)
        for number in sorted({self._number(max(0, min(edge, self.total - 1))) for edge in edges}):
            if not self._has(number):
                self._ask(number)

    def line_of(self, pk: int) -> QueueLine | None:
        """A line that has been read."""
        pages = (self._first, *self._pages.values())
        return next((lines[pk] for lines in pages if pk in lines), None)

    def _number(self, index: int) -> int:
        """Pages of the open tickets first, then those of the closed: no page holds both."""
        if index < len(self._pks):
            return index // PAGE
        return len(self._pks) // PAGE + 1 + (index - len(self._pks)) // PAGE

    def _has(self, number: int) -> bool:
        return number in self._pages or (
            self._behind(number) < 0 and all(pk in self._first for pk in self._open(number))
        )

    def _behind(self, number: int) -> int:
        """Which page of the closed tickets it is, below 0 for one of the open."""
        return number - len(self._pks) // PAGE - 1

    def _open(self, number: int) -> array[int]:
        return self._pks[number * PAGE : (number + 1) * PAGE]

    def _ask(self, number: int) -> None:
        if number in self._asked:
            return
        self._asked.add(number)
        behind = self._behind(number)
        if behind < 0:
            future = self._read(look.open_lines, self._open(number))
        else:
            future = self._read(look.closed_lines, self._closed, behind)
        future.add_done_callback(lambda done: self._take(number, done))

    def _take(self, number: int, done: Future[tuple[array[int], tuple[QueueLine, ...]]]) -> None:
        """A page has come, in the reading thread: the list is told, and looks again in its own."""
        if done.cancelled():
            return
        if done.exception() is not None:
            self.failed = str(done.exception())
            return
        ids, lines = done.result()
        self._pages[number] = {line.pk: line for line in lines}
        if self._behind(number) >= 0:
            self._closed_pks[self._behind(number)] = ids
        while len(self._pages) > PAGES_KEPT:
            self._asked.discard(self._pages.popitem(last=False)[0])
        if self.landed is not None:
            self.landed()
