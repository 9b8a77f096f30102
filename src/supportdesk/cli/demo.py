"""``supportdesk demo``: the console on a living desk with invented data."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from supportdesk import places
from supportdesk.cli.shell import shell
from supportdesk.cli.tree import Noun
from supportdesk.i18n import N_, _

app = Noun(help=N_("Open the console on a living desk with invented data."), verbs=False)


@app.command("demo", help=N_("Open the console on a living desk with invented data."))
def demo(
    fresh: Annotated[bool, typer.Option("--fresh", help=N_("Build the demo anew, even if it was used."))] = False,
    tickets: Annotated[
        int | None, typer.Option("--tickets", min=1, max=2_000_000, metavar=N_("COUNT"),
                                 help=N_("Build it anew with so many tickets (usually 2000)."))
    ] = None,
    seed: Annotated[
        int | None, typer.Option("--seed", metavar=N_("NUMBER"), help=N_("Build it anew with another story."))
    ] = None,
) -> None:
    from supportdesk.desk.demo import open_demo

    run = shell()
    path = open_demo(_place(), fresh=fresh, tickets=tickets, seed=seed, progress=_progress())
    if run.out.json:
        run.out.record([], {"path": str(path)})
        return
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        run.out.say(_("The demo is ready in {path}. Open it in a terminal with: supportdesk demo").format(path=path))
        return
    from supportdesk.app import run_console

    raise typer.Exit(run_console(run.settings._replace(db=path)))


def _place() -> Path:
    """The demo's own file; another one only when the command line names it, never the real desk's settings."""
    given = shell().given.get("db")
    return Path(str(given)).expanduser().absolute() if given else places.demo_database()


def _progress() -> Callable[[int, int], None] | None:
    """One line on stderr while it is built, if a person looks."""
    if shell().out.json or not sys.stderr.isatty():
        return None

    def tell(done: int, total: int) -> None:
        end = "\n" if done >= total else ""
        sys.stderr.write("\r" + _("Building the demo: {done} of {total} tickets").format(done=done, total=total) + end)
        sys.stderr.flush()

    return tell
