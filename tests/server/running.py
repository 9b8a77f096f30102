"""Real servers in processes of their own, and consoles that speak to them by bare HTTP."""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from supportdesk.store.clock import utc_now
from supportdesk.store.types import uuid7

PATIENCE = 120.0
"""Seconds after which something that should happen has not: long, because the machine may be busy."""


def supportdesk(*arguments: str, program: str = "supportdesk") -> list[str]:
    return [sys.executable, "-m", program, *arguments]


class Serving:
    """A running ``supportdesk serve``; its output is read by threads, so that no wait for it is without an end.

    ``narration`` holds the lines of stderr so far, ``url`` and ``code`` what it said."""

    def __init__(self, *arguments: str, program: str = "supportdesk") -> None:
        self.url = self.code = ""
        self.process = subprocess.Popen(
            supportdesk("serve", *arguments, program=program), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True, start_new_session=True,
        )  # fmt: skip
        self.narration: list[str] = []
        self._lines: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._readers = [threading.Thread(target=each, daemon=True) for each in (self._read, self._listen)]
        for reader in self._readers:
            reader.start()

    def _read(self) -> None:
        for line in self.process.stdout or ():
            self._lines.put(line)
        self._lines.put("")

    def _listen(self) -> None:
        self.narration.extend(self.process.stderr or ())

    def line(self) -> str:
        """The next line of stdout; there must be one."""
        try:
            line = self._lines.get(timeout=PATIENCE)
        except queue.Empty:
            raise AssertionError(f"it says nothing for {PATIENCE:.0f} s: {self.narration}") from None
        assert line, f"it ended ({self.process.wait(PATIENCE)}): {self.narration}"
        return line

    def end(self, how: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(how)
        return self.process.wait(PATIENCE)

    def gone(self) -> None:
        """Ends it and whatever it has started; then all it has said is in ``narration``."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(PATIENCE)
        for reader in self._readers:
            reader.join(PATIENCE)
            assert not reader.is_alive(), "somebody outside its session still holds its output"
        for pipe in (self.process.stdout, self.process.stderr):
            assert pipe is not None
            pipe.close()


@contextmanager
def serving(data: Path, *arguments: str, port: int = 0, program: str = "supportdesk") -> Iterator[Serving]:
    """``serve`` on a folder, from the moment it says where it listens; killed at the end if it still runs."""
    started = Serving("--data", str(data), "--port", str(port), "--json", *arguments,
                      program=program)
    try:
        told = ""
        while not told.endswith("}\n"):
            told += started.line()
        facts = json.loads(told)
        started.url, started.code = facts["url"], facts.get("code", "")
        yield started
    finally:
        started.gone()


def told_by_serve(*arguments: str) -> tuple[list[str], str]:
    """What ``serve`` prints for people until it is told to end: lines of stdout, and stderr."""
    started = Serving("--port", "0", *arguments)
    try:
        lines = [started.line(), started.line()]
        assert started.end() == 0, started.narration
    finally:
        started.gone()
    return lines, "".join(started.narration)


@dataclass
class Console:
    """One device that speaks to the server as any program could."""

    http: httpx.Client
    device: str = field(default_factory=lambda: str(uuid7()))
    agent: str = field(default_factory=lambda: str(uuid7()))
    secret: str = ""
    lease: str = ""
    epoch: int = 0
    next_n: int = 1

    def enroll(self, code: str, login: str = "ana") -> httpx.Response:
        answer = self.http.post("/v1/enroll", json={
            "code": code, "device": self.device, "name": "counter 1", "schema": 1,
            "agents": [{"id": self.agent, "login": login}], "next_n": self.next_n,
        })  # fmt: skip
        if answer.status_code == 200:
            told = answer.json()
            self.secret, self.lease, self.epoch = told["secret"], told["lease"], told["epoch"]
        return answer

    @property
    def bearer(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.secret}"}

    def entry(self, n: int, name: str) -> dict[str, Any]:
        """An organisation that is made known: work that needs nothing before it."""
        now = utc_now().isoformat().replace("+00:00", "Z")
        return {
            "id": str(uuid7()), "action": str(uuid7()), "n": n, "verb": "edit_organisation",
            "entity": "organisation", "entity_id": str(uuid7()), "kind": "create", "base": 0, "schema": 1,
            "fields": {"name": [None, name]}, "at": now, "recorded_at": now, "session": str(uuid7()),
            "agent": self.agent,
        }  # fmt: skip

    def ask(self, *names: str) -> dict[str, Any]:
        """A push of new organisations."""
        return {
            "epoch": self.epoch, "lease": self.lease, "first_n": self.next_n, "schema": 1,
            "entries": [self.entry(self.next_n + at, name) for at, name in enumerate(names)],
        }  # fmt: skip

    def push(self, *names: str) -> dict[str, Any]:
        """Pushes new organisations, which must be taken; the answer."""
        answer = self.http.post("/v1/push", json=self.ask(*names), headers=self.bearer)
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = answer.json()
        self.lease = told["lease"]
        self.next_n += len(names)
        return told

    def pull(self, since: int = 0, **more: Any) -> dict[str, Any]:
        answer = self.http.post(
            "/v1/pull", json={"epoch": self.epoch, "cursors": {"own": since}, "schema": 1, **more}, headers=self.bearer
        )
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = answer.json()
        return told

    def organisations(self) -> list[str]:
        """The names of all organisations, page by page."""
        names: list[str] = []
        since = 0
        while True:
            told = self.pull(since)
            names += [row["doc"]["name"] for row in told["rows"] if row["entity"] == "organisation"]
            since = told["scopes"]["own"]["seq"]
            if not told["scopes"]["own"]["more"]:
                return names


class Listener:
    """A console's live stream, read in a thread; :meth:`wait` gives the moment a seq arrived."""

    def __init__(self, url: str, console: Console) -> None:
        self._news = threading.Condition()
        self._heads: list[tuple[int, float]] = []
        self.ended = threading.Event()
        self._thread = threading.Thread(target=self._read, args=(url, console.bearer), daemon=True)
        self._thread.start()
        self.wait(0)

    def _read(self, url: str, headers: dict[str, str]) -> None:
        try:
            with httpx.stream("GET", f"{url}/v1/live", headers=headers, timeout=PATIENCE, trust_env=False) as answer:
                for line in answer.iter_lines():
                    if line.startswith("data:"):
                        with self._news:
                            self._heads.append((json.loads(line[5:])["own"], time.monotonic()))
                            self._news.notify_all()
        except httpx.HTTPError:
            pass  # a server that is killed ends it so
        finally:
            self.ended.set()

    def wait(self, seq: int) -> float:
        """When a poke of this seq or a newer one arrived, on the monotonic clock."""
        with self._news:
            assert self._news.wait_for(lambda: any(head >= seq for head, _at in self._heads), PATIENCE), self._heads
            return next(at for head, at in self._heads if head >= seq)


def client(url: str) -> httpx.Client:
    return httpx.Client(base_url=url, timeout=PATIENCE, trust_env=False)


@contextmanager
def console(url: str, code: str = "", login: str = "ana") -> Iterator[Console]:
    """An enrolled console, if there is a code for it."""
    with client(url) as http:
        made = Console(http)
        if code:
            assert made.enroll(code, login).status_code == 200
        yield made


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(supportdesk(*arguments), capture_output=True, text=True, timeout=PATIENCE, check=False)


def new_code(data: Path, *arguments: str) -> str:
    """A code made beside the running server."""
    done = run("server", "device", "code", "--data", str(data), "--json", *arguments)
    assert done.returncode == 0, done.stderr
    code: str = json.loads(done.stdout)["code"]
    return code


def children(process: int) -> list[int]:
    with open(f"/proc/{process}/task/{process}/children", encoding="ascii") as told:
        return [int(each) for each in told.read().split()]


def gone(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return True
    with open(f"/proc/{process}/stat", encoding="ascii", errors="replace") as told:
        return told.read().rpartition(")")[2].split()[0] == "Z"
