"""The console's side of the exchange: enrol, push what waits, pull what others did (DESIGN.md 5, field/sync.md 2).

Blocking, for one thread: the shell's ``sync`` or a worker of the console. No transaction is open while the network
is waited for; a process killed anywhere goes on where it was with the next exchange.
"""

import socket
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx

from supportdesk.i18n import _
from supportdesk.rules.text import safe
from supportdesk.store import database, enrolment, exchange
from supportdesk.store.clock import utc_now
from supportdesk.store.enrolment import Enrolment
from supportdesk.store.journal import Journal
from supportdesk.store.types import dumps, micros
from supportdesk.store.views import sync as view
from supportdesk.sync import wire
from supportdesk.sync.lease import Hold
from supportdesk.sync.transport import ExchangeFailed, Line, server_url
from supportdesk.terms.entries import SCHEMA
from supportdesk.terms.errors import DeskError, Invalid, NotReady

ROWS = 500
"""Rows of one pull and so of one transaction: a colleague who saves waits a tenth of a second at most."""

LOOKED_AT = 60
"""Images looked at after each exchange; all of them in turn, which a day's exchanges come through."""

MUCH_AT_ONCE = ("cache_size = -16384", "wal_autocheckpoint = 4096")
"""kB and pages, for the connection that takes pages in: with what suits a save each of them would be written twice,
once into the log and at once from there into the file."""

NAME_LENGTH = 100


@dataclass(frozen=True, slots=True)
class Exchanged:
    """What an exchange did. ``mended`` counts rows and images that had suffered in the file and were put right."""

    pushed: int
    pulled: int
    refused: int
    conflicts: int
    mended: int
    at: datetime


class Client:
    """One desk's way to its server. Raises DeskError (see the methods); ``transport`` is for tests and proxies."""

    def __init__(self, desk_path: Path, transport: httpx.BaseTransport | None = None,
                 clock: Callable[[], datetime] = utc_now) -> None:
        self.path = desk_path
        self.clock = clock
        self._transport = transport

    @cached_property
    def _journal(self) -> Journal:
        journal = Journal(self.path, clock=self.clock)
        for pragma in MUCH_AT_ONCE:
            journal.conn.execute(f"PRAGMA {pragma}")
        return journal

    def close(self) -> None:
        if "_journal" in self.__dict__:
            self._journal.close()
            del self.__dict__["_journal"]

    def _now(self) -> int:
        return micros(self.clock())

    # enrolling

    def enroll(self, url: str, code: str) -> Enrolment:
        """Make this desk known to the server with an admin's code. Raises Invalid, ExchangeFailed."""
        url = server_url(url)
        with closing(database.connect(self.path, reading=True)) as conn:
            device, next_n, kind = conn.execute("SELECT id, next_n, kind FROM device").fetchone()
            if kind == "demo":
                raise Invalid(_("The demo is not exchanged with a server. Set up a desk of your own: "
                                "supportdesk init"), code="demo")
            body = dumps({
                "code": code.strip(), "device": str(UUID(bytes=device)), "name": socket.gethostname()[:NAME_LENGTH],
                "schema": SCHEMA, "next_n": next_n,
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
            found = enrolment.enrolment(conn)
        assert found is not None
        return found

    # exchanging

    def exchange(self) -> Exchanged:
        """Push what waits and pull what is new, once. Raises NotReady when the desk works alone, DeskError when it
        is paused, ExchangeFailed when it could not be done: everything is kept then, and what was done stays done."""
        with self._journal.transaction() as conn:
            there = required(enrolment.enrolment(conn))
        if there.paused:
            raise DeskError(_("The exchange is paused. Go on with: supportdesk sync resume"), code="paused")
        hold = Hold(self._journal, self.clock)
        with hold.step():
            pass
        try:
            with Line(there.url, self._transport) as line:
                done = _Run(self, line, hold).all()
        except ExchangeFailed as failed:
            if failed.code != "taken":
                with self._journal.transaction() as conn:
                    enrolment.note_failure(conn, failed.code, self._now())
            raise
        finally:
            with suppress(DeskError):
                hold.let_go()
        return done

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


def required(found: Enrolment | None) -> Enrolment:
    """The enrolment. Raises NotReady when the desk works alone."""
    if found is None:
        raise NotReady(_("This desk works alone. An admin of your server gives you a code; then: "
                         "supportdesk sync enroll URL --code CODE"), code="alone")
    return found


class _Run:
    """One exchange, under the hold of the file."""

    def __init__(self, client: Client, line: Line, hold: Hold) -> None:
        self._client = client
        self._line = line
        self._hold = hold
        self._pushed = self._pulled = self._refused = self._conflicts = self._mended = 0
        self._most = wire.PUSH_ENTRIES
        self._moved = False
        self._anew = False
        with hold.step() as conn:
            there = required(enrolment.enrolment(conn))
        self._there = there
        self._secret, self._epoch, self._lease = there.secret, there.epoch, there.lease
        self._answered, self._chain = there.answered, there.chain

    def all(self) -> Exchanged:
        held = self._push()
        self._pull()
        checked = self._look()
        with self._hold.step() as conn:
            enrolment.note_end(conn, self._client._now(), checked)
        if held:
            raise ExchangeFailed("older_server")
        return Exchanged(self._pushed, self._pulled, self._refused, self._conflicts, self._mended,
                         self._client.clock())

    def _push(self) -> bool:
        """Push what waits now, not what somebody saves meanwhile; True when the server does not know an entry yet."""
        with closing(database.connect(self._client.path, reading=True)) as conn:
            goal = exchange.newest(conn)
        while self._answered < goal:
            with closing(database.connect(self._client.path, reading=True)) as conn:
                batch = exchange.next_batch(conn, self._answered, self._most, wire.PUSH_BYTES)
            if batch is None:
                return False
            with self._hold.step() as conn:
                exchange.mark_sent(conn, batch)
            head = dumps({"epoch": self._epoch, "lease": self._lease, "first_n": batch.first_n, "schema": SCHEMA})
            body = f'{head[:-1]},"entries":[{",".join(batch.entries)}]}}'
            try:
                answer = self._line.post(wire.PUSH, body, self._secret)
            except ExchangeFailed as failed:
                if not self._try_otherwise(failed, len(batch.entries)):
                    raise
                continue
            with self._hold.step() as conn:
                done = exchange.take_answer(conn, answer["results"], batch, self._client._now())
                enrolment.note_lease(conn, answer["lease"], done.place)
            self._lease, self._answered = answer["lease"], done.place
            self._pushed += done.confirmed
            self._refused += done.refused
            self._conflicts += done.conflicts
            if done.held:
                return True
        return False

    def _try_otherwise(self, failed: ExchangeFailed, size: int) -> bool:
        """Whether the push is tried again, smaller or from where the server wants it."""
        if failed.code == "too_large" and size > 1 and self._most > 1:
            self._most = max(1, min(self._most, size) // 2)
            return True
        if failed.code == "gap" and not self._moved:
            self._moved = True
            with self._hold.step() as conn:
                place = exchange.place_before(conn, int(failed.more.get("expected") or 0))
                if place is not None:
                    enrolment.note_place(conn, place)
                    self._answered = place
            return place is not None
        return False

    def _pull(self) -> None:
        """Pull until everything is there; a scope that then differs from the server's is pulled anew, once."""
        while True:
            with closing(database.connect(self._client.path, reading=True)) as conn:
                cursors = {wire.OWN: 0} | exchange.cursors(conn)
            page = self._line.post(wire.PULL, dumps({
                "epoch": self._epoch, "chain": self._chain, "cursors": cursors, "schema": SCHEMA, "limit": ROWS,
            }), self._secret)
            with self._hold.step() as conn:
                self._pulled += exchange.take_page(conn, page, self._client._now())
                self._chain = page["head"]["chain"]
                enrolment.note_chain(conn, self._chain)
                whole = not any(place["more"] for place in page["scopes"].values())
                again = whole and self._differing(conn, page["scopes"])
            if whole and not again:
                return

    def _differing(self, conn: Any, scopes: dict[str, Any]) -> bool:
        """Begin scopes anew that are not what the server holds. Raises ExchangeFailed when that has not helped."""
        differing = [scope for scope, place in scopes.items() if exchange.differs(conn, scope, place)]
        if not differing:
            return False
        if self._anew:
            raise ExchangeFailed("sums")
        self._begin_anew(conn, differing)
        return True

    def _begin_anew(self, conn: Any, scopes: list[str]) -> None:
        self._anew = True
        self._mended += 1
        for scope in scopes:
            exchange.forget_scope(conn, scope)

    def _look(self) -> int:
        """Look at some of the rows that came; mend what has suffered. Returns where the next look begins."""
        with closing(database.connect(self._client.path, reading=True)) as conn:
            conn.execute("BEGIN")
            looked = exchange.look(conn, self._there.checked, LOOKED_AT)
            cursors = list(exchange.cursors(conn))
        if looked.damaged and not self._anew:
            with self._hold.step() as conn:
                self._begin_anew(conn, cursors)
            self._pull()
        if looked.astray:
            with self._hold.step() as conn:
                for entity, id in looked.astray:
                    exchange.relay(conn, entity, id)
            self._mended += len(looked.astray)
        return looked.place
