"""Who sits where on the demo desk: one journal, one clock set by the story, a seat for every agent."""

import sqlite3
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from uuid import UUID

from supportdesk.desk.desk import Desk
from supportdesk.store.journal import Journal, Who
from supportdesk.store.views.people import AgentLine


class Clock:
    """The hour it is in the story; every entry is written as if it were now."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


class Seat(Desk):
    """A desk as one agent of the story sees it: the verbs are the same, journal and clock are shared."""

    def __init__(self, path: Path, journal: Journal, agent: AgentLine, clock: Clock,
                 who: Callable[[UUID, str], Who] | None = None) -> None:
        self.path = path
        self.clock = clock
        self.__dict__ |= {"journal": journal, "agent": agent, "kind": "demo"}
        self._who = who(agent.id, agent.login) if who else Who(agent.id, agent.login, agent.verbs, agent.teams)

    @property
    def who(self) -> Who:
        return self._who

    @property
    def reader(self) -> sqlite3.Connection:
        """The journal's own: what was played is not on disk before its part of the story is."""
        return self.journal.conn
