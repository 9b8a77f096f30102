"""A push: entries of one device taken in one transaction (field/sync.md 2.5).

Reading, judging and merging come first, then rows and entries are written at the places they will most likely get;
the head of the order is locked last, for as long as it takes to see that nobody came in between, and to commit.
"""

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import blake2b
from itertools import groupby
from typing import Any
from uuid import UUID, uuid5

import msgspec
from sqlalchemy import Connection, select

from supportdesk.i18n import N_
from supportdesk.rules.merge import FRESH, Former, Stamp
from supportdesk.rules.sums import raw_sum, total
from supportdesk.server import doubles, erasing, granting, restoring, tables
from supportdesk.server.access import PASSED, Access, Denied
from supportdesk.server.crossing import CROSSED, INTO, crossed
from supportdesk.server.forms import CHECKS, is_computed
from supportdesk.server.guard import NOT_THERE, Guard
from supportdesk.server.membership import Changed, Spread, house_keeps
from supportdesk.server.merging import CONFLICT, Author, Clash, Doc, apply, conflict_values
from supportdesk.server.naming import REFERENCES, ids_of
from supportdesk.server.reading import UNKNOWN_FIELD, WAITS, Pairs, Read, read
from supportdesk.server.shapes import Device, EntryIn, PushAsk, Refused
from supportdesk.server.statements import Bulk, among
from supportdesk.store.types import iso
from supportdesk.sync import wire
from supportdesk.terms.codes import ConflictState
from supportdesk.terms.entries import SCHEMA

GAP = N_("Entries before these are missing.")
TOO_MANY = N_("This is more than one push holds.")
REVOKED = N_("This console was shut out by an admin.")

STRANGE = 100
"""Fields of a row that only newer versions know; no release ever added so many."""

NAMELESS = UUID("a7b1a6ce-0d58-5f0b-93c4-0a0d1f6f6a55")


@dataclass(slots=True)
class Outcome:
    """What became of one entry; ``ordinal`` its place among those that get a seq."""

    read: Read
    result: str
    reason: str | None = None
    field: str | None = None
    ordinal: int | None = None
    seq: int | None = None
    fresh: bool = True  # to be written down; not so for what was taken before


def push(conn: Connection, device: Device, ask: PushAsk, reads: Sequence[Read], now: datetime) -> dict[str, Any]:
    """Take ``reads`` (of ``ask.entries``). Raises Refused: then nothing was taken."""
    return Push(conn, device, ask, reads, now).run()


def read_all(ask: PushAsk) -> list[Read]:
    """The entries of a push, each by itself. Raises Refused if they are more than a push holds."""
    entries = [memoryview(raw) for raw in ask.entries]
    if len(entries) > wire.PUSH_ENTRIES or sum(map(len, entries)) > 2 * wire.PUSH_BYTES:
        raise Refused(413, "too_large", TOO_MANY)
    return [read(raw, n) for n, raw in enumerate(entries, ask.first_n)]


class Push:
    def __init__(self, conn: Connection, device: Device, ask: PushAsk, reads: Sequence[Read], now: datetime) -> None:
        self.conn = conn
        self.ask = ask
        self.reads = reads
        self.now = iso(now)
        self.device = device
        self.docs: dict[str, Doc] = {}
        self.outcomes: list[Outcome] = []
        self.clashes: list[tuple[Clash, Read, int]] = []
        self.retried: list[str] = []
        self.passed: set[str] = set()  # actions of a duty that are refused whole: somebody was first
        self.added: list[str] = []
        self._duties: frozenset[str] | None = None
        self._both: set[int] = set()  # places of entries that came again, whoever sent them first
        self.family: dict[str, int] = {}  # this desk and its copies, with their prefixes
        self.stands = ""
        self.count = 0
        self.scopes: frozenset[str] = frozenset()
        self.guard: Guard | None = None
        self._strangers: dict[int, str] = {}  # entries another desk brought, by n: the row they are about
        self.erasures = 0  # how many persons are erased, as this push knows it
        self._erasing: list[tuple[EntryIn, int]] = []
        self.late: erasing.Late | None = None

    def run(self) -> dict[str, Any]:
        self._admit()
        known, waiting = self._known()
        self._load()
        self.crossed = crossed((r for r in self.reads if r.n not in known), self._merged_into)
        self.scopes = granting.scopes_of(self.conn, self.device.id)
        if not granting.is_own(self.scopes):
            self.guard = Guard(self.conn, self.device, self.scopes, granting.teams_of(self.scopes), self._agent,
                               self.reads)
        self._both = {outcome.seq for outcome in known.values() if outcome.seq is not None}
        self.access = Access(self.device, self._agent if self.guard is None else self.guard.colleague, self._roles)
        if self.guard is not None:
            for n, row in self._strangers.items():
                if not self.guard.sees(row):
                    known[n] = Outcome(known[n].read, wire.REJECTED, NOT_THERE, fresh=False)
        if self.late is not None:
            self.late.scrub_all([r for r in self.reads if r.n not in known], self.docs)
        for found in self.reads:
            outcome = known.get(found.n) or self._take(found, waiting)
            self.outcomes.append(outcome)
        self._conflicts()
        for entry, ordinal in self._erasing:
            erasing.carry_out(self, entry, ordinal)
        lease = self._lease()
        head = self._write(lease)
        return {"lease": lease, "head": head, "results": [_result(o) for o in self.outcomes]}

    # who it is, and whether these entries are the next ones

    def _admit(self) -> None:
        t = tables.device
        row = self.conn.execute(select(t).where(t.c.id == self.device.id).with_for_update()).one_or_none()
        if row is None:
            raise Refused(401, "secret", NOT_THERE)
        if row.revoked_at is not None:
            raise Refused(403, "revoked", REVOKED)
        head = self.conn.execute(select(tables.head)).one()
        restoring.admit(self.conn, head, self.ask.epoch, self.ask.chain)
        self.mind_erased(head.erasures)
        if self.ask.lease not in (row.lease, row.lease_prev):
            raise Refused(409, "fork", restoring.FORK)
        if self.ask.first_n > row.last_n + 1 or self.ask.first_n < 1:
            raise Refused(409, "gap", GAP, expected=row.last_n + 1)
        self.device = replace(self.device, last_n=row.last_n, enrolled_n=row.enrolled_n, shared_seq=row.shared_seq or 0)
        if row.origin is not None:
            self.family = doubles.family(self.conn, row.origin)
        self.stands = row.lease

    def mind_erased(self, erasures: int) -> None:
        """Take nothing of a person this console does not know to be erased."""
        self.erasures = erasures
        if erasures > self.ask.erased:
            self.late = erasing.late(self.conn, self.ask.erased)

    def _lease(self) -> str:
        """The next lease. A push that comes a second time gets the one of the first: its answer was lost, or the line
        doubled it and the console goes on with what it was told."""
        again = self.ask.lease != self.stands and not any(outcome.fresh for outcome in self.outcomes)
        return self.stands if again else secrets.token_hex(16)

    def _known(self) -> tuple[dict[int, Outcome], dict[str, int]]:
        """What was taken before, by n; and the rows on which entries of this device wait for a newer server, with the
        n since when."""
        t = tables.entry
        columns = (t.c.id, t.c.device, t.c.n, t.c.seq, t.c.result, t.c.reason, t.c.digest, t.c.entity_id)
        last = self.ask.first_n + len(self.reads) - 1
        by_n = {}
        if self.ask.first_n <= self.device.last_n:
            mine = (t.c.device == self.device.id) & t.c.n.between(self.ask.first_n, last)
            by_n = {row.n: row for row in self.conn.execute(select(*columns).where(mine))}
        ids = [r.id for r in self.reads if r.entry is not None]
        by_id = {row.id: row for row in among(self.conn, select(*columns), t.c.id, ids)}
        known: dict[int, Outcome] = {}
        seen: dict[str, int] = {}
        for r in self.reads:
            row = by_id.get(r.id) or by_n.get(r.n)
            if row is not None and row.id != r.id and row.digest != r.digest:
                row = None
            if row is not None and row.result == wire.LATER and self._speaks_for(row.device):
                self.retried.append(row.id)
            elif row is not None:
                result = row.result if row.result in (wire.REJECTED, wire.LATER) else wire.DUP
                reason, _, about = (row.reason or "").partition("\n")
                known[r.n] = Outcome(r, result, reason or None, about or None, seq=row.seq, fresh=False)
                if row.device != self.device.id and row.device not in self.family:
                    self._strangers[r.n] = row.entity_id
            elif r.n <= self.device.last_n:
                raise Refused(409, "fork", restoring.FORK)
            elif r.entry is not None and seen.setdefault(r.id, r.n) != r.n:
                known[r.n] = Outcome(r, wire.DUP, fresh=False)
        late = select(t.c.id, t.c.entity_id, t.c.n).where((t.c.device == self.device.id) & (t.c.result == wire.LATER))
        again = set(self.retried)
        waiting: dict[str, int] = {}
        for row in self.conn.execute(late):
            if row.id not in again:
                waiting[row.entity_id] = min(row.n, waiting.get(row.entity_id, row.n))
        self._late_actions = self._held_up(known, waiting)
        return known, waiting

    def _speaks_for(self, device: str) -> bool:
        """Whether this desk may say again what another one said: itself, or a copy of it that was shut out."""
        t = tables.device
        return device == self.device.id or (device in self.family and self.conn.execute(
            select(t.c.id).where(t.c.id == device, t.c.revoked_at.is_not(None))).first() is not None)

    def _held_up(self, known: Mapping[int, Outcome], waiting: dict[str, int]) -> set[str]:
        """Actions that wait: of which this server does not know an entry, or on a row that waits. Their rows wait from
        then on."""
        if not waiting and not any(r.late for r in self.reads):
            return set()
        found = set()
        fresh = (r for r in self.reads if r.entry is not None and r.n not in known)
        for action, group in groupby(fresh, key=lambda r: r.entry.action if r.entry is not None else ""):
            rows = [(r, r.entry.entity_id) for r in group if r.entry is not None]
            if any(r.late or waiting.get(row, r.n) < r.n for r, row in rows):
                found.add(action)
                for r, row in rows:
                    waiting[row] = min(r.n, waiting.get(row, r.n))
        return found

    # the rows concerned

    def _load(self) -> None:
        t = tables.doc
        entries = [r.entry for r in self.reads if r.entry is not None]
        ids = {e.entity_id for e in entries}
        query = select(t.c.id, t.c.entity, t.c.rev, t.c.frev, t.c.doc)
        for row in among(self.conn, query.order_by(t.c.id).with_for_update(), t.c.id, ids):
            self.docs[row.id] = Doc(row.id, row.entity, row.rev, (row.frev, row.doc))
        agents = {e.agent for e in entries if e.agent is not None} | self.device.agents.keys()
        self.others = {
            row.id: Doc(row.id, row.entity, row.rev, (row.frev, row.doc))
            for row in among(self.conn, query, t.c.id, agents - self.docs.keys()) if row.entity == "agent"
        }
        roles = self.conn.execute(query.where(tables.FEW, t.c.entity == "role"))
        self.roles = {row.id: Doc(row.id, row.entity, row.rev, (row.frev, row.doc)) for row in roles}

    def _merged_into(self, id: str) -> str | None:
        """Locked as its own rows are: of two pushes that merge crosswise one sees what the other did."""
        doc = self.docs.get(id)
        if doc is None:
            t = tables.doc
            query = select(t.c.id, t.c.entity, t.c.rev, t.c.frev, t.c.doc).where(t.c.id == id).with_for_update()
            row = self.conn.execute(query).one_or_none()
            if row is None:
                return None
            doc = Doc(row.id, row.entity, row.rev, (row.frev, row.doc))
        return doc.values.get(INTO)

    def _agent(self, id: str) -> dict[str, Any] | None:
        doc = self.docs.get(id) or self.others.get(id)
        return doc.values if doc is not None and doc.entity == "agent" and doc.exists else None

    def _roles(self) -> Iterable[dict[str, Any]]:
        here = {id: doc for id, doc in self.docs.items() if doc.entity == "role" and doc.exists}
        return [doc.values for doc in (self.roles | here).values()]

    # one entry

    def _take(self, found: Read, waiting: dict[str, int]) -> Outcome:
        entry, pairs = found.entry, found.pairs
        if entry is not None and (
            entry.action in self._late_actions
            or (self.guard is not None and pairs is not None and self._needs_newer(entry, pairs, waiting))
        ):
            self._late_actions.add(entry.action)
            waiting.setdefault(entry.entity_id, found.n)
            return Outcome(found, wire.LATER, WAITS)
        if entry is None or pairs is None:
            return Outcome(found, wire.REJECTED, found.reason, found.field)
        doc = self.docs.get(entry.entity_id)
        if doc is None:
            doc = Doc(entry.entity_id, entry.entity)
        try:
            self.access.check(entry, pairs)
            if doc.entity != entry.entity or not (doc.exists or entry.kind == "create"):
                raise Denied(NOT_THERE)
            new, given = not doc.exists, None
            if entry.schema > SCHEMA and len((doc.values.keys() | pairs.keys()) - CHECKS[doc.entity].keys()) > STRANGE:
                raise Denied(UNKNOWN_FIELD)
            if self.guard is not None:
                pairs, given = self.guard.judge(entry, pairs, None if new else doc.values)
            if not new:
                self.access.check_row(entry, doc.values, pairs)
                self.access.check_seen(entry, doc.values, pairs)
            if entry.action in self.crossed:
                raise Denied(CROSSED)
            if entry.action in self.passed:
                raise Denied(PASSED)
            effective, reason = self.access.effective(
                entry, pairs, None if new else doc.values, others=doc.written_by_others(self.device.id)
            )
            reason = reason or given
        except Denied as denied:
            if self.device.duty:
                self.passed.add(entry.action)
            return Outcome(found, wire.REJECTED, denied.reason, denied.field)
        effective, doubled = doubles.undouble(self.conn, self.family.values(), entry, effective, doc)
        ordinal, self.count = self.count, self.count + 1
        self.docs[doc.id] = doc
        if self.guard is not None:
            self.guard.took(entry, new=new)
        if entry.verb == erasing.VERB:
            self._erasing.append((entry, ordinal))
        clashes = apply(doc, entry, effective, ordinal, self.device.id, self._former(found), self._seen)
        if doubled is not None:
            clashes.append(doubled)
            reason = doubles.DOUBLED
        if doc.entity in ("agent", "role"):
            if doc.entity == "agent" and entry.kind == "create" and self.access.by_admin(entry):
                self._works_here(doc)
            self.access.changed()
        self.clashes += [(clash, found, ordinal) for clash in clashes]
        if any(clash.state is ConflictState.OPEN for clash in clashes):
            result = wire.CONFLICT
        else:
            result = wire.MERGED if clashes or reason else wire.OK
        return Outcome(found, result, reason, ordinal=ordinal)

    def _needs_newer(self, entry: EntryIn, pairs: Pairs, waiting: Mapping[str, int]) -> bool:
        """Whether what another company's console writes can be judged only by a newer server: a field nobody knows
        here is shown to nobody, and what names a row that waits would name nothing."""
        assert self.guard is not None
        return entry.entity_id in waiting or not pairs.keys() <= CHECKS[entry.entity].keys() or any(
            id in waiting for name in REFERENCES[entry.entity].keys() & pairs.keys()
            for id in ids_of(entry.entity, name, pairs[name][1]))

    def _former(self, found: Read) -> Former:
        """Where the entry stood before this server was restored."""
        told, at = self.ask.former or (), found.n - self.ask.first_n
        if at >= len(told) or told[at] <= self.device.shared_seq:
            return FRESH
        return Former(told[at], self.device.shared_seq)

    def _seen(self, stamp: Stamp) -> bool:
        """Whether what another device wrote does not stand against this one: a duty of the server's wrote it, when
        nobody was there, or this desk itself, before it was copied."""
        return stamp.seq in self._both or self._by_duty(stamp.device)

    def _by_duty(self, device: str) -> bool:
        """Whether a device is the server's own."""
        if self._duties is None:
            d = tables.device
            self._duties = frozenset(self.conn.execute(select(d.c.id).where(d.c.duty)).scalars())
        return device in self._duties

    def _works_here(self, agent: Doc) -> None:
        """Whom an admin adds at a console works there: what he does may come from it."""
        if agent.id not in self.device.agents:
            self.device.agents[agent.id] = str(agent.values.get("login") or "")
            self.added.append(agent.id)

    def _conflicts(self) -> None:
        """Make the rows that show what could not be merged."""
        if not self.clashes:
            return
        t = tables.entry
        authors = {
            row.seq: (row.agent, msgspec.json.decode(row.body))
            for row in self._in_numbers(select(t.c.seq, t.c.agent, t.c.body), t.c.seq,
                                        {clash.stamp.seq for clash, _, _ in self.clashes})
        }
        logins = self._logins({agent for agent, _ in authors.values() if agent is not None})
        ids = {clash.id(self.device.id) for clash, _, _ in self.clashes}
        d = tables.doc
        query = select(d.c.id, d.c.entity, d.c.rev, d.c.frev, d.c.doc)
        for row in among(self.conn, query.order_by(d.c.id).with_for_update(), d.c.id, ids):
            self.docs[row.id] = Doc(row.id, row.entity, row.rev, (row.frev, row.doc))
        for clash, found, ordinal in self.clashes:
            entry = found.entry
            assert entry is not None
            agent, body = authors.get(clash.stamp.seq, (None, {}))
            theirs = Author(logins.get(agent) or body.get("author_text"), body.get("at"))
            mine = Author(self.device.agents.get(entry.agent or "") or self._login(entry.agent) or entry.author_text,
                          entry.at)
            values = conflict_values(clash, entry, theirs, mine)
            doc = self.docs.setdefault(clash.id(self.device.id), Doc(clash.id(self.device.id), CONFLICT))
            if not doc.exists:
                doc.make(values, ordinal)
                continue
            for name in sorted({*doc.values, *values}):
                if doc.values.get(name) != values.get(name):
                    doc.write(name, values.get(name), ordinal)

    def _in_numbers(self, query: Any, column: Any, numbers: set[int]) -> Iterable[Any]:
        wanted = sorted(numbers)
        for at in range(0, len(wanted), 500):
            yield from self.conn.execute(query.where(column.in_(wanted[at : at + 500])))

    def _logins(self, agents: set[str]) -> dict[str | None, str]:
        t = tables.doc
        found: dict[str | None, str] = {}
        for row in among(self.conn, select(t.c.id, t.c.doc), t.c.id, agents):
            found[row.id] = str(msgspec.json.decode(row.doc).get("login") or "")
        return found

    def _login(self, agent: str | None) -> str | None:
        row = None if agent is None else self._agent(agent)
        return None if row is None else row.get("login")

    # writing

    def _write(self, lease: str) -> dict[str, Any]:
        changed = sorted((doc for doc in self.docs.values() if doc.ordinal is not None), key=lambda doc: doc.id)
        bulk = Bulk(self.conn)
        for id in self.retried:
            self.conn.execute(tables.entry.delete().where(tables.entry.c.id == id))
        bulk.insert(tables.device_agent, ("device", "agent", "login", "admin"),
                    [(self.device.id, id, self.device.agents[id], False) for id in self.added])
        d = tables.device
        last = max(self.device.last_n, self.ask.first_n + len(self.reads) - 1)
        self.conn.execute(d.update().where(d.c.id == self.device.id).values(
            last_n=last, lease=lease, lease_prev=self.ask.lease, last_seen=self.now, schema=self.ask.schema,
        ))
        h = tables.head
        seen = self.conn.execute(select(h.c.seq, h.c.chain)).one()
        first = seen.seq + 1
        self._documents(bulk, changed, first)
        self._entries(bulk, first)
        added, left = self._sums(changed, first)
        chain = self._link(first, seen.chain)
        head = self.conn.execute(select(h).with_for_update()).one()
        if head.erasures != self.erasures:
            raise erasing.Overtaken
        if self.late is not None:
            self.late.remember(changed)
        if self.count and (head.seq, head.chain) != (seen.seq, seen.chain):
            first = head.seq + 1
            chain = self._link(first, head.chain)
            self._move(bulk, changed, first)
            added, left = self._sums(changed, first)
        seq = head.seq + self.count
        if self.count:
            s = tables.scope_sum
            kept = {row.scope: (row.sum, row.held) for row in self.conn.execute(
                select(s.c.scope, s.c.sum, s.columns["count"].label("held")))}
            before, count = kept.pop(tables.OWN)
            now = tables.signed(total(before, *added, *(-part for part in left)))
            self.conn.execute(s.update().where(s.c.scope == tables.OWN).values(
                sum=now, count=count + len(added) - len(left)))
            if kept:
                self._spread(changed, seq)
            self.conn.execute(h.update().values(seq=seq, chain=chain))
            self.conn.execute(tables.mark.insert().values(chain=chain, seq=seq))
        return {"epoch": head.epoch, "seq": seq,
                "chain": restoring.signed(head, seq, chain if self.count else head.chain)}

    @staticmethod
    def _sums(changed: list[Doc], first: int) -> tuple[list[int], list[int]]:
        """What the rows add to the sum of their scope, and what they added before."""
        rows = [(bytes.fromhex(doc.id.replace("-", "")), doc) for doc in changed]
        return ([raw_sum(row, first + (doc.ordinal or 0)) for row, doc in rows],
                [raw_sum(row, doc.rev) for row, doc in rows if doc.rev])

    def _documents(self, bulk: Bulk, changed: list[Doc], first: int) -> None:
        """Write rows down as if the entry of ordinal 0 became ``first``. In order of their ids: of two pushes that
        make the same rows one waits for the other, neither for both."""
        device = self.device.id
        new, known, shown, moved = [], [], [], []
        for doc in changed:
            seq, text = first + (doc.ordinal or 0), doc.text()
            frev = doc.frev(first, device)
            if doc.stored is None:
                new.append((doc.id, doc.entity, seq, frev, text))
            else:
                known.append((seq, frev, text, doc.id))
            if doc.rev:
                moved.append((seq, doc.id, tables.OWN))
            else:
                shown.append((doc.id, tables.OWN, doc.entity, tables.WHOLE, seq, False))
        bulk.insert(tables.doc, ("id", "entity", "rev", "frev", "doc"), new)
        bulk.update(tables.doc, ("rev", "frev", "doc"), ("id",), known)
        bulk.insert(tables.membership, ("id", "scope", "entity", "view", "seq", "gone"), shown)
        bulk.update(tables.membership, ("seq",), ("id", "scope"), moved)

    def _spread(self, changed: list[Doc], seq: int) -> None:
        """Other companies' scopes hold what the rule gives them, as of this push."""
        if self.guard is not None:
            kinds = {doc.id: doc.entity for doc in changed}
            house_keeps(self.conn, self.scopes, self.guard.people, kinds)
        Spread(self.conn, seq).run(
            [Changed(doc.id, doc.entity, doc.rev,
                     doc.entity == "agent" and (doc.made is not None or "teams" in doc.written)) for doc in changed],
            [(o.read.entry.entity_id, o.seq) for o in self.outcomes
             if o.fresh and o.seq is not None and o.read.entry is not None],
        )

    def _move(self, bulk: Bulk, changed: list[Doc], first: int) -> None:
        """Others came in between: what was written for other places gets its own, from ``first`` on."""
        placed = [(first + (doc.ordinal or 0), doc) for doc in changed]
        bulk.update(tables.doc, ("rev", "frev"), ("id",),
                    [(seq, doc.frev(first, self.device.id), doc.id) for seq, doc in placed])
        bulk.update(tables.membership, ("seq",), ("id", "scope"), [(seq, doc.id, tables.OWN) for seq, doc in placed])
        bulk.update(tables.entry, ("seq",), ("id",), [(o.seq, o.read.id) for o in self.outcomes
                                                      if o.fresh and o.ordinal is not None])

    def _link(self, first: int, chain: str) -> str:
        """Give the entries their places in the order; the chain up to the last of them."""
        owner, link = self.device.id.encode(), bytes.fromhex(chain)
        for o in self.outcomes:
            if o.ordinal is not None:
                o.seq = first + o.ordinal
                link = blake2b(link + owner + o.read.n.to_bytes(8, "big") + o.seq.to_bytes(8, "big"),
                               digest_size=8).digest()
        return link.hex()

    def _entries(self, bulk: Bulk, first: int) -> None:
        rows: list[tuple[Any, ...]] = []
        device, now = self.device.id, self.now
        for o in self.outcomes:
            if not o.fresh:
                continue
            r, entry = o.read, o.read.entry
            seq = None if o.ordinal is None else first + o.ordinal
            reason = o.reason if o.field is None else f"{o.reason}\n{o.field}"
            if entry is None:
                nameless = self._nameless(r)
                rows.append((nameless, device, r.n, nameless, "", None, "", nameless, None, o.result, reason, r.digest,
                             "{}", now))
            else:
                taken = o.result == wire.REJECTED and not self.device.duty and is_computed(entry.id)
                rows.append((self._nameless(r) if taken else entry.id, device, r.n, entry.action, entry.verb,
                             entry.agent, entry.entity, entry.entity_id, seq, o.result, reason, r.digest, r.body, now))
        bulk.insert(tables.entry, ("id", "device", "n", "action", "verb", "agent", "entity", "entity_id", "seq",
                                   "result", "reason", "digest", "body", "received_at"), rows)

    def _nameless(self, found: Read) -> str:
        """The id under which is kept what has none, or takes a duty's."""
        return str(uuid5(NAMELESS, f"{self.device.id}/{found.n}"))


def _result(o: Outcome) -> dict[str, Any]:
    answer: dict[str, Any] = {"id": o.read.id or None, "n": o.read.n, "r": o.result, "seq": o.seq}
    if o.reason is not None:
        answer["reason"] = o.reason
    if o.field is not None:
        answer["field"] = o.field
    return answer
