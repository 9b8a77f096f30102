"""The handoffs that wait for our answer, and what became of those we offered."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from supportdesk.rules.text import fold
from supportdesk.store.views.handoffs import Offered, inbox, sent
from supportdesk.store.views.people import AgentLine
from supportdesk.store.views.queue import one_moment


@dataclass(frozen=True, slots=True)
class Box:
    """A handoff in the list. ``to_us``: it waits for our answer."""

    offered: Offered
    to_us: bool

    @property
    def words(self) -> str:
        """What the filter looks in."""
        line, handoff = self.offered, self.offered.handoff
        teams = [team.shown for team in (handoff.from_team, handoff.to_team) if team]
        return fold(" ".join((line.number, line.title, line.organisation, *teams)))


def boxes(conn: sqlite3.Connection, me: AgentLine, now_us: int) -> list[Box]:
    """Offers to us first, then ours; one that is both stands above only."""
    with one_moment(conn):
        to_us = inbox(conn, me, now_us)
        known = {line.handoff.id for line in to_us}
        return [Box(line, True) for line in to_us] + [
            Box(line, False) for line in sent(conn, me) if line.handoff.id not in known
        ]
