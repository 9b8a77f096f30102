"""Speed of the exchange (issue 3): ``python -m benchmarks.sync [PART …] [--tickets N] [--runs N]``.

Parts: ``bulk`` (push and pull of many tickets; a tenth as many callers), ``small`` (nothing to do, 1 % changed each
side), ``local`` (a call taken with the exchange on and off), ``pending`` (edits waiting here against as many of
others), ``push`` (one push against its floor), ``postgresql`` (lock of the order, processes). Servers are real
``supportdesk serve`` over loopback with what they keep on disk; both sides commit with FULL.
"""

import argparse
import shutil
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID

import msgspec
from tests.server.running import supportdesk
from tests.sync.stand import listening

from benchmarks import heads, raw, sites
from benchmarks.figures import WORK, Figure, machine, processor_time, spread, tell
from benchmarks.parts import Parts
from benchmarks.pouchdb import pouchdb
from benchmarks.sites import FIRST, SECOND
from supportdesk.desk.calls import Call, take_call
from supportdesk.server import exchange as server_exchange
from supportdesk.server import pushing
from supportdesk.server.exchange import Exchange
from supportdesk.server.placing import Placing
from supportdesk.server.run import collect_late
from supportdesk.server.shapes import AgentAsk, EnrollAsk, PushAsk
from supportdesk.store import adopt, answers, database, enrolment, incoming, outgoing, rows, search
from supportdesk.store.journal import Journal
from supportdesk.sync import rounds, transport
from supportdesk.sync.client import Client
from supportdesk.terms.entries import SCHEMA

BATCH = 500
"""Entries of the push that is held against its floor."""
ALONE = 50
"""Repetitions of what takes milliseconds."""

_STEPS = {"push": [(rounds.Round, "_push")], "pull": [(rounds.Round, "_pull")]}
_PARTS = {
    "server: decode": [(pushing, "read_all")],
    "server: merge": [(pushing.Push, "_take"), (pushing.Push, "_load"), (pushing, "Earlier")],
    "server: rows": [(Placing, "write")],
    "server: answer a pull": [(server_exchange.pulling, "pull")],
    "server: commit": [(Exchange, "push")],
    "console: batch": [(outgoing, "next_batch")],
    "console: answers": [(answers, "take_answer")],
    "console: entries": [(incoming, "_take_entries")],
    "console: images": [(adopt, "keep_images")],
    "console: rows": [(incoming, "take_page"), (rows, "insert"), (rows, "update"), (rows, "read")],
    "console: index": [(search, "refresh_tickets"), (search, "_people")],
    "console: commit": [(Journal, "_run")],
    "wire": [(transport.Line, "post")],
}


def bulk(asked: argparse.Namespace, folder: Path) -> list[Figure]:
    """Push and pull of many tickets, and where the time goes."""
    tickets, source = asked.tickets, sites.filled(WORK, asked.tickets)
    fresh = sites.new_desk(folder / "fresh.db", SECOND)
    times: dict[str, list[float]] = {name: [] for name in ("push", "echo", "pull", "raw push", "raw pull")}
    for run in range(asked.runs):
        here = folder / f"run{run}"
        here.mkdir()
        one, two = sites.copied(source, here / "one.db"), sites.copied(fresh, here / "two.db")
        with sites.server(here / "server") as running:
            with closing(sites.joined(one, running, here / "server", FIRST)) as first, Parts(_STEPS).watched() as steps:
                done = first.exchange()
            assert (done.refused, done.conflicts) == (0, 0), done
            times["push"].append(steps.whole("push"))
            times["echo"].append(steps.whole("pull"))
            with (closing(sites.joined(two, running, here / "server", SECOND)) as second,
                  Parts(_STEPS).watched() as steps):
                second.exchange()
            times["pull"].append(steps.whole("pull"))
        assert len(sites.tickets_of(two)) == tickets
        batches = max(1, tickets // BATCH)
        times["raw push"].append(raw.stored_at_server(here / "server" / "exchange.db", here / "server.db", batches))
        times["raw pull"].append(raw.stored_at_console(two, sites.copied(fresh, here / "raw.db"), batches))
        if run:
            shutil.rmtree(here)
    _split(source, fresh, folder / "split", tickets)
    medians = {name: statistics.median(taken) for name, taken in times.items()}
    for name, median in medians.items():
        print(f"{name:<10} {median:6.2f} s, {tickets / median:,.0f} tickets/s")
    figures = [Figure(f"{name} {tickets:,} tickets, against raw SQLite", medians[name] / medians[f"raw {name}"])
               for name in ("push", "pull")]
    return figures + pouchdb(asked, folder, folder / "run0" / "server" / "exchange.db", medians)


def _split(source: Path, fresh: Path, folder: Path, tickets: int) -> None:
    """The same once more with both sides in this process, which takes longer, to see what takes how long."""
    folder.mkdir()
    server = Exchange.open(folder / "server")
    with listening(server) as url:
        for path, login in ((source, FIRST), (fresh, SECOND)):
            client = Client(sites.copied(path, folder / f"{login}.db"))
            client.enroll(url, server.make_code(agents=[login], admin=login == FIRST))
            with Parts(_STEPS | _PARTS).watched() as parts:
                client.exchange()
            what = "push" if login == FIRST else "pull"
            total = parts.whole("push") + parts.whole("pull")
            parts.spent["wire"] -= sum(spent for name, spent in parts.spent.items() if name.startswith("server"))
            print(f"{'push and its echo' if what == 'push' else 'pull'}, both sides in one process, {total:.2f} s: "
                  f"{parts.told(total, *_PARTS)}")
            client.close()
    server.close()


def small(asked: argparse.Namespace, folder: Path) -> list[Figure]:
    """A sync with nothing to do, and with 1 % changed each side."""
    tickets = asked.tickets
    one, two = _two_joined(asked, folder)
    ids = sites.tickets_of(two)
    share = max(1, tickets // 100)
    with sites.server(folder / "server") as running:
        first, second = Client(one), Client(two)
        for path in (one, two):
            _moved(path, running.url)
        second.exchange()
        idle = [_timed(second.exchange) for _ in range(ALONE)]
        calls, process = [], []
        for _ in range(asked.runs):
            calls.append(_timed(lambda: _ran(sys.executable, "-c", "import sqlite3, sqlmodel, httpx, typer")))
            process.append(_timed(lambda: _ran(*supportdesk("sync", "now", "--db", str(two)))))
        changed = []
        for run in range(asked.runs):
            sites.edit(one, FIRST, ids[:share], "description", f"here {run}")
            sites.edit(two, SECOND, ids[share : 2 * share], "description", f"there {run}")
            first.exchange()
            changed.append(_timed(second.exchange))
            first.exchange()
        first.close()
        second.close()
    print(f"nothing to do: {spread(idle)}; the process {spread(process)}; libraries alone {spread(calls)}")
    print(f"{share:,} tickets changed each side: {spread(changed)}")
    return [
        Figure("nothing to do, exchange", 1000 * statistics.median(idle), 16, "ms"),
        Figure("nothing to do, process beyond its libraries' start",
               1000 * (statistics.median(process) - statistics.median(calls)), None, "ms"),
        Figure(f"1 % of {tickets:,} changed each side", 1000 * statistics.median(changed), 73, "ms"),
    ]


def local(asked: argparse.Namespace, folder: Path) -> list[Figure]:
    """A call taken at a desk that works alone and at one that exchanges meanwhile, call by call in turn."""
    source = sites.filled(WORK, min(asked.tickets, 2_000))
    folder = _own(folder, "local")
    alone, shared = sites.copied(source, folder / "alone.db"), sites.copied(source, folder / "shared.db")
    times: dict[str, list[float]] = {"off": [], "on": []}
    with sites.server(folder / "server") as running:
        client = sites.joined(shared, running, folder / "server", FIRST)
        client.exchange()
        client.close()
        over = threading.Event()
        beside = subprocess.Popen([sys.executable, "-c", _BESIDE, str(shared)], stdin=subprocess.PIPE)
        opened = {"off": sites.opened(alone, FIRST), "on": sites.opened(shared, FIRST)}
        for n in range(asked.calls):
            for which in ("off", "on") if n % 2 else ("on", "off"):
                call = Call(ticket={"title": f"call {n}", "description": "the same words on both", "impact": 2})
                times[which].append(_timed(lambda call=call, which=which: take_call(opened[which], call)))  # type: ignore[misc]
            over.wait(0.02)  # a desk that takes fifty calls a second is busy enough
        assert beside.stdin is not None
        beside.stdin.close()
        beside.wait(60)
        for desk in opened.values():
            desk.close()
    print(f"a call alone: {spread(times['off'])}; while it exchanges: {spread(times['on'])}")
    return [Figure("a call taken with the exchange on, against off",
                   statistics.median(times["on"]) / statistics.median(times["off"]), 1.5)]


_BESIDE = """
import select, sys
from pathlib import Path
from supportdesk.sync.client import Client
client = Client(Path(sys.argv[1]))
while not select.select([sys.stdin], [], [], 0.5)[0]:
    client.exchange()
"""


def pending(asked: argparse.Namespace, folder: Path) -> list[Figure]:
    """So many edits waiting here against as many of another desk, and half of it. Judged by the processor time of
    both sides, which does not grow with what else the machine does."""
    one, two = _two_joined(asked, folder)
    ids = sites.tickets_of(two)
    spent = {}
    for count in (asked.tickets // 2, asked.tickets):
        here = folder / f"pending{count}"
        here.mkdir()
        mine, theirs = sites.copied(one, here / "one.db"), sites.copied(two, here / "two.db")
        sites.copied(folder / "server", here / "server")
        sites.edit(mine, FIRST, ids[:count], "title", "mine")
        sites.edit(theirs, SECOND, ids[:count], "description", "theirs")
        with sites.server(here / "server") as running:
            for path in (theirs, mine):
                _moved(path, running.url)
                with closing(Client(path)) as client:
                    before = time.process_time(), processor_time(running.process.pid)
                    took = _timed(client.exchange)
                    spent[count] = (time.process_time() - before[0], processor_time(running.process.pid) - before[1])
        console, server = spent[count]
        print(f"{count:,} pending against {count:,} foreign: {took:.2f} s; processor {console:.2f} s here, "
              f"{server:.2f} s at the server")
        shutil.rmtree(here)
    half, whole = map(sum, spent.values())
    return [Figure(f"pending against foreign, {asked.tickets:,} to half of it", whole / half, 2.3)]


def push(asked: argparse.Namespace, folder: Path) -> list[Figure]:
    """One push of 500 entries against decoding and storing it; then the same watched, to see what takes how long."""
    bodies = _bodies(sites.filled(WORK, min(asked.tickets, 2_000)), BATCH)
    folder = _own(folder, "push")
    ours, floors = _pushes(folder / "plain", *bodies)
    parts = Parts({name: functions for name, functions in _PARTS.items() if name.startswith("server")})
    with parts.watched():
        watched, _floors = _pushes(folder / "watched", *bodies)
    print(f"a push of {BATCH}: {spread(ours)}; floor {spread(floors)}")
    print(f"  {parts.told(sum(watched), 'server: decode', 'server: merge', 'server: rows', 'server: commit')}")
    return [Figure(f"a push of {BATCH} entries, against its floor", statistics.median(ours) / statistics.median(floors),
                   4)]


def _pushes(folder: Path, bodies: list[tuple[int, list[msgspec.Raw]]], device: str, agents: list[AgentAsk],
            next_n: int) -> tuple[list[float], list[float]]:
    """Seconds of each push at a new server, and those of its floor."""
    folder.mkdir()
    server = Exchange.open(folder / "server")
    told = server.enroll(EnrollAsk(server.make_code(admin=True), device, "bench", SCHEMA, agents, next_n))
    floor = raw.Floor(folder / "floor.db")
    decode = msgspec.json.Decoder(PushAsk).decode
    ours, floors, lease = [], [], told["lease"]
    for first_n, entries in bodies:
        body = msgspec.json.encode({"epoch": told["epoch"], "lease": lease, "first_n": first_n, "schema": SCHEMA,
                                    "entries": entries})
        floors.append(floor.take(body, device))
        before = time.perf_counter()
        answer = server.push(server.authenticate(told["secret"]), decode(body))
        ours.append(time.perf_counter() - before)
        lease = answer["lease"]
        assert all(result["r"] in ("ok", "merged") for result in answer["results"])
    server.close()
    floor.close()
    return ours, floors


def _bodies(path: Path, size: int) -> tuple[list[tuple[int, list[msgspec.Raw]]], str, list[AgentAsk], int]:
    """A desk's journal in pushes of ``size`` entries, its device, its agents and its next n."""
    with closing(database.connect(path, reading=True)) as conn:
        raw_id, next_n = conn.execute("SELECT id, next_n FROM device").fetchone()
        agents = [AgentAsk(str(id), login) for id, login in enrolment.introduced(conn)]
        whole: list[tuple[int, str]] = []
        place = 0
        while (batch := outgoing.next_batch(conn, place, 1_000, 1 << 20)) is not None:
            whole += [(batch.first_n + at, text) for at, text in enumerate(batch.entries)]
            place = batch.last
    return [
        (whole[at][0], [msgspec.Raw(text.encode()) for _n, text in whole[at : at + size]])
        for at in range(0, len(whole) - size + 1, size)
    ], str(UUID(bytes=raw_id)), agents, next_n


def _two_joined(asked: argparse.Namespace, folder: Path) -> tuple[Path, Path]:
    """Two desks and a server in ``folder`` that hold the same tickets, made once; nobody serves."""
    one, two = folder / "one.db", folder / "two.db"
    if not one.exists():
        sites.copied(sites.filled(WORK, asked.tickets), one)
        sites.new_desk(two, SECOND)
        with sites.server(folder / "server") as running:
            for path, login in ((one, FIRST), (two, SECOND)):
                with closing(sites.joined(path, running, folder / "server", login)) as client:
                    client.exchange()
    return one, two


def _own(folder: Path, name: str) -> Path:
    made = folder / name
    made.mkdir()
    return made


def _moved(path: Path, url: str) -> None:
    """The server listens at another port now."""
    with closing(database.connect(path)) as conn:
        conn.execute("UPDATE sync_state SET url = ?", (url,))


def _timed(work: Callable[[], object]) -> float:
    before = time.perf_counter()
    work()
    return time.perf_counter() - before


def _ran(*command: str) -> None:
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


PARTS: dict[str, Callable[[argparse.Namespace, Path], list[Figure]]] = {
    "bulk": bulk, "small": small, "local": local, "pending": pending, "push": push, "postgresql": heads.postgresql,
}


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)}; all of them if none is named")
    parser.add_argument("--tickets", type=int, default=20_000)
    parser.add_argument("--runs", type=int, default=3, help="repetitions of what takes seconds")
    parser.add_argument("--calls", type=int, default=300, help="calls of part local")
    parser.add_argument("--pouchdb", type=Path,
                        help="folder whose node_modules hold pouchdb, express@4 and express-pouchdb")
    asked = parser.parse_args(arguments)
    if unknown := set(asked.parts) - set(PARTS):
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    WORK.mkdir(exist_ok=True)
    print(machine())
    collect_late()  # as every command of the program does, the server too
    figures = []
    with TemporaryDirectory(prefix="supportdesk-sync-") as folder:
        for name in asked.parts or PARTS:
            print(f"-- {name}", flush=True)
            figures += PARTS[name](asked, Path(folder))
    return tell(figures)


if __name__ == "__main__":
    sys.exit(main())
