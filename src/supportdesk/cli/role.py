"""``supportdesk role``: which verbs an agent may use."""

from __future__ import annotations

from typing import Annotated

import typer

from supportdesk.cli import catalogue
from supportdesk.cli.output import Column
from supportdesk.cli.people import given
from supportdesk.cli.shell import shell
from supportdesk.cli.tree import Noun
from supportdesk.i18n import N_, _

app = Noun(help=N_("Roles: which verbs an agent may use."))

Verbs = Annotated[
    list[str] | None, typer.Option("--verb", help=N_("A verb of the role; several times. 'role list' shows them."))
]


@app.command("list", help=N_("List the roles with their verbs."))
def list_(retired: catalogue.Retired = False) -> None:
    from supportdesk.store.views.admin import roles

    shell().out.rows(
        roles(shell().desk.reader, retired),
        [
            Column(_("Slug"), lambda row: row.slug),
            Column(_("Name"), lambda row: row.name, most=30),
            Column(_("Verbs"), lambda row: " ".join(row.verbs)),
        ],
        empty=_("There is no role. 'supportdesk role add' makes one."),
    )


@app.command("add", help=N_("Add a role."))
def add(slug: catalogue.Slug, name: catalogue.Name, verb: Verbs = None) -> None:
    catalogue.add("role", slug, {"slug": slug, "name": name, "verbs": verb})


@app.command("edit", help=N_("Correct a role. The verbs given take the place of those there were."))
def edit(
    which: catalogue.Which,
    name: catalogue.NewName = None,
    verb: Verbs = None,
    retire: catalogue.Retire = None,
) -> None:
    catalogue.edit("role", which, given({"name": name, "verbs": verb}), retire)
