"""``supportdesk server``: an admin's work at the server, beside it while it runs."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from supportdesk.cli import serving
from supportdesk.cli.output import Column, instant
from supportdesk.cli.shell import shell
from supportdesk.cli.tree import Noun
from supportdesk.i18n import N_, _

app = Noun(help=N_("The server: its devices and its state."))
device = Noun(help=N_("The consoles that exchange with the server."))
app.add_typer(device, name="device")


@device.command("code", help=N_("Make a code that lets one console in, once, within 24 hours."))
def code(
    agent: Annotated[
        list[str] | None,
        typer.Option("--agent", help=N_("Login that works there; may be given several times."), metavar=N_("LOGIN")),
    ] = None,
    shared_host: Annotated[
        bool, typer.Option("--shared-host", help=N_("A machine on which any agent of the desk works."))
    ] = False,
    scope: Annotated[
        list[str] | None,
        typer.Option("--scope", help=N_("Team of another company: the console holds its part only."),
                     metavar=N_("SLUG")),
    ] = None,
    data: serving.Data = None,
    database: serving.Database = "",
) -> None:
    with serving.exchange(data, database) as exchange:
        made = exchange.make_code(agents=tuple(agent or ()), shared_host=shared_host, scopes=tuple(scope or ()))
    out = shell().out
    out.record([(_("Enrolment code"), made)], {"code": made})
    out.say(_("At the console: supportdesk sync enroll URL --code {code}").format(code=made))


@device.command("list", help=N_("List the consoles."))
def list_(data: serving.Data = None, database: serving.Database = "") -> None:
    with serving.exchange(data, database) as exchange:
        devices = exchange.devices()
    shell().out.rows(
        devices,
        [
            Column(_("Id"), lambda row: row.id),
            Column(_("Name"), lambda row: row.name, most=30),
            Column(_("Numbers"), lambda row: str(row.prefix), right=True),
            Column(_("Agents"), lambda row: _("any") if row.shared_host else ", ".join(row.agents), most=40),
            Column(_("Last seen"), lambda row: _instant(row.last_seen)),
            Column(_("Revoked"), lambda row: _instant(row.revoked_at)),
        ],
        empty=_("No console is enrolled yet. 'supportdesk server device code' lets one in."),
    )


@device.command("revoke", help=N_("Refuse a console from now on."))
def revoke(
    id: Annotated[str, typer.Argument(help=N_("Id of the console, as 'server device list' shows it."))],
    data: serving.Data = None,
    database: serving.Database = "",
) -> None:
    with serving.exchange(data, database) as exchange:
        exchange.revoke(id)
    shell().out.record([(_("Revoked"), id)], {"revoked": id})


@device.command("scopes", help=N_("Show or change what a console holds: everything, or the part of other companies."))
def scopes(
    id: Annotated[str, typer.Argument(help=N_("Id of the console, as 'server device list' shows it."))],
    grant: Annotated[
        list[str] | None,
        typer.Option("--grant", metavar=N_("SLUG"), help=N_("Team of another company, or 'own' for everything.")),
    ] = None,
    revoke: Annotated[
        list[str] | None,
        typer.Option("--revoke", metavar=N_("SLUG"), help=N_("What it holds no longer, as this command shows it.")),
    ] = None,
    window: Annotated[
        int | None,
        typer.Option("--window", min=0, max=36_500, metavar=N_("DAYS"),
                     help=N_("Closed tickets leave the console that did not change for so many days; 0: they stay.")),
    ] = None,
    data: serving.Data = None,
    database: serving.Database = "",
) -> None:
    with serving.exchange(data, database) as exchange:
        held = exchange.scopes(id, tuple(grant or ()), tuple(revoke or ()), window)
    shell().out.record([(_("Scopes"), ", ".join(held) or _("none"))], {"device": id, "scopes": held})


@app.command("status", help=N_("Show where the server stands."))
def status(data: serving.Data = None, database: serving.Database = "") -> None:
    with serving.exchange(data, database) as exchange:
        told = exchange.status()
    shell().out.record(
        [
            (_("Server"), str(told["server"])),
            (_("Entries"), str(told["head"]["seq"])),
            (_("Records"), str(told["rows"])),
            (_("Consoles"), str(told["devices"])),
            (_("Open conflicts"), str(told["conflicts"])),
        ],
        told,
    )


def _instant(moment: datetime | None) -> str:
    return instant(moment) if moment else ""
