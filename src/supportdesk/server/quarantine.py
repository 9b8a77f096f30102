"""What a revoked console still sent is kept until an admin decides (field/sync.md 2.11): by whole actions, each taken
as if it had been pushed in time, or dropped."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, func, select

from supportdesk.i18n import N_
from supportdesk.server import enrolling, erasing, tables
from supportdesk.server.pushing import Push, read_all
from supportdesk.server.reading import WAITS, Read, read
from supportdesk.server.shapes import EntryIn, PushAsk
from supportdesk.store.types import from_iso, iso
from supportdesk.sync import wire
from supportdesk.terms.entries import SCHEMA
from supportdesk.terms.errors import NotFound, NotReady

MOST = 20_000
"""Entries kept of one device; more is not a day's work left behind."""
APART = 1 << 40
"""Beyond it are the n of entries taken out of quarantine: what was left out, and what the console sends should it be
let in again, keep their places."""
NOT_KEPT = N_("There is nothing of this id in quarantine. List it: supportdesk server quarantine list")

_entry = msgspec.json.Decoder(EntryIn).decode


@dataclass(frozen=True, slots=True)
class Kept:
    """An action in quarantine: ``id`` of the action, the console it came from, how many entries it has; ``at`` when it
    happened there and ``received_at`` when it came, aware UTC; ``author`` a login."""

    id: str
    device: str
    name: str
    verb: str
    author: str
    entries: int
    at: datetime
    received_at: datetime


def keep(conn: Connection, device: str, ask: PushAsk, now: datetime) -> int:
    """Keep the entries of a push. Returns the n up to which everything is kept or was taken before."""
    q, e = tables.quarantine, tables.entry
    conn.execute(select(tables.device.c.id).where(tables.device.c.id == device).with_for_update())
    reads = read_all(ask)
    late = erasing.late(conn)
    if late is not None:
        late.scrub_all(reads, late.rows_of(reads))
    there = set(conn.execute(select(q.c.n).where(q.c.device == device)).scalars())
    taken = set(conn.execute(select(e.c.id).where(e.c.id.in_([r.id for r in reads]))).scalars())
    upto = ask.first_n - 1
    for raw, found in zip(ask.entries, reads, strict=True):
        if found.entry is not None and found.n not in there and found.id not in taken:
            if len(there) >= MOST:
                break
            there.add(found.n)
            body = bytes(raw).decode() if late is None else found.body
            conn.execute(q.insert().values(device=device, n=found.n, id=found.id, body=body, received_at=iso(now)))
        upto = found.n
    return upto


def kept(conn: Connection) -> list[Kept]:
    """Every action in quarantine, by console, in the order in which it was done."""
    q, d, a = tables.quarantine, tables.device, tables.device_agent
    names = {row.id: row.name for row in conn.execute(select(d.c.id, d.c.name))}
    logins = {row.agent: row.login for row in conn.execute(select(a))}
    found: dict[tuple[str, str], Kept] = {}
    for row in conn.execute(select(q).order_by(q.c.device, q.c.n)):
        entry = _entry(row.body.encode())
        key = (row.device, entry.action)
        if key in found:
            found[key] = replace(found[key], entries=found[key].entries + 1)
            continue
        author = logins.get(entry.agent or "") or entry.author_text or ""
        found[key] = Kept(entry.action, row.device, names.get(row.device, ""), entry.verb, author, 1,
                          from_iso(entry.at), from_iso(row.received_at))
    return list(found.values())


def drop(conn: Connection, action: str) -> int:
    """Forget an action. Returns how many entries it had. Raises NotFound."""
    rows = _rows(conn, action)
    _forget(conn, rows)
    return len(rows)


def accept(conn: Connection, action: str, now: datetime) -> list[dict[str, Any]]:
    """Take an action as if its console had pushed it in time: results as a push has them. Raises NotFound; NotReady for
    one that only a newer server can judge: it stays."""
    rows = _rows(conn, action)
    reads = [read(row.body.encode(), row.n) for row in rows]
    d = tables.device
    query = select(d).where(d.c.id == rows[0].device).with_for_update()
    device = conn.execute(query).one()
    results: list[dict[str, Any]] = _Accepted(conn, device, reads, now).run()["results"]
    if any(result["r"] == wire.LATER for result in results):
        raise NotReady(WAITS, code=wire.LATER)
    conn.execute(d.update().where(d.c.id == device.id).values(
        last_n=device.last_n, lease=device.lease, lease_prev=device.lease_prev, last_seen=device.last_seen,
        schema=device.schema,
    ))
    _forget(conn, rows)
    return results


def _rows(conn: Connection, action: str) -> list[Any]:
    q = tables.quarantine
    query = select(q).where(q.c.body.contains(action, autoescape=True)).order_by(q.c.device, q.c.n).with_for_update()
    rows = [row for row in conn.execute(query) if _entry(row.body.encode()).action == action]
    if not rows:
        raise NotFound(NOT_KEPT)
    return [row for row in rows if row.device == rows[0].device]


def _forget(conn: Connection, rows: Sequence[Any]) -> None:
    q = tables.quarantine
    for row in rows:
        conn.execute(q.delete().where(q.c.device == row.device, q.c.n == row.n))


class _Accepted(Push):
    """A push in the name of a console that is shut out: judged like any other, but an admin stands for its coming."""

    def __init__(self, conn: Connection, row: Any, reads: Sequence[Read], now: datetime) -> None:
        super().__init__(conn, enrolling.device_of(conn, row), PushAsk(0, "", reads[0].n, SCHEMA, []), reads, now)

    def _admit(self) -> None:
        e = tables.entry
        newest = select(func.coalesce(func.max(e.c.n), 0)).where(e.c.device == self.device.id)
        n = max(self.conn.execute(newest).scalar_one(), APART)
        self.device = replace(self.device, last_n=n)
        for at, found in enumerate(self.reads, 1):
            found.n = n + at
        self.ask = PushAsk(0, "", n + 1, SCHEMA, [])
        self.mind_erased(self.conn.execute(select(tables.head.c.erasures)).scalar_one())
