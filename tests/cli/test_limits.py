"""Numbers and places a command cannot use: one sentence with the cure and the right exit code."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.running import data, ran


@pytest.mark.parametrize("command", [
    ("ticket", "list"), ("contact", "list"), ("kb", "search", "vpn"), ("caller", "find", "lea"),
    ("organisation", "find", "alpina"), ("asset", "find", "pc"),
], ids=" ".join)
def test_a_limit_is_a_number_the_desk_can_count_to(command: tuple[str, ...], desk_home: Path) -> None:
    data("init")
    assert ran(*command, "--limit", "1000000").code == 0
    for limit in ("1000001", str(2**63 - 1), str(2**63), str(10**40), "0", "-1"):
        done = ran(*command, "--limit", limit, "--json")
        assert (done.code, done.error["code"], done.error["field"]) == (2, "usage", "limit"), limit
