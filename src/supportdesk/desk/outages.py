"""Noting when a service did not run, and when it is not meant to: what its availability is computed from."""

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from supportdesk.i18n import _
from supportdesk.store.journal import Act
from supportdesk.store.rows import Row
from supportdesk.store.views.lookup import of_component
from supportdesk.terms.codes import OutageKind
from supportdesk.terms.errors import Invalid

if TYPE_CHECKING:
    from supportdesk.desk.desk import Desk

LONGEST_REASON = 500


def note_outage(desk: "Desk", ticket_id: UUID | None, began_at: datetime, ended_at: datetime | None = None, *,
                kind: OutageKind = OutageKind.OUTAGE, product_id: UUID | None = None,
                component_id: UUID | None = None, reason: str = "") -> UUID:
    """Note when a service did not run, or will not as announced (maintenance, which needs its end), with a ticket or
    without one; without ``ended_at`` it does not run yet. Without a product or component it is what the ticket is
    about. Returns its id. Raises Invalid."""
    given = _checked({"began_at": began_at, "ended_at": ended_at, "reason": reason})
    with desk.journal.action("note_outage", desk.who, reason=given["reason"]) as act:
        _sound(act, {**given, "kind": kind})
        case = {} if ticket_id is None else act.get("ticket", ticket_id)
        component = component_id or (None if product_id else case.get("component_id"))
        product = product_id or case.get("product_id")
        if component is not None and (component_id is not None or product is None):
            product = of_component(act.conn, component).get("product_id")
        if product is None and component_id is None:
            raise Invalid(_("Say which product did not run: the ticket names none.") if ticket_id else
                          _("Say what did not run: a product or a component."), field="product")
        row: Row = {**given, "ticket_id": ticket_id, "product_id": product, "component_id": component, "kind": kind,
                    "agent_id": act.agent}
        return act.create("outage", row)


def correct_outage(desk: "Desk", id: UUID, changes: Mapping[str, Any], seen: Mapping[str, Any] | None = None) -> None:
    """Correct when it began or ended, or why. Raises Invalid, Changed."""
    values = _checked(changes)
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


def _checked(given: Mapping[str, Any]) -> dict[str, Any]:
    """What was given, a reason without its margins. Raises Invalid."""
    said = (given.get("reason") or "").strip()
    if len(said) > LONGEST_REASON:
        raise Invalid(_("Say it in at most {most} signs.").format(most=LONGEST_REASON), field="reason")
    return dict(given) | ({"reason": said or None} if "reason" in given else {})


def _sound(act: Act, row: Mapping[str, Any]) -> None:
    """Refuse what cannot have been."""
    began, ended = row["began_at"], row.get("ended_at")
    announced = row["kind"] == OutageKind.MAINTENANCE
    if announced and ended is None:
        raise Invalid(_("Maintenance that is announced has an end. Say until when."), field="ended_at")
    if ended is not None and ended <= began:
        raise Invalid(_("It cannot have ended before it began."), field="ended_at")
    if not announced and max(began, ended or began) > act.at:
        raise Invalid(_("An outage to come is not known yet; what is announced is maintenance."),
                      field="began_at")
