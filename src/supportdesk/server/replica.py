"""The server's own desk file: what duties read, and the way their actions take to the exchange (DESIGN.md 5).

It is a console like any other, but in this process and without a screen: enrolled as a device of its own, it pulls
what all others see and pushes what a duty did. What it holds is a cache: where it does not fit any more it is deleted
and made anew.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import msgspec
from sqlalchemy import Connection

from supportdesk.files import private_dir
from supportdesk.i18n import language
from supportdesk.places import system_zone
from supportdesk.server.bodies import unpacked
from supportdesk.server.exchange import Exchange
from supportdesk.server.live import announce, channel_of
from supportdesk.server.shapes import EnrollAsk, ForkAsk, PullAsk, PushAsk, RecoverAsk, Refused, SurvivorsAsk
from supportdesk.sync import wire
from supportdesk.terms.errors import DeskError

if TYPE_CHECKING:
    from supportdesk.desk.desk import Desk

FOLDER = "duties"
FILE = "desk.db"
URL = "http://127.0.0.1"
"""Not called: it only names this machine, where nothing travels."""

GOES_ON = frozenset({"taken", "busy", "epoch"})
"""Failures after which the file is as good as before."""

_encode = msgspec.json.Encoder().encode


def file_in(folder: Path) -> Path:
    """Where the server's own desk file is, if there is one."""
    return folder / FOLDER / FILE


class Inside(httpx.BaseTransport):
    """The exchange called in this process: the bytes a console sends, the bytes it would be answered.

    ``guard`` may refuse a push within its transaction."""

    def __init__(self, exchange: Exchange, guard: Callable[[Connection], None]) -> None:
        self._exchange = exchange
        self._guard = guard
        self._channel = channel_of(exchange) if exchange.engine.dialect.name == "postgresql" else ""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        body = unpacked(request.read(), request.headers.get("content-encoding", ""))
        try:
            return httpx.Response(200, content=_encode(self._answer(request, body)))
        except Refused as refused:
            told = {"code": refused.code, "message": refused.message, **refused.more}
            return httpx.Response(refused.status, content=_encode({"error": told}))

    def _answer(self, request: httpx.Request, body: bytes) -> dict[str, Any]:
        exchange, path = self._exchange, request.url.path
        if path == wire.ENROLL:
            return exchange.enroll(msgspec.json.decode(body, type=EnrollAsk), duty=True)
        device = exchange.authenticate(request.headers.get("authorization"))
        if path == wire.PULL:
            return exchange.pull(device, msgspec.json.decode(body, type=PullAsk))
        if path == wire.RECOVER:
            return exchange.recover(device, msgspec.json.decode(body, type=RecoverAsk))
        if path == wire.SURVIVORS:
            return exchange.survivors(device, msgspec.json.decode(body, type=SurvivorsAsk))
        if path == wire.FORK:
            return exchange.fork(device, msgspec.json.decode(body, type=ForkAsk))
        before = exchange.head()
        told = exchange.push(device, msgspec.json.decode(body, type=PushAsk), self._guard)
        if self._channel and told["head"]["seq"] > before:
            announce(exchange, self._channel, told["head"]["seq"])
        return told


class Replica:
    """The desk file of this process's duties, under ``folder``; for one thread, the holder's of the lease."""

    def __init__(self, exchange: Exchange, folder: Path, guard: Callable[[Connection], None],
                 clock: Callable[[], datetime]) -> None:
        from supportdesk.sync.client import Client

        self._exchange = exchange
        self._path = file_in(folder)
        self._clock = clock
        self._client = Client(self._path, Inside(exchange, guard), clock)
        self._whole = False

    def take_over(self) -> None:
        """This process has the lease: whoever else used the file is gone, or refused."""
        if self._ready():
            self._client.take_over()

    def exchange(self) -> None:
        """Push what duties did and pull what is new. Raises DeskError; the file is made anew where that is the
        cure."""
        if not self._ready():
            self._make()
        try:
            done = self._client.exchange()
        except DeskError as failed:
            if failed.code not in GOES_ON:
                self.forget()
            raise
        except sqlite3.DatabaseError:
            self.forget()
            raise DeskError("", code="damaged") from None
        if done.copied:  # no device of the server's any more
            self.forget()
            raise DeskError("", code="copied")

    def desk(self) -> Desk:
        from supportdesk.desk.desk import Desk

        return Desk(self._path, clock=self._clock)

    def close(self) -> None:
        self._client.close()

    def forget(self) -> None:
        """Delete the file; the next exchange makes it anew."""
        self._client.close()
        self._whole = False
        for suffix in ("", "-wal", "-shm", "-journal"):
            Path(f"{self._path}{suffix}").unlink(missing_ok=True)

    def _ready(self) -> bool:
        """Whether there is a file that is enrolled here; half a one is not."""
        if not self._whole and self._path.is_file():
            try:
                self._whole = self._client.status() is not None
            except (DeskError, OSError, sqlite3.Error):
                self._whole = False
            if not self._whole:
                self.forget()
        return self._whole and self._path.is_file()

    def _make(self) -> None:
        from supportdesk.desk.setup import replica

        private_dir(self._path.parent)
        self.forget()
        replica(self._path, language(), system_zone())
        self._client.enroll(URL, self._exchange.make_code())
        self._whole = True
