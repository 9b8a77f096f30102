"""``supportdesk component``: the parts of the products, as a tree."""

from __future__ import annotations

from typing import Annotated

import typer

from supportdesk.cli import catalogue, people
from supportdesk.cli.output import Column
from supportdesk.cli.people import given
from supportdesk.cli.shell import shell
from supportdesk.cli.tree import Noun
from supportdesk.desk.labels import MATTER, label
from supportdesk.i18n import N_, _

app = Noun(help=N_("Components of the products."))

Product = Annotated[str | None, typer.Option("--product", help=N_("Product it belongs to."))]
Parent = Annotated[str | None, typer.Option("--parent", help=N_("Component it is a part of."))]
Identity = Annotated[
    str | None,
    typer.Option("--identity", help=N_("Ask for an identity check before: password, mfa, bank_data, disclosure.")),
]


@app.command("list", help=N_("List the components as a tree."))
def list_(retired: catalogue.Retired = False, missing: people.Missing = False) -> None:
    from supportdesk.store.views.admin import components

    if missing:
        people.list_missing("component")
        return
    shell().out.rows(
        components(shell().desk.reader, retired),
        [
            Column(_("Product"), lambda row: row.product or ""),
            Column(_("Name"), lambda row: "  " * row.depth + row.name, most=40),
            Column(_("Slug"), lambda row: row.slug),
            Column(_("Team"), lambda row: row.team or ""),
            Column(_("Identity check"), lambda row: label(MATTER, row.identity or None)),
        ],
        empty=_("There is no component yet. 'supportdesk component add' makes one."),
    )


@app.command("add", help=N_("Add a component."))
def add(
    slug: catalogue.Slug,
    name: catalogue.Name,
    product: Product = None,
    parent: Parent = None,
    team: catalogue.Team = None,
    identity: Identity = None,
) -> None:
    catalogue.add("component", slug, {
        "slug": slug, "name": name, "identity": identity, **_references(product, parent, team),
    })


@app.command("edit", help=N_("Correct a component."))
def edit(
    which: catalogue.Which,
    name: catalogue.NewName = None,
    slug: catalogue.NewSlug = None,
    product: Product = None,
    parent: Parent = None,
    team: catalogue.Team = None,
    identity: Identity = None,
    retire: catalogue.Retire = None,
) -> None:
    changes = given({"name": name, "slug": slug, "identity": identity})
    catalogue.edit("component", which, changes | _references(product, parent, team), retire)


def _references(product: str | None, parent: str | None, team: str | None) -> dict[str, object]:
    return {
        **catalogue.reference("product_id", "product", product),
        **catalogue.reference("parent_id", "component", parent),
        **catalogue.reference("team_id", "team", team),
    }
