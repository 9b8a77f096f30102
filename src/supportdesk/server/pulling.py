"""A pull: the rows that changed since a console looked last, in order, and the entries behind them.

A row stands once in each scope, at its newest place, so a pull from 0 is what a new console needs and no more. A page
ends between two places of the order, never within one; it holds at most ``limit`` rows (more only where one place
holds more) and at most :data:`ENTRIES_PER_ROW` times as many entries. The scopes are those an admin granted: a
console that asks for another is told which they are, whether that one is there or not.
"""

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, bindparam, select

from supportdesk.i18n import N_
from supportdesk.rules.schema import STEPS, row_for, row_now
from supportdesk.server import erasing, granting, restoring, tables
from supportdesk.server.newest import Newest
from supportdesk.server.pages import Page, Pages
from supportdesk.server.rows import ENTRIES_PER_ROW, own_page, page_of, sent, whole
from supportdesk.server.shapes import Device, PullAsk, Refused
from supportdesk.server.showing import Sight
from supportdesk.sync import wire
from supportdesk.terms.entries import OLDEST, SCHEMA

SCOPE = N_("This console has no part in that.")
UPDATE = N_("This console is too old to be shown what others did: its program needs an update. What it sends is taken.")
LIMIT = N_("A pull asks for at least one row.")

_h, _s, _k, _dev = tables.head, tables.scope_sum, tables.mark, tables.device
_STANDING = select(
    _h,
    _s.c.sum.label("own_sum"), _s.columns["count"].label("own_count"),
    select(_k.c.seq).where(_k.c.chain == bindparam("chain")).scalar_subquery().label("seen"),
    select(_dev.c.erased).where(_dev.c.id == bindparam("device")).scalar_subquery().label("carried_out"),
).select_from(_h.join(_s, _s.c.scope == tables.OWN))
_SUM = select(_s.c.sum, _s.columns["count"]).where(_s.c.scope == bindparam("scope"))


def standing(conn: Connection, device: str, chain: str | None) -> Any:
    """The head of the order and what the desk's own scope adds up to; ``seen`` is the place of the head a console saw
    last, None where this order has none such, ``carried_out`` the last erasure it said it had carried out. One
    statement: a console that follows asks for little else."""
    return conn.execute(_STANDING, {"device": device, "chain": (chain or "").partition(".")[0]}).one()


def pull(conn: Connection, device: Device, ask: PullAsk, head: Any, pages: Pages, newest: Newest) -> Page:
    """One page over all granted scopes, as of ``head`` (:func:`standing`). Raises Refused."""
    if ask.limit < 1:
        raise Refused(400, "limit", LIMIT)
    restoring.admit(conn, head, ask.epoch, ask.chain, is_known=not ask.chain or head.seen is not None)
    if ask.schema < OLDEST:
        raise Refused(409, "update", UPDATE)
    granted = granting.scopes_of(conn, device.id)
    if ask.cursors.keys() - granted:
        raise Refused(403, "scope", SCOPE, scopes=sorted(granted))
    if max(ask.cursors.values(), default=0) > head.seq:
        raise Refused(409, "unproven", restoring.UNPROVEN)
    if granted == {tables.OWN}:
        key = (head.epoch, head.seq, head.chain, head.erasures,
               msgspec.json.encode(msgspec.structs.replace(ask, chain=None)))
        return pages.get(key, lambda: _told(conn, head, granted, ask, newest))
    return _told(conn, head, granted, ask, newest)


def _told(conn: Connection, head: Any, granted: frozenset[str], ask: PullAsk, newest: Newest) -> Page:
    limit = min(ask.limit, wire.PULL_ROWS)
    scopes: dict[str, Any] = {}
    rows: list[dict[str, Any]] = []
    entries: list[msgspec.Raw] = []
    sight = None if granting.is_own(granted) else Sight(conn, granted)
    for scope in sorted(granted):
        cursor, room = ask.cursors.get(scope, 0), limit - len(rows)
        upto = cursor
        if room > 0:
            if scope == tables.OWN:
                held = newest.page(conn, head, cursor, room)
                upto, own_rows, own_entries = held or own_page(conn, cursor, head.seq, room)
                rows += own_rows
                entries += own_entries
            else:
                upto = _page(conn, sight, scope, cursor, head.seq, room, rows, entries)
        summed, count = (head.own_sum, head.own_count) if scope == tables.OWN else (
            conn.execute(_SUM, {"scope": scope}).one())
        scopes[scope] = {"seq": upto, "sum": summed % (1 << 64), "count": count, "more": upto < head.seq}
    if sight is not None and ask.doubtful:
        rows += _gone(conn, granted, ask.doubtful[: wire.DOUBTFUL_ROWS], head.seq)
    if ask.schema < SCHEMA and STEPS:
        rows = [row | {"doc": None if row["doc"] is None else _as_of(ask.schema, row["entity"], row["doc"])}
                for row in rows]
    page = Page({
        "schema": SCHEMA,
        "head": {"epoch": head.epoch, "seq": head.seq, "chain": restoring.signed(head, head.seq, head.chain)},
        "scopes": scopes, "rows": rows, "entries": entries,
    })
    if head.erasures > ask.erased:
        page["erasures"] = [order.told() for order in erasing.orders(conn, ask.erased)]
    return page


def _as_of(schema: int, entity: str, doc: msgspec.Raw) -> msgspec.Raw:
    """A document as a console of an older version reads it."""
    values = row_for(entity, row_now(entity, msgspec.json.decode(doc)), schema)
    return msgspec.Raw(msgspec.json.encode(values, order="sorted"))


def _gone(conn: Connection, granted: frozenset[str], doubtful: Sequence[tuple[str, str]],
          seq: int) -> list[dict[str, Any]]:
    """Rows a console has from an order that was lost, and that are not its part in this one: they came and went in one
    push, so that no place tells of it. Only of rows about which it names an entry that was taken: whoever never saw a
    row learns nothing of it."""
    e, d, m = tables.entry, tables.doc, tables.membership
    named = set(doubtful)
    ids = sorted({row for row, _entry in named})
    proved = {
        row.entity_id for row in conn.execute(select(e.c.id, e.c.entity_id).where(
            e.c.id.in_(sorted({entry for _row, entry in named})), e.c.seq.is_not(None)))
        if (row.entity_id, row.id) in named
    }
    live = set(conn.execute(
        select(m.c.id).where(m.c.id.in_(ids), m.c.scope.in_(sorted(granted)), m.c.gone.is_(False))).scalars())
    there = conn.execute(select(d.c.id, d.c.entity).where(d.c.id.in_(sorted(proved - live)), d.c.rev > 0)).all()
    return [{"scope": scope, "seq": seq, "entity": row.entity, "id": row.id, "rev": 0, "doc": None}
            for row in there for scope in sorted(granted)]


def _page(conn: Connection, sight: Sight | None, scope: str, cursor: int, newest: int, limit: int,
          rows: list[dict[str, Any]], entries: list[msgspec.Raw]) -> int:
    """What a company is shown of its part (``sight``), or one's own of what a window shows: that whole."""
    found, upto = page_of(conn, scope, cursor, newest, limit)
    p, e = tables.scope_entry, tables.entry
    between = (p.c.scope == scope) & (p.c.place > cursor) & (p.c.place <= upto)
    most = limit * ENTRIES_PER_ROW
    places = conn.execute(select(p.c.place).where(between).order_by(p.c.place).limit(most + 1)).scalars().all()
    if len(places) > most:
        first = min(places[0], found[0].seq if found else places[0])
        upto = max(first, places[most] - 1)
    found = [row for row in found if row.seq <= upto]
    live = [(row.id, row.entity, row.doc) for row in found if not row.gone]
    shown = {id: msgspec.Raw(doc.encode()) for id, _entity, doc in live} if sight is None else sight.documents(live)
    rows += [sent(scope, row, shown.get(row.id)) for row in found]
    query = (
        select(e.c.body, e.c.device, e.c.seq).join(p, p.c.seq == e.c.seq)
        .where(p.c.scope == scope, p.c.place > cursor, p.c.place <= upto).order_by(e.c.seq)
    )
    behind = conn.execute(query).all()
    entries += [whole(row) for row in behind] if sight is None else sight.entries(behind)
    return upto
