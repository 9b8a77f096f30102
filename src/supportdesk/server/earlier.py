"""What of a push has come before, and what waits for a newer server (field/sync.md 2.5, 2.10)."""

from collections.abc import Collection, Mapping
from itertools import groupby

from sqlalchemy import Connection, bindparam, select

from supportdesk.server import restoring, tables
from supportdesk.server.outcomes import Outcome
from supportdesk.server.reading import Read
from supportdesk.server.shapes import Device, PushAsk, Refused
from supportdesk.server.statements import Among
from supportdesk.sync import wire

_e, _d = tables.entry, tables.device
_TAKEN = select(_e.c.id, _e.c.device, _e.c.n, _e.c.seq, _e.c.result, _e.c.reason, _e.c.digest, _e.c.entity_id)
_BY_ID = Among(_TAKEN, _e.c.id)
_BY_N = _TAKEN.where(_e.c.device == bindparam("device"), _e.c.n.between(bindparam("first"), bindparam("last")))
_LATE = select(_e.c.id, _e.c.entity_id, _e.c.n).where(
    (_e.c.device == bindparam("device")) & (_e.c.result == wire.LATER))
_SHUT_OUT = select(_d.c.id).where(_d.c.id == bindparam("device"), _d.c.revoked_at.is_not(None))


class Earlier:
    """``known``: what was taken before, by n. ``waiting``: the rows on which entries of this device wait for a newer
    server, with the n since when; ``actions`` wait with them. ``retried``: entries that waited and come again.
    ``strangers``: entries another desk brought, by n: the row they are about. ``family`` are the copies of the
    desk. Raises Refused 409 where this cannot be the same desk."""

    def __init__(self, conn: Connection, device: Device, ask: PushAsk, reads: Collection[Read],
                 family: Collection[str]) -> None:
        self._conn = conn
        self._device = device
        self._family = family
        self._reads = reads
        self.known: dict[int, Outcome] = {}
        self.waiting: dict[str, int] = {}
        self.retried: list[str] = []
        self.strangers: dict[int, str] = {}
        self._find(ask)
        self._wait()
        self.actions = self._held_up(self.known, self.waiting)

    def _find(self, ask: PushAsk) -> None:
        by_n = {}
        if ask.first_n <= self._device.last_n:
            asked = {"device": self._device.id, "first": ask.first_n, "last": ask.first_n + len(self._reads) - 1}
            by_n = {row.n: row for row in self._conn.execute(_BY_N, asked)}
        by_id = {row.id: row for row in _BY_ID.rows(self._conn, (r.id for r in self._reads if r.entry is not None))}
        seen: dict[str, int] = {}
        for r in self._reads:
            row = by_id.get(r.id) or by_n.get(r.n)
            if row is not None and row.id != r.id and row.digest != r.digest:
                row = None
            if row is not None and row.result == wire.LATER and self._speaks_for(row.device):
                self.retried.append(row.id)
            elif row is not None:
                result = row.result if row.result in (wire.REJECTED, wire.LATER) else wire.DUP
                reason, _, about = (row.reason or "").partition("\n")
                self.known[r.n] = Outcome(r, result, reason or None, about or None, seq=row.seq, fresh=False)
                if row.device != self._device.id and row.device not in self._family:
                    self.strangers[r.n] = row.entity_id
            elif r.n <= self._device.last_n:
                raise Refused(409, "fork", restoring.FORK)
            elif r.entry is not None and seen.setdefault(r.id, r.n) != r.n:
                self.known[r.n] = Outcome(r, wire.DUP, fresh=False)

    def _wait(self) -> None:
        again = set(self.retried)
        for row in self._conn.execute(_LATE, {"device": self._device.id}):
            if row.id not in again:
                self.waiting[row.entity_id] = min(row.n, self.waiting.get(row.entity_id, row.n))

    def _speaks_for(self, device: str) -> bool:
        """Whether this desk may say again what another one said: itself, or a copy of it that was shut out."""
        return device == self._device.id or (
            device in self._family and self._conn.execute(_SHUT_OUT, {"device": device}).first() is not None)

    def _held_up(self, known: Mapping[int, Outcome], waiting: dict[str, int]) -> set[str]:
        """Actions that wait: of which this server does not know an entry, or on a row that waits. Their rows wait from
        then on."""
        if not waiting and not any(r.late for r in self._reads):
            return set()
        found = set()
        fresh = (r for r in self._reads if r.entry is not None and r.n not in known)
        for action, group in groupby(fresh, key=lambda r: r.entry.action if r.entry is not None else ""):
            rows = [(r, r.entry.entity_id) for r in group if r.entry is not None]
            if any(r.late or waiting.get(row, r.n) < r.n for r, row in rows):
                found.add(action)
                for r, row in rows:
                    waiting[row] = min(r.n, waiting.get(row, r.n))
        return found
