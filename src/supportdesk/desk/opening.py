"""Opening a desk for the console: everything the first screen shows, read in a thread of its own."""

from collections.abc import Callable
from concurrent.futures import Future
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from supportdesk.desk.desk import Desk
from supportdesk.desk.promised import Promised, promised
from supportdesk.desk.seen import SeenMarks
from supportdesk.desk.threads import Reader
from supportdesk.store.clock import utc_now
from supportdesk.store.drafts import Draft, Drafts
from supportdesk.store.types import micros
from supportdesk.store.views.look import Look, OwnView, look, own_views
from supportdesk.store.views.queue import View
from supportdesk.store.views.standing import majors_now
from supportdesk.store.views.ticket import TicketView, ticket

LAST_VIEW = "queue.view"
CALL = "call"
"""Kind of the drafts of calls."""
WORDS = "words"
"""Kind of the drafts of texts about a record, a note for a ticket for one; their data say which in ``about``."""


class FirstLook:
    """What the queue shows at once: the view seen last, its lines, the views the agent keeps, the side file."""

    def __init__(self, desk: Desk, now_us: int) -> None:
        me = desk.agent
        self.drafts = Drafts(desk.path, agent=me.id, name=me.name)
        self.calls = self._calls_set_aside(desk)
        self.unsaved = self._unsaved(desk)
        kept = self.drafts.recall(me.id, LAST_VIEW)
        self.view = View(kept) if kept in set(View) else View.TEAM
        self.seen = SeenMarks(self.drafts, me.id, now_us)
        self.look: Look = look(desk.reader, self.view, me, now_us)
        self.seen.learn(line.id for line in self.look.lines)
        self.own: tuple[OwnView, ...] = own_views(desk.reader, me)
        self.majors = majors_now(desk.reader)
        lines = self.look.lines
        self.ticket: TicketView | None = ticket(desk.reader, lines[0].id) if lines else None
        self.promised = promised(desk.reader, lines[0].id, now_us) if lines else Promised()

    def _calls_set_aside(self, desk: Desk) -> list[Draft]:
        """Calls the agent typed and did not save, in this console or in one that has ended; oldest first."""
        self.drafts.drop_saved(desk.reader)
        free = [kept for kept in self.drafts.list(desk.agent.id) if kept.kind == CALL and kept.held is None]
        taken = (self.drafts.take_over(kept.id) for kept in reversed(free))
        return [draft for draft in taken if draft is not None]

    def _unsaved(self, desk: Desk) -> tuple[str, ...]:
        """Numbers of the tickets at which a text of the agent's stands that was typed and not saved."""
        kept = [draft for draft in self.drafts.list(desk.agent.id) if draft.kind == WORDS and draft.held is None]
        about = dict.fromkeys(str(draft.data.get("about")) for draft in kept)
        tickets = (ticket(desk.reader, UUID(id)) for id in about)
        return tuple(found.number for found in tickets if found is not None)


class Opening:
    """A desk being opened. Raises NotReady, NotFound, NotPermitted at once; what is read comes as ``first``."""

    def __init__(self, path: Path, as_login: str | None = None, clock: Callable[[], datetime] = utc_now,
                 **desk: Any) -> None:
        self.desk = Desk(path, as_login=as_login, clock=clock, **desk)
        self.reader = Reader(self.desk, "reader")
        self.first: Future[FirstLook] = self.reader.read(lambda conn: FirstLook(self.desk, micros(clock())))
