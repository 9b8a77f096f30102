"""What happens beside the cases: calls without a ticket, doubles joined, notes moved, views kept.

Each story uses verbs the plots do not."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from supportdesk.desk import articles, calls, handoffs, people, shifts, tickets, undo, views
from supportdesk.desk.attach import attach
from supportdesk.desk.demo.plots import passed, rings
from supportdesk.desk.demo.stage import Case, Stage, Story
from supportdesk.desk.entitlement import choose_contract
from supportdesk.desk.shift_page import Decision, What
from supportdesk.rules.priority import priority_of
from supportdesk.rules.priority import raised as one_up
from supportdesk.store.types import micros
from supportdesk.terms.codes import Audience, LinkKind, Outcome

_GOODWILL = {"fr": "Réglé en passant, le client renouvelle ce mois.",
             "de": "Gleich miterledigt, der Kunde verlängert diesen Monat.",
             "en": "Done on the way; the customer renews this month."}
_LOG = "{at} session opened\n{at} keepalive lost, reason=timeout\n{at} session closed by peer\n"


def call_without_ticket(stage: Stage, started: datetime) -> Story:
    """Wrong number, answered by heart, spam, cut off: a contact all the same."""
    outcome = stage.random.choices(
        (Outcome.INFORMATION, Outcome.WRONG_NUMBER, Outcome.SPAM, Outcome.CUT_OFF), (70, 12, 12, 6))[0]
    caller, now = stage.caller(), stage.clock.now
    contact = {"number_given": caller.number, "language": caller.lang, "started_at": started,
               "answered_at": started + timedelta(seconds=7), "ended_at": now, "wrapped_at": now}
    kind = {Outcome.INFORMATION: "inform", Outcome.WRONG_NUMBER: "wrong", Outcome.SPAM: "spam"}.get(outcome)
    if outcome is Outcome.INFORMATION:
        contact |= {"caller_id": caller.id}
    slots = stage.words.slots(caller.lang, org=caller.customer.name)
    calls.log_contact(stage.hotline(caller.lang, started), outcome, contact,
                      note=stage.words.say(caller.lang, kind, slots) if kind else None)
    yield from ()


def evenings(stage: Stage) -> Story:
    """Every evening what was solved three days ago is closed by the evening team."""
    closer = stage.member("evening")
    while True:
        yield stage.clock.now + timedelta(days=1)
        limit = micros(stage.clock.now - timedelta(days=3))
        tickets.close(closer, stage.solved_before(limit))


def doubled(stage: Stage, case: Case) -> Story:
    """Two people of one office report the same: the second ticket becomes part of the first. Two tickets."""
    _keep(stage, case)
    yield stage.after(15, 60)
    neighbour = stage.random.choice([c for c in case.caller.customer.callers if c is not case.caller])
    second = stage.case(neighbour, stage.clock.now - timedelta(minutes=4), agent=stage.colleague(case.agent),
                        subject=case.subject)
    _keep(stage, second)
    yield stage.after(5, 30)
    tickets.merge(case.agent, second.id, case.id)
    yield from _done(stage, case)


def related(stage: Stage, case: Case) -> Story:
    """One fault behind another's case: linked, once to the wrong one, which is taken back. Two tickets."""
    _keep(stage, case)
    yield stage.after(30, 200)
    second = stage.case(stage.caller(case.caller.lang), stage.clock.now - timedelta(minutes=5), agent=case.agent)
    _keep(stage, second)
    wrong = tickets.link(case.agent, case.id, second.id, LinkKind.DUPLICATE)
    yield stage.soon(1, 4)
    tickets.unlink(case.agent, wrong)
    tickets.link(case.agent, second.id, case.id, LinkKind.CAUSED_BY)
    yield from _done(stage, case)
    yield from _done(stage, second)


def second_matter(stage: Stage, case: Case) -> Story:
    """The caller had two things on his mind: split off. Two tickets."""
    _keep(stage, case)
    yield stage.soon(2, 9)
    note = tickets.note(case.agent, case.id, stage.say(case, "split"))
    other = tickets.split(case.agent, case.id, stage.say(case, "split"), [note])
    words = stage.words.description(case.caller.lang, case.subject.slug, case.slots, 0, urgency=4)
    tickets.edit(case.agent, other, {"description": words})
    choose_contract(case.agent, other, None, goodwill=_GOODWILL[case.caller.lang])
    yield stage.after(60, 600)
    tickets.solve(case.agent, [other], stage.fix(case), told=True)
    yield from _done(stage, case)


def mislaid_notes(stage: Stage, case: Case) -> Story:
    """A note in the wrong ticket is moved, one too many is struck, a slip is undone. Two tickets."""
    second = stage.case(stage.caller(case.caller.lang), case.started, agent=case.agent)
    _keep(stage, case)
    _keep(stage, second)
    yield stage.soon(3, 20)
    mislaid = tickets.note(case.agent, case.id, stage.say(second, "work"))
    struck = tickets.note(case.agent, case.id, stage.say(case, "wrong_note"))
    yield stage.soon(1, 3)
    tickets.move_note(case.agent, mislaid, second.id)
    tickets.withdraw_note(case.agent, struck)
    yield stage.soon(1, 3)
    tickets.edit(case.agent, case.id, {"wish": stage.say(second, "wishes")})
    undo.undo(case.agent)
    tickets.edit(case.agent, second.id, {"wish": stage.say(second, "wishes")})
    yield from _done(stage, case)
    yield from _done(stage, second)


def raised(stage: Stage, case: Case) -> Story:
    """A key account rises by one step, with a reason. One ticket."""
    _keep(stage, case)
    yield stage.soon(4, 30)
    tickets.prioritise(case.agent, case.id, priority=one_up(priority_of(case.impact, case.urgency)),
                       reason=stage.say(case, "raised"))
    rings(stage, case, stage.colleague(case.agent), chaser=True)
    yield from _done(stage, case)


def evidence(stage: Stage, case: Case) -> Story:
    """The caller's log is attached, the offer is first made to the wrong team and withdrawn. One ticket."""
    _keep(stage, case)
    yield stage.soon(10, 40)
    with TemporaryDirectory() as folder:
        log = Path(folder) / "client.log"
        log.write_text(_LOG.format(at=stage.clock.now.isoformat(timespec="seconds")), encoding="utf-8")
        attach(case.agent, case.id, log)
    offer = stage.offer(case, "engineering")
    handoffs.offer(case.agent, case.id, offer.to_team, offer.packet, id=offer.id)
    yield stage.soon(2, 6)
    handoffs.withdraw(case.agent, offer.id)
    yield from _done(stage, case)


def new_people(stage: Stage, case: Case) -> Story:
    """Somebody the desk does not know, of a company written differently; the lead joins the doubles. One ticket."""
    caller, customer, lead = case.caller, case.caller.customer, stage.setting.first
    ticket = {name: value for name, value in stage.ticket(case).items() if name not in ("caller_id", "affected_id")}
    calls.take_call(case.agent, calls.Call(
        ticket=ticket, id=case.id, contact_id=case.contact_id, solution=stage.fix(case), checks=passed(stage, case),
        contact={name: value for name, value in stage.contact(case).items() if name != "caller_id"},
        new_caller={"name": caller.name.upper(), "numbers": (caller.number,), "language": caller.lang},
        new_organisation=customer.name.split()[0],
    ))
    yield stage.after(60, 900)
    double, company = stage.people_of(case)
    people.merge_organisations(lead, company, customer.id)
    people.merge_callers(lead, double, caller.id)
    people.save_caller(lead, {"remarks": stage.say(case, "wish")}, caller.id)
    if caller.pc is not None:
        people.save_asset(lead, {"room": caller.pc.room}, caller.pc.id)
        people.save_asset(lead, {"name": caller.name}, caller.pc.id)


def judged(stage: Stage, case: Case) -> Story:
    """An article is judged apart from a call, and bettered by who keeps it. One ticket."""
    _keep(stage, case)
    yield stage.after(20, 300)
    article = stage.article(case)
    if article is not None:
        articles.use(case.agent, article, ticket_id=case.id, steps=(1, 2), helped=False)
        articles.vote(case.agent, article, False, stage.say(case, "not_helped"))
        keywords = (*stage.keywords_of(article), stage.words.drawn("host", case.caller.lang).lower())
        articles.write(stage.setting.seats["owen"], {"keywords": keywords}, article)
    yield from _done(stage, case)


def own_views(stage: Stage) -> Story:
    """Views some agents keep."""
    views.save_view(stage.setting.first, "P1", {"view": "all", "text": "P1"})
    views.save_view(stage.setting.seats["jonas"], "VPN", {"view": "team", "text": "vpn"})
    yield from ()


def day_of_shifts(stage: Stage) -> Story:
    """Who plays is on shift since the morning; a colleague was on a break and went home, her callbacks passed on."""
    sofia = stage.setting.seats["sofia"]
    for seat in (stage.setting.first, sofia):
        shifts.start_shift(seat)
    yield stage.now - timedelta(minutes=150)
    shifts.take_break(sofia)
    yield stage.now - timedelta(minutes=120)
    shifts.end_break(sofia)
    yield stage.now - timedelta(minutes=20)
    shifts.end_shift(sofia, {}, Decision(What.PASS_ON))


def _keep(stage: Stage, case: Case) -> None:
    calls.take_call(case.agent, calls.Call(ticket=stage.ticket(case), contact=stage.contact(case), id=case.id,
                                           contact_id=case.contact_id, checks=passed(stage, case)))


def _done(stage: Stage, case: Case) -> Story:
    yield stage.after(30, 900)
    tickets.note(case.agent, case.id, stage.say(case, "tell"), Audience.CALLER)
    tickets.solve(case.agent, [case.id], stage.fix(case), told=True)


Extra = Callable[[Stage, Case], Story]

EXTRAS: tuple[tuple[Extra, int], ...] = (
    (doubled, 2), (related, 2), (second_matter, 2), (mislaid_notes, 2), (raised, 1), (evidence, 1), (new_people, 1),
    (judged, 1),
)
"""Each with the number of tickets it opens."""
