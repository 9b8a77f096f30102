"""``supportdesk site``: the places the desk works from."""

from __future__ import annotations

from typing import Annotated

import typer

from supportdesk.cli import catalogue
from supportdesk.cli.output import Column
from supportdesk.cli.people import given
from supportdesk.cli.shell import shell
from supportdesk.cli.tree import Noun
from supportdesk.i18n import N_, _

app = Noun(help=N_("Sites of the desk."))

Language = Annotated[str | None, typer.Option("--language", help=N_("Language of the site, as fr or de."))]
Region = Annotated[str | None, typer.Option("--region", help=N_("Country of its telephone numbers, as CH."))]
Zone = Annotated[str | None, typer.Option("--zone", help=N_("Its zone, as Europe/Zurich."))]


@app.command("list", help=N_("List the sites."))
def list_(retired: catalogue.Retired = False) -> None:
    from supportdesk.store.views.admin import sites

    shell().out.rows(
        sites(shell().desk.reader, retired),
        [
            Column(_("Slug"), lambda row: row.slug),
            Column(_("Name"), lambda row: row.name, most=40),
            Column(_("Language"), lambda row: row.language),
            Column(_("Region"), lambda row: row.region),
            Column(_("Zone"), lambda row: row.zone),
        ],
        empty=_("There is no site yet. 'supportdesk site add' makes one."),
    )


@app.command("add", help=N_("Add a site; what is not given is as at your own."))
def add(
    slug: catalogue.Slug,
    name: catalogue.Name,
    language: Language = None,
    region: Region = None,
    zone: Zone = None,
) -> None:
    own = shell().desk.agent
    catalogue.add("site", slug, {
        "slug": slug, "name": name, "language": language or own.language, "region": region or own.region,
        "zone": zone or own.zone,
    })


@app.command("edit", help=N_("Correct a site."))
def edit(
    which: catalogue.Which,
    name: catalogue.NewName = None,
    slug: catalogue.NewSlug = None,
    language: Language = None,
    region: Region = None,
    zone: Zone = None,
    retire: catalogue.Retire = None,
) -> None:
    catalogue.edit("site", which, given({"name": name, "slug": slug, "language": language, "region": region,
                                         "zone": zone}), retire)
