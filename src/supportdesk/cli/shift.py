"""``supportdesk shift``: beginning and ending a shift, with the callbacks that are passed on."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from supportdesk.cli.completion import keys
from supportdesk.cli.output import Column
from supportdesk.cli.shapes import at
from supportdesk.cli.shell import shell
from supportdesk.cli.times import clock_of, near_of, now_us, zone_of
from supportdesk.cli.tree import Noun
from supportdesk.i18n import N_, _
from supportdesk.terms.errors import Invalid

if TYPE_CHECKING:
    from supportdesk.desk.desk import Desk
    from supportdesk.desk.shift_page import Decision
    from supportdesk.rules.shifts import Standing
    from supportdesk.store.views.shifts import Promise

app = Noun(help=N_("Your shift: start it, take a break, end it and pass on what you promised."))

TEAM = "team"


@app.command("start", help=N_("Start your shift: callbacks you promise belong to you while it runs."))
def start() -> None:
    from supportdesk.desk import shifts

    _do(shifts.start_shift)


@app.command("break", help=N_("Begin a break: what falls due meanwhile stands on your team's list."))
def break_() -> None:
    from supportdesk.desk import shifts

    _do(shifts.take_break)


@app.command("back", help=N_("Be back from the break."))
def back() -> None:
    from supportdesk.desk import shifts

    _do(shifts.end_break)


@app.command("end", help=N_("End your shift. What you promised is passed on or taken along; nothing goes silently."))
def end(
    pass_on: Annotated[
        str, typer.Option("--pass-on", help=N_("To whom your callbacks go: team, or the login of a colleague."),
                          autocompletion=keys("agent"))
    ] = "",
    take_along: Annotated[bool, typer.Option("--take-along", help=N_("Keep your callbacks: you make them."))] = False,
    note: Annotated[str, typer.Option("--note", help=N_("A word for whoever makes the callbacks."))] = "",
) -> None:
    if pass_on and take_along:
        raise Invalid(_("Pass the callbacks on or take them along, not both."), field="take_along")
    if note and not (pass_on or take_along):
        raise Invalid(_("A note goes with --pass-on or --take-along."), field="note")
    from supportdesk.desk import shifts

    desk = shell().desk
    rest = _decision(desk, pass_on, take_along, note)
    from supportdesk.store.views.shifts import promises

    owed = promises(desk.reader, desk.agent.id)
    if owed and rest is None:
        shell().out.rows(owed, _columns(desk), lambda line: _shape(line, now_us(desk)))
        raise Invalid(_("Say what becomes of the callbacks you promised: --pass-on team, --pass-on LOGIN, or "
                        "--take-along."), code=shifts.UNDECIDED)
    from supportdesk.desk.shift_words import ended_said

    shell().out.say(ended_said(shifts.end_shift(desk, {}, rest)))
    status()


@app.command("status", help=N_("Say whether your shift runs, and what you promised."))
def status() -> None:
    from supportdesk.store.views import shifts

    desk = shell().desk
    now = now_us(desk)
    _show(desk, shifts.standing_of(desk.reader, desk.agent.id, now), shifts.promises(desk.reader, desk.agent.id))


def _decision(desk: Desk, pass_on: str, take_along: bool, note: str) -> Decision | None:
    from supportdesk.desk import resolve
    from supportdesk.desk.shift_page import Decision, What

    if take_along:
        return Decision(What.TAKE_ALONG, note=note)
    if not pass_on:
        return None
    to = None if pass_on == TEAM else resolve.keyed(desk, "agent", pass_on)
    if to == desk.agent.id:
        raise Invalid(_("You cannot pass your callbacks on to yourself: take them along."), field="pass_on")
    return Decision(What.PASS_ON, to=to, note=note)


def _do(verb: Callable[[Desk], object]) -> None:
    desk = shell().desk
    verb(desk)
    status()


def _show(desk: Desk, how: Standing, owed: list[Promise]) -> None:
    from supportdesk.desk.shift_words import standing_said
    from supportdesk.rules.shifts import Presence

    clock = clock_of(desk)
    said = standing_said(how, now_us(desk), zone_of(desk))
    shell().out.record(
        [(_("Shift"), said), *((_("Callback"), f"{clock(line.callback_us)}  {line.number}  {line.person}  {line.phone}")
                               for line in owed)],
        {"presence": how.presence, "since": at(how.since_us),
         "started_at": None if how.presence is Presence.OFF else at(how.started_us),
         "promises": [_shape(line, now_us(desk)) for line in owed]},
    )


def _shape(line: Promise, now: int) -> dict[str, object]:
    return {"number": line.number, "id": line.ticket_id, "title": line.title, "priority": line.priority,
            "priority_now": line.priority_at(now), "organisation": line.organisation or None,
            "callback_at": at(line.callback_us), "callback_to": line.person or None,
            "callback_number": line.phone or None}


def _columns(desk: Desk) -> list[Column[Promise]]:
    near = near_of(desk)
    return [
        Column(_("Due"), lambda line: near(line.callback_us), right=True),
        Column(_("Number"), lambda line: line.number),
        Column(_("Organisation"), lambda line: line.organisation, most=30),
        Column(_("Caller"), lambda line: line.person, most=30),
        Column(_("Telephone"), lambda line: line.phone, most=24),
        Column(_("Matter"), lambda line: line.title, most=50),
    ]
