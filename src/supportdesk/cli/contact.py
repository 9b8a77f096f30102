"""``supportdesk contact``: calls and other contacts, read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import typer

from supportdesk.cli import options
from supportdesk.cli.output import Column
from supportdesk.cli.shapes import at
from supportdesk.cli.shell import shell
from supportdesk.cli.times import clock_of
from supportdesk.cli.tree import Noun
from supportdesk.desk.labels import CHANNEL, CHECK, MATTER, OUTCOME, label
from supportdesk.i18n import N_, _
from supportdesk.terms.errors import NotFound

if TYPE_CHECKING:
    from supportdesk.store.views.contacts import ContactLine

app = Noun(help=N_("Calls and other contacts."))


def shape(line: ContactLine) -> dict[str, Any]:
    """One contact of a list as JSON."""
    return {
        "id": line.id, "at": at(line.at_us), "direction": line.direction, "channel": line.channel,
        "caller": line.caller or None, "caller_id": line.caller_id, "number": line.number or None,
        "agent": line.agent, "outcome": line.outcome, "tickets": line.tickets, "ended_at": at(line.ended_us),
        "note": line.note or None,
    }


@app.command("list", help=N_("List contacts, the newest first."))
def list_(
    caller: Annotated[str, typer.Option("--caller", help=N_("Only this caller's: id, mail, number or name."))] = "",
    limit: options.Limit = 50,
) -> None:
    from supportdesk.desk import resolve
    from supportdesk.store.views.contacts import contacts

    desk = shell().desk
    lines = contacts(desk.reader, caller=resolve.caller(desk, caller) if caller else None, limit=limit)
    clock = clock_of(desk)
    shell().out.rows(
        lines,
        [
            Column(_("When"), lambda line: clock(line.at_us)),
            Column(_("Channel"), lambda line: label(CHANNEL, line.channel)),
            Column(_("Caller"), lambda line: line.caller or line.number, most=30),
            Column(_("Outcome"), lambda line: label(OUTCOME, line.outcome)),
            Column(_("Tickets"), lambda line: " ".join(line.tickets)),
            Column(_("Agent"), lambda line: line.agent or ""),
            Column(_("Id"), lambda line: str(line.id)),
        ],
        as_json=shape,
        empty=_("No contact is logged yet. 'supportdesk call' logs one."),
    )


@app.command("show", help=N_("Show one contact."))
def show(id: Annotated[UUID, typer.Argument(help=N_("Id of the contact, as the list gives it."))]) -> None:
    from supportdesk.store.views.contacts import contact

    desk = shell().desk
    view = contact(desk.reader, id)
    if view is None:
        raise NotFound(_("There is no contact {id}.").format(id=id), field="id")
    clock, line = clock_of(desk), view.line
    facts = [
        (_("When"), clock(line.at_us)),
        (_("Answered"), clock(view.answered_us)),
        (_("Ended"), clock(line.ended_us)),
        (_("Wrapped up"), clock(view.wrapped_us)),
        (_("Channel"), label(CHANNEL, line.channel)),
        (_("Caller"), line.caller),
        (_("On behalf of"), view.behalf),
        (_("Number"), view.number_given or line.number),
        (_("Called number"), view.called_number or ""),
        (_("Language"), view.language or ""),
        (_("Agent"), line.agent or ""),
        (_("Outcome"), label(OUTCOME, line.outcome)),
        (_("Tickets"), " ".join(line.tickets)),
        *((_("Identity"), f"{label(MATTER, check.matter)}: {label(CHECK, check.result)}") for check in view.checks),
        (_("Note"), line.note),
    ]
    shell().out.record(
        [(title, text) for title, text in facts if text],
        {
            **shape(line), "number_given": view.number_given, "called_number": view.called_number,
            "on_behalf_of": view.behalf or None, "language": view.language, "answered_at": at(view.answered_us),
            "wrapped_at": at(view.wrapped_us), "holds": [[at(begun), at(over)] for begun, over in view.holds],
            "identity_checks": [
                {"matter": check.matter, "method": check.method, "result": check.result, "reason": check.reason,
                 "agent": check.agent, "at": at(check.at_us)}
                for check in view.checks
            ],
        },
    )
