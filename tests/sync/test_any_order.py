"""Sites that work offline on the same things and exchange whenever they like over a bad line: in the end all hold the
same as the server, and no text anybody typed is gone (Hypothesis)."""

import json
import shutil
import sqlite3
import tempfile
from contextlib import closing, suppress
from pathlib import Path
from typing import Any, ClassVar
from uuid import UUID

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from supportdesk.desk import articles, calls, conflicts, handoffs, people, tickets
from supportdesk.desk.calls import Call
from supportdesk.store.views.conflicts import conflicts as open_conflicts
from supportdesk.store.views.people import agent_line
from supportdesk.sync.transport import ExchangeFailed
from supportdesk.terms.codes import LinkKind, Outcome, Status
from supportdesk.terms.errors import DeskError
from tests.journal import desks
from tests.journal.scenes import PACKET, SOON
from tests.sync import stand
from tests.sync.conftest import LOGINS
from tests.sync.test_exchange import proof_of_replay

NAMES = ("geneva", "lausanne", "basel")
SITE = st.sampled_from(range(len(NAMES)))
PICK = st.integers(0, 12)
TEXTS = {"ticket": ("title", "wish", "description"), "caller": ("name", "remarks")}


class Sites(RuleBasedStateMachine):
    prepared: ClassVar[dict[str, Path]]

    @initialize()
    def open(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="sites-"))
        self.server = stand.Server(self.folder / "server")
        clock = desks.Clock()
        self.sites = [
            stand.Site(path, LOGINS[name], self.server, clock)
            for name, path in stand.copies(self.prepared, self.folder, *NAMES)
        ]
        self.typed = 0
        stand.enrol(self.server, self.sites[0])
        self.open_ticket(0)
        self.exchange(0, 0, "request")

    def text(self) -> str:
        """Something nobody has typed before."""
        self.typed += 1
        return f"text {self.typed}."

    def say(self, site: int, do: Any) -> None:
        desk = self.sites[site].desk
        desk.__dict__.pop("who", None)
        desk.__dict__["agent"] = agent_line(desk.reader, self.sites[site].login)  # roles come and go with exchanges
        with suppress(DeskError):
            do(desk)

    def pick(self, site: int, entity: str, at: int) -> UUID | None:
        found = self.sites[site].desk.reader.execute(f"SELECT id FROM {entity} ORDER BY id").fetchall()
        return UUID(bytes=found[at % len(found)][0]) if found else None

    def on_ticket(self, site: int, at: int, do: Any) -> None:
        ticket = self.pick(site, "ticket", at)
        if ticket is not None:
            self.say(site, lambda desk: do(desk, ticket))

    # what they do

    @rule(site=SITE)
    def open_ticket(self, site: int) -> None:
        self.say(site, lambda desk: calls.take_call(desk, Call(
            ticket={"description": self.text(), "impact": 3, "urgency": 2}, new_caller={"name": self.text()},
            note=self.text())))

    @rule(site=SITE, at=PICK)
    def note(self, site: int, at: int) -> None:
        self.on_ticket(site, at, lambda desk, t: tickets.note(desk, t, self.text()))

    @rule(site=SITE, at=PICK, field=st.sampled_from(["title", "wish", "description"]))
    def edit(self, site: int, at: int, field: str) -> None:
        self.on_ticket(site, at, lambda desk, t: tickets.edit(desk, t, {field: self.text(), "tags": (f"t{at}", "vpn")}))

    @rule(site=SITE, at=PICK, verb=st.sampled_from(["take", "wait", "resume", "solve", "close", "cancel", "reopen"]))
    def work(self, site: int, at: int, verb: str) -> None:
        say = {
            "take": lambda desk, t: tickets.take(desk, [t]),
            "wait": lambda desk, t: tickets.wait(desk, [t], Status.WAITING_CALLER),
            "resume": lambda desk, t: tickets.resume(desk, [t]),
            "solve": lambda desk, t: tickets.solve(desk, [t], self.text()),
            "close": lambda desk, t: tickets.close(desk, [t], self.text()),
            "cancel": lambda desk, t: tickets.cancel(desk, [t], self.text()),
            "reopen": lambda desk, t: tickets.reopen(desk, [t], self.text()),
        }[verb]
        self.on_ticket(site, at, say)

    @rule(site=SITE, at=PICK, impact=st.integers(1, 4), urgency=st.integers(1, 4))
    def prioritise(self, site: int, at: int, impact: int, urgency: int) -> None:
        self.on_ticket(site, at, lambda desk, t: tickets.prioritise(
            desk, t, impact=impact, urgency=urgency, reason=self.text()))

    @rule(site=SITE, at=PICK)
    def promise_and_chase(self, site: int, at: int) -> None:
        self.on_ticket(site, at, lambda desk, t: tickets.promise_callback(desk, t, SOON, "021 555 01 00"))
        self.on_ticket(site, at, lambda desk, t: calls.log_contact(
            desk, Outcome.EXISTING_TICKET, {}, tickets=(t,), chaser=True, note=self.text()))

    @rule(site=SITE, at=PICK, other=PICK, merge=st.booleans())
    def link_or_merge(self, site: int, at: int, other: int, merge: bool) -> None:
        two = self.pick(site, "ticket", other)
        if two is not None:
            self.on_ticket(site, at, lambda desk, t: tickets.merge(desk, t, two) if merge
                           else tickets.link(desk, t, two, LinkKind.CHILD))

    @rule(site=SITE, at=PICK, to=PICK)
    def offer(self, site: int, at: int, to: int) -> None:
        team = self.pick(site, "team", to)
        if team is not None:
            self.on_ticket(site, at, lambda desk, t: handoffs.offer(desk, t, team, PACKET, "night"))

    @rule(site=SITE, at=PICK, answer=st.sampled_from([handoffs.accept, handoffs.withdraw]))
    def answer(self, site: int, at: int, answer: Any) -> None:
        offer = self.pick(site, "handoff", at)
        if offer is not None:
            self.say(site, lambda desk: answer(desk, offer))

    @rule(site=SITE, at=PICK, other=PICK)
    def callers(self, site: int, at: int, other: int) -> None:
        one, two = self.pick(site, "caller", at), self.pick(site, "caller", other)
        if one is not None and two is not None:
            self.say(site, lambda desk: people.save_caller(desk, {"remarks": self.text()}, one))
            self.say(site, lambda desk: people.merge_callers(desk, one, two))

    @rule(site=SITE)
    def article(self, site: int) -> None:
        ticket = self.pick(site, "ticket", 0)
        self.say(site, lambda desk: articles.use(desk, self.pick(site, "article", 3), ticket_id=ticket, steps=(1,)))

    @rule(site=SITE)
    def undo(self, site: int) -> None:
        """But not what set the desk up: nobody would work there any more."""
        last = self.sites[site].desk.reader.execute(
            "SELECT verb FROM entry e WHERE device = (SELECT id FROM device) AND undoes IS NULL "
            "AND state != 'rejected' AND NOT EXISTS (SELECT 1 FROM entry u WHERE u.undoes = e.action) "
            "ORDER BY pk DESC LIMIT 1").fetchone()
        if last != ("administer",):
            self.say(site, lambda desk: desk.journal.undo(desk.who))

    @rule(site=SITE, at=PICK, choice=st.sampled_from([conflicts.KEEP_MINE, conflicts.KEEP_THEIRS]))
    def settle(self, site: int, at: int, choice: str) -> None:
        found = open_conflicts(self.sites[site].desk.reader)
        if found:
            self.say(site, lambda desk: conflicts.resolve(desk, found[at % len(found)].id, choice))

    # and how they exchange

    @rule(site=SITE, lost=st.integers(0, 4), when=st.sampled_from(["request", "answer"]))
    def exchange(self, site: int, lost: int, when: str) -> None:
        """Request ``lost`` (0: none) or its answer does not arrive."""
        here = self.sites[site]
        if here.client.status() is None:
            stand.enrol(self.server, here)
        here.line.count = 0
        here.line.fails = lambda number, on: number == lost and on == when
        with suppress(ExchangeFailed):
            here.exchange()
        here.line.fails = lambda _number, _when: False

    def teardown(self) -> None:
        if not hasattr(self, "sites"):
            return
        try:
            self.come_to_rest()
        finally:
            for site in self.sites:
                site.close()
            self.server.close()
            shutil.rmtree(self.folder)

    def come_to_rest(self) -> None:
        for site in self.sites:
            if site.client.status() is None:
                stand.enrol(self.server, site)
        for _round in range(2):
            for site in self.sites:
                assert site.exchange().mended == 0
        for site in self.sites:
            with closing(sqlite3.connect(site.path)) as conn:
                assert conn.execute("SELECT count(*) FROM entry WHERE state IN ('local', 'pending')").fetchone() == (0,)
                self.no_text_is_gone(conn)
                refused = conn.execute("SELECT e.entity, e.kind, r.reason FROM refused r "
                                       "JOIN entry e ON e.id = r.entry").fetchall()
        self.equal(refused)
        proof_of_replay(self.folder, *self.sites)

    def equal(self, _refused: Any) -> None:
        documents = self.server.documents()
        for site in self.sites:
            assert stand.as_documents(site.path) == documents, site.path

    def no_text_is_gone(self, conn: sqlite3.Connection) -> None:
        """Every text the server took stands in its row or in a conflict, or was written over by somebody who had
        seen it, or by its own author."""
        said = conn.execute(
            "SELECT entity, entity_id, device, base, seq, fields FROM entry WHERE state = 'confirmed' "
            "AND kind IN ('create', 'set') AND entity IN ('ticket', 'caller', 'note') ORDER BY seq"
        ).fetchall()
        kept = {
            (row_id, field, json.loads(value))
            for row_id, field, *values in conn.execute("SELECT row_id, field, kept, offered FROM conflict")
            for value in values if value is not None
        }
        for entity, raw, device, _base, seq, text in said:
            for field, (_old, value) in json.loads(text).items():
                if field not in (*TEXTS.get(entity, ()), "text") or value is None:
                    continue
                stands = conn.execute(f"SELECT {field} FROM {entity} WHERE id = ?", (raw,)).fetchone()[0]
                assert (
                    stands == value or (str(UUID(bytes=raw)), field, value) in kept
                    or any(raw == other and field in json.loads(t) and later > seq and (who == device or base >= seq)
                           for _e, other, who, base, later, t in said)
                ), (entity, field, value, stands)


class Neighbours(Sites):
    """The same sites, but all exchange after each act: nobody ever writes without having seen what the others wrote."""

    @invariant()
    def nobody_disagrees(self) -> None:
        for _round in range(2):
            for number in range(len(self.sites)):
                self.exchange(number, 0, "request")
        for site in self.sites:
            assert site.desk.reader.execute("SELECT entity, field, kept, offered FROM conflict").fetchall() == []


def _run(prepared: dict[str, Path], examples: int, steps: int, machine: type[Sites] = Sites) -> None:
    Sites.prepared = prepared
    run_state_machine_as_test(machine, settings=settings(
        max_examples=examples, stateful_step_count=steps, deadline=None, database=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    ))


def test_sites_that_work_offline_end_equal_and_lose_no_word(prepared: dict[str, Path]) -> None:
    _run(prepared, examples=4, steps=20)


def test_sites_that_exchange_after_every_act_never_disagree(prepared: dict[str, Path]) -> None:
    _run(prepared, examples=2, steps=7, machine=Neighbours)


@pytest.mark.long
def test_sites_that_exchange_after_every_act_for_long(prepared: dict[str, Path]) -> None:
    _run(prepared, examples=100, steps=30, machine=Neighbours)


@pytest.mark.long
def test_sites_that_work_offline_for_long(prepared: dict[str, Path]) -> None:
    _run(prepared, examples=300, steps=60)
