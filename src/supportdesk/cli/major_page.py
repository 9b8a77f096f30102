"""A major incident as a person reads it in the shell, and how the commands find one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from supportdesk.cli.shell import shell
from supportdesk.cli.times import clock_of, now_us, zone_of
from supportdesk.i18n import _, ngettext
from supportdesk.rules.text import safe
from supportdesk.terms.errors import Ambiguous, Invalid, NotFound

if TYPE_CHECKING:
    from supportdesk.desk.desk import Desk
    from supportdesk.store.views.major import Case, Major
    from supportdesk.store.views.symptoms import Suspicion


def major_of(desk: Desk, number: str, *, or_of_case: bool = False) -> Major:
    """The major incident of a ticket's number; with ``or_of_case`` also by that of a case. Raises NotFound."""
    from supportdesk.desk import resolve
    from supportdesk.store.views.major import major, of_ticket

    ticket = resolve.ticket(desk, number)
    part = of_ticket(desk.reader, ticket.id)
    found = major(desk.reader, part.id) if part is not None and (part.is_major or or_of_case) else None
    if found is None:
        raise NotFound(_("{number} is no major incident. 'supportdesk major list' shows those that run.").format(
            number=ticket.number), field="number")
    return found


def the_one(desk: Desk, number: str) -> Major:
    """The one named, else the only one that runs. Raises NotFound, Ambiguous."""
    from supportdesk.store.views.major import running

    if number:
        return major_of(desk, number)
    found = running(desk.reader)
    if not found:
        raise NotFound(_("No major incident runs. 'supportdesk major declare' makes a ticket one."), field="major")
    if len(found) > 1:
        raise Ambiguous(_("Several major incidents run: {candidates}. Say which.").format(
            candidates=", ".join(f"{each.number} ({safe(each.title)})" for each in found)), field="major")
    return found[0]


def show(desk: Desk, of: Major) -> None:
    """One whole, as every command that changes it shows it."""
    from supportdesk.cli.major_shapes import major_whole
    from supportdesk.store.views.major import cases, told

    hung, heard = cases(desk.reader, of), told(desk.reader, of)
    shell().out.record(list(_facts(desk, of, hung)), major_whole(of, hung, heard, now_us(desk)))


def show_again(desk: Desk, of: Major, said: str) -> None:
    """The same as it stands now, after ``said`` was done."""
    from supportdesk.store.views.major import major

    shell().out.say(_("{number}: {what}.").format(number=of.number, what=said))
    now = major(desk.reader, of.id)
    if now is None:
        raise Invalid(_("That record is not there (any more)."), field="number")
    show(desk, now)


def update_said(desk: Desk, of: Major) -> str:
    """When the next update is due; "" where none is."""
    from supportdesk.desk.promised import due_said
    from supportdesk.rules.major import next_update

    due = next_update(of.next_update_us, of.ended_us, now_us(desk))
    return due_said(due.due, now_us(desk), zone_of(desk)) if due else ""


def sentence_said(desk: Desk, of: Major, language: str | None) -> str:
    """The sentence for a caller; that it has expired, or that nobody wrote it in his language, is said with it."""
    from supportdesk.rules.major import sentence

    stated = of.statement
    said = None if stated is None else sentence(stated.texts, stated.valid_until_us, language, now_us(desk))
    if said is None:
        return _("Nobody has written what to say yet: 'supportdesk major say'.")
    lines = [_("To read aloud:"), said.text]
    if not said.translated and language:
        lines.append(_("It was not written in {wanted}; this is {language}.").format(
            wanted=safe(language), language=said.language))
    if said.expired:
        lines = [_("Do not read it any more: it was valid until {when}. Ask {person} for a new one.").format(
            when=clock_of(desk)(said.valid_until), person=safe(of.communicator or of.declared_by)), said.text]
    return "\n".join(lines)


def ask(desk: Desk, of: Suspicion) -> str:
    """The question with its answers."""
    from supportdesk.desk.symptoms import question_said

    return "\n".join([
        question_said(of, now_us(desk), zone_of(desk)),
        _("'supportdesk major declare {number}' says yes, 'supportdesk major dismiss {component}' says no.").format(
            number=of.tickets[0][1], component=safe(of.slug) or of.component_id),
    ])


def _facts(desk: Desk, of: Major, cases: tuple[Case, ...]) -> Iterator[tuple[str, str]]:
    clock = clock_of(desk)
    yield _("Major incident"), f"{of.number}  {of.title}"
    yield _("Since"), clock(of.began_us)
    if of.ended_us is not None:
        yield _("Over"), clock(of.ended_us)
    if of.component:
        yield _("About"), of.component
    yield _("Speaks for it"), of.communicator
    yield _("Works on it"), of.technician
    if due := update_said(desk, of):
        yield _("Next update"), due
    if of.statement is not None:
        yield from sorted(of.statement.texts.items())
        valid = clock(of.statement.valid_until_us)
        yield _("Valid until"), valid if now_us(desk) <= of.statement.valid_until_us else _(
            "{when}, expired").format(when=valid)
        yield _("Written by"), f"{of.statement.author}, {clock(of.statement.at_us)}"
    told = sum(case.is_told for case in cases)
    yield _("Cases"), ngettext("{n}, {told} told", "{n}, {told} told", len(cases)).format(n=len(cases), told=told)
    for case in cases:
        yield case.number, _case_said(case, clock(case.told.at_us) if case.told else "")


def _case_said(case: Case, when: str) -> str:
    from supportdesk.desk.labels import CHANNEL, STATUS, label

    who = ", ".join(part for part in (case.caller, case.organisation) if part)
    if case.told is not None and case.is_told:
        told = _("{who} told {when} ({how}) by {person}").format(
            who=case.told.who, when=when, how=label(CHANNEL, case.told.how), person=case.told.by).strip()
    else:
        told = _("not told yet")
    return "  ".join(part for part in (who, label(STATUS, case.status), told) if part)
