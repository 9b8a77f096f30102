"""What every dialogue of the ticket's screen stands on: the ticket as it is shown, and times as they are typed."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from supportdesk.desk.clock_words import clock
from supportdesk.i18n import _
from supportdesk.rules.whenever import parse_when
from supportdesk.screens.flows import Flows
from supportdesk.store.types import micros
from supportdesk.terms.errors import Invalid

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from supportdesk.screens.ticket_history import History
    from supportdesk.store.views.ticket import TicketView


class TicketFlows(Flows):
    """Mixed into the ticket's screen, which knows the ticket (``ticket_id``, ``view``) and can read it anew."""

    if TYPE_CHECKING:
        ticket_id: UUID
        view: TicketView | None

        @property
        def history(self) -> History: ...

        renew: Callable[[], Coroutine[Any, Any, None]]

    def with_view(self, steps: Callable[[TicketView], Coroutine[Any, Any, Any]]) -> None:
        """Begin a dialogue about the ticket as it stands on the screen."""
        if self.view is not None:
            self.flow(steps, self.view)

    async def done(self, text: str) -> None:
        """Read again and say what was done."""
        await self.renew()
        self.app.say(text)

    def instant(self, text: str) -> datetime:
        """The instant meant by what was typed, aware. Raises Invalid."""
        at = parse_when(text, self.app.now(), self.app.zone)
        if at is None:
            raise Invalid(_("Not a time: write 30 for minutes, 14:30, or tomorrow 9:00."))
        return at

    def clock(self, at: datetime) -> str:
        return clock(micros(at), self.now_us, self.app.zone)
