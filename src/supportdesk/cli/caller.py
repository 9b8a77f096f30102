"""``supportdesk caller``: the people who call."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from supportdesk.cli import contact, imported, options, people
from supportdesk.cli.output import Column
from supportdesk.cli.shapes import at
from supportdesk.cli.shell import shell
from supportdesk.cli.times import clock_of
from supportdesk.cli.tree import Noun
from supportdesk.desk.labels import MATTER, OUTCOME, label
from supportdesk.i18n import N_, _
from supportdesk.terms.errors import Invalid

if TYPE_CHECKING:
    from supportdesk.store.views.cards import CallerCard

app = Noun(help=N_("The people who call."))

Who = Annotated[str, typer.Argument(help=N_("The caller: id, mail, employee number, telephone number or whole name."))]
Organisation = Annotated[str | None, typer.Option("--organisation", help=N_("Whom he works for, by name or id."))]
Numbers = Annotated[
    list[str] | None, typer.Option("--number", help=N_("A telephone number; may be given several times."))
]
Mail = Annotated[str | None, typer.Option("--mail", help=N_("Mail address."))]
Employee = Annotated[str | None, typer.Option("--employee-number", help=N_("Employee number."))]
PowerUser = Annotated[
    bool | None, typer.Option("--power-user/--no-power-user", help=N_("Whether he gives first help on his site."))
]
Vip = Annotated[bool | None, typer.Option("--vip/--no-vip", help=N_("Whether he is to be served first."))]


def shape(card: CallerCard) -> dict[str, Any]:
    """A caller as JSON."""
    return {
        "id": card.id, "name": card.name, "organisation": card.organisation.shown if card.organisation else None,
        "organisation_id": card.organisation.id if card.organisation else None, "key_account": card.key_account,
        "numbers": [{"text": text, "e164": e164} for text, e164 in card.numbers], "mail": card.mail,
        "language": card.language, "employee_number": card.employee_number, "power_user": card.power_user,
        "vip": card.vip, "remarks": card.remarks or None, "merged_into_id": card.merged_into,
    }


@app.command("find", help=N_("Find callers by number, name, organisation or mail, as typed."))
def find(text: people.Text = "", limit: options.Limit = 20, missing: people.Missing = False) -> None:
    from supportdesk.store.views.callers import find as found_as_typed
    from supportdesk.store.views.cards import caller_card

    if missing:
        people.list_missing("caller")
        return
    desk = shell().desk
    lines = found_as_typed(desk.reader, text, desk.agent.region, limit)
    cards = [card for line in lines if (card := caller_card(desk.reader, line.id))]
    numbers = {line.id: line.number for line in lines}
    shell().out.rows(
        cards,
        [
            Column(_("Name"), lambda card: card.name, most=30),
            Column(_("Organisation"), lambda card: card.organisation.shown if card.organisation else "", most=30),
            Column(_("Number"), lambda card: numbers[card.id]),
            Column(_("Mail"), lambda card: card.mail or "", most=30),
            Column(_("Id"), lambda card: str(card.id)),
        ],
        as_json=shape,
        empty=_("Nobody is found so. Try the number, or part of the name."),
    )


@app.command("show", help=N_("Show a caller's card."))
def show(who: Who) -> None:
    from supportdesk.desk import resolve
    from supportdesk.rules.phones import show_phone
    from supportdesk.store.views.cards import caller_card

    desk = shell().desk
    card = caller_card(desk.reader, resolve.caller(desk, who))
    assert card is not None
    clock = clock_of(desk)
    facts = [
        (_("Caller"), card.name),
        (_("Organisation"), card.organisation.shown if card.organisation else ""),
        (_("Key account"), _("yes") if card.key_account else ""),
        *((_("Number"), show_phone(e164 or text, desk.agent.region)) for text, e164 in card.numbers),
        (_("Mail"), card.mail or ""),
        (_("Language"), card.language or ""),
        (_("Employee number"), card.employee_number or ""),
        (_("VIP"), _("yes") if card.vip else ""),
        (_("Power user"), _("yes") if card.power_user else ""),
        (_("Remarks"), card.remarks),
        *((_("Identity check failed"), f"{clock(check.at_us)} {label(MATTER, check.matter)}") for check in card.failed),
        *((_("Asset"), asset.shown) for asset in card.assets),
        *people.ticket_facts(card.open_tickets),
        *((_("Contact"), f"{clock(line.at_us)} {label(OUTCOME, line.outcome)} {' '.join(line.tickets)}")
          for line in card.contacts),
        (_("Id"), str(card.id)),
    ]
    shell().out.record(
        [(title, text) for title, text in facts if text],
        {
            **shape(card), "open_tickets": people.tickets_shape(card.open_tickets),
            "contacts": [contact.shape(line) for line in card.contacts],
            "failed_checks": [{"matter": check.matter, "method": check.method, "at": at(check.at_us)}
                              for check in card.failed],
            "assets": [{"id": asset.id, "name": asset.shown} for asset in card.assets],
        },
    )


@app.command("add", help=N_("Add a caller."))
def add(
    name: Annotated[str, typer.Argument(help=N_("First and last name."))],
    organisation: Organisation = None,
    number: Numbers = None,
    mail: Mail = None,
    language: people.Language = None,
    employee_number: Employee = None,
    power_user: PowerUser = None,
    vip: Vip = None,
    remarks: people.Remarks = None,
) -> None:
    from supportdesk.desk.people import save_caller

    values = _values(organisation, number, mail, language, employee_number, power_user, vip, remarks)
    people.saved(save_caller(shell().desk, {"name": name, **values}), name, _("added"))


@app.command("edit", help=N_("Correct a caller. The numbers given take the place of those there were."))
def edit(
    who: Who,
    name: Annotated[str | None, typer.Option("--name", help=N_("First and last name."))] = None,
    organisation: Organisation = None,
    number: Numbers = None,
    mail: Mail = None,
    language: people.Language = None,
    employee_number: Employee = None,
    power_user: PowerUser = None,
    vip: Vip = None,
    remarks: people.Remarks = None,
) -> None:
    from supportdesk.desk import resolve
    from supportdesk.desk.people import save_caller

    values = _values(organisation, number, mail, language, employee_number, power_user, vip, remarks)
    values |= people.given({"name": name})
    if not values:
        raise Invalid(_("Say what to correct."), field="name")
    id = resolve.caller(shell().desk, who)
    people.saved(save_caller(shell().desk, values, id), name or who, _("corrected"))


@app.command("merge", help=N_("Join two records of one person: the first becomes part of the second."))
def merge(who: Who, into: Annotated[str, typer.Argument(help=N_("The record that stays."))]) -> None:
    from supportdesk.desk import resolve
    from supportdesk.desk.people import merge_callers

    desk = shell().desk
    stays = resolve.caller(desk, into)
    merge_callers(desk, resolve.caller(desk, who), stays)
    people.saved(stays, into, _("joined with {name}").format(name=who))


@app.command("erase", help=N_("Erase a person everywhere. What the desk did stays, what it knows of the person goes."))
def erase(
    who: Who, yes: Annotated[bool, typer.Option("--yes", help=N_("Do not ask; for scripts."))] = False
) -> None:
    from supportdesk.desk import erasing, resolve

    desk, out = shell().desk, shell().out
    reached = erasing.reach(desk, resolve.caller(desk, who))
    facts = [
        (_("Caller"), reached.name), (_("Records"), str(reached.records)), (_("Tickets"), str(reached.tickets)),
        (_("Calls"), str(reached.calls)), (_("Notes"), str(reached.notes)),
        (_("Attachments"), str(reached.attachments)), (_("Named on tickets of others"), str(reached.named)),
    ]
    if not yes:
        if out.json or not sys.stdin.isatty():
            raise Invalid(_("Nobody can be asked here, so nothing was erased. If you are sure, add --yes."),
                          field="yes", code="not_confirmed")
        for title, text in facts:
            out.say(f"{title}: {text}")
        out.say(_("This cannot be undone. Backups made before are cleaned when they are put back."))
        if not typer.confirm(_("Erase this person?"), err=True):
            out.say(_("Nothing was erased."))
            raise typer.Exit(1)
    erasing.erase(desk, reached.id)
    out.record([(_("Erased"), str(reached.id)), *facts[1:]], {
        "erased": reached.id, "records": reached.records, "tickets": reached.tickets, "calls": reached.calls,
        "notes": reached.notes, "attachments": reached.attachments, "named": reached.named,
    })


@app.command("import", help=N_("Bring in callers from CSV or JSON; columns are named as the fields."))
def import_(file: imported.File, dry_run: imported.DryRun = False, keep_good: imported.KeepGood = False) -> None:
    imported.records("caller", file, dry_run, keep_good)


def _values(organisation: str | None, numbers: list[str] | None, mail: str | None, language: str | None,
            employee_number: str | None, power_user: bool | None, vip: bool | None,
            remarks: str | None) -> dict[str, Any]:
    from supportdesk.desk import resolve

    values = people.given({
        "numbers": numbers and tuple(numbers), "mail": mail, "language": language, "employee_number": employee_number,
        "power_user": power_user, "vip": vip, "remarks": remarks,
    })
    if organisation is not None:
        values["organisation_id"] = resolve.organisation(shell().desk, organisation) if organisation else None
    return values
