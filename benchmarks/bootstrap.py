"""A new console takes a whole desk: time, memory of both sides, and whether a kill half-way costs anything.

    python -m benchmarks.bootstrap [--tickets 200000]

A real ``serve`` on a folder filled through the exchange, a real ``sync now`` killed with SIGKILL when half of the rows
have come, and another that ends it. It holds when the second goes on where the first was, both sides stay below
300 MB, and the desk holds every ticket.
"""

import argparse
import json
import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import msgspec

from benchmarks.figures import Figure, machine, tell
from supportdesk.server.exchange import Exchange
from supportdesk.server.shapes import AgentAsk, Device, EnrollAsk, PushAsk
from supportdesk.store.adopt import starter_id
from supportdesk.store.types import uuid7

MOST_MB = 300.0
AT = "2026-03-02T08:15:00Z"
PER_CALLER = 10
PUSH = 1_000
HELD = 11.0
"""Seconds after which nobody holds the exchange any more in the name of one that was killed."""


class Filler:
    """A console that brings tickets: one create of a ticket and one of its contact each, one caller per ten."""

    def __init__(self, exchange: Exchange) -> None:
        self.exchange = exchange
        self.me = str(starter_id("agent", "filler"))
        self.device = str(uuid7())
        self.n = 1
        told = exchange.enroll(EnrollAsk(
            exchange.make_code(admin=True), self.device, "filler", 1, [AgentAsk(self.me, "filler")], 1))
        self.epoch, self.lease, self.secret = told["epoch"], told["lease"], told["secret"]
        self.waiting: list[msgspec.Raw] = []
        self.add("administer", "agent", self.me, {"login": "filler", "name": "Filler", "roles": ["agent"]})

    def add(self, verb: str, entity: str, id: str, fields: dict[str, Any]) -> None:
        self.waiting.append(msgspec.Raw(msgspec.json.encode({
            "id": str(uuid7()), "action": str(uuid7()), "n": self.n, "verb": verb, "session": self.device,
            "entity": entity, "entity_id": id, "kind": "create", "base": 0, "schema": 1, "at": AT, "recorded_at": AT,
            "agent": self.me, "fields": {name: [None, value] for name, value in fields.items()},
        })))
        self.n += 1
        if len(self.waiting) == PUSH:
            self.flush()

    def flush(self) -> None:
        device: Device = self.exchange.authenticate(self.secret)
        ask = PushAsk(self.epoch, self.lease, self.n - len(self.waiting), 1, self.waiting)
        self.lease = self.exchange.push(device, ask)["lease"]
        self.waiting = []

    def fill(self, tickets: int) -> None:
        caller = ""
        for number in range(tickets):
            if number % PER_CALLER == 0:
                caller = str(uuid7())
                self.add("edit_caller", "caller", caller,
                         {"name": f"Caller {number}", "mail": f"c{number}@example.org"})
            ticket = str(uuid7())
            self.add("open_ticket", "ticket", ticket, {
                "number": f"100-{number:06}-0", "type": "incident", "title": f"No dial tone in room {number}",
                "description": "The telephone has been silent since this morning. " * 6, "caller_id": caller,
                "status": "closed" if number % 20 else "new", "priority": "P3", "impact": 3, "urgency": 2, "level": 1,
                "created_at": AT, "tags": ["phone", f"floor-{number % 9}"],
            })
            self.add("log_contact", "contact", str(uuid7()), {
                "tickets": [ticket], "caller_id": caller, "channel": "phone", "direction": "in", "started_at": AT,
                "agent_id": self.me, "outcome": "new_ticket",
            })
        self.flush()


@contextmanager
def serving(data: Path, env: Mapping[str, str]) -> Iterator[tuple[str, int]]:
    """A running server: its address and process."""
    command = [sys.executable, "-m", "supportdesk", "serve", "--data", str(data), "--port", "0", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=env) as process:
        told = ""
        while not told.endswith("}\n"):
            assert process.stdout is not None
            told += process.stdout.readline()
        try:
            yield json.loads(told)["url"], process.pid
        finally:
            process.terminate()
            process.wait(60)


def peak_mb(process: int) -> float:
    """Most memory a process has had, MB; 0 when it is gone."""
    try:
        status = Path(f"/proc/{process}/status").read_text(encoding="ascii")
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmHWM")), 0.0)


def sync_now(env: Mapping[str, str], desk: Path, until: int | None = None) -> tuple[float, float, int]:
    """Run ``sync now``, killed when ``until`` tickets have come: seconds, peak MB, tickets there."""
    begun, most = time.perf_counter(), 0.0
    with subprocess.Popen([sys.executable, "-m", "supportdesk", "sync", "now"], env=env,
                          stdout=subprocess.DEVNULL) as process:
        while process.poll() is None:
            most = max(most, peak_mb(process.pid))
            if until is not None and tickets_of(desk) >= until:
                process.send_signal(signal.SIGKILL)
                process.wait()
            time.sleep(0.1)
    if until is None and process.returncode:
        sys.exit(f"sync now ended with {process.returncode}")
    return time.perf_counter() - begun, most, tickets_of(desk)


def tickets_of(desk: Path) -> int:
    with closing(sqlite3.connect(desk, timeout=30)) as conn:
        return int(conn.execute("SELECT count(*) FROM ticket").fetchone()[0])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tickets", type=int, default=200_000)
    tickets: int = parser.parse_args().tickets
    with tempfile.TemporaryDirectory() as folder:
        desk, data = Path(folder, "desk.db"), Path(folder, "server")
        env = os.environ | {"SUPPORTDESK_HOME": folder, "SUPPORTDESK_DB": str(desk)}
        begun = time.perf_counter()
        with closing(Exchange.open(data)) as exchange:
            Filler(exchange).fill(tickets)
            code = exchange.make_code(shared_host=True)
        filled = time.perf_counter() - begun
        run = [sys.executable, "-m", "supportdesk"]
        subprocess.run([*run, "init"], env=env, check=True, stdout=subprocess.DEVNULL)
        with serving(data, env) as (url, server):
            subprocess.run([*run, "sync", "enroll", url, "--code", code], env=env, check=True,
                           stdout=subprocess.DEVNULL)
            first, peak_first, half = sync_now(env, desk, tickets // 2)
            time.sleep(HELD)
            second, peak_second, whole = sync_now(env, desk)
            peak_server = peak_mb(server)
    print(f"{machine()}; {tickets} tickets, filled in {filled:.0f} s; killed at {half}, "
          f"{first:.1f} s + {second:.1f} s = {tickets / (first + second):.0f} tickets/s")
    return tell([
        Figure("tickets missing at the end", tickets - whole, 0, ""),
        Figure("memory of the console", max(peak_first, peak_second), MOST_MB, "MB"),
        Figure("memory of the server", peak_server, MOST_MB, "MB"),
        Figure("the second went on where the first was killed (its time by the whole)", second / (first + second),
               0.75, ""),
    ])


if __name__ == "__main__":
    sys.exit(main())
