"""The morning storm: ``python -m benchmarks.storm [--consoles N] [--seconds N]`` (issue 3, scenario S33).

All consoles come back within so many seconds, each with what was typed while it was away: it listens, pushes, and
pulls what the others bring whenever it is told. Their requests are simulated by one process, on the real wire; the
server is a real ``serve`` on a folder. A console that is sent away with ``Retry-After`` comes again after it.
"""

import argparse
import asyncio
import gzip
import json
import resource
import statistics
import sys
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlsplit

import msgspec
from tests.server.running import PATIENCE, serving

from benchmarks.bootstrap import AT, Filler
from benchmarks.figures import Figure, machine, processor_time, tell
from supportdesk.server.exchange import Exchange
from supportdesk.server.run import collect_late
from supportdesk.server.shapes import AgentAsk, EnrollAsk
from supportdesk.store.types import uuid7
from supportdesk.sync import wire

CURRENT, P99 = 10.0, 2.0
"""Seconds after the last console came until all are current; seconds of a push, 99 of 100."""
ROWS = 500


@dataclass
class Storm:
    """How a storm went. ``pushes`` are seconds of the pushes that were taken, ``sent_away`` counts answers with
    ``Retry-After``, ``errors`` names whatever else was not a good answer; ``processor`` is the server's,
    ``simulating`` that of the consoles, in seconds."""

    current: float = 0.0
    head: int = 0
    pushes: list[float] = field(default_factory=list)
    pulls: int = 0
    sent_away: int = 0
    errors: list[str] = field(default_factory=list)
    log: list[str] = field(default_factory=list)
    processor: float = 0.0
    simulating: float = 0.0

    @property
    def p99(self) -> float:
        return sorted(self.pushes)[int(0.99 * len(self.pushes))]


class Console:
    """One console that was away: its secret, what it has to push, and how far it has pulled."""

    def __init__(self, server: Exchange, agent: str, login: str) -> None:
        self.device = str(uuid7())
        told = server.enroll(EnrollAsk(server.make_code(agents=[login]), self.device, "storm", 1,
                                       [AgentAsk(agent, login)], 1))
        self.secret, self.lease, self.epoch = told["secret"], told["lease"], told["epoch"]
        self.agent = agent
        self.told = self.cursor = 0
        self.chain: str | None = None
        self.pushed = False
        self.current = 0.0
        self.news = asyncio.Event()

    def _entry(self, n: int, action: str, verb: str, entity: str, id: str, fields: dict[str, Any]) -> dict[str, Any]:
        return {
            "id": str(uuid7()), "action": action, "n": n, "verb": verb, "session": self.device, "entity": entity,
            "entity_id": id, "kind": "create", "base": 0, "schema": 1, "at": AT, "recorded_at": AT,
            "agent": self.agent, "fields": {name: [None, value] for name, value in fields.items()},
        }

    def push(self) -> dict[str, Any]:
        """A call that was taken while the server was away."""
        action, ticket = str(uuid7()), str(uuid7())
        return {"epoch": self.epoch, "lease": self.lease, "first_n": 1, "schema": 1, "entries": [
            self._entry(1, action, "open_ticket", "ticket", ticket, {
                "type": "incident", "title": "No dial tone", "description": "The telephone is silent. " * 6,
                "status": "new", "priority": "P3", "impact": 3, "urgency": 2, "level": 1, "created_at": AT}),
            self._entry(2, action, "log_contact", "contact", str(uuid7()), {
                "tickets": [ticket], "channel": "phone", "direction": "in", "started_at": AT,
                "agent_id": self.agent, "outcome": "new_ticket"}),
        ]}

    def pull(self) -> dict[str, Any]:
        return {"epoch": self.epoch, "chain": self.chain, "cursors": {wire.OWN: self.cursor}, "schema": 1,
                "limit": ROWS}


class _Place(msgspec.Struct):
    seq: int
    more: bool


class _Head(msgspec.Struct):
    chain: str


class _Told(msgspec.Struct):
    """What of an answer a simulated console goes by; it has no desk for the rows."""

    head: _Head
    scopes: dict[str, _Place] = {}


_told = msgspec.json.Decoder(_Told).decode


class _Line:
    """One connection, and no more of HTTP/1.1 than is needed: a client for people takes as long as the server, on the
    same two cores."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, host: str) -> None:
        self._reader = reader
        self._writer = writer
        self._host = host

    @classmethod
    async def to(cls, url: str) -> "_Line":
        parts = urlsplit(url)
        assert parts.hostname is not None
        return cls(*await asyncio.open_connection(parts.hostname, parts.port), parts.netloc)

    async def ask(self, method: str, path: str, secret: str, body: bytes = b"") -> tuple[int, dict[str, str]]:
        """The status and the headers (names in small letters) of the answer that begins."""
        head = (f"{method} {path} HTTP/1.1\r\nHost: {self._host}\r\nAuthorization: Bearer {secret}\r\n"
                f"Accept-Encoding: gzip\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n")
        self._writer.write(head.encode() + body)
        first, *lines = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = (line.partition(":") for line in lines if line)
        return int(first.split()[1]), {name.lower(): value.strip() for name, _colon, value in headers}

    async def rest(self, headers: Mapping[str, str]) -> bytes:
        """The body of an answer."""
        body = await self._reader.readexactly(int(headers["content-length"]))
        return gzip.decompress(body) if headers.get("content-encoding") == "gzip" else body

    async def lines(self) -> AsyncIterator[bytes]:
        """The lines of an answer without an end."""
        while line := await self._reader.readline():
            yield line

    def close(self) -> None:
        self._writer.close()


class Weather:
    """All consoles and one server."""

    def __init__(self, url: str, storm: Storm) -> None:
        self.url = url
        self.storm = storm
        self._over = False

    async def come(self, console: Console, after: float) -> None:
        """One console from its coming until all is over."""
        await asyncio.sleep(after)
        listening = asyncio.create_task(self._listen(console))
        line = await _Line.to(self.url)
        before = time.perf_counter()
        await self._asked(line, wire.PUSH, console, console.push)
        self.storm.pushes.append(time.perf_counter() - before)
        console.pushed = True
        console.news.set()
        while not self._over:
            await console.news.wait()
            console.news.clear()
            await self._pull(line, console)
        line.close()
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)

    async def _pull(self, line: _Line, console: Console) -> None:
        more = not self._over
        while more:
            page = await self._asked(line, wire.PULL, console, console.pull)
            self.storm.pulls += 1
            if page is None:
                return
            console.cursor, more = page.scopes[wire.OWN].seq, page.scopes[wire.OWN].more
            console.chain = page.head.chain
            console.current = time.monotonic()

    async def _asked(self, line: _Line, path: str, console: Console, body: Callable[[], dict[str, Any]]
                     ) -> _Told | None:
        """The answer, asked for again where the server said when; the body is made for each try."""
        while True:
            try:
                status, headers = await line.ask("POST", path, console.secret, msgspec.json.encode(body()))
                told = await line.rest(headers)
            except (OSError, EOFError) as error:
                self.storm.errors.append(f"{path}: {type(error).__name__}")
                return None
            if status == 200:
                return _told(told)
            rest = headers.get("retry-after")
            if rest is None or status not in (429, 503):
                self.storm.errors.append(f"{path}: {status} {told[:200].decode()}")
                return None
            self.storm.sent_away += 1
            await asyncio.sleep(float(rest))

    async def _listen(self, console: Console) -> None:
        try:
            line = await _Line.to(self.url)
            try:
                status, _headers = await line.ask("GET", wire.LIVE, console.secret)
                if status != 200:
                    self.storm.errors.append(f"{wire.LIVE}: {status}")
                    return
                async for text in line.lines():
                    if text.startswith(b"data:") and json.loads(text[5:])[wire.OWN] > console.cursor:
                        console.news.set()
            finally:
                line.close()
        except (OSError, EOFError) as error:
            self.storm.errors.append(f"{wire.LIVE}: {type(error).__name__}")

    async def blow(self, consoles: Sequence[Console], seconds: float, before: int) -> None:
        """Let all come within so many seconds, and wait until each has what all have brought."""
        rng = Random(1)
        coming = [rng.uniform(0, seconds) for _ in consoles]
        begin = time.monotonic()
        all_of_them = [asyncio.create_task(self.come(*each)) for each in zip(consoles, coming, strict=True)]
        while not all(console.pushed for console in consoles):
            await asyncio.sleep(0.05)
        self.storm.head = before + 2 * len(consoles)
        end = time.monotonic() + PATIENCE
        while behind := [console for console in consoles if console.cursor < self.storm.head]:
            assert time.monotonic() < end, f"{len(behind)} consoles stay behind: {self.storm.errors[:3]}"
            await asyncio.sleep(0.05)
        self.storm.current = max(console.current for console in consoles) - begin - max(coming)
        self._over = True
        for console in consoles:
            console.news.set()
        await asyncio.gather(*all_of_them)


def blown(folder: Path, consoles: int, seconds: float) -> Storm:
    """Let so many consoles come back within so many seconds."""
    storm = Storm()
    with closing(Exchange.open(folder / "server")) as server:
        filler = Filler(server)
        filler.flush()
        away = [Console(server, filler.me, "filler") for _ in range(consoles)]
        before = server.head()
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    with serving(folder / "server") as running:
        begun = processor_time(running.process.pid), time.process_time()
        asyncio.run(Weather(running.url, storm).blow(away, seconds, before))
        storm.processor = processor_time(running.process.pid) - begun[0]
        storm.simulating = time.process_time() - begun[1]
        with closing(Exchange.open(folder / "server")) as server:
            assert server.head() == storm.head, "each push was taken once"
        assert running.end() == 0, running.narration
        running.gone()
        storm.log = [line for line in running.narration if " WARNING " in line or " ERROR " in line]
    return storm


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--consoles", type=int, default=1_000)
    parser.add_argument("--seconds", type=float, default=60)
    asked = parser.parse_args()
    collect_late()
    print(machine())
    with TemporaryDirectory(prefix="supportdesk-storm-") as folder:
        storm = blown(Path(folder), asked.consoles, asked.seconds)
    print(f"{asked.consoles:,} consoles within {asked.seconds:.0f} s: {storm.pulls:,} pulls, {storm.sent_away} sent "
          f"away for a while, a push {1000 * statistics.median(storm.pushes):.0f} ms in the median; the server used "
          f"{storm.processor:.1f} s of the processor, the consoles {storm.simulating:.1f} s")
    for told in (*storm.errors[:5], *storm.log[:5]):
        print(f"  {told}")
    return tell([
        Figure("all current after the last one came", storm.current, CURRENT, "s"),
        Figure("a push, 99 of 100", storm.p99, P99, "s"),
        Figure("answers that were errors", len(storm.errors), 0, ""),
        Figure("warnings in the server's log", len(storm.log), 0, ""),
    ])


if __name__ == "__main__":
    sys.exit(main())
