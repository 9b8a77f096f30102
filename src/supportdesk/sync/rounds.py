"""One exchange from its beginning to its end: push, pull, look; past a server that was put back to an older state and
past being a copy (field/sync.md 2.5-2.9)."""

import socket
from collections.abc import Callable
from contextlib import closing, nullcontext, suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from sqlite3 import Connection
from typing import Any

from supportdesk.i18n import _
from supportdesk.rules.schema import STEPS
from supportdesk.store import (
    answers,
    database,
    enrolment,
    erasing,
    erasures,
    held,
    incoming,
    looking,
    outgoing,
    parting,
    recovery,
    relaying,
    scopes,
)
from supportdesk.store.enrolment import Enrolment
from supportdesk.store.types import dumps, micros
from supportdesk.sync import wire
from supportdesk.sync.lease import Hold
from supportdesk.sync.transport import Ahead, ExchangeFailed, Line
from supportdesk.terms.entries import SCHEMA
from supportdesk.terms.errors import NotReady

ROWS = 500
"""Rows of one pull and so of one transaction: a colleague who saves waits a tenth of a second at most."""

LOOKED_AT = 60
"""Images looked at after each exchange; all of them in turn, which a day's exchanges come through."""

BESIDE = 100
"""Entries of a push beside which is pulled: while the server takes so many there is time to take in what others did."""

NAME_LENGTH = 100

FIRST = 1
"""The version of entries of a server that does not tell it: the first released ones did not."""


@dataclass(frozen=True, slots=True)
class Exchanged:
    """What an exchange did. ``mended`` counts rows and images that had suffered in the file and were put right,
    ``brought_back`` what a server restored from a backup was missing and got from here; ``copied`` says that this file
    is a copy of another and has an identity of its own now, ``held`` how many own changes wait until an older server is
    updated."""

    pushed: int
    pulled: int
    refused: int
    conflicts: int
    mended: int
    at: datetime
    brought_back: int = 0
    copied: bool = False
    held: int = 0


class Round:
    """One exchange, under the hold of the file. ``asked`` is the version of entries of the server that was asked
    last for those that wait for its update; afterwards :attr:`asked` is the one now. ``look`` at some of what came
    before. Its last step lets go of the hold."""

    def __init__(self, path: Path, clock: Callable[[], datetime], there: Enrolment, hold: Hold,
                 asked: int | None = None, *, look: bool = True) -> None:
        self._path = path
        self._clock = clock
        self._there = there
        self._hold = hold
        self._pushed = self._pulled = self._refused = self._conflicts = self._mended = 0
        self._most = wire.PUSH_ENTRIES
        self.asked = asked
        self._held = 0
        self._server: int | None = None  # the version of entries it knows, as far as it has been asked
        self._moved = False
        self._anew = self._told = self._ended = False
        self._looks = look
        self._met: set[str] = set()
        self._shared: int | None = None  # while a restored server is brought up to date
        self._brought_back = 0
        self._secret, self._epoch, self._lease = there.secret, there.epoch, there.lease
        self._answered, self._chain = there.answered, there.chain
        self._seen = 0  # the place it stands for, of what this exchange was told
        self._goal = 0
        self._batch: outgoing.Batch | None = None
        self._first: Ahead | None = None  # of the pages, asked for while the last push is written down
        self._next: dict[str, Any] | None = None  # the same, when it is here already
        self._cursors: dict[str, int] = {}

    def begin(self, conn: Connection) -> None:
        """In the transaction that took the hold: what goes out first, and from where on is pulled."""
        self._begin_push(conn)
        self._cursors = scopes.cursors(conn)

    def all(self, line: Line) -> Exchanged:
        """Once :meth:`begin` is on disk."""
        self._line = line
        self._both_ways()
        self._send_held()
        if not self._ended:
            self._look()
        return Exchanged(self._pushed, self._pulled, self._refused, self._conflicts, self._mended,
                         self._clock(), self._brought_back, "fork" in self._met, self._held)

    def _both_ways(self) -> None:
        """Push and pull, past a server that was restored and past being a copy, each met once."""
        while True:
            try:
                self._push()
                self._held = held.count(self._hold.reader)
                self._pull(last=not self._held)
            except ExchangeFailed as failed:
                if failed.code not in ("epoch", "fork") or failed.code in self._met:
                    raise
                self._met.add(failed.code)
                if failed.code == "epoch":
                    self._recover()
                else:
                    self._become_another()
                with self._hold.step() as conn:
                    self.begin(conn)
            else:
                return

    def _send_held(self) -> None:
        """Send again what waited for the server's update, once for each version of it that is met, and fetch what came
        of it."""
        self._held = held.count(self._hold.reader)
        if self._held and self._server != self.asked:
            after, pushed = 0, self._pushed
            while True:
                batch = outgoing.held_batch(self._hold.reader, after, self._most, wire.PUSH_BYTES, self._version)
                if batch is None:
                    break
                self._send(batch, self._answered)
                after = batch.last
            if self._pushed > pushed:
                self._pull()
            self._held = held.count(self._hold.reader)
        self.asked = self._server

    def _recover(self) -> None:
        """The server was put back to an older state: send it what it is missing. Until that is done the file keeps
        the epoch it knew, so that an exchange that is cut begins with this again."""
        told = self._ask_back()
        if told["server"] != self._there.server:
            raise ExchangeFailed("other_server")
        self._epoch, self._lease, self._seen = told["epoch"], told["lease"], 0
        shared = int(told["shared"])
        with self._hold.step() as conn:
            enrolment.renew_lease(conn, self._lease)
            if told["whole"]:
                self._chain = told["chain"]
                recovery.go_on(conn, self._epoch, self._chain)
                return
            self._answered = recovery.send_again(conn, told["last_n"], shared)
            self._begin_push(conn)
        self._chain, self._shared = None, shared
        self._push()
        if told["survivors"]:
            self._offer_survivors(shared)
        with self._hold.step() as conn:
            recovery.begin_anew(conn, self._epoch, shared)
        self._shared = None

    def _ask_back(self) -> dict[str, Any]:
        """What the restored server has of this desk; a copy whose original was there first asks as somebody else."""
        seen = recovery.seen(self._hold.reader)
        while True:
            try:
                return self._line.post(wire.RECOVER, dumps({
                    "epoch": self._epoch, "lease": self._lease, "chain": self._chain, "schema": SCHEMA, "seen": seen,
                }), self._secret)
            except ExchangeFailed as failed:
                if failed.code != "fork" or failed.code in self._met:
                    raise
                self._met.add(failed.code)
                self._become_another_whole()

    def _offer_survivors(self, shared: int) -> None:
        """Offer the rows the server may be missing, whoever wrote them."""
        after = 0
        while True:
            rows = recovery.survivors(self._hold.reader, shared, after, wire.SURVIVOR_ROWS)
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
        given = self._identity(recovery.past_waiting(self._hold.reader))
        with self._hold.step() as conn:
            self._answered = recovery.become(conn, given)

    def _become_another_whole(self) -> None:
        """The same, with all its own entries: a restored server may have lost any of them."""
        given = self._identity(recovery.past(self._hold.reader))
        with self._hold.step() as conn:
            recovery.become_whole(conn, given)

    def _identity(self, past: int) -> dict[str, Any]:
        """One of its own; ``past`` of the entries that go with it were written before the desk was enrolled."""
        given = self._line.post(wire.FORK, dumps({
            "epoch": self._epoch, "name": host_name(), "schema": SCHEMA, "past": past,
        }), self._secret)
        self._secret, self._lease = given["secret"], given["lease"]
        return given

    def _begin_push(self, conn: Connection) -> None:
        """What waits now is pushed, not what somebody saves meanwhile."""
        self._goal = outgoing.newest(conn)
        if not STEPS:
            self._go_on_pushing(conn)

    def _go_on_pushing(self, conn: Connection, prepared: outgoing.Batch | None = None) -> None:
        """The next entries are on their way; they are when the transaction is on disk."""
        self._batch = None
        if prepared is not None and prepared.after == self._answered:
            self._batch = prepared
        elif self._answered < self._goal:
            self._batch = outgoing.next_batch(conn, self._answered, self._most, wire.PUSH_BYTES, self._version)
        if self._batch is not None:
            outgoing.mark_sent(conn, self._batch)

    def _told_about(self, told: dict[str, Any], batch: outgoing.Batch) -> tuple[dict[str, Any], outgoing.Batch | None]:
        """The server's answer to a push, and the batch after it, made ready meanwhile."""
        last = batch.last >= self._goal
        push = partial(self._line.post, wire.PUSH, _body(told, batch), self._secret)
        if last:
            large = len(batch.entries) >= BESIDE and self._shared is None
            return self._push_beside(push, told["erased"]) if large else push(), None
        with Ahead(self._line, push) as call:
            prepared = outgoing.next_batch(self._hold.reader, batch.last, self._most, wire.PUSH_BYTES, self._version)
            return call.answer(), prepared

    def _push_beside(self, push: Callable[[], dict[str, Any]], erased: int) -> dict[str, Any]:
        """The answer to a last push; while the server takes it, what others did until then is taken in, and after it
        what came of it is asked for at once."""
        reached: SimpleQueue[dict[str, int]] = SimpleQueue()

        def both() -> dict[str, Any]:
            answer, after = push(), reached.get()
            with suppress(ExchangeFailed):  # asked for again, and met again, when the answer is written down
                self._next = self._page(after, erased)
            return answer

        with Ahead(self._line, both) as call:
            cursors = self._cursors
            page: dict[str, Any] | None = None
            try:
                with suppress(ExchangeFailed):
                    page = self._page(cursors, erased, line=self._line.second())
                    if page.get("erasures"):
                        page = None
                    else:
                        cursors = {scope: place["seq"] for scope, place in page["scopes"].items()}
            finally:
                reached.put(cursors)
            if page is not None and cursors != self._cursors:
                with self._hold.step() as conn:
                    self._pulled += incoming.take_page(conn, page, micros(self._clock()))
                    self._note_head(page["head"])
                    enrolment.note_chain(conn, self._chain)
                    self._cursors = scopes.cursors(conn)
            answer = call.answer()
        if self._cursors != cursors:
            self._next = None
        return answer

    def _push(self) -> None:
        """Push what waits, from the batch that is on its way."""
        if STEPS and self._batch is None and self._answered < self._goal:
            self._ask_version()
            with self._hold.step() as conn:
                self._go_on_pushing(conn)
        shut_out: ExchangeFailed | None = None
        while (batch := self._batch) is not None:
            told = self._push_head(batch)
            try:
                answer, prepared = self._told_about(told, batch)
            except ExchangeFailed as failed:
                kept = failed.more.get("kept") or 0
                if failed.code == "revoked" and kept >= batch.first_n + len(batch.entries) - 1:
                    shut_out, self._answered = failed, batch.last  # an admin decides on it; hand over the rest, too
                elif not self._try_otherwise(failed, len(batch.entries)):
                    raise
                with self._hold.step() as conn:
                    self._go_on_pushing(conn)
                continue
            self._note_head(answer["head"])
            if batch.last >= self._goal and self._shared is None and self._next is None:
                # what others did comes while this is written down
                self._first = Ahead(self._line, partial(self._page, self._cursors, told["erased"]))
            with self._first or nullcontext(), self._hold.step(at_once=self._next is not None) as conn:
                self._take_answer(conn, batch, told, answer, batch.last)
                self._go_on_pushing(conn, prepared)
        if shut_out is not None:
            raise shut_out

    @property
    def _version(self) -> int:
        """The version of entries of the server, today's where nothing is known of it."""
        return SCHEMA if self._server is None else self._server

    def _ask_version(self) -> None:
        """Every pull tells it; before the first one it is asked for only where a field was renamed since any release:
        else there is nothing to say otherwise."""
        if self._server is None:
            with suppress(ExchangeFailed):  # the push will say why
                self._server = int(self._line.get(wire.STATUS, self._secret)["schema"]["max"])

    def _send(self, batch: outgoing.Batch, answered: int) -> None:
        """Send a batch again and take the answer; the server has answered up to place ``answered`` then."""
        told = self._push_head(batch)
        answer = self._line.post(wire.PUSH, _body(told, batch), self._secret)
        self._note_head(answer["head"])
        with self._hold.step() as conn:
            self._take_answer(conn, batch, told, answer, answered)

    def _note_head(self, head: dict[str, Any]) -> None:
        """What this console has seen of the order, the later of what two calls at a time are told."""
        if self._shared is None and head["seq"] >= self._seen:
            self._chain, self._seen = head["chain"], head["seq"]

    def _take_answer(self, conn: Connection, batch: outgoing.Batch, told: dict[str, Any], answer: dict[str, Any],
                     answered: int) -> None:
        done = answers.take_answer(conn, answer["results"], batch, micros(self._clock()))
        enrolment.note_lease(conn, answer["lease"], answered)
        if self._shared is None:
            enrolment.note_chain(conn, self._chain)
        self._lease, self._answered = answer["lease"], answered
        self._pushed += done.confirmed
        self._brought_back += sum(place > 0 for place in told.get("former", ()))
        self._refused += done.refused
        self._conflicts += done.conflicts

    def _push_head(self, batch: outgoing.Batch) -> dict[str, Any]:
        told = {"epoch": self._epoch, "lease": self._lease, "first_n": batch.first_n, "schema": SCHEMA,
                "chain": self._chain, "erased": self._erased()}
        if self._shared is not None:
            told["former"] = recovery.former(self._hold.reader, batch, self._shared)
        return told

    def _try_otherwise(self, failed: ExchangeFailed, size: int) -> bool:
        """Whether the push is tried again, smaller or from where the server wants it."""
        if failed.code == "too_large" and size > 1 and self._most > 1:
            self._most = max(1, min(self._most, size) // 2)
            return True
        if failed.code == "gap" and not self._moved:
            self._moved = True
            with self._hold.step() as conn:
                place = outgoing.place_before(conn, int(failed.more.get("expected") or 0))
                if place is not None:
                    enrolment.note_place(conn, place)
                    self._answered = place
            return place is not None
        return False

    def _pull(self, *, last: bool = False) -> None:
        """Pull until everything is there; a scope that then differs from the server's is pulled anew, once. What did
        not come again of a part that was begun anew is asked about, once. The ``last`` page of an exchange that has
        nothing to mend ends it."""
        doubtful: list[tuple[str, str]] | None = None
        ahead, self._first = self._first, None
        here, self._next = self._next, None
        whole, erased = False, self._erased()
        while not whole:
            cursors = self._cursors
            try:
                page = here or (ahead.answer() if ahead is not None else self._page(cursors, erased, doubtful))
            except ExchangeFailed as failed:
                ahead = None
                if failed.code != "scope" or not self._give_back(cursors, failed.more):
                    raise
                continue
            self._server = int(page.get("schema", FIRST))
            self._chain = page["head"]["chain"]
            orders = page.get("erasures") or ()
            whole = not any(place["more"] for place in page["scopes"].values())
            ahead = here = None
            if not whole and not orders:
                reached = {scope: place["seq"] for scope, place in page["scopes"].items()}
                ahead = Ahead(self._line, partial(self._page, cursors | reached, erased))
            with ahead or nullcontext(), self._hold.step() as conn:
                erasing.take(conn, orders)
                self._pulled += incoming.take_page(conn, page, micros(self._clock()))
                enrolment.note_chain(conn, self._chain)
                if whole and self._differing(conn, page["scopes"]):
                    whole = False
                elif orders and not self._told:
                    self._told, whole = True, False  # the server is told at once that it is done
                elif whole and doubtful is None:
                    doubtful = parting.doubtful(conn, wire.DOUBTFUL_ROWS)
                    whole = not doubtful
                self._cursors = scopes.cursors(conn)
                if whole and last:
                    self._end_if_sound(conn)
            if orders:
                erased = self._erased()

    def _page(self, cursors: dict[str, int], erased: int, doubtful: list[tuple[str, str]] | None = None,
              line: Line | None = None) -> dict[str, Any]:
        return (line or self._line).post(wire.PULL, dumps({
            "epoch": self._epoch, "chain": self._chain, "cursors": cursors, "schema": SCHEMA, "limit": ROWS,
            "erased": erased,
        } | ({"doubtful": doubtful} if doubtful else {})), self._secret)

    def _end_if_sound(self, conn: Connection) -> None:
        """End the exchange with the transaction of its last page, if some of the rows that came are found sound."""
        if not self._looks:
            self._end(conn, self._there.checked)
            return
        looked = looking.look(conn, self._there.checked, LOOKED_AT)
        if looked.place and not looked.damaged and not looked.astray:
            self._end(conn, looked.place)

    def _end(self, conn: Connection, checked: int) -> None:
        enrolment.note_end(conn, micros(self._clock()), checked)
        self._hold.end(conn)
        self._ended = True

    def _erased(self) -> int:
        """The number of the last erasure this desk has carried out, to the last byte where it can."""
        if erasures.unfinished(self._hold.reader):
            erasing.finish(self._path)
        return erasures.reached(self._hold.reader)

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
                scopes.forget(conn, scope)
            self._cursors = scopes.cursors(conn)
        return bool(taken)

    def _differing(self, conn: Any, places: dict[str, Any]) -> bool:
        """Begin scopes anew that are not what the server holds. Raises ExchangeFailed when that has not helped."""
        differing = [scope for scope, place in places.items() if scopes.differs(conn, scope, place)]
        if not differing:
            return False
        if self._anew:
            raise ExchangeFailed("sums")
        self._begin_anew(conn, differing)
        return True

    def _begin_anew(self, conn: Any, begun: list[str]) -> None:
        self._anew = True
        self._mended += 1
        for scope in begun:
            scopes.forget(conn, scope)

    def _look(self) -> None:
        """Look at some of the rows that came, and after the last of them whether all are there; mend what has
        suffered, and end."""
        with closing(database.connect(self._path, reading=True)) as conn:
            conn.execute("BEGIN")
            looked = looking.look(conn, self._there.checked, LOOKED_AT)
            short = looked.place == 0 and bool(parting.differing(conn, self._cursors))
        if (looked.damaged or short) and not self._anew:
            with self._hold.step() as conn:
                self._begin_anew(conn, list(self._cursors))
                self._cursors = scopes.cursors(conn)
            self._pull()
        with self._hold.step() as conn:
            for entity, id in looked.astray:
                relaying.relay(conn, entity, id)
            self._mended += len(looked.astray)
            self._end(conn, looked.place)


def _body(told: dict[str, Any], batch: outgoing.Batch) -> str:
    """What a push sends: its head, and the entries as they are ready."""
    return f'{dumps(told)[:-1]},"entries":[{",".join(batch.entries)}]}}'


def host_name() -> str:
    """What this machine calls itself, for an admin who looks at the list of consoles."""
    return socket.gethostname()[:NAME_LENGTH]


def required(found: Enrolment | None) -> Enrolment:
    """The enrolment. Raises NotReady when the desk works alone."""
    if found is None:
        raise NotReady(_("This desk works alone. An admin of your server gives you a code; then: "
                         "supportdesk sync enroll URL --code CODE"), code="alone")
    return found
