"""Runs of a program in a pty of 120x40: when its first screen stands, what keys cost, what it weighs."""

from __future__ import annotations

import os
import re
import statistics
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.terminal import KEYS, Terminal

COLS, ROWS = 120, 40
QUIET = 0.4
"""Seconds of silence after which a screen stands."""


@dataclass
class Run:
    """What one run gave. Times in seconds, sizes in bytes, memory in kB."""

    start: float = 0.0
    start_bytes: int = 0
    memory: int = 0
    memory_saved: int = 0
    times: dict[str, list[float]] = field(default_factory=dict)
    sizes: dict[str, list[int]] = field(default_factory=dict)


@dataclass(frozen=True)
class Program:
    """What is started, and how its first whole screen is known by its text."""

    argv: Sequence[str]
    stands: Callable[[str], object]


def open_program(program: Program, env: Mapping[str, str]) -> tuple[Terminal, float]:
    """Start it and read until its first screen stands; how long that took."""
    terminal = Terminal(program.argv, env, COLS, ROWS)
    while not program.stands(terminal.text()):
        if terminal.ended or time.perf_counter() - terminal.started > 60:
            raise AssertionError(f"no first screen:\n{terminal.text()}")
        terminal.pump(5)
    return terminal, time.perf_counter() - terminal.started


def first_screen(program: Program, env: Mapping[str, str]) -> Run:
    """Start, let it settle, weigh, end."""
    terminal, taken = open_program(program, env)
    with terminal:
        terminal.settle(QUIET)
        return Run(taken, len(terminal.raw), memory(terminal))


def press(terminal: Terminal, run: Run, key: str, then: float = 0.0) -> None:
    """One key: the time until its change is written, its bytes, and those that follow within ``then`` seconds."""
    terminal.settle(0.05, 0.3)
    before, sent = len(terminal.raw), time.perf_counter()
    terminal.send(KEYS.get(key, key))
    last = sent
    while terminal.pump(0.04 if last > sent else 1.0):
        last = terminal.read_at
    run.times.setdefault(key, []).append(last - sent)
    run.sizes.setdefault(key, []).append(len(terminal.raw) - before)
    if then:
        middle = len(terminal.raw)
        terminal.settle(then, then)
        run.sizes.setdefault(f"{key}, then", []).append(len(terminal.raw) - middle)


def wait_for(terminal: Terminal, pattern: str, since: float, limit: float = 5.0) -> float:
    """Seconds from ``since`` until the pattern is on the screen."""
    while not re.search(pattern, terminal.text()):
        if time.perf_counter() - since > limit:
            raise AssertionError(f"/{pattern}/ not within {limit} s:\n{terminal.text()}")
        terminal.pump(0.5)
    return time.perf_counter() - since


def memory(terminal: Terminal) -> int:
    """Resident memory of the program in kB."""
    status = Path(f"/proc/{terminal.process.pid}/status").read_text(encoding="ascii")
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS"))


def environment(home: Path) -> dict[str, str]:
    """The same plain terminal and a home of its own for every run."""
    home.mkdir(parents=True, exist_ok=True)
    root = Path(__file__).parent.parent
    return {"HOME": str(home), "SUPPORTDESK_HOME": str(home / "desk"), "LANG": "en_GB.UTF-8",
            "PYTHONPATH": f"{root / 'src'}:{root}", "PATH": os.environ.get("PATH", "")}


def percentile(values: Iterable[float], share: float) -> float:
    """The value below which ``share`` of them lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def median(values: Iterable[float]) -> float:
    return statistics.median(values)
