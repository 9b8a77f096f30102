"""One ticket by its number, for a console of the desk's own whose window does not show it."""

from typing import Any

import msgspec
from sqlalchemy import Connection, select

from supportdesk.i18n import N_
from supportdesk.server import granting, tables
from supportdesk.server.membership import HANGS
from supportdesk.server.naming import NUMBER
from supportdesk.server.shapes import Device, Refused
from supportdesk.sync import wire

NOT_THERE = N_("There is no ticket of this number.")


def ticket(conn: Connection, device: Device, number: str) -> dict[str, Any]:
    """{rows, entries} of a ticket and what hangs on it, as a pull gives them. Raises Refused 404: also for the consoles
    of other companies, which have whatever they may see."""
    n, d, e = tables.naming, tables.doc, tables.entry
    found = []
    if granting.is_own(granting.scopes_of(conn, device.id)):
        found = list(conn.execute(select(n.c.id).where(n.c.target == number, n.c.kind == NUMBER)).scalars())
    if not found:
        raise Refused(404, "not_found", NOT_THERE)
    hanging = conn.execute(
        select(n.c.id).where(n.c.target.in_(found), n.c.entity.in_((*HANGS, "conflict")))).scalars()
    ids = sorted({*found, *hanging})
    rows = conn.execute(
        select(d.c.id, d.c.entity, d.c.rev, d.c.doc).where(d.c.id.in_(ids), d.c.rev > 0).order_by(d.c.rev, d.c.id))
    entries = conn.execute(
        select(e.c.body, e.c.device, e.c.seq).where(e.c.entity_id.in_(ids), e.c.seq.is_not(None)).order_by(e.c.seq))
    return {
        "rows": [{"scope": wire.ASKED, "seq": row.rev, "entity": row.entity, "id": row.id, "rev": row.rev,
                  "doc": msgspec.Raw(row.doc.encode())} for row in rows],
        "entries": [msgspec.Raw(f'{row.body[:-1]},"device":"{row.device}","seq":{row.seq}}}'.encode())
                    for row in entries],
    }
