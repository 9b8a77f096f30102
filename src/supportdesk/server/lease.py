"""Which process runs the duties: a row with an expiry, and a number that tells its holders apart.

The row's clock is the database's where processes are on several machines (PostgreSQL), the machine's where they share
a file. An earlier holder that wakes up late is refused within the transaction in which it wants something.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, func, select

from supportdesk.i18n import N_
from supportdesk.server import tables
from supportdesk.server.shapes import Refused
from supportdesk.store.clock import utc_now
from supportdesk.store.types import from_iso, iso

NAME = "duties"
HELD = timedelta(seconds=15)
"""A holder that is silent for so long has died."""
TAKEN = N_("Another process of this server runs the duties.")


class Lease:
    """One process's claim to the duties; ``holder`` is its id, ``fence`` its number while it has them."""

    def __init__(self, engine: Engine, holder: str) -> None:
        self._engine = engine
        self._holder = holder
        self.fence = 0

    def hold(self) -> bool:
        """Take or renew it; False while another has it."""
        t = tables.duty_lease
        with tables.writing(self._engine) as conn:
            now = _now(conn)
            row = conn.execute(select(t).where(t.c.name == NAME).with_for_update()).one_or_none()
            if row is not None and row.holder != self._holder and from_iso(row.until) > now:
                self.fence = 0
                return False
            mine = row is not None and row.holder == self._holder and row.fence == self.fence
            fence = self.fence if mine else (0 if row is None else row.fence) + 1
            values = {"holder": self._holder, "fence": fence, "until": iso(now + HELD)}
            if row is None:
                conn.execute(t.insert().values(name=NAME, **values))
            else:
                conn.execute(t.update().where(t.c.name == NAME).values(**values))
        self.fence = fence
        return True

    def guard(self, conn: Connection) -> None:
        """Raise Refused 409 ``taken`` when another holds it by now; held until the transaction ends."""
        t = tables.duty_lease
        found = conn.execute(select(t.c.holder, t.c.fence).where(t.c.name == NAME).with_for_update()).one_or_none()
        if found is None or tuple(found) != (self._holder, self.fence):
            raise Refused(409, "taken", TAKEN)

    def let_go(self) -> None:
        """Another may take it at once."""
        t = tables.duty_lease
        with tables.writing(self._engine) as conn:
            mine = (t.c.name == NAME) & (t.c.holder == self._holder) & (t.c.fence == self.fence)
            conn.execute(t.update().where(mine).values(until=iso(_now(conn))))
        self.fence = 0

    # when each duty ran, and when it is due

    def next_at(self, duty: str) -> datetime | None:
        with tables.reading(self._engine) as conn:
            found = conn.execute(select(tables.duty.c.next_at).where(tables.duty.c.name == duty)).scalar_one_or_none()
        return None if found is None else from_iso(found)

    def note(self, duty: str, **values: Any) -> None:
        """Remember how a duty stands. Raises Refused when another process runs them by now."""
        t = tables.duty
        with tables.writing(self._engine) as conn:
            self.guard(conn)
            if not conn.execute(t.update().where(t.c.name == duty).values(**values)).rowcount:
                conn.execute(t.insert().values(name=duty, **values))


def duties(conn: Connection) -> Sequence[dict[str, Any]]:
    """{name, due_at, ran_at, late_ms, next_at, failed} of each; instants ISO 8601, None for never."""
    return [dict(row._mapping) for row in conn.execute(select(tables.duty).order_by(tables.duty.c.name))]


def _now(conn: Connection) -> datetime:
    if conn.dialect.name == "postgresql":
        now: datetime = conn.execute(select(func.clock_timestamp())).scalar_one()
        return now
    return utc_now()
