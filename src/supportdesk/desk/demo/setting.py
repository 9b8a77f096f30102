"""The demo desk before the first call: sites, teams, agents and products, written by the verbs."""

from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from uuid import UUID

from supportdesk.desk import admin
from supportdesk.desk.demo.agreed import agreements
from supportdesk.desk.demo.people import Caller, Customer, devices, people
from supportdesk.desk.demo.seat import Clock, Seat
from supportdesk.desk.demo.words import content
from supportdesk.desk.setup import setup_who
from supportdesk.store.adopt import starter_id
from supportdesk.store.journal import Journal
from supportdesk.store.types import uuid7
from supportdesk.store.views.people import AgentLine, agent_line
from supportdesk.terms.verbs import VERBS


@dataclass(slots=True)
class Setting:
    """Everything a story knows by name. Components and their matters go by "Product > component"."""

    seats: dict[str, Seat] = field(default_factory=dict)
    teams: dict[str, UUID] = field(default_factory=dict)
    members: dict[str, list[Seat]] = field(default_factory=dict)
    products: dict[str, UUID] = field(default_factory=dict)
    second_level: dict[str, str] = field(default_factory=dict)
    components: dict[str, UUID] = field(default_factory=dict)
    matters: dict[str, str] = field(default_factory=dict)
    customers: list[Customer] = field(default_factory=list)

    @property
    def callers(self) -> list[Caller]:
        return [caller for customer in self.customers for caller in customer.callers]

    @property
    def first(self) -> Seat:
        """The agent a person plays."""
        return next(iter(self.seats.values()))


def set_up(path: Path, journal: Journal, clock: Clock, random: Random) -> Setting:
    """Write the desk itself, then people and devices, at the clock's instant."""
    setting = Setting()
    login = content("desk")["agent"][0]["login"]
    boss = Seat(path, journal, _newcomer(uuid7(), login), clock, setup_who)
    _teams(boss, setting)
    _agents(boss, setting)
    for each in content("desk")["agent"]:
        line = agent_line(journal.conn, each["login"])
        assert line is not None
        seat = setting.seats[each["login"]] = Seat(path, journal, line, clock)
        for team in each["teams"]:
            setting.members.setdefault(team, []).append(seat)
    setting.customers = people(setting.first, random)
    _products(setting.first, setting)
    agreements(setting.first, setting.customers)
    devices(setting.first, setting.customers, setting.products, setting.components, random)
    return setting


def _newcomer(id: UUID, login: str) -> AgentLine:
    """The first agent while there is no desk yet."""
    return AgentLine(id=id, login=login, name=login, teams=(), team=None, team_slug=None, team_name="", level=1,
                     site_name="", language="fr", zone="Europe/Zurich", region="CH", verbs=frozenset(VERBS))


def _teams(boss: Seat, setting: Setting) -> None:
    sites: dict[str, UUID] = {}
    for site in content("desk")["site"]:
        sites[site["slug"]] = admin.save(boss, "site", {
            **{name: site[name] for name in ("slug", "name", "language", "region", "zone")},
            "calendar_id": starter_id("calendar", site["calendar"]),
        })
    for team in content("desk")["team"]:
        slug = team["slug"]
        setting.teams[slug] = admin.save(boss, "team", {
            **{name: team.get(name) for name in ("slug", "name", "level", "company", "remarks")},
            "employer": team.get("employer", "own"), "site_id": sites.get(team.get("site", "")),
            "languages": tuple(team["languages"]),
        })


def _agents(boss: Seat, setting: Setting) -> None:
    sites = dict(boss.journal.conn.execute("SELECT slug, id FROM site"))
    employers = dict(boss.journal.conn.execute("SELECT slug, employer FROM team"))
    for agent in content("desk")["agent"]:
        with boss.journal.action("administer", boss.who) as act:
            act.create("agent", {
                "login": agent["login"], "name": agent["name"], "employer": employers[agent["teams"][0]],
                "site_id": UUID(bytes=sites[agent["site"]]),
                "teams": tuple(setting.teams[team] for team in agent["teams"]), "roles": tuple(agent["roles"]),
                "languages": tuple(agent["languages"]), "skills": tuple(agent["skills"]),
            }, boss.agent.id if agent["login"] == boss.agent.login else None)


def _products(ana: Seat, setting: Setting) -> None:
    vendors = {customer.name: customer.id for customer in setting.customers}
    identity = content("desk")["identity"]
    for product in content("desk")["product"]:
        slug, name = product["slug"], product["name"]
        setting.second_level[name] = product["team"]
        id = setting.products[name] = admin.save(ana, "product", {
            "slug": slug, "name": name, "team_id": setting.teams[product["team"]],
            "vendor_id": vendors[product["vendor"]] if "vendor" in product else None,
        })
        for path in product["components"]:
            whole = f"{name} > {path}"
            above, _sep, last = path.rpartition(" > ")
            if whole in identity:
                setting.matters[whole] = identity[whole]
            setting.components[whole] = admin.save(ana, "component", {
                "slug": "-".join([slug, *path.lower().replace(" >", "").split()]), "name": last, "product_id": id,
                "parent_id": setting.components[f"{name} > {above}"] if above else None,
                "identity": identity.get(whole),
            })
