"""``supportdesk ticket new``."""

from __future__ import annotations

from typing import Any

from supportdesk.cli import options
from supportdesk.cli.shell import shell
from supportdesk.cli.times import priority_now, window_of
from supportdesk.cli.tree import Noun
from supportdesk.desk.labels import STATUS, label
from supportdesk.i18n import N_, _

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
    needed_by: options.NeededBy = "",
    needed_for: options.NeededFor = "",
    affected: options.Affected = "",
    approver: options.Approver = "",
    tag: options.Tags = None,
    major: options.OfMajor = "",
) -> None:
    from supportdesk.cli.major_cases import question_of
    from supportdesk.cli.major_page import ask, major_of
    from supportdesk.cli.major_shapes import question
    from supportdesk.desk import calls, resolve

    desk = shell().desk
    whom = resolve.whom(desk, number=caller_number, name=caller_name, caller_=caller, organisation_=organisation)
    what = resolve.what_was_said(desk, component=component, asset_=asset)
    given: dict[str, Any] = {
        "title": title, "description": description, "type": type, "impact": impact, "urgency": urgency,
        "priority": priority, "priority_reason": reason, "wish": caller_priority, "affected_name": affected,
        "approver_name": approver, "tags": tuple(tag or ()), **window_of(desk, needed_by, needed_for),
    }
    joined = major_of(desk, major) if major else None
    saved = calls.open_ticket(
        desk, {**whom.values, **what.values, **{field: value for field, value in given.items() if value}},
        note=what.note, major_id=joined.id if joined else None,
    )
    shell().out.say(whom.hint)
    shell().out.say(what.hint)
    asked = question_of(desk, saved.id)
    priority = priority_now(desk, saved.id)
    shell().out.record(
        [(_("Number"), saved.number), (_("Priority"), priority), (_("Status"), label(STATUS, saved.status))],
        {"number": saved.number, "id": saved.id, "status": saved.status, "priority": saved.priority,
         "priority_now": priority,
         "major": joined.number if joined else None, "asked": question(asked) if asked else None},
    )
    if asked is not None:
        shell().out.say(ask(desk, asked))
