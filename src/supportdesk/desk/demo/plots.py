"""How cases go on the demo desk: solved in the call, worked on, called back, handed over, mailed.

Every plot begins when the agent wraps the first call up (the clock stands there) and tells the rest in
the order of time."""

from datetime import datetime, timedelta

from supportdesk.desk import calls, handoffs, tickets
from supportdesk.desk.demo.seat import Seat
from supportdesk.desk.demo.stage import TEACHES, Case, Stage, Story
from supportdesk.terms.codes import Audience, CheckResult, Outcome, Status

_PAUSE = (("wait_caller", Status.WAITING_CALLER), ("wait_until", Status.WAITING_UNTIL))
_LONG_PAUSE = (("wait_vendor", Status.WAITING_VENDOR), ("wait_caller", Status.WAITING_CALLER))


def plot_of(stage: Stage, case: Case) -> Story:
    """The plot a case takes: many are solved in the call, some need a callback or the specialists."""
    draw = stage.random.random()
    solved = case.subject.solved
    if case.agent.agent.login == TEACHES:
        return solved_in_call(stage, case)
    if draw < solved:
        return solved_in_call(stage, case)
    rest = (draw - solved) / (1 - solved)
    if case.impact <= 2 and case.urgency == 1:
        return outage(stage, case)
    if rest < 0.14:
        return mailed(stage, case)
    if rest < 0.34:
        return worked_on(stage, case)
    if rest < 0.55:
        return called_back(stage, case)
    if rest < 0.58:
        return given_up(stage, case)
    return handed_over(stage, case)


def solved_in_call(stage: Stage, case: Case) -> Story:
    """The agent knows it, or finds the article: one call, solved."""
    checks = stage.checks(case)
    if checks and checks[0].result is CheckResult.FAILED:
        yield from identity_failed(stage, case, checks)
        return
    calls.take_call(case.agent, calls.Call(
        ticket=stage.ticket(case), contact=stage.contact(case), id=case.id, contact_id=case.contact_id,
        solution=stage.fix(case), checks=checks, used=stage.used(case, helped=True),
    ))
    if stage.chance(0.03) and case.agent.agent.login != TEACHES:
        yield stage.after(30, 2 * 24 * 60)
        yield from comes_back(stage, case)


def comes_back(stage: Stage, case: Case) -> Story:
    """Solved, and then not: the caller rings again and the ticket is taken up again."""
    agent = stage.colleague(case.agent)
    rings(stage, case, agent, chaser=False)
    tickets.reopen(agent, [case.id], reason=stage.say(case, "reopened"))
    yield stage.after(20, 300)
    tickets.solve(agent, [case.id], stage.fix(case), told=True)


def identity_failed(stage: Stage, case: Case, checks: tuple[calls.Check, ...]) -> Story:
    """The caller could not be identified: nothing is changed before a callback on the known number."""
    promised = stage.after(20, 120)
    if case.agent.agent.login == TEACHES:
        case.agent = stage.colleague(case.agent)
    calls.take_call(case.agent, calls.Call(
        ticket=stage.ticket(case), contact=stage.contact(case), id=case.id, contact_id=case.contact_id, checks=checks,
        promise=calls.Promise(promised),
    ))
    yield promised + timedelta(minutes=stage.random.randint(-16, 4))
    again = stage.checks(case, result=CheckResult.PASSED)[0]
    calls.check_identity(case.agent, again, caller_id=case.caller.id, ticket_id=case.id)
    calls.settle_callback(case.agent, case.id, Outcome.SOLVED)
    tickets.solve(case.agent, [case.id], stage.fix(case), told=True)


def worked_on(stage: Stage, case: Case) -> Story:
    """The first line needs time: notes, perhaps a wait, then the solution."""
    opened = calls.Call(
        ticket=stage.ticket(case), contact=stage.contact(case), id=case.id, contact_id=case.contact_id,
        note=stage.words.of(case.caller.lang, case.subject.slug, "tried", case.slots), checks=passed(stage, case),
        used=stage.used(case, helped=False if stage.chance(0.5) else None), unassigned=stage.chance(0.3),
    )
    calls.take_call(case.agent, opened)
    worker = case.agent
    yield stage.after(20, 400)
    if opened.unassigned:
        worker = stage.colleague(case.agent)
        tickets.take(worker, [case.id])
        yield stage.after(10, 200)
    if stage.chance(0.7):
        tickets.note(worker, case.id, stage.say(case, "work"))
        yield stage.after(20, 6 * 24 * 60)
    if stage.chance(0.4):
        kind, status = stage.random.choice(_PAUSE)
        back = stage.after(6 * 60, 4 * 24 * 60)
        tickets.wait(worker, [case.id], status, until=back if status is Status.WAITING_UNTIL else None,
                     reason=stage.say(case, kind))
        yield back
        tickets.resume(worker, [case.id])
        yield stage.after(10, 240)
    if stage.chance(0.06):
        tickets.assign(worker, [case.id], agent=stage.colleague(worker).agent.id)
    tickets.note(worker, case.id, stage.say(case, "tell"), Audience.CALLER)
    tickets.solve(worker, [case.id], stage.fix(case), told=True)


def called_back(stage: Stage, case: Case) -> Story:
    """A callback promised and kept, sometimes at the second try."""
    promised = stage.after(25, 300)
    calls.take_call(case.agent, calls.Call(
        ticket=stage.ticket(case), contact=stage.contact(case), id=case.id, contact_id=case.contact_id,
        promise=calls.Promise(promised), checks=passed(stage, case), used=stage.used(case, helped=None),
    ))
    if stage.chance(0.5):
        yield stage.after(5, 20)
        tickets.note(case.agent, case.id, stage.say(case, "work"))
    while True:
        yield max(stage.soon(1, 3), promised + timedelta(minutes=stage.random.randint(-14, 3)))
        if stage.chance(0.75):
            break
        promised = stage.after(30, 240)
        calls.settle_callback(case.agent, case.id, stage.random.choice((Outcome.NOT_REACHED, Outcome.VOICEMAIL_LEFT)),
                              note=stage.say(case, "later"), later=promised)
    calls.settle_callback(case.agent, case.id, Outcome.SOLVED)
    tickets.solve(case.agent, [case.id], stage.fix(case), told=True)


def mailed(stage: Stage, case: Case) -> Story:
    """By mail or from the web page: a ticket without a call, taken from the team's list."""
    opened = calls.open_ticket(case.agent, stage.ticket(case, mail=True), case.id)
    calls.log_contact(case.agent, Outcome.NEW_TICKET, {
        "channel": stage.random.choice(("mail", "mail", "web")), "caller_id": case.caller.id,
        "language": case.caller.lang, "started_at": case.started,
    }, tickets=(opened.id,), id=case.contact_id)
    yield stage.after(15, 36 * 60)
    worker = stage.colleague(case.agent)
    tickets.take(worker, [case.id])
    yield stage.after(10, 500)
    tickets.note(worker, case.id, stage.say(case, "tell"), Audience.CALLER)
    if stage.chance(0.3):
        until = stage.after(12 * 60, 3 * 24 * 60)
        tickets.wait(worker, [case.id], Status.WAITING_CALLER, reason=stage.say(case, "wait_caller"))
        yield until
        tickets.resume(worker, [case.id])
    tickets.solve(worker, [case.id], stage.fix(case), told=True)


def given_up(stage: Stage, case: Case) -> Story:
    """Nothing comes of it: cancelled, or closed without a solution, with a reason."""
    calls.take_call(case.agent, calls.Call(ticket=stage.ticket(case), contact=stage.contact(case), id=case.id,
                                           contact_id=case.contact_id, checks=passed(stage, case)))
    yield stage.after(30, 2 * 24 * 60)
    if stage.chance(0.5):
        tickets.cancel(case.agent, [case.id], stage.say(case, "cancelled"))
    else:
        tickets.close(case.agent, [case.id], stage.say(case, "closed_anyway"))


def handed_over(stage: Stage, case: Case) -> Story:
    """To the specialists: offered, accepted or returned, worked on, solved, and told by the contact owner."""
    team = stage.second_level(case)
    with_promise, promised = stage.chance(0.6), stage.after(60, 360)
    offer = stage.offer(case, team)
    calls.take_call(case.agent, calls.Call(
        ticket=stage.ticket(case), contact=stage.contact(case), id=case.id, contact_id=case.contact_id, offer=offer,
        promise=calls.Promise(promised) if with_promise else None, checks=passed(stage, case),
        used=stage.used(case, helped=False), note=stage.say(case, "work") if stage.chance(0.4) else None,
    ))
    if with_promise:
        stage.enter(stage.clock.now, keeps_informed(stage, case, promised))
    specialist = stage.member(team)
    yield stage.after(4, 120)
    if stage.chance(0.12):
        handoffs.return_(specialist, offer.id, stage.say(case, "returned"))
        yield stage.after(10, 240)
        if stage.chance(0.3):
            tickets.solve(case.agent, [case.id], stage.fix(case), told=True)
            return
        tickets.note(case.agent, case.id, stage.say(case, "evidence"))
        offer = stage.offer(case, team)
        handoffs.offer(case.agent, case.id, offer.to_team, offer.packet, id=offer.id)
        yield stage.after(4, 90)
    handoffs.accept(specialist, offer.id)
    yield from _investigated(stage, case, specialist)
    yield from _told(stage, case, specialist)


def keeps_informed(stage: Stage, case: Case, promised: datetime) -> Story:
    """While others work on it the contact owner rings when he said he would, and says when next."""
    while True:
        yield promised + timedelta(minutes=stage.random.randint(-14, 3))
        if stage.callback_of(case) is None or stage.is_solved(case):
            return
        calls.settle_callback(case.agent, case.id, Outcome.INFORMATION, note=stage.say(case, "tell"))
        if stage.chance(0.4):
            return
        yield stage.soon(1, 2)
        if stage.is_solved(case):  # while the two spoke
            return
        promised = stage.after(180, 1500)
        tickets.promise_callback(case.agent, case.id, promised)


def _investigated(stage: Stage, case: Case, specialist: Seat) -> Story:
    """What the second level does, up to finding the answer."""
    yield stage.after(15, 400)
    tickets.note(specialist, case.id, stage.say(case, "work"))
    if stage.chance(0.12):
        yield stage.after(20, 300)
        rings(stage, case, stage.hotline(case.caller.lang, stage.clock.now), chaser=True)
    if stage.chance(0.25):
        kind, status = stage.random.choice(_LONG_PAUSE)
        tickets.wait(specialist, [case.id], status, reason=stage.say(case, kind))
        yield stage.after(8 * 60, 6 * 24 * 60)
        tickets.resume(specialist, [case.id])
    if stage.chance(0.3):
        yield stage.after(30, 500)
        tickets.note(specialist, case.id, stage.say(case, "work"))
    yield stage.after(60, 12 * 24 * 60)


def _told(stage: Stage, case: Case, specialist: Seat) -> Story:
    """The specialist found it; who owns the contact calls back and closes the circle."""
    tickets.solve(specialist, [case.id], stage.fix(case), told=False)
    if stage.callback_of(case) is None:
        yield stage.after(3, 30)
        tickets.promise_callback(case.agent, case.id, stage.after(10, 60))
    yield stage.after(3, 40)
    calls.settle_callback(case.agent, case.id, Outcome.SOLVED)
    tickets.solve(case.agent, [case.id], told=True)


def outage(stage: Stage, case: Case) -> Story:
    """A P1: many without work, the specialists at once, callers ring while it lasts."""
    team = stage.second_level(case)
    offer = stage.offer(case, team)
    promised = stage.soon(30, 60)
    calls.take_call(case.agent, calls.Call(
        ticket=stage.ticket(case), contact=stage.contact(case), id=case.id, contact_id=case.contact_id, offer=offer,
        promise=calls.Promise(promised), used=stage.used(case, helped=False),
    ))
    specialist = stage.member(team)
    yield stage.soon(3, 12)
    handoffs.accept(specialist, offer.id)
    yield stage.soon(8, 25)
    for _each in range(stage.random.randint(0, 3)):
        rings(stage, case, stage.hotline(case.caller.lang, stage.clock.now), chaser=True)
        yield stage.soon(5, 25)
    tickets.note(specialist, case.id, stage.say(case, "work"))
    yield max(stage.soon(1, 2), promised)
    calls.settle_callback(case.agent, case.id, Outcome.INFORMATION, note=stage.say(case, "tell"))
    yield stage.soon(30, 150)
    tickets.solve(specialist, [case.id], stage.fix(case), told=True)


def passed(stage: Stage, case: Case) -> tuple[calls.Check, ...]:
    return stage.checks(case, result=CheckResult.PASSED)


def rings(stage: Stage, case: Case, agent: Seat, *, chaser: bool) -> None:
    """The caller rings about his open ticket."""
    now = stage.clock.now
    started = now - timedelta(seconds=stage.random.randrange(70, 260))
    calls.log_contact(agent, Outcome.EXISTING_TICKET, {
        "number_given": case.caller.number, "caller_id": case.caller.id, "language": case.caller.lang,
        "started_at": started, "answered_at": started + timedelta(seconds=8), "ended_at": now, "wrapped_at": now,
    }, tickets=(case.id,), note=stage.say(case, "chaser"), chaser=chaser)
