"""The import subcommands share one face: a progress bar, refused rows with line and reason, a count at the end."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from supportdesk.cli.shell import shell
from supportdesk.i18n import N_, _, ngettext

if TYPE_CHECKING:
    from supportdesk.desk.imports import ImportReport

File = Annotated[Path, typer.Argument(help=N_("The file to bring in: CSV or JSON, plain or .gz."))]
DryRun = Annotated[bool, typer.Option("--dry-run", help=N_("Only check, let nothing in."))]
KeepGood = Annotated[bool, typer.Option("--keep-good", help=N_("Let the sound rows in although others are refused."))]

_BAR = 40


def records(entity: str, file: Path, dry_run: bool, keep_good: bool) -> None:
    """Import callers, organisations or assets."""
    from supportdesk.desk.records import import_records

    bring_in(
        lambda progress: import_records(shell().desk, entity, file, keep_good=keep_good, dry_run=dry_run,
                                        progress=progress),
        dry_run, keep_good,
    )


def bring_in(work: Callable[[Callable[[int, int], None]], ImportReport], dry_run: bool, keep_good: bool) -> None:
    """Run an import and tell what came of it; exit code 1 when rows were refused and nothing was let in."""
    report = work(_progress)
    out = shell().out
    if out.json:
        out.record([], _shape(report, dry_run))
    else:
        for refused in report.refused:
            out.say(_("line {line}: {reason}").format(line=refused.line, reason=refused.reason))
        if report.refused_count > len(report.refused):
            out.say(_("… and {count} more").format(count=report.refused_count - len(report.refused)))
        for sentence in _sentences(report, dry_run, keep_good):
            out.say(sentence)
    if report.refused_count and not keep_good:
        raise typer.Exit(1)


def _sentences(report: ImportReport, dry_run: bool, keep_good: bool) -> list[str]:
    read = ngettext("{count} row read", "{count} rows read", report.rows).format(count=report.rows)
    records = ngettext("{count} record", "{count} records", report.records).format(count=report.records)
    refused = ngettext("{count} row refused", "{count} rows refused", report.refused_count).format(
        count=report.refused_count
    )
    if report.refused_count and not keep_good:
        return [_("{read}, {refused}: nothing was let in.").format(read=read, refused=refused),
                _("Mend the rows above, or let the others in with --keep-good.")]
    if dry_run:
        return [_("{read}, {records} would be let in, {refused}. Nothing was changed.").format(
            read=read, records=records, refused=refused)]
    if report.batch is None:
        return [_("{read}: there was nothing to bring in.").format(read=read)]
    return [_("{read}, {records} let in, {refused}. 'supportdesk ticket undo' takes it back whole.").format(
        read=read, records=records, refused=refused)]


def _shape(report: ImportReport, dry_run: bool) -> dict[str, Any]:
    return {
        "file": report.file, "dry_run": dry_run, "rows": report.rows, "records": report.records,
        "steps": report.steps, "refused_count": report.refused_count,
        "refused": [{"line": refused.line, "reason": refused.reason} for refused in report.refused],
        "batch": report.batch,
    }


def _progress(done: int, total: int) -> None:
    """A bar on stderr when a person looks at it."""
    if shell().out.json or shell().out.plain or not sys.stderr.isatty():
        return
    filled = _BAR * done // max(total, 1)
    end = "\n" if done >= total else ""
    sys.stderr.write(f"\r[{'#' * filled}{'.' * (_BAR - filled)}] {100 * done // max(total, 1):3} %{end}")
    sys.stderr.flush()
