"""Pages that many consoles ask for at once: after a poke those of one site stand at the same few places of the order,
and what they are told is put together, written and packed once."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any

KEPT = 32
"""Pages kept by a process."""
ROWS = 100
"""Rows of the largest page kept: a first pull's pages are nobody else's."""
FOR = 1.0
"""Seconds for which a page is kept: about one round of pokes."""


class Page(dict[str, Any]):
    """The answer to a pull; ``packed`` holds it as it travels, by the encodings that are accepted."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.packed: dict[str, tuple[bytes, str]] = {}


class Pages:
    """Pages by all they depend on, the head of the order among it. For any thread."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._pages: OrderedDict[Hashable, tuple[float, Page]] = OrderedDict()

    def get(self, key: Hashable, make: Callable[[], Page]) -> Page:
        """The page of ``key``, made if it is not there."""
        now = self._clock()
        with self._lock:
            at, page = self._pages.get(key, (-FOR, None))
        if page is not None and now - at < FOR:
            return page
        page = make()
        with self._lock:
            self._pages.pop(key, None)
            if len(page["rows"]) <= ROWS:
                self._pages[key] = (now, page)
            while self._pages and (len(self._pages) > KEPT or now - next(iter(self._pages.values()))[0] >= FOR):
                self._pages.popitem(last=False)
        return page
