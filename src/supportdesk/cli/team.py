"""``supportdesk team``: teams and their levels."""

from __future__ import annotations

from typing import Annotated

import typer

from supportdesk.cli import catalogue
from supportdesk.cli.output import Column
from supportdesk.cli.people import given
from supportdesk.cli.shell import shell
from supportdesk.cli.tree import Noun
from supportdesk.desk.labels import EMPLOYER, label
from supportdesk.i18n import N_, _

app = Noun(help=N_("Teams and their levels."))

Level = Annotated[int | None, typer.Option("--level", min=0, max=4, help=N_("Level of support, 0 to 4."))]
Company = Annotated[str | None, typer.Option("--company", help=N_("Whose team it is, when not our own."))]
Remarks = Annotated[str | None, typer.Option("--remarks", help=N_("Remarks, as when they are reached."))]


@app.command("list", help=N_("List the teams by level."))
def list_(retired: catalogue.Retired = False) -> None:
    from supportdesk.store.views.admin import teams

    shell().out.rows(
        teams(shell().desk.reader, retired),
        [
            Column(_("Level"), lambda row: "" if row.level is None else str(row.level), right=True),
            Column(_("Slug"), lambda row: row.slug),
            Column(_("Name"), lambda row: row.name, most=40),
            Column(_("Whose"), lambda row: row.company or label(EMPLOYER, row.employer), most=30),
            Column(_("Agents"), lambda row: str(row.agents), right=True),
            Column(_("Languages"), lambda row: " ".join(row.languages)),
        ],
        empty=_("There is no team yet. 'supportdesk team add' makes one."),
    )


@app.command("add", help=N_("Add a team."))
def add(
    slug: catalogue.Slug,
    name: catalogue.Name,
    level: Level = 1,
    employer: catalogue.Employer = "own",
    company: Company = None,
    site: catalogue.Site = None,
    language: catalogue.Languages = None,
    remarks: Remarks = None,
) -> None:
    catalogue.add("team", slug, {
        "slug": slug, "name": name, "level": level, "employer": employer, "company": company,
        "languages": language, "remarks": remarks, **catalogue.reference("site_id", "site", site),
    })


@app.command("edit", help=N_("Correct a team."))
def edit(
    which: catalogue.Which,
    name: catalogue.NewName = None,
    slug: catalogue.NewSlug = None,
    level: Level = None,
    employer: catalogue.Employer = None,
    company: Company = None,
    site: catalogue.Site = None,
    language: catalogue.Languages = None,
    remarks: Remarks = None,
    retire: catalogue.Retire = None,
) -> None:
    changes = given({
        "name": name, "slug": slug, "level": level, "employer": employer, "company": company,
        "languages": language, "remarks": remarks,
    })
    catalogue.edit("team", which, changes | catalogue.reference("site_id", "site", site), retire)
