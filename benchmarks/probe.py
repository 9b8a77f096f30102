"""One run of a program in a pty of 120x40: when its first screen stands, what keys cost, what it weighs."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

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
    times: dict[str, list[float]] = field(default_factory=dict)
    sizes: dict[str, list[int]] = field(default_factory=dict)


def run(
    argv: Sequence[str], whole: Callable[[str], bool], presses: Sequence[tuple[str, int]], env: Mapping[str, str],
    *, after: float = 0.0, idle: float = 0.0,
) -> Run:
    """Start ``argv``; ``whole`` says of the screen's text that the first screen stands. Then press keys: (name, times).

    ``after`` is how long to read on after each key for what follows it; ``idle`` how long to listen to silence."""
    found = Run()
    with Terminal(argv, env, COLS, ROWS) as terminal:
        while not whole(terminal.text()):
            if terminal.ended or time.perf_counter() - terminal.started > 30:
                raise AssertionError(f"no first screen:\n{terminal.text()}")
            terminal.pump(5)
        found.start = time.perf_counter() - terminal.started
        terminal.settle(QUIET)
        found.start_bytes = len(terminal.raw)
        found.memory = rss(terminal.process.pid)
        if idle:
            found.sizes["idle"] = [terminal.settle(idle, idle)]
        for name, count in presses:
            for _ in range(count):
                press(terminal, found, name, after)
    return found


def press(terminal: Terminal, found: Run, name: str, after: float) -> None:
    """One key: the time until its change has been written, the bytes of it, and of what follows."""
    terminal.settle(0.05, 0.2)
    before, sent = len(terminal.raw), time.perf_counter()
    terminal.send(KEYS.get(name, name))
    last = sent
    while terminal.pump(0.04 if last > sent else 1.0):
        last = time.perf_counter()
    found.times.setdefault(name, []).append(last - sent)
    found.sizes.setdefault(name, []).append(len(terminal.raw) - before)
    if after:
        middle = len(terminal.raw)
        terminal.settle(after, after)
        found.sizes.setdefault(f"{name} then", []).append(len(terminal.raw) - middle)


def rss(pid: int) -> int:
    """Resident memory of a process in kB."""
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))


def environment(home: str) -> dict[str, str]:
    """The same terminal and a home of its own for every run."""
    return {"HOME": home, "SUPPORTDESK_HOME": os.path.join(home, "desk"), "LANG": "en_GB.UTF-8"}
