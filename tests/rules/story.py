"""A ticket told in wall times of Friday, 6 March 2026, in Zurich: what befell it, and what is agreed about it."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any
from uuid import UUID, uuid5

from supportdesk.rules import agreements
from supportdesk.rules.agreements import Target
from supportdesk.rules.calendars import ALWAYS, CalendarTime, calendar_time
from supportdesk.rules.clocks import Clock
from supportdesk.rules.ledger import Change, Contact, Note, ledger, words
from supportdesk.rules.promises import Case, Handoff, Promise, broken, promises
from supportdesk.terms.codes import ContractKind, Coverage, Priority, PromiseKind, Status
from tests.rules.test_business_time import OFFICE, us

_SPACE = UUID("0f6d9c0a-4e0f-5b8f-9a8e-3d1f5d2b6a10")
HOUR = 3_600
DAY = "2026-03-06"


def at(wall: str) -> int:
    """``09:30`` of the day, or an instant written whole."""
    return us(wall if "T" in wall else f"{DAY}T{wall}")


def name(text: str) -> UUID:
    return uuid5(_SPACE, text)


@dataclass(frozen=True)
class Named:
    """Something with a short name, from which the rest follows."""

    slug: str

    @property
    def id(self) -> UUID:
        return name(self.slug)

    @property
    def name(self) -> str:
        return self.slug.title()


@dataclass(frozen=True)
class Agreed(Named):
    """A contract of the tests."""

    versions: tuple[agreements.Terms, ...]
    kind: ContractKind = ContractKind.CUSTOMER
    team_id: UUID | None = None
    until: int | None = None

    def is_valid(self, at: int) -> bool:
        return self.until is None or at < self.until


@dataclass(frozen=True)
class Hours(Named):
    """A calendar of the tests."""

    time: CalendarTime | None


OFFICE_HOURS = Hours("office", calendar_time([(None, {"zone": "Europe/Zurich", "weekly": OFFICE})]))


@dataclass(frozen=True)
class Shelf:
    """A book of what is agreed."""

    agreed: tuple[Agreed, ...] = ()
    calendars: tuple[Hours, ...] = (OFFICE_HOURS,)
    standard: Agreed | None = None

    @property
    def contracts(self) -> dict[UUID, Agreed]:
        return {contract.id: contract for contract in self.agreed}

    def calendar(self, id: str | UUID | None) -> Hours | None:
        return next((each for each in self.calendars if str(each.id) == str(id)), None)

    def default(self) -> Agreed | None:
        return self.standard


def terms(since: int = ALWAYS, calendar: str | None = "office", stops: frozenset[Status] | None = None,
          attempts: bool = False, **hours: float | dict[Priority, float]) -> agreements.Terms:
    """What is promised, in hours by kind, for every priority or for some."""
    targets = {
        priority: Target(MappingProxyType({
            PromiseKind(kind): int((amount[priority] if isinstance(amount, dict) else amount) * HOUR)
            for kind, amount in hours.items() if not isinstance(amount, dict) or priority in amount
        })) for priority in Priority
    }
    return agreements.Terms(
        since, None if calendar is None else str(name(calendar)), MappingProxyType(targets),
        agreements.STOPPED_BY_DEFAULT if stops is None else stops, attempts)


GOLD = Agreed("gold", (terms(answer=1, update=2, solution=4, on_site=3),))


@dataclass
class Ticket:
    """One ticket as it goes: each call adds an entry and moves its row on."""

    made: str = "09:00"
    contract: Agreed | None = GOLD
    priority: str = "P2"
    book: Shelf = field(default_factory=lambda: Shelf((GOLD,)))
    contacts: list[Contact] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    handoffs: list[Handoff] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    row: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.row = dict.fromkeys(("wait_until", "callback_at", "solved_at", "merged_into_id"))
        self.row |= {"created_at": at(self.made), "status": "new", "priority": self.priority,
                     "coverage": Coverage.CONTRACT if self.contract else None,
                     "contract_id": self.contract.id if self.contract else None}
        fields = {k: (None, v) for k, v in self.row.items() if k not in ("created_at", "merged_into_id")}
        self.changes.append(Change(at(self.made), (0,), True, fields))

    def set(self, wall: str, **fields: Any) -> Ticket:
        self.changes.append(Change(at(wall), (len(self.changes),), False,
                                   {k: (self.row[k], v) for k, v in fields.items()}))
        self.row |= fields
        return self

    def wait(self, wall: str, status: Status = Status.WAITING_CALLER, until: str | None = None) -> Ticket:
        return self.set(wall, status=status.value, wait_until=None if until is None else at(until))

    def go_on(self, wall: str) -> Ticket:
        return self.set(wall, status="in_progress", wait_until=None, solved_at=None)

    def solve(self, wall: str) -> Ticket:
        return self.set(wall, status="solved", solved_at=at(wall), callback_at=None)

    def close(self, wall: str) -> Ticket:
        return self.set(wall, status="closed", callback_at=None)

    def tell(self, wall: str) -> Ticket:
        self.notes.append(Note(at(wall)))
        return self

    def contact(self, wall: str, channel: str = "phone", direction: str = "in", outcome: str = "existing_ticket",
                answered: str | None = None, by_agent: bool = True, joined: str | None = None) -> Ticket:
        self.contacts.append(Contact(direction, channel, outcome, at(wall), answered and at(answered), by_agent,
                                     joined and at(joined)))
        return self

    def case(self, now: str) -> Case:
        of = ledger(self.row, self.changes, self.contacts, at(now))
        return Case(of, words(of, self.contacts, self.notes, at(now)), tuple(self.handoffs))

    def promises(self, now: str) -> tuple[Promise, ...]:
        return promises(self.case(now), self.book, at(now))

    def promise(self, kind: str, now: str) -> Promise:
        return next(promise for promise in self.promises(now) if promise.kind == kind and promise.team is None)

    def clock(self, kind: str, now: str) -> Clock:
        return self.promise(kind, now).clock

    def stands(self, kind: str, now: str) -> tuple[str, str | None]:
        """State and due time, as a wall time of the day or of another one."""
        clock = self.clock(kind, now)
        return clock.state.value, None if clock.due is None else wall(clock.due)

    def broken(self, now: str) -> list[tuple[str, str]]:
        found = broken(self.case(now), self.book, at(now))
        return [(promise.kind.value, wall(promise.clock.due or 0)) for promise in found]


def wall(instant: int) -> str:
    """An instant as :func:`at` takes it."""
    from datetime import UTC, datetime, timedelta
    from zoneinfo import ZoneInfo

    local = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=instant)).astimezone(ZoneInfo("Europe/Zurich"))
    text = f"{local:%H:%M:%S}" if local.second else f"{local:%H:%M}"
    return text if f"{local:%Y-%m-%d}" == DAY else f"{local:%Y-%m-%d}T{text}"
