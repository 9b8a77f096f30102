"""What the server counts of itself, told as Prometheus text; no label ever names a person, a device or an address."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from supportdesk.store.types import from_iso

BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
"""Upper bounds of the request times in seconds."""

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class Metrics:
    """Counters of one process; ``worker`` tells the processes of one server apart (1 when there is only one)."""

    def __init__(self, worker: int = 1) -> None:
        self._worker = worker
        self._started = time.time()
        self._lock = threading.Lock()
        self._requests: Counter[tuple[str, int]] = Counter()
        self._seconds: dict[str, float] = {}
        self._times: Counter[tuple[str, float]] = Counter()
        self._entries: Counter[str] = Counter()
        self.streams = 0
        """Live streams that are open now; touched by the event loop only."""

    def request(self, route: str, status: int, seconds: float) -> None:
        """One answered request; ``route`` is the pattern of its path, never the path itself."""
        with self._lock:
            self._requests[route, status] += 1
            self._seconds[route] = self._seconds.get(route, 0.0) + seconds
            self._times[route, next((bound for bound in BUCKETS if seconds <= bound), float("inf"))] += 1

    def entries(self, results: Mapping[str, int]) -> None:
        """Entries of one push, by result."""
        with self._lock:
            self._entries.update(results)

    def text(self, gauges: Mapping[str, int], duties: Sequence[Mapping[str, Any]] = ()) -> str:
        """Everything counted, with ``gauges`` read a moment ago, and the ``duties`` as server/lease tells them."""
        with self._lock:
            return "\n".join([*self._lines(gauges), *self._duties(duties), ""])

    def _duties(self, duties: Sequence[Mapping[str, Any]]) -> Iterator[str]:
        """What the server does by itself: alike in all its processes."""
        for name, (help, value) in _DUTIES.items():
            told = [(duty["name"], number) for duty in duties if (number := value(duty)) is not None]
            if told:
                yield from _head(name, "gauge", help)
            for duty, number in told:
                yield self._line(name, number, duty=duty)

    def _lines(self, gauges: Mapping[str, int]) -> Iterator[str]:
        yield from _head("requests_total", "counter", "Requests answered, by route and status.")
        for (route, status), count in sorted(self._requests.items()):
            yield self._line("requests_total", count, route=route, status=status)
        yield from _head("request_seconds", "histogram", "Time to the last byte of an answer.")
        for route in sorted(self._seconds):
            below = 0
            for bound in (*BUCKETS, float("inf")):
                below += self._times[route, bound]
                yield self._line("request_seconds_bucket", below, route=route, le="+Inf" if bound > 10 else bound)
            yield self._line("request_seconds_sum", round(self._seconds[route], 6), route=route)
            yield self._line("request_seconds_count", below, route=route)
        yield from _head("entries_total", "counter", "Entries pushed by devices, by result.")
        for result, count in sorted(self._entries.items()):
            yield self._line("entries_total", count, result=result)
        yield from _head("live_streams", "gauge", "Live streams open now.")
        yield self._line("live_streams", self.streams)
        yield from _head("start_time_seconds", "gauge", "When this process started, Unix time.")
        yield self._line("start_time_seconds", round(self._started, 3))
        for name, value in gauges.items():
            yield from _head(name, "gauge", _GAUGES[name])
            yield self._line(name, value)

    def _line(self, name: str, value: float, **labels: object) -> str:
        told = ",".join(f'{key}="{label}"' for key, label in {"worker": self._worker, **labels}.items())
        return f"supportdesk_{name}{{{told}}} {value}"


_GAUGES = {"head_seq": "Sequence number of the newest accepted entry."}



def _seconds(at: str | None) -> float | None:
    return None if at is None else from_iso(at).timestamp()


_DUTIES: dict[str, tuple[str, Callable[[Mapping[str, Any]], float | None]]] = {
    "duty_last_run_seconds": ("When a duty ran last, Unix time.", lambda duty: _seconds(duty["ran_at"])),
    "duty_next_due_seconds": ("When a duty is due next, Unix time.", lambda duty: _seconds(duty["next_at"])),
    "duty_late_seconds": ("How late a duty was when it ran last.",
                          lambda duty: None if duty["late_ms"] is None else duty["late_ms"] / 1000),
    "duty_failed": ("Whether a duty failed when it was tried last.", lambda duty: int(duty["failed"] is not None)),
}


def _head(name: str, kind: str, help: str) -> tuple[str, str]:
    return f"# HELP supportdesk_{name} {help}", f"# TYPE supportdesk_{name} {kind}"
