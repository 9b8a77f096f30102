"""``supportdesk restore``: a backup put in place of the desk."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from supportdesk.cli.shell import shell
from supportdesk.cli.tree import Noun
from supportdesk.i18n import N_, _

app = Noun(help=N_("Put a backup in place."), verbs=False)


@app.command(help=N_("Put a backup in place; the desk that was there is kept beside it."))
def restore(file: Annotated[Path, typer.Argument(help=N_("The backup."))]) -> None:
    from supportdesk.desk import care

    done = care.restore(shell().db, file.expanduser().absolute())
    out = shell().out
    out.record(
        [
            (_("Desk"), str(shell().db)),
            (_("Tickets"), str(done.backup.tickets)),
            *([(_("Kept before"), str(done.former))] if done.former else []),
        ],
        {"db": shell().db, "backup": done.backup, "former": done.former},
    )
    if done.former is not None:
        out.say(_("The desk that was there is kept as {path}.").format(path=done.former))
