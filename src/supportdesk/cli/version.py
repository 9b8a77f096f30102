"""``supportdesk version``: what to name in a report of a fault."""

import platform
import sqlite3

from supportdesk import __version__
from supportdesk.cli.shell import shell
from supportdesk.cli.tree import Noun
from supportdesk.i18n import N_

app = Noun(help=N_("Versions of the program and what it runs on."), verbs=False)


@app.command(help=N_("Versions of the program and what it runs on."))
def version() -> None:
    facts = {
        "supportdesk": __version__,
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "system": platform.system(),
    }
    shell().out.record(list(facts.items()), facts)
