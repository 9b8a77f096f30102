"""Options that several subcommands take, each described once."""

from __future__ import annotations

from typing import Annotated

import typer

from supportdesk.cli.completion import codes, keys, numbers
from supportdesk.i18n import N_
from supportdesk.terms.codes import Priority as PriorityCode
from supportdesk.terms.codes import TicketType

Title = Annotated[str, typer.Option("--title", help=N_("The matter in a few words."))]
Description = Annotated[str, typer.Option("--description", help=N_("The matter in the caller's words."))]
CallerNumber = Annotated[str, typer.Option("--caller-number", help=N_("Telephone number of the caller."))]
CallerName = Annotated[str, typer.Option("--caller-name", help=N_("Name of the caller, as he gave it."))]
KnownCaller = Annotated[str, typer.Option("--caller", help=N_("A known caller: id, mail, number or whole name."))]
Organisation = Annotated[str, typer.Option("--organisation", help=N_("Whom the caller works for."))]
Component = Annotated[
    str,
    typer.Option(
        "--component", help=N_("What it is about, as the catalogue names it."), autocompletion=keys("component")
    ),
]
Asset = Annotated[str, typer.Option("--asset", help=N_("The device: sticker, serial number, host or name."))]
Type = Annotated[
    str, typer.Option("--type", help=N_("incident, request, question or problem."), autocompletion=codes(TicketType))
]
Impact = Annotated[int | None, typer.Option("--impact", min=1, max=4, help=N_("How many are hit: 1 most, 4 one."))]
Urgency = Annotated[int | None, typer.Option("--urgency", min=1, max=4, help=N_("How it hampers: 1 stop, 4 wish."))]
Priority = Annotated[
    str,
    typer.Option(
        "--priority", help=N_("P1 to P5, other than the matrix gives; needs --reason."),
        autocompletion=codes(PriorityCode),
    ),
]
Reason = Annotated[str, typer.Option("--reason", help=N_("Why."))]
Solution = Annotated[str, typer.Option("--solution", help=N_("How it was solved."))]
ThatHelped = Annotated[
    str, typer.Option("--article", help=N_("Slug of the article that helped."), autocompletion=keys("article"))
]
CallerPriority = Annotated[
    str, typer.Option("--caller-priority", help=N_("How urgent the caller says it is, in his words."))
]
NeededBy = Annotated[
    str, typer.Option("--needed-by", help=N_("By when the caller needs it: 17:00, tomorrow 9:00. Urgency rises as the "
                                             "hours run out; - takes it back."))
]
NeededFor = Annotated[str, typer.Option("--needed-for", help=N_("What he needs it for, in his words."))]
Affected = Annotated[str, typer.Option("--affected", help=N_("Whom it hits, when not the caller."))]
Approver = Annotated[str, typer.Option("--approver", help=N_("Who has to approve it."))]
Tags = Annotated[list[str] | None, typer.Option("--tag", help=N_("A tag; may be given several times."))]
Number = Annotated[str, typer.Argument(help=N_("Number of the ticket, or its last digits."), autocompletion=numbers)]
Numbers = Annotated[
    list[str], typer.Argument(help=N_("Numbers of tickets, or their last digits."), autocompletion=numbers)
]
OfMajor = Annotated[
    str, typer.Option("--major", help=N_("The major incident it is a case of, by its ticket's number."),
                      autocompletion=numbers)
]
MOST = 1_000_000
"""More than a terminal or a person reads; what is larger is a slip, or no number SQLite knows."""

Limit = Annotated[int, typer.Option("--limit", min=1, max=MOST, help=N_("How many at most."))]
