"""What is agreed, who is there for it, and major incidents (a part of the random sites, machine.py): sites bring in
calendars and contracts and change them at once, put tickets under them, settle callbacks, explain what was missed, come
and go, and speak for one major incident. In the end every site has the same order of what is due."""

import sqlite3
from contextlib import closing
from datetime import timedelta
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import rule

from supportdesk.desk import admin, agreeing, breaches, calls, entitlement, major, major_end, outages, shifts, tickets
from supportdesk.desk.major_end import Answer
from supportdesk.desk.shift_page import Decision, What
from supportdesk.store import derive, urgency
from supportdesk.store.adopt import starter_id
from supportdesk.store.types import micros
from supportdesk.terms.codes import Channel, Outcome
from tests.agreements.files import DEFAULT, GENEVA, STANDARDS
from tests.sync import stand
from tests.sync.machine import PICK, SITE, Sites

MINUTES = st.sampled_from([5, 10, 20])


class Agreeing(Sites):
    """The same sites; Ben may set the desk up beside Ana."""

    @rule()
    def ben_becomes_an_admin(self) -> None:
        self.say(0, lambda desk: admin.save(desk, "agent", {"roles": ("agent", "admin")}, starter_id("agent", "ben")))

    @rule(site=SITE, minutes=MINUTES)
    def agreements_are_brought_in(self, site: int, minutes: int) -> None:
        """One slug, from another time on each time: of two versions of one day that two sites write one stands."""
        text = GENEVA + DEFAULT.replace('"4 h"', f'"{minutes} min"') + STANDARDS.replace('"15 min"', f'"{minutes} min"')
        self.say(site, lambda desk: agreeing.bring_in(desk, text))

    @rule(site=SITE, minutes=MINUTES, days=st.integers(1, 3))
    def agreements_change(self, site: int, minutes: int, days: int) -> None:
        """From a day to come on: what is past stays."""
        day = (self.clock.now + timedelta(days=days)).date()
        later = f'[[contract.version]]\nfrom = {day}\ncalendar = "office"\ntargets.P3.answer = "{minutes} min"\n'
        hours = GENEVA[GENEVA.index("[[calendar.version]]"):].replace('"08:00"', f'"08:{minutes:02}"')
        changed = hours.replace("[[calendar.version]]\n", f"[[calendar.version]]\nfrom = {day}\n")
        self.say(site, lambda desk: agreeing.bring_in(desk, GENEVA + changed + DEFAULT + later + STANDARDS))

    @rule(site=SITE, at=PICK, contract=PICK, goodwill=st.booleans())
    def a_contract_is_chosen(self, site: int, at: int, contract: int, goodwill: bool) -> None:
        chosen = None if goodwill else self.pick(site, "contract", contract)
        self.on_ticket(site, at, lambda desk, t: entitlement.choose_contract(
            desk, t, chosen, goodwill=None if chosen else self.text()))

    @rule(site=SITE, at=PICK, outcome=st.sampled_from([Outcome.INFORMATION, Outcome.NOT_REACHED, Outcome.LATER]))
    def a_callback_is_settled(self, site: int, at: int, outcome: Outcome) -> None:
        self.on_ticket(site, at, lambda desk, t: calls.settle_callback(
            desk, t, outcome, note=self.text(), later=self.clock.now + timedelta(hours=2)))

    @rule(site=SITE, at=PICK)
    def a_breach_is_explained(self, site: int, at: int) -> None:
        breach = self.pick(site, "breach", at)
        if breach is not None:
            self.say(site, lambda desk: breaches.explain_breach(desk, breach, self.text()))

    @rule(site=SITE, what=st.sampled_from(["start", "break", "back", *What]))
    def a_shift(self, site: int, what: str) -> None:
        say = {"start": shifts.start_shift, "break": shifts.take_break, "back": shifts.end_break}.get(what)
        rest = Decision(What(what), at=self.clock.now + timedelta(days=1), message=self.text()) if say is None else None
        self.say(site, say or (lambda desk: shifts.end_shift(desk, {}, rest)))

    # what it is needed by, and the matrix

    @rule(site=SITE, at=PICK, hours=st.sampled_from([None, 1, 5, 30]))
    def it_is_needed_by(self, site: int, at: int, hours: int | None) -> None:
        when = None if hours is None else self.clock.now + timedelta(hours=hours)
        self.on_ticket(site, at, lambda desk, t: tickets.prioritise(
            desk, t, needed_by=when, needed_for=self.text(), needs_no_time=when is None))

    @rule(site=SITE, priority=st.sampled_from(["P1", "P2"]), days=st.integers(0, 2))
    def the_matrix_changes(self, site: int, priority: str, days: int) -> None:
        """From a day on: what is past stays."""
        day, row = (self.clock.now + timedelta(days=days)).date(), f'["{priority}", "P2", "P3", "P4"]'
        text = f"[[matrix]]\n[[matrix.version]]\nfrom = {day}\ncells = [{', '.join([row] * 4)}]\n"
        self.say(site, lambda desk: agreeing.bring_in(desk, text, matrix=True))

    # major incidents

    @rule(site=SITE, at=PICK)
    def a_major_incident_is_declared(self, site: int, at: int) -> None:
        self.on_ticket(site, at, lambda desk, t: major.declare_major(
            desk, t, title=self.text(), began_at=self.clock.now - timedelta(minutes=10), texts={"en": self.text()},
            valid_until=self.clock.now + timedelta(hours=1)))

    @rule(site=SITE, at=PICK, to=PICK, say=st.booleans())
    def a_major_incident_is_spoken_for(self, site: int, at: int, to: int, say: bool) -> None:
        """By another one, or by another sentence."""
        found, agent = self.pick(site, "major_incident", at), self.pick(site, "agent", to)
        if found is not None:
            self.say(site, lambda desk: major.say_statement(
                desk, found, {"fr": self.text()}, self.clock.now + timedelta(minutes=30)) if say
                else major.steer_major(desk, found, {"communicator_id": agent, "title": self.text()}))

    @rule(site=SITE, at=PICK, to=PICK, what=st.sampled_from(["hang", "hang and tell", "tell", "take off"]))
    def a_case_hangs_on(self, site: int, at: int, to: int, what: str) -> None:
        found = self.pick(site, "major_incident", to)
        if found is None:
            return
        self.on_ticket(site, at, lambda desk, t: {
            "hang": lambda: major.hang_on(desk, t, found),
            "hang and tell": lambda: major.hang_on(desk, t, found, how=Channel.PHONE, who=self.text()),
            "tell": lambda: major.tell(desk, t, how=Channel.PHONE),
            "take off": lambda: major.come_off(desk, t, self.text()),
        }[what]())

    @rule(site=SITE, at=PICK, product=PICK, over=st.booleans())
    def an_outage_is_noted(self, site: int, at: int, product: int, over: bool) -> None:
        began, named = self.clock.now - timedelta(hours=3), self.pick(site, "product", product)
        self.on_ticket(site, at, lambda desk, t: outages.note_outage(
            desk, t, began, self.clock.now if over else None, product_id=named, reason=self.text()))

    @rule(site=SITE, at=PICK, what=st.sampled_from(["end", "correct", "withdraw"]))
    def an_outage_is_corrected(self, site: int, at: int, what: str) -> None:
        found = self.pick(site, "outage", at)
        if found is not None:
            self.say(site, lambda desk: {
                "end": lambda: outages.end_outage(desk, found),
                "correct": lambda: outages.correct_outage(desk, found, {"reason": self.text()}),
                "withdraw": lambda: outages.withdraw_outage(desk, found),
            }[what]())

    @rule(site=SITE, at=PICK, broken=st.booleans())
    def a_major_incident_is_over(self, site: int, at: int, broken: bool) -> None:
        found = self.pick(site, "major_incident", at)
        if found is not None:
            self.say(site, lambda desk: major_end.end_major(desk, found, self.text(), {
                case: Answer(Channel.PHONE, still_broken=broken) for case in self._cases(site, found)}))

    def _cases(self, site: int, found: UUID) -> list[UUID]:
        return [UUID(bytes=raw) for (raw,) in self.at(site).desk.reader.execute(
            "SELECT DISTINCT l.from_id FROM link l JOIN major_incident m ON m.ticket_id = l.to_id "
            "WHERE m.id = ? AND l.retired_at IS NULL", (found.bytes,))]

    # in the end

    def check(self) -> None:
        super().check()
        for site in self.sites:
            self.goes_by_what_is_due(site)

    def goes_by_what_is_due(self, site: stand.Site) -> None:
        """The order the queue keeps is the one that follows from the facts, however they came."""
        site.desk.journal.settle()
        with closing(sqlite3.connect(site.path)) as conn:
            kept = {UUID(bytes=id): row for id, *row in conn.execute(
                "SELECT id, promise, due_point, due_at FROM ticket WHERE lane < 3")}
            found = urgency.derived(conn, sorted(kept), micros(self.clock.now))
            wakes = dict(conn.execute("SELECT id, wake_at FROM ticket").fetchall())
            derive.matrix_was_written(conn)
            assert dict(conn.execute("SELECT id, wake_at FROM ticket").fetchall()) == wakes
        for id, of in found.items():
            due = (None, None, urgency.NOTHING["due_at"]) if of is None else (str(of.kind), of.due_point, of.due)
            assert tuple(kept[id]) == due, (site.path, id)
