"""Speed of the queue: ratios against a bare Textual app of the same run, each beside its limit (issue 2 part 7).

    python -m benchmarks.queue --work DIR [--pairs 15] [--sizes 1000 100000 1000000]

Databases are made once in ``DIR`` (1,000,000 tickets take 4 GB and three minutes). Absolute times are only good
against the yardstick of the same run.
"""

from __future__ import annotations

import argparse
import random
import re
import sys
import time
from pathlib import Path

from benchmarks.fill import database_of
from benchmarks.probe import (
    Program,
    Run,
    environment,
    first_screen,
    median,
    memory,
    open_program,
    percentile,
    press,
    wait_for,
)
from benchmarks.promises import promises
from supportdesk.desk.desk import Desk
from supportdesk.places import os_login
from supportdesk.store.clock import utc_now
from supportdesk.store.types import micros
from supportdesk.store.views import queue
from supportdesk.store.views.filtered import Filter
from supportdesk.store.views.queue import View

YARDSTICK = Program(
    (sys.executable, "-c", "from benchmarks.yardstick import Bare; Bare().run()"),
    lambda text: "The matter of row 30" in text,
)
KEYS = (("down", 8), ("pagedown", 2), ("pageup", 2), ("up", 8))
ROUNDS = 4
SEARCHES = 24
ROWS_APART = 0.09
"""Seconds of silence after which the rows of a letter stand; the preview follows 120 ms after them."""

FOLLOWS = 0.5
"""Seconds to wait for the preview after a key."""


def console(db: Path) -> Program:
    """The console on a database; its screen stands when the list, the preview and the keys are there."""
    return Program(
        (sys.executable, "-c", "from supportdesk.entry import main; main()", "--db", str(db)),
        lambda text: "? keys" in text and "To tell the caller" in text and re.search(r"\d{3,5}-\d{4,}-\d", text),
    )


class Table:
    """Lines of figures, each with its limit; ``failed`` counts those beyond it."""

    def __init__(self) -> None:
        self.failed = 0

    def line(self, what: str, value: float, limit: float | None = None, unit: str = "x", note: str = "") -> None:
        good = limit is None or value <= limit
        self.failed += not good
        shown = f"{value:,.2f}" if unit == "x" else f"{value:,.0f}" if unit in ("bytes", "kB") else f"{value:,.1f}"
        wanted = "" if limit is None else f"at most {limit:g}"
        print(f"{what:<58}{shown:>10} {unit:<6}{wanted:<16}{'' if good else 'BEYOND  '}{note}", flush=True)


def starts(table: Table, work: Path, sizes: list[int], pairs: int) -> None:
    """First screens, interleaved with the yardstick."""
    env = environment(work / "home")
    bare: list[Run] = []
    ours: dict[int, list[Run]] = {size: [] for size in sizes}
    for _ in range(pairs):
        bare.append(first_screen(YARDSTICK, env))
        for size in sizes:
            ours[size].append(first_screen(console(work / f"{size}.db"), env))
    for size in sizes:
        ratios = [own.start / yard.start for own, yard in zip(ours[size], bare, strict=True)]
        limit = 1.15 if size == 100_000 else None
        yard = median(run.start for run in bare) * 1000
        aim = f"(yardstick {yard:.0f} ms; aim 0.95)"
        table.line(f"first screen, {size:,} tickets", median(ratios), limit, note=aim)
        weights = [own.memory / yard.memory for own, yard in zip(ours[size], bare, strict=True)]
        table.line(f"memory at the first screen, {size:,} tickets", median(weights), 1.3)
    if 1_000 in ours and 1_000_000 in ours:
        for name, what, limit in (("first screen", "start", 1.15), ("memory", "memory", 1.05)):
            small, large = (median(getattr(r, what) for r in ours[size]) for size in (1_000, 1_000_000))
            table.line(f"{name}, 1,000,000 against 1,000", large / small, limit)


def keys(table: Table, work: Path, sizes: list[int]) -> None:
    """Down, Page Down and silence, interleaved with the yardstick."""
    env = environment(work / "home")
    bare = Run()
    terminal, _ = open_program(YARDSTICK, env)
    with terminal:
        for _ in range(ROUNDS):
            for key, count in KEYS:
                for _ in range(count):
                    press(terminal, bare, key)
    found: dict[int, Run] = {}
    for size in sizes:
        run = found[size] = Run()
        terminal, _ = open_program(console(work / f"{size}.db"), env)
        with terminal:
            terminal.settle(1.5, 3)
            run.sizes["idle"] = [_silence(terminal)]
            for _ in range(ROUNDS):
                for key, count in KEYS:
                    for _ in range(count):
                        press(terminal, run, key, FOLLOWS)
            terminal.settle(FOLLOWS)
            terminal.keys("t")
            wait_for(terminal, "Taken", time.perf_counter())
            terminal.settle(1.0)
            run.memory_saved = memory(terminal)
            terminal.keys("u")
            wait_for(terminal, "Taken back", time.perf_counter())
    yard = first_screen(YARDSTICK, env).memory
    for size, run in found.items():
        table.line(f"Down, {size:,} tickets", median(run.times["down"]) / median(bare.times["down"]), 1.0)
        table.line("  bytes of Down, at most", max(run.sizes["down"]), 800, "bytes",
                   f"(yardstick {median(bare.sizes['down']):.0f})")
        table.line("  bytes of the preview after it, median", median(run.sizes["down, then"]), 900, "bytes",
                   f"(at most {max(run.sizes['down, then'])})")
        ratio = median(run.times["pagedown"]) / median(bare.times["pagedown"])
        table.line(f"Page Down, {size:,} tickets", ratio)
        table.line("  bytes of Page Down, at most", max(run.sizes["pagedown"]), 10_000, "bytes")
        table.line("  bytes while idle", run.sizes["idle"][0], 0, "bytes")
        table.line("  memory after the first save", run.memory_saved / yard, 2.1)
    if 1_000 in found and 1_000_000 in found:
        for key in ("down", "pagedown"):
            ratio = median(found[1_000_000].times[key]) / median(found[1_000].times[key])
            table.line(f"{key}, 1,000,000 against 1,000", ratio, 1.2)


def _silence(terminal: object) -> int:
    """Bytes written in four seconds in which no minute begins."""
    left = 60 - time.time() % 60
    if left < 5:
        time.sleep(left + 1)
        terminal.settle(0.3)  # type: ignore[attr-defined]
    return int(terminal.settle(4.0, 4.0))  # type: ignore[attr-defined]


def searches(db: Path) -> list[str]:
    """What is typed in 24 searches: a name and a word, words of a title, the end of a number."""
    rng = random.Random(3)
    with_one = Desk(db)
    rows = with_one.reader.execute("SELECT title, caller_name, number FROM ticket WHERE lane < 3 LIMIT 2000").fetchall()
    with_one.close()
    texts = []
    for title, caller, number in rng.sample(rows, SEARCHES):
        words = title.split()
        tail = number.replace("-", "")[-4:]
        texts.append(rng.choice([f"{caller[:4]} {words[0][:4]}", f"{words[0]} {words[1]}", tail]))
    return texts


def filter_(table: Table, work: Path, size: int) -> None:
    """The filter: the query alone, the letter's echo, the rows on the screen."""
    db = work / f"{size}.db"
    desk = Desk(db)
    asked: list[float] = []
    for text in searches(db):
        narrowing = Filter(View.TEAM, desk.agent, micros(utc_now()))
        narrowing.look(desk.reader, "")
        for end in range(1, len(text) + 1):
            began = time.perf_counter()
            narrowing.look(desk.reader, text[:end])
            asked.append(time.perf_counter() - began)
    desk.close()
    table.line(f"filter, query and rows, {size:,} tickets, p95", percentile(asked, 0.95) * 1000, 25, "ms",
               f"(p50 {median(asked) * 1000:.1f}, most {max(asked) * 1000:.0f})")
    echoes: list[float] = []
    shown: list[float] = []
    terminal, _ = open_program(console(db), environment(work / "home"))
    with terminal:
        for text in searches(db):
            terminal.settle(0.3)
            terminal.send("/")
            wait_for(terminal, "│ / ", time.perf_counter())
            terminal.settle(0.2)
            typed = ""
            for sign in text:
                typed += sign
                sent = time.perf_counter()
                terminal.send(sign)
                if not terminal.pump(2.0):
                    raise AssertionError(f"no answer to {typed!r}:\n{terminal.text()}")
                echoes.append(terminal.read_at - sent)
                while terminal.pump(ROWS_APART):
                    continue
                shown.append(terminal.read_at - sent)
                terminal.settle(FOLLOWS, FOLLOWS)
            terminal.keys("escape,escape")
            terminal.settle(0.3)
    table.line("  the letter's echo, p95", percentile(echoes, 0.95) * 1000, 10, "ms",
               f"(p50 {median(echoes) * 1000:.1f})")
    table.line("  rows on the screen, p95", percentile(shown, 0.95) * 1000, 60, "ms",
               f"(p50 {median(shown) * 1000:.1f})")


def views(table: Table, work: Path, sizes: list[int]) -> None:
    """The queries behind the first screen, for information."""
    for size in sizes:
        desk = Desk(work / f"{size}.db")
        me, conn = desk.agent, desk.reader
        for view in (View.TEAM, View.ALL):
            times = []
            for _ in range(5):
                began = time.perf_counter()
                queue.snapshot(conn, view, me, micros(utc_now()))
                times.append(time.perf_counter() - began)
            table.line(f"snapshot of '{view}', {size:,} tickets", median(times) * 1000, None, "ms")
            times.clear()
            for _ in range(5):
                began = time.perf_counter()
                queue.first_page(conn, view, me, micros(utc_now()))
                times.append(time.perf_counter() - began)
            table.line("  its first page", median(times) * 1000, None, "ms")
        desk.close()


def main() -> int:
    parser = argparse.ArgumentParser(description="Speed of the queue against a bare Textual app.")
    parser.add_argument("--work", type=Path, required=True, help="folder of the databases")
    parser.add_argument("--pairs", type=int, default=15)
    parser.add_argument("--sizes", type=int, nargs="+", default=[1_000, 100_000, 1_000_000])
    parser.add_argument("--only", nargs="+", choices=("starts", "keys", "filter", "views", "promises"),
                        default=None)
    given = parser.parse_args()
    given.work.mkdir(parents=True, exist_ok=True)
    for size in given.sizes:
        database_of(given.work, size, os_login())
    table = Table()
    wanted = given.only or ("views", "starts", "keys", "filter", "promises")
    if "views" in wanted:
        views(table, given.work, given.sizes)
    if "starts" in wanted:
        starts(table, given.work, given.sizes, given.pairs)
    if "keys" in wanted:
        keys(table, given.work, given.sizes)
    if "filter" in wanted:
        filter_(table, given.work, max(given.sizes))
    if "promises" in wanted:
        promises(table, given.work / f"{max(given.sizes)}.db", max(given.sizes))
    return 1 if table.failed else 0


if __name__ == "__main__":
    main()
