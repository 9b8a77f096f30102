"""The one thread that writes drafts and heartbeats, half a second behind the fingers.

The screen hands over plain values and goes on; nothing here asks a widget, so the text is saved even when
the event loop is stuck (field/feasibility.md 6). ``life.run_console(app, flush=writer.flush)``.
"""

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from uuid import UUID

from supportdesk.store.drafts import Drafts
from supportdesk.terms.errors import NotReady

DELAY_S = 0.5
"""From the first change to the disk."""

BEAT_S = 1.0
RETRY_S = 2.0
"""After a failure (disk full) the text waits in memory and is tried again."""


_Newest = tuple[UUID, str, Mapping[str, Any]] | None
"""Agent, kind and text of a draft; None: drop it."""


class DraftWriter:
    """Writes into ``drafts`` what :meth:`put` was given last.

    ``on_split(old, new)`` is called from the thread when another console took a draft over and this text goes on
    under a new id; the writer itself follows. ``problem`` is the sentence while the file cannot be written."""

    def __init__(self, drafts: Drafts, *, on_split: Callable[[UUID, UUID], object] | None = None,
                 delay: float = DELAY_S) -> None:
        self.drafts = drafts
        self.problem: str | None = None
        self._on_split = on_split
        self._delay = delay
        self._waiting: dict[UUID, _Newest] = {}
        self._moved: dict[UUID, UUID] = {}
        self._tickets: frozenset[UUID] = frozenset()
        self._shown: frozenset[UUID] = frozenset()
        self._due: float | None = None
        self._ending = False
        self._busy = False
        self._wake = threading.Condition()
        self._thread = threading.Thread(target=self._run, name="supportdesk-drafts", daemon=True)
        self._thread.start()

    def put(self, draft_id: UUID, agent: UUID, kind: str, data: Mapping[str, Any]) -> None:
        """The newest text of a draft, JSON values only. Returns at once; on disk within ``delay``."""
        with self._wake:
            self._waiting[draft_id] = (agent, kind, dict(data))
            if self._due is None:
                self._due = time.monotonic() + self._delay
                self._wake.notify_all()

    def drop(self, draft_id: UUID) -> None:
        """The draft was saved, or thrown away on purpose: forget it, whatever was still to be written."""
        with self._wake:
            self._waiting[draft_id] = None
            self._due = time.monotonic()
            self._wake.notify_all()

    def look_at(self, tickets: Iterable[UUID]) -> None:
        """The tickets this console has open from now on; others see it at once."""
        with self._wake:
            self._tickets = frozenset(tickets)
            self._wake.notify_all()

    def flush(self, timeout: float = 1.0) -> bool:
        """Write what waits now. True when all of it is on disk; False after ``timeout`` seconds or a failure."""
        deadline = time.monotonic() + timeout
        with self._wake:
            self._due = time.monotonic()
            self._wake.notify_all()
            while self._waiting or self._busy:
                left = deadline - time.monotonic()
                if left <= 0 or not self._thread.is_alive():
                    return False
                self._wake.wait(left)
        return True

    def close(self, timeout: float = 1.0) -> None:
        """Write what waits, end the thread and leave: drafts are free for other consoles."""
        self.flush(timeout)
        with self._wake:
            self._ending = True
            self._wake.notify_all()
        self._thread.join(timeout)
        if not self._thread.is_alive():
            self.drafts.close()

    def _run(self) -> None:
        next_beat = time.monotonic()
        while True:
            with self._wake:
                while not self._ending:
                    now = time.monotonic()
                    beating = bool(self._tickets or self.drafts.held)
                    events = [t for t in (self._due, next_beat if beating else None) if t is not None]
                    if self._tickets != self._shown or any(t <= now for t in events):
                        break
                    self._wake.wait(min(events) - now if events else None)
                if self._ending:
                    return
                now = time.monotonic()
                work: dict[UUID, _Newest] = {}
                if self._due is not None and self._due <= now:
                    work, self._waiting, self._due = self._waiting, {}, None
                tickets, self._busy = self._tickets, True
            failed = self._write(work)
            if tickets != self._shown or now >= next_beat:
                next_beat = now + BEAT_S
                self._beat(tickets)
            with self._wake:
                self._busy = False
                for draft_id, newest in failed.items():
                    self._waiting.setdefault(draft_id, newest)
                if failed:
                    self._due = time.monotonic() + RETRY_S
                self._wake.notify_all()

    def _write(self, work: dict[UUID, _Newest]) -> dict[UUID, _Newest]:
        """Write each; returns those that failed."""
        failed: dict[UUID, _Newest] = {}
        for draft_id, newest in work.items():
            id = self._moved.get(draft_id, draft_id)
            try:
                if newest is None:
                    self.drafts.drop(id)
                else:
                    kept = self.drafts.save(id, *newest)
                    if kept != id:
                        self._moved[draft_id] = kept
                        if self._on_split is not None:
                            self._on_split(draft_id, kept)
                self.problem = None
            except NotReady as error:
                self.problem = error.message
                failed[draft_id] = newest
        return failed

    def _beat(self, tickets: frozenset[UUID]) -> None:
        try:
            self.drafts.beat(tickets)
            self._shown = tickets
        except NotReady as error:
            self.problem = error.message
            self._shown = tickets
