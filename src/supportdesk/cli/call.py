"""``supportdesk call``: one call logged in one command, with or without a ticket."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from supportdesk.cli import options
from supportdesk.cli.completion import codes, keys, numbers
from supportdesk.cli.shell import shell
from supportdesk.cli.times import code_of, instant_of, now_us, priority_now, window_of, zone_of
from supportdesk.cli.tree import Noun
from supportdesk.desk.labels import IMPACT, OUTCOME, STATUS, label
from supportdesk.i18n import N_, _
from supportdesk.store.instants import micros
from supportdesk.terms.codes import Channel, Direction, Outcome
from supportdesk.terms.errors import Invalid

if TYPE_CHECKING:
    from supportdesk.desk.calls import Offer, Promise, Saved
    from supportdesk.desk.desk import Desk
    from supportdesk.store.views.major import Major

app = Noun(help=N_("Log a call."), verbs=False)


@app.command(help=N_("Log a call: a new ticket, one about an open ticket (--about), or none (--outcome)."))
def call(
    title: options.Title = "",
    description: options.Description = "",
    caller_number: options.CallerNumber = "",
    caller_name: options.CallerName = "",
    caller: options.KnownCaller = "",
    organisation: options.Organisation = "",
    new_caller: Annotated[bool, typer.Option("--new-caller", help=N_("Add the caller to the catalogue."))] = False,
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
    tag: options.Tags = None,
    major: options.OfMajor = "",
    note: Annotated[str, typer.Option("--note", help=N_("An internal note."))] = "",
    solution: Annotated[str, typer.Option("--solution", help=N_("Solved in the call, and how."))] = "",
    article: Annotated[str, typer.Option(
        "--article", help=N_("Slug of the article that was used."), autocompletion=keys("article")
    )] = "",
    callback: Annotated[str, typer.Option("--callback", help=N_("Promise a callback: 30, 14:30, tomorrow 9:00."))] = "",
    callback_number: Annotated[str, typer.Option("--callback-number", help=N_("Number to call back."))] = "",
    hand_over: Annotated[str, typer.Option(
        "--hand-over", help=N_("Offer the ticket to this team."), autocompletion=keys("team")
    )] = "",
    request: Annotated[str, typer.Option("--request", help=N_("What the other team shall do."))] = "",
    tried: Annotated[str, typer.Option("--tried", help=N_("What was tried already."))] = "",
    incomplete: Annotated[str, typer.Option("--incomplete", help=N_("Why the packet goes incomplete."))] = "",
    leave: Annotated[bool, typer.Option("--leave", help=N_("Leave the ticket to the team, nobody's yet."))] = False,
    about: Annotated[list[str] | None, typer.Option(
        "--about", help=N_("The open ticket the call is about."), autocompletion=numbers
    )] = None,
    chaser: Annotated[bool, typer.Option("--chaser", help=N_("The caller asks what became of it."))] = False,
    outcome: Annotated[
        str, typer.Option(
            "--outcome", help=N_("A call without a ticket: information, wrong_number, spam …"),
            autocompletion=codes(Outcome)
        )
    ] = "",
    channel: Annotated[str, typer.Option(
        "--channel", help=N_("phone, mail, chat, web, walk_in …"), autocompletion=codes(Channel)
    )] = "phone",
    outgoing: Annotated[bool, typer.Option("--outgoing", help=N_("The desk called."))] = False,
    language: Annotated[str, typer.Option("--language", help=N_("Language spoken, as fr or de."))] = "",
    called_number: Annotated[str, typer.Option("--called-number", help=N_("Number of the desk that was called."))] = "",
    on_behalf_of: Annotated[
        str, typer.Option("--on-behalf-of", help=N_("For whom the caller called, if not for himself."))
    ] = "",
) -> None:
    from supportdesk.desk import calls, resolve

    opening = {
        "--title": title, "--description": description, "--organisation": organisation, "--new-caller": new_caller,
        "--component": component, "--asset": asset, "--type": type, "--impact": impact, "--urgency": urgency,
        "--priority": priority, "--reason": reason, "--caller-priority": caller_priority, "--affected": affected,
        "--needed-by": needed_by, "--needed-for": needed_for, "--tag": tag, "--major": major, "--solution": solution,
        "--article": article, "--callback": callback, "--hand-over": hand_over, "--leave": leave,
    }
    if about or outcome:
        _refuse(opening, _("{option} belongs to a new ticket and cannot stand beside --about or --outcome. Log the "
                           "call, then say it to the ticket: supportdesk ticket --help"))
    if not about:
        _refuse({"--chaser": chaser}, _("{option} needs the ticket that was asked about: --about NUMBER"))
    if not callback:
        _refuse({"--callback-number": callback_number}, _("{option} needs --callback: say when."))
    if not hand_over:
        _refuse({"--request": request, "--tried": tried, "--incomplete": incomplete},
                _("{option} needs --hand-over: say to which team."))
    desk = shell().desk
    whom = resolve.whom(desk, number=caller_number, name=caller_name, caller_=caller, organisation_=organisation)
    contact: dict[str, Any] = _given({
        "channel": code_of(Channel, channel, "channel"), "direction": Direction.OUT if outgoing else Direction.IN,
        "number_given": caller_number, "caller_id": whom.values.get("caller_id"), "caller_name": caller_name,
        "language": language, "called_number": called_number, **_behalf(desk, on_behalf_of, "behalf"),
    })
    shell().out.say(whom.hint)
    if about or outcome:
        ended = code_of(Outcome, outcome, "outcome") if outcome else Outcome.EXISTING_TICKET
        if not about and ended not in calls.WITHOUT_TICKET:
            raise Invalid(
                _("A call that ends so has a ticket: name it with --about, or give --title."), field="outcome"
            )
        if ended is Outcome.NEW_TICKET:
            raise Invalid(_("A call about an open ticket opens none: give --title instead of --about."),
                          field="outcome")
        tickets = {found.id: found.number for found in (resolve.ticket(desk, number) for number in about or [])}
        owed = calls.promised(desk, list(tickets))
        id = calls.log_contact(desk, ended, contact, tickets=list(tickets), note=note or None, chaser=chaser)
        for settled in owed.keys() - calls.promised(desk, list(owed)).keys():
            shell().out.say(_("The callback promised on {number} is settled by this call.").format(
                number=tickets[settled]))
        shell().out.record([(_("Contact"), str(id)), (_("Outcome"), label(OUTCOME, ended))],
                           {"contact_id": id, "outcome": ended, "tickets": list(tickets.values())})
        return
    what = resolve.what_was_said(desk, component=component, asset_=asset)
    shell().out.say(what.hint)
    ticket = _given({
        **whom.values, **what.values, **_behalf(desk, "" if affected else on_behalf_of, "affected"), "title": title,
        "description": description, "type": type, "impact": impact, "urgency": urgency, "priority": priority,
        "priority_reason": reason, "wish": caller_priority, "affected_name": affected, "tags": tuple(tag or ()),
        "language": language, **window_of(desk, needed_by, needed_for),
    })
    joined = _joined(desk, major)
    person = {"name": caller_name or caller_number, "numbers": (caller_number,) if caller_number else ()}
    used = resolve.article(desk, article, language or desk.agent.language) if article else None
    saved = calls.take_call(desk, calls.Call(
        ticket=ticket, contact=contact,
        new_caller=_given({**person, "language": language}) if new_caller and "caller_id" not in ticket else None,
        new_organisation=organisation or None if new_caller and "organisation_id" not in ticket else None,
        major_id=joined.id if joined else None, solution=solution or None,
        offer=_offer(desk, hand_over, request, tried, impact, incomplete),
        promise=_promise(desk, callback, callback_number), unassigned=leave,
        note="\n".join(text for text in (note, what.note) if text) or None,
        used=[calls.Used(used, helped=True if solution else None)] if used else [],
    ))
    _tell(desk, saved, joined, language)


def _joined(desk: Desk, number: str) -> Major | None:
    """The major incident a call is a case of."""
    from supportdesk.cli.major_page import major_of

    return major_of(desk, number) if number else None


def _refuse(options: Mapping[str, object], sentence: str) -> None:
    """Nothing that was said is dropped in silence: the first option given is refused with ``sentence``."""
    for option, value in options.items():
        if value:
            raise Invalid(sentence.format(option=option), field=option.removeprefix("--").replace("-", "_"))


def _behalf(desk: Desk, name: str, role: str) -> dict[str, Any]:
    """The person the caller calls for: the one the desk knows by this name, else the name as given."""
    from supportdesk.store.views import lookup

    if not name:
        return {}
    known = lookup.callers(desk.reader, name, desk.agent.region)
    return {f"{role}_id": known[0].id} if len(known) == 1 else {f"{role}_name": name}


def _given(values: dict[str, Any]) -> dict[str, Any]:
    return {field: value for field, value in values.items() if value}


def _offer(desk: Desk, team: str, request: str, tried: str, impact: int | None, incomplete: str) -> Offer | None:
    from supportdesk.desk import calls, resolve

    if not team:
        return None
    packet = {"request": request, "tried": tried, "impact": label(IMPACT, impact or 4)}
    return calls.Offer(resolve.keyed(desk, "team", team), packet, incomplete or None)


def _promise(desk: Desk, when: str, number: str) -> Promise | None:
    from supportdesk.desk import calls

    return calls.Promise(instant_of(desk, when, "callback"), number or None) if when else None


def _tell(desk: Desk, saved: Saved, joined: Major | None, language: str) -> None:
    """The number and what to say to the caller, in his language; the sentence of the major incident first."""
    from supportdesk.cli.major_cases import question_of
    from supportdesk.cli.major_page import ask, sentence_said
    from supportdesk.cli.major_shapes import question
    from supportdesk.rules.speech import Promised, PromiseKind, read_aloud

    out = shell().out
    promise = saved.promise
    asked = question_of(desk, saved.id)
    priority = priority_now(desk, saved.id)
    out.record(
        [(_("Number"), saved.number), (_("Priority"), priority), (_("Status"), label(STATUS, saved.status))],
        {"number": saved.number, "id": saved.id, "status": saved.status, "priority": saved.priority,
         "priority_now": priority, "contact_id": saved.contact_id,
         "callback_at": promise.at if promise else None,
         "handed_to": saved.handed_to, "major": joined.number if joined else None,
         "asked": question(asked) if asked else None},
    )
    if out.json:
        return
    if saved.status == "solved":
        promised = Promised(PromiseKind.SOLVED)
    elif promise is not None:
        promised = Promised(PromiseKind.CALLBACK, micros(promise.at), desk.agent.name, promise.number)
    elif saved.handed_to:
        promised = Promised(PromiseKind.HANDED_OVER, by=saved.handed_to)
    else:
        promised = Promised(PromiseKind.KEPT)
    lines = read_aloud(saved.language or desk.agent.language, saved.number, promised, now_us=now_us(desk),
                       zone=zone_of(desk))
    spoken = saved.language or language or desk.agent.language
    out.say("\n".join([sentence_said(desk, joined, spoken) if joined else _("To read aloud:"), *lines]))
    if asked is not None:
        out.say(ask(desk, asked))
