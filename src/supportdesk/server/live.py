"""Live pokes: a console that listens learns within a second that there is something newer, and pulls it.

Only a number travels, so a lost poke does no harm. Within a process the push itself tells; between processes
PostgreSQL's LISTEN and NOTIFY do; what another process wrote into an SQLite file is found by a look a second.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress

import msgspec
import psycopg
import psycopg.sql
import sqlalchemy
from anyio import to_thread

from supportdesk.server.exchange import Exchange
from supportdesk.server.tables import CONNECT_WITHIN, OWN

LOOK = 1.0
"""Seconds between two looks at the head where nobody tells."""
LOOK_TOLD = 10.0
"""The same while PostgreSQL tells: a net, should it ever not."""
KEEP_ALIVE = 20.0
"""Seconds of silence after which a comment keeps proxies from closing; the secret is looked at again then."""
GAP = 0.5
"""Seconds between two pokes of one stream: a busy desk is pulled twice a second, not at every entry."""
TURN = 1 / 300
"""Seconds between two pokes of one process, about what the pull that follows takes: a site's 270 consoles are told
within a second, and do not come all at once."""
LONGEST_TURN = 5.0
"""Seconds a poke waits at most for calls that wait."""

_encode = msgspec.json.Encoder().encode
_log = logging.getLogger("supportdesk.server")


class Pokes:
    """The newest seq as far as this process knows, and those who wait for a newer one. Lives on the event loop."""

    def __init__(self, exchange: Exchange, busy: Callable[[], bool] = lambda: False) -> None:
        self._exchange = exchange
        self._busy = busy
        self._turn = 0.0
        self._postgres = exchange.engine.dialect.name == "postgresql"
        self._newest = 0
        self._news = asyncio.Event()
        self._own = asyncio.Event()
        self._closed = asyncio.Event()
        self._listening = False
        self._named = ""
        self._reachable = True
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begins to look and, on PostgreSQL, to listen and to tell."""
        self._tasks = [asyncio.create_task(self._look())]
        if self._postgres:
            self._tasks += [asyncio.create_task(self._listen()), asyncio.create_task(self._tell_others())]

    def close(self) -> None:
        """Ends every stream, so that the server can go."""
        self._closed.set()
        self._wake()

    async def stop(self) -> None:
        self.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def pushed(self, seq: int) -> None:
        """This process has committed up to ``seq``."""
        if self._learn(seq):
            self._own.set()

    async def stream(self, welcome: Callable[[], Awaitable[bool]],
                     newest: Callable[[], Awaitable[dict[str, int]]] | None = None) -> AsyncIterator[bytes]:
        """Server-sent events of one console until it is no longer ``welcome`` or the server goes. For another
        company's, ``newest`` says how far each of its scopes has come: of what happens elsewhere it is told nothing,
        not even that it did."""
        looked, told = -1, {"": -1}
        asked = time.monotonic()
        while not self._closed.is_set():
            left = asked + KEEP_ALIVE - time.monotonic()
            if left <= 0:
                if not await welcome():
                    return
                asked = time.monotonic()
                yield b": keep-alive\n\n"
            elif self._newest > looked:
                await self._in_turn()
                looked = self._newest
                now = {OWN: looked} if newest is None else await newest()
                if now != told:
                    told = now
                    yield b"event: head\ndata: " + _encode(now) + b"\n\n"
                await self._pause(GAP)
            else:
                with suppress(TimeoutError):
                    async with asyncio.timeout(left):
                        await self._news.wait()

    async def _in_turn(self) -> None:
        """Pokes go one after the other, and none while calls wait for their turn: a poke brings one more call, and
        later it stands for more news."""
        until = time.monotonic() + LONGEST_TURN
        while (now := time.monotonic()) < until and not self._closed.is_set():
            self._turn = max(now, self._turn + TURN)
            await self._pause(self._turn - now)
            if not self._busy():
                return

    async def _pause(self, seconds: float) -> None:
        """Lets pokes gather; a closing server does not wait for it. News wakes nobody here: with many consoles that
        are told one after the other, each push would wake them all."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._closed.wait()

    def _learn(self, seq: int) -> bool:
        if seq <= self._newest:
            return False
        self._newest = seq
        self._wake()
        return True

    def _wake(self) -> None:
        news = self._news
        if not self._closed.is_set():
            self._news = asyncio.Event()
        news.set()

    async def _look(self) -> None:
        while True:
            await self._look_once()
            await asyncio.sleep(LOOK_TOLD if self._listening else LOOK)

    async def _look_once(self) -> None:
        try:
            self._learn(await to_thread.run_sync(self._exchange.head))
            self._now_reachable(True)
        except sqlalchemy.exc.SQLAlchemyError:
            self._now_reachable(False)

    def _now_reachable(self, reachable: bool) -> None:
        if reachable is not self._reachable:
            self._reachable = reachable
            if reachable:
                _log.info("the database answers again")
            else:
                _log.error("the database does not answer")

    async def _listen(self) -> None:
        url, arguments = self._exchange.engine.dialect.create_connect_args(self._exchange.engine.url)
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(
                    *url, **{"connect_timeout": CONNECT_WITHIN, **arguments}, autocommit=True
                ) as connection:
                    channel = await to_thread.run_sync(self._channel)
                    await connection.execute(psycopg.sql.SQL("LISTEN {}").format(psycopg.sql.Identifier(channel)))
                    self._listening = True
                    await self._look_once()
                    async for notice in connection.notifies():
                        if notice.payload.isdigit():
                            self._learn(int(notice.payload))
            except (psycopg.Error, sqlalchemy.exc.SQLAlchemyError, OSError):
                self._listening = False
            await asyncio.sleep(LOOK)

    async def _tell_others(self) -> None:
        while True:
            await self._own.wait()
            self._own.clear()
            with suppress(sqlalchemy.exc.SQLAlchemyError):  # the others' own looks find it
                await to_thread.run_sync(self._notify, self._newest)

    def _notify(self, seq: int) -> None:
        announce(self._exchange, self._channel(), seq)

    def _channel(self) -> str:
        if not self._named:
            self._named = channel_of(self._exchange)
        return self._named


def channel_of(exchange: Exchange) -> str:
    """Each server's own, because PostgreSQL's channels know databases but no schemas."""
    return f"supportdesk_{exchange.status()['server']}"


def announce(exchange: Exchange, channel: str, seq: int) -> None:
    """Tell every process on this PostgreSQL that there is something newer."""
    with exchange.engine.begin() as connection:
        connection.execute(sqlalchemy.select(sqlalchemy.func.pg_notify(channel, str(seq))))
