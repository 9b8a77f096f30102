"""Which details of a ticket can be corrected in place, and how each is asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from supportdesk.desk.fields import field_name
from supportdesk.desk.labels import TYPE, label
from supportdesk.i18n import _
from supportdesk.screens import ticket_choices as offer
from supportdesk.terms.errors import Invalid
from supportdesk.widgets.prompt import Answer, Choice, Finder, fixed

if TYPE_CHECKING:
    from supportdesk.app import SupportDesk
    from supportdesk.store.views.ticket import TicketView


@dataclass(frozen=True, slots=True)
class Detail:
    """One detail. ``seen`` are the stored fields behind it as the screen showed them."""

    field: str
    name: str
    shown: str
    seen: Mapping[str, Any]
    changes: Callable[[Answer], dict[str, Any]]
    find: Callable[[SupportDesk, TicketView, str], Any] | None = None
    choices: Sequence[Choice] = ()

    @property
    def must_choose(self) -> bool:
        return bool(self.choices)

    def finder(self, app: SupportDesk, view: TicketView) -> Finder | None:
        """What is offered while it is typed."""
        if self.choices:
            return fixed(self.choices)
        if self.find is None:
            return None
        ask = self.find

        async def find(typed: str) -> Sequence[Choice]:
            found: Sequence[Choice] = await ask(app, view, typed)
            return found

        return find


def fields(view: TicketView) -> list[Detail]:
    """Every detail, the most often corrected first."""
    return [
        _text("title", view.title, needed=True),
        _text("description", view.description, needed=True),
        Detail("component", field_name("component"), view.component,
               {"component_id": view.component_id, "component_name": None}, _component, _find_component),
        Detail("caller", field_name("caller"), view.caller, {"caller_id": view.caller_id}, _caller, _find_person),
        _text("caller_number", view.caller_number),
        Detail("affected", field_name("affected"), view.affected, {"affected_id": view.affected_id},
               lambda answer: _person(answer, "affected"), _find_person),
        Detail("approver", field_name("approver"), view.approver, {"approver_id": view.approver_id},
               lambda answer: _person(answer, "approver"), _find_person),
        Detail("organisation", field_name("organisation"), view.organisation,
               {"organisation_id": view.organisation_id}, _organisation, _find_organisation),
        Detail("type", field_name("type"), label(TYPE, view.type), {"type": view.type},
               lambda answer: {"type": answer.choice.data} if answer.choice else {}, choices=offer.types()),
        _text("language", view.language),
        _text("wish", view.wish),
        Detail("tags", field_name("tags"), ", ".join(view.tags), {}, _tags),
    ]


def _text(name: str, value: str | None, needed: bool = False) -> Detail:
    def changes(answer: Answer) -> dict[str, Any]:
        text = answer.text.strip()
        if needed and not text:
            raise Invalid(_("It cannot be empty."))
        return {name: text or None}

    return Detail(name, field_name(name), value or "", {name: value}, changes)


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


async def _find_component(app: SupportDesk, view: TicketView, typed: str) -> Sequence[Choice]:
    return await app.read(offer.components, typed, view.caller_id)


async def _find_person(app: SupportDesk, _view: TicketView, typed: str) -> Sequence[Choice]:
    return await app.read(offer.people, typed, app.region)


async def _find_organisation(app: SupportDesk, _view: TicketView, typed: str) -> Sequence[Choice]:
    return await app.read(offer.organisations, typed)
