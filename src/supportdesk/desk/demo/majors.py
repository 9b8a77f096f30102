"""Major incidents on the demo desk: one that runs now, with a sentence in three languages, and one that is over."""

from datetime import datetime, timedelta
from uuid import UUID

from supportdesk.desk import calls, major, major_end, tickets
from supportdesk.desk.demo import curve
from supportdesk.desk.demo.seat import Seat
from supportdesk.desk.demo.stage import Case, Stage, Story
from supportdesk.desk.demo.words import content, subjects
from supportdesk.desk.outages import note_outage
from supportdesk.terms.codes import Channel, OutageKind

OVER = timedelta(days=9, hours=2)
"""How long ago the one that is over began, or a little longer: people were at work."""

OVER_TICKETS = 4
QUARTER = timedelta(minutes=15)


def texts(stage: Stage, kind: str, number: int, back: datetime) -> dict[str, str]:
    """What may be said by language, until ``back``."""
    at = f"{back.astimezone(stage.zone):%H:%M}"
    return {lang: text.format(back=at) for lang, text in content("major")[kind]["statement"][number].items()}


def as_said(at: datetime) -> datetime:
    """The next full quarter of an hour: nobody promises to be back "about 22:34"."""
    return at + (datetime.min.replace(tzinfo=at.tzinfo) - at) % QUARTER


def runs(stage: Stage, made: Case) -> Story:
    """Taken by the hotline, worked on by the network, spoken for by a colleague; two words so far, news is due soon."""
    _call(stage, made, unassigned=True)
    speaker, technician = stage.setting.seats["luc"], stage.setting.seats["ines"]
    yield stage.soon(2, 3)
    tickets.take(technician, [made.id])
    back = as_said(stage.now + timedelta(minutes=10))
    id = major.declare_major(
        technician, made.id, title=content("major")["running"]["title"], began_at=made.started,
        texts=texts(stage, "running", 0, back), valid_until=back, communicator_id=speaker.agent.id,
        next_update_at=stage.clock.now + timedelta(minutes=25),
    )
    yield stage.now - timedelta(minutes=22)
    back = as_said(stage.now + timedelta(hours=2))
    major.say_statement(speaker, id, texts(stage, "running", 1, back), back, stage.now + timedelta(minutes=30))
    yield stage.now - timedelta(minutes=5)
    major.steer_major(speaker, id, {"next_update_at": stage.now + timedelta(minutes=18)})


def joins(stage: Stage, made: Case, onto: Case) -> Story:
    """A caller hears the sentence and joins."""
    _call(stage, made, _major_of(stage, onto))
    yield from ()


def hangs_later(stage: Stage, made: Case, onto: Case) -> Story:
    """Taken before anybody knew; hung on it later, its caller still to be told or told by mail."""
    _call(stage, made)
    yield stage.now - timedelta(minutes=20)
    id = _major_of(stage, onto)
    if id is not None:
        major.hang_on(made.agent, made.id, id)
        if made.agent is not stage.setting.first:
            yield stage.now - timedelta(minutes=17)
            major.tell(made.agent, made.id, how=Channel.MAIL)


def over(stage: Stage) -> Story:
    """The VPN refused to connect: four callers, solved after an hour; one of them had another matter."""
    marc, luc = stage.setting.seats["marc"], stage.setting.seats["luc"]
    agent = stage.setting.seats["mehdi"]
    first, second, third, fourth = (_vpn(stage, agent) for _ in range(OVER_TICKETS))
    told = content("major")["over"]
    _call(stage, first)
    yield stage.soon(4, 6)
    _call(stage, second)
    yield stage.soon(3, 5)
    until = stage.clock.now + timedelta(hours=1)
    id = major.declare_major(
        marc, first.id, title=told["title"], began_at=first.started, texts=texts(stage, "over", 0, until),
        valid_until=until, communicator_id=luc.agent.id, cases=[second.id],
    )
    for joining in (third, fourth):
        yield stage.soon(4, 9)
        joining.started = stage.clock.now - timedelta(minutes=2)
        _call(stage, joining, id)
    major.tell(luc, second.id, how=Channel.PHONE)
    yield stage.soon(25, 30)
    major_end.end_major(marc, id, told["solution"], {
        third.id: major_end.Answer(Channel.PHONE, still_broken=False)})
    yield stage.soon(4, 8)
    major_end.tell_the_end(luc, {
        second.id: major_end.Answer(Channel.MAIL, still_broken=False),
        fourth.id: major_end.Answer(Channel.PHONE, still_broken=True),
    })
    announced = stage.clock.now + timedelta(hours=8)
    note_outage(marc, first.id, announced, announced + timedelta(minutes=40), kind=OutageKind.MAINTENANCE,
                reason=told["maintenance"])
    yield stage.soon(40, 90)
    tickets.solve(agent, [fourth.id], stage.fix(fourth), told=True)


def over_since(stage: Stage) -> datetime:
    """When the one that is over began."""
    at = stage.now - OVER
    while not curve.is_open(at, stage.zone):
        at -= timedelta(minutes=47)
    return at


def _vpn(stage: Stage, agent: Seat) -> Case:
    subject = next(each for each in subjects() if each.slug == "vpn-drops")
    return stage.case(stage.caller("fr", key_account=False), stage.clock.now - timedelta(minutes=3), agent=agent,
                      subject=subject)


def _major_of(stage: Stage, case: Case) -> UUID | None:
    found = stage.conn.execute("SELECT id FROM major_incident WHERE ticket_id = ?", (case.id.bytes,)).fetchone()
    return None if found is None else UUID(bytes=found[0])


def _call(stage: Stage, case: Case, major_id: UUID | None = None, *, unassigned: bool = False) -> None:
    calls.take_call(case.agent, calls.Call(ticket=stage.ticket(case), contact=stage.contact(case), id=case.id,
                                           contact_id=case.contact_id, major_id=major_id, unassigned=unassigned))
