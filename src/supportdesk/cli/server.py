"""``supportdesk server``: an admin's work at the server, beside it while it runs."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from supportdesk.cli import serving
from supportdesk.cli.output import Column, instant
from supportdesk.cli.shell import shell
from supportdesk.cli.tree import Noun
from supportdesk.desk.fields import verb_name
from supportdesk.desk.labels import label
from supportdesk.i18n import N_, _, ngettext
from supportdesk.store.clock import utc_now
from supportdesk.store.types import from_iso

if TYPE_CHECKING:
    from supportdesk.server.erased import ErasureLine

Ids = Annotated[list[str], typer.Argument(help=N_("Ids, as 'server quarantine list' shows them."), metavar=N_("ID"))]

LATE_MS = 60_000
"""From here on a duty was late."""

app = Noun(help=N_("The server: its devices and its state."))
device = Noun(help=N_("The consoles that exchange with the server."))
app.add_typer(device, name="device")
quarantine = Noun(help=N_("What revoked consoles still sent."))
app.add_typer(quarantine, name="quarantine")


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
            Column(_("Scopes"), lambda row: ", ".join(row.scopes) or _("none"), most=30),
            Column(_("Last seen"), lambda row: _instant(row.last_seen)),
            Column(_("Revoked"), lambda row: _instant(row.revoked_at)),
        ],
        empty=_("No console is enrolled yet. 'supportdesk server device code' lets one in."),
    )


@device.command("revoke", help=N_("Refuse a console from now on; what it still sends waits in quarantine."))
def revoke(
    id: Annotated[str, typer.Argument(help=N_("Id of the console, as 'server device list' shows it."))],
    wipe: Annotated[
        bool, typer.Option("--wipe", help=N_("It deletes its desk when it reaches the server next."))
    ] = False,
    data: serving.Data = None,
    database: serving.Database = "",
) -> None:
    with serving.exchange(data, database) as exchange:
        exchange.revoke(id, wipe=wipe)
    shell().out.record([(_("Revoked"), id)], {"revoked": id, "wipe": wipe})


@quarantine.command("list", help=N_("List what revoked consoles still sent and nobody has decided on."))
def quarantined(data: serving.Data = None, database: serving.Database = "") -> None:
    with serving.exchange(data, database) as exchange:
        found = exchange.in_quarantine()
    shell().out.rows(
        found,
        [
            Column(_("Id"), lambda row: row.id),
            Column(_("Console"), lambda row: row.name, most=30),
            Column(_("What"), lambda row: verb_name(row.verb), most=30),
            Column(_("By"), lambda row: row.author),
            Column(_("When"), lambda row: _instant(row.at)),
        ],
        empty=_("Nothing is in quarantine."),
    )


@quarantine.command("accept", help=N_("Take what a revoked console sent, as if it had come in time."))
def accept(ids: Ids, data: serving.Data = None, database: serving.Database = "") -> None:
    with serving.exchange(data, database) as exchange:
        done: list[dict[str, Any]] = [{"id": id, "results": exchange.accept(id)} for id in ids]
    shell().out.rows(
        done,
        [
            Column(_("Id"), lambda row: str(row["id"])),
            Column(_("Result"), lambda row: _taken(row["results"])),
        ],
    )


@quarantine.command("drop", help=N_("Forget what a revoked console sent."))
def drop(ids: Ids, data: serving.Data = None, database: serving.Database = "") -> None:
    with serving.exchange(data, database) as exchange:
        for id in ids:
            exchange.drop(id)
    shell().out.record([(_("Dropped"), ", ".join(ids))], {"dropped": ids})


def _taken(results: list[dict[str, Any]]) -> str:
    refused = [result for result in results if result["r"] == "rejected"]
    return _("refused: {reason}").format(reason=_(refused[0]["reason"])) if refused else _("taken")


@app.command("backup", help=N_("Copy everything the server holds into one file while it runs, and prove it."))
def backup(
    file: Annotated[Path, typer.Argument(help=N_("File to write; an older backup of that name is replaced."))],
    data: serving.Data = None,
    database: serving.Database = "",
) -> None:
    with serving.exchange(data, database) as exchange:
        made = exchange.backup(file.expanduser().absolute())
    shell().out.record(
        [(_("Backup"), str(file)), (_("Entries"), str(made.entries)), (_("Records"), str(made.rows)),
         (_("Consoles"), str(made.devices)), (_("SHA-256"), made.digest)],
        made,
    )


@app.command("restore", help=N_("Put a backup in place; what was there is kept. No server may run there."))
def restore(
    file: Annotated[Path, typer.Argument(help=N_("The backup."))],
    recover: Annotated[
        bool, typer.Option("--recover", help=N_("Take over consoles of another server from the same backup as well."))
    ] = False,
    data: serving.Data = None,
    database: serving.Database = "",
) -> None:
    serving.needs_server()
    from supportdesk.server import putting_back

    where = serving.place(data, database)
    done = putting_back.restore(where, file.expanduser().absolute(), utc_now(), recover=recover)
    out = shell().out
    out.record(
        [(_("Server"), done.backup.server), (_("Backup of"), instant(from_iso(done.backup.made_at))),
         (_("Entries"), str(done.backup.entries)), (_("Kept before"), str(done.former or ""))],
        {"backup": done.backup, "epoch": done.epoch, "former": done.former},
    )
    out.say(_("Start the server now. Each console brings back what is missing with its next exchange."))


@app.command("migrate", help=N_("Bring the server's database up to this version, without starting it."))
def migrate(data: serving.Data = None, database: serving.Database = "") -> None:
    serving.needs_server()
    from supportdesk.server import place, tables

    found, copy = place.migrate(serving.place(data, database))
    shell().out.record(
        [(_("Version before"), str(found)), (_("Version now"), str(tables.VERSION)),
         (_("Kept before"), str(copy or ""))],
        {"before": found, "now": tables.VERSION, "former": copy},
    )


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
            (_("Last backup"), _backup(told["backup"], told["head"]["seq"])),
            *((label(DUTY, duty["name"]), _duty(duty)) for duty in told["duties"]),
            *([(_("Persons erased"), _erasures(told["erasures"]))] if told["erasures"] else []),
        ],
        told,
    )


@app.command("erasures", help=N_("Show which persons were erased, and which consoles have carried it out."))
def erasures(data: serving.Data = None, database: serving.Database = "") -> None:
    with serving.exchange(data, database) as exchange:
        found = exchange.erasures()
    shell().out.rows(
        found,
        [
            Column(_("No."), lambda row: str(row.number), right=True),
            Column(_("Caller"), lambda row: row.caller),
            Column(_("Erased"), lambda row: _instant(row.done_at)),
            Column(_("State"), _erasure),
        ],
        as_json=lambda row: row.told(),
        empty=_("Nobody was erased yet."),
    )


def _erasure(row: ErasureLine) -> str:
    """On how many consoles it is done, and since when the others were not seen."""
    said = [_("erased on {done} of {consoles}").format(done=row.done, consoles=row.consoles)]
    for console in row.waiting:
        if console.last_seen is None:
            said.append(_("console {name} never seen").format(name=console.name))
            continue
        days = (utc_now() - console.last_seen).days
        said.append(ngettext("console {name} not seen for {n} day", "console {name} not seen for {n} days", days)
                    .format(name=console.name, n=days))
    if not row.cleaned:
        said.append(_("the server still cleans its files"))
    return "; ".join(said)


def _erasures(told: list[dict[str, Any]]) -> str:
    waiting = sum(each["done"] < each["consoles"] for each in told)
    if not waiting:
        return _("{count}, on every console").format(count=len(told))
    return _("{count}, of which {waiting} not yet on every console").format(count=len(told), waiting=waiting)


def _backup(told: dict[str, Any], seq: int) -> str:
    """When it was made, and how many entries came since."""
    if told["at"] is None:
        return _("never")
    return _("{when}; entries since: {count}").format(when=instant(from_iso(told["at"])), count=seq - told["seq"])


DUTY = {
    "handoffs": N_("Unanswered handoffs"), "breaches": N_("Missed promises"), "backup": N_("Nightly backup"),
    "retention": N_("Nightly clean-up"),
}


def _duty(duty: dict[str, Any]) -> str:
    """When it ran last and how late, when it is due next, whether it failed."""
    said = []
    if duty["failed"] is not None:
        said.append(_("failed ({code})").format(code=duty["failed"]))
    if duty["ran_at"] is None:
        said.append(_("not due yet"))
    else:
        said.append(_("last {when}").format(when=instant(from_iso(duty["ran_at"]))))
        if duty["late_ms"] >= LATE_MS:
            said.append(_("{seconds} s late").format(seconds=duty["late_ms"] // 1000))
    if duty["next_at"] is not None:
        said.append(_("next {when}").format(when=instant(from_iso(duty["next_at"]))))
    return ", ".join(said)


def _instant(moment: datetime | None) -> str:
    return instant(moment.replace(microsecond=0)) if moment else ""
