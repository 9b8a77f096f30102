"""Prints when people call on the demo desk: contacts by weekday and hour, local to the site in Geneva.

    python tools/demo_curve.py [FILE]        # default: the demo of this machine, built if it is not there
"""

import sys
from contextlib import closing
from pathlib import Path
from zoneinfo import ZoneInfo

from supportdesk.desk.demo import open_demo
from supportdesk.desk.demo.curve import table
from supportdesk.store import database
from supportdesk.store.instants import instant

ZONE = "Europe/Zurich"
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
WIDTH = 40


def counts(path: Path) -> list[list[int]]:
    """Incoming contacts by weekday and hour."""
    with closing(database.connect(path, reading=True)) as conn:
        began = conn.execute("SELECT started_at FROM contact WHERE direction = 'in' AND started_at IS NOT NULL")
        return table([instant(us) for (us,) in began], ZoneInfo(ZONE))


def main() -> None:
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else open_demo()
    by_day = counts(path)
    print("      " + " ".join(f"{hour:>3}" for hour in range(24)) + "   all")
    for day, row in zip(DAYS, by_day, strict=True):
        print(f"{day:<6}" + " ".join(f"{count or '.':>3}" for count in row) + f"{sum(row):>6}")
    by_hour = [sum(row[hour] for row in by_day) for hour in range(24)]
    print()
    for hour, count in enumerate(by_hour):
        print(f"{hour:02d}:00 {'#' * round(WIDTH * count / max(by_hour)):<{WIDTH}} {count}")


if __name__ == "__main__":
    main()
