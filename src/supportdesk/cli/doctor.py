"""``supportdesk doctor``: what is wrong with the database, each with its cure."""

from __future__ import annotations

from typing import Annotated

import typer

from supportdesk.cli.output import Column
from supportdesk.cli.shell import shell
from supportdesk.cli.tree import Noun
from supportdesk.i18n import N_, _

app = Noun(help=N_("Check the database and say what to mend."), verbs=False)


@app.command(help=N_("Check the database and say what to mend."))
def doctor(
    mend: Annotated[
        bool, typer.Option("--mend", help=N_("Write the search anew and end imports that were interrupted."))
    ] = False,
) -> None:
    from supportdesk.desk import care
    from supportdesk.store.doctor import is_ok

    desk = shell().desk
    if mend:
        care.mend(desk)
    found = care.findings(desk)
    ok = is_ok(found)
    out = shell().out
    if out.json:
        out.record([], {"ok": ok, "findings": [
            {"code": finding.code, "severity": finding.severity, "message": finding.message, "cure": finding.cure}
            for finding in found
        ]})
    else:
        severity = {"error": _("error"), "warning": _("warning"), "info": _("to know")}
        out.rows(
            found,
            [
                Column(_("Severity"), lambda finding: severity.get(finding.severity, finding.severity)),
                Column(_("Finding"), lambda finding: finding.message),
                Column(_("Cure"), lambda finding: finding.cure),
            ],
        )
        out.say(_("The desk is in order.") if ok else _("The desk wants mending."))
    if not ok:
        raise typer.Exit(1)
