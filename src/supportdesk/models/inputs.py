"""Input types: what a person or a file may give. Table models do not validate (DESIGN.md 3); these do."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from supportdesk.i18n import _
from supportdesk.terms.codes import Channel, Direction, Outcome, Priority, TicketType
from supportdesk.terms.errors import Invalid

Line = Annotated[str, StringConstraints(max_length=500)]
Text = Annotated[str, StringConstraints(max_length=200_000)]
Rank = Annotated[int, Field(ge=1, le=4)]


class Input(BaseModel):
    """Plain pydantic: an SQLModel that is no table says the same and takes three times as long."""

    model_config = ConfigDict(extra="forbid")


class TicketInput(Input):
    """Facts of a ticket as given; ids are resolved already."""

    type: TicketType = TicketType.INCIDENT
    caller_id: UUID | None = None
    caller_name: Line | None = None
    caller_number: Line | None = None
    affected_id: UUID | None = None
    affected_name: Line | None = None
    approver_id: UUID | None = None
    approver_name: Line | None = None
    organisation_id: UUID | None = None
    organisation_name: Line | None = None
    product_id: UUID | None = None
    component_id: UUID | None = None
    component_name: Line | None = None
    asset_id: UUID | None = None
    asset_name: Line | None = None
    language: Line | None = None
    title: Line | None = None
    description: Text | None = None
    impact: Rank = 4
    urgency: Rank = 3
    priority: Priority | None = None
    priority_reason: Line | None = None
    wish: Line | None = None
    needed_by: datetime | None = None
    needed_for: Line | None = None
    tags: tuple[Line, ...] = ()


class ContactInput(Input):
    direction: Direction = Direction.IN
    channel: Channel = Channel.PHONE
    number_given: Line | None = None
    called_number: Line | None = None
    caller_id: UUID | None = None
    caller_name: Line | None = None
    behalf_id: UUID | None = None
    behalf_name: Line | None = None
    language: Line | None = None
    started_at: datetime | None = None
    answered_at: datetime | None = None
    holds: tuple[tuple[datetime, datetime | None], ...] = ()
    ended_at: datetime | None = None
    wrapped_at: datetime | None = None
    outcome: Outcome | None = None
    note: Text | None = None


class CallerInput(Input):
    name: Line | None = None
    organisation_id: UUID | None = None
    numbers: tuple[Line, ...] = ()
    mail: Line | None = None
    language: Line | None = None
    employee_number: Line | None = None
    power_user: bool | None = None
    vip: bool | None = None
    remarks: Text | None = None


class OrganisationInput(Input):
    name: Line | None = None
    kind: Line | None = None
    key_account: bool | None = None
    language: Line | None = None
    integrator_id: UUID | None = None
    remarks: Text | None = None


class AssetInput(Input):
    inventory: Line | None = None
    serial: Line | None = None
    host: Line | None = None
    room: Line | None = None
    name: Line | None = None
    product_id: UUID | None = None
    component_id: UUID | None = None
    organisation_id: UUID | None = None
    caller_id: UUID | None = None


class NoteInput(Input):
    text: Text


def checked(model: type[Input], values: Mapping[str, Any]) -> dict[str, Any]:
    """``values`` as the model's Python values, those given only. Raises Invalid naming the field."""
    try:
        given = model.model_validate(dict(values))
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=True, include_input=False)[0]
        field = ".".join(str(part) for part in first["loc"][:1])
        raise Invalid(_sentence(field, first), field=field) from None
    return dict(zip(values, map(vars(given).__getitem__, values), strict=True))


def _sentence(field: str, problem: Any) -> str:
    context = problem.get("ctx") or {}
    match problem["type"]:
        case "string_too_long":
            return _("{field} is too long: {limit} characters at most. Put the rest into a note.").format(
                field=field, limit=context["max_length"]
            )
        case "greater_than_equal" | "less_than_equal" | "int_parsing" | "int_type" | "int_from_float":
            return _("{field} is a whole number within its range (impact and urgency: 1 to 4).").format(field=field)
        case "enum" | "literal_error":
            allowed = ", ".join(re.findall("'([^']*)'", context.get("expected", "")))  # pydantic joins them in English
            return _("{field} is one of {allowed}.").format(field=field, allowed=allowed)
        case "extra_forbidden":
            return _("There is no field {field}.").format(field=field)
        case "string_unicode":
            return _("{field} holds half a character that cannot be stored. Paste it again without it.").format(
                field=field
            )
        case _:
            return _("{field} cannot be used as given.").format(field=field)
