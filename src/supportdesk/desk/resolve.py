"""Names as somebody gave them, resolved to ids: one fits, several are a choice, none is said (or kept as given)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from supportdesk.i18n import N_, _
from supportdesk.rules.text import safe
from supportdesk.rules.words import search_words
from supportdesk.store.views import lookup
from supportdesk.store.views.lookup import Candidate
from supportdesk.store.views.numbers import NumberMatch, find_number
from supportdesk.terms.errors import Ambiguous, NotFound

if TYPE_CHECKING:
    from supportdesk.desk.desk import Desk

_NONE = {
    "agent": N_("There is no agent {typed}. 'supportdesk agent list' shows who is there."),
    "team": N_("There is no team {typed}. 'supportdesk team list' shows the teams."),
    "site": N_("There is no site {typed}. 'supportdesk site list' shows the sites."),
    "role": N_("There is no role {typed}. 'supportdesk role list' shows the roles."),
    "calendar": N_("There is no calendar {typed}. 'supportdesk calendar list' shows the calendars."),
    "contract": N_("There is no contract {typed}. 'supportdesk contract list' shows the contracts."),
    "product": N_("There is no product {typed}. 'supportdesk product list' shows the products."),
    "component": N_("There is no component {typed}. 'supportdesk component list' shows the components."),
    "caller": N_("There is no caller {typed}. Search with 'supportdesk caller find', or add one."),
    "organisation": N_("There is no organisation {typed}. Search with 'supportdesk organisation find', or add one."),
    "asset": N_("There is no asset {typed}. Search with 'supportdesk asset find', or add it."),
    "article": N_("There is no article {typed}. Search with 'supportdesk kb search'."),
}


def ticket(desk: "Desk", typed: str) -> NumberMatch:
    """The ticket of a number (whole, its last digits, an alias) or an id. Raises NotFound, Ambiguous."""
    found = find_number(desk.reader, typed)
    if len(found.matches) == 1 and not found.more:
        return found.matches[0]
    if found.matches:
        candidates = _several([f"{match.number} ({safe(match.title)})" for match in found.matches], found.more)
        raise Ambiguous(
            _("Several tickets fit {typed}: {candidates}. Give more digits.").format(
                typed=safe(typed), candidates=candidates
            ),
            field="number",
        )
    if found.typo:
        raise NotFound(
            _("{typed} is mistyped: its check digit does not fit. Read the number again.").format(typed=safe(typed)),
            code="mistyped", field="number",
        )
    raise NotFound(_("There is no ticket {typed}.").format(typed=safe(typed)), field="number")


def tickets(desk: "Desk", typed: Sequence[str]) -> list[UUID]:
    """The tickets of several numbers, each once, in their order."""
    return list(dict.fromkeys(ticket(desk, number).id for number in typed))


def keyed(desk: "Desk", entity: str, typed: str, *, retired: bool = False) -> UUID:
    """An agent, team, site, role, product or component; ``retired`` looks among those out of use, too.

    Raises NotFound, Ambiguous."""
    return one(entity, typed, lookup.keyed(desk.reader, entity, typed, retired=retired)).id


def key_of(desk: "Desk", entity: str, typed: str) -> str:
    """The slug or login of the same. Raises NotFound, Ambiguous."""
    return one(entity, typed, lookup.keyed(desk.reader, entity, typed)).key


def caller(desk: "Desk", typed: str) -> UUID:
    """A caller by id, mail, number or name. Raises NotFound, Ambiguous."""
    return one("caller", typed, lookup.callers(desk.reader, typed, desk.agent.region)).id


def organisation(desk: "Desk", typed: str) -> UUID:
    return one("organisation", typed, lookup.organisations(desk.reader, typed)).id


def asset(desk: "Desk", typed: str) -> UUID:
    """An asset by sticker, serial number, host or name. Raises NotFound, Ambiguous."""
    return one("asset", typed, lookup.assets(desk.reader, typed)).id


def article(desk: "Desk", typed: str, lang: str | None) -> UUID:
    """An article by id or slug, in ``lang`` when it has it. Raises NotFound, Ambiguous."""
    return one("article", typed, lookup.articles(desk.reader, typed, lang)).id


def one(entity: str, typed: str, found: Sequence[Candidate]) -> Candidate:
    """The only candidate. Raises NotFound when there is none, Ambiguous naming them when there are several."""
    if not found:
        raise NotFound(_(_NONE[entity]).format(typed=safe(typed)), field=entity)
    if len(found) > 1:
        raise _choice(entity, typed, found)
    return found[0]


@dataclass(frozen=True, slots=True)
class Whom:
    """Who a call is about as far as the desk knows, and what to tell the agent about it."""

    values: dict[str, Any]
    hint: str = ""


def whom(desk: "Desk", *, number: str | None, name: str | None, caller_: str | None = None,
         organisation_: str | None = None) -> Whom:
    """Fields of a ticket's caller. A call is never refused for want of master data (issue 2 part 3).

    ``caller_`` names a known caller and must fit one. Otherwise the one person behind ``number`` is taken, or the
    one of these called ``name``; with several, or none, number and name are kept as given. The same for the
    organisation."""
    values: dict[str, Any] = {}
    if number:
        values["caller_number"] = number
    if name:
        values["caller_name"] = name
    hint = ""
    if caller_:
        values["caller_id"] = caller(desk, caller_)
    else:
        behind = lookup.callers_behind(desk.reader, number, desk.agent.region) if number else []
        called = lookup.callers(desk.reader, name, desk.agent.region) if name else []
        fit = _fitting(behind, called, name)
        if len(fit) == 1:
            values["caller_id"] = fit[0].id
        elif fit:
            hint = _("Several callers fit: {candidates}. Name one with --caller.").format(
                candidates=_several([f"{c.key} ({safe(c.name)})" for c in fit])
            )
    if organisation_:
        known = lookup.organisations(desk.reader, organisation_)
        values |= {"organisation_id": known[0].id} if len(known) == 1 else {"organisation_name": organisation_}
    return Whom(values, hint)


def _fitting(behind: Sequence[Candidate], called: Sequence[Candidate], name: str | None) -> Sequence[Candidate]:
    """Who can be meant by a number and a name. Somebody of another name at a known telephone is somebody else."""
    if not behind or not name:
        return behind or called
    words = set(search_words(name))
    return [c for c in behind if words.intersection(search_words(c.name.partition(",")[0]))]


def what(desk: "Desk", *, component: str | None, asset_: str | None = None) -> dict[str, Any]:
    """Fields of what a ticket is about: a component or product by name, kept as given when the catalogue lacks
    it; an asset, which brings its own component. Raises Ambiguous; NotFound for the asset."""
    values: dict[str, Any] = {}
    if asset_:
        values["asset_id"] = asset(desk, asset_)
        values |= lookup.of_asset(desk.reader, values["asset_id"])
        if "component_id" in values:
            values = lookup.of_component(desk.reader, values["component_id"]) | values
    if component and component.strip():
        found = lookup.keyed(desk.reader, "component", component)
        products = [] if found else lookup.keyed(desk.reader, "product", component)
        if len(found) > 1 or len(products) > 1:
            raise _choice("component", component, found or products)
        if found:
            values["component_id"] = found[0].id
            values |= lookup.of_component(desk.reader, found[0].id)
        elif products:
            values["product_id"] = products[0].id
        else:
            values["component_name"] = component
    return values


@dataclass(frozen=True, slots=True)
class What:
    """What a new ticket is about as far as the desk knows; ``note`` keeps what no field takes, ``hint`` says so."""

    values: dict[str, Any]
    note: str | None = None
    hint: str = ""


def what_was_said(desk: "Desk", *, component: str, asset_: str) -> What:
    """As :func:`what`, for a call: a device the desk does not know is kept as given, for the admin's list and in a
    note that whoever works on the ticket reads (issue 2 part 3). Raises Ambiguous."""
    try:
        return What(what(desk, component=component, asset_=asset_))
    except NotFound:
        hint = _("No device {typed} is known; it is kept as given. Add it with: supportdesk asset add").format(
            typed=safe(asset_)
        )
    values = what(desk, component=component) | {"asset_name": asset_}
    return What(values, _("Device as given: {device}").format(device=asset_), hint)


def _choice(entity: str, typed: str, found: Sequence[Candidate]) -> Ambiguous:
    return Ambiguous(
        _("Several fit {typed}: {candidates}. Name one of them.").format(
            typed=safe(typed), candidates=_several([f"{safe(c.key)} ({safe(c.name)})" for c in found])
        ),
        field=entity,
    )


def _several(names: Sequence[str], more: bool = False) -> str:
    return ", ".join([*names[: lookup.AT_MOST], *(["…"] if more else [])])
