"""Own views of the queue, kept by name."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from uuid import UUID

from supportdesk.i18n import _
from supportdesk.terms.errors import Invalid

if TYPE_CHECKING:
    from supportdesk.desk.desk import Desk


def save_view(desk: "Desk", name: str, filter: Mapping[str, Any], id: UUID | None = None) -> UUID:
    """Keep a filter under a name, or change the one with this id."""
    if not name.strip():
        raise Invalid(_("A view needs a name."), field="name")
    with desk.journal.action("save_view", desk.who) as act:
        if id is not None:
            act.set("saved_view", id, {"name": name, "filter": dict(filter)})
            return id
        return act.create("saved_view", {"agent_id": act.agent, "name": name, "filter": dict(filter)})


def drop_view(desk: "Desk", id: UUID) -> None:
    with desk.journal.action("save_view", desk.who) as act:
        act.set("saved_view", id, {"retired_at": act.at})
