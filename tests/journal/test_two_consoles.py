"""Two consoles on one file, any verbs in any order: nothing is lost silently and the journal tells all (Hypothesis)."""

import shutil
import tempfile
from pathlib import Path
from typing import Any, ClassVar
from uuid import UUID

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from supportdesk.desk import admin, articles, attach, calls, handoffs, people, tickets, views
from supportdesk.desk.calls import Call, Check
from supportdesk.desk.desk import Desk
from supportdesk.store import rows
from supportdesk.store.staff import has_admin
from supportdesk.terms.codes import CheckResult, LinkKind, Outcome, Status
from supportdesk.terms.errors import Changed, DeskError, Invalid, NotUndoable
from supportdesk.terms.verbs import VERBS
from tests.journal import desks, proof
from tests.journal.desks import NOW
from tests.journal.scenes import PACKET, SOON

TITLES = st.sampled_from(["VPN", "Fax", "Écran", "vpn \x1b[2J", "x" * 300])
LOOKED_AT = ("title", "wish", "impact", "urgency", "priority", "tags", "language")
WHO = st.sampled_from(["ana", "ben"])
PICK = st.integers(0, 30)


class Consoles(RuleBasedStateMachine):
    """Ana and Ben at two consoles of one file; each remembers how the tickets stood when he last looked."""

    prepared: ClassVar[Path]

    @initialize()
    def open(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="consoles-"))
        db = desks.copy(self.prepared, self.folder / "desk.db")
        clock = desks.Clock()
        self.consoles = {login: desks.console(db, login, clock) for login in ("ana", "ben")}
        self.looked: dict[str, dict[UUID, dict[str, Any]]] = {"ana": {}, "ben": {}}
        self.db = db
        self.step(self.consoles["ana"], lambda desk: calls.open_ticket(desk, {"title": "first"}))
        self.look("ana")
        self.look("ben")

    def teardown(self) -> None:
        if hasattr(self, "db"):
            proof.assert_replay_is_equal(self.db, self.folder / "again.db")
            for desk in self.consoles.values():
                desk.close()
            shutil.rmtree(self.folder)

    # what they see and do

    def ids(self, entity: str) -> list[UUID]:
        reader = self.consoles["ana"].reader
        return [UUID(bytes=i) for (i,) in reader.execute(f"SELECT id FROM {entity} ORDER BY pk")]

    def pick(self, entity: str, at: int) -> UUID:
        found = self.ids(entity)
        return found[at % len(found)]

    def has(self, entity: str) -> bool:
        return bool(self.consoles["ana"].reader.execute(f"SELECT 1 FROM {entity} LIMIT 1").fetchone())

    def step(self, desk: Desk, say: Any) -> None:
        """A verb is said: done whole, or refused with nothing changed."""
        before, count = proof.rows(desk.reader), len(proof.actions(desk.reader))
        try:
            say(desk)
        except DeskError:
            assert proof.rows(desk.reader) == before
            assert len(proof.actions(desk.reader)) == count
        else:
            assert len(proof.actions(desk.reader)) <= count + 1

    @rule(who=WHO)
    def look(self, who: str) -> None:
        desk = self.consoles[who]
        for id in self.ids("ticket"):
            row = rows.read(desk.reader, "ticket", id)
            assert row is not None
            self.looked[who][id] = {f: row[f] for f in LOOKED_AT}

    @rule(who=WHO, title=TITLES)
    def call(self, who: str, title: str) -> None:
        self.step(self.consoles[who], lambda desk: calls.take_call(desk, Call(
            ticket={"description": title}, contact={"number_given": "021 555 01 00"}, new_caller={"name": "Perret"})))

    @rule(who=WHO, at=PICK, changes=st.fixed_dictionaries({}, optional={
        "title": TITLES, "wish": st.sampled_from(["urgent", "today", None]), "language": st.sampled_from(["fr", "de"]),
    }))
    def edit_what_was_seen(self, who: str, at: int, changes: dict[str, Any]) -> None:
        """Changed is raised exactly when a field no longer holds what was seen (nor already what is wanted)."""
        id = self.pick("ticket", at)
        seen = self.looked[who].get(id)
        if not changes or seen is None:
            return
        desk = self.consoles[who]
        there = rows.read(desk.reader, "ticket", id)
        assert there is not None
        moved = {f for f, value in changes.items() if there[f] != value and there[f] != seen[f]}
        before = proof.rows(desk.reader)
        if moved:
            with pytest.raises(Changed) as raised:
                tickets.edit(desk, id, changes, {f: seen[f] for f in changes})
            field = raised.value.field
            assert field in moved
            assert (raised.value.seen, raised.value.theirs) == (seen[field], there[field])
            assert raised.value.by in ("ana", "ben")
            assert proof.rows(desk.reader) == before
        else:
            tickets.edit(desk, id, changes, {f: seen[f] for f in changes})
            now = rows.read(desk.reader, "ticket", id)
            assert now is not None
            assert all(now[f] == value for f, value in changes.items())

    @rule(who=WHO, at=PICK, impact=st.integers(1, 4), urgency=st.integers(1, 4))
    def prioritise(self, who: str, at: int, impact: int, urgency: int) -> None:
        id = self.pick("ticket", at)
        self.step(self.consoles[who], lambda desk: tickets.prioritise(
            desk, id, impact=impact, urgency=urgency, reason="n", seen=self.looked[who].get(id)))

    @rule(who=WHO, at=PICK, verb=st.sampled_from(["take", "resume", "wait", "solve", "close", "cancel", "reopen"]))
    def work(self, who: str, at: int, verb: str) -> None:
        ids = [self.pick("ticket", at), self.pick("ticket", at + 1)][: 2 if at % 5 == 4 else 1]
        say = {
            "take": lambda desk: tickets.take(desk, ids),
            "resume": lambda desk: tickets.resume(desk, ids),
            "wait": lambda desk: tickets.wait(desk, ids, Status.WAITING_CALLER),
            "solve": lambda desk: tickets.solve(desk, ids, "done"),
            "close": lambda desk: tickets.close(desk, ids, "told"),
            "cancel": lambda desk: tickets.cancel(desk, ids, "mistake"),
            "reopen": lambda desk: tickets.reopen(desk, ids, "again"),
        }[verb]
        self.step(self.consoles[who], say)

    @rule(who=WHO, at=PICK, text=TITLES)
    def note(self, who: str, at: int, text: str) -> None:
        id = self.pick("ticket", at)
        self.step(self.consoles[who], lambda desk: tickets.note(desk, id, text))

    @precondition(lambda self: self.has("note"))
    @rule(who=WHO, at=PICK, to=PICK, strike=st.booleans())
    def strike_or_move_a_note(self, who: str, at: int, to: int, strike: bool) -> None:
        note, ticket = self.pick("note", at), self.pick("ticket", to)
        self.step(self.consoles[who], lambda desk: tickets.withdraw_note(desk, note) if strike
                  else tickets.move_note(desk, note, ticket))

    @rule(who=WHO, at=PICK)
    def promise(self, who: str, at: int) -> None:
        id = self.pick("ticket", at)
        self.step(self.consoles[who], lambda desk: tickets.promise_callback(desk, id, SOON, "021 555 01 00"))

    @rule(who=WHO, at=PICK, outcome=st.sampled_from([Outcome.INFORMATION, Outcome.NOT_REACHED]))
    def call_back(self, who: str, at: int, outcome: Outcome) -> None:
        id = self.pick("ticket", at)
        self.step(self.consoles[who], lambda desk: calls.settle_callback(desk, id, outcome, note="n"))

    @rule(who=WHO, at=PICK)
    def chase(self, who: str, at: int) -> None:
        id = self.pick("ticket", at)
        self.step(self.consoles[who], lambda desk: calls.log_contact(
            desk, Outcome.EXISTING_TICKET, {}, tickets=(id,), chaser=True))

    @rule(who=WHO, at=PICK, other=PICK, merge=st.booleans())
    def link_or_merge(self, who: str, at: int, other: int, merge: bool) -> None:
        one, two = self.pick("ticket", at), self.pick("ticket", other)
        self.step(self.consoles[who], lambda desk: tickets.merge(desk, one, two) if merge
                  else tickets.link(desk, one, two, LinkKind.CHILD))

    @rule(who=WHO, at=PICK)
    def attach_and_tag(self, who: str, at: int) -> None:
        id = self.pick("ticket", at)
        self.step(self.consoles[who], lambda desk: attach.attach(desk, id, Path(__file__)))
        self.step(self.consoles[who], lambda desk: tickets.edit(desk, id, {"tags": (who, str(at))}))

    @rule(who=WHO, at=PICK)
    def offer(self, who: str, at: int) -> None:
        id = self.pick("ticket", at)
        to = desks.NETWORK if who == "ana" else desks.TEAM
        self.step(self.consoles[who], lambda desk: handoffs.offer(desk, id, to, PACKET, "night"))

    @precondition(lambda self: self.has("handoff"))
    @rule(who=WHO, at=PICK, answer=st.sampled_from([handoffs.accept, handoffs.withdraw, None]))
    def answer(self, who: str, at: int, answer: Any) -> None:
        id = self.pick("handoff", at)
        self.step(self.consoles[who], lambda desk: answer(desk, id) if answer else handoffs.return_(desk, id, "no"))

    @rule(who=WHO, title=TITLES)
    def write_and_use_an_article(self, who: str, title: str) -> None:
        desk = self.consoles[who]
        self.step(desk, lambda d: articles.write(d, {"slug": "vpn", "lang": "fr", "title": title, "body": "1. a"}))
        article = self.pick("article", 0)
        self.step(desk, lambda d: articles.write(d, {"title": title, "keywords": (who,)}, article))
        self.step(desk, lambda d: articles.use(d, article, ticket_id=self.pick("ticket", 0), steps=(1,)))

    @precondition(lambda self: self.has("caller"))
    @rule(who=WHO, at=PICK, other=PICK)
    def join_callers(self, who: str, at: int, other: int) -> None:
        one, two = self.pick("caller", at), self.pick("caller", other)
        self.step(self.consoles[who], lambda desk: people.merge_callers(desk, one, two))

    @rule(who=WHO, at=PICK, to=st.sampled_from([desks.ANA, desks.BEN]), owner=st.booleans())
    def assign(self, who: str, at: int, to: UUID, owner: bool) -> None:
        id = self.pick("ticket", at)
        self.step(self.consoles[who], lambda desk: tickets.assign(
            desk, [id], agent=to, owner=to if owner else None, reason="lunch", seen={id: self.looked[who].get(id, {})}))

    @precondition(lambda self: self.has("note"))
    @rule(who=WHO, at=PICK)
    def split(self, who: str, at: int) -> None:
        note = self.pick("note", at)
        row = rows.read(self.consoles[who].reader, "note", note)
        assert row is not None
        self.step(self.consoles[who], lambda desk: tickets.split(desk, row["ticket_id"], "Another matter", (note,)))

    @precondition(lambda self: self.has("link"))
    @rule(who=WHO, at=PICK)
    def unlink(self, who: str, at: int) -> None:
        id = self.pick("link", at)
        self.step(self.consoles[who], lambda desk: tickets.unlink(desk, id))

    @precondition(lambda self: self.has("caller"))
    @rule(who=WHO, at=PICK, name=st.sampled_from(["Perret", "Roch"]), result=st.sampled_from(CheckResult))
    def meet_a_caller(self, who: str, at: int, name: str, result: CheckResult) -> None:
        id = self.pick("caller", at)
        self.step(self.consoles[who], lambda desk: people.save_caller(
            desk, {"name": name, "numbers": ("079 123 45 67",)}, id))
        self.step(self.consoles[who], lambda desk: calls.check_identity(
            desk, Check("mfa", "callback", result, "known voice"), caller_id=id))

    @rule(who=WHO, at=PICK, name=st.sampled_from(["Alpina", "Kern"]))
    def keep_the_catalogue(self, who: str, at: int, name: str) -> None:
        desk = self.consoles[who]
        known = self.pick("organisation", at) if self.has("organisation") and at % 2 else None
        self.step(desk, lambda d: people.save_organisation(d, {"name": name, "key_account": at % 3 == 0}, known))
        device = self.pick("asset", at) if self.has("asset") and at % 2 else None
        self.step(desk, lambda d: people.save_asset(
            d, {"inventory": f"PC-{at}", "organisation_id": self.pick("organisation", at)}, device))

    @precondition(lambda self: self.has("organisation"))
    @rule(who=WHO, at=PICK, other=PICK)
    def join_organisations(self, who: str, at: int, other: int) -> None:
        one, two = self.pick("organisation", at), self.pick("organisation", other)
        self.step(self.consoles[who], lambda desk: people.merge_organisations(desk, one, two))

    @rule(who=WHO, helped=st.booleans())
    def save_a_view_and_vote(self, who: str, helped: bool) -> None:
        self.step(self.consoles[who], lambda desk: views.save_view(desk, "mine, P1", {"priority": ["P1"]}))
        if self.has("article"):
            article = self.pick("article", 0)
            self.step(self.consoles[who], lambda desk: articles.vote(desk, article, helped, "wrong version"))

    @rule(who=WHO, whom=st.sampled_from([desks.ANA, desks.BEN]),
          values=st.sampled_from([{"retired_at": NOW}, {"retired_at": None}, {"roles": ("agent",)},
                                  {"roles": ("agent", "admin")}]))
    def administer(self, who: str, whom: UUID, values: dict[str, Any]) -> None:
        desk = self.consoles[who]
        self.step(desk, lambda d: admin.save(d, "team", {"name": who, "languages": ("fr", who)}, desks.NETWORK))
        self.step(desk, lambda d: admin.save(d, "agent", values, whom))

    @invariant()
    def somebody_can_set_the_desk_up(self) -> None:
        if hasattr(self, "db"):
            assert has_admin(self.consoles["ana"].reader)

    @rule(who=WHO)
    def undo(self, who: str) -> None:
        """Undo takes one action back and leaves both in the history, or does nothing and says why."""
        desk = self.consoles[who]
        before, history = proof.rows(desk.reader), proof.actions(desk.reader)
        try:
            undone = desk.journal.undo(desk.who)
        except (Changed, NotUndoable, Invalid):
            assert proof.rows(desk.reader) == before
            assert proof.actions(desk.reader) == history
        else:
            assert VERBS[undone.verb].undoable
            now = proof.actions(desk.reader)
            assert now[: len(history)] == history
            assert {back for _a, _v, back in now[len(history):]} <= {a.bytes for a in undone.actions}

    @rule(who=WHO, title=TITLES)
    def say_something_and_undo_it(self, who: str, title: str) -> None:
        """What was there before stands there again."""
        desk = self.consoles[who]
        id = self.pick("ticket", len(title))
        before = proof.rows(desk.reader)
        tickets.edit(desk, id, {"title": title + "!", "wish": "w", "tags": (title, "t")})
        desk.journal.undo(desk.who)
        assert proof.rows(desk.reader) == before


def _run(prepared: Path, examples: int, steps: int) -> None:
    Consoles.prepared = prepared
    run_state_machine_as_test(Consoles, settings=settings(
        max_examples=examples, stateful_step_count=steps, deadline=None, database=None,
        suppress_health_check=list(HealthCheck),
    ))


def test_two_consoles_never_lose_an_edit_and_the_journal_tells_all(prepared: Path) -> None:
    _run(prepared, examples=20, steps=25)


@pytest.mark.long
def test_two_consoles_for_a_long_day(prepared: Path) -> None:
    _run(prepared, examples=400, steps=60)
