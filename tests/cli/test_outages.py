"""Outages in the shell, and the availability they come to: anybody can compute it again from what --json tells."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from shutil import copyfile
from typing import Any

import pytest

from supportdesk.desk import setup
from supportdesk.places import os_login
from tests.cli.running import data, ran

FILE = """
calendar:
  - slug: hours
    version:
      - zone: Europe/Zurich
        weekly: {mon: [[08:00, 17:00]], tue: [[08:00, 12:00], [13:00, 17:00]]}
contract:
  - slug: gold
    organisation: Alpina
    version:
      - calendar: hours
        availability: [{service: vpn, percent: 99.5, longest_outage: 2 h}]
matrix:
  - version:
      - cells: [[P1, P1, P2, P3], [P1, P2, P3, P4], [P2, P3, P4, P5], [P3, P4, P4, P4]]
"""


@pytest.fixture(scope="session")
def fresh_desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("outages") / "desk.db"
    setup.init(path, login=os_login(), zone="Europe/Zurich", region="CH", lang="en")
    return path


@pytest.fixture(autouse=True)
def desk(fresh_desk: Path, desk_home: Path, tmp_path: Path) -> None:
    desk_home.mkdir(mode=0o700)
    copyfile(fresh_desk, desk_home / "desk.db")
    data("organisation", "add", "Alpina")
    data("product", "add", "vpn", "VPN")
    (tmp_path / "all.yaml").write_text(FILE, "utf-8")
    assert data("promise", "import", str(tmp_path / "all.yaml"))["problems"] == []


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def sum_of(spans: list[list[str]]) -> float:
    return sum((at(until) - at(since)).total_seconds() for since, until in spans)


def month(text: str) -> dict[str, Any]:
    (service,) = data("contract", "availability", "gold", "--month", text)["services"]
    found: dict[str, Any] = service
    return found


def test_the_availability_is_computed_again_from_what_json_tells() -> None:
    """From its spans alone, and from the outages and maintenance it lists, stepped in minutes."""
    for since, until, *more in (("09:00", "11:00"), ("10:00", "11:30"), ("16:30", "2026-03-03 08:20"),
                                ("11:15", "13:00", "--maintenance"), ("2026-03-09 20:00", "2026-03-09 23:00")):
        begin = since if " " in since else f"2026-03-02 {since}"
        data("outage", "note", "--since", begin, "--until", until, "--product", "vpn", *more)
    told = month("2026-03")
    assert told["agreed_s"] == sum_of(told["agreed"])
    assert told["down_s"] == sum_of(told["counted"])
    percent = 100 * (told["agreed_s"] - told["down_s"]) / told["agreed_s"]
    assert percent - 0.001 < told["percent"] <= percent
    assert told["kept"] is (percent >= 99.5 and told["longest_s"] <= 7200)

    def within(spans: list[list[str]], minute: datetime) -> bool:
        return any(at(since) <= minute < at(until) for since, until in spans)

    listed: dict[str, list[list[str]]] = {"outage": [], "maintenance": []}
    for each in told["outages"]:
        listed[each["kind"]].append([each["from"], each["to"]])
    minute, down = at(told["agreed"][0][0]), 0
    while minute < at(told["agreed"][-1][1]):
        opened = within(told["agreed"], minute)
        assert not (opened and within(listed["maintenance"], minute))
        down += opened and within(listed["outage"], minute)
        minute += timedelta(minutes=1)
    assert down * 60 == told["down_s"] == (135 + 30 + 20) * 60
    assert told["longest_s"] == 135 * 60


def test_an_outage_is_noted_listed_ended_corrected_and_withdrawn_in_words() -> None:
    number = data("ticket", "new", "--title", "VPN down", "--component", "vpn")["number"]
    done = ran("outage", "note", "--since", "60", "--ticket", number, "--product", "vpn", "--reason", "the line")
    assert done.code == 0
    assert "goes on): noted." in done.err
    assert "goes on" in ran("outage", "list", "--open").out
    assert "VPN" in ran("outage", "list").out
    assert ran("outage", "end", number, "--at", "30").code == 0
    assert data("outage", "list", "--open") == []
    again = ran("outage", "end", number)
    assert again.code == 1
    assert "Correct its end instead" in again.err
    (line,) = data("outage", "list")
    assert ran("outage", "correct", line["id"][-8:], "--since", "90").code == 0
    (corrected,) = data("outage", "list")
    lasted = at(corrected["ended_at"]) - at(corrected["began_at"])
    assert timedelta(minutes=59) < lasted < timedelta(minutes=61)
    assert ran("outage", "correct", number, "--withdraw").code == 0
    assert data("outage", "list") == []
    assert ran("outage", "end", number).code == 1


def test_maintenance_is_announced_for_a_time_to_come() -> None:
    told = data("outage", "note", "--since", "tomorrow 22:00", "--until", "23:30", "--product", "vpn", "--maintenance")
    assert at(told["ended_at"]) - at(told["began_at"]) == timedelta(minutes=90)
    assert at(told["began_at"]) > datetime.now(UTC)
    late = ran("outage", "note", "--since", "tomorrow 22:00", "--product", "vpn")
    assert (late.code, "no time that has passed" in late.err) == (1, True)


def test_two_outages_of_a_ticket_ask_which() -> None:
    number = data("ticket", "new", "--title", "VPN down")["number"]
    for since in ("300", "60"):
        data("outage", "note", "--since", since, "--until", "10", "--ticket", number, "--product", "vpn")
    done = ran("outage", "correct", number, "--reason", "x")
    assert done.code == 1
    assert "Give the id of one" in done.err


def test_the_month_is_told_in_sentences() -> None:
    done = ran("contract", "availability", "gold", "--month", "2026-03")
    assert done.out.splitlines()[:3] == [
        "2026-03 (Europe/Zurich):", "vpn: ran 100 % of the agreed time, promised are 99.5 %: kept.",
        "Agreed 85 h, not running 0 s of them."]
    assert ran("contract", "availability", "gold", "--month", "March").code == 1


def test_the_whole_file_is_checked_written_out_and_brought_in_again(tmp_path: Path) -> None:
    for form in ((), ("--yaml",)):
        file = tmp_path / f"out{len(form)}.{'yaml' if form else 'toml'}"
        assert ran("promise", "export", "--output", str(file), *form).code == 0
        told = data("promise", "import", str(file))
        assert (told["changes"], told["problems"]) == ([], [])
        assert 'P4' in file.read_text("utf-8")
    text = (tmp_path / "out1.yaml").read_text("utf-8")
    (tmp_path / "bad.yaml").write_text(text.replace("P4]", "P9]", 1).replace("Europe/Zurich", "Nowhere", 1), "utf-8")
    done = ran("promise", "check", str(tmp_path / "bad.yaml"))
    assert done.code == 1
    assert done.err.splitlines()[-1] == "2 mistakes: nothing was changed. Mend the lines above."


def test_a_dry_run_of_the_matrix_tells_which_tickets_are_raised_otherwise(tmp_path: Path) -> None:
    number = data("ticket", "new", "--title", "pay", "--needed-by", "2099-01-02 17:00", "--needed-for", "payroll",
                  "--impact", "4")["number"]
    file = tmp_path / "strict.yaml"
    cells = ", ".join(["[P1, P1, P1, P1]"] * 4)
    file.write_text(f"matrix:\n  - version:\n      - from: 2098-01-01\n        cells: [{cells}]\n", "utf-8")
    done = ran("promise", "check", str(file))
    assert done.code == 0
    assert f"{number} pay: raised to P4 " in done.err
    assert "1 open ticket is raised otherwise by its time window." in done.err
    (one,) = data("promise", "check", str(file))["reranked"]
    assert ([each["priority"] for each in one["was"]], [each["priority"] for each in one["will"]]) == (
        ["P4", "P3"], ["P1", "P1"])


def test_the_time_it_is_needed_by_is_told_wherever_its_rank_is() -> None:
    number = data("ticket", "new", "--title", "pay", "--needed-by", "60", "--needed-for", "payroll", "--impact", "2")[
        "number"]
    assert data("ticket", "show", number)["priority_now"] == "P1"
    (line,) = data("ticket", "list")
    assert (line["priority"], line["priority_now"], line["urgency_now"], line["order_reason"]) == (
        "P3", "P1", 1, "p1_by_window")
    data("team", "add", "network", "Network", "--level", "2")
    assert data("handoff", "offer", number, "network", "--request", "a", "--tried", "b", "--impact", "c")
    (offered,) = data("handoff", "list", "--box", "sent")
    assert (offered["priority"], offered["priority_now"]) == ("P3", "P1")
    assert re.search(rf"^.* 1 +{number}", ran("handoff", "list", "--box", "sent").out, re.M)
    assert "payroll" in ran("ticket", "show", number).out
    assert "Less than 2 h are left" in ran("promise", "explain", number).out
    assert data("promise", "explain", number)["window"]["raised"]["priority"] == "P1"
    assert ran("ticket", "prioritise", number, "--needed-by", "-").code == 0
    assert data("ticket", "show", number)["needed_by"] is None
    assert ran("ticket", "new", "--title", "x", "--needed-for", "payroll").code == 1
    assert ran("ticket", "new", "--title", "x", "--needed-by", "soon").code == 1
