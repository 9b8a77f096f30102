"""The scenarios an expert would demand of the exchange (docs/testing.md) and the tests named after them."""

from __future__ import annotations

import re
from pathlib import Path

TESTS = Path(__file__).parent
PAGE = TESTS.parent / "docs" / "testing.md"


def _named() -> dict[int, set[str]]:
    """Scenario -> the files that hold a test of its name."""
    found: dict[int, set[str]] = {}
    for file in TESTS.rglob("test_*.py"):
        for number in re.findall(r"^(?:async )?def test_s(\d\d)_", file.read_text("utf-8"), re.MULTILINE):
            found.setdefault(int(number), set()).add(f"tests/{file.relative_to(TESTS).as_posix()}")
    return found


def test_every_scenario_of_the_page_has_its_tests_where_the_page_says_and_no_other() -> None:
    table = PAGE.read_text("utf-8").partition("## Scenarios")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| S(\d\d) \|.*\| ([^|]+) \|$", table, re.MULTILINE)
    assert {int(number): set(re.findall(r"`([^`]+)`", files)) for number, files in rows} == _named()
    assert [int(number) for number, _files in rows] == sorted(_named())
