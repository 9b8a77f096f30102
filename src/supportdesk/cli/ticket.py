"""``supportdesk ticket``: list and read; what opens a ticket and works on it is imported when it is used."""

from __future__ import annotations

from typing import Annotated

import typer

from supportdesk.cli import options, shapes
from supportdesk.cli.completion import codes
from supportdesk.cli.output import Column
from supportdesk.cli.shell import shell
from supportdesk.cli.times import clock_of, near_of, now_us, zone_of
from supportdesk.cli.tree import Noun
from supportdesk.desk.labels import STATUS, label
from supportdesk.i18n import N_, _
from supportdesk.terms.errors import Invalid, NotFound

VIEWS = ("open", "mine", "team", "unassigned", "callbacks", "waiting", "handed_over", "all")
"""What ``--view`` takes; ``open`` are all open tickets, ``all`` the closed ones too."""

_WORK = ("note", "take", "assign", "edit", "prioritise", "wait", "resume", "solve", "close", "cancel", "reopen",
         "callback", "undo")
_LINKS = ("link", "merge", "split", "move-note", "attach")

app = Noun(
    help=N_("Tickets: open, read, work on, hand over."),
    elsewhere={"new": "ticket_new", **dict.fromkeys(_WORK, "ticket_work"), **dict.fromkeys(_LINKS, "ticket_links")},
)


@app.command("list", help=N_("List tickets in the desk's order."))
def list_(
    view: Annotated[
        str,
        typer.Option(
            "--view", help=N_("open, mine, team, unassigned, callbacks, waiting, handed_over or all."),
            autocompletion=codes(VIEWS),
        ),
    ] = "open",
    limit: options.Limit = 50,
) -> None:
    if view not in VIEWS:
        raise Invalid(_("{field} is one of {allowed}.").format(field="view", allowed=", ".join(VIEWS)), field="view")
    from supportdesk.store.views.listing import listed

    desk = shell().desk
    now = now_us(desk)
    lines = listed(desk.reader, view, desk.agent, now, limit)
    if shell().out.json:
        from supportdesk.cli.promise_shapes import ticket_lines

        shell().out.array(ticket_lines(desk, lines, now))
        return
    near = near_of(desk)
    shell().out.rows(
        lines,
        [
            Column(_("Due"), lambda line: near(line.reason(now).at_us), right=True),
            Column(_("P"), lambda line: line.priority_at(now).removeprefix("P")),
            Column(_("Number"), lambda line: line.number),
            Column(_("Organisation"), lambda line: line.organisation or line.caller, most=20),
            Column(_("Matter"), lambda line: line.title, most=48),
            Column(_("Status"), lambda line: label(STATUS, line.status)),
            Column(_("Agent"), lambda line: line.assignee or ""),
        ],
        empty=_("No ticket stands in this view."),
    )


@app.command("show", help=N_("Show one ticket with its history."))
def show(number: options.Number) -> None:
    from supportdesk.cli.ticket_page import facts, history_lines
    from supportdesk.desk import resolve
    from supportdesk.desk.promised import shown
    from supportdesk.desk.promises import promises_of
    from supportdesk.store.views.ticket import ticket
    from supportdesk.store.views.timeline import timeline

    desk = shell().desk
    try:
        found = resolve.ticket(desk, number)
    except NotFound as missing:
        from supportdesk.cli.older import brought

        if missing.code == "mistyped" or not brought(desk, number):
            raise
        found = resolve.ticket(desk, number)
    view = ticket(desk.reader, found.id)
    assert view is not None
    history = timeline(desk.reader, found.id)
    now, clock = now_us(desk), clock_of(desk)
    promises = promises_of(desk.reader, [found.id], now)
    out = shell().out
    if found.alias:
        out.say(_("{alias} was merged into {number}.").format(alias=found.alias, number=found.number))
    if out.json:
        from supportdesk.cli.promise_shapes import promise_lines
        from supportdesk.store.views.major import of_ticket

        out.record([], shapes.ticket(view, history, now, promise_lines(promises[found.id]),
                                     of_ticket(desk.reader, found.id)))
        return
    of = shown(desk.reader, promises, now)[found.id]
    out.record(facts(view, promises[found.id], of, now, zone_of(desk), clock), None)
    out.text("\n" + "\n".join(history_lines(view, history, clock)))
