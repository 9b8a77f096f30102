"""The real ``serve`` and the real ``sync now`` killed (-9) again and again at a moment nobody chose."""

import os
import random
import sqlite3
import subprocess
import threading
import time
from contextlib import ExitStack, closing, suppress
from pathlib import Path

import httpx
import pytest

from supportdesk.desk import tickets
from supportdesk.sync.client import Client
from supportdesk.sync.transport import ExchangeFailed
from tests.server.running import serving, supportdesk
from tests.sync import stand
from tests.sync.proxy import Proxy
from tests.sync.work import alone, call, forget_hold

A_PUSH_TAKES = 0.08
"""Seconds within which the kill falls, from the first byte of a call."""


def _each_once(data: Path, site: stand.Site, saved: list[str]) -> None:
    """Every note is at the server once, in order and without a gap; the console has nothing left to send."""
    with closing(sqlite3.connect(data / "exchange.db")) as conn:
        assert conn.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        seqs = [seq for (seq,) in conn.execute("SELECT seq FROM entry WHERE seq IS NOT NULL ORDER BY seq")]
        assert seqs == list(range(1, len(seqs) + 1))
    documents = stand.documents(data)
    assert sorted(values["text"] for _rev, values in documents["note"].values()) == sorted(saved)
    assert stand.as_documents(site.path) == documents
    with closing(sqlite3.connect(site.path)) as conn:
        assert conn.execute("SELECT count(*) FROM entry WHERE state != 'confirmed'").fetchone() == (0,)


class _Moment:
    """The kill of a process a random time after the first byte that passes the proxy."""

    def __init__(self, proxy: Proxy, chance: random.Random) -> None:
        self._proxy = proxy
        self._chance = chance

    def kills(self, process: "subprocess.Popen[str]", at_once: bool = False) -> threading.Thread:
        begun, after = threading.Event(), 0 if at_once else self._chance.uniform(0, A_PUSH_TAKES)
        self._proxy.passing = lambda _way, _bytes: begun.set()

        def kill() -> None:
            assert begun.wait(stand.PATIENCE)
            time.sleep(after)
            process.kill()

        thread = threading.Thread(target=kill, daemon=True)
        thread.start()
        return thread


def _serve_killed(prepared: dict[str, Path], folder: Path, times: int) -> None:
    data, chance, saved = folder / "server", random.Random(times), []
    site, proxy = alone(prepared, folder), Proxy(0)
    ticket = call(site)
    for number in range(times + 1):
        with serving(data) as server:
            proxy.target = httpx.URL(server.url).port or 0
            if not number:
                site.client.enroll(proxy.url, server.code)
            saved.append(f"note {number}")
            tickets.note(site.desk, ticket, saved[-1])
            site.client.close()
            if number == times:
                site.exchange()
                continue
            killing = _Moment(proxy, chance).kills(server.process)
            with suppress(ExchangeFailed):
                site.exchange()
            killing.join(stand.PATIENCE)
            assert server.process.wait(stand.PATIENCE) == -9
    proxy.close()
    _each_once(data, site, saved)
    site.close()


def test_serve_killed_at_random_moments_keeps_what_it_acknowledged(prepared: dict[str, Path], tmp_path: Path) -> None:
    _serve_killed(prepared, tmp_path, 2)


@pytest.mark.long
def test_serve_killed_200_times(prepared: dict[str, Path], tmp_path: Path) -> None:
    _serve_killed(prepared, tmp_path, 200)


def _sync_killed(prepared: dict[str, Path], folder: Path, times: int) -> None:
    data, chance, saved = folder / "server", random.Random(times), []
    site = alone(prepared, folder)
    ticket = call(site)
    with ExitStack() as all_:
        server = all_.enter_context(serving(data))
        proxy = Proxy(httpx.URL(server.url).port or 0)
        all_.callback(proxy.close)
        site.client.enroll(proxy.url, server.code)
        site.client.close()
        killed = 0
        for number in range(times):
            saved.append(f"note {number}")
            tickets.note(site.desk, ticket, saved[-1])
            process = subprocess.Popen(
                supportdesk("sync", "now"), env=os.environ | {"SUPPORTDESK_DB": str(site.path)}, text=True,
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            )
            killing = _Moment(proxy, chance).kills(process, at_once=not number)
            killed += process.wait(stand.PATIENCE) == -9
            killing.join(stand.PATIENCE)
            forget_hold(site.path)
        assert killed
        last = Client(site.path)
        last.exchange()
        last.close()
    _each_once(data, site, saved)
    site.close()


def test_sync_killed_at_random_moments_goes_on_where_it_was(prepared: dict[str, Path], tmp_path: Path) -> None:
    _sync_killed(prepared, tmp_path, 2)


@pytest.mark.long
def test_sync_killed_200_times(prepared: dict[str, Path], tmp_path: Path) -> None:
    _sync_killed(prepared, tmp_path, 200)
