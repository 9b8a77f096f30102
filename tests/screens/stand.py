"""A console for tests: the real app on a small desk at a fixed instant, driven by keys, read as lines of text."""

from __future__ import annotations

import asyncio
import copy
import os
import re
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from textual import _wait
from textual.events import Key, Paste
from textual.pilot import Pilot
from textual.worker import WorkerCancelled

from supportdesk.desk import setup
from supportdesk.desk.desk import Desk
from supportdesk.desk.opening import Opening
from supportdesk.settings import Settings
from supportdesk.store.adopt import starter_id
from supportdesk.store.types import uuid7

NOW = datetime(2026, 3, 4, 13, 2, tzinfo=UTC)
"""Wednesday, 14:02 in Zurich."""

SNAPSHOTS = Path(__file__).with_name("snapshots")
PATIENCE = 60.0
"""Seconds after which what should come has not: long, because the machine may be busy."""
LOGIN = "ana"
"""Who runs the console, whoever runs the tests."""


def minutes(count: float) -> datetime:
    """So many minutes from :data:`NOW`."""
    return NOW + timedelta(minutes=count)


_wait.SLEEP_GRANULARITY, _wait.SLEEP_IDLE = 0.005, 0.0005
"""Textual looks each 20 ms, several times a key, whether the app is idle; :meth:`Console.rest` knows it exactly."""


class Bench:
    """A desk at :data:`NOW`: Ana (me) in the hotline, Bea there too, Luc in Network; Monique Perret of Alpina calls."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.now = NOW
        setup.init(path, login=LOGIN, zone="Europe/Zurich", region="CH", lang="en", now=minutes(-10_000))
        with closing(sqlite3.connect(path)) as conn, conn:
            conn.execute("UPDATE device SET number_prefix = 214")
        self.me: UUID = starter_id("agent", LOGIN)
        self.network, self.experts, self.bea, self.luc = uuid7(), uuid7(), uuid7(), uuid7()
        self.alpina, self.monique, self.vpn, self.client, self.laptop = uuid7(), uuid7(), uuid7(), uuid7(), uuid7()
        desk = self.open()
        with desk.journal.action("administer", desk.who, at=minutes(-9_000)) as act:
            self.hotline = UUID(bytes=act.conn.execute("SELECT id FROM team").fetchone()[0])
            act.set("team", self.hotline, {"name": "Hotline"})
            act.set("agent", self.me, {"name": "Ana Roch"})
            act.create("team", {"slug": "network", "name": "Network", "level": 2, "employer": "own"}, self.network)
            act.create("team", {"slug": "experts", "name": "Experts", "level": 3, "employer": "own"}, self.experts)
            act.create("agent", {"login": "bea", "name": "Bea Noll", "teams": (self.hotline,), "roles": ("agent",)},
                       self.bea)
            act.create("agent", {"login": "luc", "name": "Luc Favre", "teams": (self.network,),
                                 "roles": ("specialist",)}, self.luc)
            act.create("product", {"slug": "vpn", "name": "VPN"}, self.vpn)
            act.create("component", {"slug": "vpn-client", "name": "Windows client", "product_id": self.vpn},
                       self.client)
        with desk.journal.action("import_records", desk.who, at=minutes(-9_000)) as act:
            act.create("organisation", {"name": "Alpina", "kind": "customer", "key_account": True,
                                        "remarks": "Branch offices open at 07:00."}, self.alpina)
            act.create("caller", {"name": "Monique Perret", "organisation_id": self.alpina, "language": "fr",
                                  "numbers": [{"text": "079 123 45 67", "e164": "+41791234567"}]}, self.monique)
            act.create("asset", {"inventory": "PC-2231", "host": "alp-pc-2231", "caller_id": self.monique,
                                 "organisation_id": self.alpina, "product_id": self.vpn}, self.laptop)
        desk.close()

    def copy(self, path: Path) -> Bench:
        """The same desk in a file of its own."""
        with closing(sqlite3.connect(self.path)) as here, closing(sqlite3.connect(path)) as there:
            here.backup(there)
            there.execute("PRAGMA journal_mode = WAL")
        made = copy.copy(self)
        made.path = path
        return made

    def open(self, as_login: str | None = None) -> Desk:
        """A desk of one's own; to be closed."""
        return Desk(self.path, as_login=as_login, clock=lambda: self.now)

    def say(self, verb: Callable[..., Any], *args: Any, as_login: str | None = None, at: datetime | None = None,
            **named: Any) -> Any:
        """A verb said by somebody, at another instant if need be."""
        before, self.now = self.now, at or self.now
        desk = self.open(as_login)
        try:
            return verb(desk, *args, **named)
        finally:
            desk.close()
            self.now = before

    def ticket(self, title: str = "VPN down, 40 people", **values: Any) -> UUID:
        """A ticket taken in a call 21 minutes ago."""
        from supportdesk.desk.calls import Call, take_call

        given = {
            "title": title, "description": "le vpn coupe toutes les cinq minutes", "caller_id": self.monique,
            "caller_number": "079 123 45 67", "component_id": self.client, "product_id": self.vpn, "impact": 2,
            "urgency": 1, **values,
        }  # fmt: skip
        call = Call(ticket=given, contact={"number_given": "079 123 45 67", "started_at": minutes(-22)})
        return UUID(bytes=self.say(take_call, call, at=minutes(-21)).id.bytes)

    def row(self, entity: str, id: UUID) -> dict[str, Any]:
        """A row as it is stored, in Python forms."""
        from supportdesk.store import rows

        desk = self.open()
        try:
            found = rows.read(desk.reader, entity, id)
            assert found is not None
            return dict(found)
        finally:
            desk.close()

    def ask(self, sql: str, *values: Any) -> Any:
        """The first column of the first row."""
        desk = self.open()
        try:
            found = desk.reader.execute(sql, values).fetchone()
            return None if found is None else found[0]
        finally:
            desk.close()


class Console:
    """The console in a test's hands."""

    def __init__(self, app: Any, pilot: Pilot[Any]) -> None:
        self.app = app
        self.pilot = pilot

    async def press(self, *keys: str) -> None:
        """Press keys; then whatever they began is over."""
        for key in keys:
            self.send(key)
        await self.rest()

    def send(self, key: str) -> None:
        """A key or a sign as the terminal sends it; the next may follow at once (supportdesk.typeahead)."""
        self.app._driver.send_message(Key(_NAME.get(key, key), key if len(key) == 1 else _SIGN.get(key)))

    async def type(self, text: str) -> None:
        """Type text: the first letters by keys, a long rest at once (a key costs a test 10 ms)."""
        now = len(text) if len(text) < 6 or not self.app.screen.in_field else 2
        for sign in text[:now]:
            self.send(sign)
        if text[now:]:
            self.app._driver.send_message(Paste(text[now:]))
        await self.rest()

    async def rest(self) -> None:
        """Until nothing is read, written or drawn any more; questions that wait for an answer are at rest."""
        quiet = 0
        while quiet < 2:
            await self.pilot.pause()
            workers = [w for w in self.app.workers if w.group not in ("flow",) and not w.is_finished]
            if workers:
                with suppress(WorkerCancelled):  # a newer one of its group took its place
                    await asyncio.wait_for(self.app.workers.wait_for_complete(workers), PATIENCE)
            await self.app.read(lambda conn: None)
            await asyncio.wrap_future(self.app._hand.write(lambda desk: None))
            at_work = workers or self.app.ahead._working or not self.app.ahead.is_empty
            quiet = 0 if at_work else quiet + 1

    async def until(self, words: str) -> str:
        """Wait until these words are on the screen."""
        async def shown() -> str:
            while words not in (text := self.text()):
                await self.pilot.pause(0.02)
            return text

        try:
            return await asyncio.wait_for(shown(), PATIENCE)
        except TimeoutError:
            raise AssertionError(f"{words!r} did not come:\n{self.text()}") from None

    async def until_true(self, holds: Callable[[], Any]) -> None:
        """Wait for what another thread does."""
        async def come() -> None:
            while not holds():
                await self.pilot.pause(0.02)

        await asyncio.wait_for(come(), PATIENCE)

    def lines(self) -> list[str]:
        """The screen as lines of text."""
        height = self.app.size.height
        return [
            "".join(segment.text for segment in line).rstrip()
            for line in self.app.screen._compositor.render_strips()[:height]
        ]

    def text(self) -> str:
        return "\n".join(self.lines())

    def picture(self, name: str) -> None:
        """A PNG to look at, when SUPPORTDESK_PICTURES names a folder."""
        folder = os.environ.get("SUPPORTDESK_PICTURES")
        if folder:
            import cairosvg

            svg = self.app.export_screenshot().replace("Fira Code", "DejaVu Sans Mono")
            cairosvg.svg2png(bytestring=svg.encode(), write_to=str(Path(folder) / f"{name}.png"))

    def matches(self, name: str) -> None:
        """The screen's text is that of the stored snapshot. SUPPORTDESK_SNAPSHOTS=update stores it anew."""
        file = SNAPSHOTS / f"{name}.txt"
        shown = self.text().rstrip() + "\n"
        if os.environ.get("SUPPORTDESK_SNAPSHOTS") == "update":
            SNAPSHOTS.mkdir(exist_ok=True)
            file.write_text(shown, encoding="utf-8")
        assert shown == file.read_text(encoding="utf-8"), f"another screen than {file}:\n{shown}"


_NAME = {" ": "space", "-": "minus", "+": "plus", ":": "colon", ".": "full_stop", ",": "comma", "/": "slash",
         "?": "question_mark", "'": "apostrophe", "~": "tilde", "_": "underscore"}
_SIGN = {name: sign for sign, name in _NAME.items()} | {"tab": "\t", "enter": "\r"}


@asynccontextmanager
async def console(bench: Bench, size: tuple[int, int] = (80, 24), as_login: str | None = None,
                  **settings: Any) -> AsyncIterator[Console]:
    """The app on a desk, its queue in front."""
    from supportdesk.console import SupportDesk

    opening = Opening(bench.path, as_login, clock=lambda: bench.now)
    app = SupportDesk(opening, Settings(bench.path, region="CH", theme=settings.pop("theme", "dark"), **settings))
    try:
        async with app.run_test(size=size, notifications=True) as pilot:
            made = Console(app, pilot)
            await made.rest()
            yield made
    finally:
        app.close()


def words(text: str) -> str:
    """Text with its runs of spaces made one."""
    return re.sub(r"\s+", " ", text)
