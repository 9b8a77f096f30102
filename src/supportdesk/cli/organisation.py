"""``supportdesk organisation``: the organisations callers work for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from supportdesk.cli import imported, options, people
from supportdesk.cli.output import Column
from supportdesk.cli.shell import shell
from supportdesk.cli.tree import Noun
from supportdesk.i18n import N_, _
from supportdesk.terms.errors import Invalid

if TYPE_CHECKING:
    from supportdesk.store.views.cards import OrganisationCard

app = Noun(help=N_("The organisations they call for."))

Which = Annotated[str, typer.Argument(help=N_("The organisation: id or whole name."))]
Kind = Annotated[str | None, typer.Option("--kind", help=N_("customer, vendor or integrator."))]
KeyAccount = Annotated[
    bool | None, typer.Option("--key-account/--no-key-account", help=N_("Whether it is a key account."))
]
Integrator = Annotated[str | None, typer.Option("--integrator", help=N_("Organisation between it and us."))]


def shape(card: OrganisationCard) -> dict[str, Any]:
    """An organisation as JSON."""
    return {
        "id": card.id, "name": card.name, "kind": card.kind, "key_account": card.key_account,
        "language": card.language, "integrator": card.integrator.shown if card.integrator else None,
        "integrator_id": card.integrator.id if card.integrator else None, "remarks": card.remarks or None,
        "merged_into_id": card.merged_into,
    }


@app.command("find", help=N_("Find organisations by part of their name."))
def find(text: people.Text = "", limit: options.Limit = 20, missing: people.Missing = False) -> None:
    from supportdesk.store.views.cards import find_organisations

    if missing:
        people.list_missing("organisation")
        return
    shell().out.rows(
        find_organisations(shell().desk.reader, text, limit),
        [
            Column(_("Name"), lambda card: card.name, most=40),
            Column(_("Key account"), lambda card: _("yes") if card.key_account else ""),
            Column(_("Kind"), lambda card: card.kind),
            Column(_("Open tickets"), lambda card: str(len(card.open_tickets)), right=True),
            Column(_("Id"), lambda card: str(card.id)),
        ],
        as_json=shape,
        empty=_("No organisation is found so."),
    )


@app.command("show", help=N_("Show an organisation's card."))
def show(which: Which) -> None:
    from supportdesk.desk import resolve
    from supportdesk.desk.labels import called
    from supportdesk.store.views.cards import organisation_card

    desk = shell().desk
    card = organisation_card(desk.reader, resolve.organisation(desk, which))
    assert card is not None
    facts = [
        (_("Organisation"), card.name),
        (_("Kind"), card.kind),
        (_("Key account"), _("yes") if card.key_account else ""),
        (_("Language"), card.language or ""),
        (_("Integrator"), card.integrator.shown if card.integrator else ""),
        *((_("Contract"), called(each.name, each.negotiated)) for each in card.contracts),
        (_("Remarks"), card.remarks),
        *((_("Caller"), caller.shown) for caller in card.callers),
        *people.ticket_facts(card.open_tickets),
        (_("Id"), str(card.id)),
    ]
    shell().out.record(
        [(title, text) for title, text in facts if text],
        {
            **shape(card), "contracts": [
                {"name": each.name, "terms": each.terms, "negotiated": each.negotiated} for each in card.contracts],
            "callers": [{"id": caller.id, "name": caller.shown} for caller in card.callers],
            "open_tickets": people.tickets_shape(card.open_tickets),
        },
    )


@app.command("add", help=N_("Add an organisation."))
def add(
    name: Annotated[str, typer.Argument(help=N_("Its name."))],
    kind: Kind = None,
    key_account: KeyAccount = None,
    language: people.Language = None,
    integrator: Integrator = None,
    remarks: people.Remarks = None,
) -> None:
    from supportdesk.desk.people import save_organisation

    values = _values(kind, key_account, language, integrator, remarks)
    people.saved(save_organisation(shell().desk, {"name": name, **values}), name, _("added"))


@app.command("edit", help=N_("Correct an organisation."))
def edit(
    which: Which,
    name: Annotated[str | None, typer.Option("--name", help=N_("Its name."))] = None,
    kind: Kind = None,
    key_account: KeyAccount = None,
    language: people.Language = None,
    integrator: Integrator = None,
    remarks: people.Remarks = None,
) -> None:
    from supportdesk.desk import resolve
    from supportdesk.desk.people import save_organisation

    values = _values(kind, key_account, language, integrator, remarks) | people.given({"name": name})
    if not values:
        raise Invalid(_("Say what to correct."), field="name")
    id = resolve.organisation(shell().desk, which)
    people.saved(save_organisation(shell().desk, values, id), name or which, _("corrected"))


@app.command("merge", help=N_("Join two records of one organisation: the first becomes part of the second."))
def merge(which: Which, into: Annotated[str, typer.Argument(help=N_("The record that stays."))]) -> None:
    from supportdesk.desk import resolve
    from supportdesk.desk.people import merge_organisations

    desk = shell().desk
    stays = resolve.organisation(desk, into)
    merge_organisations(desk, resolve.organisation(desk, which), stays)
    people.saved(stays, into, _("joined with {name}").format(name=which))


@app.command("import", help=N_("Bring in organisations from CSV or JSON; columns are named as the fields."))
def import_(file: imported.File, dry_run: imported.DryRun = False, keep_good: imported.KeepGood = False) -> None:
    imported.records("organisation", file, dry_run, keep_good)


def _values(kind: str | None, key_account: bool | None, language: str | None, integrator: str | None,
            remarks: str | None) -> dict[str, Any]:
    from supportdesk.desk import resolve

    values = people.given({"kind": kind, "key_account": key_account, "language": language, "remarks": remarks})
    if integrator is not None:
        values["integrator_id"] = resolve.organisation(shell().desk, integrator) if integrator else None
    return values
