"""``supportdesk contract``: what is promised to whom."""

from __future__ import annotations

from typing import Annotated

import typer

from supportdesk.cli import agreed
from supportdesk.cli.completion import keys, numbers
from supportdesk.cli.output import Column
from supportdesk.cli.shell import shell
from supportdesk.cli.tree import Noun
from supportdesk.i18n import N_, _
from supportdesk.rules.text import safe

app = Noun(help=N_("Contracts and agreements: what is promised to whom."))

Which = Annotated[str, typer.Argument(help=N_("Its slug or name."), autocompletion=keys("contract"))]
Number = Annotated[str, typer.Argument(help=N_("The ticket: its number, or its last digits."),
                                       autocompletion=numbers)]


@app.command("list", help=N_("List the contracts, standard terms and agreements."))
def list_() -> None:
    from supportdesk.cli.times import now_us
    from supportdesk.desk.contract_words import valid_words
    from supportdesk.desk.labels import CONTRACT, label
    from supportdesk.store.views.contracts import contracts

    desk = shell().desk
    shell().out.rows(
        contracts(desk.reader, now_us(desk)),
        [
            Column(_("Slug"), lambda line: line.slug),
            Column(_("Name"), lambda line: line.name, most=30),
            Column(_("Kind"), lambda line: label(CONTRACT, line.kind)),
            Column(_("Contract with"), lambda line: line.party, most=30),
            Column(_("Standard"), lambda line: line.standard or ""),
            Column(_("Negotiated"), lambda line: str(line.negotiated or ""), right=True),
            Column(_("Valid"), lambda line: valid_words(line)),
            Column("", lambda line: "" if line.in_force else _("not in force")),
        ],
        empty=_("There is no contract. 'supportdesk contract import' brings some in."),
    )


@app.command("show", help=N_("Show what a contract says today; what was negotiated is marked."))
def show(which: Which) -> None:
    from supportdesk.cli.times import now_us
    from supportdesk.desk import resolve
    from supportdesk.desk.contract_words import facts
    from supportdesk.store.views.contracts import contract_page

    desk = shell().desk
    page = contract_page(desk.reader, resolve.keyed(desk, "contract", which), now_us(desk))
    assert page is not None
    shell().out.record([(fact.name, fact.text) for fact in facts(page)], page)


@app.command("import", help=N_("Bring in the calendars and contracts of a file. Bringing it in twice changes nothing."))
def import_(file: agreed.File, dry_run: agreed.DryRun = False) -> None:
    agreed.bring_in(file, dry_run, contracts=True)


@app.command("check", help=N_("Check the calendars and contracts of a file: every mistake with its line."))
def check(file: agreed.File) -> None:
    agreed.bring_in(file, True, contracts=True)


@app.command("export", help=N_("Write calendars and contracts as a file that can be edited and brought in again."))
def export(output: agreed.Output = None, yaml: agreed.Yaml = False) -> None:
    agreed.write_out(output, contracts=True, yaml=yaml)


@app.command("availability", help=N_("Tell how much of the agreed time the services of a contract ran in a month."))
def availability(
    which: Which,
    month: Annotated[str, typer.Option("--month", help=N_("The month, as 2026-03; without it this one."))] = "",
) -> None:
    from supportdesk.cli.availability_shapes import contract_month as shape
    from supportdesk.cli.times import now_us
    from supportdesk.desk import resolve
    from supportdesk.desk.availability import contract_month, month_of
    from supportdesk.desk.availability_words import month_words

    desk = shell().desk
    found = contract_month(desk.reader, resolve.keyed(desk, "contract", which), now_us(desk),
                           month_of(month) if month else None)
    assert found is not None
    if shell().out.json:
        shell().out.record([], shape(found))
        return
    shell().out.text("\n".join(month_words(found)))


@app.command("choose", help=N_("Put a ticket under a contract."))
def choose(number: Number, which: Which) -> None:
    from supportdesk.desk import resolve
    from supportdesk.desk.entitlement import choose_contract

    desk = shell().desk
    ticket, contract = resolve.ticket(desk, number), resolve.keyed(desk, "contract", which)
    choose_contract(desk, ticket.id, contract)
    _told(ticket.number, _("Ticket {number} stands under {name} now.").format(number=ticket.number, name=safe(which)))


@app.command("goodwill", help=N_("Work on a ticket although nothing had to be promised; the reason is counted."))
def goodwill(number: Number, reason: Annotated[str, typer.Argument(help=N_("Why."))]) -> None:
    from supportdesk.desk import resolve
    from supportdesk.desk.entitlement import choose_contract

    desk = shell().desk
    ticket = resolve.ticket(desk, number)
    choose_contract(desk, ticket.id, None, goodwill=reason)
    _told(ticket.number, _("Ticket {number} is worked on as goodwill.").format(number=ticket.number))


def _told(number: str, sentence: str) -> None:
    from supportdesk.desk import resolve
    from supportdesk.store.views.coverage import standing

    desk = shell().desk
    stands = standing(desk.reader, resolve.ticket(desk, number).id)
    shell().out.record([], stands) if shell().out.json else shell().out.say(sentence)
