"""``supportdesk agent``: the people of the desk."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from supportdesk.cli import catalogue
from supportdesk.cli.completion import keys
from supportdesk.cli.output import Column
from supportdesk.cli.people import given
from supportdesk.cli.shell import shell
from supportdesk.cli.tree import Noun
from supportdesk.i18n import N_, _

app = Noun(help=N_("The people of the desk."))

Login = Annotated[str, typer.Argument(help=N_("Login on this machine."))]
Teams = Annotated[list[str] | None, typer.Option(
    "--team", help=N_("A team he works in; several times."), autocompletion=keys("team")
)]
Roles = Annotated[list[str] | None, typer.Option(
    "--role", help=N_("A role, as agent or lead; several times."), autocompletion=keys("role")
)]
Skills = Annotated[list[str] | None, typer.Option("--skill", help=N_("A skill; several times."))]


@app.command("list", help=N_("List the agents."))
def list_(retired: catalogue.Retired = False) -> None:
    from supportdesk.store.views.admin import agents

    shell().out.rows(
        agents(shell().desk.reader, retired),
        [
            Column(_("Login"), lambda row: row.login),
            Column(_("Name"), lambda row: row.name, most=30),
            Column(_("Teams"), lambda row: " ".join(row.teams)),
            Column(_("Roles"), lambda row: " ".join(row.roles)),
            Column(_("Languages"), lambda row: " ".join(row.languages)),
        ],
        empty=_("There is no agent yet. 'supportdesk agent add' lets one in."),
    )


@app.command("add", help=N_("Let a colleague in; without --team and --role as agent of the only team."))
def add(
    login: Login,
    name: catalogue.NewName = None,
    team: Teams = None,
    role: Roles = None,
    site: catalogue.Site = None,
    employer: catalogue.Employer = None,
    language: catalogue.Languages = None,
    skill: Skills = None,
) -> None:
    from supportdesk.cli.people import saved
    from supportdesk.desk.admin import add_agent

    values = _values(name, team, role, site, employer, language, skill)
    saved(add_agent(shell().desk, login, values), login, _("added"))


@app.command("edit", help=N_("Correct an agent. Teams and roles given take the place of those there were."))
def edit(
    login: Login,
    name: catalogue.NewName = None,
    team: Teams = None,
    role: Roles = None,
    site: catalogue.Site = None,
    employer: catalogue.Employer = None,
    language: catalogue.Languages = None,
    skill: Skills = None,
    retire: catalogue.Retire = None,
) -> None:
    catalogue.edit("agent", login, _values(name, team, role, site, employer, language, skill), retire)


def _values(name: str | None, teams: list[str] | None, roles: list[str] | None, site: str | None,
            employer: str | None, languages: list[str] | None, skills: list[str] | None) -> dict[str, Any]:
    from supportdesk.desk import resolve

    desk = shell().desk
    values = given({"name": name, "employer": employer, "languages": languages, "skills": skills})
    if teams is not None:
        values["teams"] = tuple(resolve.keyed(desk, "team", team) for team in teams)
    if roles is not None:
        values["roles"] = tuple(resolve.key_of(desk, "role", role) for role in roles)
    return values | catalogue.reference("site_id", "site", site)
