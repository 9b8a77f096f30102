"""``supportdesk backup``: the desk copied into one file while everybody works."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from supportdesk.cli.shell import shell
from supportdesk.cli.times import clock_of
from supportdesk.cli.tree import Noun
from supportdesk.i18n import N_, _
from supportdesk.store.instants import micros

app = Noun(help=N_("Copy the desk into one file while it runs."), verbs=False)


@app.command(help=N_("Copy the desk into one file while it runs."))
def backup(
    file: Annotated[Path, typer.Argument(help=N_("File to write; an older backup of that name is replaced."))],
) -> None:
    from supportdesk.desk import care

    desk = shell().desk
    made = care.backup(desk, file.expanduser().absolute())
    shell().out.record(
        [(_("Backup"), str(file)), (_("Made"), clock_of(desk)(micros(made.made_at)))], made,
    )
