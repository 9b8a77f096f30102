"""A ticket number that two copies of one desk gave out (DESIGN.md 9): both tickets stay. The one confirmed later gets a
new number at once; the one its caller was told leads to both, by the row that tells of it.

Looked for only among the tickets of desks that were copied: nobody else can give a number twice.
"""

from collections.abc import Collection

from sqlalchemy import Connection, select

from supportdesk.i18n import N_
from supportdesk.rules.numbers import TypedKind, make_number, parse
from supportdesk.server import tables
from supportdesk.server.merging import Clash, Doc
from supportdesk.server.reading import Pairs
from supportdesk.server.shapes import EntryIn
from supportdesk.terms.codes import ConflictState

DOUBLED = N_("A copy of this desk had given this number already; the ticket has a new one.")
NUMBER = "number"


def family(conn: Connection, origin: str) -> dict[str, int]:
    """A desk and its copies with their prefixes, first come first; whoever pushes of them does so alone from here
    on."""
    d = tables.device
    conn.execute(select(d.c.id).where(d.c.id == origin).with_for_update())
    found = conn.execute(select(d.c.id, d.c.prefix).where(d.c.origin == origin).order_by(d.c.id))
    return {row.id: row.prefix for row in found}


def undouble(conn: Connection, prefixes: Collection[int], entry: EntryIn, pairs: Pairs,
             doc: Doc) -> tuple[Pairs, Clash | None]:
    """The fields of a new ticket, under another number if its own was given already; and what tells of it."""
    given = (pairs.get(NUMBER) or (None, None))[1]
    if not prefixes or entry.entity != "ticket" or entry.kind != "create" or doc.exists or not given:
        return pairs, None
    other = _ticket_of(conn, given, doc.id)
    counter = given.split("-")[1] if parse(given).number == given and parse(given).kind is TypedKind.NUMBER else ""
    stamp = None if other is None else other.stamp(NUMBER)
    if stamp is None or not counter:
        return pairs, None
    for prefix in prefixes:
        new = make_number(prefix, int(counter))
        if new != given and _ticket_of(conn, new, doc.id) is None:
            clash = Clash(doc, NUMBER, new, given, stamp, won=False, state=ConflictState.AUTO)
            return {**pairs, NUMBER: [None, new]}, clash
    return pairs, None


def _ticket_of(conn: Connection, number: str, but: str) -> Doc | None:
    d = tables.doc
    query = select(d).where(d.c.entity == "ticket", d.c.id != but,
                            d.c.doc.contains(f'"{NUMBER}":"{number}"', autoescape=True))
    for row in conn.execute(query):
        found = Doc(row.id, row.entity, row.rev, (row.frev, row.doc))
        if found.values.get(NUMBER) == number:
            return found
    return None
