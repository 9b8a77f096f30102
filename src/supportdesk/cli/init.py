"""``supportdesk init``: a desk of one's own, set up from what the machine knows already."""

from __future__ import annotations

from typing import Annotated

import typer

from supportdesk.cli.shell import shell
from supportdesk.cli.tree import Noun
from supportdesk.i18n import N_, _, ngettext
from supportdesk.terms.errors import NotFound

app = Noun(help=N_("Set up a desk of your own."), verbs=False)


@app.command(help=N_("Set up a desk of your own."))
def init(
    group: Annotated[
        str, typer.Option("--group", help=N_("Unix group whose members share the desk: folder 2770, file 0660."))
    ] = "",
) -> None:
    from supportdesk.desk import setup
    from supportdesk.places import os_login, system_zone

    settings = shell().settings
    gid = _gid(group) if group else None
    made = setup.init(
        settings.db, login=os_login(), zone=system_zone(), region=settings.region, lang=settings.language,
        group=gid,
    )
    shell().out.record(
        [
            (_("Desk"), str(made.path)),
            (_("First agent"), _("{login} (agent, lead, admin)").format(login=made.login)),
            (_("Language"), made.language),
            (_("Zone"), made.zone),
            (_("Region"), made.region),
            (_("Team"), _("{team}, level 1").format(team=_("Hotline"))),
            (_("Articles"), str(made.articles)),
        ],
        made,
    )
    say = shell().out.say
    say(ngettext("The desk stands, with {count} article to begin with. Next:",
                 "The desk stands, with {count} articles to begin with. Next:", made.articles).format(
        count=made.articles))
    say(_("  supportdesk                      opens the console"))
    say(_("  supportdesk agent add LOGIN      lets a colleague in"))
    say(_("  supportdesk team add SLUG NAME   makes a second team to hand over to"))
    say(_("  supportdesk caller import FILE   brings in the people who call"))


def _gid(name: str) -> int:
    import grp

    try:
        return grp.getgrnam(name).gr_gid
    except (KeyError, ValueError):
        raise NotFound(
            _("There is no group {name} on this machine. Make it first, or name another.").format(name=name),
            field="group",
        ) from None
