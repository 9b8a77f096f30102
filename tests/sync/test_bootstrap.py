"""A new console takes everything there is: page by page, whatever happens on the way."""

import gc
import gzip
import json
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from supportdesk.desk import calls
from supportdesk.desk.calls import Call
from supportdesk.sync import client, rounds
from supportdesk.sync.transport import ExchangeFailed
from tests.sync import stand
from tests.sync.conftest import Opened
from tests.sync.work import forget_hold, reach

PAGE = 40
EVERY = 4_096


class _Torn(httpx.SyncByteStream):
    """A body that ends in the middle."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    def __iter__(self) -> Iterator[bytes]:
        yield self._body
        raise httpx.ReadError("cut")


class _Cutting(httpx.BaseTransport):
    """Cuts each answer to a pull once after 4 KB, then once after 8 KB and so on, until it fits."""

    def __init__(self, inner: httpx.BaseTransport) -> None:
        self.inner = inner
        self.asked: list[dict[str, int]] = []
        self._left = EVERY

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        answer = self.inner.handle_request(request)
        if not request.url.path.endswith("/pull"):
            return answer
        body = request.read()
        if request.headers.get("content-encoding") == "gzip":
            body = gzip.decompress(body)
        self.asked.append(json.loads(body)["cursors"])
        content = b"".join(answer.stream)  # type: ignore[arg-type]
        if len(content) > self._left:
            torn, self._left = content[: self._left], self._left + EVERY
            return httpx.Response(answer.status_code, headers=answer.headers, stream=_Torn(torn))
        self._left = EVERY
        return httpx.Response(answer.status_code, headers=answer.headers, stream=httpx.ByteStream(content))


def _calls(site: stand.Site, count: int) -> None:
    for number in range(count):
        calls.take_call(site.desk, Call(
            ticket={"description": f"{number} " + os.urandom(600).hex(), "impact": 3, "urgency": 2},
            new_caller={"name": f"Caller {number}"}))


def test_s31_a_pull_cut_every_4_kb_goes_on_by_page_and_never_from_the_beginning(
        server: stand.Server, sites: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rounds, "ROWS", PAGE)
    geneva, lausanne = sites("geneva", "lausanne")
    _calls(geneva, 60)
    geneva.exchange()
    cutting = _Cutting(server.mounted)
    lausanne.client = client.Client(lausanne.path, cutting, lausanne.clock)
    failed = 0
    while True:
        try:
            lausanne.exchange()
            break
        except ExchangeFailed:
            failed += 1
            with closing(sqlite3.connect(lausanne.path)) as conn:
                assert conn.execute(
                    "SELECT count(*) FROM sync_cursor c WHERE c.count != (SELECT count(*) FROM image WHERE rev > 0)"
                ).fetchone() == (0,), "the cursor is never ahead of the rows"
    assert failed >= 5
    places = [asked.get("own", 0) for asked in cutting.asked]
    assert places == sorted(places)
    assert len(set(places)) >= 3
    assert places.count(0) < len(places) / 2
    assert stand.as_documents(lausanne.path) == server.documents()


def test_s34_of_a_long_pull_no_more_than_a_page_stays_in_memory(
        server: stand.Server, sites: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    """A command of the shell puts the collecting of garbage off; a whole desk must not wait for that."""
    monkeypatch.setattr(rounds, "ROWS", 5)
    geneva, lausanne = sites("geneva", "lausanne")
    _calls(geneva, 20)
    geneva.exchange()
    there: list[int] = []
    inner = lausanne.line.inner

    class Counting(httpx.BaseTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            there.append(sum(isinstance(each, httpx.Response) for each in gc.get_objects()))
            return inner.handle_request(request)

    lausanne.line.inner = Counting()
    usual = gc.get_threshold()
    gc.collect()
    gc.set_threshold(10**9)
    try:
        lausanne.exchange()
    finally:
        gc.set_threshold(*usual)
    assert len(there) > 10
    assert max(there[5:]) <= max(there[:5]) + 2


KILLED_AT_A_PAGE = """
import os, signal, sys
from pathlib import Path
from supportdesk.store import incoming
from supportdesk.sync import client, rounds
take, pages = incoming.take_page, iter(range(9))
def dying(*page):
    if next(pages, None) is None:
        os.kill(os.getpid(), signal.SIGKILL)
    return take(*page)
incoming.take_page, rounds.ROWS = dying, 50
client.Client(Path(sys.argv[1])).exchange()
"""


def test_s34_a_first_pull_killed_in_the_middle_goes_on_where_it_was(server: stand.Server, sites: Opened) -> None:
    """The short form; benchmarks/bootstrap.py does it with 200,000 tickets and measures the memory of both sides."""
    geneva, lausanne = sites("geneva", "lausanne", enrolled=False)
    stand.enrol(server, geneva)
    _calls(geneva, 400)
    geneva.exchange()
    lausanne.client.enroll(stand.URL, server.exchange.make_code(agents=["ben"]))
    lausanne.close()
    with stand.listening(server.exchange) as url:
        reach(url, lausanne)
        env = os.environ | {"SUPPORTDESK_DB": str(lausanne.path), "PYTHONPATH": os.pathsep.join(sys.path)}
        killed = subprocess.run([sys.executable, "-c", KILLED_AT_A_PAGE, str(lausanne.path)], env=env, check=False)
        assert killed.returncode == -signal.SIGKILL
        reached = _place(lausanne.path)
        assert 0 < reached < server.exchange.head()
        forget_hold(lausanne.path)
        done = client.Client(lausanne.path, clock=lausanne.clock)
        pulled = done.exchange().pulled
        done.close()
    assert pulled <= server.exchange.head() - reached
    assert stand.as_documents(lausanne.path) == server.documents()


def _place(path: Path) -> int:
    with closing(sqlite3.connect(path, timeout=30)) as conn:
        found = conn.execute("SELECT seq FROM sync_cursor WHERE scope = 'own'").fetchone()
    return int(found[0]) if found else 0
