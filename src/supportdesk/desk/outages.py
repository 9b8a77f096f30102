"""How long a service did not run, noted by hand: the availability a contract promises is computed from it."""

from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from supportdesk.i18n import _
from supportdesk.store.views.lookup import of_component
from supportdesk.terms.codes import OutageKind
from supportdesk.terms.errors import Invalid

if TYPE_CHECKING:
    from supportdesk.desk.desk import Desk

LONGEST_REASON = 500


def note_outage(desk: "Desk", ticket_id: UUID, began_at: datetime, ended_at: datetime | None = None, *,
                kind: OutageKind = OutageKind.OUTAGE, product_id: UUID | None = None,
                component_id: UUID | None = None, reason: str = "") -> UUID:
    """Note with a ticket when its service did not run; without ``ended_at`` it does not run yet. What was announced is
    maintenance. Without a product or component it is what the ticket is about. Returns its id. Raises Invalid."""
    if ended_at is not None and ended_at <= began_at:
        raise Invalid(_("It cannot have ended before it began."), field="ended_at")
    said = reason.strip()
    if len(said) > LONGEST_REASON:
        raise Invalid(_("Say it in at most {most} signs.").format(most=LONGEST_REASON), field="reason")
    with desk.journal.action("note_outage", desk.who, reason=said or None) as act:
        row = act.get("ticket", ticket_id)
        if kind is not OutageKind.MAINTENANCE and max(began_at, ended_at or began_at) > act.at:
            raise Invalid(_("An outage to come is not known yet; what is announced is maintenance."), field="began_at")
        component = component_id or (None if product_id else row["component_id"])
        product = product_id or row["product_id"]
        if component is not None and (component_id is not None or product is None):
            product = of_component(act.conn, component).get("product_id")
        if product is None:
            raise Invalid(_("Say which product did not run: the ticket names none."), field="product")
        return act.create("outage", {"ticket_id": ticket_id, "product_id": product, "component_id": component,
                                     "kind": kind, "began_at": began_at, "ended_at": ended_at, "agent_id": act.agent,
                                     "reason": said or None})
