"""docs/figures.md from the keys that the long form of test_budgets gathered.

    SUPPORTDESK_FIGURES=keys.jsonl python -m pytest -n 0 -m long tests/proofs/test_budgets.py
    python -m tests.proofs.figures keys.jsonl > docs/figures.md
"""

from __future__ import annotations

import json
import statistics
import sys
from pathlib import Path

from tests.proofs.test_budgets import MUST

TASKS = {
    "T1": "A repeat caller with a known problem: logged, solved, closed",
    "T2": "A new caller with a new problem, handed to level 2",
    "T3": "Take the next ticket and have it open",
    "T5": "Promise a callback in 30 minutes",
    "T6": "A caller joins the running major incident, the sentence read",
    "T7": "Find a ticket by a name and a word",
    "T10": "Set a call aside for another one, and back",
    "T11": "Undo",
    "T12": "Hand over the shift: what was promised listed and passed on",
    "T13": "A chaser call, from the ring to wrapped up",
    "T14": "A call without ticket",
}
AIM = {"T1": 16}

HEAD = """# Keys

Keys pressed at a real terminal of 80x24 on the demo desk of 2,000 tickets, counted by `tests/proofs/test_budgets.py`:
twenty callers (eight French, six German, six English speaking) times the twenty commonest problems, and twenty times
each shorter task. Only the caller's sentence about the matter is free. Every run was looked up in the database
afterwards. A budget holds for the median; the worst run may take half as many more.

| task | | budget | aim | median | worst | runs |
|---|---|---|---|---|---|---|"""


def main(file: Path) -> None:
    """Print the page."""
    spent: dict[str, list[int]] = {}
    for line in file.read_text(encoding="utf-8").splitlines():
        for task, keys in json.loads(line).items():
            spent.setdefault(task, []).extend(keys)
    print(HEAD)
    for task, what in TASKS.items():
        keys = spent[task]
        print(f"| {task} | {what} | {MUST[task]} | {AIM.get(task, '')} | {statistics.median(keys):g} | {max(keys)} "
              f"| {len(keys)} |")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
