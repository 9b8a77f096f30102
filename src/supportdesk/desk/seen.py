"""What changed since I looked: the ``+`` in lists."""

from collections.abc import Iterable
from uuid import UUID

from supportdesk.store.drafts import Drafts
from supportdesk.store.types import instant, micros
from supportdesk.store.views.queue import QueueLine

LOOKED = "queue.looked"


class SeenMarks:
    """When the agent last looked at each ticket; one he never looked at counts from his last look at the queue.

    At the first start nothing is new. Instants are microseconds UTC."""

    def __init__(self, drafts: Drafts, agent: UUID, now_us: int) -> None:
        self._drafts = drafts
        self._agent = agent
        self._since: int = drafts.recall(agent, LOOKED) or now_us
        self._at: dict[UUID, int] = {}

    def learn(self, tickets: Iterable[UUID]) -> None:
        """Read the marks of these tickets from the side file. Called where their lines are read."""
        unknown = [id for id in tickets if id not in self._at]
        if unknown:
            self._at.update({id: micros(at) for id, at in self._drafts.seen(self._agent, unknown).items()})

    def is_new(self, line: QueueLine) -> bool:
        """Whether the ticket changed after I looked at it."""
        return line.updated_us > self._at.get(line.id, self._since)

    def looked(self, ticket: UUID, now_us: int) -> None:
        """I look at it now."""
        self._at[ticket] = now_us
        self._drafts.mark_seen(self._agent, ticket, instant(now_us))

    def looked_at_queue(self, now_us: int) -> None:
        """I have the queue before my eyes; what comes after the console has ended is new to me."""
        self._drafts.remember(self._agent, LOOKED, now_us)
