"""Promises with 50,000 clocks running: the view of them, the duty that notes what was missed, terms that change.

Part of ``benchmarks.queue``. The terms are put back at the end: the database is as it was, but for its journal.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol
from uuid import UUID
from zoneinfo import ZoneInfo

from benchmarks.probe import median
from supportdesk.desk.breach_duty import Watch, missed
from supportdesk.desk.desk import Desk
from supportdesk.desk.promise_list import owed_today
from supportdesk.store.clock import utc_now
from supportdesk.store.types import micros

TIMES = 7
ZONE = ZoneInfo("Europe/Zurich")


class Table(Protocol):
    def line(self, what: str, value: float, limit: float | None = None, unit: str = "x", note: str = "") -> None: ...


def promises(table: Table, db: Path, size: int) -> None:
    """Everything of it, on the database of so many tickets."""
    desk = Desk(db)
    conn = desk.reader
    now = micros(utc_now())
    (running,) = conn.execute("SELECT count(*) FROM ticket WHERE lane < 3 AND class_id > 0").fetchone()
    print(f"{running:,} clocks run")
    teams = tuple(UUID(bytes=id) for (id,) in conn.execute("SELECT id FROM team"))
    for whose, me in (("my teams", desk.agent), ("all teams", desk.agent._replace(teams=teams))):
        took = _median(lambda me=me: owed_today(conn, me, now, ZONE))  # type: ignore[misc]
        table.line(f"view of promises, {whose}, {size:,} tickets", took, 25, "ms")
    watch = Watch()
    began = time.perf_counter()
    missed(desk, watch)
    table.line("  missed promises, the first look of a console", (time.perf_counter() - began) * 1000, 250, "ms")
    table.line("  missed promises, each look after it", _median(lambda: missed(desk, watch)), 25, "ms")
    _change(table, desk)
    desk.close()


def _change(table: Table, desk: Desk) -> None:
    """All contracts change at once, and back."""
    kept = [(UUID(bytes=id), json.loads(versions)) for id, versions in desk.reader.execute(
        "SELECT id, versions FROM contract WHERE versions IS NOT NULL").fetchall()]
    doubled = json.loads(json.dumps([versions for _id, versions in kept]))
    for versions in doubled:
        for target in versions[0]["targets"].values():
            target["solution"] *= 2
    saved, steps, whole = [], [], []
    for changed in (doubled, [versions for _id, versions in kept]):
        began = time.perf_counter()
        with desk.journal.action("administer", desk.who) as act:
            for (id, _versions), versions in zip(kept, changed, strict=True):
                act.set("contract", id, {"versions": versions})
        saved.append(time.perf_counter() - began)
        (left,) = desk.reader.execute("SELECT count(*) FROM unsettled").fetchone()
        began, more = time.perf_counter(), left > 0
        while more:
            step = time.perf_counter()
            more = desk.journal.settle_some()
            steps.append(time.perf_counter() - step)
        whole.append(time.perf_counter() - began)
    table.line("terms of all contracts change: who saves it waits", max(saved) * 1000, 100, "ms")
    table.line("  any other saver waits at most, 99 of 100", sorted(steps)[len(steps) * 99 // 100] * 1000, 100, "ms",
               f"(median {median(steps) * 1000:.0f}, longest {max(steps) * 1000:.0f})")
    table.line("  until every ticket has its new place, no pauses", median(whole), None, "s", f"({left:,} tickets)")


def _median(do: Callable[[], Any]) -> float:
    """Milliseconds."""
    times = []
    for _ in range(TIMES):
        began = time.perf_counter()
        do()
        times.append(time.perf_counter() - began)
    return median(times) * 1000
