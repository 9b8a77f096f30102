"""One exchange from its beginning to its end: push, pull, look; past a server that was put back to an older state and
past being a copy (field/sync.md 2.5-2.9)."""

import gc
import socket
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from supportdesk.i18n import _
from supportdesk.store import database, enrolment, exchange, parting, recovery
from supportdesk.store.enrolment import Enrolment
from supportdesk.store.types import dumps, micros
from supportdesk.sync import wire
from supportdesk.sync.lease import Hold
from supportdesk.sync.transport import ExchangeFailed, Line
from supportdesk.terms.entries import SCHEMA
from supportdesk.terms.errors import NotReady

ROWS = 500
"""Rows of one pull and so of one transaction: a colleague who saves waits a tenth of a second at most."""

LOOKED_AT = 60
"""Images looked at after each exchange; all of them in turn, which a day's exchanges come through."""

NAME_LENGTH = 100


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


class Round:
    """One exchange, under the hold of the file."""

    def __init__(self, path: Path, clock: Callable[[], datetime], line: Line, hold: Hold) -> None:
        self._path = path
        self._clock = clock
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
            enrolment.note_end(conn, micros(self._clock()), checked)
        if held:
            raise ExchangeFailed("older_server")
        return Exchanged(self._pushed, self._pulled, self._refused, self._conflicts, self._mended,
                         self._clock(), self._brought_back, "fork" in self._met)

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
        told = self._ask_back()
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

    def _ask_back(self) -> dict[str, Any]:
        """What the restored server has of this desk; a copy whose original was there first asks as somebody else."""
        with closing(database.connect(self._path, reading=True)) as conn:
            seen = recovery.seen(conn)
        while True:
            try:
                return self._line.post(wire.RECOVER, dumps({
                    "epoch": self._epoch, "lease": self._lease, "chain": self._chain, "schema": SCHEMA, "seen": seen,
                }), self._secret)
            except ExchangeFailed as failed:
                if failed.code != "fork" or failed.code in self._met:
                    raise
                self._met.add(failed.code)
                self._become_another()

    def _offer_survivors(self, shared: int) -> None:
        """Offer the rows the server may be missing, whoever wrote them."""
        after = 0
        while True:
            with closing(database.connect(self._path, reading=True)) as conn:
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
        with closing(database.connect(self._path, reading=True)) as conn:
            past = recovery.past_waiting(conn)
        given = self._line.post(wire.FORK, dumps({
            "epoch": self._epoch, "name": host_name(), "schema": SCHEMA, "past": past,
        }), self._secret)
        with self._hold.step() as conn:
            self._answered = recovery.become(conn, given)
        self._secret, self._lease = given["secret"], given["lease"]

    def _push(self) -> bool:
        """Push what waits now, not what somebody saves meanwhile; True when the server does not know an entry yet."""
        with closing(database.connect(self._path, reading=True)) as conn:
            goal = exchange.newest(conn)
        shut_out: ExchangeFailed | None = None
        while self._answered < goal:
            with closing(database.connect(self._path, reading=True)) as conn:
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
                done = exchange.take_answer(conn, answer["results"], batch, micros(self._clock()))
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
            tidy()
        if shut_out is not None:
            raise shut_out
        return False

    def _push_head(self, batch: exchange.Batch) -> dict[str, Any]:
        told = {"epoch": self._epoch, "lease": self._lease, "first_n": batch.first_n, "schema": SCHEMA,
                "chain": self._chain}
        if self._shared is not None:
            with closing(database.connect(self._path, reading=True)) as conn:
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
            with closing(database.connect(self._path, reading=True)) as conn:
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
                self._pulled += exchange.take_page(conn, page, micros(self._clock()))
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
            tidy()

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
        with closing(database.connect(self._path, reading=True)) as conn:
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


def host_name() -> str:
    """What this machine calls itself, for an admin who looks at the list of consoles."""
    return socket.gethostname()[:NAME_LENGTH]


def required(found: Enrolment | None) -> Enrolment:
    """The enrolment. Raises NotReady when the desk works alone."""
    if found is None:
        raise NotReady(_("This desk works alone. An admin of your server gives you a code; then: "
                         "supportdesk sync enroll URL --code CODE"), code="alone")
    return found


def tidy() -> None:
    """Let go of the answer before. The library's answers hang together in rings, and a short command of the shell
    collects those at its end only (entry.py): of a long one they would be the whole desk. A console with screens
    collects when its keys rest (life.py)."""
    if gc.isenabled():
        gc.collect(0)
