"""Saving a call against the raw SQLite insert of the same rows: ``python -m benchmarks.save [--calls N] [TICKETS …]``.

Three copies of one database. On the first the calls are taken once and every statement that changed a row is
written down. Then, call by call in turn, the second copy takes the call by the desk's verb and the third gets the
very same rows by prepared statements in one commit, nothing else. All commit with synchronous FULL.
"""

import argparse
import gc
import re
import shutil
import sqlite3
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import groupby
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

from benchmarks.figures import WORK, Figure, machine, spread, tell
from benchmarks.fill import Words, database_of
from supportdesk.desk import calls as calls_module
from supportdesk.desk.calls import Call, take_call
from supportdesk.desk.desk import Desk
from supportdesk.places import os_login
from supportdesk.rules.phones import parse_phone
from supportdesk.store import database, rows, search
from supportdesk.store.journal import Act, Journal

LIMIT = 1.5
LOGIN = os_login()
SIZES = (2_000, 100_000)
WARM = 20
"""Calls that are not counted: caches fill, statements are prepared."""

_NAMED = re.compile(r":(\w+)")

SPLIT = {
    "validation": [(calls_module, "checked")],
    "reads": [(rows, "read")],
    "rows": [(rows, "normalise"), (rows, "insert"), (rows, "update")],
    "entries": [(Act, "_check"), (Act, "_note"), (Journal, "_write")],
    "search": [(search, "refresh_tickets")],
    "begin": [(Journal, "_begin")],
    "commit": [(Journal, "_run")],
}
"""Where a save spends its time: the functions of each part, counted without what they call of other parts."""

Statement = tuple[str, list[Sequence[Any]]]


class Recorder(database.Connection):
    """Writes down what changed rows: (statement, its rows of values)."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.written: list[tuple[str, Sequence[Any]]] = []

    def execute(self, sql: str, values: Any = (), /) -> sqlite3.Cursor:
        cursor = super().execute(sql, values)
        if sql.split(maxsplit=1)[0] in ("INSERT", "UPDATE", "DELETE") and cursor.rowcount:
            self.written.append(_positional(sql, values))
        return cursor

    def executemany(self, sql: str, rows: Any, /) -> sqlite3.Cursor:
        rows = list(rows)
        cursor = super().executemany(sql, rows)
        self.written += [_positional(sql, values) for values in rows]
        return cursor

    def take(self) -> list[Statement]:
        """What was written since the last look, rows of one statement together."""
        together = groupby(self.written, key=lambda each: each[0])
        taken = [(sql, [values for _sql, values in each]) for sql, each in together]
        self.written = []
        return taken


def _positional(sql: str, values: Any) -> tuple[str, Sequence[Any]]:
    """The plainest form of a statement, which binds a tuple."""
    if not isinstance(values, dict):
        return sql, tuple(values)
    return _NAMED.sub("?", sql), tuple(values[name] for name in _NAMED.findall(sql))


def calls(count: int, callers: Sequence[tuple[bytes]], seed: int = 7) -> list[Call]:
    """Calls of known people, each from his own number, as the intake saves them; every third with a note, half solved.
    """
    rng = Random(seed)
    words = Words(rng)
    start = datetime.now(UTC) - timedelta(hours=8)
    made = []
    for n in range(count):
        rang = start + timedelta(seconds=20 * n)
        caller = rng.randrange(len(callers))
        number = f"+41 79 {500 + caller // 10_000} {caller // 100 % 100:02} {caller % 100:02}"
        made.append(Call(
            ticket={"caller_id": UUID(bytes=callers[caller][0]), "description": words.some(rng.randint(12, 45)),
                    "title": words.some(rng.randint(4, 9)), "component_name": words.some(1),
                    "impact": rng.randint(1, 4), "urgency": rng.randint(1, 4), "caller_number": number},
            contact={"number_given": number, "started_at": rang,
                     "answered_at": rang + timedelta(seconds=4), "ended_at": rang + timedelta(seconds=200)},
            solution=words.some(8) if n % 2 else None,
            note=None if n % 3 else words.some(12),
        ))
    return made


def insert(conn: sqlite3.Connection, statements: list[Statement]) -> None:
    """The yardstick: the rows and nothing else, in one commit."""
    conn.execute("BEGIN IMMEDIATE")
    for sql, values in statements:
        if len(values) == 1:
            conn.execute(sql, values[0])
        else:
            conn.executemany(sql, values)
    conn.execute("COMMIT")


class Times:
    """Seconds of each save as a clock on the wall shows them, and of the processor alone."""

    def __init__(self) -> None:
        self._clock: list[float] = []
        self._busy: list[float] = []

    def add(self, clock: float, busy: float) -> None:
        self._clock.append(clock)
        self._busy.append(busy)

    @property
    def clock(self) -> list[float]:
        return self._clock[WARM:]

    @property
    def busy(self) -> list[float]:
        return self._busy[WARM:]


class Split:
    """Seconds of each part of a save, the median over many calls."""

    def __init__(self) -> None:
        self._open: list[list[Any]] = []
        self._spent: dict[str, float] = {}
        self.calls: list[dict[str, float]] = []

    def of(self, desk: Desk, work: Sequence[Call]) -> None:
        kept = [(owner, name, getattr(owner, name)) for parts in SPLIT.values() for owner, name in parts]
        for part, functions in SPLIT.items():
            for owner, name in functions:
                setattr(owner, name, self._timed(part, getattr(owner, name)))
        try:
            for call in work:
                self._spent = dict.fromkeys((*SPLIT, "else"), 0.0)
                self._timed("else", take_call)(desk, call)
                self.calls.append(self._spent)
        finally:
            for owner, name, function in kept:
                setattr(owner, name, function)

    def _timed(self, part: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*args: Any, **options: Any) -> Any:
            inner = [0.0]
            self._open.append(inner)
            before = time.perf_counter()
            try:
                return function(*args, **options)
            finally:
                took = time.perf_counter() - before
                self._open.pop()
                self._spent[part] += took - inner[0]
                if self._open:
                    self._open[-1][0] += took

        return timed

    def __str__(self) -> str:
        return ", ".join(f"{part} {1e6 * statistics.median(call[part] for call in self.calls):.0f}"
                         for part in (*SPLIT, "else")) + " microseconds"


def measure(path: Path, count: int) -> tuple["Times", "Times", "Split"]:
    """How long each call took by the verb and by the raw insert, and where the verb's time goes."""
    with TemporaryDirectory(dir=WORK) as folder:
        copies = [Path(folder) / f"{name}.db" for name in ("recorded", "verb", "raw")]
        for copy in copies:
            shutil.copyfile(path, copy)
        desk = Desk(copies[0])
        work = calls(count + WARM, desk.reader.execute("SELECT id FROM caller").fetchall())
        recorder = sqlite3.connect(copies[0], factory=Recorder, isolation_level=None)
        recorder.execute("PRAGMA synchronous = OFF")
        desk.journal.conn = recorder
        recorded: list[list[Statement]] = []
        for call in work:
            take_call(desk, call)
            recorded.append(recorder.take())
        desk.close()

        desk = Desk(copies[1])
        raw = database.connect(copies[2])
        gc.collect()
        gc.freeze()  # what was recorded is the benchmark's own; the console freezes what it started with as well
        by_verb, by_hand, split = Times(), Times(), Split()
        for n, (call, statements) in enumerate(zip(work, recorded, strict=True)):
            parse_phone(call.contact["number_given"], desk.agent.region)  # the intake read it to find the caller
            turns: list[tuple[Times, Callable[[], object]]] = [
                (by_verb, lambda call=call: take_call(desk, call)),  # type: ignore[misc]
                (by_hand, lambda statements=statements: insert(raw, statements)),  # type: ignore[misc]
            ]
            for into, do in turns if n % 2 else turns[::-1]:
                busy, before = time.thread_time(), time.perf_counter()
                do()
                into.add(time.perf_counter() - before, time.thread_time() - busy)
        split.of(desk, calls(200, desk.reader.execute("SELECT id FROM caller").fetchall(), seed=8))
        desk.close()
        raw.close()
    return by_verb, by_hand, split


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sizes", nargs="*", type=int, default=SIZES, metavar="TICKETS")
    parser.add_argument("--calls", type=int, default=400)
    asked = parser.parse_args()
    WORK.mkdir(exist_ok=True)
    print(machine())
    figures = []
    for size in asked.sizes:
        by_verb, by_hand, split = measure(database_of(WORK, size, LOGIN), asked.calls)
        print(f"{size:>9,} tickets: verb {spread(by_verb.clock)}, raw {spread(by_hand.clock)}")
        print(f"{'':>9}  processor alone: verb {spread(by_verb.busy)}, raw {spread(by_hand.busy)}")
        print(f"{'':>9}  {split}")
        for what, limit, verb, raw in (("", LIMIT, by_verb.clock, by_hand.clock),
                                       (", processor alone", None, by_verb.busy, by_hand.busy)):
            ratio = statistics.median(verb) / statistics.median(raw)
            figures.append(Figure(f"save a call, {size:,} tickets, against its raw rows{what}", ratio, limit))
    return tell(figures)


if __name__ == "__main__":
    sys.exit(main())
