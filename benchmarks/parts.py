"""Where time goes: named functions timed in place, each without what it calls of other parts."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

Functions = Mapping[str, Sequence[tuple[Any, str]]]
"""Part -> (module or class, name of its function)."""


class Parts:
    """Seconds of each part while it is :meth:`watched`, over all threads: for work of which one thread does a thing
    at a time."""

    def __init__(self, functions: Functions) -> None:
        self._functions = functions
        self._thread = threading.local()
        self._whole: Counter[str] = Counter()
        self.spent: Counter[str] = Counter()

    @contextmanager
    def watched(self) -> Iterator["Parts"]:
        kept = [(owner, name, owner.__dict__[name]) for parts in self._functions.values() for owner, name in parts]
        for part, functions in self._functions.items():
            for owner, name in functions:
                setattr(owner, name, self._timed(part, getattr(owner, name)))
        try:
            yield self
        finally:
            for owner, name, function in kept:
                setattr(owner, name, function)

    def _timed(self, part: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*args: Any, **options: Any) -> Any:
            opened = self._thread.__dict__.setdefault("opened", [])
            inner = [0.0]
            opened.append(inner)
            before = time.perf_counter()
            try:
                return function(*args, **options)
            finally:
                took = time.perf_counter() - before
                opened.pop()
                self.spent[part] += took - inner[0]
                self._whole[part] += took
                if opened:
                    opened[-1][0] += took

        return timed

    def whole(self, part: str) -> float:
        """Seconds of a part with all that it called."""
        return self._whole[part]

    def told(self, total: float, *names: str) -> str:
        """The parts in order, and what is left of ``total`` seconds, in milliseconds and percent."""
        shown = [(name, self.spent[name]) for name in names]
        shown.append(("else", total - sum(spent for _name, spent in shown)))
        return ", ".join(f"{name} {1000 * spent:,.0f} ms ({100 * spent / total:.0f} %)" for name, spent in shown)
