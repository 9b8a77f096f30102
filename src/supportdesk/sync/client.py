"""The console's side of the exchange: enrol, push what waits, pull what others did (DESIGN.md 5, field/sync.md 2).

Blocking, for one thread: the shell's ``sync`` or a worker of the console. No transaction is open while the network
is waited for; a process killed anywhere goes on where it was with the next exchange.
"""

import gc
import socket
import time
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from hmac import compare_digest
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx

from supportdesk.i18n import _
from supportdesk.rules.text import safe
from supportdesk.store import database, enrolment, exchange, parting, recovery
from supportdesk.store.clock import utc_now
from supportdesk.store.enrolment import Enrolment
from supportdesk.store.journal import Journal
from supportdesk.store.types import dumps, micros
from supportdesk.store.views import sync as view
from supportdesk.store.wiping import wipe
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

TURN = 20.0
"""Seconds to wait for another console of this file that is exchanging: longer than one that was killed holds it."""
KNOCK = 0.2
"""Seconds between two looks whether it is through."""


@dataclass(frozen=True, slots=True)
class Exchanged:
    """What an exchange did. ``mended`` counts rows and images that had suffered in the file and were put right,
    ``brought_back`` what a server restored from a backup was missing and got from here; ``copied`` says that this file
    is a copy of another and has an identity of its own now."""

    pushed: int
    pulled: int
    refused: int
    conflicts: int
    mended: int
    at: datetime
    brought_back: int = 0
    copied: bool = False


class Client:
    """One desk's way to its server. Raises DeskError (see the methods); ``transport`` is for tests and proxies."""

    def __init__(self, desk_path: Path, transport: httpx.BaseTransport | None = None,
                 clock: Callable[[], datetime] = utc_now) -> None:
        self.path = desk_path
        self.clock = clock
        self._transport = transport
        self._line: Line | None = None
        self._stopped = False

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
        is paused, ExchangeFailed when it could not be done: everything is kept then, and what was done stays done; only
        after its code ``wiped`` is the desk gone, because its server ordered it."""
        with self._journal.transaction() as conn:
            there = required(enrolment.enrolment(conn))
        if there.paused:
            raise DeskError(_("The exchange is paused. Go on with: supportdesk sync resume"), code="paused")
        hold = Hold(self._journal, self.clock)
        with hold.step():
            _tidy()
        try:
            return self._exchange(there, hold)
        except ExchangeFailed as failed:
            if _wipe_ordered(failed, there):
                self.close()
                raise ExchangeFailed("wiped" if wipe(self.path) else "not_wiped") from None
            raise

    def _exchange(self, there: Enrolment, hold: Hold) -> Exchanged:
        try:
            done = _Run(self, self._line_to(there.url), hold).all()
        except ExchangeFailed as failed:
            if failed.code not in ("taken", "stopped"):
                self.note_failure(failed.code)
            raise
        finally:
            with suppress(DeskError):
                hold.let_go()
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
            exchange.take_page(conn, answer | {"scopes": {}}, self._now())
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


def required(found: Enrolment | None) -> Enrolment:
    """The enrolment. Raises NotReady when the desk works alone."""
    if found is None:
        raise NotReady(_("This desk works alone. An admin of your server gives you a code; then: "
                         "supportdesk sync enroll URL --code CODE"), code="alone")
    return found


def _tidy() -> None:
    """Let go of the answer before. The library's answers hang together in rings, and a short command of the shell
    collects those at its end only (entry.py): of a long one they would be the whole desk. A console with screens
    collects when its keys rest (life.py)."""
    if gc.isenabled():
        gc.collect(0)


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
        self._met: set[str] = set()
        self._shared: int | None = None  # while a restored server is brought up to date
        self._brought_back = 0
        with hold.step() as conn:
            there = required(enrolment.enrolment(conn))
        self._there = there
        self._secret, self._epoch, self._lease = there.secret, there.epoch, there.lease
        self._answered, self._chain = there.answered, there.chain

    def all(self) -> Exchanged:
        held = self._both_ways()
        checked = self._look()
        with self._hold.step() as conn:
            enrolment.note_end(conn, self._client._now(), checked)
        if held:
            raise ExchangeFailed("older_server")
        return Exchanged(self._pushed, self._pulled, self._refused, self._conflicts, self._mended,
                         self._client.clock(), self._brought_back, "fork" in self._met)

    def _both_ways(self) -> bool:
        """Push and pull, past a server that was restored and past being a copy, each met once; as :meth:`_push`."""
        while True:
            try:
                held = self._push()
                self._pull()
            except ExchangeFailed as failed:
                if failed.code not in ("epoch", "fork") or failed.code in self._met:
                    raise
                self._met.add(failed.code)
                if failed.code == "epoch":
                    self._recover()
                else:
                    self._become_another()
            else:
                return held

    def _recover(self) -> None:
        """The server was put back to an older state: send it what it is missing. Until that is done the file keeps
        the epoch it knew, so that an exchange that is cut begins with this again."""
        with closing(database.connect(self._client.path, reading=True)) as conn:
            seen = recovery.seen(conn)
        told = self._line.post(wire.RECOVER, dumps({
            "epoch": self._epoch, "lease": self._lease, "chain": self._chain, "schema": SCHEMA, "seen": seen,
        }), self._secret)
        if told["server"] != self._there.server:
            raise ExchangeFailed("other_server")
        self._epoch, self._lease = told["epoch"], told["lease"]
        shared = int(told["shared"])
        with self._hold.step() as conn:
            enrolment.renew_lease(conn, self._lease)
            if told["whole"]:
                self._chain = told["chain"]
                recovery.go_on(conn, self._epoch, self._chain)
                return
            self._answered = recovery.send_again(conn, told["last_n"], shared)
        self._chain, self._shared = None, shared
        self._push()
        if told["survivors"]:
            self._offer_survivors(shared)
        with self._hold.step() as conn:
            recovery.begin_anew(conn, self._epoch, shared)
        self._shared = None

    def _offer_survivors(self, shared: int) -> None:
        """Offer the rows the server may be missing, whoever wrote them."""
        after = 0
        while True:
            with closing(database.connect(self._client.path, reading=True)) as conn:
                rows = recovery.survivors(conn, shared, after, wire.SURVIVOR_ROWS)
            if not rows:
                return
            offered = ",".join(f'{{"entity":{dumps(entity)},"id":"{id}","rev":{rev},"doc":{doc}}}'
                               for _pk, entity, id, rev, doc in rows)
            head = dumps({"epoch": self._epoch, "schema": SCHEMA})
            answer = self._line.post(wire.SURVIVORS, f'{head[:-1]},"rows":[{offered}]}}', self._secret)
            self._brought_back += answer["taken"]
            after = rows[-1][0]
            with self._hold.step():
                pass

    def _become_another(self) -> None:
        """This file is a copy of another that exchanges too: go on under an identity of its own."""
        with closing(database.connect(self._client.path, reading=True)) as conn:
            past = recovery.past_waiting(conn)
        given = self._line.post(wire.FORK, dumps({
            "epoch": self._epoch, "name": socket.gethostname()[:NAME_LENGTH], "schema": SCHEMA, "past": past,
        }), self._secret)
        with self._hold.step() as conn:
            self._answered = recovery.become(conn, given)
        self._secret, self._lease = given["secret"], given["lease"]

    def _push(self) -> bool:
        """Push what waits now, not what somebody saves meanwhile; True when the server does not know an entry yet."""
        with closing(database.connect(self._client.path, reading=True)) as conn:
            goal = exchange.newest(conn)
        shut_out: ExchangeFailed | None = None
        while self._answered < goal:
            with closing(database.connect(self._client.path, reading=True)) as conn:
                batch = exchange.next_batch(conn, self._answered, self._most, wire.PUSH_BYTES)
            if batch is None:
                break
            with self._hold.step() as conn:
                exchange.mark_sent(conn, batch)
            told = self._push_head(batch)
            head = dumps(told)
            body = f'{head[:-1]},"entries":[{",".join(batch.entries)}]}}'
            try:
                answer = self._line.post(wire.PUSH, body, self._secret)
            except ExchangeFailed as failed:
                kept = failed.more.get("kept") or 0
                if failed.code == "revoked" and kept >= batch.first_n + len(batch.entries) - 1:
                    shut_out, self._answered = failed, batch.last  # an admin decides on it; hand over the rest, too
                elif not self._try_otherwise(failed, len(batch.entries)):
                    raise
                continue
            with self._hold.step() as conn:
                done = exchange.take_answer(conn, answer["results"], batch, self._client._now())
                enrolment.note_lease(conn, answer["lease"], done.place)
                if self._shared is None:
                    self._chain = answer["head"]["chain"]
                    enrolment.note_chain(conn, self._chain)
            self._lease, self._answered = answer["lease"], done.place
            self._pushed += done.confirmed
            self._brought_back += sum(place > 0 for place in told.get("former", ()))
            self._refused += done.refused
            self._conflicts += done.conflicts
            if done.held:
                return True
            _tidy()
        if shut_out is not None:
            raise shut_out
        return False

    def _push_head(self, batch: exchange.Batch) -> dict[str, Any]:
        told = {"epoch": self._epoch, "lease": self._lease, "first_n": batch.first_n, "schema": SCHEMA,
                "chain": self._chain}
        if self._shared is not None:
            with closing(database.connect(self._client.path, reading=True)) as conn:
                told["former"] = recovery.former(conn, batch, self._shared)
        return told

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
        """Pull until everything is there; a scope that then differs from the server's is pulled anew, once. What did
        not come again of a part that was begun anew is asked about, once."""
        doubtful: list[tuple[str, str]] | None = None
        while True:
            with closing(database.connect(self._client.path, reading=True)) as conn:
                cursors = exchange.cursors(conn)
            try:
                page = self._line.post(wire.PULL, dumps({
                    "epoch": self._epoch, "chain": self._chain, "cursors": cursors, "schema": SCHEMA, "limit": ROWS,
                } | ({"doubtful": doubtful} if doubtful else {})), self._secret)
            except ExchangeFailed as failed:
                if failed.code != "scope" or not self._give_back(cursors, failed.more):
                    raise
                continue
            with self._hold.step() as conn:
                self._pulled += exchange.take_page(conn, page, self._client._now())
                self._chain = page["head"]["chain"]
                enrolment.note_chain(conn, self._chain)
                whole = not any(place["more"] for place in page["scopes"].values())
                again = whole and self._differing(conn, page["scopes"])
                if whole and not again:
                    if doubtful is not None:
                        return
                    doubtful = parting.doubtful(conn, wire.DOUBTFUL_ROWS)
                    if not doubtful:
                        return
            _tidy()

    def _give_back(self, cursors: dict[str, int], told: dict[str, Any]) -> bool:
        """Let go of the scopes an admin took from this desk; what is left comes anew, as it is shown now. False when
        nothing was taken."""
        left = {str(scope) for scope in told.get("scopes") or ()}
        taken = [scope for scope in cursors if scope not in left]
        taken += [wire.ASKED] if taken else []
        for scope in taken:
            more = True
            while more:
                with self._hold.step() as conn:
                    more = parting.drop_some(conn, scope, ROWS)
        with self._hold.step() as conn:
            for scope in left & cursors.keys():
                exchange.forget_scope(conn, scope)
        return bool(taken)

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
