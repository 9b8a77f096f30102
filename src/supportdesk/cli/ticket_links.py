"""``supportdesk ticket``: tickets with one another, and what hangs on them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer

from supportdesk.cli import options
from supportdesk.cli.completion import codes, numbers
from supportdesk.cli.shell import shell
from supportdesk.cli.ticket_work import done
from supportdesk.cli.times import code_of
from supportdesk.cli.tree import Noun
from supportdesk.i18n import N_, _
from supportdesk.terms.codes import LinkKind
from supportdesk.terms.errors import NotFound

app = Noun(help=N_("Tickets: open, read, work on, hand over."))


@app.command("link", help=N_("Link a ticket with another one."))
def link(
    number: options.Number,
    kind: Annotated[
        str, typer.Argument(help=N_("duplicate, child, caused_by or hangs_on."), autocompletion=codes(LinkKind))
    ],
    other: Annotated[str, typer.Argument(help=N_("Number of the other ticket."), autocompletion=numbers)],
    remove: Annotated[bool, typer.Option("--remove", help=N_("Remove the link instead."))] = False,
) -> None:
    from supportdesk.desk import resolve, tickets
    from supportdesk.store.views.ticket import link_between

    desk = shell().desk
    wanted = code_of(LinkKind, kind, "kind")
    one, two = resolve.ticket(desk, number), resolve.ticket(desk, other)
    if remove:
        id = link_between(desk.reader, one.id, two.id, wanted)
        if id is None:
            raise NotFound(_("These tickets are not linked so."), field="kind")
        tickets.unlink(desk, id)
    else:
        tickets.link(desk, one.id, two.id, wanted)
    done(desk, [one.id, two.id], _("link removed") if remove else _("linked"))


@app.command("merge", help=N_("Make a ticket part of another; its number stays as an alias."))
def merge(
    number: options.Number,
    into: Annotated[str, typer.Argument(help=N_("Number of the ticket that stays."), autocompletion=numbers)],
) -> None:
    from supportdesk.desk import resolve, tickets

    desk = shell().desk
    gone, stays = resolve.ticket(desk, number), resolve.ticket(desk, into)
    tickets.merge(desk, gone.id, stays.id)
    done(desk, [stays.id], _("{number} merged into it").format(number=gone.number))


@app.command("split", help=N_("Split another matter off into a ticket of its own."))
def split(
    number: options.Number,
    title: Annotated[str, typer.Argument(help=N_("The other matter in a few words."))],
    note: Annotated[
        list[UUID] | None, typer.Option("--note", help=N_("A note that moves along, by its id; several times."))
    ] = None,
) -> None:
    from supportdesk.desk import resolve, tickets

    desk = shell().desk
    found = resolve.ticket(desk, number)
    done(desk, [tickets.split(desk, found.id, title, note or ())],
         _("split off from {number}").format(number=found.number))


@app.command("move-note", help=N_("Move a note that was written in the wrong ticket."))
def move_note(
    note: Annotated[UUID, typer.Argument(help=N_("Id of the note, as 'ticket show --json' gives it."))],
    number: Annotated[str, typer.Argument(help=N_("Ticket it belongs to."), autocompletion=numbers)],
) -> None:
    from supportdesk.desk import resolve, tickets

    desk = shell().desk
    found = resolve.ticket(desk, number)
    tickets.move_note(desk, note, found.id)
    done(desk, [found.id], _("note moved"))


@app.command("attach", help=N_("Attach files to a ticket."))
def attach(
    number: options.Number,
    file: Annotated[list[Path], typer.Argument(help=N_("Files to attach."))],
) -> None:
    from supportdesk.desk import resolve
    from supportdesk.desk.attach import attach_all
    from supportdesk.store.views.ticket import attachments_of

    desk = shell().desk
    found = resolve.ticket(desk, number)
    ids = attach_all(desk, found.id, file)
    lines = [line for line in attachments_of(desk.reader, found.id) if line.id in ids]
    if shell().out.json:
        shell().out.array(
            {"id": line.id, "name": line.name, "size": line.size, "type": line.type, "digest": line.digest}
            for line in lines
        )
    for line in lines:
        shell().out.say(_("{number}: {name} attached.").format(number=found.number, name=line.name))
