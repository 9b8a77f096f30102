"""Noting when a service did not run, and when it is not meant to: what its availability is computed from."""

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from supportdesk.i18n import _
from supportdesk.models.inputs import OutageInput, checked
from supportdesk.store.journal import Act
from supportdesk.store.rows import Row
from supportdesk.terms.codes import OutageKind
from supportdesk.terms.errors import Invalid

if TYPE_CHECKING:
    from supportdesk.desk.desk import Desk


def note_outage(desk: "Desk", began: datetime, *, ended: datetime | None = None,
                kind: OutageKind = OutageKind.OUTAGE, ticket: UUID | None = None, product: UUID | None = None,
                component: UUID | None = None, reason: str | None = None) -> UUID:
    """Note that a service did not run from ``began`` (aware) on, or will not as announced (maintenance, which needs its
    end). What did not run is the ticket's product and component where none is given. Raises Invalid."""
    values = checked(OutageInput, {"began_at": began, "ended_at": ended, "reason": reason or None})
    with desk.journal.action("note_outage", desk.who) as act:
        row: Row = {**values, "kind": kind, "ticket_id": ticket, "agent_id": act.agent}
        if component is not None:
            row |= {"component_id": component, "product_id": act.get("component", component)["product_id"]}
        elif product is not None:
            row["product_id"] = act.get("product", product)["id"]
        if ticket is not None:
            case = act.get("ticket", ticket)
            if component is None and product is None:
                row |= {"product_id": case["product_id"], "component_id": case["component_id"]}
        if row.get("product_id") is None and row.get("component_id") is None:
            raise Invalid(_("Say what did not run: a product or a component."), field="service")
        _sound(act, row)
        return act.create("outage", row)


def correct_outage(desk: "Desk", id: UUID, changes: Mapping[str, Any], seen: Mapping[str, Any] | None = None) -> None:
    """Correct when it began or ended, or why. Raises Invalid, Changed."""
    values = checked(OutageInput, changes)
    with desk.journal.action("note_outage", desk.who) as act:
        _sound(act, {**act.get("outage", id), **values})
        act.set("outage", id, values, seen=seen)


def end_outage(desk: "Desk", id: UUID, at: datetime | None = None) -> None:
    """It runs again, since ``at`` (aware; default now). Raises Invalid when it had ended before."""
    with desk.journal.action("note_outage", desk.who) as act:
        row = act.get("outage", id)
        if row["ended_at"] is not None:
            raise Invalid(_("It has ended already. Correct its end instead."), field="ended_at")
        ended = {"ended_at": act.at if at is None else at}
        _sound(act, {**row, **ended})
        act.set("outage", id, ended, seen={"ended_at": None})


def withdraw_outage(desk: "Desk", id: UUID) -> None:
    """It was noted by mistake and counts no more."""
    with desk.journal.action("note_outage", desk.who) as act:
        act.set("outage", id, {"retired_at": act.at})


def _sound(act: Act, row: Mapping[str, Any]) -> None:
    """Refuse what cannot have been."""
    began, ended = row["began_at"], row.get("ended_at")
    announced = row["kind"] == OutageKind.MAINTENANCE
    if announced and ended is None:
        raise Invalid(_("Maintenance that is announced has an end. Say until when."), field="ended_at")
    if ended is not None and ended <= began:
        raise Invalid(_("It ends before it begins. Give an end after its beginning."), field="ended_at")
    if not announced and max(began, ended or began) > act.at:
        raise Invalid(_("An outage cannot be noted before it happens. For what is announced there is maintenance."),
                      field="began_at")
