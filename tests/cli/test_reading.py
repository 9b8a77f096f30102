"""Reading subcommands load neither the writing side nor the terminal (DESIGN.md 4), and no noun but their own."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.running import data

HEAVY = ("sqlmodel", "sqlalchemy", "pydantic", "alembic", "textual", "httpx")

_SCRIPT = """
import io, json, sys
from contextlib import redirect_stdout
from supportdesk.cli.main import run
codes = []
for words in json.loads(sys.argv[1]):
    with redirect_stdout(io.StringIO()):
        codes.append(run(words))
print(json.dumps([codes, sorted(sys.modules)]))
"""


@pytest.fixture
def reading(desk_home: Path) -> list[list[str]]:
    """Every reading subcommand over a desk that holds something to read."""
    data("init")
    data("caller", "add", "Kurt", "--number", "044 668 18 00")
    data("organisation", "add", "Kern AG")
    data("asset", "add", "--inventory", "A-1")
    number = data("call", "--title", "VPN drops", "--caller-name", "Kurt")["number"]
    (contact,) = data("contact", "list")
    return [
        ["ticket", "list"], ["ticket", "list", "--view", "all"], ["ticket", "show", number], ["contact", "list"],
        ["contact", "show", contact["id"]], ["caller", "find", "kurt"], ["caller", "show", "kurt"],
        ["organisation", "find", "kern"], ["organisation", "show", "kern ag"], ["asset", "find", "A-1"],
        ["asset", "show", "A-1"], ["kb", "search", "vpn"], ["kb", "show", "vpn-drops"], ["handoff", "list"],
        ["handoff", "list", "--box", "sent"], ["component", "list", "--missing"], ["export", "tickets"], ["doctor"],
        *([noun, "list"] for noun in ("agent", "team", "site", "product", "component", "role")),
    ]  # fmt: skip


def test_reading_loads_neither_the_writing_side_nor_the_terminal(reading: list[list[str]]) -> None:
    told = subprocess.run(
        [sys.executable, "-c", _SCRIPT, json.dumps(reading)], check=True, capture_output=True, stdin=subprocess.DEVNULL
    )
    codes, modules = json.loads(told.stdout)
    assert codes == [0] * len(reading)
    assert not {name.partition(".")[0] for name in modules} & set(HEAVY)


def test_listing_tickets_loads_nothing_that_works_on_them(reading: list[list[str]]) -> None:
    told = subprocess.run(
        [sys.executable, "-c", _SCRIPT, json.dumps(reading[:1])], check=True, capture_output=True,
        stdin=subprocess.DEVNULL,
    )
    _codes, modules = json.loads(told.stdout)
    assert not {"supportdesk.cli.ticket_work", "supportdesk.cli.ticket_new", "supportdesk.cli.call"} & set(modules)
