"""A pull: the rows that changed since a console looked last, in order, and the entries behind them.

A row stands once, at its newest place, so a pull from 0 is what a new console needs and no more. A page ends between
two places of the order, never within one; it holds at most ``limit`` rows (more only where one entry made more) and
at most :data:`ENTRIES_PER_ROW` times as many entries.
"""

from typing import Any

import msgspec
from sqlalchemy import Connection, select

from supportdesk.i18n import N_
from supportdesk.server import restoring, tables
from supportdesk.server.shapes import PullAsk, Refused
from supportdesk.sync import wire

SCOPE = N_("This console has no part in that.")
LIMIT = N_("A pull asks for at least one row.")
ENTRIES_PER_ROW = 2


def pull(conn: Connection, ask: PullAsk) -> dict[str, Any]:
    """One page of every scope asked for. Raises Refused."""
    if set(ask.cursors) - {tables.OWN}:
        raise Refused(403, "scope", SCOPE)
    if ask.limit < 1:
        raise Refused(400, "limit", LIMIT)
    head = conn.execute(select(tables.head)).one()
    cursor = ask.cursors.get(tables.OWN, 0)
    restoring.admit(conn, head, ask.epoch, ask.chain)
    if cursor > head.seq:
        raise Refused(409, "unproven", restoring.UNPROVEN)
    limit = min(ask.limit, wire.PULL_ROWS)
    rows = _rows(conn, max(cursor, 0), limit + 1)
    upto = head.seq
    if len(rows) > limit:
        upto = rows[limit].seq - 1
        if upto < rows[0].seq:  # one place of the order fills more than a page
            upto = rows[0].seq
            rows = _rows(conn, cursor, None, upto)
    upto = min(upto, cursor + limit * ENTRIES_PER_ROW)
    s = tables.scope_sum
    held, count = conn.execute(select(s.c.sum, s.columns["count"]).where(s.c.scope == tables.OWN)).one()
    return {
        "head": {"epoch": head.epoch, "seq": head.seq, "chain": restoring.signed(head, head.seq, head.chain)},
        "scopes": {tables.OWN: {"seq": upto, "sum": held % (1 << 64), "count": count, "more": upto < head.seq}},
        "rows": [
            {"scope": tables.OWN, "seq": r.seq, "entity": r.entity, "id": r.id, "rev": r.rev,
             "doc": None if r.gone else msgspec.Raw(r.doc.encode())}
            for r in rows if r.seq <= upto
        ],
        "entries": _entries(conn, cursor, upto),
    }


def _rows(conn: Connection, after: int, most: int | None, upto: int | None = None) -> list[Any]:
    m, d = tables.membership, tables.doc
    query = (
        select(m.c.seq, m.c.gone, m.c.entity, m.c.id, d.c.rev, d.c.doc).join(d, d.c.id == m.c.id)
        .where(m.c.scope == tables.OWN, m.c.seq > after).order_by(m.c.seq, m.c.id)
    )
    if upto is not None:
        query = query.where(m.c.seq <= upto)
    return list(conn.execute(query if most is None else query.limit(most)))


def _entries(conn: Connection, after: int, upto: int) -> list[msgspec.Raw]:
    e = tables.entry
    query = select(e.c.body, e.c.device, e.c.seq).where(e.c.seq > after, e.c.seq <= upto).order_by(e.c.seq)
    return [
        msgspec.Raw(f'{row.body[:-1]},"device":"{row.device}","seq":{row.seq}}}'.encode())
        for row in conn.execute(query)
    ]
