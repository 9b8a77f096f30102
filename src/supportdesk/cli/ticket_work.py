"""``supportdesk ticket``: the verbs by which a ticket goes on, from taking it to undoing what was done."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import typer

from supportdesk.cli import options
from supportdesk.cli.completion import codes, keys, numbers
from supportdesk.cli.shell import shell
from supportdesk.cli.times import code_of, instant_of, now_us, priority_now, window_of, zone_of
from supportdesk.cli.tree import Noun
from supportdesk.i18n import N_, _
from supportdesk.terms.codes import Audience, Outcome, Priority, Status
from supportdesk.terms.errors import Invalid

if TYPE_CHECKING:
    from supportdesk.desk.desk import Desk
    from supportdesk.desk.tries import Proposal


app = Noun(help=N_("Tickets: open, read, work on, hand over."))


def done(desk: Desk, ids: Sequence[UUID], what: str) -> None:
    """Tell what became of the tickets: their lines as JSON, else a sentence each."""
    from supportdesk.cli.promise_shapes import ticket_lines
    from supportdesk.store.views.listing import lines_of

    now = now_us(desk)
    lines = lines_of(desk.reader, ids)
    if shell().out.json:
        shell().out.array(ticket_lines(desk, lines, now))
        return
    for line in lines:
        shell().out.say(_("{number}: {what}.").format(number=line.number, what=what))


@app.command("note", help=N_("Write a note, internal or for the caller."))
def note(
    number: options.Number,
    text: Annotated[str, typer.Argument(help=N_("What to note."))],
    for_caller: Annotated[bool, typer.Option("--for-caller", help=N_("The caller may be told this."))] = False,
) -> None:
    from supportdesk.desk import resolve, tickets

    desk = shell().desk
    found = resolve.ticket(desk, number)
    id = tickets.note(desk, found.id, text, Audience.CALLER if for_caller else Audience.INTERNAL)
    if shell().out.json:
        shell().out.record([], {"id": id, "number": found.number})
    shell().out.say(_("{number}: {what}.").format(number=found.number, what=_("note written")))


@app.command("take", help=N_("Take tickets: you work on them."))
def take(numbers: options.Numbers) -> None:
    from supportdesk.desk import resolve, tickets

    desk = shell().desk
    ids = resolve.tickets(desk, numbers)
    tickets.take(desk, ids)
    done(desk, ids, _("taken"))


@app.command("assign", help=N_("Give tickets to a colleague or a team, or pass the contact on."))
def assign(
    numbers: options.Numbers,
    to: Annotated[str, typer.Option(
        "--to", help=N_("Login or name of the agent who shall work on it."), autocompletion=keys("agent")
    )] = "",
    team: Annotated[str, typer.Option(
        "--team", help=N_("Team that shall work on it."), autocompletion=keys("team")
    )] = "",
    owner: Annotated[str, typer.Option(
        "--owner", help=N_("Agent who owes the caller the answer from now on."), autocompletion=keys("agent")
    )] = "",
    reason: options.Reason = "",
) -> None:
    if not (to or team or owner):
        raise Invalid(_("Say to whom: --to, --team or --owner."), field="to")
    from supportdesk.desk import resolve, tickets

    desk = shell().desk
    ids = resolve.tickets(desk, numbers)
    tickets.assign(
        desk, ids, agent=resolve.keyed(desk, "agent", to) if to else None,
        team=resolve.keyed(desk, "team", team) if team else None,
        owner=resolve.keyed(desk, "agent", owner) if owner else None, reason=reason or None,
    )
    done(desk, ids, _("assigned"))


@app.command("edit", help=N_("Correct the details of a ticket."))
def edit(
    number: options.Number,
    title: options.Title = "",
    description: options.Description = "",
    caller_number: options.CallerNumber = "",
    caller_name: options.CallerName = "",
    caller: options.KnownCaller = "",
    organisation: options.Organisation = "",
    component: options.Component = "",
    asset: options.Asset = "",
    type: options.Type = "",
    affected: options.Affected = "",
    approver: options.Approver = "",
    caller_priority: options.CallerPriority = "",
    tag: options.Tags = None,
) -> None:
    from supportdesk.desk import resolve, tickets

    desk = shell().desk
    found = resolve.ticket(desk, number)
    given: dict[str, Any] = {
        "title": title, "description": description, "type": type, "affected_name": affected,
        "approver_name": approver, "wish": caller_priority, "tags": tuple(tag or ()),
    }
    whom = resolve.whom(desk, number=caller_number, name=caller_name, caller_=caller, organisation_=organisation)
    changes = {
        **whom.values, **resolve.what(desk, component=component, asset_=asset),
        **{field: value for field, value in given.items() if value},
    }
    if not changes:
        raise Invalid(_("Say what to correct."), field="title")
    tickets.edit(desk, found.id, changes)
    shell().out.say(whom.hint)
    done(desk, [found.id], _("details corrected"))


@app.command("prioritise", help=N_("Change impact, urgency or priority, with the reason."))
def prioritise(
    number: options.Number,
    impact: options.Impact = None,
    urgency: options.Urgency = None,
    priority: options.Priority = "",
    reason: options.Reason = "",
    caller_priority: options.CallerPriority = "",
    needed_by: options.NeededBy = "",
    needed_for: options.NeededFor = "",
) -> None:
    from supportdesk.desk import resolve, tickets
    from supportdesk.desk.window_words import NONE

    desk = shell().desk
    found = resolve.ticket(desk, number)
    window: dict[str, Any] = {"needs_no_time": True} if needed_by == NONE else window_of(desk, needed_by, needed_for)
    wanted = code_of(Priority, priority, "priority") if priority else None
    tickets.prioritise(
        desk, found.id, impact=impact, urgency=urgency, priority=wanted, reason=reason or None,
        wish=caller_priority or None, **window,
    )
    done(desk, [found.id], _("priority {priority}").format(priority=priority_now(desk, found.id)))


@app.command("wait", help=N_("Let tickets wait: for the caller, a vendor, or until a time."))
def wait(
    numbers: options.Numbers,
    for_: Annotated[str, typer.Option(
        "--for", help=N_("caller or vendor."), autocompletion=codes(("caller", "vendor"))
    )] = "",
    until: Annotated[str, typer.Option("--until", help=N_("A time to come: 30, 14:30, 2026-12-24 09:00."))] = "",
    reason: options.Reason = "",
) -> None:
    waits = {"caller": Status.WAITING_CALLER, "vendor": Status.WAITING_VENDOR, "": Status.WAITING_UNTIL}
    if for_ not in waits or not (for_ or until):
        raise Invalid(_("Say what it waits for: --for caller, --for vendor, or --until a time."), field="for")
    from supportdesk.desk import resolve, tickets

    desk = shell().desk
    ids = resolve.tickets(desk, numbers)
    at = instant_of(desk, until, "until") if until else None
    tickets.wait(desk, ids, waits[for_], until=at, reason=reason or None)
    done(desk, ids, _("put to wait"))


@app.command("resume", help=N_("Go on with tickets that wait."))
def resume(numbers: options.Numbers) -> None:
    from supportdesk.desk import resolve, tickets

    desk = shell().desk
    ids = resolve.tickets(desk, numbers)
    tickets.resume(desk, ids)
    done(desk, ids, _("work goes on"))


@app.command("solve", help=N_("Solve tickets and say how."))
def solve(
    numbers: options.Numbers,
    solution: options.Solution = "",
    article: options.ThatHelped = "",
    told: Annotated[
        bool | None, typer.Option("--told/--not-told", help=N_("Whether the caller knows it already."))
    ] = None,
) -> None:
    from supportdesk.desk import resolve, tickets

    desk = shell().desk
    ids = resolve.tickets(desk, numbers)
    helped = resolve.article(desk, article, desk.agent.language) if article else None
    tickets.solve(desk, ids, solution, article=helped, told=told)
    _cases_to_tell(desk, ids)
    done(desk, ids, _("solved"))


def _cases_to_tell(desk: Desk, ids: Sequence[UUID]) -> None:
    """Of major incidents that are over with their tickets: whose callers are still to be told."""
    from supportdesk.store.views.major import first_over, major

    over = first_over(desk.reader, ids)
    if over is not None and (found := major(desk.reader, over)) is not None:
        from supportdesk.cli.major_cases import not_told

        not_told(desk, found)


@app.command("close", help=N_("Close solved tickets, or one whose caller was not reached."))
def close(
    numbers: options.Numbers,
    reason: options.Reason = "",
    not_reached: Annotated[
        str, typer.Option("--not-reached", help=N_("Message for a caller who was tried often enough in vain."))
    ] = "",
) -> None:
    from supportdesk.desk import resolve, tickets

    desk = shell().desk
    ids = resolve.tickets(desk, numbers)
    if not_reached and reason:
        raise Invalid(_("--not-reached is the reason; leave --reason out."), field="reason")
    if not_reached and len(ids) > 1:
        raise Invalid(_("One ticket at a time: each caller gets a message of his own."), field="numbers")
    if not_reached:
        tickets.close_not_reached(desk, ids[0], not_reached)
    else:
        tickets.close(desk, ids, reason or None)
    done(desk, ids, _("closed"))


@app.command("cancel", help=N_("Cancel tickets opened by mistake; their numbers stay."))
def cancel(numbers: options.Numbers, reason: options.Reason = "") -> None:
    from supportdesk.desk import resolve, tickets

    desk = shell().desk
    ids = resolve.tickets(desk, numbers)
    tickets.cancel(desk, ids, reason)
    done(desk, ids, _("cancelled"))


@app.command("reopen", help=N_("Open solved or closed tickets again."))
def reopen(numbers: options.Numbers, reason: options.Reason = "") -> None:
    from supportdesk.desk import resolve, tickets

    desk = shell().desk
    ids = resolve.tickets(desk, numbers)
    tickets.reopen(desk, ids, reason or None)
    done(desk, ids, _("reopened"))


@app.command("callback", help=N_("Promise a callback, log the one made, or drop it."))
def callback(
    number: options.Number,
    when: Annotated[
        str, typer.Argument(help=N_("When: 30 (minutes), 14:30, tomorrow 9:00, 2026-12-24 09:00."))
    ] = "",
    phone: Annotated[str, typer.Option("--number", help=N_("Number to call, when not the caller's."))] = "",
    to: Annotated[str, typer.Option("--to", help=N_("Whom to call, when not the caller."))] = "",
    outcome: Annotated[
        str, typer.Option(
            "--outcome", help=N_("Log the callback made: information (reached), no_answer, busy, voicemail_left …"),
            autocompletion=codes(Outcome)
        )
    ] = "",
    note: Annotated[str, typer.Option("--note", help=N_("What was said in the callback made."))] = "",
    drop: Annotated[bool, typer.Option("--drop", help=N_("Take the promise back."))] = False,
) -> None:
    if not (when or outcome or drop):
        raise Invalid(_("Say when, or --outcome of the callback made, or --drop."), field="when")
    from supportdesk.desk import calls, resolve, tickets
    from supportdesk.desk.tries import propose

    desk = shell().desk
    found = resolve.ticket(desk, number)
    at = instant_of(desk, when, "when") if when else None
    if outcome:
        ended = code_of(Outcome, outcome, "outcome")
        proposal = None if ended.reached or at is not None else propose(desk, found.id, ended)
        calls.settle_callback(desk, found.id, ended, note=note or None, later=at)
        what = _("callback logged")
        if proposal is not None:
            shell().out.say(_proposed(desk, found.number, proposal))
    elif at is not None:
        tickets.promise_callback(desk, found.id, at, phone or None, to or None)
        what = _("callback promised")
    else:
        tickets.drop_callback(desk, found.id)
        what = _("callback taken back")
    done(desk, [found.id], what)


def _proposed(desk: Desk, number: str, proposal: Proposal) -> str:
    """When to try again and how to say so; whether one may give up."""
    from supportdesk.desk.tries import next_said, tried_said

    said = [next_said(proposal, now_us(desk), zone_of(desk))]
    if proposal.at is not None:
        said.append(_("'supportdesk ticket callback {number} {when}' promises it.").format(
            number=number, when=f"{proposal.at:%Y-%m-%dT%H:%MZ}"))
    if proposal.tried.enough:
        said.append(_("{tries}: 'supportdesk ticket close {number} --not-reached MESSAGE' gives up.").format(
            tries=tried_said(proposal.tried), number=number))
    return " ".join(said)


@app.command("undo", help=N_("Take back your last action, or the last one on a ticket."))
def undo(
    number: Annotated[
        str, typer.Argument(
            help=N_("Ticket whose last action of yours is taken back; else your last one."), autocompletion=numbers
        )
    ] = "",
) -> None:
    from supportdesk.cli.promise_shapes import ticket_lines
    from supportdesk.desk import resolve
    from supportdesk.desk.fields import verb_name
    from supportdesk.desk.undo import undo as take_back
    from supportdesk.store.views.listing import lines_of
    from supportdesk.store.views.timeline import last_action

    desk = shell().desk
    action = None
    if number:
        found = resolve.ticket(desk, number)
        action = last_action(desk.reader, found.id, desk.agent.id)
        if action is None:
            raise Invalid(
                _("There is nothing of yours left to undo on {number}.").format(number=found.number), field="number"
            )
    undone = take_back(desk, action)
    lines = lines_of(desk.reader, [undone.ticket]) if undone.ticket else ()
    now = now_us(desk)
    if shell().out.json:
        shell().out.record([], {
            "verb": undone.verb, "actions": undone.actions,
            "ticket": next(iter(ticket_lines(desk, lines, now)), None),
        })
    shell().out.say(_("Undone: {what} ({numbers}).").format(
        what=verb_name(undone.verb), numbers=", ".join(line.number for line in lines)
    ) if lines else _("Undone: {what}.").format(what=verb_name(undone.verb)))
