"""What two sites changed at once and what the server refused, with all that choosing needs (field/sync.md 2.5)."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from uuid import UUID

from supportdesk.store.types import micros
from supportdesk.store.views.conflicts import ConflictLine, conflicts
from supportdesk.store.views.people import AgentLine
from supportdesk.store.views.queue import one_moment
from supportdesk.store.views.refusals import RefusedLine, refusals
from supportdesk.store.views.sync import CLAIMS
from supportdesk.store.views.timeline import TimelineItem, timeline
from supportdesk.terms.codes import ConflictState

SINCE_AT_MOST = 30
"""Events after a claim that are told; the rest stands in the ticket."""

CLAIMING = frozenset({"take", "accept"})
"""Verbs of the two claims themselves: the conflict tells them."""


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two values: who wrote it (a name), when (microseconds UTC), whether it is mine, whether it stands."""

    by: str
    at_us: int | None
    mine: bool
    stands: bool


@dataclass(frozen=True, slots=True)
class Clash:
    """A field that two sites changed. For a claim: what was done on the ticket since, and for how long I worked on it
    before I knew (microseconds)."""

    line: ConflictLine
    kept: Side
    offered: Side
    claim: bool
    since: tuple[TimelineItem, ...] = ()
    worked_us: int = 0

    @property
    def is_open(self) -> bool:
        return self.line.state == ConflictState.OPEN

    @property
    def mine_stands(self) -> bool:
        return self.kept.mine and not self.offered.mine

    @property
    def ticket_id(self) -> UUID | None:
        return self.line.ticket_id


@dataclass(frozen=True, slots=True)
class Refusal:
    line: RefusedLine

    @property
    def ticket_id(self) -> UUID | None:
        return self.line.ticket_id


def conflict_page(conn: sqlite3.Connection, me: AgentLine) -> list[Clash | Refusal]:
    """Claims first, then what else waits for a choice, what was refused, and last what a rule has settled."""
    with one_moment(conn):
        found = [_clash(conn, line, me) for line in conflicts(conn)]
        waiting = sorted((clash for clash in found if clash.is_open), key=lambda clash: not clash.claim)
        settled = [clash for clash in found if not clash.is_open]
        return [*waiting, *map(Refusal, refusals(conn)), *settled]


def _clash(conn: sqlite3.Connection, line: ConflictLine, me: AgentLine) -> Clash:
    kept = Side(line.kept_name_of, None if line.kept_at is None else micros(line.kept_at),
                line.kept_by == me.login, True)
    offered = Side(line.offered_name_of, None if line.offered_at is None else micros(line.offered_at),
                   line.offered_by == me.login, False)
    claim = line.field in CLAIMS and line.state == ConflictState.OPEN
    if not claim or line.ticket_id is None:
        return Clash(line, kept, offered, claim)
    begun = min(kept.at_us or 0, offered.at_us or 0)
    since = [item for item in timeline(conn, line.ticket_id) if item.at_us >= begun]
    told = [item for item in since if item.kind not in CLAIMING]
    mine = [item.at_us for item in since if item.author == me.login and item.at_us >= (offered.at_us or 0)]
    worked = max(mine, default=0) - (offered.at_us or 0) if offered.mine and mine else 0
    return Clash(line, kept, offered, claim, tuple(told[-SINCE_AT_MOST:]), worked)
