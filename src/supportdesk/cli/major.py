"""``supportdesk major``: major incidents, one ticket others hang on and one sentence everybody says."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from supportdesk.cli import options
from supportdesk.cli.completion import keys, numbers
from supportdesk.cli.output import Column
from supportdesk.cli.shell import shell
from supportdesk.cli.times import clock_of, instant_of, now_us, since_of
from supportdesk.cli.tree import Noun
from supportdesk.i18n import N_, _
from supportdesk.terms.errors import Invalid

app = Noun(
    help=N_("Major incidents: what runs, what to say, who was told."),
    elsewhere=dict.fromkeys(("join", "leave", "tell", "end", "asked", "dismiss"), "major_cases"),
)

VALID_FOR = "60"
UPDATE_IN = "30"
"""Minutes, where nothing is said: as the screen proposes them."""

Major = Annotated[str, typer.Argument(help=N_("Number of the major incident's ticket."), autocompletion=numbers)]
Say = Annotated[
    list[str] | None,
    typer.Option("--say", help=N_("What agents may say, by language: fr='…'; several times for several languages.")),
]
Until = Annotated[str, typer.Option("--until", help=N_("Until when it may be said: 60 (minutes), 15:30, an instant."))]
Next = Annotated[str, typer.Option("--next", help=N_("When the next update is due: 30 (minutes), 15:00, an instant."))]
Since = Annotated[str, typer.Option("--since", help=N_("Since when it is out of order: 20 (minutes ago), 13:40."))]
Communicator = Annotated[
    str, typer.Option("--communicator", help=N_("Login or name of who speaks for it; else you."),
                      autocompletion=keys("agent"))
]
Product = Annotated[
    str, typer.Option("--product", help=N_("The product that does not run."), autocompletion=keys("product"))
]


@app.command("list", help=N_("List the major incidents that run, and what many callers report."))
def list_() -> None:
    from supportdesk.cli.major_cases import questions
    from supportdesk.cli.major_page import ask, update_said
    from supportdesk.cli.major_shapes import major_line
    from supportdesk.store.views.major import running

    desk = shell().desk
    clock, now = clock_of(desk), now_us(desk)
    shell().out.rows(
        running(desk.reader),
        [
            Column(_("Number"), lambda line: line.number),
            Column(_("What"), lambda line: line.title, most=40),
            Column(_("Since"), lambda line: clock(line.began_us), right=True),
            Column(_("Next update"), lambda line: update_said(desk, line)),
            Column(_("Speaks for it"), lambda line: line.communicator, most=30),
            Column(_("Cases"), lambda line: str(line.cases), right=True),
            Column(_("To say"), lambda line: _to_say(line.statement, now)),
        ],
        as_json=lambda line: major_line(line, now),
        empty=_("No major incident runs."),
    )
    for each in questions(desk):
        shell().out.say(ask(desk, each))


@app.command("show", help=N_("Show a major incident: what to say, its cases, who was told."))
def show_(number: options.Number) -> None:
    from supportdesk.cli.major_page import major_of, show

    desk = shell().desk
    show(desk, major_of(desk, number, or_of_case=True))


@app.command("declare", help=N_("Make a ticket a major incident: its priority, what to say, an outage that runs."))
def declare(
    number: options.Number,
    title: Annotated[
        str, typer.Option("--title", help=N_("What is out of order; every company of the server reads it."))
    ] = "",
    say: Say = None,
    until: Until = VALID_FOR,
    next_: Next = UPDATE_IN,
    since: Since = "",
    communicator: Communicator = "",
    product: Product = "",
    component: options.Component = "",
    case: Annotated[
        list[str] | None, typer.Option("--case", help=N_("A ticket that hangs on it; several times."),
                                       autocompletion=numbers)
    ] = None,
) -> None:
    from supportdesk.cli.major_page import show_again
    from supportdesk.desk import major, resolve
    from supportdesk.desk.major_guess import guessed
    from supportdesk.store.instants import instant
    from supportdesk.store.views.major import major as read
    from supportdesk.store.views.ticket import ticket

    desk = shell().desk
    found = resolve.ticket(desk, number)
    view = ticket(desk.reader, found.id)
    assert view is not None
    guess = guessed(component or view.component, instant(view.created_us))
    id = major.declare_major(
        desk, found.id, title=title or guess.title, texts=_texts(say) or guess.texts,
        began_at=since_of(desk, since, "since") if since else guess.began_at,
        valid_until=instant_of(desk, until, "until"), next_update_at=instant_of(desk, next_, "next"),
        communicator_id=resolve.keyed(desk, "agent", communicator) if communicator else None,
        product_id=resolve.keyed(desk, "product", product) if product else None,
        component_id=resolve.keyed(desk, "component", component) if component else None,
        cases=resolve.tickets(desk, case or ()),
    )
    declared = read(desk.reader, id)
    assert declared is not None
    show_again(desk, declared, _("major incident declared"))


@app.command("say", help=N_("Write what agents may say from now on, and when the next update is due."))
def say_(number: Major, say: Say = None, until: Until = VALID_FOR, next_: Next = "") -> None:
    from supportdesk.cli.major_page import major_of, show_again
    from supportdesk.desk import major

    desk = shell().desk
    found = major_of(desk, number)
    major.say_statement(desk, found.id, _texts(say), instant_of(desk, until, "until"),
                        instant_of(desk, next_, "next") if next_ else None)
    show_again(desk, found, _("sentence to say written"))


@app.command("edit", help=N_("Correct what it is called and about, since when, who speaks for it, the next update."))
def edit(
    number: Major,
    title: Annotated[
        str, typer.Option("--title", help=N_("What is out of order; every company of the server reads it."))
    ] = "",
    since: Since = "",
    communicator: Communicator = "",
    next_: Next = "",
    product: Product = "",
    component: options.Component = "",
) -> None:
    from supportdesk.cli.major_page import major_of, show_again
    from supportdesk.desk import major, resolve

    desk = shell().desk
    found = major_of(desk, number)
    changes: dict[str, Any] = {}
    if title:
        changes["title"] = title
    if since:
        changes["began_at"] = since_of(desk, since, "since")
    if communicator:
        changes["communicator_id"] = resolve.keyed(desk, "agent", communicator)
    if next_:
        changes["next_update_at"] = instant_of(desk, next_, "next")
    if product:
        changes["product_id"] = resolve.keyed(desk, "product", product)
    if component:
        changes["component_id"] = resolve.keyed(desk, "component", component)
    if not changes:
        raise Invalid(_("Say what to correct."), field="title")
    major.steer_major(desk, found.id, changes)
    show_again(desk, found, _("major incident corrected"))


def _texts(said: list[str] | None) -> dict[str, str]:
    """``fr=text`` each. Raises Invalid."""
    texts = {}
    for each in said or ():
        language, equals, text = each.partition("=")
        if not equals:
            raise Invalid(_("Say it with its language: --say 'en=The VPN is down.'"), field="say")
        texts[language.strip()] = text
    return texts


def _to_say(stated: Any, now: int) -> str:
    if stated is None or now > stated.valid_until_us:
        return _("no valid sentence")
    return ", ".join(sorted(stated.texts))
