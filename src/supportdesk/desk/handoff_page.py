"""What the screen of an offer starts with: the ticket, the packet it tells by itself, the team to ask first."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import tzinfo
from uuid import UUID

from supportdesk.desk import choices
from supportdesk.desk.choice import Choice
from supportdesk.desk.packets import Filled, prefill
from supportdesk.store.views import intake
from supportdesk.store.views.ticket import TicketView, ticket
from supportdesk.store.views.timeline import timeline


@dataclass(frozen=True, slots=True)
class HandoffPage:
    """A ticket with the packet it tells by itself, and the team that knows its component."""

    view: TicketView
    packet: Mapping[str, Filled]
    guess: Choice | None


def handoff_page(
    conn: sqlite3.Connection, id: UUID, now_us: int, zone: tzinfo, region: str, site: str
) -> HandoffPage | None:
    """``site``: where the agent works; of the teams above, one of his own house is asked first."""
    view = ticket(conn, id)
    if view is None:
        return None
    line = intake.component(conn, view.component_id) if view.component_id else None
    own = view.team.id if view.team else None
    every = choices.teams(conn, "", own, site)
    knows = next((each for each in every if line is not None and each.data.id == line.team_id), None)
    above = next((each for each in every if each.data.level > (view.level or 0)), None)
    return HandoffPage(view, prefill(view, timeline(conn, id), now_us, zone, region), knows or above)
