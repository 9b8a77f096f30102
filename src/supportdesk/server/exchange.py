"""The exchange: takes entries in one order, merges them by field, hands out rows and entries (DESIGN.md 5)."""

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError, OperationalError

from supportdesk.files import private_dir, private_file
from supportdesk.i18n import N_, language
from supportdesk.places import system_zone
from supportdesk.server import (
    asking,
    backups,
    enrolling,
    erased,
    erasing,
    granting,
    lease,
    membership,
    pulling,
    pushing,
    restoring,
    starting,
    surviving,
    tables,
)
from supportdesk.server import quarantine as quarantined
from supportdesk.server.newest import Newest
from supportdesk.server.pages import Pages
from supportdesk.server.restoring import Behind
from supportdesk.server.shapes import (
    Device,
    DeviceLine,
    EnrollAsk,
    ForkAsk,
    PullAsk,
    PushAsk,
    RecoverAsk,
    SurvivorsAsk,
)
from supportdesk.server.shapes import Refused as Refused
from supportdesk.store.clock import utc_now
from supportdesk.store.types import iso
from supportdesk.terms.entries import OLDEST, SCHEMA
from supportdesk.terms.errors import NotFound

BUSY = N_("The server is busy. Exchange again in a moment.")
NO_DEVICE = N_("There is no such console.")
FILE = "exchange.db"
_TRIES = 6
_AGAIN = frozenset({"40001", "40P01", "23505", "55P03"})
"""PostgreSQL's codes of two that wanted the same at once: the later one begins anew."""

_T = TypeVar("_T")
_log = logging.getLogger("supportdesk.server")


class Exchange:
    """One server's exchange; safe to use from many threads and, beside others, from many processes."""

    def __init__(self, engine: sqlalchemy.Engine, clock: Callable[[], datetime] = utc_now,
                 folder: Path | None = None) -> None:
        self.engine = engine
        self.clock = clock
        self.folder = folder
        self._pages = Pages()
        self._newest = Newest()

    @classmethod
    def open(cls, url_or_folder: str | Path, folder: Path | None = None) -> "Exchange":
        """The exchange of a data folder (``<folder>/exchange.db``, SQLite) or of a ``postgresql+psycopg://`` URL, then
        with the ``folder`` for what stands beside the database; made with its starter rows if there is none yet. Who
        was erased is erased again from one that was put back."""
        url = str(url_or_folder)
        if "://" not in url:
            folder = Path(url_or_folder)
            private_dir(folder)
            private_file(folder / FILE)
            url = f"sqlite:///{folder / FILE}"
        exchange = cls(tables.engine_for(url), folder=folder)
        starting.start(exchange.engine, language(), system_zone())
        erased.catch_up(exchange.engine, folder, exchange.clock())
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

    def enroll(self, ask: EnrollAsk, *, duty: bool = False) -> dict[str, Any]:
        """{server, epoch, secret, lease, prefix, scopes}; ``duty`` makes it the server's own. Refused 403 ``code`` or
        ``agent``, 400."""
        def work() -> dict[str, Any]:
            with self._writing() as conn:
                return enrolling.enroll(conn, ask, self.clock(), duty=duty)

        return self._again(work)

    def push(self, device: Device, ask: PushAsk,
             guard: Callable[[sqlalchemy.Connection], None] | None = None) -> dict[str, Any]:
        """{lease, head, results: [{id, n, r, seq, reason?, field?}]}; reasons are English message ids.

        A ``later`` one is to be sent again with its n after the server's update. ``guard`` is asked first, in the
        same transaction, and may refuse. Refused 409, 413."""
        reads = pushing.read_all(ask)

        def work() -> tuple[dict[str, Any], bool]:
            with self._writing() as conn:
                if guard is not None:
                    guard(conn)
                one = pushing.Push(conn, device, ask, reads, self.clock())
                return one.run(), one.has_erased

        answer, has_erased = self._noticing(lambda: self._again(work))
        if has_erased:
            self.finish_erasing()
        return answer

    def finish_erasing(self) -> None:
        """Keep the list of erasures beside the database, and make the last bytes go: see server/erased."""
        erased.finish(self.engine, self.folder)

    def forgotten(self) -> int:
        """How many persons were erased."""
        with tables.reading(self.engine) as conn:
            return int(conn.execute(select(tables.head.c.erasures)).scalar_one())

    def erasures(self) -> list[erased.ErasureLine]:
        """Who was erased, and which consoles have carried it out."""
        with tables.reading(self.engine) as conn:
            return erased.report(conn)

    def pull(self, device: Device, ask: PullAsk) -> dict[str, Any]:
        """{head, scopes, rows, entries} of one page: see server/pulling. Refused 403, 409."""
        def work() -> dict[str, Any]:
            with tables.reading(self.engine) as conn:
                head = pulling.standing(conn, device.id, ask.chain)
                answer = pulling.pull(conn, device, ask, head, self._pages, self._newest)
            if head.carried_out != ask.erased:
                with self._writing() as conn:
                    erased.note(conn, device.id, ask.erased)
            return answer

        return self._noticing(work)

    def recover(self, device: Device, ask: RecoverAsk) -> dict[str, Any]:
        """Take a console of an earlier epoch over: see server/restoring. Refused 409."""
        def work() -> dict[str, Any]:
            with self._writing() as conn:
                return restoring.recover(conn, device, ask)

        return self._noticing(lambda: self._again(work))

    def survivors(self, device: Device, ask: SurvivorsAsk) -> dict[str, Any]:
        """{taken}: rows this restored server was missing. Refused 403 ``proof``, 409."""
        def work() -> dict[str, Any]:
            with self._writing() as conn:
                return surviving.take(conn, device, ask, self.clock())

        return self._again(work)

    def fork(self, device: Device, ask: ForkAsk) -> dict[str, Any]:
        """{device, server, epoch, secret, lease, prefix}: an identity of its own for a copied console."""
        def work() -> dict[str, Any]:
            with self._writing() as conn:
                return enrolling.fork(conn, device, ask, self.clock())

        return self._again(work)

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

    def duties(self) -> Sequence[dict[str, Any]]:
        """How each duty stands: see server/lease."""
        with tables.reading(self.engine) as conn:
            return lease.duties(conn)

    def devices(self) -> list[DeviceLine]:
        with tables.reading(self.engine) as conn:
            return enrolling.devices(conn)

    def put_aside(self, bearer: str | None, ask: PushAsk) -> int:
        """Keep what a revoked device still sends. Returns the n up to which it is kept. Refused 401, 413."""
        def work() -> int:
            with self._writing() as conn:
                return quarantined.keep(conn, enrolling.proved(conn, bearer).id, ask, self.clock())

        return self._again(work)

    def in_quarantine(self) -> list[quarantined.Kept]:
        with tables.reading(self.engine) as conn:
            return quarantined.kept(conn)

    def accept(self, action: str) -> list[dict[str, Any]]:
        """Take an action out of quarantine; results as a push has them. Raises NotFound, NotReady."""
        def work() -> list[dict[str, Any]]:
            with self._writing() as conn:
                return quarantined.accept(conn, action, self.clock())

        return self._again(work)

    def drop(self, action: str) -> int:
        """Forget an action in quarantine; how many entries it had. Raises NotFound."""
        with self._writing() as conn:
            return quarantined.drop(conn, action)

    def revoke(self, id: str, *, wipe: bool = False) -> None:
        """From now on every call of this device is refused; ``wipe`` orders it to delete its desk with the next one.
        Raises NotFound."""
        d = tables.device
        with self._writing() as conn:
            done = conn.execute(
                d.update().where(d.c.id == id).values(
                    revoked_at=func.coalesce(d.c.revoked_at, iso(self.clock())), wipe=wipe)
            )
            if not done.rowcount:
                raise NotFound(NO_DEVICE)

    def status(self) -> dict[str, Any]:
        """{server, head: {epoch, seq, chain}, schema: {min, max}, devices, conflicts, rows, backup: {seq, at}, duties:
        [...]}; the newest entry in a proved backup and when it was made, None for never; duties as server/lease tells
        them."""
        with tables.reading(self.engine) as conn:
            head = conn.execute(select(tables.head)).one()
            live = tables.device.c.revoked_at.is_(None) & ~tables.device.c.duty
            return {
                "server": head.server,
                "head": {"epoch": head.epoch, "seq": head.seq, "chain": restoring.signed(head, head.seq, head.chain)},
                "schema": {"min": OLDEST, "max": SCHEMA},
                "devices": conn.execute(select(func.count()).select_from(tables.device).where(live)).scalar_one(),
                "conflicts": enrolling.open_conflicts(conn),
                "backup": {"seq": head.backup_seq, "at": head.backup_at},
                "duties": lease.duties(conn),
                "erasures": [line.told() for line in erased.report(conn)],
                "rows": conn.execute(
                    select(tables.scope_sum.columns["count"]).where(tables.scope_sum.c.scope == tables.OWN)
                ).scalar_one(),
            }

    def backup(self, target: Path) -> backups.ServerBackup:
        """A proved copy of everything in one file (server/backups), remembered for :meth:`status`."""
        made = backups.write(self.engine, target, self.clock())
        with self._writing() as conn:
            conn.execute(tables.head.update().values(backup_seq=made.seq, backup_at=made.made_at))
        return made

    def close(self) -> None:
        self.engine.dispose()

    @contextmanager
    def _writing(self) -> Iterator[sqlalchemy.Connection]:
        with tables.writing(self.engine) as conn:
            yield conn

    def _noticing(self, work: Callable[[], _T]) -> _T:
        """``work()``; a console that shows in it that this server held more once begins a new epoch."""
        try:
            return work()
        except Behind as behind:
            with self._writing() as conn:
                epoch = restoring.begin_epoch(conn, self.clock(), shown=behind.more["epoch"])
            _log.warning("a console has seen more than this server holds: it was restored from a backup. "
                         "Its consoles bring back what is missing")
            raise Refused(409, "epoch", restoring.EPOCH, epoch=epoch) from None

    def _again(self, work: Callable[[], _T]) -> _T:
        """``work()``, from its beginning if another transaction came in between."""
        for attempt in range(_TRIES):
            try:
                return work()
            except erasing.Overtaken:
                continue
            except (IntegrityError, OperationalError) as error:
                code = getattr(error.orig, "sqlstate", None)
                if code not in _AGAIN:
                    if "locked" in str(error.orig):
                        break
                    raise
                time.sleep(0.01 * 2**attempt)
        raise Refused(503, "busy", BUSY)
