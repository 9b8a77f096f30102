"""A machine without a desk: one screen offers the demo or a desk of one's own."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.terminal import Terminal

CONSOLE = (sys.executable, "-c", "from supportdesk.entry import main; main()")


def test_a_desk_of_ones_own_is_two_keys_away(desk_home: Path) -> None:
    with Terminal([*CONSOLE], {"SUPPORTDESK_HOME": str(desk_home)}, 80, 24) as terminal:
        terminal.wait_for("There is no desk at")
        assert "Look around" in terminal.text()
        terminal.keys("down,enter")
        terminal.wait_for("Nothing is open in your teams.", timeout=30)
        assert (desk_home / "desk.db").exists()
        terminal.keys("ctrl+q")
        assert terminal.wait_end() == 0
        assert terminal.left_set() == []


def test_leaving_makes_nothing(desk_home: Path) -> None:
    with Terminal([*CONSOLE], {"SUPPORTDESK_HOME": str(desk_home)}, 80, 24) as terminal:
        terminal.wait_for("There is no desk at")
        terminal.keys("ctrl+q")
        assert terminal.wait_end() == 0
    assert not (desk_home / "desk.db").exists()
