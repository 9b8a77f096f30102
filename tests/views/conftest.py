"""A desk of four agents and three teams, and tickets made for what a test asks of them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from supportdesk.desk import setup
from supportdesk.desk.desk import Desk
from supportdesk.places import os_login
from supportdesk.store.adopt import starter_id
from supportdesk.store.types import micros, uuid7

NOW = datetime(2026, 3, 4, 14, 2, tzinfo=UTC)
NOW_US = micros(NOW)


def minutes(count: float) -> datetime:
    """So many minutes from :data:`NOW`."""
    return NOW + timedelta(minutes=count)


class Bench:
    """An empty desk at :data:`NOW`. ``me`` works in ``hotline`` and in ``evening``; ``network`` is not his team."""

    def __init__(self, path: Path) -> None:
        setup.init(path, login=os_login(), zone="Europe/Zurich", region="CH", lang="en", now=minutes(-10_000))
        self.desk = Desk(path, clock=lambda: NOW)
        self.me: UUID = starter_id("agent", os_login())
        self.network, self.evening, self.other = uuid7(), uuid7(), uuid7()
        with self.desk.journal.action("administer", self.desk.who) as act:
            self.hotline: UUID = UUID(bytes=act.conn.execute("SELECT id FROM team").fetchone()[0])
            act.create("team", {"slug": "network", "name": "Network", "level": 2, "employer": "own"}, self.network)
            act.create("team", {"slug": "evening", "name": "Evening", "level": 1, "employer": "own"}, self.evening)
            act.create("agent", {"login": "bea", "name": "Bea Noll", "teams": (self.hotline,), "roles": ("agent",)},
                       self.other)
            act.add("agent", self.me, "teams", self.evening)
        self.desk.close()
        self.desk = Desk(path, clock=lambda: NOW)

    def ticket(self, title: str = "", **values: Any) -> UUID:
        """A ticket as given; open, P3, of the hotline, an hour old and owned by me unless it says otherwise."""
        with self.desk.journal.action("import_records", self.desk.who, at=NOW) as act:
            return act.create("ticket", {
                "number": act.next_number(), "title": title or "Something", "status": "in_progress", "priority": "P3",
                "impact": 3, "urgency": 3, "team_id": self.hotline, "owner_id": self.me, "created_at": minutes(-60),
                **values,
            })


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    monkeypatch.setattr(setup, "article_images", lambda: iter(()))
    made = Bench(tmp_path / "desk.db")
    yield made
    made.desk.close()
