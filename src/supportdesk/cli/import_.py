"""``supportdesk import``: tickets with their histories from another tool."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from supportdesk.cli import imported
from supportdesk.cli.shell import shell
from supportdesk.cli.tree import Noun
from supportdesk.i18n import N_

app = Noun(help=N_("Bring in tickets from another tool."))


@app.command("tickets", help=N_("Bring in tickets with their histories; a mapping says what each column means."))
def tickets(
    file: imported.File,
    mapping: Annotated[Path, typer.Option("--mapping", help=N_("TOML file that says what each column means."))],
    dry_run: imported.DryRun = False,
    keep_good: imported.KeepGood = False,
) -> None:
    from supportdesk.desk.imports import import_tickets

    imported.bring_in(
        lambda progress: import_tickets(shell().desk, file, mapping, keep_good=keep_good, dry_run=dry_run,
                                        progress=progress),
        dry_run, keep_good,
    )
