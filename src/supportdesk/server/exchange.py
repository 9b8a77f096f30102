"""The exchange: takes entries in one order, merges them by field, hands out rows and entries (DESIGN.md 5)."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError, OperationalError

from supportdesk.files import private_dir
from supportdesk.i18n import N_, language
from supportdesk.places import system_zone
from supportdesk.server import asking, enrolling, granting, membership, pulling, pushing, starting, tables
from supportdesk.server.shapes import Device, DeviceLine, EnrollAsk, PullAsk, PushAsk
from supportdesk.server.shapes import Refused as Refused
from supportdesk.store.clock import utc_now
from supportdesk.store.types import iso
from supportdesk.terms.entries import SCHEMA
from supportdesk.terms.errors import NotFound

BUSY = N_("The server is busy. Exchange again in a moment.")
NO_DEVICE = N_("There is no such console.")
FILE = "exchange.db"
_TRIES = 6
_AGAIN = frozenset({"40001", "40P01", "23505", "55P03"})
"""PostgreSQL's codes of two that wanted the same at once: the later one begins anew."""

_T = TypeVar("_T")


class Exchange:
    """One server's exchange; safe to use from many threads and, beside others, from many processes."""

    def __init__(self, engine: sqlalchemy.Engine, clock: Callable[[], datetime] = utc_now) -> None:
        self.engine = engine
        self.clock = clock

    @classmethod
    def open(cls, url_or_folder: str | Path) -> "Exchange":
        """The exchange of a data folder (``<folder>/exchange.db``, SQLite) or of a ``postgresql+psycopg://`` URL;
        made with its starter rows if there is none yet."""
        url = str(url_or_folder)
        if "://" not in url:
            folder = Path(url_or_folder)
            private_dir(folder)
            url = f"sqlite:///{folder / FILE}"
        exchange = cls(tables.engine_for(url))
        starting.start(exchange.engine, language(), system_zone())
        return exchange

    def authenticate(self, bearer: str | None) -> Device:
        """The device whose secret this is (``device-id.token``, with or without ``Bearer``). Refused 401, 403."""
        with tables.reading(self.engine) as conn:
            return enrolling.authenticate(conn, bearer)

    def make_code(self, *, agents: Sequence[str] = (), shared_host: bool = False, admin: bool = False,
                  scopes: Sequence[str] = ()) -> str:
        """A code that enrols one console within 24 hours. ``agents`` are logins: those the server knows already have
        to be named; newcomers need not. ``shared_host``: any agent may work there. ``admin`` makes its agents admins
        who are new to the server. ``scopes`` are slugs of other companies' teams: the console holds their part only,
        else everything. Raises NotFound."""
        with self._writing() as conn:
            return enrolling.make_code(conn, agents, shared_host, admin, self.clock(), scopes)

    def enroll(self, ask: EnrollAsk) -> dict[str, Any]:
        """{server, epoch, secret, lease, prefix, scopes}. Refused 403 ``code`` or ``agent``, 400."""
        def work() -> dict[str, Any]:
            with self._writing() as conn:
                return enrolling.enroll(conn, ask, self.clock())

        return self._again(work)

    def push(self, device: Device, ask: PushAsk) -> dict[str, Any]:
        """{lease, head, results: [{id, n, r, seq, reason?, field?}]}; reasons are English message ids.

        A ``later`` one is to be sent again with its n after the server's update. Refused 409, 413."""
        reads = pushing.read_all(ask)

        def work() -> dict[str, Any]:
            with self._writing() as conn:
                return pushing.push(conn, device, ask, reads, self.clock())

        return self._again(work)

    def pull(self, device: Device, ask: PullAsk) -> dict[str, Any]:
        """{head, scopes, rows, entries} of one page: see server/pulling. Refused 403, 409."""
        with tables.reading(self.engine) as conn:
            return pulling.pull(conn, device, ask)

    def scopes(self, id: str, grant: Sequence[str] = (), revoke: Sequence[str] = (),
               window: int | None = None) -> list[str]:
        """What a console holds, after more was granted (slugs of other companies' teams, or ``own``) and other was
        revoked: as slugs. ``window``: closed tickets leave it that did not change for so many days; 0 for none.
        Raises NotFound, Invalid."""
        with self._writing() as conn:
            return granting.slugs(conn, granting.grant(conn, id, grant, revoke, window, self.clock()))

    def sweep(self) -> bool:
        """Let windows move on with the days; whether one did."""
        with self._writing() as conn:
            return membership.sweep(conn, self.clock())

    def granted(self, id: str) -> frozenset[str]:
        """The scopes a console holds now."""
        with tables.reading(self.engine) as conn:
            return granting.scopes_of(conn, id)

    def newest(self, scopes: frozenset[str]) -> dict[str, int]:
        """Scope -> newest place in it."""
        with tables.reading(self.engine) as conn:
            return membership.newest(conn, scopes)

    def ticket(self, device: Device, number: str) -> dict[str, Any]:
        """{rows, entries} of one ticket by its number. Refused 404."""
        with tables.reading(self.engine) as conn:
            return asking.ticket(conn, device, number)

    def head(self) -> int:
        """Newest seq of scope own."""
        with tables.reading(self.engine) as conn:
            return int(conn.execute(select(tables.head.c.seq)).scalar_one())

    def devices(self) -> list[DeviceLine]:
        with tables.reading(self.engine) as conn:
            return enrolling.devices(conn)

    def revoke(self, id: str) -> None:
        """From now on every call of this device is refused. Raises NotFound."""
        d = tables.device
        with self._writing() as conn:
            done = conn.execute(
                d.update().where(d.c.id == id).values(revoked_at=func.coalesce(d.c.revoked_at, iso(self.clock())))
            )
            if not done.rowcount:
                raise NotFound(NO_DEVICE)

    def status(self) -> dict[str, Any]:
        """{server, head: {epoch, seq, chain}, schema: {min, max}, devices, conflicts, rows}."""
        with tables.reading(self.engine) as conn:
            head = conn.execute(select(tables.head)).one()
            live = tables.device.c.revoked_at.is_(None)
            return {
                "server": head.server,
                "head": {"epoch": head.epoch, "seq": head.seq, "chain": head.chain},
                "schema": {"min": 1, "max": SCHEMA},
                "devices": conn.execute(select(func.count()).select_from(tables.device).where(live)).scalar_one(),
                "conflicts": enrolling.open_conflicts(conn),
                "rows": conn.execute(
                    select(tables.scope_sum.columns["count"]).where(tables.scope_sum.c.scope == tables.OWN)
                ).scalar_one(),
            }

    def close(self) -> None:
        self.engine.dispose()

    @contextmanager
    def _writing(self) -> Iterator[sqlalchemy.Connection]:
        with tables.writing(self.engine) as conn:
            yield conn

    def _again(self, work: Callable[[], _T]) -> _T:
        """``work()``, from its beginning if another transaction came in between."""
        for attempt in range(_TRIES):
            try:
                return work()
            except (IntegrityError, OperationalError) as error:
                code = getattr(error.orig, "sqlstate", None)
                if code not in _AGAIN:
                    if "locked" in str(error.orig):
                        break
                    raise
                time.sleep(0.01 * 2**attempt)
        raise Refused(503, "busy", BUSY)
