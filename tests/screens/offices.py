"""Desks that exchange: Ana's console, a colleague's desk at another site, and the real server between them."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from supportdesk.desk import setup
from supportdesk.server.exchange import Exchange
from supportdesk.sync.client import Client
from tests.journal import desks
from tests.screens.stand import NOW, Bench
from tests.sync import stand


class Office:
    """Ben's desk at another site, exchanged when a test says so."""

    def __init__(self, path: Path, exchange: Exchange, url: str) -> None:
        setup.init(path, login="ben", zone="Europe/Zurich", region="CH", lang="en", now=NOW)
        self.path = path
        self.now = NOW
        self.client = Client(path, clock=lambda: self.now)
        self.client.enroll(url, exchange.make_code(agents=["ben"]))
        self.exchange = self.client.exchange
        self.exchange()

    def say(self, verb: Callable[..., Any], *args: Any, **named: Any) -> Any:
        desk = desks.console(self.path, "ben", lambda: self.now)
        try:
            return verb(desk, *args, **named)
        finally:
            desk.close()

    def close(self) -> None:
        self.client.close()


class Company:
    """The server, Ana's desk (``bench``) and Ben's."""

    def __init__(self, exchange: Exchange, url: str, bench: Bench, folder: Path) -> None:
        self.exchange = exchange
        self.url = url
        self.bench = bench
        self._folder = folder
        self.enrol(url)

    def enrol(self, url: str) -> None:
        client = Client(self.bench.path, clock=lambda: self.bench.now)
        client.enroll(url, self.exchange.make_code(agents=["ana", "bea", "luc"], admin=True))
        client.close()

    def swap(self) -> None:
        """Ana's desk exchanges once, without a console."""
        client = Client(self.bench.path, clock=lambda: self.bench.now)
        client.exchange()
        client.close()

    @contextmanager
    def office(self) -> Iterator[Office]:
        made = Office(self._folder / "ben.db", self.exchange, self.url)
        try:
            yield made
        finally:
            made.close()

    def elsewhere(self, url: str) -> None:
        """Ana's desk looks for the server at another address."""
        with closing(sqlite3.connect(self.bench.path)) as conn, conn:
            conn.execute("UPDATE sync_state SET url = ?", (url,))


@contextmanager
def company(bench: Bench, folder: Path) -> Iterator[Company]:
    exchange = Exchange.open(folder / "server")
    try:
        with stand.listening(exchange) as url:
            yield Company(exchange, url, bench, folder)
    finally:
        exchange.close()
