"""``supportdesk promise``: what was promised on a ticket, and why it is due when it is due; and all that is agreed as
one file."""

from __future__ import annotations

from supportdesk.cli import agreed, options
from supportdesk.cli.shell import shell
from supportdesk.cli.times import now_us, zone_of
from supportdesk.cli.tree import Noun
from supportdesk.i18n import N_

app = Noun(help=N_("Promises: what is due when, and why."))


@app.command("explain", help=N_("Tell by which contract and calendar the promises of a ticket are due, with every "
                                "interval, pause and holiday that was counted."))
def explain(number: options.Number) -> None:
    from supportdesk.cli.promise_shapes import explanation
    from supportdesk.desk import resolve
    from supportdesk.desk.promise_words import explanation_words
    from supportdesk.desk.promises import explained
    from supportdesk.desk.window_words import window_words

    desk = shell().desk
    found = resolve.ticket(desk, number)
    told = explained(desk.reader, found.id, now_us(desk))
    if shell().out.json:
        shell().out.record([], explanation(told, found.number))
        return
    words = explanation_words(told, zone_of(desk))
    if (window := told.standing.window) is not None:
        words += ["", window_words(window, told.raised, told.now, zone_of(desk))]
    shell().out.text("\n".join(words))


@app.command("import", help=N_("Bring in all a file says: calendars, contracts, the matrix of impact and urgency. "
                               "Bringing it in twice changes nothing."))
def import_(file: agreed.File, dry_run: agreed.DryRun = False) -> None:
    agreed.bring_in(file, dry_run, contracts=True, matrix=True)


@app.command("check", help=N_("Check all a file says: every mistake with its line, and which due times and priorities "
                              "of open tickets would move."))
def check(file: agreed.File) -> None:
    agreed.bring_in(file, True, contracts=True, matrix=True)


@app.command("export", help=N_("Write calendars, contracts and the matrix as a file that can be edited and brought in "
                               "again."))
def export(output: agreed.Output = None, yaml: agreed.Yaml = False) -> None:
    agreed.write_out(output, contracts=True, matrix=True, yaml=yaml)
