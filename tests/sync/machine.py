"""The random sites (Hypothesis): what their agents do, what may happen to a console and its line, and what must hold in
the end, by a plain model of what was acknowledged. What is agreed: agreeing.py; persons who are erased: forgetting.py;
what happens to servers, files and companies: fates.py."""

import json
import shutil
import sqlite3
import tempfile
from collections.abc import Callable
from contextlib import closing, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from supportdesk.desk import (
    admin,
    articles,
    attach,
    breaches,
    calls,
    conflicts,
    entitlement,
    handoffs,
    people,
    shifts,
    tickets,
    views,
)
from supportdesk.desk.alone import tend_alone
from supportdesk.desk.calls import Call, Check
from supportdesk.desk.desk import Desk
from supportdesk.desk.imports import import_tickets
from supportdesk.desk.shift_page import Decision, What
from supportdesk.rules.mentions import MARK
from supportdesk.store.types import micros
from supportdesk.store.views.conflicts import conflicts as open_conflicts
from supportdesk.store.views.numbers import find_number
from supportdesk.store.views.people import agent_line
from supportdesk.sync.transport import ExchangeFailed
from supportdesk.terms.codes import CheckResult, LinkKind, Outcome, Status
from supportdesk.terms.errors import DeskError
from tests.imports.test_tickets import MAPPING, ROWS
from tests.journal import desks
from tests.journal.scenes import PACKET, SOON
from tests.sync import stand
from tests.sync.conftest import LOGINS
from tests.sync.work import promises, proof_of_replay

NAMES = ("geneva", "zurich", "lausanne", "lugano", "basel")
MOST = 6
"""Consoles, copied ones included."""
SITE = st.sampled_from(range(MOST))
PICK = st.integers(0, 12)
TEXTS = {"ticket": ("title", "wish", "description"), "caller": ("name", "remarks")}

RULES = {
    "take_call", "note", "edit_ticket", "take", "wait", "resume", "solve", "close", "cancel", "reopen", "prioritise",
    "promise_callback", "log_contact", "link", "merge_tickets", "offer", "accept", "withdraw_offer", "edit_caller",
    "merge_callers", "use_article", "resolve_conflict", "erase", "declare_major", "steer_major", "say_statement",
    "hang_on", "tell", "note_outage",
}
"""Verbs that have a rule of their own, here or in agreeing.py and forgetting.py: they are said often."""


def _import(desk: Desk) -> None:
    for name, text in (("old.csv", ROWS), ("old.toml", MAPPING)):
        (desk.path.parent / name).write_text(text, "utf-8")
    import_tickets(desk, desk.path.parent / "old.csv", desk.path.parent / "old.toml")


def _put_under_contract(desk: Desk, ticket: UUID, name: str) -> None:
    """A contract of its own, of a customer that is not the ticket's."""
    organisation = people.save_organisation(desk, {"name": name})
    with desk.journal.action("administer", desk.who) as act:
        contract = act.create("contract", {"slug": name, "name": name, "organisation_id": organisation})
    entitlement.choose_contract(desk, ticket, contract)


def _explain_breach(desk: Desk, ticket: UUID, reason: str) -> None:
    with desk.journal.action("import_records", desk.who) as act:
        breach = act.create("breach", {"ticket_id": ticket, "kind": "react", "due_at": act.at, "at": act.at,
                                       "contract_id": act.get("ticket", ticket)["contract_id"]})
    breaches.explain_breach(desk, breach, reason)


OTHERS: dict[str, Callable[["Sites", Desk, Callable[[str], UUID]], object]] = {
    "open_ticket": lambda all_, desk, any_: calls.open_ticket(desk, {"title": all_.text()}),
    "check_identity": lambda all_, desk, any_: calls.check_identity(
        desk, Check("mfa", "callback", CheckResult.FAILED), caller_id=any_("caller")),
    "settle_callback": lambda all_, desk, any_: calls.settle_callback(
        desk, any_("ticket"), Outcome.INFORMATION, note=all_.text()),
    "withdraw_note": lambda all_, desk, any_: tickets.withdraw_note(desk, any_("note")),
    "move_note": lambda all_, desk, any_: tickets.move_note(desk, any_("note"), any_("ticket")),
    "assign": lambda all_, desk, any_: tickets.assign(desk, [any_("ticket")], agent=any_("agent"), owner=any_("agent"),
                                                     reason=all_.text()),
    "unlink": lambda all_, desk, any_: tickets.unlink(desk, any_("link")),
    "split_ticket": lambda all_, desk, any_: tickets.split(desk, any_("ticket"), all_.text(), (any_("note"),)),
    "attach": lambda all_, desk, any_: attach.attach(desk, any_("ticket"), Path(__file__)),
    "vote": lambda all_, desk, any_: articles.vote(desk, any_("article"), False, all_.text()),
    "write_article": lambda all_, desk, any_: articles.write(desk, {"title": all_.text()}, any_("article")),
    "return": lambda all_, desk, any_: handoffs.return_(desk, any_("handoff"), all_.text()),
    "edit_organisation": lambda all_, desk, any_: people.save_organisation(desk, {"name": all_.text()}),
    "edit_asset": lambda all_, desk, any_: people.save_asset(desk, {"inventory": all_.text()}),
    "merge_organisations": lambda all_, desk, any_: people.merge_organisations(
        desk, any_("organisation"), any_("organisation")),
    "save_view": lambda all_, desk, any_: views.save_view(desk, all_.text(), {"priority": ["P1"]}),
    "start_shift": lambda all_, desk, any_: shifts.start_shift(desk),
    "take_break": lambda all_, desk, any_: shifts.take_break(desk),
    "end_break": lambda all_, desk, any_: shifts.end_break(desk),
    "end_shift": lambda all_, desk, any_: shifts.end_shift(desk, {}, Decision(What.PASS_ON, to=any_("agent"))),
    "administer": lambda all_, desk, any_: admin.save(desk, "team", {"name": all_.text()}, any_("team")),
    "import_records": lambda all_, desk, any_: _import(desk),
    "choose_contract": lambda all_, desk, any_: _put_under_contract(desk, any_("ticket"), all_.text()),
    "explain_breach": lambda all_, desk, any_: _explain_breach(desk, any_("ticket"), all_.text()),
}
"""The other verbs of the table of record; ``any_`` chooses a row of an entity."""


class Sites(RuleBasedStateMachine):
    """Two to five consoles and a server. The oracle is a plain list: what was acknowledged to somebody, by entry."""

    prepared: ClassVar[dict[str, Path]]

    @initialize(many=st.integers(2, len(NAMES)))
    def open(self, many: int) -> None:
        self.begin(many)

    def begin(self, many: int) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="sites-"))
        self.server = stand.Server(self.folder / "server")
        self.clock = desks.Clock()
        self.sites = [
            stand.Site(path, LOGINS[name], self.server, self.clock)
            for name, path in stand.copies(self.prepared, self.folder, *NAMES[:many])
        ]
        self.typed = 0
        self.acknowledged: dict[bytes, Path] = {}
        self.apart: set[Path] = set()
        self.ordered: set[Path] = set()  # to delete their desk
        self.enrol(self.sites[0])
        self.open_ticket(0)
        self.exchange(0, 0, "request")

    def enrol(self, here: stand.Site) -> None:
        stand.enrol(self.server, here)

    def text(self) -> str:
        """Something nobody has typed before."""
        self.typed += 1
        return f"text {self.typed}."

    def at(self, site: int) -> stand.Site:
        return self.sites[site % len(self.sites)]

    def say(self, site: int, do: Any) -> None:
        here = self.at(site)
        desk = here.desk
        desk.__dict__.pop("who", None)
        agent = agent_line(desk.reader, here.login)  # roles, and agents of other companies, come and go with exchanges
        if agent is None:
            return
        desk.__dict__["agent"] = agent
        with suppress(DeskError):
            do(desk)
        self.acknowledge(here)

    def acknowledge(self, here: stand.Site) -> None:
        """What its own desk holds by now was acknowledged to somebody."""
        for (id,) in here.desk.reader.execute("SELECT id FROM entry WHERE device = (SELECT id FROM device)"):
            self.acknowledged[id] = here.path

    def pick(self, site: int, entity: str, at: int) -> UUID | None:
        found = self.at(site).desk.reader.execute(f"SELECT id FROM {entity} ORDER BY id").fetchall()
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
        last = self.at(site).desk.reader.execute(
            "SELECT verb FROM entry e WHERE device = (SELECT id FROM device) AND undoes IS NULL "
            "AND state != 'rejected' AND NOT EXISTS (SELECT 1 FROM entry u WHERE u.undoes = e.action) "
            "ORDER BY pk DESC LIMIT 1").fetchone()
        if last != ("administer",):
            self.say(site, lambda desk: desk.journal.undo(desk.who))

    @rule(site=SITE, at=PICK, choice=st.sampled_from([conflicts.KEEP_MINE, conflicts.KEEP_THEIRS]))
    def settle(self, site: int, at: int, choice: str) -> None:
        found = open_conflicts(self.at(site).desk.reader)
        if found:
            self.say(site, lambda desk: conflicts.resolve(desk, found[at % len(found)].id, choice))

    @rule(site=SITE, at=PICK, verb=st.sampled_from(sorted(OTHERS)))
    def any_other_verb(self, site: int, at: int, verb: str) -> None:
        def any_(entity: str) -> UUID:
            found = self.pick(site, entity, at)
            if found is None:
                raise Nothing
            return found

        with suppress(Nothing):
            self.say(site, lambda desk: OTHERS[verb](self, desk, any_))

    @rule(site=SITE, hours=st.integers(1, 12))
    def time_passes_for_a_desk_alone(self, site: int, hours: int) -> None:
        """It does its duties by itself."""
        self.clock.now += timedelta(hours=hours)
        here = self.at(site)
        tend_alone(here.desk)
        self.acknowledge(here)

    # what befalls them

    @rule(site=SITE, at=PICK, statement=st.integers(1, 40))
    def killed_while_saving(self, site: int, at: int, statement: int) -> None:
        ticket = self.pick(site, "ticket", at)
        here = self.at(site)
        if ticket is not None:
            def save() -> None:
                with suppress(DeskError):
                    tickets.solve(here.desk, [ticket], self.text())

            here.killed_at(statement, save)
            self.acknowledge(here)

    @rule(site=SITE, statement=st.integers(1, 120))
    def killed_while_exchanging(self, site: int, statement: int) -> None:
        here = self.at(site)
        if here.path not in self.apart | self.ordered and here.client.status() is not None:
            here.killed_at(statement, lambda: self.attempt(here))
            self.acknowledge(here)

    @rule(site=SITE)
    def line_is_cut_or_mended(self, site: int) -> None:
        self.apart ^= {self.at(site).path}

    @rule(site=SITE, at=PICK)
    def a_message_arrives_late(self, site: int, at: int) -> None:
        """After others that were sent later, and though it had arrived before."""
        sent = self.at(site).line.sent
        if sent:
            self.server.mounted.handle_request(sent[-1 - at % len(sent)])

    # and how they exchange

    @rule(site=SITE, lost=st.integers(0, 4), when=st.sampled_from(["request", "answer", "twice"]))
    def exchange(self, site: int, lost: int, when: str) -> None:
        """Request ``lost`` (0: none) or its answer does not arrive, or it arrives twice."""
        here = self.at(site)
        if here.client.status() is None:
            self.enrol(here)
        here.line.count = 0
        cut = here.path in self.apart
        here.line.fails = lambda number, on: (cut and on == "request") or (number == lost and on == when)
        self.attempt(here)
        here.line.fails = lambda _number, _when: False

    def attempt(self, here: stand.Site) -> None:
        with suppress(ExchangeFailed):
            here.exchange()

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
        """All reach the server, as often as it takes until everybody has what everybody did."""
        for site in self.sites:
            if site.client.status() is None:
                self.enrol(site)
        for _round in range(2):
            for site in self.sites:
                assert site.exchange().mended == 0
        self.check()

    def check(self) -> None:
        for site in self.sites:
            with closing(sqlite3.connect(site.path)) as conn:
                assert conn.execute("SELECT count(*) FROM entry WHERE state IN ('local', 'pending')").fetchone() == (0,)
                if self.is_whole(site):
                    self.no_text_is_gone(conn)
        self.nothing_acknowledged_is_lost()
        self.owners_find_their_tickets()
        proof_of_replay(self.folder, *self.sites)
        for site in sorted(self.sites, key=self.is_whole, reverse=True):
            self.holds_what_it_may_see(site)
        later = micros(self.clock.now + timedelta(days=1))
        promised = [promises(site, later) for site in self.sites if self.is_whole(site)]
        assert all(derived == promised[0] for derived in promised)

    def is_whole(self, _site: stand.Site) -> bool:
        """Whether a console holds everything, and not a company's part."""
        return True

    def holds_what_it_may_see(self, site: stand.Site) -> None:
        assert stand.as_documents(site.path) == self.server.documents(), site.path

    def nothing_acknowledged_is_lost(self) -> None:
        """Each entry somebody was told is saved stands at the server and in the history of everybody who may see it,
        or is kept with the reason why not."""
        refused: set[bytes] = set()
        histories = []
        for site in self.sites:
            with closing(sqlite3.connect(site.path)) as conn:
                refused |= {id for (id,) in conn.execute("SELECT entry FROM refused")}
                if self.is_whole(site):
                    histories.append({id for (id,) in conn.execute("SELECT id FROM entry WHERE state = 'confirmed'")})
        for id in self.acknowledged.keys() - refused:
            assert all(id in history for history in histories), (UUID(bytes=id), self.acknowledged[id])

    def owners_find_their_tickets(self) -> None:
        """Whoever answers to the caller for a ticket finds it by its number, wherever he works."""
        agents = {id: doc["login"] for id, (_rev, doc) in self.server.documents().get("agent", {}).items()}
        owed = [(agents.get(doc.get("owner_id")), id, doc["number"])
                for id, (_rev, doc) in self.server.documents().get("ticket", {}).items() if "merged_into_id" not in doc]
        for site in self.sites:
            for login, id, number in owed:
                if login == site.login:
                    found = {match.id for match in find_number(site.desk.reader, number).matches}
                    assert UUID(id) in found, (site.path, number)

    def no_text_is_gone(self, conn: sqlite3.Connection) -> None:
        """Every text the server took stands in its row or in a conflict, or was written over by somebody who had
        seen it (also in the file his is a copy of), or by its own author."""
        said = conn.execute(
            "SELECT entity, entity_id, device, base, seq, fields FROM entry WHERE state = 'confirmed' "
            "AND kind IN ('create', 'set') AND entity IN ('ticket', 'caller', 'note') ORDER BY seq"
        ).fetchall()
        kept = {
            (row_id, field, json.loads(value))
            for row_id, field, *values in conn.execute(
                "SELECT row_id, field, kept, offered FROM conflict WHERE field != 'versions'")
            for value in values if value is not None
        }
        for entity, raw, device, _base, seq, text in said:
            for field, (_old, value) in json.loads(text).items():
                if field not in (*TEXTS.get(entity, ()), "text") or value in (None, MARK):
                    continue
                stands = conn.execute(f"SELECT {field} FROM {entity} WHERE id = ?", (raw,)).fetchone()[0]
                assert (
                    stands == value or (str(UUID(bytes=raw)), field, value) in kept
                    or any(raw == other and field in json.loads(t) and later > seq
                           and (who == device or base >= seq or json.loads(t)[field][0] == value)
                           for _e, other, who, base, later, t in said)
                ), (entity, field, value, stands)


class Nothing(Exception):
    """There is no row to choose from."""
