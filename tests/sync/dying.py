"""Processes that are killed (-9) at a statement or at a write to a socket: an exchange, and a server.

They are forked from one that has no threads: forked beside a running server's, they may take over a lock that nobody
will ever open."""

import faulthandler
import multiprocessing
import os
import socket
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy
import uvicorn

from supportdesk.server.app import make_app
from supportdesk.server.exchange import Exchange
from supportdesk.store.journal import Journal
from supportdesk.sync.client import Client
from tests.sync.stand import PATIENCE

STATEMENT, WRITE = "statement", "write"
"""Where they die: before a statement reaches SQLite, or when half of what is written to a socket has left."""

_processes = multiprocessing.get_context("forkserver")
_processes.set_forkserver_preload([__name__])


class _Death:
    """Comes when it has been met ``left`` times."""

    def __init__(self, left: int) -> None:
        self.left = left

    def meet(self, last_words: Callable[[], object] = lambda: None) -> None:
        self.left -= 1
        if self.left < 0:
            last_words()
            os.kill(os.getpid(), 9)

    def at_writes(self) -> None:
        send = socket.socket.send

        def dying(sock: socket.socket, data: Any, *flags: int) -> int:
            if sock.family != socket.AF_UNIX:  # an event loop wakes itself through one
                self.meet(lambda: send(sock, bytes(data)[: len(data) // 2]))
            return send(sock, data, *flags)

        socket.socket.send = dying  # type: ignore[assignment, method-assign]


def exchange_and_die_at(db: Path, n: int, at: str = STATEMENT) -> bool:
    """Exchange, killed at the n-th statement or write; True when it came to its end before."""
    child = _processes.Process(target=_exchange, args=(db, n, at), daemon=True)
    child.start()
    child.join(PATIENCE)
    if child.is_alive():
        child.kill()
        raise AssertionError(f"the exchange neither ends nor dies at {at} {n}: stderr says where it stands")
    assert child.exitcode in (0, -9), child.exitcode
    return child.exitcode == 0


def _exchange(db: Path, left: int, at: str) -> None:
    faulthandler.dump_traceback_later(PATIENCE - 10)
    death = _Death(left)
    client = Client(db)
    if at == STATEMENT:
        journal = Journal(db)
        journal.conn.set_trace_callback(lambda _statement: death.meet())
        client.__dict__["_journal"] = journal
    else:
        death.at_writes()
    client.exchange()
    os._exit(0)


@contextmanager
def server_that_dies_at(folder: Path, n: int, at: str = STATEMENT) -> Iterator[tuple[str, Callable[[], bool]]]:
    """A server on a folder, killed at the n-th statement or write after it began to listen: its address, and what
    tells whether it is dead."""
    listening, told = _processes.Pipe(duplex=False)
    child = _processes.Process(target=_serve, args=(folder, n, at, told), daemon=True)
    child.start()
    told.close()
    try:
        assert listening.poll(PATIENCE), "the server does not begin to listen"
        yield f"http://127.0.0.1:{listening.recv()}", lambda: child.exitcode == -9
    finally:
        child.kill()
        child.join(PATIENCE)
        listening.close()


def _serve(folder: Path, left: int, at: str, told: Any) -> None:
    faulthandler.dump_traceback_later(PATIENCE - 10)
    exchange = Exchange.open(folder)
    death = _Death(left)
    sock = socket.create_server(("127.0.0.1", 0))
    if at == STATEMENT:
        exchange.engine.dispose()

        @sqlalchemy.event.listens_for(exchange.engine, "connect")
        def watched(conn: sqlite3.Connection, _entry: object) -> None:
            conn.set_trace_callback(lambda _statement: death.meet())
    else:
        death.at_writes()
    told.send(sock.getsockname()[1])
    config = uvicorn.Config(make_app(exchange), log_level="critical", lifespan="off")
    uvicorn.Server(config).run([sock])
