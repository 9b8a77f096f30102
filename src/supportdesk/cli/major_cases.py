"""``supportdesk major``: the cases that hang on a major incident, and the question whether there is one."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Annotated

import typer

from supportdesk.cli import options
from supportdesk.cli.completion import codes, keys, numbers
from supportdesk.cli.output import Column
from supportdesk.cli.shell import shell
from supportdesk.cli.times import clock_of, now_us
from supportdesk.cli.tree import Noun
from supportdesk.i18n import N_, _, ngettext
from supportdesk.terms.codes import Channel
from supportdesk.terms.errors import Invalid, NotFound

if TYPE_CHECKING:
    from uuid import UUID

    from supportdesk.desk.desk import Desk
    from supportdesk.desk.major_end import Answer
    from supportdesk.store.views.major import Major
    from supportdesk.store.views.symptoms import Suspicion

app = Noun(help=N_("Major incidents: what runs, what to say, who was told."))

WORKS, BROKEN = "works", "broken"

How = Annotated[
    str, typer.Option("--how", help=N_("How the caller was told: phone, mail, chat …"), autocompletion=codes(Channel))
]
Who = Annotated[str, typer.Option("--who", help=N_("Who was told, if not the caller."))]


@app.command("join", help=N_("Hang a case on a major incident; with --how its caller was read the sentence."))
def join(
    number: options.Number,
    major: Annotated[
        str, typer.Argument(help=N_("Number of the major incident's ticket; else the one that runs."),
                            autocompletion=numbers)
    ] = "",
    how: How = "",
    who: Who = "",
) -> None:
    from supportdesk.cli.major_page import sentence_said, show_again, the_one
    from supportdesk.desk import resolve
    from supportdesk.desk.major import hang_on
    from supportdesk.store.views.ticket import ticket

    if who and not how:
        raise Invalid(_("--who needs --how: say how he was told."), field="how")
    desk = shell().desk
    case, onto = resolve.ticket(desk, number), the_one(desk, major)
    hang_on(desk, case.id, onto.id, how=how or None, who=who or None)
    view = ticket(desk.reader, case.id)
    assert view is not None
    shell().out.say(sentence_said(desk, onto, view.language or desk.agent.language))
    show_again(desk, onto, _("{number} hangs on it").format(number=case.number))


@app.command("leave", help=N_("Take a case off the major incident it hangs on: it is another matter."))
def leave(number: options.Number, reason: options.Reason = "") -> None:
    from supportdesk.cli.ticket_work import done
    from supportdesk.desk import resolve
    from supportdesk.desk.major import come_off

    desk = shell().desk
    found = resolve.ticket(desk, number)
    come_off(desk, found.id, reason or None)
    done(desk, [found.id], _("taken off the major incident"))


@app.command("tell", help=N_("Note that the caller of a case was told; once it is over, also whether it works."))
def tell(
    number: options.Number,
    how: How = Channel.PHONE,
    who: Who = "",
    works: Annotated[
        bool | None, typer.Option("--works/--broken", help=N_("What he says of his case once it is over."))
    ] = None,
) -> None:
    from supportdesk.cli.major_page import major_of, show_again
    from supportdesk.desk import resolve
    from supportdesk.desk.major import tell as told
    from supportdesk.desk.major_end import Answer, tell_the_end

    desk = shell().desk
    case, onto = resolve.ticket(desk, number), major_of(desk, number, or_of_case=True)
    if works is None:
        told(desk, case.id, how=how, who=who or None)
    else:
        tell_the_end(desk, {case.id: Answer(how, who or None, still_broken=not works)})
    show_again(desk, onto, _("{number} was told").format(number=case.number))


@app.command("end", help=N_("Solve a major incident, and say of its cases who was told and whether it works."))
def end(
    number: options.Number,
    solution: options.Solution = "",
    article: options.ThatHelped = "",
    case: Annotated[
        list[str] | None,
        typer.Option("--case", help=N_("A case whose caller was told: NUMBER:phone, NUMBER:phone:works or "
                                       "NUMBER:phone:broken; several times.")),
    ] = None,
) -> None:
    from supportdesk.cli.major_page import major_of, show_again
    from supportdesk.desk import resolve
    from supportdesk.desk.major_end import end_major

    desk = shell().desk
    found = major_of(desk, number)
    helped = resolve.article(desk, article, desk.agent.language) if article else None
    end_major(desk, found.id, solution, _answers(desk, case or []), article=helped)
    not_told(desk, found)
    show_again(desk, found, _("solved"))


def not_told(desk: Desk, of: Major) -> None:
    """Whose callers are still to be told, with how to say that they were."""
    from supportdesk.store.views.major import cases, major

    now = major(desk.reader, of.id)
    left = [] if now is None or now.ended_us is None else [
        case.number for case in cases(desk.reader, now) if not case.is_told]
    if left:
        shell().out.say(ngettext(
            "{n} caller is not told yet: {numbers}. 'supportdesk major tell NUMBER --works' or --broken says what he "
            "says.",
            "{n} callers are not told yet: {numbers}. 'supportdesk major tell NUMBER --works' or --broken says what "
            "they say.", len(left)).format(n=len(left), numbers=", ".join(left[:10])))


@app.command("asked", help=N_("List what so many callers report that it may be a major incident."))
def asked() -> None:
    from supportdesk.cli.major_page import ask
    from supportdesk.cli.major_shapes import question

    desk = shell().desk
    clock, found = clock_of(desk), questions(desk)
    shell().out.rows(
        found,
        [
            Column(_("Component"), lambda line: line.component, most=40),
            Column(_("Callers"), lambda line: str(line.symptom.callers), right=True),
            Column(_("Organisations"), lambda line: str(line.symptom.sites), right=True),
            Column(_("Since"), lambda line: clock(line.symptom.since), right=True),
            Column(_("Tickets"), lambda line: ", ".join(number for _id, number in line.tickets), most=60),
        ],
        as_json=question,
        empty=_("Nothing is reported by many callers."),
    )
    for each in found:
        shell().out.say(ask(desk, each))


@app.command("dismiss", help=N_("Say that what many callers report is no major incident; the next caller asks again."))
def dismiss(component: Annotated[
    str, typer.Argument(help=N_("The component, as the catalogue names it."), autocompletion=keys("component"))
]) -> None:
    from supportdesk.cli.major_shapes import question
    from supportdesk.desk import resolve
    from supportdesk.desk.symptoms import asked_of, say_no
    from supportdesk.store.drafts import Drafts

    desk = shell().desk
    wanted = resolve.keyed(desk, "component", component)
    with closing(Drafts(desk.path, clock=desk.clock)) as drafts:
        found = asked_of(desk.reader, drafts, wanted, now_us(desk))
        if found is None:
            raise NotFound(_("Nothing is asked about this component."), field="component")
        say_no(drafts, found, now_us(desk))
    shell().out.record([], question(found)) if shell().out.json else shell().out.say(
        _("No major incident; the next caller asks again."))


def questions(desk: Desk) -> tuple[Suspicion, ...]:
    """The questions that stand now."""
    from supportdesk.desk.symptoms import asked
    from supportdesk.store.drafts import Drafts

    with closing(Drafts(desk.path, clock=desk.clock)) as drafts:
        return asked(desk.reader, drafts, now_us(desk))


def question_of(desk: Desk, ticket_id: UUID) -> Suspicion | None:
    """The question a ticket that was just saved raises."""
    from supportdesk.desk.symptoms import asked_of
    from supportdesk.store.drafts import Drafts
    from supportdesk.store.views.ticket import ticket

    view = ticket(desk.reader, ticket_id)
    if view is None or view.component_id is None:
        return None
    with closing(Drafts(desk.path, clock=desk.clock)) as drafts:
        return asked_of(desk.reader, drafts, view.component_id, now_us(desk))


def _answers(desk: Desk, said: list[str]) -> dict[UUID, Answer]:
    """``NUMBER:HOW[:works|:broken]`` each. Raises Invalid."""
    from supportdesk.desk import resolve
    from supportdesk.desk.major_end import Answer

    answers = {}
    for each in said:
        number, _colon, rest = each.partition(":")
        how, _colon, tried = rest.partition(":")
        if not how or tried not in ("", WORKS, BROKEN):
            raise Invalid(_("Say a case as NUMBER:phone, NUMBER:phone:works or NUMBER:phone:broken."), field="case")
        answers[resolve.ticket(desk, number).id] = Answer(how, None, None if not tried else tried == BROKEN)
    return answers
