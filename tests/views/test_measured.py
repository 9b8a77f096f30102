"""The databases that are measured (benchmarks/fill) hold what the journal gives: running clocks in many classes."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest
from benchmarks.fill import fill

from supportdesk.desk import setup
from supportdesk.places import os_login
from supportdesk.store import database
from tests.journal.proof import assert_the_queue_goes_by_the_facts


def test_what_is_measured_is_in_the_order_the_journal_gives(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(setup, "article_images", lambda: iter(()))
    fill(tmp_path / "desk.db", 800, os_login())
    with closing(database.connect(tmp_path / "desk.db", reading=True)) as conn:
        assert_the_queue_goes_by_the_facts(conn)
        running, classes = conn.execute(
            "SELECT count(*), count(DISTINCT class_id) FROM ticket WHERE class_id > 0").fetchone()
    assert running > 100
    assert classes > 25
