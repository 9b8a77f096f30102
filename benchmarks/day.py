"""The day replayed: ``python -m benchmarks.day [--consoles N] [--calls N] [--seconds N]`` (issue 3, To show).

Consoles are the real client on real desk files, without a screen, in a few processes; the server is a real ``serve``
on a folder. Calls come evenly over the seconds, each at another console, of about ten entries; every console listens
for live pokes and exchanges when there is something for it or from it. Server and all consoles share this machine.
"""

import argparse
import json
import os
import queue
import sqlite3
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import httpx
from tests.server.running import PATIENCE, Serving, serving
from tests.sync.stand import as_documents

from benchmarks import sites
from benchmarks.figures import Figure, machine, processor_time, tell
from benchmarks.fill import Words
from supportdesk.desk import calls, tickets
from supportdesk.desk.calls import Call
from supportdesk.desk.desk import Desk
from supportdesk.server.exchange import Exchange
from supportdesk.server.run import collect_late
from supportdesk.store import database, enrolment, scopes
from supportdesk.store.adopt import starter_id
from supportdesk.store.types import uuid7
from supportdesk.sync import wire
from supportdesk.sync.client import Client
from supportdesk.sync.transport import Line
from supportdesk.terms.entities import ENTITIES
from supportdesk.terms.errors import DeskError

ENTRIES_PER_CALL = 10
AT_ONCE = 2
"""Consoles of one process that exchange at the same moment: the machine has no core for each of them."""
SETTLE, P95, MEMORY = 5.0, 250.0, 400.0
"""Seconds until all are equal, milliseconds of a request, megabytes of the server: the limits of the issue."""


class Station:
    """One console: its desk, its client, and how far it has pulled."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.client = Client(path)
        self.cursor = 0
        self.busy = self.again = False
        self.reached = 0.0
        self._reader = database.connect(path, reading=True)
        found = enrolment.enrolment(self._reader)
        assert found is not None
        self.url, self.secret = found.url, found.secret

    def close(self) -> None:
        self.client.close()
        self._reader.close()
        if "_desk" in self.__dict__:
            self._desk.close()

    @cached_property
    def _desk(self) -> Desk:
        """Open as long as the console is, from its first call on."""
        return sites.opened(self.path, self.path.stem)

    def exchange(self) -> None:
        self.client.follow()
        self.cursor = scopes.cursors(self._reader)[wire.OWN]
        self.reached = time.monotonic()

    def take_call(self, words: Words, n: int) -> None:
        """A call and what is noted on it, about :data:`ENTRIES_PER_CALL` entries."""
        desk = self._desk
        before = _next_n(desk.reader)
        done = calls.take_call(desk, Call(
            ticket={"title": f"{words.some(5)} {n}", "description": words.some(30), "impact": 2, "urgency": 3},
            new_caller={"name": words.some(2).title()}, note=words.some(12)))
        while _next_n(desk.reader) - before < ENTRIES_PER_CALL:
            tickets.note(desk, done.id, words.some(15))


def _next_n(conn: sqlite3.Connection) -> int:
    return int(conn.execute("SELECT next_n FROM device").fetchone()[0])


class Floor:
    """Some of the consoles, in one process: a thread for each that listens, a few that exchange."""

    def __init__(self, paths: Sequence[Path]) -> None:
        self.stations = [Station(path) for path in paths]
        self.requests: list[float] = []
        self.errors: list[str] = []
        self._waiting: queue.SimpleQueue[Station | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._over = False
        post = Line.post

        def timed(line: Line, *args: Any, **options: Any) -> dict[str, Any]:
            before = time.perf_counter()
            try:
                return post(line, *args, **options)
            finally:
                self.requests.append(time.perf_counter() - before)

        Line.post = timed  # type: ignore[method-assign]
        for station in self.stations:
            threading.Thread(target=self._listen, args=(station,), daemon=True).start()
        self._workers = [threading.Thread(target=self._work, daemon=True) for _ in range(AT_ONCE)]
        for worker in self._workers:
            worker.start()

    def news(self, station: Station) -> None:
        """There is something for a console, or from it: it exchanges as soon as its turn comes."""
        with self._lock:
            station.again = station.busy
            if station.busy:
                return
            station.busy = True
        self._waiting.put(station)

    def _listen(self, station: Station) -> None:
        headers = {"Authorization": f"Bearer {station.secret}"}
        try:
            with httpx.stream("GET", f"{station.url}{wire.LIVE}", headers=headers, timeout=PATIENCE,
                              trust_env=False) as answer:
                answer.raise_for_status()
                for line in answer.iter_lines():
                    if line.startswith("data:") and json.loads(line[5:])[wire.OWN] > station.cursor:
                        self.news(station)
        except httpx.HTTPError as error:
            if not self._over:
                self.errors.append(f"live: {type(error).__name__}")

    def _work(self) -> None:
        while (station := self._waiting.get()) is not None:
            with self._lock:
                station.again = False
            try:
                station.exchange()
            except DeskError as error:
                self.errors.append(str(error.code))
            with self._lock:
                station.busy = station.again
            if station.again:
                self._waiting.put(station)

    def wait(self, seq: int) -> float:
        """When the last console had everything up to ``seq``, on the monotonic clock."""
        end = time.monotonic() + PATIENCE
        while behind := [station for station in self.stations if station.cursor < seq]:
            assert time.monotonic() < end, f"{len(behind)} consoles stay behind: {self.errors[:3]}"
            time.sleep(0.02)
        return max(station.reached for station in self.stations)

    def close(self) -> None:
        self._over = True
        for _ in self._workers:
            self._waiting.put(None)
        for worker in self._workers:
            worker.join(PATIENCE)
        for station in self.stations:
            station.close()


def floor(folder: Path, names: Sequence[str], count: int, seconds: float, seed: int) -> None:
    """A process of consoles: says "ready", begins on a line of stdin, says when it wrote last and how far its
    consoles are then pushed, gets the end of the order, and says how it went."""
    rng = Random(seed)
    words = Words(rng)
    here = Floor([folder / f"{name}.db" for name in names])
    collect_late()
    print("ready", flush=True)
    sys.stdin.readline()
    begin, used = time.monotonic(), time.process_time()
    for n in range(count):
        time.sleep(max(0.0, begin + seconds * n / count - time.monotonic()))
        station = rng.choice(here.stations)
        station.take_call(words, n)
        here.news(station)
    written = time.monotonic()
    print(json.dumps(written), flush=True)
    goal = int(sys.stdin.readline())
    reached = here.wait(goal)
    here.close()
    print(json.dumps({"reached": reached, "requests": here.requests, "errors": here.errors,
                      "processor": time.process_time() - used}), flush=True)


@dataclass
class Day:
    """How a day went; ``consoles`` and ``server`` are the seconds of processor each side used."""

    settled: float = 0.0
    consoles: float = 0.0
    server: float = 0.0
    entries: int = 0
    requests: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    log: list[str] = field(default_factory=list)
    memory: float = 0.0
    differing: list[str] = field(default_factory=list)

    @property
    def p95(self) -> float:
        """Milliseconds of a request, 95 of 100."""
        return 1000 * sorted(self.requests)[int(0.95 * len(self.requests))]


def replayed(folder: Path, consoles: int, count: int, seconds: float, processes: int = 2) -> Day:
    """Let so many consoles take so many calls within so many seconds."""
    day = Day()
    names = [f"agent{n}" for n in range(consoles)]
    with serving(folder / "server") as running:
        _enrolled(folder, names, running)
        before = _head(folder)
        parts = [names[at::processes] for at in range(min(processes, consoles))]
        share = [count * (at + 1) // len(parts) - count * at // len(parts) for at in range(len(parts))]
        floors = [
            subprocess.Popen(
                [sys.executable, "-m", "benchmarks.day", "floor", str(folder), json.dumps(part), str(each),
                 str(seconds), str(at)],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parent.parent)
            for at, (part, each) in enumerate(zip(parts, share, strict=True))
        ]  # fmt: skip
        try:
            for each in floors:
                assert _line(each) == "ready"
            idle = processor_time(running.process.pid)
            for each in floors:
                _say(each, "go")
            written = max(json.loads(_line(each)) for each in floors)
            goal = _all_pushed(folder, names)
            for each in floors:
                _say(each, str(goal))
            for each in floors:
                told = json.loads(_line(each))
                day.settled = max(day.settled, told["reached"] - written)
                day.requests += told["requests"]
                day.consoles += told["processor"]
                day.errors += told["errors"]
                assert each.wait(PATIENCE) == 0
            day.server = processor_time(running.process.pid) - idle
        finally:
            for each in floors:
                if each.poll() is None:
                    each.kill()
                    each.wait()
        day.entries = goal - before
        day.memory = _peak(running.process.pid)
        assert running.end() == 0, running.narration
        running.gone()
        day.log = [line for line in running.narration if " WARNING " in line or " ERROR " in line]
    day.differing = _differing(folder, names, before)
    return day


def _enrolled(folder: Path, names: Sequence[str], running: Serving) -> None:
    """A desk for each name, enrolled, that has what all brought with them."""
    prepared = sites.new_desk(folder / "prepared.db", _PREPARED)
    with closing(Exchange.open(folder / "server")) as server:
        for n, name in enumerate(names):
            client = Client(_desk(prepared, folder / f"{name}.db", name))
            client.enroll(running.url, running.code if n == 0 else server.make_code(agents=[name]))
            client.exchange()
            client.close()


_PREPARED = "prepared"


def _desk(prepared: Path, path: Path, login: str) -> Path:
    """A desk of the same site for another agent: a copy with an identity of its own, made in a tenth of the time."""
    sites.copied(prepared, path)
    old, new = (starter_id("agent", name).bytes for name in (_PREPARED, login))
    with closing(sqlite3.connect(path)) as conn, conn:
        conn.create_function("fresh", 0, lambda: uuid7().bytes)
        conn.execute("UPDATE device SET id = fresh()")
        conn.execute("UPDATE entry SET device = (SELECT id FROM device), id = fresh(), fields = replace(fields, ?, ?)",
                     (f'"{_PREPARED}"', f'"{login}"'))
        conn.execute("UPDATE entry SET action = ?", (uuid7().bytes,))
        conn.execute("UPDATE entry SET entity_id = ? WHERE entity_id = ?", (new, old))
        conn.execute("UPDATE reference SET owner = ? WHERE owner = ?", (new, old))
        conn.execute("UPDATE agent SET id = ?, login = ?, name = ?", (new, login, login))
    return path


def _head(folder: Path) -> int:
    with closing(sqlite3.connect(folder / "server" / "exchange.db")) as conn:
        return int(conn.execute("SELECT seq FROM head").fetchone()[0])


def _all_pushed(folder: Path, names: Sequence[str]) -> int:
    """The head, once the server has the last entry of every console."""
    last = {}
    for name in names:
        with closing(sqlite3.connect(folder / f"{name}.db")) as conn:
            (raw, next_n) = conn.execute("SELECT lower(hex(id)), next_n FROM device").fetchone()
            last[raw] = next_n - 1
    end = time.monotonic() + PATIENCE
    while True:
        with closing(sqlite3.connect(folder / "server" / "exchange.db")) as conn:
            known = dict(conn.execute("SELECT replace(id, '-', ''), last_n FROM device"))
        if all(known[raw] == n for raw, n in last.items()):
            return _head(folder)
        assert time.monotonic() < end, "somebody's entries do not arrive"
        time.sleep(0.02)


def _differing(folder: Path, names: Sequence[str], before: int) -> list[str]:
    """Who holds something else than the server, and what at the server is not what its entries say."""
    documents: dict[str, dict[str, tuple[int, dict[str, Any]]]] = {}
    replay: dict[str, dict[str, Any]] = {}
    with closing(sqlite3.connect(folder / "server" / "exchange.db")) as conn:
        for entity, id, rev, doc in conn.execute("SELECT entity, id, rev, doc FROM doc WHERE rev > 0"):
            documents.setdefault(entity, {})[id] = (rev, json.loads(doc))
        for entity, id, kind, body in conn.execute(
            "SELECT entity, entity_id, json_extract(body, '$.kind'), body FROM entry WHERE seq > ? ORDER BY seq",
            (before,),
        ):
            row = replay.setdefault(f"{entity} {id}", {})
            for name, (old, new) in json.loads(body)["fields"].items():
                if kind in ("create", "set"):
                    row[name] = new
                else:
                    row[name] = sorted({*(row.get(name) or ()), *(new or ())} - {*(old or ())})
    found = []
    for key, row in replay.items():
        entity, id = key.split()
        if documents[entity][id][1] != {name: value for name, value in row.items() if value not in (None, [])}:
            found.append(key)
    first = folder / f"{names[0]}.db"
    if as_documents(first) != documents:
        return [*found, names[0]]
    others = [name for name in names[1:] if _other_rows(folder / f"{name}.db", first)]
    return found + [name for name in others if as_documents(folder / f"{name}.db") != documents]


def _other_rows(one: Path, two: Path) -> bool:
    """Whether a row of one desk stands otherwise, or not at all, in the other; the same may be written otherwise."""
    with closing(sqlite3.connect(one)) as conn:
        conn.execute("ATTACH ? AS two", (str(two),))
        for entity in ENTITIES.values():
            columns = ", ".join(("id", "rev", *entity.by_name))
            for here, there in (("main", "two"), ("two", "main")):
                if conn.execute(f"SELECT {columns} FROM {here}.{entity.name} WHERE rev > 0 "
                                f"EXCEPT SELECT {columns} FROM {there}.{entity.name} LIMIT 1").fetchone():
                    return True
    return False


def _peak(process: int) -> float:
    """Most megabytes a process ever had in memory."""
    lines = Path(f"/proc/{process}/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024


def _line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line, f"a process of consoles ended ({process.wait(PATIENCE)})"
    return line.strip()


def _say(process: subprocess.Popen[str], text: str) -> None:
    assert process.stdin is not None
    process.stdin.write(text + "\n")
    process.stdin.flush()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--consoles", type=int, default=270)
    parser.add_argument("--calls", type=int, default=1_200)
    parser.add_argument("--seconds", type=float, default=300)
    asked = parser.parse_args()
    print(machine())
    with TemporaryDirectory(prefix="supportdesk-day-") as folder:
        day = replayed(Path(folder), asked.consoles, asked.calls, asked.seconds)
    print(f"{asked.consoles} consoles, {asked.calls:,} calls, {day.entries:,} entries in {asked.seconds:.0f} s; "
          f"{len(day.requests):,} requests, median {1000 * statistics.median(day.requests):.1f} ms")
    cores = os.cpu_count() or 1
    print(f"processor: consoles {day.consoles:.0f} s, server {day.server:.0f} s of {cores * asked.seconds:.0f} s that "
          f"{cores} cores have")
    judged = day.consoles + day.server < 0.9 * cores * asked.seconds
    if not judged:
        print("all these consoles are too many for this machine: how soon they are equal cannot be judged here")
    for told in (*day.errors[:5], *day.log[:5], *day.differing[:5]):
        print(f"  {told}")
    return tell([
        Figure("all equal after the last write", day.settled, SETTLE if judged else None, "s"),
        Figure("errors at the consoles", len(day.errors), 0, ""),
        Figure("warnings in the server's log", len(day.log), 0, ""),
        Figure("a request, 95 of 100", day.p95, P95, "ms"),
        Figure("the server's memory", day.memory, MEMORY, "MB"),
        Figure("consoles and rows that differ", len(day.differing), 0, ""),
    ])


if __name__ == "__main__":
    if sys.argv[1:2] == ["floor"]:
        floor(Path(sys.argv[2]), json.loads(sys.argv[3]), int(sys.argv[4]), float(sys.argv[5]), int(sys.argv[6]))
    else:
        sys.exit(main())
