"""Whole processes of the shell against ``python -c "import sqlite3, typer"``: ``python -m benchmarks.shell``.

Each command is started in turn with the yardstick, the order changing from pair to pair; medians of both. Both find
their bytecode written, as after an installation, in a folder of its own.
"""

import argparse
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.figures import WORK, Figure, machine, spread, tell
from benchmarks.fill import database_of
from supportdesk.desk.desk import Desk
from supportdesk.places import os_login

YARDSTICK = (sys.executable, "-c", "import sqlite3, typer")
SUPPORTDESK = (str(Path(sys.executable).parent / "supportdesk"),)
TICKETS = 2_000
WARM = 2


def commands(number: str) -> dict[str, tuple[Sequence[str], float | None]]:
    """Name -> (arguments, limit); no limit for information."""
    return {
        "ticket list --limit 20": (("ticket", "list", "--limit", "20"), 1.4),
        "--version": (("--version",), 1.1),
        "ticket list --limit 20 --json": (("ticket", "list", "--limit", "20", "--json"), None),
        "ticket show": (("ticket", "show", number), None),
        "ticket new": (("ticket", "new", "--title", "Printer offline", "--description", "It says paper jam"), None),
        "--help": (("--help",), None),
    }


def took(argv: Sequence[str], env: Mapping[str, str]) -> float:
    """Seconds from the start of a process to its end."""
    before = time.perf_counter()
    subprocess.run(argv, env=env, check=True, stdin=subprocess.DEVNULL, capture_output=True)
    return time.perf_counter() - before


def measure(arguments: Sequence[str], env: Mapping[str, str], pairs: int) -> tuple[list[float], list[float]]:
    """Seconds of the command and of the yardstick, pair by pair."""
    command = (*SUPPORTDESK, *arguments)
    ours: list[float] = []
    theirs: list[float] = []
    for n in range(pairs + WARM):
        turns = [(ours, command), (theirs, YARDSTICK)]
        for into, argv in turns if n % 2 else turns[::-1]:
            into.append(took(argv, env))
    return ours[WARM:], theirs[WARM:]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=21)
    pairs = parser.parse_args().pairs
    WORK.mkdir(exist_ok=True)
    path = database_of(WORK, TICKETS, os_login())
    desk = Desk(path)
    (number,) = desk.reader.execute("SELECT number FROM ticket WHERE lane < 3 LIMIT 1").fetchone()
    desk.close()
    figures = []
    with TemporaryDirectory() as home:
        copy = Path(home) / "desk.db"
        copy.write_bytes(path.read_bytes())
        env = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "SUPPORTDESK"))}
        env |= {"HOME": home, "SUPPORTDESK_HOME": home, "SUPPORTDESK_DB": str(copy), "LANG": "en_GB.UTF-8",
                "PYTHONPYCACHEPREFIX": str(Path(home) / "bytecode")}
        print(machine())
        for name, (arguments, limit) in commands(number).items():
            ours, theirs = measure(arguments, env, pairs)
            print(f"{name}: {spread(ours)}, yardstick {spread(theirs)}")
            figures.append(Figure(name, statistics.median(ours) / statistics.median(theirs), limit))
    return tell(figures)


if __name__ == "__main__":
    sys.exit(main())
