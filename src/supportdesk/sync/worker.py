"""The exchange that goes on by itself beside an open console (DESIGN.md 3: one holder per file).

Two threads that write into the file and tell; no key, no screen and no save ever waits for them. Of all consoles open
on one file one exchanges; it notices what the others save by looking at the file, as their screens do.
"""

import sqlite3
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing, suppress
from datetime import datetime
from functools import partial
from pathlib import Path
from threading import Condition, Thread
from typing import TYPE_CHECKING, NamedTuple

from supportdesk.incident_log import record
from supportdesk.store import database, enrolment
from supportdesk.store.clock import utc_now
from supportdesk.store.wiping import wipe
from supportdesk.sync.pace import NEVER, POLL, Pace, backoff
from supportdesk.sync.words import GONE, special_words
from supportdesk.terms.errors import NEWER, DeskError

if TYPE_CHECKING:
    from supportdesk.sync.client import Client
    from supportdesk.sync.live import Live
    from supportdesk.sync.rounds import Exchanged

LOOK = 0.5
"""Seconds between two looks whether another process saved something; one costs microseconds."""

OTHERS = 2.0
"""Seconds between two looks whether the console that exchanges for this file has ended."""

END = 1.0
"""Seconds that the threads have to end."""


class _Standing(NamedTuple):
    """What of the file decides whether to exchange. ``next_n`` grows with every own entry."""

    url: str
    secret: str
    paused: bool
    failure: str | None
    next_n: int


class Worker:
    """Exchanges until :meth:`stop`. In its thread ``told`` is called, with sentences for whoever sits there, when
    something came or could not be sent, and ``ended`` when there is no desk any more: its server had it wiped."""

    def __init__(self, desk_path: Path, told: Callable[[Sequence[str]], None], ended: Callable[[DeskError], None],
                 clock: Callable[[], datetime] = utc_now) -> None:
        self._path = desk_path
        self._told = told
        self._ended = ended
        self._clock = clock
        self._news = Condition()
        self._awake = self._again = self._over = False
        self._heads: dict[str, int] = {}
        self._streams = 0
        self._lost = self._streaming = self._wiped = False
        self._client: Client | None = None
        self._live: Live | None = None
        self._thread = Thread(target=self._run, name="supportdesk-exchange", daemon=True)
        self._thread.start()

    # from other threads

    def wake(self, again: bool = False) -> None:
        """Something was saved here; ``again``: somebody asks to try now, whatever failed before."""
        with self._news:
            self._awake = True
            self._again = self._again or again
            self._news.notify()

    def stop(self, seconds: float = END) -> None:
        """End, whatever is waited for; what is half done is gone on with next time."""
        with self._news:
            self._over = True
            self._news.notify()
            client, live = self._client, self._live
        if client is not None:
            client.stop()
        if live is not None:
            live.close(0)
        self._thread.join(seconds)

    def leave_nothing(self) -> None:
        """When everything else of the console is closed: what it still wrote beside a desk that was wiped goes too."""
        if self._wiped:
            wipe(self._path)

    @property
    def is_streaming(self) -> bool:
        """Whether the server tells of news by itself just now."""
        return self._streaming

    def _on_live(self, stream: int, heads: Mapping[str, int] | None) -> None:
        with self._news:
            if stream != self._streams:  # one that was dropped, ending late
                return
            if heads is None:
                self._lost, self._streaming = True, False
            else:
                self._heads.update(heads)
                self._streaming = True
            self._awake = True
            self._news.notify()

    # in its own thread

    def _run(self) -> None:
        from supportdesk.sync.role import Role

        role = Role(self._path)
        while not self._over:
            try:
                if role.take():
                    self._exchange_for_all()
            except DeskError as refused:
                if refused.code == NEWER:  # the console itself says so, and ends
                    break
            except Exception as fault:  # noqa: BLE001 - it must not end the console, nor be silent
                record(fault)
            role.give_up()
            self._sleep(OTHERS)
        role.give_up()

    def _exchange_for_all(self) -> None:
        """As long as this console has the part."""
        from supportdesk.sync.client import Client

        with closing(Client(self._path, clock=self._clock)) as client, \
                closing(database.connect(self._path, reading=True)) as conn:
            with self._news:
                self._client = client
                if self._over:
                    return
            try:
                _Round(self, client, conn).go_on()
            finally:
                self._drop_stream()

    def _sleep(self, seconds: float) -> None:
        with self._news:
            if not self._awake and not self._over and seconds > 0:
                self._news.wait(seconds)
            self._awake = False

    def _open_stream(self, url: str, secret: str) -> None:
        from supportdesk.sync.live import Live

        with self._news:
            self._streams += 1
            self._lost = False
            self._live = Live(url, secret, partial(self._on_live, self._streams))

    def _drop_stream(self) -> None:
        with self._news:
            live, self._live = self._live, None
            self._streams += 1
            self._lost = self._streaming = False
            self._heads.clear()
        if live is not None:
            live.close()

    def _told_heads(self) -> dict[str, int]:
        """What the stream has told since this was asked last."""
        with self._news:
            heads, self._heads = self._heads, {}
        return heads


class _Round:
    """The work of the console that exchanges."""

    def __init__(self, worker: Worker, client: "Client", conn: sqlite3.Connection) -> None:
        self._worker = worker
        self._client = client
        self._conn = conn
        self._pace = Pace(time.monotonic())
        self._version: int | None = None
        self._standing: _Standing | None = None
        self._stream_due = self._opened = 0.0
        self._streams_lost = 0

    def go_on(self) -> None:
        worker = self._worker
        while not worker._over:
            self._look()
            now = time.monotonic()
            if self._pace.due <= now:
                self._exchange()
            self._keep_stream()
            left = self._pace.due - time.monotonic()
            worker._sleep(max(0.01, min(LOOK, left)))

    def _look(self) -> None:
        """What has happened meanwhile: in the file, and at the server."""
        now = time.monotonic()
        version = int(self._conn.execute("PRAGMA data_version").fetchone()[0])
        if version != self._version:
            self._version = version
            self._compare(now)
        if self._worker._again:
            self._worker._again = False
            if self._standing is not None and not self._standing.paused:
                self._pace.anew(now)
        heads = self._worker._told_heads()
        if heads and self._standing is not None:
            from supportdesk.store import scopes

            known = scopes.cursors(self._conn)
            if any(seq > known.get(scope, 0) for scope, seq in heads.items()):
                self._pace.told(now)

    def _compare(self, now: float) -> None:
        before, self._standing = self._standing, self._read()
        standing = self._standing
        if standing is None or standing.paused:
            self._pace.rest()
            self._worker._drop_stream()
        elif before is None or before[:3] != standing[:3]:
            self._pace.anew(now)
            self._worker._drop_stream()
            self._stream_due = now
        elif self._pace.failures and before.failure is not None and standing.failure is None:
            self._pace.anew(now)
        elif before.next_n != standing.next_n:
            self._pace.saved(now)

    def _read(self) -> _Standing | None:
        there = enrolment.enrolment(self._conn)
        if there is None:
            return None
        next_n = int(self._conn.execute("SELECT next_n FROM device").fetchone()[0])
        return _Standing(there.url, there.secret, bool(there.paused), there.failure, next_n)

    def _exchange(self) -> None:
        from supportdesk.sync.transport import ExchangeFailed

        failing = self._pace.failures > 0
        try:
            done = self._client.follow()
        except ExchangeFailed as failed:
            now = time.monotonic()
            if failed.code in GONE:
                self._worker._wiped = self._worker._over = True
                self._worker._ended(failed)
            elif failed.code == "taken":
                self._pace.taken(now)
            elif failed.code == "update":  # what was saved has gone; what others did waits for this program's update
                self._pace.done(now, self._worker._streaming)
                self._worker._told(())
            elif failed.code != "stopped":
                self._pace.failed(now, failed.more.get("retry_after"))
                self._worker._told(())
        except DeskError as refused:
            if refused.code == NEWER:
                raise
            self._pace.failed(time.monotonic())
        except Exception as fault:  # noqa: BLE001 - a fault of ours: said on line 1, kept in the log, tried again
            if not failing:
                record(fault)
            with suppress(DeskError, sqlite3.Error):
                self._client.note_failure("fault")
            self._pace.failed(time.monotonic())
        else:
            self._pace.done(time.monotonic(), self._worker._streaming)
            said = special_words(done.brought_back, done.copied)
            if failing or said or _says_something(done):
                self._worker._told(said)

    def _keep_stream(self) -> None:
        """Open the stream while the server answers; after it was lost, look whether it is there still."""
        worker, now = self._worker, time.monotonic()
        if worker._lost:
            worker._drop_stream()
            self._streams_lost = 1 if now - self._opened > POLL[0] else self._streams_lost + 1
            self._stream_due = now + backoff(self._streams_lost)
            if self._streams_lost == 1:
                self._pace.told(now)
            elif self._pace.due == NEVER and not self._pace.failures:
                self._pace.done(now, live=False)
        standing = self._standing
        ready = standing is not None and not standing.paused and not self._pace.failures
        if ready and worker._live is None and self._stream_due <= now and not worker._over:
            assert standing is not None
            self._opened = now
            worker._open_stream(standing.url, standing.secret)


def _says_something(done: "Exchanged") -> bool:
    return bool(done.pulled or done.refused or done.conflicts or done.mended)
