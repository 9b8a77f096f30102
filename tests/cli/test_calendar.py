"""``calendar compute``: JSON lines in, JSON lines out, in the same order; a bad line is answered and the rest go on."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.cli.running import ran

CASES = Path(__file__).parents[3] / "shared" / "cases" / "business_time.json"
OFFICE = {"timezone": "Europe/Zurich", "weekly_hours": {"mon": [["08:00", "12:00"], ["13:00", "18:00"]]}}
START = "2026-11-23T11:30:00+01:00"


def answers(tmp_path: Path, *lines: Any, code: int = 0) -> list[dict[str, Any]]:
    asked = tmp_path / "asked.jsonl"
    asked.write_text("".join((each if isinstance(each, str) else json.dumps(each)) + "\n" for each in lines), "utf-8")
    done = ran("calendar", "compute", "--input", str(asked))
    assert (done.code, done.err) == (code, "")
    assert not {"\x9b", "\u202e"} & {*done.out}
    return [json.loads(line) for line in done.out.splitlines()]


def test_due_times_and_minutes_in_the_order_asked(tmp_path: Path) -> None:
    assert answers(
        tmp_path,
        {"id": 1, **OFFICE, "start": START, "minutes": 90},
        {"id": "two", **OFFICE, "start": START, "end": "2026-11-23T14:00:30+01:00"},
        "",
        {"id": None, **OFFICE, "start": START, "minutes": 0.5, "pauses": [[START, "2026-11-23T11:40:00+01:00"]]},
        {"id": 4, **OFFICE, "start": "2026-11-23T14:00:00+01:00", "end": START},
        {"id": "\x9b31m\u202e", **OFFICE, "start": START, "minutes": 1},
    ) == [
        {"id": 1, "due": "2026-11-23T14:00:00+01:00"}, {"id": "two", "minutes": 90.5},
        {"id": None, "due": "2026-11-23T11:40:30+01:00"}, {"id": 4, "minutes": -90},
        {"id": "\x9b31m\u202e", "due": "2026-11-23T11:31:00+01:00"},
    ]


def test_a_bad_line_is_answered_and_the_rest_go_on(tmp_path: Path) -> None:
    good = {"id": "good", **OFFICE, "start": START, "minutes": 1}
    bad: list[Any] = [
        "nonsense [/]", "[" * 5_000, "[1]",
        {"id": 1, **OFFICE, "start": START}, {"id": 2, **OFFICE, "start": START, "minutes": 1, "end": START},
        {"id": 3, **OFFICE, "minutes": 1}, {"id": 4, **OFFICE, "start": "2026-11-23T11:30:00", "minutes": 1},
        {"id": 5, **OFFICE, "start": START, "minutes": -1}, {"id": 6, **OFFICE, "start": START, "minutes": True},
        {"id": 7, **OFFICE, "start": START, "minutes": 10**400}, {"id": 8, **OFFICE, "start": START, "minutes": "1"},
        {"id": 9, **OFFICE, "start": START, "minutes": 1, "pauses": [START]},
        {"id": 10, **OFFICE, "start": START, "minutes": 1, "pauses": "now"},
        {"id": 11, **OFFICE, "timezone": "Mars/Olympus", "start": START, "minutes": 1},
        {"id": 12, **OFFICE, "breaks": {"2026-11-23": [["12", "13"]]}, "start": START, "minutes": 1},
        {"id": 13, **OFFICE, "start": "9999-12-31T00:00:00+00:00", "minutes": 1_000},
        {"id": 14, "timezone": "UTC", "weekly_hours": {"mon": [["00:00", "24:00"]]}, "start": START, "minutes": 1,
         "holidays": [f"{month:02}-{day:02}" for month in range(1, 13) for day in range(1, 29)], "breaks":
         {f"{year}-{month:02}-{day}": [["00:00", "24:00"]] for year in range(2026, 2300) for month in range(1, 13)
          for day in (29, 30, 31) if day <= (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)[month - 1]} |
         {f"{year}-02-29": [["00:00", "24:00"]] for year in range(2028, 2300, 4) if year != 2100 and year != 2200}},
    ]
    told = answers(tmp_path, *bad, good, code=1)
    assert told[-1] == {"id": "good", "due": "2026-11-23T11:31:00+01:00"}
    assert [each["id"] for each in told[:-1]] == [None, None, None, *range(1, 15)]
    assert all(each["error"].endswith((".", "]")) and len(each) == 2 for each in told[:-1])


def test_a_file_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    done = ran("calendar", "compute", "--input", str(tmp_path / "none.jsonl"))
    assert done.code == 1
    assert "none.jsonl cannot be read" in done.err


@pytest.mark.skipif(not CASES.exists(), reason="the worked cases stand beside the project")
def test_the_worked_cases_hold(tmp_path: Path) -> None:
    cases = [case for group in ("add", "between", "pause") for case in json.loads(CASES.read_text("utf-8"))[group]]
    told = answers(tmp_path, *cases)
    for case, answer in zip(cases, told, strict=True):
        assert answer["id"] == case["id"]
        if "expected_due" in case:
            assert datetime.fromisoformat(answer["due"]) == datetime.fromisoformat(case["expected_due"]), case["id"]
        else:
            assert answer["minutes"] == pytest.approx(case["expected_minutes"]), case["id"]
