"""Which details of a card can be corrected in place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from supportdesk.desk import choices as offer
from supportdesk.i18n import _
from supportdesk.screens.card_rows import numbers_said
from supportdesk.screens.details import Detail, find_organisation, find_person, text, yes_or_no
from supportdesk.store.views.cards import AssetCard, CallerCard, Card, OrganisationCard
from supportdesk.terms.errors import Invalid
from supportdesk.widgets.prompt import Answer

if TYPE_CHECKING:
    from supportdesk.app import SupportDesk
    from supportdesk.store.views.names import Name

VERBS = {"caller": "people.save_caller", "organisation": "people.save_organisation", "asset": "people.save_asset"}
"""The verb that saves a card of each kind."""


def details(card: Card, region: str) -> list[Detail]:
    """Every detail of a card, as it is read and corrected."""
    if isinstance(card, CallerCard):
        return _caller(card, region)
    return _organisation(card) if isinstance(card, OrganisationCard) else _asset(card)


def _caller(card: CallerCard, region: str) -> list[Detail]:
    stored = [{"text": given, "e164": e164} for given, e164 in card.numbers]
    return [
        text("name", card.name, needed=True, called=_("Name")),
        Detail("numbers", _("Telephone"), numbers_said(card, region), {"numbers": stored}, _numbers),
        text("mail", card.mail, called=_("Mail")),
        text("language", card.language, called=_("Language")),
        text("employee_number", card.employee_number, called=_("Employee number")),
        yes_or_no("vip", card.vip, _("VIP")),
        yes_or_no("power_user", card.power_user, _("Power user")),
        text("remarks", card.remarks or None, called=_("Remarks")),
        _named("organisation_id", _("Organisation of"), card.organisation, find_organisation),
    ]


def _organisation(card: OrganisationCard) -> list[Detail]:
    return [
        text("name", card.name, needed=True, called=_("Name")),
        text("language", card.language, called=_("Language")),
        yes_or_no("key_account", card.key_account, _("Key account")),
        text("remarks", card.remarks or None, called=_("Remarks")),
        _named("integrator_id", _("Integrator between"), card.integrator, find_organisation),
    ]


def _asset(card: AssetCard) -> list[Detail]:
    line = card.line
    component = ", ".join(name.shown for name in (card.product, card.component) if name)
    seen = {"component_id": card.component.id if card.component else None,
            "product_id": card.product.id if card.product else None}
    return [
        text("name", line.name or None, called=_("Name")),
        text("inventory", line.inventory or None, called=_("Inventory number")),
        text("serial", line.serial or None, called=_("Serial number")),
        text("host", line.host or None, called=_("Host")),
        text("room", line.room or None, called=_("Room")),
        Detail("component", _("Component"), component, seen, _component, _find_component),
        _named("caller_id", _("Used by"), card.caller, find_person),
        _named("organisation_id", _("Belongs to"), card.organisation, find_organisation),
    ]


def _named(field: str, called: str, name: Name | None, find: Any) -> Detail:
    """A reference to another record: chosen, or emptied. Its own line on the card opens that record."""

    def changes(answer: Answer) -> dict[str, Any]:
        if answer.choice is None:
            if answer.text.strip():
                raise Invalid(_("Choose one of the list, or leave it empty."))
            return {field: None}
        data = answer.choice.data
        return {field: getattr(data, "id", data)}

    return Detail(field, called, name.shown if name else "", {field: name.id if name else None}, changes, find)


def _numbers(answer: Answer) -> dict[str, Any]:
    return {"numbers": tuple(part.strip() for part in answer.text.split(",") if part.strip())}


def _component(answer: Answer) -> dict[str, Any]:
    if answer.choice is None:
        if answer.text.strip():
            raise Invalid(_("Choose one of the list, or leave it empty."))
        return {"component_id": None, "product_id": None}
    return {"component_id": answer.choice.data.id, "product_id": answer.choice.data.product_id}


async def _find_component(app: SupportDesk, typed: str) -> Any:
    return await app.read(offer.components, typed, None)
