"""How figures are told: ratio, limit, verdict, and the load they were measured under."""

import os
import platform
import sqlite3
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

WORK = Path(__file__).parent / "work"
"""Databases made for measuring; git does not see them."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of issue 2 part 7. ``limit`` is the most it may be; None when it is told for information."""

    name: str
    value: float
    limit: float | None = None
    unit: str = "x"

    @property
    def held(self) -> bool:
        return self.limit is None or self.value <= self.limit

    def __str__(self) -> str:
        told = f"{self.name:<58} {self.value:>8.2f} {self.unit}"
        if self.limit is None:
            return told
        return f"{told}   limit {self.limit:g}   {'held' if self.held else 'MISSED'}"


def tell(figures: Sequence[Figure]) -> int:
    """Print the figures; the exit code says whether all are held."""
    for figure in figures:
        print(figure)
    return 0 if all(figure.held for figure in figures) else 1


def machine() -> str:
    """What the figures were measured on, and how busy it was."""
    load = ", ".join(f"{value:.2f}" for value in os.getloadavg())
    return (f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, Python {platform.python_version()}, "
            f"SQLite {sqlite3.sqlite_version}; load {load}")


def processor_time(process: int) -> float:
    """Seconds of the processor a process has used."""
    fields = Path(f"/proc/{process}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def spread(seconds: Sequence[float]) -> str:
    """Median, 95th percentile and maximum in milliseconds."""
    ordered = sorted(1000 * value for value in seconds)
    p95 = ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))]
    return f"{statistics.median(ordered):.2f} ms (p95 {p95:.2f}, max {ordered[-1]:.2f})"
