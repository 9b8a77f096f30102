"""``supportdesk product``: the products the desk supports."""

from __future__ import annotations

from typing import Annotated

import typer

from supportdesk.cli import catalogue
from supportdesk.cli.output import Column
from supportdesk.cli.people import given
from supportdesk.cli.shell import shell
from supportdesk.cli.tree import Noun
from supportdesk.i18n import N_, _

app = Noun(help=N_("Products the desk supports."))

Vendor = Annotated[str | None, typer.Option("--vendor", help=N_("Organisation that makes it."))]


@app.command("list", help=N_("List the products."))
def list_(retired: catalogue.Retired = False) -> None:
    from supportdesk.store.views.admin import products

    shell().out.rows(
        products(shell().desk.reader, retired),
        [
            Column(_("Slug"), lambda row: row.slug),
            Column(_("Name"), lambda row: row.name, most=40),
            Column(_("Vendor"), lambda row: row.vendor or "", most=40),
            Column(_("Team"), lambda row: row.team or ""),
        ],
        empty=_("There is no product yet. 'supportdesk product add' makes one."),
    )


@app.command("add", help=N_("Add a product."))
def add(
    slug: catalogue.Slug, name: catalogue.Name, vendor: Vendor = None, team: catalogue.Team = None
) -> None:
    catalogue.add("product", slug, {"slug": slug, "name": name, **_references(vendor, team)})


@app.command("edit", help=N_("Correct a product."))
def edit(
    which: catalogue.Which,
    name: catalogue.NewName = None,
    slug: catalogue.NewSlug = None,
    vendor: Vendor = None,
    team: catalogue.Team = None,
    retire: catalogue.Retire = None,
) -> None:
    catalogue.edit("product", which, given({"name": name, "slug": slug}) | _references(vendor, team), retire)


def _references(vendor: str | None, team: str | None) -> dict[str, object]:
    from supportdesk.desk import resolve

    values: dict[str, object] = {**catalogue.reference("team_id", "team", team)}
    if vendor is not None:
        values["vendor_id"] = resolve.organisation(shell().desk, vendor) if vendor else None
    return values
