"""How much one device, or one address that guesses codes, may ask of a server process."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import NamedTuple


class Allowance(NamedTuple):
    """So many at once, and so many a second after that."""

    burst: float
    per_second: float


PER_DEVICE = Allowance(burst=500, per_second=50)
"""Requests of a device: a first enrolment with a long past sends hundreds without pause, a day's work one a second."""

WRONG_CODES = Allowance(burst=20, per_second=1 / 30)
"""Enrolments refused to one address: a site behind one address may mistype, a machine that tries codes may not."""

LIVE_STREAMS = 4
"""Live streams of one device in one process; a console opens one and may not have noticed the end of its last."""

MOST_KNOWN = 20_000
"""Buckets kept; beyond, those that are full again are forgotten."""


class Limits:
    """Token buckets by key. Every process counts for itself."""

    def __init__(self, allowance: Allowance, clock: Callable[[], float] = time.monotonic) -> None:
        self._allowance = allowance
        self._clock = clock
        self._lock = threading.Lock()
        self._known: dict[str, tuple[float, float]] = {}

    def take(self, key: str) -> float:
        """Takes one; 0 when it was there, else the seconds until it will be."""
        burst, per_second = self._allowance
        with self._lock:
            now = self._clock()
            left = self._left(key, now)
            if left < 1:
                return (1 - left) / per_second
            if len(self._known) >= MOST_KNOWN:
                self._known = {each: kept for each, kept in self._known.items() if self._left(each, now) < burst}
            self._known[key] = (left - 1, now)
            return 0.0

    def wait(self, key: str) -> float:
        """The seconds until :meth:`take` would be granted; takes nothing."""
        with self._lock:
            return max(0.0, 1 - self._left(key, self._clock())) / self._allowance.per_second

    def _left(self, key: str, now: float) -> float:
        left, at = self._known.get(key, (self._allowance.burst, now))
        return min(self._allowance.burst, left + (now - at) * self._allowance.per_second)
