"""``supportdesk export``: everything of one kind for another tool."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from supportdesk.cli.new_file import write_new
from supportdesk.cli.shell import shell
from supportdesk.cli.tree import Noun
from supportdesk.i18n import N_, _
from supportdesk.terms.errors import Invalid

app = Noun(help=N_("Write everything out for another tool."), verbs=False)


@app.command(help=N_("Write everything out for another tool."))
def export(
    kind: Annotated[
        str, typer.Argument(help=N_("tickets, contacts, callers, organisations, assets, articles or notes."))
    ],
    format: Annotated[str, typer.Option("--format", help=N_("csv or json; else by the name of the file."))] = "",
    output: Annotated[
        Path | None, typer.Option("--output", help=N_("File to write; without it JSON goes to stdout."))
    ] = None,
) -> None:
    from supportdesk.desk.exports import export as pieces
    from supportdesk.desk.exports import records

    desk = shell().desk
    chosen = format or ("csv" if output is not None and output.suffix.lower() == ".csv" else "json")
    text = pieces(desk, kind, chosen)
    if output is None:
        if chosen != "json":
            raise Invalid(_("CSV holds every sign as it was written: name a file with --output."), field="output")
        shell().out.array(records(desk.reader, kind.removesuffix("s")))
        return
    write_new(output, text)
