"""``supportdesk ticket``: open, list and read tickets; the other verbs stand in ``ticket_work`` and ``ticket_links``."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from supportdesk.cli import options, shapes, ticket_links, ticket_work
from supportdesk.cli.desk import clock_of, now_us, open_desk
from supportdesk.cli.output import Column
from supportdesk.cli.shell import shell
from supportdesk.cli.tree import Noun
from supportdesk.desk.labels import STATUS, label
from supportdesk.i18n import N_, _
from supportdesk.terms.errors import Invalid

app = Noun(help=N_("Tickets: open, read, work on, hand over."))


@app.command("new", help=N_("Open a ticket that came without a call, or by a script."))
def new(
    title: options.Title = "",
    description: options.Description = "",
    caller_number: options.CallerNumber = "",
    caller_name: options.CallerName = "",
    caller: options.KnownCaller = "",
    organisation: options.Organisation = "",
    component: options.Component = "",
    asset: options.Asset = "",
    type: options.Type = "",
    impact: options.Impact = None,
    urgency: options.Urgency = None,
    priority: options.Priority = "",
    reason: options.Reason = "",
    caller_priority: options.CallerPriority = "",
    affected: options.Affected = "",
    approver: options.Approver = "",
    tag: options.Tags = None,
) -> None:
    with open_desk() as desk:
        from supportdesk.desk import calls, resolve

        whom = resolve.whom(desk, number=caller_number, name=caller_name, caller_=caller, organisation_=organisation)
        what = resolve.what(desk, component=component, asset_=asset)
        given: dict[str, Any] = {
            "title": title, "description": description, "type": type, "impact": impact, "urgency": urgency,
            "priority": priority, "priority_reason": reason, "wish": caller_priority, "affected_name": affected,
            "approver_name": approver, "tags": tuple(tag or ()),
        }
        saved = calls.open_ticket(
            desk, {**whom.values, **what, **{field: value for field, value in given.items() if value}}
        )
    shell().out.say(whom.hint)
    shell().out.record(
        [(_("Number"), saved.number), (_("Priority"), saved.priority), (_("Status"), label(STATUS, saved.status))],
        {"number": saved.number, "id": saved.id, "status": saved.status, "priority": saved.priority},
    )


@app.command("list", help=N_("List tickets in the desk's order."))
def list_(
    view: Annotated[
        str, typer.Option("--view", help=N_("open, mine, team, unassigned, callbacks, waiting, handed_over or all."))
    ] = "open",
    limit: options.Limit = 50,
) -> None:
    from supportdesk.store.views.listing import VIEWS, listed

    if view not in VIEWS:
        raise Invalid(_("{field} is one of {allowed}.").format(field="view", allowed=", ".join(VIEWS)), field="view")
    with open_desk() as desk:
        now = now_us(desk)
        lines = listed(desk.reader, view, desk.agent, now, limit)
        clock = clock_of(desk)
    shell().out.rows(
        lines,
        [
            Column(_("Due"), lambda line: clock(line.reason(now).at_us)),
            Column(_("P"), lambda line: line.priority.removeprefix("P")),
            Column(_("Number"), lambda line: line.number),
            Column(_("Organisation"), lambda line: line.organisation or line.caller, most=20),
            Column(_("Matter"), lambda line: line.title, most=48),
            Column(_("Status"), lambda line: label(STATUS, line.status)),
            Column(_("Agent"), lambda line: line.assignee or ""),
        ],
        as_json=lambda line: shapes.ticket_line(line, now),
        empty=_("No ticket stands in this view."),
    )


@app.command("show", help=N_("Show one ticket with its history."))
def show(number: options.Number) -> None:
    from supportdesk.cli.ticket_page import facts, history_lines
    from supportdesk.desk import resolve
    from supportdesk.store.views.ticket import ticket
    from supportdesk.store.views.timeline import timeline

    with open_desk() as desk:
        found = resolve.ticket(desk, number)
        view = ticket(desk.reader, found.id)
        assert view is not None
        history = timeline(desk.reader, found.id)
        now, clock = now_us(desk), clock_of(desk)
    out = shell().out
    if found.alias:
        out.say(_("{alias} was merged into {number}.").format(alias=found.alias, number=found.number))
    if out.json:
        out.record([], shapes.ticket(view, history, now))
        return
    out.record(facts(view, clock), None)
    out.text("\n" + "\n".join(history_lines(view, history, clock)))


ticket_work.register(app)
ticket_links.register(app)
