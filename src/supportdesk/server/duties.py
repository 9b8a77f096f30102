"""The server does some things by itself: one runner, in whichever of its processes holds the lease (DESIGN.md 3, 5).

One thread looks, does what is due and sleeps until the next instant; another keeps the lease meanwhile. What was begun
when the process was killed is begun again by whoever holds the lease next, and is there once: entries by their fixed
ids, backups by their names.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy

from supportdesk.places import system_zone
from supportdesk.rules import nightly
from supportdesk.server import breaches, keeping, offers, replica
from supportdesk.server.exchange import Exchange
from supportdesk.server.lease import HELD, Lease
from supportdesk.server.replica import Replica
from supportdesk.server.shapes import Refused
from supportdesk.store.types import iso, uuid7
from supportdesk.terms.errors import DeskError

LOOK = 5.0
"""Seconds between two looks at whether there is something new; a duty that is due does not wait for one."""
AGAIN = timedelta(minutes=1)
"""After which a duty that failed is tried again."""

HANDOFFS, BREACHES, BACKUP, RETENTION = "handoffs", "breaches", "backup", "retention"

_log = logging.getLogger("supportdesk.server")


class Runner:
    """Runs the duties of ``exchange`` as long as this process holds their lease; ``folder`` is the server's own, for
    its backups and its desk file."""

    def __init__(self, exchange: Exchange, folder: Path) -> None:
        self._exchange = exchange
        self._folder = folder
        self._zone = ZoneInfo(system_zone())
        self._lease = Lease(exchange.engine, str(uuid7()))
        self._held = False
        self._replica: Replica | None = None
        self._forgotten = 0  # how many erased persons the server's own desk file knows to be erased
        self._offers = offers.Watch()
        self._broken = breaches.Watch()
        self._ended = threading.Event()
        self._next: dict[str, datetime | None] = {}
        self._threads = [threading.Thread(target=each, name=name, daemon=True) for name, each in
                         (("duties", self._work), ("duties-lease", self._keep))]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self, patience: float) -> None:
        """End after what is being done; wait for it ``patience`` seconds at most."""
        self._ended.set()
        for thread in self._threads:
            thread.join(patience)

    # the lease

    def _keep(self) -> None:
        while not self._ended.wait(HELD.total_seconds() / 3):
            if self._held:
                with suppress(sqlalchemy.exc.SQLAlchemyError):
                    self._held = self._lease.hold()

    def _holds(self) -> bool:
        if not self._held:
            self._held = self._lease.hold()
            if self._held:
                self._next.clear()
                self._offers = offers.Watch()
                if self._replica is not None:
                    self._replica.take_over()
        return self._held

    # the work

    def _work(self) -> None:
        pause = 0.0
        while not self._ended.wait(pause):
            pause = LOOK
            try:
                if self._holds():
                    pause = self._turn()
            except Refused:
                self._held = False
            except sqlalchemy.exc.SQLAlchemyError:
                self._held = False  # the database is away, which others say
            except Exception:  # noqa: BLE001 (the others go on; the log says where)
                _log.exception("a duty went wrong")
        with suppress(sqlalchemy.exc.SQLAlchemyError):
            if self._held:
                self._lease.let_go()
        if self._replica is not None:
            self._replica.close()

    def _turn(self) -> float:
        """Do what is due; seconds until something may be again."""
        self._handoffs()
        self._breaches()
        self._forget()
        for duty, work in ((BACKUP, self._back_up), (RETENTION, self._drop)):
            if self._ended.is_set():
                break
            self._each_night(duty, work)
        now = self._exchange.clock()
        waits = [(at - now).total_seconds() for at in self._next.values() if at is not None]
        return max(0.05, min([LOOK, *waits]))

    def _handoffs(self) -> None:
        now = self._exchange.clock()
        wake = self._offers.wake(self._exchange)
        if wake is None or wake > now:
            self._next_is(HANDOFFS, wake)
            return
        self._do(HANDOFFS, wake, self._tend)

    def _breaches(self) -> None:
        now = self._exchange.clock()
        if self._broken.wakes(self._exchange, now):
            self._do(BREACHES, now, self._note_breaches)

    def _own(self) -> Replica:
        """The server's own desk file, of this process from now on."""
        if self._replica is None:
            self._replica = Replica(self._exchange, self._folder, self._lease.guard, self._exchange.clock)
            self._replica.take_over()
        return self._replica

    def _forget(self) -> None:
        """Persons who were erased go out of the server's own desk file, too, if there is one."""
        erased = self._exchange.forgotten()
        if erased <= self._forgotten or not replica.file_in(self._folder).is_file():
            return
        try:
            self._own().exchange()
            self._forgotten = erased
        except DeskError as failed:
            _log.warning("persons who were erased are still in the server's own desk file (%s)", failed.code)

    def _tend(self) -> tuple[datetime | None, float]:
        from supportdesk.desk.duties import tend_handoffs

        own = self._own()
        own.exchange()
        desk = own.desk()
        try:
            tended = tend_handoffs(desk)
        finally:
            desk.close()
        if tended.done:
            own.exchange()
            _log.info("unanswered handoffs: %s", tended.done)
        self._offers.seen(self._exchange, tended.next_at)
        return tended.next_at, tended.late_s

    def _note_breaches(self) -> tuple[datetime | None, float]:
        own = self._own()
        own.exchange()
        desk = own.desk()
        try:
            tended = self._broken.tend(desk)
        finally:
            desk.close()
        if tended.done:
            own.exchange()
            _log.info("missed promises: %s", tended.done)
        return tended.next_at, tended.late_s

    def _each_night(self, duty: str, work: Callable[[datetime], None]) -> None:
        now = self._exchange.clock()
        if duty not in self._next:
            self._next[duty] = self._lease.next_at(duty)
        due = self._next[duty]
        if due is None:  # never looked at: nothing was due before there was a server
            self._next_is(duty, nightly.next_night(now, self._zone))
        elif due <= now:
            night = nightly.last_night(now, self._zone)

            def do() -> tuple[datetime, float]:
                work(night)
                return nightly.next_night(now, self._zone), (now - due).total_seconds()

            self._do(duty, due, do)

    def _back_up(self, night: datetime) -> None:
        keeping.back_up(self._exchange, self._folder, night)

    def _drop(self, _night: datetime) -> None:
        keeping.drop(self._exchange, self._folder)

    # what is remembered of it

    def _do(self, duty: str, due: datetime, work: Callable[[], tuple[datetime | None, float]]) -> None:
        began = self._exchange.clock()
        try:
            next_at, late = work()
        except (DeskError, OSError) as failed:
            again = began + AGAIN
            code = failed.code if isinstance(failed, DeskError) else type(failed).__name__
            _log.error("the duty %s failed (%s) and is tried again", duty, code)
            if duty == HANDOFFS:
                self._offers.again(again)
            self._note(duty, next_at=again, failed=code[:40])
            return
        self._note(duty, next_at=next_at, failed=None, due_at=iso(due), ran_at=iso(self._exchange.clock()),
                   late_ms=round(late * 1000))

    def _next_is(self, duty: str, next_at: datetime | None) -> None:
        if self._next.get(duty, next_at) != next_at or duty not in self._next:
            self._note(duty, next_at=next_at)

    def _note(self, duty: str, *, next_at: datetime | None, **values: Any) -> None:
        self._lease.note(duty, next_at=None if next_at is None else iso(next_at), **values)
        self._next[duty] = next_at
