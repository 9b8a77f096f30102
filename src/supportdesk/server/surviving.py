"""Rows that only consoles still have are brought back to a restored server (field/sync.md 2.8).

A console offers what it has from the server that was. A field is taken where nobody wrote it since the orders parted,
or where what stands is older in the order that was lost. What is taken is an entry like any other, written by the
server in the name of the console that had it; rights (an agent's roles, what a role may) are never brought back so.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, func, select

from supportdesk.i18n import N_
from supportdesk.rules.schema import row_now
from supportdesk.server import docs, erasing, forms, granting, restoring, tables
from supportdesk.server.access import NEWCOMER
from supportdesk.server.forms import CHECKS
from supportdesk.server.merging import Doc
from supportdesk.server.outcomes import Outcome
from supportdesk.server.placing import Placing
from supportdesk.server.reading import Pairs, Read
from supportdesk.server.shapes import Device, EntryIn, Refused, SurvivorIn, SurvivorsAsk
from supportdesk.store.types import iso, uuid7
from supportdesk.sync import wire
from supportdesk.terms.entries import SCHEMA

PROOF = N_("Only a console that was told more than this server holds can bring rows back.")
WHOLE = N_("Only a console that holds everything of the desk's own sites can bring rows back.")
BROUGHT_BACK = "Brought back by a console after the server was restored from a backup."
"""The reason of the entries made here: data, in English."""
_RIGHTS = {"agent": ("roles", NEWCOMER), "role": ("verbs", [])}


def take(conn: Connection, device: Device, ask: SurvivorsAsk, now: datetime) -> dict[str, Any]:
    """Take what this server is missing of ``ask.rows``. Raises Refused."""
    head = conn.execute(select(tables.head)).one()
    d = tables.device
    row = conn.execute(select(d).where(d.c.id == device.id)).one()
    if ask.epoch != head.epoch or row.epoch != head.epoch or row.shared_seq is None:
        raise Refused(409, "epoch", restoring.EPOCH, epoch=head.epoch)
    if not granting.is_whole(granting.scopes_of(conn, device.id)):
        raise Refused(403, "proof", WHOLE)
    if row.proved_seq is None:
        raise Refused(403, "proof", PROOF)
    if len(ask.rows) > wire.SURVIVOR_ROWS:
        raise Refused(413, "too_large", PROOF)
    rows = {r.id: r for r in ask.rows if _fit(r) and row.shared_seq < r.rev <= row.proved_seq}
    return {"taken": _Survivors(conn, head.server, device.name, row.shared_seq, list(rows.values()), now).bring_back()}


def _fit(row: SurvivorIn) -> bool:
    return row.entity in CHECKS and forms.is_id(row.id) is not None


class _Survivors(Placing):
    """A push the server makes by itself: one entry for each row that it was missing, or parts of."""

    def __init__(self, conn: Connection, server: str, author: str, shared: int, rows: Sequence[SurvivorIn],
                 now: datetime) -> None:
        myself = Device(server, "", 0, 0, 0, False, {}, frozenset())
        super().__init__(conn, myself, iso(now))
        self._author = author
        self._shared = shared
        self._rows = rows

    def bring_back(self) -> int:
        self.mind_erased(self.conn.execute(select(tables.head.c.erasures)).scalar_one())
        if self.late is not None:
            self.late.learn(id for row in self._rows for id in (row.id, *erasing.named_by(row.entity, row.doc)))
            for row in sorted(self._rows, key=lambda r: r.entity not in ("ticket", "contact")):
                row.doc.update(self.late.row(row.entity, row.id, row.doc))
        e = tables.entry
        newest = select(func.coalesce(func.max(e.c.n), 0)).where(e.c.device == self.device.id)
        n = self.conn.execute(newest).scalar_one()
        self.docs |= docs.locked(self.conn, (r.id for r in self._rows))
        for row in sorted(self._rows, key=lambda r: r.rev):
            doc = self.docs.setdefault(row.id, Doc(row.id, row.entity))
            pairs = self._missing(doc, row)
            if not pairs:
                continue
            n += 1
            kind = "set" if doc.exists else "create"
            if doc.exists:
                for name, (_old, new) in pairs.items():
                    doc.write(name, new, self.count, row.rev)
            else:
                doc.make({name: new for name, (_old, new) in pairs.items()}, self.count, row.rev)
            self.outcomes.append(Outcome(self._read(row, kind, pairs, n), wire.OK, ordinal=self.count))
            self.count += 1
        if self.count:
            self.write()
        return self.count

    def _missing(self, doc: Doc, row: SurvivorIn) -> Pairs:
        """What of a row this server should have: field -> [what stands, what comes]."""
        if doc.exists and doc.entity != row.entity:
            return {}
        guarded, newcomer = _RIGHTS.get(row.entity, ("", []))
        found: Pairs = {}
        given = row_now(row.entity, row.doc)
        known = CHECKS[row.entity]
        others = sorted(filter(forms.is_field, given.keys() - known.keys()))  # which only a newer version knows
        for name in (*known, *others):
            check, stands, value = known.get(name, forms.of_newer), doc.values.get(name), given.get(name)
            if name == guarded:
                value = stands if doc.exists else newcomer
            try:
                value = None if value is None else check(value)
            except (ValueError, TypeError):
                continue
            stamp = doc.stamp(name)
            free = stamp is None or stamp.seq <= self._shared or 0 < stamp.former < row.rev
            if free and (value or None) != (stands or None):
                found[name] = [stands, value]
        return found

    def _read(self, row: SurvivorIn, kind: str, pairs: Pairs, n: int) -> Read:
        id = str(uuid7())
        entry = EntryIn(
            id, id, n, "import_records", row.entity, row.id, kind, 0, SCHEMA, msgspec.Raw(msgspec.json.encode(pairs)),
            self.now, self.now, id, author_text=self._author, reason=BROUGHT_BACK,
        )
        return Read(n, "", id, entry, pairs, body=msgspec.json.encode(entry).decode())
