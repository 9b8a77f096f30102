"""Writing a push down: rows and entries at the places in the order they will most likely get. The head of the order is
locked last, for as long as it takes to see that nobody came in between, and to commit."""

from collections.abc import Sequence
from hashlib import blake2b
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import Connection, bindparam, select

from supportdesk.rules.sums import raw_sum, total
from supportdesk.server import erasing, restoring, tables
from supportdesk.server.forms import is_computed
from supportdesk.server.guard import Guard
from supportdesk.server.membership import Changed, Spread, house_keeps
from supportdesk.server.merging import Doc
from supportdesk.server.outcomes import Outcome
from supportdesk.server.reading import Read
from supportdesk.server.shapes import Device
from supportdesk.server.statements import Bulk
from supportdesk.sync import wire

NAMELESS = UUID("a7b1a6ce-0d58-5f0b-93c4-0a0d1f6f6a55")

_h, _s = tables.head, tables.scope_sum
_AT = select(_h.c.seq, _h.c.chain)
_HEAD = select(_h).with_for_update()
_SUMS = select(_s.c.scope, _s.c.sum, _s.columns["count"].label("held"))
_SUM = _s.update().where(_s.c.scope == tables.OWN).values({"sum": bindparam("sum"), "count": bindparam("count")})
_ON = _h.update().values(seq=bindparam("seq"), chain=bindparam("chain"))


class Placing:
    """What ``device`` brings: ``docs`` as its entries leave them, ``outcomes`` of the entries in their order, of which
    ``count`` get a place. ``scopes`` and ``guard`` are those of another company's console."""

    def __init__(self, conn: Connection, device: Device, now: str) -> None:
        self.conn = conn
        self.device = device
        self.now = now
        self.docs: dict[str, Doc] = {}
        self.outcomes: list[Outcome] = []
        self.count = 0
        self.added: list[str] = []  # agents who work at this console from now on
        self.retried: Sequence[str] = ()  # entries that waited here for an update, and come again
        self.scopes: frozenset[str] = frozenset()
        self.guard: Guard | None = None
        self.erasures = 0  # how many persons are erased, as this push knows it
        self.late: erasing.Late | None = None

    def mind_erased(self, erasures: int, known: int = 0) -> None:
        """Take nothing of persons beyond the first ``known`` ones that are erased: who brings it knows of these."""
        self.erasures = erasures
        if erasures > known:
            self.late = erasing.late(self.conn, known)

    def write(self) -> dict[str, Any]:
        """Write everything down. Returns the head it leads to, as it is told."""
        changed = sorted((doc for doc in self.docs.values() if doc.ordinal is not None), key=lambda doc: doc.id)
        bulk = Bulk(self.conn)
        for id in self.retried:
            self.conn.execute(tables.entry.delete().where(tables.entry.c.id == id))
        bulk.insert(tables.device_agent, ("device", "agent", "login", "admin"),
                    [(self.device.id, id, self.device.agents[id], False) for id in self.added])
        seen = self.conn.execute(_AT).one()
        first = seen.seq + 1
        self._documents(bulk, changed, first)
        self._entries(bulk, first)
        added, left = self._sums(changed, first)
        chain = self._link(first, seen.chain)
        head = self.conn.execute(_HEAD).one()
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
            kept = {row.scope: (row.sum, row.held) for row in self.conn.execute(_SUMS)}
            before, count = kept.pop(tables.OWN)
            now = tables.signed(total(before, *added, *(-part for part in left)))
            self.conn.execute(_SUM, {"sum": now, "count": count + len(added) - len(left)})
            if kept:
                self._spread(changed, seq)
            self.conn.execute(_ON, {"seq": seq, "chain": chain})
            bulk.insert(tables.mark, ("chain", "seq"), [(chain, seq)])
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
