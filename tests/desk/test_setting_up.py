"""The desk itself: nothing said at it leaves it without somebody who can set it up, or a caller without an answer."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from supportdesk.desk import admin, care, setup
from supportdesk.desk.desk import Desk
from supportdesk.desk.undo import undo
from supportdesk.places import os_login
from supportdesk.terms.errors import NotUndoable
from tests.desk.conftest import Clock
from tests.journal import proof


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Desk]:
    """A desk just made, with its first agent at the console."""
    clock = Clock()
    setup.init(tmp_path / "desk.db", login=os_login(), zone="Europe/Zurich", region="CH", lang="en", now=clock.now)
    desk = Desk(tmp_path / "desk.db", clock=clock)
    yield desk
    desk.close()


def test_the_making_of_the_desk_is_nobodys_action_to_take_back(fresh: Desk, tmp_path: Path) -> None:
    before = proof.rows(fresh.reader)
    with pytest.raises(NotUndoable, match="nothing of yours"):
        undo(fresh)
    admin.save(fresh, "team", {"slug": "network", "name": "Network", "level": 2, "employer": "own"})
    assert undo(fresh).verb == "administer"
    with pytest.raises(NotUndoable, match="nothing of yours"):
        undo(fresh)
    assert {id: row for id, row in proof.rows(fresh.reader)["team"].items() if id in before["team"]} == before["team"]
    proof.assert_replay_is_equal(fresh.path, tmp_path / "again.db")
    assert {found.code for found in care.findings(fresh)} == {"no_backup"}


def test_the_journal_names_who_made_the_desk(fresh: Desk) -> None:
    made = fresh.reader.execute("SELECT DISTINCT verb, agent, author_text FROM entry").fetchall()
    assert made == [("administer", None, os_login())]
