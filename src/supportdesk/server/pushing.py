"""A push: entries of one device taken in one transaction (field/sync.md 2.5).

Reading, judging and merging come first; what they come to is written down last (server/placing).
"""

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, select

from supportdesk.i18n import N_
from supportdesk.rules import erasure
from supportdesk.rules.merge import FRESH, Former, Stamp
from supportdesk.server import disputes, docs, doubles, erasing, granting, restoring, tables
from supportdesk.server.access import PASSED, Access, Denied
from supportdesk.server.crossing import CROSSED, INTO, crossed
from supportdesk.server.earlier import Earlier
from supportdesk.server.forms import CHECKS
from supportdesk.server.guard import NOT_THERE, Guard
from supportdesk.server.merging import Clash, Doc, apply
from supportdesk.server.naming import REFERENCES, ids_of
from supportdesk.server.outcomes import Outcome
from supportdesk.server.placing import Placing
from supportdesk.server.reading import UNKNOWN_FIELD, WAITS, Pairs, Read, read
from supportdesk.server.shapes import Device, EntryIn, PushAsk, Refused
from supportdesk.store.types import iso
from supportdesk.sync import wire
from supportdesk.terms.codes import ConflictState
from supportdesk.terms.entries import SCHEMA

GAP = N_("Entries before these are missing.")
TOO_MANY = N_("This is more than one push holds.")
REVOKED = N_("This console was shut out by an admin.")

ERASED = N_("This person was erased. An admin joins the other record: it is erased, too.")

STRANGE = 100
"""Fields of a row that only newer versions know; no release ever added so many."""

_d = tables.device
_DEVICE = select(_d).where(_d.c.id == bindparam("device")).with_for_update()
_NOTED = _d.update().where(_d.c.id == bindparam("device")).values(
    last_n=bindparam("last_n"), lease=bindparam("lease"), lease_prev=bindparam("lease_prev"),
    last_seen=bindparam("last_seen"), schema=bindparam("schema"))
_DUTIES = select(_d.c.id).where(_d.c.duty)
_HEAD = select(tables.head)


def read_all(ask: PushAsk) -> list[Read]:
    """The entries of a push, each by itself. Raises Refused if they are more than a push holds."""
    entries = [memoryview(raw) for raw in ask.entries]
    if len(entries) > wire.PUSH_ENTRIES or sum(map(len, entries)) > 2 * wire.PUSH_BYTES:
        raise Refused(413, "too_large", TOO_MANY)
    return [read(raw, n) for n, raw in enumerate(entries, ask.first_n)]


class Push(Placing):
    def __init__(self, conn: Connection, device: Device, ask: PushAsk, reads: Sequence[Read], now: datetime) -> None:
        super().__init__(conn, device, iso(now))
        self.ask = ask
        self.reads = reads
        self._clashes: list[tuple[Clash, Read, int]] = []
        self._passed: set[str] = set()  # actions of a duty that are refused whole: somebody was first
        self._duties: frozenset[str] | None = None
        self._both: set[int] = set()  # places of entries that came again, whoever sent them first
        self._family: dict[str, int] = {}  # this desk and its copies, with their prefixes
        self._stands = ""
        self._erasing: list[tuple[EntryIn, int]] = []

    def run(self) -> dict[str, Any]:
        """Take ``reads`` (of ``ask.entries``). Raises Refused: then nothing was taken."""
        self._admit()
        self._earlier = Earlier(self.conn, self.device, self.ask, self.reads, self._family)
        self.retried = self._earlier.retried
        known = self._earlier.known
        self._load()
        self._crossed = crossed((r for r in self.reads if r.n not in known), self._merged_into)
        self.scopes = granting.scopes_of(self.conn, self.device.id)
        if not granting.is_own(self.scopes):
            self.guard = Guard(self.conn, self.device, self.scopes, granting.teams_of(self.scopes), self._agent,
                               self.reads)
            for n, row in self._earlier.strangers.items():
                if not self.guard.sees(row):
                    known[n] = Outcome(known[n].read, wire.REJECTED, NOT_THERE, fresh=False)
        self._both = {outcome.seq for outcome in known.values() if outcome.seq is not None}
        self._access = Access(self.device, self._agent if self.guard is None else self.guard.colleague, self._roles)
        if self.late is not None:
            self.late.scrub_all([r for r in self.reads if r.n not in known], self.docs)
        for found in self.reads:
            self.outcomes.append(known.get(found.n) or self._take(found, self._earlier.waiting))
        disputes.show(self.conn, self._clashes, self.device.id, self.docs, self._login)
        for entry, ordinal in self._erasing:
            erasing.carry_out(self, entry, ordinal)
        lease = self._lease()
        self.conn.execute(_NOTED, {
            "device": self.device.id, "last_n": max(self.device.last_n, self.ask.first_n + len(self.reads) - 1),
            "lease": lease, "lease_prev": self.ask.lease, "last_seen": self.now, "schema": self.ask.schema,
        })
        return {"lease": lease, "head": self.write(), "results": [outcome.told() for outcome in self.outcomes]}

    @property
    def has_erased(self) -> bool:
        """Whether somebody was erased by it."""
        return bool(self._erasing)

    # who it is

    def _admit(self) -> None:
        """Whether it may come, and whether these entries are the next ones. Raises Refused."""
        row = self.conn.execute(_DEVICE, {"device": self.device.id}).one_or_none()
        if row is None:
            raise Refused(401, "secret", NOT_THERE)
        if row.revoked_at is not None:
            raise Refused(403, "revoked", REVOKED)
        head = self.conn.execute(_HEAD).one()
        restoring.admit(self.conn, head, self.ask.epoch, self.ask.chain,
                        is_known=restoring.known(self.conn, self.ask.chain))
        self.mind_erased(head.erasures, self.ask.erased)
        if self.ask.lease not in (row.lease, row.lease_prev):
            raise Refused(409, "fork", restoring.FORK)
        if self.ask.first_n > row.last_n + 1 or self.ask.first_n < 1:
            raise Refused(409, "gap", GAP, expected=row.last_n + 1)
        self.device = replace(self.device, last_n=row.last_n, enrolled_n=row.enrolled_n, shared_seq=row.shared_seq or 0)
        if row.origin is not None:
            self._family = doubles.family(self.conn, row.origin)
        self._stands = row.lease

    def _lease(self) -> str:
        """The next lease. A push that comes a second time gets the one of the first: its answer was lost, or the line
        doubled it and the console goes on with what it was told."""
        again = self.ask.lease != self._stands and not any(outcome.fresh for outcome in self.outcomes)
        return self._stands if again else secrets.token_hex(16)

    # the rows concerned

    def _load(self) -> None:
        entries = [r.entry for r in self.reads if r.entry is not None]
        self.docs |= docs.locked(self.conn, {e.entity_id for e in entries})
        agents = {e.agent for e in entries if e.agent is not None} | self.device.agents.keys()
        self._others = {id: doc for id, doc in docs.seen(self.conn, agents - self.docs.keys()).items()
                        if doc.entity == "agent"}
        self._desk_roles = docs.all_of(self.conn, "role")

    def _merged_into(self, id: str) -> str | None:
        """Locked as its own rows are: of two pushes that merge crosswise one sees what the other did."""
        doc = self.docs.get(id) or docs.one_locked(self.conn, id)
        return None if doc is None else doc.values.get(INTO)

    def _agent(self, id: str) -> dict[str, Any] | None:
        doc = self.docs.get(id) or self._others.get(id)
        return doc.values if doc is not None and doc.entity == "agent" and doc.exists else None

    def _roles(self) -> Iterable[dict[str, Any]]:
        here = {id: doc for id, doc in self.docs.items() if doc.entity == "role" and doc.exists}
        return [doc.values for doc in (self._desk_roles | here).values()]

    def _login(self, agent: str | None) -> str | None:
        if agent is None:
            return None
        row = self._agent(agent)
        return self.device.agents.get(agent) or (None if row is None else row.get("login"))

    def _works_here(self, agent: Doc) -> None:
        """Whom an admin adds at a console works there: what he does may come from it."""
        if agent.id not in self.device.agents:
            self.device.agents[agent.id] = str(agent.values.get("login") or "")
            self.added.append(agent.id)

    # one entry

    def _take(self, found: Read, waiting: dict[str, int]) -> Outcome:
        entry, pairs = found.entry, found.pairs
        if entry is not None and (
            entry.action in self._earlier.actions
            or (self.guard is not None and pairs is not None and self._needs_newer(entry, pairs, waiting))
        ):
            self._earlier.actions.add(entry.action)
            waiting.setdefault(entry.entity_id, found.n)
            return Outcome(found, wire.LATER, WAITS)
        if entry is None or pairs is None:
            return Outcome(found, wire.REJECTED, found.reason, found.field)
        doc = self.docs.get(entry.entity_id)
        if doc is None:
            doc = Doc(entry.entity_id, entry.entity)
        try:
            self._access.check(entry, pairs)
            if doc.entity != entry.entity or not (doc.exists or entry.kind == "create"):
                raise Denied(NOT_THERE)
            new, given = not doc.exists, None
            if entry.schema > SCHEMA and len((doc.values.keys() | pairs.keys()) - CHECKS[doc.entity].keys()) > STRANGE:
                raise Denied(UNKNOWN_FIELD)
            if self.guard is not None:
                pairs, given = self.guard.judge(entry, pairs, None if new else doc.values)
            if not new:
                self._access.check_row(entry, doc.values, pairs)
                self._access.check_seen(entry, doc.values, pairs)
            if entry.action in self._crossed:
                raise Denied(CROSSED)
            if entry.action in self._passed:
                raise Denied(PASSED)
            of_erased = self._joins_erased(entry, pairs)
            effective, reason = self._access.effective(
                entry, pairs, None if new else doc.values, others=doc.written_by_others(self.device.id)
            )
            reason = reason or given
        except Denied as denied:
            if self.device.duty:
                self._passed.add(entry.action)
            return Outcome(found, wire.REJECTED, denied.reason, denied.field)
        effective, doubled = doubles.undouble(self.conn, self._family.values(), entry, effective, doc)
        ordinal, self.count = self.count, self.count + 1
        self.docs[doc.id] = doc
        if self.guard is not None:
            self.guard.took(entry, new=new)
        if entry.verb == erasing.VERB:
            self._erasing.append((entry, ordinal))
        clashes = apply(doc, entry, effective, ordinal, self.device.id, self._former(found), self._seen)
        if of_erased and doc.values.get(INTO) == pairs[INTO][1] and "erased_at" not in doc.values:
            for name in {"erased_at", "retired_at"} - doc.values.keys():
                doc.write(name, entry.at, ordinal)
            self._erasing.append((entry, ordinal))
        if doubled is not None:
            clashes.append(doubled)
            reason = doubles.DOUBLED
        if doc.entity in ("agent", "role"):
            if doc.entity == "agent" and entry.kind == "create" and self._access.by_admin(entry):
                self._works_here(doc)
            self._access.changed()
        self._clashes += [(clash, found, ordinal) for clash in clashes]
        if any(clash.state is ConflictState.OPEN for clash in clashes):
            result = wire.CONFLICT
        else:
            result = wire.MERGED if clashes or reason else wire.OK
        return Outcome(found, result, reason, ordinal=ordinal)

    def _joins_erased(self, entry: EntryIn, pairs: Pairs) -> bool:
        """Whether an entry joins a record with a person who was erased: then it is his, and goes as well. Who knows
        of the erasure does so by the right to erase; another meant the person an admin has erased meanwhile."""
        into, met = (pairs.get(INTO) or (None, None))[1] if entry.entity == erasure.PERSON else None, set()
        while into is not None and into not in met:
            met.add(into)
            doc = self.docs.get(into) or docs.one_locked(self.conn, into)
            if doc is None:
                return False
            if "erased_at" in doc.values:
                knew = self.late is None or not self.late.concerns(into)
                if knew and entry.agent is not None and erasing.VERB not in self._access.verbs(entry.agent):
                    raise Denied(ERASED)
                return True
            into = doc.values.get(INTO)
        return False

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
            self._duties = frozenset(self.conn.execute(_DUTIES).scalars())
        return device in self._duties
