"""PostgreSQL behind the exchange: how long a push locks the order, and what more processes bring."""

import argparse
import os
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import sqlalchemy
from sqlalchemy import event
from tests.server import postgres
from tests.server.running import Serving, serving

from benchmarks.figures import Figure, spread
from supportdesk.server.exchange import Exchange
from supportdesk.server.shapes import AgentAsk, EnrollAsk, PushAsk
from supportdesk.store.clock import utc_now
from supportdesk.store.types import uuid7
from supportdesk.terms.entries import SCHEMA

ROOT = Path(__file__).parent.parent
SIZE = 500
PUSHERS = 4
WARM = 2
"""Pushes of a console that are not counted."""
_LOCKS_HEAD = re.compile(r"\bFROM head\b.*FOR UPDATE|^UPDATE head", re.DOTALL)


class Pusher:
    """A device that pushes new tickets, each with its contact, past any desk's file."""

    def __init__(self, exchange: Exchange, n: int) -> None:
        self.exchange = exchange
        self.agent, self.device, self.next_n = str(uuid7()), str(uuid7()), 1
        code = exchange.make_code(agents=[f"agent{n}"], admin=True)
        self.told = exchange.enroll(EnrollAsk(code, self.device, f"desk {n}", SCHEMA,
                                              [AgentAsk(self.agent, f"agent{n}")], 1))
        self.lease, self.secret = self.told["lease"], self.told["secret"]

    def body(self, size: int = SIZE) -> bytes:
        """The next push."""
        body = bodies(self.agent, self.next_n, size)
        return msgspec.json.encode({"epoch": self.told["epoch"], "lease": self.lease, "first_n": self.next_n,
                                    "schema": SCHEMA, "entries": body})

    def push(self, size: int = SIZE) -> float:
        """Seconds of one push that is taken whole."""
        body = self.body(size)
        before = time.perf_counter()
        answer = self.exchange.push(self.exchange.authenticate(self.secret), msgspec.json.decode(body, type=PushAsk))
        took = time.perf_counter() - before
        assert all(result["r"] == "ok" for result in answer["results"]), answer["results"][0]
        self.lease = answer["lease"]
        self.next_n += size
        return took


def bodies(agent: str, first_n: int, size: int) -> list[dict[str, Any]]:
    """Entries in pairs: a ticket opened and the contact it came by."""
    made: list[dict[str, Any]] = []
    ticket = action = ""
    session = str(uuid7())
    for n in range(first_n, first_n + size):
        now = utc_now().isoformat().replace("+00:00", "Z")
        if (n - first_n) % 2 == 0:
            ticket, action = str(uuid7()), str(uuid7())
            entity, row, fields = "ticket", ticket, {
                "title": "no picture on the second screen", "description": "since the move of the desk " * 8,
                "status": "new", "priority": "P3", "impact": 3, "urgency": 3, "type": "incident", "level": 1,
                "created_at": now, "caller_name": "Monique Perret",
            }
        else:
            entity, row, fields = "contact", str(uuid7()), {
                "direction": "in", "channel": "phone", "tickets": [ticket], "started_at": now, "agent_id": agent,
            }
        made.append({
            "id": str(uuid7()), "action": action, "n": n, "verb": "take_call", "entity": entity, "entity_id": row,
            "kind": "create", "base": 0, "schema": SCHEMA, "at": now, "recorded_at": now, "session": session,
            "agent": agent, "fields": {name: [None, value] for name, value in fields.items()},
        })  # fmt: skip
    return made


@contextmanager
def head_locked(engine: sqlalchemy.Engine) -> Iterator[list[float]]:
    """Moments at which transactions of ``engine`` got the lock of the order."""
    moments: list[float] = []

    def after(_conn: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        if _LOCKS_HEAD.search(statement):
            moments.append(time.perf_counter())

    event.listen(engine, "after_cursor_execute", after)
    try:
        yield moments
    finally:
        event.remove(engine, "after_cursor_execute", after)


def lock_share(exchange: Exchange, pushes: int, size: int = SIZE) -> tuple[list[float], list[float]]:
    """Seconds of each push, and of it under the lock of the order: from its granting to the end of the commit."""
    whole, locked = [], []
    pusher = Pusher(exchange, 1)
    pusher.push(size)
    for _ in range(pushes):
        with head_locked(exchange.engine) as moments:
            whole.append(pusher.push(size))
            locked.append(time.perf_counter() - moments[0])
    return whole, locked


def postgresql(asked: argparse.Namespace, folder: Path) -> list[Figure]:
    """Share of a push under the lock of the order, alone and beside three others, and four processes against one."""
    pushes = max(2, asked.tickets // 1_000)
    with postgres.postgresql("fsync=on") as url:
        exchange = Exchange.open(_schema(url, "alone"))
        whole, locked = lock_share(exchange, pushes)
        exchange.close()
        share = 100 * statistics.median(locked) / statistics.median(whole)
        print(f"a push of {SIZE} on PostgreSQL: {spread(whole)}, of it under the lock {spread(locked)}")
        crowded = _crowded(_schema(url, "crowded"), pushes)
        print(f"  beside {PUSHERS - 1} others: under the lock {crowded:.1f} % of the push")
        speeds: dict[int, list[float]] = {1: [], 4: []}
        for run in range(asked.runs):
            for workers in (1, 4) if run % 2 else (4, 1):
                data = folder / f"workers{workers}-{run}"
                where = _schema(url, f"workers{workers}_{run}")
                with serving(data, "--database", where, "--workers", str(workers)) as running:
                    speeds[workers].append(_speed(running, where, max(2, pushes // 4)))
    ratio = statistics.median(speeds[4]) / statistics.median(speeds[1])
    cores = os.cpu_count() or 1
    least = 2.0 if cores >= 8 else 0.9
    print(f"entries/s on {cores} cores: one process {statistics.median(speeds[1]):,.0f}, four "
          f"{statistics.median(speeds[4]):,.0f} ({ratio:.2f}x; at least {least:g}x)")
    if cores < 8:
        print("  fewer than 8 cores: what four processes bring on a larger machine cannot be judged here")
    return [
        Figure("share of a push under the lock of the order", share, 15, "%"),
        Figure("the same beside three others", crowded, None, "%"),
        Figure("one process against four", 1 / ratio, 1 / least),
    ]


def _schema(url: str, name: str) -> str:
    admin = sqlalchemy.create_engine(url)
    with admin.begin() as conn:
        conn.execute(sqlalchemy.text(f"CREATE SCHEMA {name}"))
    admin.dispose()
    leading = sqlalchemy.make_url(url).update_query_dict({"options": f"-csearch_path={name}"})
    return leading.render_as_string(hide_password=False)


def _crowded(url: str, pushes: int) -> float:
    """Percent of a push under the lock while other processes push as well, each for itself."""
    Exchange.open(url).close()
    command = [sys.executable, "-m", __name__, "crowd", url]
    crowd = [subprocess.Popen([*command, str(n), str(pushes)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                              cwd=ROOT)
             for n in range(PUSHERS)]
    shares = [msgspec.json.decode(each.communicate(timeout=600)[0], type=list[float]) for each in crowd]
    return 100 * statistics.median(share for each in shares for share in each)


def _crowd(url: str, n: int, pushes: int) -> None:
    exchange = Exchange.open(url)
    pusher = Pusher(exchange, n)
    shares = []
    for _ in range(pushes):
        with head_locked(exchange.engine) as moments:
            took = pusher.push()
            shares.append((time.perf_counter() - moments[-1]) / took)
    exchange.close()
    print(msgspec.json.encode(shares).decode())


def _speed(running: Serving, where: str, pushes: int) -> float:
    """Entries a second of so many consoles that push at once over HTTP."""
    exchange = Exchange.open(where)
    codes = [exchange.make_code(agents=[f"agent{n}"], admin=True) for n in range(PUSHERS)]
    exchange.close()
    crowd = [
        subprocess.Popen([sys.executable, "-m", __name__, "consoles", running.url, code, f"agent{n}", str(pushes)],
                         stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT)
        for n, code in enumerate(codes)
    ]
    for each in crowd:
        assert each.stdout is not None
        assert each.stdout.readline() == "ready\n"
    before = time.perf_counter()
    for each in crowd:
        assert each.stdin is not None
        each.stdin.close()
    for each in crowd:
        assert each.wait(600) == 0
    return PUSHERS * pushes * SIZE / (time.perf_counter() - before)


def _consoles(url: str, code: str, login: str, pushes: int) -> None:
    """One console: enrols, makes its pushes ready, sends the first of them so that its server process has its
    statements, waits for the start and sends the others."""
    from tests.server.running import client

    agent, device = str(uuid7()), str(uuid7())
    with client(url) as http:
        told = http.post("/v1/enroll", json={"code": code, "device": device, "name": login, "schema": SCHEMA,
                                             "agents": [{"id": agent, "login": login}], "next_n": 1}).json()
        bearer = {"Authorization": f"Bearer {told['secret']}", "Content-Type": "application/json"}
        ready = [msgspec.json.encode(bodies(agent, 1 + at * SIZE, SIZE)) for at in range(WARM + pushes)]
        lease = told["lease"]
        for at, entries in enumerate(ready):
            if at == WARM:
                print("ready", flush=True)
                sys.stdin.read()
            head = msgspec.json.encode({"epoch": told["epoch"], "lease": lease, "first_n": 1 + at * SIZE,
                                        "schema": SCHEMA})
            answer = http.post("/v1/push", content=head[:-1] + b',"entries":' + entries + b"}", headers=bearer)
            answer.raise_for_status()
            taken = answer.json()
            assert all(result["r"] == "ok" for result in taken["results"])
            lease = taken["lease"]


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["crowd", url, n, pushes]:
            _crowd(url, int(n), int(pushes))
        case ["consoles", url, code, login, pushes]:
            _consoles(url, code, login, int(pushes))
