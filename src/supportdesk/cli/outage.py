"""``supportdesk outage``: when services did not run, and announced maintenance."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import typer

from supportdesk.cli import options
from supportdesk.cli.completion import keys, numbers
from supportdesk.cli.output import Column
from supportdesk.cli.shapes import at, code
from supportdesk.cli.shell import shell
from supportdesk.cli.times import clock_of, following_of, instant_of, since_of
from supportdesk.cli.tree import Noun
from supportdesk.i18n import N_, _
from supportdesk.rules.text import safe
from supportdesk.terms.codes import OutageKind
from supportdesk.terms.errors import Ambiguous, Invalid, NotFound

if TYPE_CHECKING:
    from supportdesk.desk.desk import Desk
    from supportdesk.store.views.outages import OutageLine

app = Noun(help=N_("When services did not run, and announced maintenance."))

Which = Annotated[str, typer.Argument(help=N_("Its id or the end of it, or the ticket it was noted on."),
                                      autocompletion=numbers)]
Since = Annotated[str, typer.Option("--since", help=N_(
    "Since when: minutes ago (30), 14:30, yesterday 22:00; of maintenance a time to come."))]
Until = Annotated[str, typer.Option("--until", help=N_("Until when: 16:10, or a day and time."))]

LISTED = 50
SHORT = 8
"""Signs of the end of an id that are shown."""


@app.command("note", help=N_("Note that a service did not run, or will not as announced (--maintenance)."))
def note(
    since: Since,
    until: Until = "",
    product: Annotated[str, typer.Option("--product", help=N_("The product that did not run."),
                                         autocompletion=keys("product"))] = "",
    component: Annotated[str, typer.Option("--component", help=N_("The component that did not run."),
                                           autocompletion=keys("component"))] = "",
    ticket: Annotated[str, typer.Option("--ticket", help=N_("The ticket it was reported on; it names the service."),
                                        autocompletion=numbers)] = "",
    maintenance: Annotated[
        bool, typer.Option("--maintenance", help=N_("It was announced and does not count."))
    ] = False,
    reason: options.Reason = "",
) -> None:
    from supportdesk.desk import outages, resolve

    desk = shell().desk
    kind = OutageKind.MAINTENANCE if maintenance else OutageKind.OUTAGE
    began = _announced(desk, since) if maintenance else since_of(desk, since, "since")
    id = outages.note_outage(
        desk, resolve.ticket(desk, ticket).id if ticket else None, began,
        following_of(desk, until, began, "until") if until else None, kind=kind, reason=reason,
        product_id=resolve.keyed(desk, "product", product) if product else None,
        component_id=resolve.keyed(desk, "component", component) if component else None)
    _tell(desk, id, _("noted"))


@app.command("list", help=N_("List outages and maintenance, those that go on first, then the newest."))
def list_(
    going_on: Annotated[bool, typer.Option("--open", help=N_("Only those that go on."))] = False,
    limit: options.Limit = LISTED,
) -> None:
    from supportdesk.store.views.outages import outages

    desk = shell().desk
    lines = outages(desk.reader, limit, going_on=going_on)
    if shell().out.json:
        shell().out.array(map(_shape, lines))
        return
    clock = clock_of(desk)
    shell().out.rows(
        lines,
        [
            Column(_("Id"), lambda line: str(line.id)[-SHORT:]),
            Column(_("Since"), lambda line: clock(line.began_us), right=True),
            Column(_("Until"), lambda line: clock(line.ended_us) or _("goes on"), right=True),
            Column(_("What"), lambda line: _kind(line)),
            Column(_("Service"), lambda line: line.service, most=30),
            Column(_("Ticket"), lambda line: line.ticket.code if line.ticket else ""),
            Column(_("Reason"), lambda line: line.reason, most=40),
        ],
        empty=_("No outage is noted."),
    )


@app.command("end", help=N_("It runs again."))
def end(
    which: Which,
    when: Annotated[str, typer.Option("--at", help=N_("Since when, if not now: minutes ago (30), 14:30."))] = "",
) -> None:
    from supportdesk.desk import outages

    desk = shell().desk
    id = _found(desk, which, open_first=True)
    outages.end_outage(desk, id, since_of(desk, when, "at") if when else None)
    _tell(desk, id, _("ended"))


@app.command("correct", help=N_("Correct when it began or ended, or why; or withdraw what was noted by mistake."))
def correct(
    which: Which,
    since: Since = "",
    until: Until = "",
    reason: options.Reason = "",
    withdraw: Annotated[
        bool, typer.Option("--withdraw", help=N_("It was noted by mistake: it counts no more."))
    ] = False,
) -> None:
    from supportdesk.desk import outages
    from supportdesk.store.instants import instant
    from supportdesk.store.views.outages import outage

    if not (since or until or reason or withdraw):
        raise Invalid(_("Say what is wrong: --since, --until, --reason or --withdraw."), field="since")
    desk = shell().desk
    id = _found(desk, which)
    line = outage(desk.reader, id)
    assert line is not None
    if withdraw:
        outages.withdraw_outage(desk, id)
    else:
        changes: dict[str, Any] = {"reason": reason} if reason else {}
        began = instant(line.began_us)
        if since:
            began = _announced(desk, since) if line.is_maintenance else since_of(desk, since, "since")
            changes["began_at"] = began
        if until:
            changes["ended_at"] = following_of(desk, until, began, "until")
        outages.correct_outage(desk, id, changes)
    _tell(desk, id, _("withdrawn") if withdraw else _("corrected"))


def _announced(desk: Desk, text: str) -> Any:
    """When a maintenance begins: a time to come, else one that is past."""
    try:
        return instant_of(desk, text, "since")
    except Invalid:
        return since_of(desk, text, "since")


def _found(desk: Desk, typed: str, *, open_first: bool = False) -> UUID:
    """An outage by its id, or the only one of a ticket (the only open one with ``open_first``). Raises NotFound,
    Ambiguous."""
    from supportdesk.desk import resolve
    from supportdesk.store.views.outages import named, of_ticket

    found = named(desk.reader, typed)
    if not found:
        lines = of_ticket(desk.reader, resolve.ticket(desk, typed).id)
        going_on = [line for line in lines if line.ended_us is None]
        found = [line.id for line in (going_on if open_first and going_on else lines)]
    if not found:
        raise NotFound(_("No outage is noted on {number}. 'supportdesk outage list' shows those there are.").format(
            number=safe(typed)), field="outage")
    if len(found) > 1:
        raise Ambiguous(_("Several outages fit {text}: {ids}. Give the id of one.").format(
            text=safe(typed), ids=", ".join(str(id)[-SHORT:] for id in found)), field="outage")
    return found[0]


def _tell(desk: Desk, id: UUID, what: str) -> None:
    from supportdesk.store.views.outages import outage

    line = outage(desk.reader, id)
    assert line is not None
    if shell().out.json:
        shell().out.record([], _shape(line))
        return
    clock = clock_of(desk)
    shell().out.say(_("{kind} {id} ({service}, {since} - {until}): {what}.").format(
        kind=_kind(line), id=str(line.id)[-SHORT:], service=safe(line.service), since=clock(line.began_us),
        until=clock(line.ended_us) or _("goes on"), what=what))


def _kind(line: OutageLine) -> str:
    return _("Maintenance") if line.is_maintenance else _("Outage")


def _shape(line: OutageLine) -> dict[str, Any]:
    return {"id": line.id, "kind": line.kind, "began_at": at(line.began_us), "ended_at": at(line.ended_us),
            "product": code(line.product), "component": line.component.shown if line.component else None,
            "ticket": code(line.ticket), "agent": code(line.agent), "reason": line.reason or None}
