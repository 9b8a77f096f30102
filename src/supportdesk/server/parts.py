"""Who has a part in a row: the rule of scopes, pure (DESIGN.md 5, "Scopes belong to companies").

A ticket is in the scope of every team of another company that works on it, whose agent owes the caller the answer or
holds it, or between which an offer stands. What hangs on a ticket is where the ticket is, with two exceptions: a note
meant for one's own house stays in its author's house, and a handoff is the affair of the two teams between which it
was made. The desk's own sites hold everything and are not computed here, unless a window was set: then tickets that are
closed and did not change since leave them, with what hangs on them.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from supportdesk.terms.codes import Audience, ConflictState, HandoffState, Status
from supportdesk.terms.entities import ENTITIES
from supportdesk.terms.tables import Scope, View

Values = Mapping[str, Any]
Scopes = dict[str, View]
"""Scope -> how much of the row it sees."""

MASTER = frozenset(name for name, e in ENTITIES.items() if e.scope is Scope.ALL)
"""What every company holds."""

RANK: dict[str, int] = {
    **dict.fromkeys(MASTER, 0), "ticket": 0, "contact": 1, "note": 2, "link": 2, "attachment": 2,
    "handoff": 2, "identity_check": 2, "article_use": 2, "breach": 2, "told": 2, "outage": 2, "saved_view": 2,
    "shift": 2,
    "caller": 3, "asset": 3, "contract": 4, "organisation": 5, "conflict": 6, "agent": 7,
}
"""The order in which scopes are decided: a row's after those of the rows they follow from."""


class World:
    """What the rule looks at beside the row: ``teams`` maps a company's team to its scope, ``windows`` the scope of a
    window to the place of the order up to which it looks no more; ``agents`` are agents' teams, ``live`` the scopes a
    row is in, ``offers`` the handoffs of a ticket, ``stirred`` the place at which a ticket, or what hangs on it,
    changed last."""

    def __init__(self, teams: Mapping[str, str], windows: Mapping[str, int]) -> None:
        self.teams = teams
        self.windows = windows
        self.everywhere: Scopes = dict.fromkeys(teams.values(), View.PART)
        self.agents: dict[str, tuple[str, ...]] = {}
        self.live: dict[str, Scopes] = {}
        self.offers: dict[str, list[Values]] = {}
        self.stirred: dict[str, int] = {}

    def of_teams(self, teams: Iterable[str | None]) -> set[str]:
        return {self.teams[team] for team in teams if team is not None and team in self.teams}

    def of_agent(self, agent: str | None) -> set[str]:
        """The scopes of the company he works for."""
        return self.of_teams(self.agents.get(agent or "", ()))

    def of_rows(self, *ids: str | None) -> set[str]:
        return {scope for id in ids if id for scope in self.live.get(id, ())}


def direct(world: World, entity: str, id: str, rev: int, values: Values) -> Scopes:
    """The scopes a row is in by itself or by the ticket it hangs on; those it rides in are added by the caller."""
    scopes = _of_companies(world, entity, id, values)
    for scope, cutoff in world.windows.items():
        if _recent(world, scope, cutoff, entity, id, rev, values):
            scopes[scope] = View.WHOLE
        else:
            scopes.pop(scope, None)
    return scopes


def _recent(world: World, scope: str, cutoff: int, entity: str, id: str, rev: int, values: Values) -> bool:
    """Whether a window shows a row of the desk's own."""
    match entity:
        case "ticket":
            return Status.read(values.get("status")).is_open or max(rev, world.stirred.get(id, 0)) > cutoff
        case "link":
            return scope in world.of_rows(values.get("from_id")) & world.of_rows(values.get("to_id"))
        case "conflict":
            return values.get("state") == ConflictState.OPEN or rev > cutoff
        case "note" | "attachment" | "handoff" | "breach" | "told":
            return scope in world.of_rows(values.get("ticket_id"))
        case "outage":
            return not values.get("ticket_id") or scope in world.of_rows(values.get("ticket_id"))
        case "contact" | "identity_check" | "article_use":
            on = [*(values.get("tickets") or ()), values.get("ticket_id"), values.get("contact_id")]
            return scope in world.of_rows(*on) if any(on) else rev > cutoff
        case _:
            return True


def _of_companies(world: World, entity: str, id: str, values: Values) -> Scopes:
    if entity in MASTER:
        return dict(world.everywhere)
    match entity:
        case "ticket":
            return _part(_ticket(world, id, values))
        case "contact":
            return _contact(world, values)
        case "note":
            return _part(_note(world, values))
        case "link":
            return _part(world.of_rows(values.get("from_id")) & world.of_rows(values.get("to_id")))
        case "attachment" | "breach" | "told" | "outage":
            return _part(world.of_rows(values.get("ticket_id")))
        case "handoff":
            between = world.of_teams((values.get("from_team_id"), values.get("to_team_id")))
            return _part(between & world.of_rows(values.get("ticket_id")))
        case "identity_check" | "article_use":
            return _part(world.of_rows(values.get("ticket_id") or values.get("contact_id"))
                         if values.get("ticket_id") or values.get("contact_id")
                         else world.of_agent(values.get("agent_id")))
        case "saved_view" | "shift":
            return dict.fromkeys(world.of_agent(values.get("agent_id")), View.WHOLE)
        case "agent":
            return dict.fromkeys(world.of_teams(values.get("teams") or ()), View.WHOLE)
        case "conflict":
            return _conflict(world, values)
        case _:
            return {}


def _part(scopes: Iterable[str]) -> Scopes:
    return dict.fromkeys(scopes, View.PART)


def _ticket(world: World, id: str, values: Values) -> set[str]:
    offered = [offer for offer in world.offers.get(id, ()) if offer.get("state") == HandoffState.OFFERED
               and offer.get("retired_at") is None]
    return (
        world.of_teams((values.get("team_id"),))
        | world.of_agent(values.get("owner_id")) | world.of_agent(values.get("assignee_id"))
        | world.of_teams(team for offer in offered for team in (offer.get("from_team_id"), offer.get("to_team_id")))
    )


def _contact(world: World, values: Values) -> Scopes:
    house = world.of_agent(values.get("agent_id"))
    tickets = values.get("tickets") or ()
    scopes = world.of_rows(*tickets) if tickets else house
    return {scope: View.WHOLE if scope in house else View.PART for scope in scopes}


def _note(world: World, values: Values) -> set[str]:
    scopes = world.of_rows(values.get("ticket_id"))
    return scopes if values.get("audience") == Audience.CALLER else scopes & world.of_agent(values.get("agent_id"))


def _conflict(world: World, values: Values) -> Scopes:
    about, field = values.get("entity"), values.get("field")
    if about not in ENTITIES or ENTITIES[about].scope not in (Scope.TICKET, Scope.RIDES) or about == "agent":
        return {}
    known = ENTITIES[about].by_name.get(str(field))
    if known is None:
        return {}
    seen = world.live.get(values.get("row_id") or "", {})
    return {scope: View.PART for scope, view in seen.items() if shows(view, known.view)}


def shows(view: View, field: View) -> bool:
    """Whether a view shows a field that needs ``field``."""
    return view is View.WHOLE or field is View.PART
