"""The stage of the demo's stories: who is there, what hour it is, and what happens next.

A story is a generator that says verbs and yields the instant at which it goes on. The stage plays all of
them in the order of time; what would happen after "now" is not played, and that is what is open."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from heapq import heappop, heappush
from random import Random
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from supportdesk.desk import calls
from supportdesk.desk.demo import curve
from supportdesk.desk.demo.people import Caller, Device
from supportdesk.desk.demo.seat import Clock, Seat
from supportdesk.desk.demo.setting import Setting
from supportdesk.desk.demo.words import Slots, Subject, Words, subjects
from supportdesk.store.adopt import starter_id
from supportdesk.store.types import uuid7
from supportdesk.terms.codes import CheckResult

Story = Iterator[datetime]
_HOTLINE = {"fr": "hotline-geneve", "de": "hotline-frankfurt", "en": "hotline-london"}
_METHODS = ("callback", "employee_number", "employee_number", "shared_word", "manager")
TEACHES = "claire"
"""The trainee: takes calls and solves what is known, does nothing else."""


@dataclass(slots=True)
class Case:
    """One matter of one caller, and the agent who heard it first."""

    caller: Caller
    subject: Subject
    agent: Seat
    started: datetime
    slots: Slots
    impact: int
    urgency: int
    device: Device | None
    id: UUID = field(default_factory=uuid7)
    contact_id: UUID = field(default_factory=uuid7)


class Stage:
    """Everything one build knows."""

    def __init__(self, setting: Setting, clock: Clock, random: Random, now: datetime,
                 articles: dict[UUID, int]) -> None:
        self.setting = setting
        self.clock = clock
        self.random = random
        self.now = now
        self.conn = setting.first.journal.conn
        self.words = Words(random)
        self.zone = ZoneInfo(setting.first.agent.zone)
        self.articles = articles
        self.callers = setting.callers
        self._weights = [3 if caller.customer.key_account else 1 for caller in self.callers]
        self._subjects = subjects(), [subject.weight for subject in subjects()]
        self._waiting: list[tuple[datetime, int, Story]] = []
        self._count = 0
        self.cases: dict[UUID, Case] = {}
        self.today: set[UUID] = set()

    # the order of time

    def enter(self, at: datetime, story: Story) -> None:
        """Let a story begin at ``at``."""
        heappush(self._waiting, (at, self._count, story))
        self._count += 1

    def play(self, on_step: Callable[[], None] | None = None) -> None:
        """Play every story up to now."""
        while self._waiting and self._waiting[0][0] <= self.now:
            at, _order, story = heappop(self._waiting)
            self.clock.now = at
            going_on = next(story, None)
            if going_on is not None:
                self.enter(going_on, story)
            if on_step is not None:
                on_step()

    def after(self, least: float, most: float) -> datetime:
        """An instant some minutes from now, while people work."""
        return curve.at_work(self.soon(least, most), self.random, self.zone)

    def soon(self, least: float, most: float) -> datetime:
        """An instant some minutes from now, whatever the hour."""
        return self.clock.now + timedelta(seconds=round(60 * self.random.uniform(least, most)))

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    # who

    def caller(self, lang: str | None = None, key_account: bool | None = None) -> Caller:
        """Somebody who calls; key accounts call more often."""
        while True:
            found = self.random.choices(self.callers, self._weights)[0]
            if lang in (None, found.lang) and key_account in (None, found.customer.key_account):
                return found

    def hotline(self, lang: str, at: datetime) -> Seat:
        """Who answers a call: the first line of the language, the outsourcer out of hours."""
        team = _HOTLINE[lang] if curve.is_open(at, self.zone) else "evening"
        return self.random.choice(self.setting.members[team])

    def colleague(self, agent: Seat) -> Seat:
        """Somebody of the same team who may do everything; the agent himself if there is nobody else."""
        team = [seat for seat in self.setting.members[agent.agent.team_slug or ""]
                if seat is not agent and seat.agent.login != TEACHES]
        return self.random.choice(team) if team else agent

    def member(self, team: str) -> Seat:
        return self.random.choice(self.setting.members[team])

    # what

    def case(self, caller: Caller, started: datetime, *, agent: Seat | None = None,
             subject: Subject | None = None) -> Case:
        """A matter of a caller, as it falls on the desk."""
        random = self.random
        subject = subject or random.choices(*self._subjects)[0]
        devices = [d for d in caller.customer.devices if d.kind == subject.asset] if subject.asset != "pc" else []
        device = caller.pc if subject.asset == "pc" else random.choice(devices) if devices else None
        others = caller.customer.callers
        slots = self.words.slots(caller.lang, name=random.choice(others).name, org=caller.customer.name)
        slots["room"] = device.room if device else self.words.drawn("room", caller.lang)
        slots["count"] = self.words.drawn("count", caller.lang)
        if device is not None:
            slots["host"] = device.host
        impact, urgency = subject.impact, subject.urgency
        if random.random() < 0.12:
            impact = max(2, impact - 1)
        if random.random() < 0.25:
            urgency = min(4, max(2, urgency + random.choice((-1, 1))))
        agent = agent or self.hotline(caller.lang, started)
        case = Case(caller, subject, agent, started, slots, impact, urgency, device)
        self.cases[case.id] = case
        return case

    def ticket(self, case: Case, *, mail: bool = False) -> dict[str, Any]:
        """Fields of TicketInput for a case."""
        words, lang, slug = self.words, case.caller.lang, case.subject.slug
        component = case.subject.component
        matter = words.matter(lang, slug)
        given: dict[str, Any] = {
            "type": case.subject.type, "caller_id": case.caller.id, "caller_number": case.caller.number,
            "component_id": self.setting.components[component],
            "product_id": self.setting.products[component.partition(" > ")[0]], "language": lang,
            "title": words.title(lang, slug, case.slots, case.impact, matter),
            "description": words.description(lang, slug, case.slots, matter, urgency=case.urgency, mail=mail),
            "impact": case.impact, "urgency": case.urgency,
        }
        if case.device is not None:
            given["asset_id"] = case.device.id
        if self.chance(0.1):
            given["wish"] = words.say(lang, "wishes")
        if self.chance(0.04):
            given["affected_id"] = self.random.choice(case.caller.customer.callers).id
        if case.caller.customer.key_account and case.urgency == 1 and self.chance(0.3):
            given["tags"] = ("key-account",)
        return given

    def contact(self, case: Case) -> dict[str, Any]:
        """Fields of ContactInput for the call that brought a case; it ended a little before now."""
        random, now = self.random, self.clock.now
        answered = case.started + timedelta(seconds=random.choice((4, 6, 9, 12, 18, 25, 40, 75)))
        ended = max(answered, now - timedelta(seconds=random.choice((0, 15, 30, 60, 90))))
        given: dict[str, Any] = {
            "number_given": case.caller.number, "caller_id": case.caller.id, "language": case.caller.lang,
            "started_at": case.started, "answered_at": answered, "ended_at": ended, "wrapped_at": now,
        }
        if ended - answered > timedelta(minutes=4) and self.chance(0.15):
            hold = answered + timedelta(seconds=random.randrange(60, 150))
            given["holds"] = ((hold, hold + timedelta(seconds=random.randrange(10, 80))),)
        return given

    def checks(self, case: Case, *, result: CheckResult | None = None) -> tuple[calls.Check, ...]:
        """The identity check a case asks for; mostly passed."""
        matter = self.setting.matters.get(case.subject.component)
        if matter is None:
            return ()
        result = result or self.random.choices(
            (CheckResult.PASSED, CheckResult.FAILED, CheckResult.SKIPPED), (90, 4, 6))[0]
        skipped = result is CheckResult.SKIPPED
        return (calls.Check(matter, None if skipped else self.random.choice(_METHODS), result,
                            self.words.say(case.caller.lang, "skipped") if skipped else None),)

    def article(self, case: Case) -> UUID | None:
        """The article of a case in its caller's language, if the desk has it."""
        id = starter_id("article", f"{case.subject.slug}/{case.caller.lang}")
        return id if id in self.articles else None

    def used(self, case: Case, *, helped: bool | None) -> tuple[calls.Used, ...]:
        """The article used on a call, steps ticked as far as one got."""
        id = self.article(case)
        if id is None or not self.chance(0.75):
            return ()
        steps = self.articles[id]
        upto = steps if helped is None else self.random.randint(2 if helped else 1, steps)
        return (calls.Used(id, tuple(range(1, upto + 1)), helped if self.chance(0.8) else None),)

    def second_level(self, case: Case) -> str:
        """The team a case goes to when the first line cannot solve it; now and then the field service."""
        team = self.setting.second_level[case.subject.component.partition(" > ")[0]]
        if team == "workplace" and case.subject.asset in ("printer", "dock") and self.chance(0.4):
            return "field"
        return team

    def offer(self, case: Case, team: str, *, promised: str | None = None) -> calls.Offer:
        return calls.Offer(self.setting.teams[team],
                           self.words.packet(case.caller.lang, case.subject.slug, case.slots, promised=promised))

    def solved_before(self, limit_us: int) -> list[UUID]:
        """Tickets solved before an instant and not closed yet; at most 100."""
        found = self.conn.execute(
            "SELECT id FROM ticket WHERE status = 'solved' AND solved_at < ? ORDER BY pk LIMIT 100", (limit_us,)
        )
        return [UUID(bytes=id) for (id,) in found.fetchall()]

    def people_of(self, case: Case) -> tuple[UUID, UUID]:
        """Caller and organisation of a case's ticket as they stand."""
        caller, organisation = self.conn.execute(
            "SELECT caller_id, organisation_id FROM ticket WHERE id = ?", (case.id.bytes,)
        ).fetchone()
        return UUID(bytes=caller), UUID(bytes=organisation)

    def keywords_of(self, article: UUID) -> tuple[str, ...]:
        """The keywords an article has now."""
        found = self.conn.execute("SELECT keywords FROM article WHERE id = ?", (article.bytes,)).fetchone()
        return tuple(json.loads(found[0] or "[]"))

    def callback_of(self, case: Case) -> int | None:
        """The callback promised on a case's ticket as it stands, microseconds UTC."""
        found = self.conn.execute(
            "SELECT callback_at FROM ticket WHERE id = ?", (case.id.bytes,)
        ).fetchone()
        return None if found is None else found[0]

    def is_solved(self, case: Case) -> bool:
        """Whether a solution is known, told or not."""
        return self.conn.execute(
            "SELECT 1 FROM ticket WHERE id = ? AND (solution IS NOT NULL OR lane = 3)", (case.id.bytes,)
        ).fetchone() is not None

    def fix(self, case: Case) -> str:
        return self.words.of(case.caller.lang, case.subject.slug, "fix", case.slots)

    def say(self, case: Case, kind: str) -> str:
        return self.words.say(case.caller.lang, kind, case.slots)
