"""What the nouns of the desk's own set-up have in common in the shell: one verb, one way to tell."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

import typer

from supportdesk.cli.completion import codes, keys
from supportdesk.cli.people import given, saved
from supportdesk.cli.shell import shell
from supportdesk.desk.labels import EMPLOYER
from supportdesk.i18n import N_, _
from supportdesk.terms.errors import Invalid

Slug = Annotated[str, typer.Argument(help=N_("Short name for machines, as hotline-geneva."))]
Which = Annotated[str, typer.Argument(help=N_("Its slug or name."))]
Name = Annotated[str, typer.Argument(help=N_("What people call it."))]
NewName = Annotated[str | None, typer.Option("--name", help=N_("What people call it."))]
NewSlug = Annotated[str | None, typer.Option("--slug", help=N_("Short name for machines."))]
Retired = Annotated[bool, typer.Option("--retired", help=N_("List what is out of use, too."))]
Retire = Annotated[bool | None, typer.Option("--retire/--restore", help=N_("Take it out of use, or back into use."))]
Site = Annotated[str | None, typer.Option("--site", help=N_("Site, by slug or name."), autocompletion=keys("site"))]
Team = Annotated[str | None, typer.Option(
    "--team", help=N_("Team that works on it, by slug or name."), autocompletion=keys("team")
)]
Languages = Annotated[list[str] | None, typer.Option("--language", help=N_("A language spoken; several times."))]
Employer = Annotated[str | None, typer.Option(
    "--employer", help=N_("own, outsourcer or vendor."), autocompletion=codes(EMPLOYER)
)]


def add(entity: str, key: str, values: dict[str, Any]) -> None:
    """Add a row of the desk's set-up and tell."""
    from supportdesk.desk import admin

    saved(admin.save(shell().desk, entity, given(values)), key, _("added"))


def edit(entity: str, which: str, changes: dict[str, Any], retire: bool | None) -> None:
    """Correct a row of the desk's set-up and tell; what is out of use is found to be taken back into use."""
    from supportdesk.desk import admin, resolve

    desk = shell().desk
    if retire is not None:
        changes["retired_at"] = desk.clock() if retire else None
    if not changes:
        raise Invalid(_("Say what to correct."), field="name")
    id = resolve.keyed(desk, entity, which, retired=retire is False)
    saved(admin.save(desk, entity, changes, id), which, _("corrected"))


def reference(field: str, entity: str, named: str | None) -> dict[str, UUID | None]:
    """A row that another names, by what people call it: nothing when not given, None for an empty text."""
    from supportdesk.desk import resolve

    if named is None:
        return {}
    return {field: resolve.keyed(shell().desk, entity, named) if named else None}
