"""A desk whose calendars and contracts are changed again and again, at random, under tickets of every kind."""

from __future__ import annotations

import tomllib
from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

import tomli_w

from supportdesk.desk import admin, calls, handoffs, tickets
from supportdesk.desk.promises import promises_of
from supportdesk.rules.clocks import ClockState
from supportdesk.store.instants import micros
from supportdesk.terms.codes import Audience, Status
from tests.agreements.conftest import NOW, House
from tests.agreements.files import ALPINA, DEFAULT, GENEVA, STANDARDS

TEXT = GENEVA + (STANDARDS + ALPINA).replace('"office"', '"geneva"')
KONTUR = """
[[contract]]
slug = "kontur"
name = "Kontur"
organisation = "Kontur"

[[contract.version]]
calendar = "office"
stops = ["waiting_until"]
targets.P1 = { answer = "1 h", solution = "16 h", on_site = "5 h" }
targets.P3 = { update = "3 h", calendar = "geneva" }
"""
TEAM = """
[[contract]]
slug = "ola"
name = "Network"
kind = "team"
team = "network"

[[contract.version]]
calendar = "geneva"
targets.P1 = { answer = "20 min", solution = "3 h" }
targets.P2 = { answer = "2 h", solution = "9 h" }
"""
HEADS: list[dict[str, Any]] = [{name: value for name, value in each.items() if name != "version"}
                               for each in tomllib.loads(TEXT + DEFAULT + KONTUR + TEAM)["contract"]]
"""What is no version of each contract."""

Dues = dict[tuple[UUID, str, UUID | None], int | None]


class Agreeing:
    """A desk on which every kind of ticket stands under every kind of terms, and somebody who changes them."""

    def __init__(self, house: House, seed: int) -> None:
        self.house, self.random, self.now = house, Random(seed), NOW
        house.desk.clock = self.clock
        house.desk.journal.clock = self.clock
        self.network = admin.save(house.desk, "team", {"slug": "network", "name": "Network", "level": 2})
        house.bring_in(TEXT + DEFAULT + KONTUR + TEAM)
        self._make_tickets()

    def clock(self) -> datetime:
        return self.now

    def dues(self) -> Dues:
        """When everything that was promised on open tickets is due."""
        found = promises_of(self.house.desk.reader, self._ids("lane < 3"), micros(self.now))
        return {(id, promise.kind.value, promise.handoff): promise.clock.due
                for id, promises in found.items() for promise in promises}

    def kept(self) -> list[tuple[UUID, list[tuple[str, str, int | None]]]]:
        """How promises on closed tickets ended."""
        found = promises_of(self.house.desk.reader, self._ids("lane = 3"), micros(self.now))
        return [(id, [(promise.kind, promise.clock.state, promise.clock.ended) for promise in promises
                      if promise.clock.state is not ClockState.NONE]) for id, promises in found.items()]

    def tickets(self) -> list[UUID]:
        return self._ids("TRUE")

    def _ids(self, where: str) -> list[UUID]:
        return [UUID(bytes=id) for (id,) in self.house.desk.reader.execute(f"SELECT id FROM ticket WHERE {where}")]

    def change(self) -> str:
        """Up to two calendars and two contracts, each with a version from now on or one of the next days."""
        choose = self.random
        calendars = [{"slug": slug, "version": [self._dated(self._hours())]}
                     for slug in choose.sample(["geneva", "office"], choose.randint(0, 2))]
        contracts = [{**head, "version": [self._dated(self._terms())]}
                     for head in choose.sample(HEADS, choose.randint(0 if calendars else 1, 2))]
        return tomli_w.dumps({"calendar": calendars, "contract": contracts})

    def _dated(self, version: dict[str, Any]) -> dict[str, Any]:
        return {"from": self.now + timedelta(hours=self.random.choice((0, 0, 3, 20, 40, 200))), **version}

    def _hours(self) -> dict[str, Any]:
        choose = self.random
        if choose.random() < 0.3:  # over midnight, never on neighbouring days: what overlaps is refused
            days, opens, closes = ["mon", "wed", "fri"], choose.randint(14, 23), choose.randint(0, 9)
        else:
            days, opens = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"], choose.randint(0, 20)
            closes = choose.randint(opens + 1, 24)
        weekly = {day: [[f"{opens:02}:{choose.choice((0, 30)):02}", f"{closes:02}:00"]]
                  for day in choose.sample(days, choose.randint(1, len(days)))}
        dates = [(self.now + timedelta(days=ahead)).date() for ahead in range(12)]
        return {
            "zone": choose.choice(["Europe/Zurich", "Asia/Kathmandu", "America/St_Johns"]), "weekly": weekly,
            "holidays": choose.sample(dates, choose.randint(0, 3)),
            "breaks": {str(on): [["10:00", "10:45"]] for on in choose.sample(dates, choose.randint(0, 2))},
            "extra": {str(on): [["20:00", "23:30"]] for on in choose.sample(dates, choose.randint(0, 1))},
        }

    def _terms(self) -> dict[str, Any]:
        choose = self.random
        said: dict[str, Any] = {"targets": {
            priority: {kind: f"{choose.randint(1, 60)} {choose.choice(('min', 'h'))}"
                       for kind in choose.sample(["answer", "update", "solution", "on_site"], choose.randint(1, 3))}
            for priority in choose.sample(["P1", "P2", "P3", "P4", "P5"], choose.randint(1, 4))}}
        said["calendar"] = choose.choice(["geneva", "office", "always"])
        if choose.random() < 0.3:
            said["stops"] = choose.choice([[], ["waiting_caller"], ["waiting_caller", "waiting_until"]])
        if choose.random() < 0.3:
            said["weight"] = choose.randint(0, 50)
        return said

    def _make_tickets(self) -> None:
        desk, house = self.house.desk, self.house
        for organisation in (house.alpina, house.rheinhof, None):
            for impact, urgency in ((1, 1), (1, 2), (2, 3), (3, 3), (4, 4)):
                self.now += timedelta(minutes=self.random.randint(0, 500))
                id = calls.open_ticket(desk, {"title": "VPN", "organisation_id": organisation, "impact": impact,
                                              "urgency": urgency}).id
                match self.random.randint(0, 7):
                    case 0:
                        tickets.note(desk, id, "We are on it.", Audience.CALLER)
                    case 1:
                        tickets.wait(desk, [id], Status.WAITING_CALLER)
                    case 2:
                        tickets.wait(desk, [id], Status.WAITING_UNTIL, until=self.now + timedelta(hours=30))
                    case 3:
                        tickets.solve(desk, [id], "done")
                    case 4:
                        tickets.promise_callback(desk, id, self.now + timedelta(hours=5))
                    case 5:
                        handoffs.offer(desk, id, self.network, {}, "urgent")
