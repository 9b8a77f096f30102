"""The console's side of the exchange: enrol, push what waits, pull what others did (DESIGN.md 5, field/sync.md 2).

Blocking, for one thread: the shell's ``sync`` or a worker of the console. No transaction is open while the network
is waited for; a process killed anywhere goes on where it was with the next exchange.
"""

import time
from collections.abc import Callable
from contextlib import closing, suppress
from datetime import datetime
from functools import cached_property
from hmac import compare_digest
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

import httpx

from supportdesk.i18n import _
from supportdesk.rules.text import safe
from supportdesk.store import database, enrolment, incoming, recovery
from supportdesk.store.clock import utc_now
from supportdesk.store.enrolment import Enrolment
from supportdesk.store.journal import Journal
from supportdesk.store.types import dumps, micros
from supportdesk.store.views import sync as view
from supportdesk.store.wiping import wipe
from supportdesk.sync import wire
from supportdesk.sync.lease import Hold
from supportdesk.sync.role import Role
from supportdesk.sync.rounds import Exchanged, Round, host_name, required
from supportdesk.sync.transport import ExchangeFailed, Line, server_url
from supportdesk.terms.entries import SCHEMA
from supportdesk.terms.errors import DeskError, Invalid

MUCH_AT_ONCE = ("cache_size = -16384", "wal_autocheckpoint = 4096")
"""kB and pages, for the connection that takes pages in: with what suits a save each of them would be written twice,
once into the log and at once from there into the file."""

TURN = 20.0
"""Seconds to wait for another console of this file that is exchanging: longer than one that was killed holds it."""
KNOCK = 0.2
"""Seconds between two looks whether it is through."""
LOOK_EVERY = 10.0
"""Seconds between two looks of a console that follows what others do."""
DUTY = 5.0
"""Seconds to wait for a console of this file that does a duty just now: longer than one takes."""


class LetIn(NamedTuple):
    """The enrolment; ``copied``: another file goes by this one's name there, so it has one of its own now."""

    there: Enrolment
    copied: bool


class Client:
    """One desk's way to its server. Raises DeskError (see the methods); ``transport`` is for tests and proxies."""

    def __init__(self, desk_path: Path, transport: httpx.BaseTransport | None = None,
                 clock: Callable[[], datetime] = utc_now) -> None:
        self.path = desk_path
        self.clock = clock
        self._transport = transport
        self._line: Line | None = None
        self._stopped = False
        self._asked: int | None = None  # see Round
        self._looked = float("-inf")  # when an exchange looked last, on the monotonic clock

    @cached_property
    def _journal(self) -> Journal:
        journal = Journal(self.path, clock=self.clock)
        for pragma in MUCH_AT_ONCE:
            journal.conn.execute(f"PRAGMA {pragma}")
        return journal

    def stop(self) -> None:
        """From any thread: what waits for the server fails with ``stopped`` at once."""
        self._stopped = True
        if self._line is not None:
            self._line.stop()

    def close(self) -> None:
        if self._line is not None:
            self._line.close()
            self._line = None
        if "_journal" in self.__dict__:
            self._journal.close()
            del self.__dict__["_journal"]

    def _now(self) -> int:
        return micros(self.clock())

    # enrolling

    def enroll(self, url: str, code: str) -> LetIn:
        """Make this desk known to the server with an admin's code. Raises Invalid, ExchangeFailed."""
        url, role = server_url(url), Role(self.path)
        if self._is_alone():  # it does its own duties until the server knows how far its past goes
            role.wait(DUTY)
        try:
            return self._enroll(url, code)
        finally:
            role.give_up()

    def _is_alone(self) -> bool:
        with closing(database.connect(self.path, reading=True)) as conn:
            return enrolment.former(conn) is None

    def _enroll(self, url: str, code: str) -> LetIn:
        with closing(database.connect(self.path, reading=True)) as conn:
            device, next_n, kind = conn.execute("SELECT id, next_n, kind FROM device").fetchone()
            asked, left = str(UUID(bytes=device)), enrolment.former(conn)
            if kind == "demo":
                raise Invalid(_("The demo is not exchanged with a server. Set up a desk of your own: "
                                "supportdesk init"), code="demo")
            body = dumps({
                "code": code.strip(), "device": asked, "name": host_name(),
                "schema": SCHEMA, "next_n": next_n, "lease": left.lease if left else "",
                "agents": [{"id": str(id), "login": login} for id, login in enrolment.introduced(conn)],
            })
        with Line(url, self._transport) as line:
            answer = line.post(wire.ENROLL, body)
        with self._journal.transaction() as conn:
            before = enrolment.former(conn)
            if before is not None and before.server != answer["server"]:
                raise Invalid(
                    _("This desk belongs to another server ({url}): its rows come from there. Enrol it there again, "
                      "or set up a new desk.").format(url=safe(before.url)), code="other_server")
            enrolment.enrol(conn, url, answer["server"], answer["secret"], answer["epoch"], answer["lease"],
                            answer["prefix"], self._now())
            given = answer.get("device", asked)
            if given != asked:
                recovery.go_by(conn, given)
            found = enrolment.enrolment(conn)
        assert found is not None
        return LetIn(found, given != asked)

    # exchanging

    def exchange(self, *, look: bool = True) -> Exchanged:
        """Push what waits and pull what is new, once; ``look`` at some of what came before, whether it is sound. Raises
        NotReady when the desk works alone, DeskError when it is paused, ExchangeFailed when it could not be done:
        everything is kept then, and what was done stays done; only after its code ``wiped`` is the desk gone, because
        its server ordered it."""
        hold = Hold(self._journal, self.clock)
        with hold.at_once() as conn:
            there = required(enrolment.enrolment(conn))
            if there.paused:
                raise DeskError(_("The exchange is paused. Go on with: supportdesk sync resume"), code="paused")
            hold.take(conn)
            one = Round(self.path, self.clock, there, hold, self._asked, look=look)
            one.begin(conn)
        try:
            done = self._exchange(one, there, hold)
        except ExchangeFailed as failed:
            if _wipe_ordered(failed, there):
                self.close()
                raise ExchangeFailed("wiped" if wipe(self.path) else "not_wiped") from None
            raise
        if look:
            self._looked = time.monotonic()
        return done

    def follow(self) -> Exchanged:
        """As :meth:`exchange`, for a console that follows what others do: it looks at what came before only now and
        then, for it exchanges every second while they work."""
        return self.exchange(look=time.monotonic() - self._looked >= LOOK_EVERY)

    def _exchange(self, one: Round, there: Enrolment, hold: Hold) -> Exchanged:
        try:
            done = one.all(self._line_to(there.url))
        except BaseException as failed:
            if isinstance(failed, ExchangeFailed) and failed.code not in ("taken", "stopped"):
                self.note_failure(failed.code)
            with suppress(DeskError):
                hold.let_go()
            raise
        self._asked = one.asked
        return done

    def note_failure(self, code: str) -> None:
        """Keep what went wrong, for whoever asks how it stands."""
        with self._journal.transaction() as conn:
            enrolment.note_failure(conn, code, self._now())

    def exchange_in_turn(self) -> Exchanged:
        """As :meth:`exchange`, after another console of this file that is at it just now."""
        until = time.monotonic() + TURN
        while True:
            try:
                return self.exchange()
            except ExchangeFailed as failed:
                if failed.code != "taken" or time.monotonic() > until:
                    raise
            time.sleep(KNOCK)

    def _line_to(self, url: str) -> Line:
        """The line to the server, kept from one exchange to the next."""
        if self._line is None or self._line.url != url:
            if self._line is not None:
                self._line.close()
            self._line = Line(url, self._transport)
        if self._stopped:
            self._line.stop()
        return self._line

    def take_over(self) -> None:
        """Exchange at once, whoever did so last: for a caller who knows that he has died."""
        with self._journal.transaction() as conn:
            enrolment.free(conn)

    def ask_ticket(self, number: str) -> bool:
        """Have an old ticket brought that an admin's window keeps from this desk: it stays from then on. False when
        the server has none of this number either, or nothing is kept from this desk. Raises ExchangeFailed,
        DeskError."""
        with closing(database.connect(self.path, reading=True)) as conn:
            there = enrolment.enrolment(conn)
            windowed = view.is_windowed(conn)
        if there is None or there.paused or not windowed:
            return False
        try:
            answer = self._line_to(there.url).get(wire.TICKET, there.secret, number=number)
        except ExchangeFailed as failed:
            if failed.code == "not_found":
                return False
            raise
        with self._journal.transaction() as conn:
            incoming.take_page(conn, answer | {"scopes": {}}, self._now())
        return True

    # saying how it stands

    def status(self) -> view.SyncStatus | None:
        """How it stands; None when the desk works alone."""
        with closing(database.connect(self.path, reading=True)) as conn:
            return view.status(conn)

    def pause(self) -> None:
        """Exchange nothing until :meth:`resume`."""
        self._pause(True)

    def resume(self) -> None:
        self._pause(False)

    def _pause(self, paused: bool) -> None:
        with self._journal.transaction() as conn:
            required(enrolment.enrolment(conn))
            enrolment.pause(conn, paused)

    def leave(self) -> None:
        """Work alone again. Everything that came stays; what waits goes out when it is enrolled there again."""
        with self._journal.transaction() as conn:
            required(enrolment.enrolment(conn))
            enrolment.leave(conn)


def _wipe_ordered(failed: ExchangeFailed, there: Enrolment) -> bool:
    """Whether its own server orders this console to delete its desk: a refusal alone never does. The line is
    authenticated (TLS, or this machine), and only who knows this console's secret can have made the order."""
    order = failed.more.get("wipe")
    return failed.code == "revoked" and isinstance(order, str) and compare_digest(
        order.encode(), wire.wipe_order(there.secret, there.server).encode())
