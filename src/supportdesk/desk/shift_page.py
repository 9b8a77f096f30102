"""The end of a shift as it is decided: how the agent stands, what he promised, what becomes of each of it."""

import sqlite3
from dataclasses import dataclass
from datetime import datetime, tzinfo
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from supportdesk.desk.clock_words import clock
from supportdesk.i18n import SOURCE, _, speaking
from supportdesk.rules.shifts import Standing
from supportdesk.store.instants import micros
from supportdesk.store.views import shifts
from supportdesk.store.views.people import AgentLine
from supportdesk.store.views.queue import one_moment
from supportdesk.store.views.shifts import Promise


class What(StrEnum):
    """What becomes of a callback when the shift of who promised it ends."""

    PASS_ON = "pass_on"  # to the team, or to a colleague who owns the contact from now on
    TAKE_ALONG = "take_along"  # he calls although his shift is over
    MOVE = "move"  # another time, which the caller is told


@dataclass(frozen=True, slots=True)
class Decision:
    """``to``: the colleague, None for the team's list. ``note``: for whoever calls. ``at``: the new time of one that is
    moved (aware); ``message`` is what the caller is to read of it, ``told``: he was told on the telephone."""

    what: What
    to: UUID | None = None
    note: str = ""
    at: datetime | None = None
    message: str = ""
    told: bool = False


class Ended(NamedTuple):
    """What the end of a shift came to."""

    passed: int = 0
    taken: int = 0
    moved: int = 0


class ShiftPage(NamedTuple):
    """How I stand, what I promised, how many tickets I work on (they stay mine)."""

    how: Standing
    promises: list[Promise]
    working: int


def shift_page(conn: sqlite3.Connection, me: AgentLine, now_us: int) -> ShiftPage:
    """All that the end of a shift shows."""
    with one_moment(conn):
        (working,) = conn.execute(
            "SELECT count(*) FROM ticket INDEXED BY ticket_open_assignee WHERE assignee_id = ? AND lane < 3",
            (me.id.bytes,)).fetchone()
        return ShiftPage(shifts.standing_of(conn, me.id, now_us), shifts.promises(conn, me.id), working)


def message(line: Promise, at: datetime, now: datetime, zone: tzinfo) -> str:
    """What a caller may read when the time of his callback is moved, in his language."""
    with speaking(line.language or SOURCE):
        return _("We call you back at another time than promised: {when}.").format(
            when=clock(micros(at), micros(now), zone))
