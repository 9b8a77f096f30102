"""Random lives of tickets, lived by the verbs on a real desk; what the promises showed on the way is kept."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any, NamedTuple
from uuid import UUID

from supportdesk.cli.promise_shapes import promise_lines
from supportdesk.cli.shapes import ticket_line
from supportdesk.desk import calls, entitlement, handoffs, tickets
from supportdesk.desk.alone import settle_agreed
from supportdesk.desk.calls import Call
from supportdesk.desk.desk import Desk
from supportdesk.desk.promised import Promised, promised_of
from supportdesk.desk.promises import promises_of
from supportdesk.places import os_login
from supportdesk.rules.hours import DAYS
from supportdesk.rules.promises import Promise
from supportdesk.store.types import micros, uuid7
from supportdesk.store.views import queue
from supportdesk.store.views.people import AgentLine
from supportdesk.store.views.queue import View
from supportdesk.store.views.ticket import handoffs_of
from supportdesk.terms.codes import Audience, Outcome, Priority, Status
from supportdesk.terms.errors import DeskError
from tests.journal import desks

OFFICE = {day: [["08:00", "12:00"], ["13:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
Shown = Mapping[UUID, tuple[Promise, ...]]


class Screen(NamedTuple):
    """What a screen shows at an instant: the queue of all open tickets in its order with what counts of each, every
    ticket as ``ticket list --json`` tells it, what its page says of promises, and the clocks all this is made of."""

    promises: Shown
    order: tuple[UUID, ...]
    counting: Mapping[UUID, Any]
    rows: Mapping[UUID, Mapping[str, Any]]
    pages: Mapping[UUID, Promised]


def screen(conn: sqlite3.Connection, ids: Sequence[UUID], me: AgentLine, now: int) -> Screen:
    """The screen of a console on this file at ``now`` (microseconds UTC)."""
    promises = promises_of(conn, ids, now)
    pks = [pk for (pk,) in conn.execute("SELECT pk FROM ticket").fetchall()]
    lines = {line.pk: line for line in queue.page(conn, pks)}
    order = tuple(lines[pk].id for pk in queue.snapshot(conn, View.ALL, me, now).pks)
    counting = {line.id: line.promised and (line.promised.kind, line.promised.of.time, line.promised.of.target,
                                            line.promised.due_point, line.promised.share_left(now), line.weight)
                for line in lines.values()}
    rows = {line.id: ticket_line(line, now, promise_lines(promises.get(line.id, ()))) for line in lines.values()}
    return Screen(promises, order, counting, rows, promised_of(conn, ids, now))


BEGINNINGS = (desks.NOW, datetime(2026, 3, 28, 13, tzinfo=UTC), datetime(2026, 10, 24, 13, tzinfo=UTC))
"""A Monday, and the afternoons before clocks go forward and back."""


class Clock:
    """Stands still until it is moved."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


class Lives:
    """A desk with contracts, and tickets that befall what may befall tickets."""

    def __init__(self, path: Path, seed: int) -> None:
        self.random = Random(seed)
        self.clock = Clock(BEGINNINGS[seed % len(BEGINNINGS)])
        desks.make(path)
        self.path = path
        self.ana: Desk = desks.console(path, "ana", self.clock)
        self.all: list[UUID] = []
        self.handed_over: list[UUID] = []
        self.contracts = self._agree()

    def close(self) -> None:
        self.ana.close()

    def _agree(self) -> list[UUID]:
        """Three contracts with a customer, one with a version to come, and what the network team and a vendor
        promise."""
        self.calendar, nights, self.vendor = uuid7(), uuid7(), uuid7()
        calendar, week = self.calendar, micros(self.clock.now + timedelta(days=2))
        holidays = [{"on": str((self.clock.now + timedelta(days=days)).date()), "name": "Gallus"} for days in (0, 2, 3)]
        targets = {priority: {"answer": 1_800 * place, "update": 7_200 * place, "solution": 14_400 * place,
                              "on_site": 10_800 * place} for place, priority in enumerate(Priority, 1)}
        made = []
        with self.ana.journal.action("administer", self.ana.who) as act:
            act.create("agent", {"login": os_login(), "name": "Whoever runs this", "site_id": desks.SITE,
                                 "teams": (desks.TEAM,), "roles": ("admin",), "languages": ("en",)})
            act.create("team", {"slug": "vendor", "name": "Vendor", "level": 3, "employer": "vendor"}, self.vendor)
            act.create("calendar", {"slug": "nights", "name": "Nights", "versions": [{
                "zone": "Europe/Zurich", "weekly": {day: [["20:00", "06:00"]] for day in DAYS}}]}, nights)
            act.create("calendar", {"slug": "office", "name": "Office", "versions": [
                {"zone": "Europe/Zurich", "weekly": OFFICE, "holidays": holidays[1:]},
                {"since": week, "zone": "Europe/Zurich", "weekly": {**OFFICE, "sat": [["22:00", "04:00"]]},
                 "holidays": holidays}]}, calendar)
            for slug, kind, team, versions in (
                ("gold", "customer", None, [{"calendar": str(calendar), "targets": targets},
                                            {"since": week, "calendar": str(calendar), "stops": ["waiting_until"],
                                             "targets": {"P1": targets["P3"], "P2": targets["P4"]}}]),
                ("silver", "customer", None, [{"targets": targets, "attempts": True,
                                               "stops": ["waiting_caller", "waiting_until"]}]),
                ("night", "customer", None, [{"calendar": str(nights), "targets": targets}]),
                ("ola", "team", desks.NETWORK, [{"calendar": str(calendar), "targets": targets}]),
                ("vendor", "vendor", self.vendor, [{"calendar": str(calendar), "targets": targets}]),
            ):
                made.append(act.create("contract", {"slug": slug, "name": slug.title(), "kind": kind, "team_id": team,
                                                    "versions": versions}))
        return made[:3]

    def live(self, steps: int) -> None:
        """So many things happen, seconds to hours apart."""
        with self.ana.journal.bulk():
            for _step in range(steps):
                self.clock.now += timedelta(seconds=self.random.choice((1, 30, 120, 1_200)))
                with suppress(DeskError):
                    self._step()
        settle_agreed(self.ana)

    def shown(self) -> Screen:
        """What the screen shows now."""
        return screen(self.ana.reader, self.all, self.ana.agent, micros(self.clock.now))

    def shown_elsewhere(self) -> Screen:
        """What the screen of another console shows now."""
        other = desks.console(self.path, "ben", self.clock)
        with closing(other):
            return screen(other.reader, self.all, other.agent, micros(self.clock.now))

    def _step(self) -> None:
        choose, ana = self.random, self.ana
        if not self.all or choose.random() < 0.25:
            self._begin()
            return
        id = choose.choice(self.all[-40:])
        what: Any = choose.choice((
            lambda: tickets.take(ana, [id]),
            lambda: tickets.wait(ana, [id], Status.WAITING_CALLER),
            lambda: tickets.wait(ana, [id], Status.WAITING_VENDOR),
            lambda: tickets.wait(ana, [id], Status.WAITING_UNTIL, until=self._later()),
            lambda: tickets.resume(ana, [id]),
            lambda: tickets.prioritise(ana, id, impact=choose.randint(1, 4), urgency=choose.randint(1, 4)),
            lambda: tickets.note(ana, id, "we are on it", choose.choice(tuple(Audience))),
            lambda: tickets.solve(ana, [id], "done"),
            lambda: tickets.close(ana, [id], "enough"),
            lambda: tickets.reopen(ana, [id]),
            lambda: tickets.promise_callback(ana, id, self._later()),
            lambda: calls.settle_callback(ana, id, choose.choice((Outcome.INFORMATION, Outcome.NOT_REACHED)),
                                          later=self._later()),
            lambda: calls.log_contact(ana, Outcome.EXISTING_TICKET, {}, tickets=[id]),
            lambda: calls.log_contact(ana, Outcome.VOICEMAIL_LEFT, {"direction": "out"}, tickets=[id]),
            lambda: entitlement.choose_contract(ana, id, choose.choice(self.contracts)),
            lambda: entitlement.choose_contract(ana, id, None, goodwill="an old friend"),
            lambda: self._hand_over(id),
            lambda: self._hand_over(choose.choice(self.handed_over[-5:] or [id])),
            lambda: self._hand_over(choose.choice(self.handed_over[-5:] or [id])),
            lambda: tickets.merge(ana, id, choose.choice(self.all[-40:])) if choose.random() < 0.2 else None,
            lambda: tickets.cancel(ana, [id], "by mistake") if choose.random() < 0.2 else None,
            lambda: ana.journal.undo(ana.who),
            lambda: self._change() if choose.random() < 0.3 else None,
        ))
        what()

    def _change(self) -> None:
        """Office hours and a contract are others from now on."""
        since = micros(self.clock.now)
        with self.ana.journal.action("administer", self.ana.who) as act:
            hours = {day: [[f"{self.random.randint(6, 10):02}:00", "16:30"]] for day in DAYS[:5]}
            act.set("calendar", self.calendar, {"versions": [
                *act.get("calendar", self.calendar)["versions"],
                {"since": since, "zone": "Europe/Zurich", "weekly": hours}]})
            contract = self.random.choice(self.contracts)
            kept = act.get("contract", contract)["versions"]
            act.set("contract", contract, {"versions": [*kept, {**self.random.choice(kept), "since": since}]})

    def _begin(self) -> None:
        ticket = {"title": "it stands still", "impact": self.random.randint(1, 4), "urgency": self.random.randint(1, 4)}
        if self.random.random() < 0.5:
            came = self.clock.now - timedelta(seconds=self.random.choice((0, 30, 40_000)))
            contact = {"channel": self.random.choice(("phone", "mail", "voicemail")), "started_at": came}
            self.all.append(calls.take_call(self.ana, Call(ticket=ticket, contact=contact, unassigned=True)).id)
        else:
            self.all.append(calls.open_ticket(self.ana, ticket).id)
        if self.random.random() < 0.7:
            entitlement.choose_contract(self.ana, self.all[-1], self.random.choice(self.contracts))

    def _hand_over(self, id: UUID) -> None:
        """The next step of a handoff of the ticket, whichever that is."""
        known = handoffs_of(self.ana.journal.conn, id)
        if known and known[0].state == "offered":
            answer = self.random.choice((handoffs.accept, handoffs.withdraw, lambda d, h: handoffs.return_(d, h, "no")))
            answer(self.ana, known[0].id)
        elif known and known[0].state == "accepted" and self.random.random() < 0.5:
            handoffs.return_(self.ana, known[0].id, "not ours")
        else:
            handoffs.offer(self.ana, id, self.random.choice((desks.NETWORK, self.vendor)), {}, "urgent")
            self.handed_over.append(id)

    def _later(self) -> datetime:
        return self.clock.now + timedelta(seconds=self.random.choice((600, 5_000, 100_000)))
