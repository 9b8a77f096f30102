"""``supportdesk calendar``: the hours of the desk, and business time."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from supportdesk.cli import agreed
from supportdesk.cli.completion import keys
from supportdesk.cli.output import Column
from supportdesk.cli.shell import shell
from supportdesk.cli.tree import Noun
from supportdesk.i18n import N_, _
from supportdesk.rules.text import safe
from supportdesk.store.instants import micros
from supportdesk.terms.errors import NotFound

if TYPE_CHECKING:
    from supportdesk.store.views.calendars import CalendarLine, CalendarVersionLine

STDIN = "-"

app = Noun(help=N_("Calendars: what time the hours of a desk leave."))

Which = Annotated[str, typer.Argument(help=N_("Its slug or name."), autocompletion=keys("calendar"))]


@app.command("list", help=N_("List the calendars, and how far their public holidays are written down."))
def list_() -> None:
    from supportdesk.cli.times import now_us
    from supportdesk.desk.hours_shown import week_words
    from supportdesk.store.doctor import holidays_run_out
    from supportdesk.store.views.calendars import calendars

    desk = shell().desk
    lines = calendars(desk.reader, now_us(desk))
    shell().out.rows(
        lines,
        [
            Column(_("Slug"), lambda line: line.slug),
            Column(_("Name"), lambda line: line.name, most=30),
            Column(_("Zone"), lambda line: line.current.zone),
            Column(_("Hours"), lambda line: week_words(line.current.weekly), most=60),
            Column(_("Holidays"), lambda line: _where(line.current)),
            Column(_("Until"), lambda line: str(line.running_out or ""), right=True),
        ],
        empty=_("There is no calendar. 'supportdesk calendar import' brings some in."),
    )
    for finding in holidays_run_out(lines, desk.clock().date()):
        shell().out.say(f"{finding.message} {finding.cure}")


@app.command("show", help=N_("Show a calendar with all its versions."))
def show(which: Which) -> None:
    from supportdesk.cli.times import now_us
    from supportdesk.desk import resolve
    from supportdesk.store.views.calendars import calendars

    desk = shell().desk
    id = resolve.keyed(desk, "calendar", which)
    line = next((line for line in calendars(desk.reader, now_us(desk)) if line.id == id), None)
    if line is None:
        raise NotFound(_("Calendar {slug} has no hours. Write some with 'supportdesk calendar import'.").format(
            slug=safe(which)), field="calendar")
    shell().out.record(_facts(line), line)


@app.command("import", help=N_("Bring in the calendars of a file. Bringing it in twice changes nothing."))
def import_(file: agreed.File, dry_run: agreed.DryRun = False) -> None:
    agreed.bring_in(file, dry_run, contracts=False)


@app.command("check", help=N_("Check the calendars of a file: every mistake with its line."))
def check(file: agreed.File) -> None:
    agreed.bring_in(file, True, contracts=False)


@app.command("export", help=N_("Write the calendars as a file that can be edited and brought in again."))
def export(output: agreed.Output = None, yaml: agreed.Yaml = False) -> None:
    agreed.write_out(output, contracts=False, yaml=yaml)


@app.command("compute", help=N_(
    "Compute due times and open minutes: JSON lines in, JSON lines out, in the same order. docs/business-time.md "
    "describes them. Ends with 1 when one could not be answered."))
def compute(
    input: Annotated[str, typer.Option("--input", metavar=N_("FILE"), help=N_("The lines; - is stdin."))] = STDIN,
) -> None:
    from supportdesk.desk.what_if import Calculator

    calculator, failed = Calculator(), False
    for line in _lines(input):
        if line.strip():
            told = calculator.answer(line.decode("utf-8", "replace"))
            failed |= "error" in told
            shell().out.object(told)
    if failed:
        raise typer.Exit(1)


def _lines(input: str) -> Iterator[bytes]:
    from supportdesk.terms.errors import Invalid

    try:
        with nullcontext(sys.stdin.buffer) if input == STDIN else Path(input).open("rb") as lines:
            yield from lines
    except OSError as error:
        raise Invalid(_("{file} cannot be read: {reason}.").format(file=safe(input), reason=error.strerror or error),
                      field="input") from None


def _where(version: CalendarVersionLine) -> str:
    return "-".join(part for part in (version.country, version.subdivision) if part)


def _facts(line: CalendarLine) -> list[tuple[str, str]]:
    from supportdesk.desk.agreement_dates import begin_of
    from supportdesk.desk.hours_shown import spans_words, week_words

    facts = [(_("Calendar"), line.name), (_("Slug"), line.slug)]
    for version in line.versions:
        begin = str(begin_of(micros(version.since), version.zone)) if version.since else _("from ever")
        if version is line.current:
            begin = _("{begin}, in force").format(begin=begin)
        facts += [(_("From"), begin), (_("Zone"), version.zone), (_("Hours"), week_words(version.weekly)),
                  (_("Holidays"), _where(version))]
        facts += [("", f"{on} {name}") for on, name in version.holidays]
        facts += [(_("Break"), f"{on} {spans_words(spans)}") for on, spans in version.breaks.items()]
        facts += [(_("Extra opening"), f"{on} {spans_words(spans)}") for on, spans in version.extra.items()]
    return [(title, text) for title, text in facts if text]
