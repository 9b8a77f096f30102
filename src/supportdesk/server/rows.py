"""Rows and entries by their places in the order, as they are sent."""

from typing import Any

import msgspec
from sqlalchemy import Connection, bindparam, select

from supportdesk.server import tables

ENTRIES_PER_ROW = 2
"""A page holds at most so many times as many entries as rows."""

_e, _m, _d = tables.entry, tables.membership, tables.doc
_ENTRIES = select(_e.c.body, _e.c.device, _e.c.seq).where(
    _e.c.seq > bindparam("after"), _e.c.seq <= bindparam("upto")).order_by(_e.c.seq)
_ROWS = (
    select(_m.c.seq, _m.c.gone, _m.c.entity, _m.c.id, _d.c.rev, _d.c.doc).join(_d, _d.c.id == _m.c.id)
    .where(_m.c.scope == bindparam("scope"), _m.c.seq > bindparam("after")).order_by(_m.c.seq, _m.c.id)
)
_SOME_ROWS = _ROWS.limit(bindparam("most"))
_ROWS_UP_TO = _ROWS.where(_m.c.seq <= bindparam("upto"))


def own_page(conn: Connection, cursor: int, newest: int, limit: int) -> tuple[int, list[dict[str, Any]],
                                                                              list[msgspec.Raw]]:
    """Everything there is after a place, as it is stored, at most ``limit`` rows (each place of the order is one
    entry's): up to which place, the rows, and the entries behind them."""
    found, upto = page_of(conn, tables.OWN, cursor, newest, limit)
    upto = min(upto, cursor + limit * ENTRIES_PER_ROW)
    rows = [sent(tables.OWN, row, None if row.gone else msgspec.Raw(row.doc.encode()))
            for row in found if row.seq <= upto]
    return upto, rows, [whole(row) for row in conn.execute(_ENTRIES, {"after": cursor, "upto": upto}).all()]


def whole(row: Any) -> msgspec.Raw:
    """An entry (body, device, seq) as it is sent."""
    body, device, seq = row
    return msgspec.Raw(f'{body[:-1]},"device":"{device}","seq":{seq}}}'.encode())


def sent(scope: str, row: Any, doc: msgspec.Raw | None) -> dict[str, Any]:
    """A row as it is sent; without ``doc`` it is gone."""
    return {"scope": scope, "seq": row.seq, "entity": row.entity, "id": row.id,
            "rev": 0 if doc is None else row.rev, "doc": doc}


def page_of(conn: Connection, scope: str, cursor: int, newest: int, limit: int) -> tuple[list[Any], int]:
    """The rows of a page and the place up to which it goes."""
    asked = {"scope": scope, "after": cursor}
    rows = conn.execute(_SOME_ROWS, asked | {"most": limit + 1}).all()
    upto = newest
    if len(rows) > limit:
        upto = rows[limit].seq - 1
        if upto < rows[0].seq:  # one place of the order fills more than a page
            upto = rows[0].seq
            rows = conn.execute(_ROWS_UP_TO, asked | {"upto": upto}).all()
    return [row for row in rows if row.seq <= upto], upto
