"""Typing ahead: keys act one after the other, however fast they come (field/trust.md R75).

Textual hands every key at once to whatever has the focus at that instant: of ``n`` and a name in one breath the name
would still go to the list. Here a key waits until the one before has done its work: its action is over, the screen it
opened stands, the field it leads to has the focus, what it asked of the desk is answered. Letters that follow letters
in one field never wait.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum
from typing import TYPE_CHECKING

from textual import events
from textual.message import Message

if TYPE_CHECKING:
    from textual.message_pump import MessagePump

    from supportdesk.base_app import DeskApp

PATIENCE = 10.0
"""Seconds a key waits for the one before at most: a desk that is locked must not take the keyboard away."""

LONG_AGO = 0.25
"""Seconds after which a key has done all that needs no answer of the desk."""

ROUNDS = 2
"""Times that all messages have to be through with nothing asked of the desk meanwhile."""

READ = 0.05
"""Seconds in which what was typed before the end is read from the terminal."""

_EDITING = frozenset({"backspace", "delete", "left", "right", "home", "end"})
_EDITING |= {f"ctrl+{letter}" for letter in "adefkuw"}


class Kind(Enum):
    """What a key does in the field that has the focus."""

    TEXT = 1
    """Puts text into it: the field itself takes the key."""
    EDIT = 2
    """Edits its text or moves in it: the key goes up to the app, which tells the field."""
    ACT = 3
    """Anything else, and every key while no field has the focus."""


class Through(Message):
    """Goes the way a key goes; when the app gets it everything sent before has been dealt with."""

    def __init__(self, arrived: asyncio.Event) -> None:
        super().__init__()
        self.arrived = arrived


class TypeAhead:
    """The keys of one app that have come and not acted yet."""

    def __init__(self, app: DeskApp) -> None:
        self._app = app
        self._waiting: deque[events.Key | events.Paste] = deque()
        self._passing: events.Key | events.Paste | None = None
        self._last = 0.0
        self._before = Kind.ACT
        self._field: object = None
        self._working = 0
        self._task: asyncio.Task[None] | None = None

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Around whatever a key began that goes on beside the loop: keys that come meanwhile wait for its end."""
        self._working += 1
        try:
            yield
        finally:
            self._working -= 1

    @property
    def is_empty(self) -> bool:
        """Whether every key that came has been given to the screen."""
        return not self._waiting and self._passing is None

    async def dealt_with(self, seconds: float) -> None:
        """Return when every key that was typed has done its work, or after so many seconds."""
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        await asyncio.sleep(READ)
        while loop.time() < end:
            await self._through(self._app)
            await self._round()
            if self.is_empty and not self._working:
                await self._round()
                return

    def passes(self, event: events.Key | events.Paste) -> bool:
        """Whether a key may act now. Else it is kept and comes again by itself."""
        now = asyncio.get_running_loop().time()
        if event is self._passing:
            self._passing = None
        elif not self.is_empty or not (self._flows_on(event) or (not self._working and now - self._last > LONG_AGO)):
            self._waiting.append(event)
            if self._task is None:
                self._task = asyncio.create_task(self._give())
            return False
        self._last = now
        self._before, self._field = self._kind(event), self._app.focused
        return True

    def _kind(self, event: events.Key | events.Paste) -> Kind:
        """A field in which a sign leads on by itself (``leads_on``) takes acts, not text."""
        field = self._app.focused
        if not getattr(field, "is_field", False) or getattr(field, "leads_on", False):
            return Kind.ACT
        if isinstance(event, events.Paste) or event.is_printable:
            return Kind.TEXT
        return Kind.EDIT if event.key in _EDITING else Kind.ACT

    def _in_one_field(self, event: events.Key | events.Paste) -> bool:
        """Whether this key and the one before write in the same field."""
        return Kind.ACT not in (self._before, self._kind(event)) and self._field is self._app.focused

    def _flows_on(self, event: events.Key | events.Paste) -> bool:
        """Whether it may follow at once: it cannot overtake the one before."""
        return self._in_one_field(event) and not (self._before is Kind.EDIT and self._kind(event) is Kind.TEXT)

    async def _give(self) -> None:
        """Give the waiting keys to the app one by one."""
        try:
            while self._waiting:
                if not self._flows_on(self._waiting[0]):
                    await (self._round() if self._in_one_field(self._waiting[0]) else self._rest())
                self._passing = self._waiting.popleft()
                self._app.post_message(self._passing)
                while self._passing is not None:
                    await self._round()
        finally:
            self._task = None

    async def _rest(self) -> None:
        """Until what the key before began is over."""
        loop = asyncio.get_running_loop()
        end = loop.time() + PATIENCE
        quiet = 0
        while quiet < ROUNDS and loop.time() < end:
            await self._round()
            at_work = self._working or self._app.screen._callbacks  # these wait until what was typed is drawn
            quiet = 0 if at_work else quiet + 1
            if at_work:
                await asyncio.sleep(0.002)

    async def _round(self) -> None:
        """Until every message that is under way now has been dealt with."""
        await self._through(self._app.focused or self._app.screen)

    async def _through(self, target: MessagePump) -> None:
        arrived = asyncio.Event()
        target.post_message(Through(arrived))
        try:
            await asyncio.wait_for(arrived.wait(), 1)
        except TimeoutError:  # its widget went away with its messages
            return
