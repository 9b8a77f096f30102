"""What the list under the intake's fields offers: people, tickets, articles, components, teams, answers.

One list serves every field, so Down and Enter always mean the same. The functions read (in the reader
thread) and return frozen items; choosing one is the screen's.
"""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from supportdesk.desk.draft import ENDINGS_WITHOUT_TICKET, CallDraft
from supportdesk.desk.labels import CHECK, OUTCOME, STATUS, STATUS_SHORT, label
from supportdesk.i18n import _, ngettext
from supportdesk.rules.numbers import TypedKind, digits, parse
from supportdesk.rules.text import fold
from supportdesk.store.views import articles, callers, intake
from supportdesk.store.views.callers import CallerGlance, CallerLine, TicketBrief
from supportdesk.store.views.intake import ComponentLine, TeamLine
from supportdesk.store.views.people import AgentLine
from supportdesk.terms.codes import CheckResult

ENOUGH = 3
"""Letters of a symptom from which on it is searched for."""

WHOLE_NUMBER = 7
"""Digits from which on a telephone number may be whole."""

LONGEST_TAIL = 12
"""Digits of the longest ticket number."""

BESIDE = 3
"""Open tickets of the caller that stand beside the list, each with its state."""

NEAR = 0.4
"""Articles that match less than so much of the best one are left out: a short list is read, a long one is not."""


@dataclass(frozen=True, slots=True)
class Item:
    """One line of the list. ``kind`` says what choosing it does, ``data`` what with; ``brief`` stands for ``detail``
    where that has no room; without it the detail is cut."""

    kind: str
    key: str
    sign: str
    text: str
    detail: str
    data: Any = None
    style: str = ""
    brief: str | None = None


@dataclass(frozen=True, slots=True)
class Offered:
    """What the list shows: its heading, its items, whether Enter may take the first of them unasked, and what it asks
    if not."""

    heading: str
    items: Sequence[Item]
    guess: bool = True
    ask: str = ""


NOTHING = Offered("", ())


def for_caller(conn: sqlite3.Connection, typed: str, region: str, now_us: int) -> Offered:
    """People behind what was typed, tickets whose number ends so, and always "somebody new".

    Names that hold every word typed as a whole come first; two of them are a choice, as are two people of a number."""
    if not typed.strip():
        return NOTHING
    found = callers.find(conn, typed, region)
    heading, guess, ask = _("Who is calling?"), True, ""
    if not callers.looks_like_number(typed):
        words = set(_words(typed))
        found.sort(key=lambda line: not words.issubset(_words(line.name)))
        guess = sum(words.issubset(_words(line.name)) for line in found) < 2
        ask = _("Several people have this name: choose with the arrows, then Enter.")
    items = [_caller(line) for line in found]
    if callers.looks_like_number(typed):
        count = len(digits(typed))
        of_number = intake.tickets_by_tail(conn, typed) if count <= LONGEST_TAIL else []
        tickets = [ticket_item(t, now_us) for t in of_number]
        items = tickets + items
        if count >= WHOLE_NUMBER and not tickets:
            guess = len(found) < 2
            ask = _("Several people have this number: choose with the arrows, then Enter.")
            heading = heading if guess else _("Several people have this number: choose")
            if not found and parse(typed).kind is TypedKind.TYPO:
                heading = ask = _("If this is a ticket's number, its check digit does not fit: ask for it again.")
                guess = False
        else:  # the end of a ticket's number, or the beginning of a telephone's
            fitting = [item for item in tickets if not item.style] or items
            guess = len(fitting) < 2
            ask = _("Several fit: choose with the arrows, then Enter.")
            heading = _("Which ticket, or who is calling?")
    somebody = _("somebody new: {name}").format(name=typed.strip())
    items.append(Item("new", "new", "+", somebody, "", typed.strip(), "dim"))
    return Offered(heading, items, guess=guess, ask=ask)


def _words(text: str) -> list[str]:
    return fold(text).replace("-", " ").split()


def _caller(line: CallerLine) -> Item:
    sign = "★" if line.key_account or line.vip else " "
    parts = [line.number, line.organisation, line.language or ""]
    return Item("caller", f"caller/{line.id}", sign, line.name, "  ".join(p for p in parts if p), line,
                brief=line.organisation or line.number)


def ticket_item(t: TicketBrief, now_us: int, stands_beside: bool = False) -> Item:
    """A ticket in the list: choosing it says that the call is about it.

    Where there is no room for its state it says that in short, or nothing if it ``stands_beside`` the list anyway."""
    closed = t.status in ("solved", "closed", "cancelled")
    detail = "  ".join(p for p in (label(STATUS, t.status), t.organisation) if p)
    return Item("ticket", f"ticket/{t.id}", t.priority_at(now_us), f"{t.number}  {t.title}", detail, t,
                "dim" if closed else "", brief="" if stands_beside else label(STATUS_SHORT, t.status))


def for_organisation(conn: sqlite3.Connection, typed: str) -> Offered:
    if not typed.strip():
        return NOTHING
    items = [
        Item("organisation", f"organisation/{id}", "★" if key else " ", name, "", (id, name))
        for id, name, key in callers.organisations(conn, typed)
    ]
    return Offered(_("Which organisation?"), items, guess=any(i.text.casefold() == typed.strip().casefold()
                                                              for i in items) or len(items) == 1)


def for_behalf(conn: sqlite3.Connection, typed: str, region: str) -> Offered:
    if not typed.strip():
        return NOTHING
    items = [
        Item("behalf", f"caller/{line.id}", " ", line.name, line.organisation, line)
        for line in callers.find(conn, typed, region)
    ]
    return Offered(_("On whose behalf?"), items)


def for_symptom(
    conn: sqlite3.Connection, draft: CallDraft, language: str | None, glance: CallerGlance | None, now_us: int
) -> Offered:
    """What is known: articles and likely duplicates; before anything is said, the caller's open tickets."""
    if len(draft.symptom.strip()) < ENOUGH:
        mine = _ticket_items(glance.open_tickets if glance else (), glance, now_us)
        if not mine:
            return NOTHING
        heading = ngettext("{n} open ticket: is it this one?", "{n} open tickets: is it one of them?", len(mine))
        return Offered(heading.format(n=len(mine)), mine, guess=False)
    found = articles.search(conn, draft.symptom, language, 5)
    items = [
        article_item(a, language)
        for a in found if a.score >= NEAR * max(b.score for b in found)
    ]
    alike = intake.likely_duplicates(conn, draft.symptom, language, caller=draft.caller_id,
                                     organisation=draft.organisation_id)
    own = [t for t in (glance.open_tickets if glance else ()) if t.id not in {a.id for a in alike}]
    items += _ticket_items((*alike, *own[:2]), glance, now_us)
    if not items:
        return Offered(_("Nothing known about this yet."), (), guess=False)
    return Offered(_("What is known, and what is open already"), items, guess=False)


def _ticket_items(tickets: Sequence[TicketBrief], glance: CallerGlance | None, now_us: int) -> list[Item]:
    """Tickets in the list, each with its state unless all of them stand beside it."""
    beside = {t.id for t in glance.open_tickets[:BESIDE]} if glance else set()
    stand_beside = all(t.id in beside for t in tickets)
    return [ticket_item(t, now_us, stand_beside) for t in tickets]


def article_item(a: articles.ArticleLine, language: str | None) -> Item:
    """An article in the list: choosing it uses it on the call."""
    return Item("article", f"article/{a.id}", " ", a.title, _article_detail(a, language), a,
                brief=_article_brief(a, language))


def _article_detail(a: articles.ArticleLine, language: str | None) -> str:
    parts = []
    if a.votes:
        parts.append(
            ngettext("helped {percent} % ({n} vote)", "helped {percent} % ({n} votes)", a.votes).format(
                percent=round(100 * a.helped / a.votes), n=a.votes
            )
        )
    if _foreign(a, language):
        parts.append(_("in {language}").format(language=a.lang))
    return "  ".join(parts)


def _article_brief(a: articles.ArticleLine, language: str | None) -> str:
    """The rate with its count, and the language if it is not the caller's: whole in a dozen cells."""
    rate = _("{percent} % ({n})").format(percent=round(100 * a.helped / a.votes), n=a.votes) if a.votes else ""
    return " ".join(part for part in (rate, a.lang if _foreign(a, language) else "") if part)


def _foreign(a: articles.ArticleLine, language: str | None) -> bool:
    return bool(language) and a.lang[:2] != str(language)[:2]


def for_component(conn: sqlite3.Connection, typed: str, caller: UUID | None) -> Offered:
    found = intake.components(conn, typed, caller=caller)
    items = [component_item(line) for line in found]
    if not items and typed.strip():
        return Offered(_("Not in the catalogue: kept as you typed it, the admin sees it."), (), guess=False)
    return Offered(_("Which component or device?"), items, guess=bool(typed.strip()))


def component_item(line: ComponentLine) -> Item:
    text = line.asset if line.asset_id else line.path
    detail = line.path if line.asset_id else ""
    return Item("component", f"component/{line.asset_id or line.id}", "#" if line.asset_id else " ", text, detail, line)


def for_team(conn: sqlite3.Connection, typed: str, me: AgentLine, guess: UUID | None) -> Offered:
    """Teams to hand over to: the component's first, then those of my site, by level."""
    words = typed.casefold().split()
    lines = [
        t for t in intake.teams_to_ask(conn, guess, me.site_name)
        if t.id != me.team and all(any(p.startswith(w) for p in t.name.casefold().replace("-", " ").split()) or
                               t.slug.startswith(w) for w in words)
    ]
    return Offered(_("To which team?"), [_team(t) for t in lines[:8]])


def _team(t: TeamLine) -> Item:
    detail = "  ".join(part for part in (_("level {n}").format(n=t.level), t.site) if part)
    return Item("team", f"team/{t.id}", str(t.level), t.name, detail, t)


def for_identity(conn: sqlite3.Connection) -> Offered:
    """How the identity was checked, by number keys; the last two say that it failed or was skipped."""
    items = [
        Item("check", f"check/{slug}", str(n), name, label(CHECK, CheckResult.PASSED), (slug, CheckResult.PASSED))
        for n, (slug, name) in enumerate(intake.identity_methods(conn), 1)
    ]
    items.append(Item("check", "check/failed", str(len(items) + 1), _("the check failed"), "",
                      (None, CheckResult.FAILED), "warn"))
    items.append(Item("check", "check/skipped", str(len(items) + 1), _("go on without it, with a reason"), "",
                      (None, CheckResult.SKIPPED)))
    return Offered(_("How was the identity checked? (the secret is never stored)"), items)


def without_ticket() -> Offered:
    """How a call without a ticket ended, by number keys."""
    return Offered(
        _("No ticket: what was it?"),
        [Item("outcome", f"outcome/{o}", str(n), label(OUTCOME, o), "", o)
         for n, o in enumerate(ENDINGS_WITHOUT_TICKET, 1)],
    )


def for_steps(conn: sqlite3.Connection, draft: CallDraft) -> Offered:
    """The steps of the article in use, ticked by number keys."""
    use = draft.used[-1]
    article = articles.article(conn, use.article_id)
    steps = article.steps if article else ()
    items = [
        Item("step", f"step/{n}", f"{n}{'x' if n in use.steps else ' '}", text, "", n, "dim" if n in use.steps else "")
        for n, text in enumerate(steps, 1)
    ]
    heading = _("1-9 tick, + helped, - did not help: {title}").format(title=use.title)
    judged = "" if use.helped is None else _("helped") if use.helped else _("did not help")
    return Offered(f"{judged}  {heading}".lstrip(), items)
