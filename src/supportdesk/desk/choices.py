"""What a question offers to choose from: read in the reading thread, returned as frozen choices."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from datetime import tzinfo
from uuid import UUID

from supportdesk.desk.choice import Choice
from supportdesk.desk.labels import CHECK, EMPLOYER, IMPACT, LINK, OUTCOME, STATUS, TYPE, URGENCY, label
from supportdesk.desk.shift_words import standing_said
from supportdesk.i18n import _
from supportdesk.rules.priority import Matrix, priority_of
from supportdesk.rules.shifts import Presence
from supportdesk.store.views import callers, choices, intake, shifts
from supportdesk.store.views.intake import TeamLine
from supportdesk.store.views.people import AgentLine
from supportdesk.terms.codes import CheckResult, LinkKind, Outcome, Priority, Status, TicketType


def tickets(conn: sqlite3.Connection, typed: str, but: UUID | None, now_us: int) -> Sequence[Choice]:
    """Other tickets, by number or words."""
    return [
        Choice(str(t.id), t.title, _listed(t.number, label(STATUS, t.status), t.organisation), t,
               t.priority_at(now_us))
        for t in choices.tickets(conn, typed, but)
    ]


def _listed(*parts: str) -> str:
    return ", ".join(part for part in parts if part)


def workers(conn: sqlite3.Connection, typed: str, team: UUID | None) -> Sequence[Choice]:
    """Colleagues, and the teams of the house."""
    people = [
        Choice(f"agent/{c.id}", c.name, ", ".join((c.login, *c.teams)), ("agent", c.id))
        for c in choices.colleagues(conn, typed, team)
    ]
    word = typed.strip().casefold()
    teams = [
        Choice(f"team/{t.id}", t.name, _("team, level {n}").format(n=t.level), ("team", t.id))
        for t in intake.teams(conn)
        if t.employer == "own" and word in t.name.casefold()
    ]
    return [*people, *teams]


def takers(conn: sqlite3.Connection, typed: str, me: AgentLine, now_us: int, zone: tzinfo) -> Sequence[Choice]:
    """Who may take over a callback: the team first, then colleagues with how their shift stands; those of my team
    before others."""
    team = [Choice("team", _("the team's list"), me.team_name)]
    found = []
    for one in choices.colleagues(conn, typed, me.team):
        if one.id != me.id:
            how = shifts.standing_of(conn, one.id, now_us)
            said = "" if how.presence is Presence.UNUSED else standing_said(how, now_us, zone)
            found.append(Choice(str(one.id), one.name, ", ".join(part for part in (*one.teams, said) if part), one.id))
    return [*team, *found] if not typed.strip() else found


def people(conn: sqlite3.Connection, typed: str, region: str) -> Sequence[Choice]:
    return [
        Choice(str(line.id), line.name, _listed(line.organisation, line.number), line)
        for line in callers.find(conn, typed, region)
    ] if typed.strip() else []


def organisations(conn: sqlite3.Connection, typed: str) -> Sequence[Choice]:
    return [
        Choice(str(id), name, _("key account") if key else "", id)
        for id, name, key in callers.organisations(conn, typed)
    ]


def components(conn: sqlite3.Connection, typed: str, caller: UUID | None) -> Sequence[Choice]:
    """Components by path, devices by sticker, host, room or user."""
    return [
        Choice(f"{line.asset_id or ''}/{line.id}", line.asset or line.path, line.path if line.asset else "", line)
        for line in intake.components(conn, typed, caller=caller)
    ]


def teams(
    conn: sqlite3.Connection, typed: str, but: UUID | None, site: str, guess: UUID | None = None
) -> Sequence[Choice]:
    """Teams to hand over to, all but one, in the order of :func:`supportdesk.store.views.intake.teams_to_ask`."""
    word = typed.strip().casefold()
    return [
        Choice(str(t.id), t.name, team_said(t), t, str(t.level))
        for t in intake.teams_to_ask(conn, guess, site)
        if t.id != but and word in t.name.casefold()
    ]


def team_said(team: TeamLine) -> str:
    """Level and site; a team of another company is named as such."""
    company = "" if team.employer == "own" else label(EMPLOYER, team.employer)
    return _listed(_("level {n}").format(n=team.level), team.site, company)


def identity(conn: sqlite3.Connection) -> Sequence[Choice]:
    """How an identity was checked; the last two say that it failed or was skipped."""
    methods = intake.identity_methods(conn)
    found = [
        Choice(slug, name, label(CHECK, CheckResult.PASSED), (slug, CheckResult.PASSED), str(n))
        for n, (slug, name) in enumerate(methods, 1)
    ]
    found.append(Choice("failed", _("the check failed"), "", (None, CheckResult.FAILED), str(len(found) + 1)))
    found.append(Choice("skipped", _("go on without it, with a reason"), "", (None, CheckResult.SKIPPED),
                        str(len(found) + 1)))
    return found


def component_identity(conn: sqlite3.Connection, id: UUID) -> str:
    """The matter for which a component asks for an identity check; ""."""
    line = intake.component(conn, id)
    return line.identity if line is not None else ""


def ranks(urgency: bool = False) -> Sequence[Choice]:
    """Impact or urgency, 1 the gravest."""
    table = URGENCY if urgency else IMPACT
    return [Choice(str(n), label(table, n), "", n, str(n)) for n in (1, 2, 3, 4)]


def priorities(impact: int, urgency: int, matrix: Matrix) -> Sequence[Choice]:
    """The matrix's own first; any other will need a reason."""
    by_matrix = priority_of(impact, urgency, matrix)
    own = Choice("matrix", _("{priority} as the matrix says").format(priority=by_matrix), "", None, "0")
    others = [
        Choice(str(p), str(p), _("needs a reason"), p, str(p)[1:]) for p in Priority if p is not by_matrix
    ]
    return [own, *others]


def links() -> Sequence[Choice]:
    """Those between any two tickets; a case is hung on a major incident by a verb of its own."""
    return [Choice(kind, label(LINK, kind), "", kind, str(n))
            for n, kind in enumerate((kind for kind in LinkKind if kind is not LinkKind.HANGS_ON), 1)]


def types() -> Sequence[Choice]:
    return [Choice(kind, label(TYPE, kind), "", kind, str(n)) for n, kind in enumerate(TicketType, 1)]


def waits() -> Sequence[Choice]:
    """What a ticket may wait for."""
    return [
        Choice(status, label(STATUS, status), "", status, str(n))
        for n, status in enumerate((Status.WAITING_CALLER, Status.WAITING_VENDOR, Status.WAITING_UNTIL), 1)
    ]


def callback_ends() -> Sequence[Choice]:
    """What came of a promised callback, one key each; any other answer is a new time. No time in our languages begins
    with one of these letters."""
    ends = (
        ("r", Outcome.INFORMATION, _("reached: the promise is kept")),
        ("n", Outcome.NO_ANSWER, label(OUTCOME, Outcome.NO_ANSWER)),
        ("b", Outcome.BUSY, label(OUTCOME, Outcome.BUSY)),
        ("o", Outcome.VOICEMAIL_LEFT, label(OUTCOME, Outcome.VOICEMAIL_LEFT)),
        ("x", Outcome.WRONG_NUMBER, label(OUTCOME, Outcome.WRONG_NUMBER)),
        ("p", Outcome.LATER, label(OUTCOME, Outcome.LATER)),
    )
    found = [Choice(end, text, "", end, sign) for sign, end, text in ends]
    return [*found, Choice("drop", _("take the promise back"), "", None, "z")]
