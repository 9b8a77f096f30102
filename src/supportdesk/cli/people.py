"""What the cards of callers, organisations and assets have in common in the shell."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import typer

from supportdesk.cli.output import Column
from supportdesk.cli.shell import shell
from supportdesk.i18n import N_, _

if TYPE_CHECKING:
    from supportdesk.store.views.callers import TicketBrief

Text = Annotated[str, typer.Argument(help=N_("What to look for, as somebody says it."))]
Missing = Annotated[bool, typer.Option("--missing", help=N_("List names tickets carry that the catalogue lacks."))]
Language = Annotated[str | None, typer.Option("--language", help=N_("Language, as fr or de."))]
Remarks = Annotated[str | None, typer.Option("--remarks", help=N_("Remarks."))]


def list_missing(kind: str) -> None:
    """Names of a kind that were kept as given, the most frequent first."""
    from supportdesk.store.doctor import as_given

    shell().out.rows(
        [row for row in as_given(shell().desk.reader) if row.kind == kind],
        [Column(_("Name"), lambda row: row.name, most=60),
         Column(_("Tickets"), lambda row: str(row.tickets), right=True)],
        as_json=lambda row: {"name": row.name, "tickets": row.tickets},
        empty=_("The catalogue lacks no name of the tickets."),
    )


def given(values: dict[str, Any]) -> dict[str, Any]:
    """The options that were given; an empty text empties the field."""
    return {field: value for field, value in values.items() if value is not None}


def saved(id: UUID, name: str, what: str) -> None:
    """Tell that a record was saved."""
    shell().out.say(_("{name}: {what}.").format(name=name, what=what))
    shell().out.record([(_("Id"), str(id))], {"id": id})


def tickets_shape(briefs: Iterable[TicketBrief]) -> list[dict[str, Any]]:
    """Open tickets on a card as JSON."""
    from supportdesk.cli.shapes import at
    from supportdesk.cli.times import now_us

    now = now_us(shell().desk)
    return [
        {"number": brief.number, "id": brief.id, "title": brief.title, "status": brief.status,
         "priority": brief.priority, "priority_now": brief.priority_at(now), "created_at": at(brief.created_us)}
        for brief in briefs
    ]


def ticket_facts(briefs: Iterable[TicketBrief]) -> list[tuple[str, str]]:
    """Open tickets on a card for people."""
    from supportdesk.cli.times import now_us, zone_of
    from supportdesk.desk.window_words import needed_words

    now = now_us(shell().desk)
    return [
        (_("Open ticket"), f"{brief.number} {brief.priority_at(now)} {brief.title}" + (
            "" if brief.window is None else ", " + needed_words(brief.window, now, zone_of(shell().desk))))
        for brief in briefs
    ]
