"""``supportdesk asset``: devices and other assets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from supportdesk.cli import imported, options, people
from supportdesk.cli.output import Column
from supportdesk.cli.shell import shell
from supportdesk.cli.tree import Noun
from supportdesk.i18n import N_, _
from supportdesk.terms.errors import Invalid

if TYPE_CHECKING:
    from supportdesk.store.views.cards import AssetLine

app = Noun(help=N_("Devices and other assets."))

Which = Annotated[str, typer.Argument(help=N_("The asset: sticker, serial number, host, name or id."))]
Inventory = Annotated[str | None, typer.Option("--inventory", help=N_("Number on the sticker."))]
Serial = Annotated[str | None, typer.Option("--serial", help=N_("Serial number."))]
Host = Annotated[str | None, typer.Option("--host", help=N_("Host name."))]
Room = Annotated[str | None, typer.Option("--room", help=N_("Room it stands in."))]
Name = Annotated[str | None, typer.Option("--name", help=N_("What it is called."))]
Product = Annotated[str | None, typer.Option("--product", help=N_("Product, by slug or name."))]
Component = Annotated[str | None, typer.Option("--component", help=N_("Component, by slug or name."))]
Organisation = Annotated[str | None, typer.Option("--organisation", help=N_("Organisation it belongs to."))]
User = Annotated[str | None, typer.Option("--user", help=N_("Caller who uses it."))]


def shape(line: AssetLine) -> dict[str, Any]:
    """An asset as JSON."""
    return {
        "id": line.id, "inventory": line.inventory or None, "serial": line.serial or None, "host": line.host or None,
        "room": line.room or None, "name": line.name or None, "user": line.caller or None,
        "organisation": line.organisation or None,
    }


@app.command("find", help=N_("Find assets by sticker, serial number, host, room, name or user."))
def find(text: people.Text = "", limit: options.Limit = 20, missing: people.Missing = False) -> None:
    from supportdesk.store.views.cards import find_assets

    if missing:
        people.list_missing("asset")
        return

    shell().out.rows(
        find_assets(shell().desk.reader, text, limit),
        [
            Column(_("Sticker"), lambda line: line.inventory),
            Column(_("Host"), lambda line: line.host),
            Column(_("Serial"), lambda line: line.serial),
            Column(_("Name"), lambda line: line.name, most=30),
            Column(_("Room"), lambda line: line.room),
            Column(_("User"), lambda line: line.caller, most=30),
            Column(_("Organisation"), lambda line: line.organisation, most=30),
        ],
        as_json=shape,
        empty=_("No asset is found so."),
    )


@app.command("show", help=N_("Show an asset's card."))
def show(which: Which) -> None:
    from supportdesk.desk import resolve
    from supportdesk.store.views.cards import asset_card

    desk = shell().desk
    card = asset_card(desk.reader, resolve.asset(desk, which))
    assert card is not None
    line = card.line
    facts = [
        (_("Sticker"), line.inventory),
        (_("Serial"), line.serial),
        (_("Host"), line.host),
        (_("Name"), line.name),
        (_("Room"), line.room),
        (_("Product"), card.product.shown if card.product else ""),
        (_("Component"), card.component.shown if card.component else ""),
        (_("User"), line.caller),
        (_("Organisation"), line.organisation),
        *people.ticket_facts(card.open_tickets),
        (_("Id"), str(line.id)),
    ]
    shell().out.record(
        [(title, text) for title, text in facts if text],
        {
            **shape(line), "product": card.product.shown if card.product else None,
            "component": card.component.shown if card.component else None,
            "user_id": card.caller.id if card.caller else None,
            "organisation_id": card.organisation.id if card.organisation else None,
            "open_tickets": people.tickets_shape(card.open_tickets),
        },
    )


@app.command("add", help=N_("Add an asset."))
def add(
    inventory: Inventory = None,
    serial: Serial = None,
    host: Host = None,
    room: Room = None,
    name: Name = None,
    product: Product = None,
    component: Component = None,
    organisation: Organisation = None,
    user: User = None,
) -> None:
    from supportdesk.desk.people import save_asset

    values = _values(product, component, organisation, user)
    values |= people.given({"inventory": inventory, "serial": serial, "host": host, "room": room, "name": name})
    people.saved(save_asset(shell().desk, values), inventory or host or serial or name or "", _("added"))


@app.command("edit", help=N_("Correct an asset."))
def edit(
    which: Which,
    inventory: Inventory = None,
    serial: Serial = None,
    host: Host = None,
    room: Room = None,
    name: Name = None,
    product: Product = None,
    component: Component = None,
    organisation: Organisation = None,
    user: User = None,
) -> None:
    from supportdesk.desk import resolve
    from supportdesk.desk.people import save_asset

    values = _values(product, component, organisation, user)
    values |= people.given({"inventory": inventory, "serial": serial, "host": host, "room": room, "name": name})
    if not values:
        raise Invalid(_("Say what to correct."), field="inventory")
    id = resolve.asset(shell().desk, which)
    people.saved(save_asset(shell().desk, values, id), which, _("corrected"))


@app.command("import", help=N_("Bring in assets from CSV or JSON; columns are named as the fields."))
def import_(file: imported.File, dry_run: imported.DryRun = False, keep_good: imported.KeepGood = False) -> None:
    imported.records("asset", file, dry_run, keep_good)


def _values(product: str | None, component: str | None, organisation: str | None, user: str | None) -> dict[str, Any]:
    """References by what people call them; an empty text empties the field."""
    from supportdesk.desk import resolve

    desk = shell().desk
    values: dict[str, Any] = {}
    if product is not None:
        values["product_id"] = resolve.keyed(desk, "product", product) if product else None
    if component is not None:
        values["component_id"] = resolve.keyed(desk, "component", component) if component else None
    if organisation is not None:
        values["organisation_id"] = resolve.organisation(desk, organisation) if organisation else None
    if user is not None:
        values["caller_id"] = resolve.caller(desk, user) if user else None
    return values
