"""Sites on one server: real desks, the real exchange behind its real HTTP application, and a line that can fail."""

import asyncio
import json
import shutil
import sqlite3
import threading
from collections import Counter, deque
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import uvicorn

from supportdesk.desk.desk import Desk
from supportdesk.server.app import make_app
from supportdesk.server.exchange import Exchange
from supportdesk.sync.client import Client
from supportdesk.sync.rounds import Exchanged
from supportdesk.terms.entities import ENTITIES
from tests.journal import desks, proof

URL = "http://127.0.0.1:8440"
PATIENCE = 120.0
"""Seconds after which something that should happen has not: long, because the machine may be busy."""


LONGER_THAN_A_HOLD = timedelta(seconds=30)
"""After it whoever held the exchange of a file and was killed is taken for dead."""


class Mounted(httpx.BaseTransport):
    """The server's application, called in this process: bytes in, bytes out, as over a line."""

    def __init__(self, exchange: Exchange) -> None:
        self._inner = httpx.ASGITransport(make_app(exchange))
        self._loop = asyncio.new_event_loop()
        self._turn = threading.Lock()  # a console has two calls under way at a time

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        with self._turn:
            return self._loop.run_until_complete(self._answer(request))

    async def _answer(self, request: httpx.Request) -> httpx.Response:
        asked = httpx.Request(request.method, request.url, headers=request.headers, content=request.read())
        answer = await self._inner.handle_async_request(asked)
        headers = [(k, v) for k, v in answer.headers.raw]
        content = b"".join([part async for part in answer.stream])  # type: ignore[union-attr]
        return httpx.Response(answer.status_code, headers=headers, stream=httpx.ByteStream(content))

    def end(self) -> None:
        """Let the loop's threads go."""
        self._loop.run_until_complete(self._loop.shutdown_default_executor())
        self._loop.close()


class Line(httpx.BaseTransport):
    """A line to the server. ``fails(number, when)`` says whether the request of that number is lost on its way there
    ("request"), delivered twice ("twice") or its answer lost on its way back ("answer"). ``sent`` holds the newest
    requests, as they were sent."""

    def __init__(self, inner: httpx.BaseTransport) -> None:
        self.inner = inner
        self.count = 0
        self.fails: Callable[[int, str], bool] = lambda _number, _when: False
        self.sent: deque[httpx.Request] = deque(maxlen=20)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.count += 1
        number = self.count
        if self.fails(number, "request"):
            raise httpx.ConnectError("lost on its way there")
        request.read()
        self.sent.append(request)
        answer = self.inner.handle_request(request)
        if self.fails(number, "twice"):
            self.inner.handle_request(request)
        if self.fails(number, "answer"):
            raise httpx.ReadError("lost on its way back")
        return answer


class Site:
    """One desk file and the line from it to the server: one in this process, or by its address (None)."""

    def __init__(self, path: Path, login: str, server: "Server | None", clock: desks.Clock) -> None:
        self.path = path
        self.login = login
        self.clock = clock
        self.line = Line(server.mounted if server else httpx.HTTPTransport())
        self.client = Client(path, self.line if server else None, clock)
        self.desk: Desk = desks.console(path, login, clock)

    def exchange(self) -> Exchanged:
        return self.client.exchange()

    def killed_at(self, statement: int, do: Callable[[], object]) -> bool:
        """``do()`` with the process killed (-9) at a statement of the desk's or the exchange's writing connection: the
        file goes on from what stood on the disk then. False when it came to its end before."""
        left, parts = statement, {}

        def trace(_statement: str) -> None:
            nonlocal left
            left -= 1
            if left == 0:
                for part in ("", "-wal"):
                    there = Path(f"{self.path}{part}")
                    parts[part] = there.read_bytes() if there.exists() else b""

        writers = (self.desk.journal.conn, self.client._journal.conn)
        for conn in writers:
            conn.set_trace_callback(trace)
        try:
            do()
        finally:
            for conn in writers:
                conn.set_trace_callback(None)
        if not parts:
            return False
        self.close()
        for part in ("-wal", "-shm"):
            Path(f"{self.path}{part}").unlink(missing_ok=True)
        for part, content in parts.items():
            Path(f"{self.path}{part}").write_bytes(content)
        self.desk = desks.console(self.path, self.login, self.clock)
        self.clock.now += timedelta(seconds=20)  # by then nobody waits any more for the exchange that died
        return True

    def start_anew(self) -> None:
        """The console is ended and begun again."""
        self.close()
        self.client = Client(self.path, self.line, self.clock)
        self.desk = desks.console(self.path, self.login, self.clock)

    def close(self) -> None:
        self.client.close()
        self.desk.close()


class Server:
    """A server in a folder."""

    def __init__(self, folder: Path, copy: Path | None = None) -> None:
        """``copy``: started on a copy of that file."""
        folder.mkdir(exist_ok=True)
        self.folder = folder
        if copy is not None:
            shutil.copy(copy, folder / "exchange.db")
        self.start()

    def start(self) -> None:
        self.exchange = Exchange.open(self.folder)
        self.mounted = Mounted(self.exchange)

    def put_back(self, copy: Path) -> None:
        """Somebody puts an older file in place by hand and starts the server."""
        self.close()
        for suffix in ("", "-wal", "-shm"):
            (self.folder / f"exchange.db{suffix}").unlink(missing_ok=True)
        shutil.copy(copy, self.folder / "exchange.db")
        self.start()

    def documents(self) -> dict[str, dict[str, tuple[int, dict[str, Any]]]]:
        return documents(self.folder)

    def close(self) -> None:
        self.mounted.end()
        self.exchange.close()


def documents(folder: Path) -> dict[str, dict[str, tuple[int, dict[str, Any]]]]:
    """Every confirmed document of the server in a folder, by entity and id: its revision and its fields."""
    found: dict[str, dict[str, tuple[int, dict[str, Any]]]] = {}
    with closing(sqlite3.connect(folder / "exchange.db")) as conn:
        for entity, id, rev, doc in conn.execute("SELECT entity, id, rev, doc FROM doc WHERE rev > 0"):
            found.setdefault(entity, {})[id] = (rev, json.loads(doc))
    return found


def shared(path: Path) -> proof.Rows:
    """The rows of all entities but the starter rows nobody changed (each desk has those in its own language)."""
    with closing(sqlite3.connect(path)) as conn:
        found = proof.rows(conn)
        untouched = {id for (id,) in conn.execute("SELECT id FROM image WHERE rev = 0")}
    return {entity: {id: row for id, row in rows.items() if id not in untouched} for entity, rows in found.items()}


def as_documents(path: Path) -> dict[str, dict[str, tuple[int, dict[str, Any]]]]:
    """The rows of a desk that exchanged everything, as the server keeps them: with what only newer versions know."""
    from supportdesk.store import rows
    from supportdesk.store.types import to_wire

    found: dict[str, dict[str, tuple[int, dict[str, Any]]]] = {}
    with closing(sqlite3.connect(path)) as conn:
        for entity, definition in ENTITIES.items():
            for raw, extra in conn.execute(f"SELECT id, extra FROM {entity} WHERE rev > 0").fetchall():
                row = rows.read(conn, entity, UUID(bytes=raw))
                assert row is not None
                values = {f.name: to_wire(f.form, row[f.name]) for f in definition.fields if row[f.name] is not None}
                found.setdefault(entity, {})[str(row["id"])] = (row["rev"], values | json.loads(extra or "{}"))
    return found


def copies(prepared: dict[str, Path], folder: Path, *names: str) -> Iterator[tuple[str, Path]]:
    for name in names:
        target = folder / f"{name}.db"
        shutil.copy2(prepared[name], target)
        yield name, target


def texts(path: Path) -> Counter[str]:
    """Every word anybody could still find in this file: rows, conflicts, entries that were refused."""
    found: Counter[str] = Counter()
    with closing(sqlite3.connect(path)) as conn:
        for entity in ENTITIES:
            for row in conn.execute(f"SELECT * FROM {entity}"):
                found.update(str(value) for value in row if isinstance(value, str))
        for (fields,) in conn.execute("SELECT e.fields FROM refused r JOIN entry e ON e.id = r.entry"):
            found[fields] += 1
    return found


def overwritten(path: Path) -> Counter[str]:
    """What stood in the entries of this file: words that were written over by somebody who had seen them too."""
    with closing(sqlite3.connect(path)) as conn:
        return Counter(fields for (fields,) in conn.execute("SELECT fields FROM entry"))


def enrol(server: Server, site: Site) -> None:
    """As an admin lets a site in: the very first one's agents become admins, others are named in the code."""
    first = not server.exchange.devices()
    site.client.enroll(URL, server.exchange.make_code(agents=[site.login], admin=first))


@contextmanager
def listening(exchange: Exchange) -> Iterator[str]:
    """The server's application on a free port of this machine; its address."""
    config = uvicorn.Config(make_app(exchange), host="127.0.0.1", port=0, log_level="critical", lifespan="off",
                            timeout_graceful_shutdown=10)
    running = uvicorn.Server(config)
    sock = config.bind_socket()
    sock.listen()  # whoever calls before the thread has come so far waits, and is not refused
    thread = threading.Thread(target=running.run, kwargs={"sockets": [sock]}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{sock.getsockname()[1]}"
    finally:
        running.should_exit = True
        thread.join(PATIENCE)
        sock.close()
        assert not thread.is_alive(), "the server does not end"
