"""What stands on a card, line by line: facts first, then what can be opened from it.

Pure: from the frozen cards of store/views/cards to rows; drawing makes them safe.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from uuid import UUID

from supportdesk.desk import clock_words
from supportdesk.desk.labels import CHANNEL, MATTER, OUTCOME, STATUS, called, label
from supportdesk.desk.window_words import needed_words
from supportdesk.i18n import _
from supportdesk.rules.phones import show_phone
from supportdesk.screens.details import Detail
from supportdesk.store.views.callers import TicketBrief
from supportdesk.store.views.cards import AssetCard, CallerCard, Card, OrganisationCard
from supportdesk.store.views.contacts import ContactLine
from supportdesk.store.views.names import Name
from supportdesk.store.views.ticket import CheckLine


@dataclass(frozen=True, slots=True)
class Row:
    """One line. ``opens`` is what Enter opens: a kind and an id; ``detail`` what it corrects instead."""

    key: str
    name: str
    text: str
    style: str = ""
    opens: tuple[str, UUID] | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Eyes:
    """When and where a card is read: microseconds UTC, zone, region (ISO 3166)."""

    now_us: int
    zone: tzinfo
    region: str


def title(card: Card) -> str:
    if isinstance(card, AssetCard):
        line = card.line
        return next((text for text in (line.name, line.host, line.inventory, line.serial) if text), _("device"))
    return card.name


def rows(card: Card, details: Sequence[Detail], eyes: Eyes) -> list[Row]:
    """The whole card. Details without a value are left out; "correct" in the palette offers them all."""
    made = list(_warnings(card, eyes))
    made += [
        Row(f"detail/{each.field}", each.name, each.shown, "warn" if each.field == "remarks" else "", None, each.field)
        for each in details
        if each.shown and not each.field.endswith("_id")  # another record: its line opens that one
    ]
    made += _links(card)
    made += _tickets(card.open_tickets, eyes)
    if isinstance(card, CallerCard):
        made += _contacts(card.contacts, eyes)
        made += [Row(f"asset/{each.id}", _("Device"), each.shown, "", ("asset", each.id)) for each in card.assets]
    if isinstance(card, OrganisationCard):
        made += [
            Row(f"contract/{each.id}", _("Contract"),
                ": ".join(part for part in (called(each.name, each.negotiated), each.terms) if part), "",
                ("contract", each.id))
            for each in card.contracts
        ]
        made += [Row(f"caller/{each.id}", _("Caller"), each.shown, "", ("caller", each.id)) for each in card.callers]
    return made


def numbers_said(card: CallerCard, region: str) -> str:
    """Telephone numbers as people of the region say them."""
    return ", ".join(show_phone(e164 or given, region) for given, e164 in card.numbers)


def _warnings(card: Card, eyes: Eyes) -> Iterator[Row]:
    if isinstance(card, AssetCard):
        return
    if card.merged_into is not None:
        kind = "caller" if isinstance(card, CallerCard) else "organisation"
        yield Row("merged", _("Joined"), _("this record was joined with another one: Enter opens it"), "warn",
                  (kind, card.merged_into))
    if card.key_account:
        yield Row("key", "★", _("key account"), "accent")
    if isinstance(card, CallerCard):
        for n, check in enumerate(card.failed):
            yield Row(f"failed/{n}", "!", _failed(check, eyes), "alarm")


def _failed(check: CheckLine, eyes: Eyes) -> str:
    when = clock_words.clock(check.at_us, eyes.now_us, eyes.zone)
    return _("identity check failed {when} ({matter})").format(when=when, matter=label(MATTER, check.matter))


def _links(card: Card) -> Iterator[Row]:
    """Other cards that this one names."""
    if isinstance(card, OrganisationCard):
        yield from _card(_("Integrator"), "organisation", card.integrator)
        return
    if isinstance(card, AssetCard):
        yield from _card(_("User"), "caller", card.caller)
    yield from _card(_("Organisation"), "organisation", card.organisation)


def _card(name: str, kind: str, to: Name | None) -> Iterator[Row]:
    if to is not None:
        yield Row(f"card/{kind}/{to.id}", name, to.shown, "", (kind, to.id))


def _tickets(tickets: Sequence[TicketBrief], eyes: Eyes) -> Iterator[Row]:
    if not tickets:
        yield Row("no-ticket", _("Tickets"), _("none is open"), "dim")
    for n, brief in enumerate(tickets):
        since = clock_words.clock(brief.created_us, eyes.now_us, eyes.zone)
        priority = brief.priority_at(eyes.now_us)
        text = f"{priority}  {brief.number}  {brief.title}, {label(STATUS, brief.status)}, {since}"
        if brief.window is not None:
            text += ", " + needed_words(brief.window, eyes.now_us, eyes.zone)
        yield Row(f"ticket/{brief.id}", _("Tickets") if n == 0 else "", text, "", ("ticket", brief.id))


def _contacts(contacts: Sequence[ContactLine], eyes: Eyes) -> Iterator[Row]:
    for n, contact in enumerate(contacts):
        when = clock_words.clock(contact.at_us, eyes.now_us, eyes.zone)
        parts = (when, label(CHANNEL, contact.channel), label(OUTCOME, contact.outcome), " ".join(contact.tickets),
                 contact.note)
        text = ", ".join(part for part in parts if part)
        yield Row(f"contact/{contact.id}", _("Contacts") if n == 0 else "", text, "dim")
