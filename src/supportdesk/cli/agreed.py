"""What the nouns of agreements have in common in the shell: a file is brought in, checked or written out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from supportdesk.cli.new_file import write_new
from supportdesk.cli.shell import shell
from supportdesk.i18n import N_, _, ngettext

if TYPE_CHECKING:
    from supportdesk.desk.agreeing import Plan, Write
    from supportdesk.desk.agreement_preview import Moved, Reranked
    from supportdesk.rules.window import Rise

File = Annotated[Path, typer.Argument(help=N_("The file, TOML or (by its suffix) YAML, as docs/formats.md describes "
                                              "it."))]
Yaml = Annotated[bool, typer.Option("--yaml", help=N_("Write YAML instead of TOML."))]
DryRun = Annotated[bool, typer.Option("--dry-run", help=N_("Only check, let nothing in."))]
SHOWN = 20
"""Moved promises that are told one by one; --json tells all."""

Output = Annotated[
    Path | None, typer.Option("--output", "-o", help=N_("File to write; without it the text goes to stdout."))
]


def bring_in(file: Path, dry_run: bool, *, contracts: bool, matrix: bool = False) -> None:
    """Bring a file in, or only check it, and tell; exit code 1 when something is wrong with it."""
    from supportdesk.desk import agreeing
    from supportdesk.desk.agreement_file import Form, text_of
    from supportdesk.desk.agreement_preview import preview

    text, desk = text_of(file), shell().desk
    form = Form.of(file)
    moved: tuple[Moved, ...] = ()
    reranked: tuple[Reranked, ...] = ()
    if not dry_run:
        plan = agreeing.bring_in(desk, text, contracts=contracts, matrix=matrix, form=form)
    elif "administer" in desk.agent.verbs:
        plan, moved, reranked = preview(desk, text, contracts=contracts, matrix=matrix, form=form)
    else:
        plan = agreeing.plan(desk, text, contracts=contracts, matrix=matrix, form=form)
    out = shell().out
    if out.json:
        out.record([], {
            "file": file, "dry_run": dry_run, "unchanged": plan.unchanged,
            "changes": [_shape(write) for write in plan.writes],
            "moved": [_moved_shape(each) for each in moved],
            "reranked": [_reranked_shape(each) for each in reranked],
            "problems": [{"line": problem.line, "message": problem.sentence} for problem in plan.problems],
        })
    else:
        for problem in plan.problems:
            out.say(_("line {line}: {reason}").format(line=problem.line, reason=problem.sentence))
        for write in plan.writes:
            out.say(_sentence(write))
        for each in moved[:SHOWN]:
            out.say(_moved_words(each))
        if moved:
            out.say(ngettext("{count} promise of open tickets moves.", "{count} promises of open tickets move.",
                             len(moved)).format(count=len(moved)))
        for one in reranked[:SHOWN]:
            out.say(_reranked_words(one))
        if reranked:
            out.say(ngettext("{count} open ticket is raised otherwise by its time window.",
                             "{count} open tickets are raised otherwise by their time windows.",
                             len(reranked)).format(count=len(reranked)))
        out.say(_end(plan, dry_run))
    if plan.problems:
        raise typer.Exit(1)


def write_out(output: Path | None, *, contracts: bool, matrix: bool = False, yaml: bool = False) -> None:
    """Write calendars, contracts, the matrix to a file or stdout."""
    from supportdesk.desk.agreement_export import written_out
    from supportdesk.desk.agreement_file import Form

    form, out = Form.YAML if yaml else Form.TOML, shell().out
    text = written_out(shell().desk.reader, contracts=contracts, with_matrix=matrix, form=form)
    if output is not None:
        write_new(output, [text])
    elif out.json:
        out.record([], {form.value: text})
    else:
        out.text(text)


def _sentence(write: Write) -> str:
    kind = {"calendar": _("Calendar"), "contract": _("Contract"), "matrix": _("Matrix")}[write.entity]
    if write.made:
        return _("{kind} {slug} ({name}) is new.").format(kind=kind, slug=write.slug, name=write.name)
    return _("{kind} {slug} ({name}) changes.").format(kind=kind, slug=write.slug, name=write.name)


def _moved_words(moved: Moved) -> str:
    from supportdesk.cli.times import clock_of
    from supportdesk.desk.labels import PROMISE, label

    when = clock_of(shell().desk)
    return _("{number} {title}: {promise} due {was}, then {will}").format(
        number=moved.number, title=moved.title, promise=label(PROMISE, moved.kind), was=when(moved.was) or "–",
        will=when(moved.will) or "–")


def _moved_shape(moved: Moved) -> dict[str, Any]:
    from supportdesk.store.instants import instant

    return {"number": moved.number, "title": moved.title, "kind": moved.kind,
            **{name: None if at is None else instant(at) for name, at in (("was", moved.was), ("will", moved.will))}}


def _reranked_words(of: Reranked) -> str:
    return _("{number} {title}: raised to {was}, then {will}").format(
        number=of.number, title=of.title, was=_rises_words(of.was), will=_rises_words(of.will))


def _rises_words(rises: tuple[Rise, ...]) -> str:
    from supportdesk.cli.times import clock_of

    when = clock_of(shell().desk)
    return ", ".join(f"{rise.priority} {when(rise.at)}" for rise in rises) or "–"


def _reranked_shape(of: Reranked) -> dict[str, Any]:
    from supportdesk.store.instants import instant

    def shape(rises: tuple[Rise, ...]) -> list[dict[str, Any]]:
        return [{"at": instant(rise.at), "urgency": rise.urgency, "priority": rise.priority} for rise in rises]

    return {"number": of.number, "title": of.title, "was": shape(of.was), "will": shape(of.will)}


def _end(plan: Plan, dry_run: bool) -> str:
    if plan.problems:
        count = len(plan.problems)
        return ngettext("{count} mistake: nothing was changed. Mend the line above.",
                        "{count} mistakes: nothing was changed. Mend the lines above.", count).format(count=count)
    if not plan.writes:
        return _("Everything stands so already; there was nothing to change.")
    if dry_run:
        return _("Nothing was changed.")
    return _("It holds now. 'supportdesk ticket undo' takes it back whole.")


def _shape(write: Write) -> dict[str, Any]:
    return {"kind": write.entity, "id": write.id, "slug": write.slug, "name": write.name, "new": write.made,
            "fields": sorted(name.removesuffix("_id") for name in write.values)}
