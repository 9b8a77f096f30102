"""``supportdesk handoff``: cases offered to another team, and those offered to us."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import typer

from supportdesk.cli import options, shapes
from supportdesk.cli.completion import codes, keys
from supportdesk.cli.output import Column
from supportdesk.cli.shell import shell
from supportdesk.cli.times import clock_of, now_us, zone_of
from supportdesk.cli.tree import Noun
from supportdesk.desk.labels import HANDOFF, label
from supportdesk.i18n import N_, _
from supportdesk.terms.errors import Invalid, NotFound

if TYPE_CHECKING:
    from supportdesk.desk.desk import Desk
    from supportdesk.store.views.handoffs import Offered
    from supportdesk.store.views.numbers import NumberMatch

app = Noun(help=N_("Cases offered to another team, and those offered to us."))

BOXES = ("in", "sent")


@app.command("offer", help=N_("Offer a ticket to another team; what the ticket tells already fills the packet."))
def offer(
    number: options.Number,
    team: Annotated[str, typer.Argument(help=N_("Slug or name of the team."), autocompletion=keys("team"))],
    request: Annotated[str, typer.Option("--request", help=N_("What the team shall do."))] = "",
    tried: Annotated[str, typer.Option("--tried", help=N_("What was tried already."))] = "",
    reproduce: Annotated[str, typer.Option("--reproduce", help=N_("How to reproduce it."))] = "",
    environment: Annotated[str, typer.Option("--environment", help=N_("Where it happens: device, versions."))] = "",
    impact: Annotated[str, typer.Option("--impact", help=N_("Who is hampered, and how."))] = "",
    since: Annotated[str, typer.Option("--since", help=N_("Since when."))] = "",
    availability: Annotated[str, typer.Option("--availability", help=N_("When the caller can be reached."))] = "",
    promised: Annotated[str, typer.Option("--promised", help=N_("What the caller was promised."))] = "",
    evidence: Annotated[str, typer.Option("--evidence", help=N_("Files, logs, pictures."))] = "",
    incomplete: Annotated[str, typer.Option("--incomplete", help=N_("Why the packet goes incomplete."))] = "",
) -> None:
    from supportdesk.desk import handoffs, resolve

    desk = shell().desk
    found = resolve.ticket(desk, number)
    given = {"request": request, "tried": tried, "reproduce": reproduce, "environment": environment, "impact": impact,
             "since": since, "availability": availability, "promised": promised, "evidence": evidence}
    packet = _told_by_ticket(desk, found.id) | {part: text for part, text in given.items() if text}
    id = handoffs.offer(desk, found.id, resolve.keyed(desk, "team", team), packet, incomplete or None)
    _tell(desk, found, id, _("handed over"))


@app.command("list", help=N_("List what was offered to my teams, or what they have sent."))
def list_(
    box: Annotated[str, typer.Option(
        "--box", help=N_("in: offered to my teams; sent: offered by them."), autocompletion=codes(BOXES)
    )] = "in",
) -> None:
    from supportdesk.store.views.handoffs import inbox, sent

    if box not in BOXES:
        raise Invalid(_("{field} is one of {allowed}.").format(field="box", allowed=", ".join(BOXES)), field="box")
    desk = shell().desk
    now = now_us(desk)
    lines = inbox(desk.reader, desk.agent, now) if box == "in" else sent(desk.reader, desk.agent)
    clock = clock_of(desk)
    shell().out.rows(
        lines,
        [
            Column(_("Offered"), lambda line: clock(line.handoff.offered_us)),
            Column(_("P"), lambda line: line.priority_at(now).removeprefix("P")),
            Column(_("Number"), lambda line: line.number),
            Column(_("From"), lambda line: line.handoff.from_team.shown if line.handoff.from_team else ""),
            Column(_("To"), lambda line: line.handoff.to_team.shown if line.handoff.to_team else ""),
            Column(_("State"), lambda line: label(HANDOFF, line.handoff.state)),
            Column(_("Matter"), lambda line: line.title, most=40),
            Column(_("Request"), lambda line: line.handoff.packet.get("request", ""), most=40),
        ],
        as_json=lambda line: _shape(line, now),
        empty=_("Nothing is offered to your teams.") if box == "in" else _("Your teams wait for no answer."),
    )


@app.command("accept", help=N_("Accept an offer to one of your teams: the work is yours."))
def accept(number: options.Number) -> None:
    from supportdesk.desk import handoffs, resolve

    desk = shell().desk
    found = resolve.ticket(desk, number)
    id = _handoff(desk, found)
    handoffs.accept(desk, id)
    _tell(desk, found, id, _("handoff accepted"))


@app.command("return", help=N_("Return a handoff, with the reason."))
def return_(number: options.Number, reason: options.Reason = "") -> None:
    from supportdesk.desk import handoffs, resolve

    desk = shell().desk
    found = resolve.ticket(desk, number)
    id = _handoff(desk, found, accepted=True)
    handoffs.return_(desk, id, reason)
    _tell(desk, found, id, _("handoff returned"))


@app.command("withdraw", help=N_("Take back an offer nobody has answered."))
def withdraw(number: options.Number) -> None:
    from supportdesk.desk import handoffs, resolve

    desk = shell().desk
    found = resolve.ticket(desk, number)
    id = _handoff(desk, found)
    handoffs.withdraw(desk, id)
    _tell(desk, found, id, _("offer withdrawn"))


def _told_by_ticket(desk: Desk, id: UUID) -> dict[str, str]:
    from supportdesk.desk.packets import prefill
    from supportdesk.store.views.ticket import ticket
    from supportdesk.store.views.timeline import timeline

    view = ticket(desk.reader, id)
    assert view is not None
    filled = prefill(view, timeline(desk.reader, id), now_us(desk), zone_of(desk), desk.agent.region)
    return {part: told.text for part, told in filled.items()}


def _handoff(desk: Desk, found: NumberMatch, accepted: bool = False) -> UUID:
    """The ticket's offer that waits for an answer, or the one accepted last."""
    from supportdesk.store.views.ticket import handoffs_of

    lines = handoffs_of(desk.reader, found.id)
    for state in ("offered", "accepted") if accepted else ("offered",):
        for line in lines:
            if line.state == state:
                return line.id
    raise NotFound(_("Nobody has offered {number} to another team.").format(number=found.number), field="number")


def _tell(desk: Desk, found: NumberMatch, id: UUID, what: str) -> None:
    from supportdesk.store.views.ticket import handoffs_of

    if shell().out.json:
        line = next(line for line in handoffs_of(desk.reader, found.id) if line.id == id)
        shell().out.record([], {"number": found.number, **shapes.handoff(line)})
    shell().out.say(_("{number}: {what}.").format(number=found.number, what=what))


def _shape(line: Offered, now: int) -> dict[str, Any]:
    return {
        "number": line.number, "title": line.title, "priority": line.priority, "priority_now": line.priority_at(now),
        "organisation": line.organisation or None, "due_at": shapes.at(line.due_us), "ticket_id": line.ticket_id,
        **shapes.handoff(line.handoff),
    }
