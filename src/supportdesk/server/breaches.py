"""When the server's own desk has to look for promises that were missed.

Where nobody ever wrote a contract there is nothing to look for, and the desk file is neither made nor brought up to
date for it; from the first contract on what it holds says when something is due (desk/breach_duty).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select

from supportdesk.server import tables
from supportdesk.server.exchange import Exchange

if TYPE_CHECKING:
    from supportdesk.desk.breach_duty import Watch as DeskWatch
    from supportdesk.desk.desk import Desk
    from supportdesk.desk.duties import Tended

APART = timedelta(minutes=1)
"""At most so often the desk file is brought up to date because something is new, or tried again after a failure."""


class Watch:
    """What is known up to a place of the server's order."""

    def __init__(self) -> None:
        self._agreed = False
        self._seq = 0
        self._coming = 0
        self._again: datetime | None = None
        self._failed = False
        self._next: datetime | None = None
        self._desk: DeskWatch | None = None

    def wakes(self, exchange: Exchange, now: datetime) -> bool:
        """Whether to look: something is due, or something is new and the last look is a while ago."""
        early = self._again is not None and now < self._again
        is_due = self._next is not None and self._next < now
        if early and (self._failed or not is_due):
            return False
        seq = exchange.head()
        if not is_due and seq == self._seq:
            return False
        self._agreed = self._agreed or _contract_since(exchange, self._seq)
        if not self._agreed:
            self._seq = seq
            return False
        self._coming, self._again, self._failed = seq, now + APART, True
        return True

    def tend(self, desk: Desk) -> Tended:
        """Note what was missed. Until it has ended well the look has failed."""
        from supportdesk.desk.alone import settle_agreed
        from supportdesk.desk.breach_duty import Watch as DeskWatch
        from supportdesk.desk.breach_duty import tend_breaches

        settle_agreed(desk)
        self._desk = self._desk or DeskWatch()
        tended = tend_breaches(desk, self._desk)
        self._seq, self._next, self._failed = self._coming, tended.next_at, False
        return tended


def _contract_since(exchange: Exchange, seq: int) -> bool:
    """Whether a contract was written after a place in the order."""
    e = tables.entry
    with tables.reading(exchange.engine) as conn:
        found = conn.execute(select(e.c.seq).where(e.c.seq > seq, e.c.entity == "contract").limit(1))
        return found.scalar_one_or_none() is not None
