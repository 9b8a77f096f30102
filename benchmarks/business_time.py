"""Business time: the calculator's lines against reading a line and converting one instant; long against short spans.

    python -m benchmarks.business_time
"""

from __future__ import annotations

import argparse
import gc
import json
import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from time import perf_counter
from zoneinfo import ZoneInfo

from benchmarks.figures import Figure, machine, tell
from supportdesk.desk.what_if import Calculator
from supportdesk.rules.business_time import BusinessTime
from supportdesk.rules.hours import hours_of

ZONES = ("Europe/Zurich", "Asia/Kathmandu", "America/New_York", "Australia/Lord_Howe")
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def lines(count: int, calendars: int) -> list[str]:
    """Questions of every kind about so many different calendars."""
    dice = random.Random(4)
    made = [{
        "timezone": dice.choice(ZONES),
        "weekly_hours": {
            day: [[f"{dice.randint(6, 9):02}:{n % 60:02}", "12:00"], ["13:00", "18:30"]] for day in DAYS[:5]},
        "holidays": ["12-25", "01-01", f"2026-0{1 + n % 9}-1{n % 10}"],
    } for n in range(calendars)]
    asked = []
    for n in range(count):
        start = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=dice.randrange(300 * 86_400))
        what = ({"minutes": dice.randint(1, 5_000)} if n % 3 else
                {"end": (start + timedelta(seconds=dice.randrange(20 * 86_400))).isoformat()})
        if n % 2:
            what["pauses"] = [[(start + timedelta(hours=1)).isoformat(), (start + timedelta(hours=5)).isoformat()]]
        asked.append(json.dumps({"id": n, **made[n % calendars], "start": start.isoformat(), **what}))
    return asked


def best(work: Callable[[], object], times: int) -> float:
    """Seconds of the quickest of some runs: what others on the machine did is not ours."""
    found = []
    for _ in range(times):
        gc.collect()
        began = perf_counter()
        work()
        found.append(perf_counter() - began)
    return min(found)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=10_000)
    parser.add_argument("--times", type=int, default=5)
    given = parser.parse_args()
    print(machine())
    figures = []
    zones = [ZoneInfo(name) for name in ZONES]
    for calendars in (20, given.lines):
        asked = lines(given.lines, calendars)

        def floor(asked: list[str] = asked) -> None:
            for n, line in enumerate(asked):
                datetime.fromisoformat(json.loads(line)["start"]).astimezone(zones[n % len(zones)])

        def ours(asked: list[str] = asked) -> None:
            calculator = Calculator()
            for line in asked:
                json.dumps(calculator.answer(line))

        base, took = best(floor, given.times), best(ours, given.times)
        figures.append(Figure(f"a line, {calendars:,} calendars, of reading it + one conversion", took / base,
                              25 if calendars < given.lines else None))
        figures.append(Figure("  one line", took / given.lines * 1e6, unit="us"))
    hours = hours_of("Europe/Zurich", {day: [["08:00", "12:00"], ["13:00", "18:00"]] for day in DAYS[:5]}, ["12-25"])
    start = 1_767_600_000_000_000
    spans = [best(lambda days=days: [BusinessTime(hours).between(start, start + days * 86_400_000_000)  # type: ignore[misc]
                                     for _ in range(100)], given.times) for days in (1, 1_826)]
    figures.append(Figure("a span of five years, of one of a day", spans[1] / spans[0], 20))
    return tell(figures)


if __name__ == "__main__":
    raise SystemExit(main())
