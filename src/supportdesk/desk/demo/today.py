"""What is open on the demo desk right now, so that every view has something to show to who plays it.

Minutes count from "now": ``ago`` backwards, ``due`` forwards (negative: overdue)."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from supportdesk.desk import calls, handoffs, tickets
from supportdesk.desk.demo import curve, majors
from supportdesk.desk.demo.plots import passed, rings
from supportdesk.desk.demo.seat import Seat
from supportdesk.desk.demo.stage import Case, Stage, Story
from supportdesk.desk.demo.words import subjects
from supportdesk.terms.codes import Audience, CheckResult, Outcome, Status

_TALK = timedelta(minutes=3)
_NOT_TODAY = 300
"""Minutes: what is older happened while the team worked; what is younger may be of this very night."""


def open_now(stage: Stage) -> Iterator[tuple[datetime, Story]]:
    """When each of today's stories begins, and the story; every one opens one ticket. The most telling first."""
    ana = stage.setting.first
    colleague = stage.setting.seats["mehdi"]

    def case(ago: float, slug: str | None = None, *, agent: Seat = ana, key: bool | None = None,
             impact: int = 0) -> Case:
        subject = next((each for each in subjects() if each.slug == slug), None)
        started = stage.now - timedelta(minutes=ago)
        while ago >= _NOT_TODAY and not curve.is_open(started, stage.zone):
            started -= timedelta(minutes=47)
        found = stage.case(stage.caller("fr", key), started, agent=agent, subject=subject)
        stage.today.add(found.id)
        return replace(found, impact=impact, urgency=1) if impact else found

    def entry(made: Case, story: Story) -> tuple[datetime, Story]:
        return made.started + _TALK, story

    for ago, slug, impact, key in ((9, "fibre-outage", 2, True), (24, "payment-terminal", 2, None)):
        made = case(ago, slug, agent=colleague, key=key, impact=impact)
        yield entry(made, _alarm(stage, made))
    for ago, due in ((185, -41), (75, -12), (62, 1), (49, 14), (95, 38), (120, 95), (300, 24 * 60)):
        made = case(ago)
        yield entry(made, _promised(stage, made, due))
    made = case(58, "fibre-outage", key=True, impact=2)
    yield entry(made, _with_specialists(stage, made, "network", due=13, accepted=True))
    for ago, team, accepted in ((7, "messaging", False), (28, "workplace", False), (71, "network", False),
                                (240, "network", True), (1500, "infrastructure", True), (2900, "workplace", True)):
        made = case(ago)
        yield entry(made, _with_specialists(stage, made, team, due=None, accepted=accepted))
    for ago in (95, 310):
        made = case(ago)
        yield entry(made, _returned(stage, made, "workplace"))
    for ago, login in ((44, "yasmine"), (130, "yasmine"), (66, "grace")):
        made = case(ago, agent=stage.setting.seats[login])
        yield entry(made, _offered_to_us(stage, made))
    for ago in (6, 17, 33, 52, 140):
        made = case(ago, agent=colleague, key=True if ago == 17 else None)
        yield entry(made, _unassigned(stage, made))
    for ago in (12, 26, 47, 80, 155, 230):
        made = case(ago, key=True if ago == 26 else None)
        yield entry(made, _in_hand(stage, made))
    for ago, status, kind, until in ((200, Status.WAITING_CALLER, "wait_caller", None),
                                     (1600, Status.WAITING_CALLER, "wait_caller", None),
                                     (2000, Status.WAITING_VENDOR, "wait_vendor", None),
                                     (3200, Status.WAITING_VENDOR, "wait_vendor", None),
                                     (500, Status.WAITING_UNTIL, "wait_until", -10),
                                     (900, Status.WAITING_UNTIL, "wait_until", 24 * 60)):
        made = case(ago)
        yield entry(made, _waiting(stage, made, status, kind, until))
    for ago, due in ((400, -5), (1450, 22)):
        made = case(ago)
        yield entry(made, _to_tell(stage, made, due))
    made = case(36, "password-reset")
    yield entry(made, _not_identified(stage, made))
    torn = case(50, "fibre-outage", agent=colleague, impact=2)
    yield entry(torn, majors.runs(stage, torn))
    for ago in (31, 14):
        made = case(ago, "fibre-outage", agent=ana)
        yield entry(made, majors.joins(stage, made, torn))
    for ago, agent in ((44, colleague), (39, ana)):
        made = case(ago, "fibre-outage", agent=agent)
        yield entry(made, majors.hangs_later(stage, made, torn))


def _call(stage: Stage, case: Case, **more: object) -> None:
    checks = more.pop("checks", None) or passed(stage, case)
    calls.take_call(case.agent, calls.Call(
        ticket=stage.ticket(case), contact=stage.contact(case), id=case.id, contact_id=case.contact_id,
        checks=checks, **more,  # type: ignore[arg-type]
    ))


def _alarm(stage: Stage, case: Case) -> Story:
    """A P1 nobody has taken yet, and its callers keep ringing."""
    _call(stage, case, unassigned=True)
    yield stage.now - timedelta(minutes=3)
    rings(stage, case, stage.setting.seats["luc"], chaser=True)


def _promised(stage: Stage, case: Case, due: float) -> Story:
    """A callback the person playing owes."""
    _call(stage, case, promise=calls.Promise(stage.now + timedelta(minutes=due)), used=stage.used(case, helped=None))
    yield stage.soon(4, 9)
    tickets.note(case.agent, case.id, stage.say(case, "work"))


def _with_specialists(stage: Stage, case: Case, team: str, *, due: float | None, accepted: bool) -> Story:
    """Handed over: offered and waiting, or accepted and worked on."""
    offer = stage.offer(case, team)
    promise = None if due is None else calls.Promise(stage.now + timedelta(minutes=due))
    _call(stage, case, offer=offer, promise=promise, used=stage.used(case, helped=False))
    if not accepted:
        return
    specialist = stage.member(team)
    yield stage.soon(2, 8)
    handoffs.accept(specialist, offer.id)
    yield stage.soon(6, 25)
    tickets.note(specialist, case.id, stage.say(case, "work"))
    yield stage.soon(3, 12)
    rings(stage, case, stage.colleague(case.agent), chaser=True)


def _returned(stage: Stage, case: Case, team: str) -> Story:
    """Came back from the second level with a reason."""
    offer = stage.offer(case, team)
    _call(stage, case, offer=offer)
    yield stage.soon(10, 40)
    handoffs.return_(stage.member(team), offer.id, stage.say(case, "returned"))


def _offered_to_us(stage: Stage, case: Case) -> Story:
    """Another first line offers a caller who speaks our language."""
    _call(stage, case)
    yield stage.soon(2, 5)
    offer = stage.offer(case, "hotline-geneve")
    handoffs.offer(case.agent, case.id, offer.to_team, offer.packet, id=offer.id)


def _unassigned(stage: Stage, case: Case) -> Story:
    """In the team's list, nobody's yet; half of them came by mail."""
    if stage.chance(0.5):
        _call(stage, case, unassigned=True)
    else:
        calls.open_ticket(case.agent, stage.ticket(case, mail=True), case.id)
        calls.log_contact(case.agent, Outcome.NEW_TICKET, {
            "channel": "mail", "caller_id": case.caller.id, "language": case.caller.lang, "started_at": case.started,
        }, tickets=(case.id,), id=case.contact_id)
    yield from ()


def _in_hand(stage: Stage, case: Case) -> Story:
    """Being worked on by the person playing."""
    _call(stage, case, used=stage.used(case, helped=None))
    yield stage.soon(2, 6)
    tickets.note(case.agent, case.id, stage.say(case, "work"))


def _waiting(stage: Stage, case: Case, status: Status, kind: str, until: float | None) -> Story:
    """Paused: for the caller, a vendor, or an instant."""
    _call(stage, case)
    yield stage.soon(10, 60)
    tickets.wait(case.agent, [case.id], status, reason=stage.say(case, kind),
                 until=None if until is None else stage.now + timedelta(minutes=until))


def _to_tell(stage: Stage, case: Case, due: float) -> Story:
    """The second level has found it; the caller has still to be told."""
    offer = stage.offer(case, "messaging")
    _call(stage, case, offer=offer, promise=calls.Promise(stage.now + timedelta(minutes=due)))
    specialist = stage.member("messaging")
    yield stage.soon(3, 20)
    handoffs.accept(specialist, offer.id)
    yield stage.soon(30, 200)
    tickets.note(specialist, case.id, stage.say(case, "work"), Audience.INTERNAL)
    tickets.solve(specialist, [case.id], stage.fix(case), told=False)


def _not_identified(stage: Stage, case: Case) -> Story:
    """The check failed: the next call of this caller will show it."""
    _call(stage, case, checks=stage.checks(case, result=CheckResult.FAILED),
          promise=calls.Promise(stage.now + timedelta(minutes=25)))
    yield from ()
