"""Which details of a ticket can be corrected in place."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import UUID

from supportdesk.desk import choices as offer
from supportdesk.desk.fields import field_name
from supportdesk.desk.labels import TYPE, label
from supportdesk.screens.details import Detail, find_organisation, find_person, text
from supportdesk.widgets.prompt import Answer

if TYPE_CHECKING:
    from supportdesk.app import SupportDesk
    from supportdesk.store.views.ticket import TicketView


def fields(view: TicketView) -> list[Detail]:
    """Every detail, the most often corrected first."""
    return [
        text("title", view.title, needed=True),
        text("description", view.description, needed=True),
        Detail("component", field_name("component"), view.component,
               {"component_id": view.component_id, "component_name": None}, _component,
               partial(_find_component, view.caller_id)),
        Detail("caller", field_name("caller"), view.caller, {"caller_id": view.caller_id}, _caller, find_person),
        text("caller_number", view.caller_number),
        Detail("affected", field_name("affected"), view.affected, {"affected_id": view.affected_id},
               lambda answer: _person(answer, "affected"), find_person),
        Detail("approver", field_name("approver"), view.approver, {"approver_id": view.approver_id},
               lambda answer: _person(answer, "approver"), find_person),
        Detail("organisation", field_name("organisation"), view.organisation,
               {"organisation_id": view.organisation_id}, _organisation, find_organisation),
        Detail("type", field_name("type"), label(TYPE, view.type), {"type": view.type},
               lambda answer: {"type": answer.choice.data} if answer.choice else {}, choices=offer.types()),
        text("language", view.language),
        text("wish", view.wish),
        Detail("tags", field_name("tags"), ", ".join(view.tags), {}, _tags),
    ]


def _component(answer: Answer) -> dict[str, Any]:
    if answer.choice is None:
        return {"component_id": None, "component_name": answer.text.strip() or None}
    line = answer.choice.data
    found = {"component_id": line.id, "product_id": line.product_id, "component_name": None}
    return found | ({"asset_id": line.asset_id} if line.asset_id else {})


def _caller(answer: Answer) -> dict[str, Any]:
    if answer.choice is None:
        return {"caller_id": None, "caller_name": answer.text.strip() or None}
    line = answer.choice.data
    found = {"caller_id": line.id, "caller_name": line.name, "language": line.language}
    return found | ({"organisation_id": line.organisation_id} if line.organisation_id else {})


def _person(answer: Answer, part: str) -> dict[str, Any]:
    if answer.choice is None:
        return {f"{part}_id": None, f"{part}_name": answer.text.strip() or None}
    return {f"{part}_id": answer.choice.data.id, f"{part}_name": answer.choice.data.name}


def _organisation(answer: Answer) -> dict[str, Any]:
    if answer.choice is None:
        return {"organisation_id": None, "organisation_name": answer.text.strip() or None}
    return {"organisation_id": answer.choice.data, "organisation_name": None}


def _tags(answer: Answer) -> dict[str, Any]:
    return {"tags": tuple(sorted({tag.strip() for tag in answer.text.split(",") if tag.strip()}))}


async def _find_component(caller: UUID | None, app: SupportDesk, typed: str) -> Any:
    return await app.read(offer.components, typed, caller)
