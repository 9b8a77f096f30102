"""What others feel while an import runs: ``python -m benchmarks.beside [--tickets N] [--desk N]``.

An import of 20,000 tickets runs in a process of its own. First somebody saves a call ten times a second: how long he
waits for the import before his transaction begins. Then, with a fresh desk and the import again, the console is open
in a pty and used: how late its event loop comes back (a heartbeat every 5 ms), and the same with no import running.
"""

import argparse
import csv
import json
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.terminal import KEYS, Terminal

from benchmarks.figures import WORK, Figure, machine, spread, tell
from benchmarks.fill import Words, database_of
from benchmarks.probe import Program, environment, open_program, percentile
from benchmarks.save import calls
from supportdesk.desk.calls import take_call
from supportdesk.desk.desk import Desk
from supportdesk.desk.imports import import_tickets
from supportdesk.places import os_login
from supportdesk.store import batches
from supportdesk.store.journal import Journal

ROOT = Path(__file__).parent.parent
WAIT_MS = 100
BEAT_P99_MS = 20
BEAT_MOST_MS = 50
PACE = 0.1
"""Seconds between two saves, and between two keys."""

SILENT = 15.0
"""Seconds of the heartbeat with no import."""

WARM = 10
"""Saves that are not counted: before the first the writing side is loaded."""

USED = ("down", "down", "down", "pagedown", "up", "pageup")
"""The keys that are pressed in the console, over and over."""

MAPPING = """
name = "benchmark"
[source]
zone = "UTC"
instants = "%Y-%m-%d %H:%M"
[rows]
key = "no"
at = "changed"
author = "by"
[ticket]
title = "title"
description = "words"
caller_name = "who"
created_at = "changed"
status = { column = "state", map = { Open = "new", Work = "in_progress", Done = "solved", Shut = "closed" } }
impact = { value = "3" }
urgency = { value = "3" }
"""


def write_source(folder: Path, tickets: int) -> tuple[Path, Path]:
    """A table of another tool, one row a ticket, and its mapping."""
    rng = random.Random(3)
    words = Words(rng)
    table, mapping = folder / "tickets.csv", folder / "mapping.toml"
    mapping.write_text(MAPPING, encoding="utf-8")
    with table.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(("no", "changed", "by", "title", "words", "who", "state"))
        for n in range(tickets):
            out.writerow((f"X{n}", f"2026-{1 + n % 9:02}-{1 + n % 28:02} {n % 24:02}:{n % 60:02}", words.some(1),
                          words.some(6), words.some(25), words.some(2), rng.choice(("Open", "Work", "Done", "Shut"))))
    return table, mapping


@contextmanager
def importing(path: Path, source: tuple[Path, Path]) -> Iterator[subprocess.Popen[bytes]]:
    """The import in a second process."""
    program = "import sys; from benchmarks.beside import bring_in; bring_in(*sys.argv[1:])"
    with subprocess.Popen((sys.executable, "-c", program, *map(str, (path, *source))), cwd=ROOT) as process:
        try:
            yield process
        finally:
            process.kill()


def bring_in(path: str, table: str, mapping: str) -> None:
    """The import, as its process does it."""
    desk = Desk(Path(path))
    import_tickets(desk, Path(table), Path(mapping))
    desk.close()


def begun(desk: Desk, process: subprocess.Popen[bytes]) -> bool:
    """Whether the import writes by now. Before, it reads its file and touches nobody."""
    if process.poll() is not None:
        raise RuntimeError(f"the import ended before it began: {process.returncode}")
    return bool(batches.unfinished(desk.reader))


def savings(path: Path, source: tuple[Path, Path]) -> tuple[list[float], list[float], float]:
    """Seconds each save waited for its turn, and took in all, from the import's first row to its end; how long it took.
    """
    waits: list[float] = []
    whole: list[float] = []
    begin = Journal._begin

    def timed(journal: Journal) -> None:
        before = time.perf_counter()
        begin(journal)
        waits.append(time.perf_counter() - before)

    desk = Desk(path)
    work = iter(calls(20_000, desk.reader.execute("SELECT id FROM caller").fetchall()))
    for _ in range(WARM):
        take_call(desk, next(work))
    Journal._begin = timed  # type: ignore[method-assign]
    try:
        with importing(path, source) as process:
            while not begun(desk, process):
                time.sleep(PACE)
            began = time.perf_counter()
            while process.poll() is None:
                before = time.perf_counter()
                take_call(desk, next(work))
                whole.append(time.perf_counter() - before)
                time.sleep(PACE)
            lasted = time.perf_counter() - began
    finally:
        Journal._begin = begin  # type: ignore[method-assign]
        desk.close()
    return waits, whole, lasted


def heartbeats(path: Path, source: tuple[Path, Path] | None, folder: Path) -> list[float]:
    """How late, in seconds, the console's loop came back while the import wrote (``source`` None: without one)."""
    told = folder / "beats.json"
    program = Program((sys.executable, "-m", "benchmarks.heartbeat", str(path), str(told)),
                      lambda text: "? keys" in text)
    terminal, _ = open_program(program, environment(folder / "home"))
    desk = Desk(path)
    with terminal:
        terminal.settle(2.0, 4.0)  # what is loaded beside the keys after the start is not the import's doing
        if source is None:
            began = time.monotonic()
            _use(terminal, lambda: time.monotonic() - began < SILENT)
            ended = time.monotonic()
        else:
            with importing(path, source) as process:
                while not begun(desk, process):
                    terminal.pump(PACE)
                began = time.monotonic()
                _use(terminal, lambda: process.poll() is None)
                ended = time.monotonic()
        terminal.send(KEYS["ctrl+q"])
        terminal.wait_end(20)
    desk.close()
    return [late for at, late in json.loads(told.read_text(encoding="ascii")) if began <= at <= ended]


def _use(terminal: Terminal, going_on: Callable[[], bool]) -> None:
    """Keys as somebody reads the list, until ``going_on`` says no."""
    pressed = 0
    while going_on():
        terminal.send(KEYS[USED[pressed % len(USED)]])
        pressed += 1
        until = time.monotonic() + PACE
        while (left := until - time.monotonic()) > 0:
            terminal.pump(left)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tickets", type=int, default=20_000, help="tickets that are imported")
    parser.add_argument("--desk", type=int, default=2_000, help="tickets that are there before")
    asked = parser.parse_args()
    WORK.mkdir(exist_ok=True)
    filled = database_of(WORK, asked.desk, os_login())
    figures: list[Figure] = []
    with TemporaryDirectory(dir=WORK) as name:
        folder = Path(name)
        source = write_source(folder, asked.tickets)
        print(machine())
        path = _fresh(filled, folder / "saver.db")
        waits, whole, lasted = savings(path, source)
        print(f"{asked.tickets:,} tickets imported in {lasted:.0f} s; {len(whole)} saves beside it")
        print(f"waited for its turn: {spread(waits)}; whole save: {spread(whole)}")
        figures.append(Figure("a saver waits, 99 of 100", 1000 * percentile(waits, 0.99), WAIT_MS, "ms"))
        figures.append(Figure("a saver waits, longest", 1000 * max(waits), WAIT_MS, "ms"))
        figures.append(Figure("the whole save, longest", 1000 * max(whole), None, "ms"))
        for what, given, most in (("no import", None, (None, None)),
                                  ("beside the import", source, (BEAT_P99_MS, BEAT_MOST_MS))):
            path = _fresh(filled, folder / "console.db")
            late = heartbeats(path, given, folder)
            print(f"{what}: {len(late)} beats, late {spread(late)}; load {machine().rpartition('load ')[2]}")
            p99, longest = 1000 * percentile(late, 0.99), 1000 * max(late)
            figures += [Figure(f"event loop late, {what}, 99 of 100", p99, most[0], "ms"),
                        Figure(f"event loop late, {what}, longest", longest, most[1], "ms")]
    return tell(figures)


def _fresh(filled: Path, path: Path) -> Path:
    for left in path.parent.glob(f"{path.name}*"):
        left.unlink()
    shutil.copyfile(filled, path)
    return path


if __name__ == "__main__":
    sys.exit(main())
