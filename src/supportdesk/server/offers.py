"""When a handoff may be due, told by the exchange's own documents: the desk file is opened only when one is."""

from datetime import datetime

import msgspec
from sqlalchemy import Connection, select

from supportdesk.rules.answering import answer_by
from supportdesk.server import tables
from supportdesk.server.exchange import Exchange
from supportdesk.server.statements import among
from supportdesk.store.types import from_iso, instant, micros
from supportdesk.terms.codes import Priority

_decode = msgspec.json.Decoder(dict[str, object]).decode
_Offer = tuple[str, str]
"""Id and priority: another priority is another time."""


class Watch:
    """What is known of the offers that wait, up to a place of the server's order."""

    def __init__(self) -> None:
        self._seq = -1
        self._known: frozenset[_Offer] = frozenset()
        self._next: datetime | None = None
        self._not_before: datetime | None = None

    def wake(self, exchange: Exchange) -> datetime | None:
        """The instant at which the duty has to look; None when nothing waits. Never later than something is due: hours
        in which a team is away only move it on."""
        with tables.reading(exchange.engine) as conn:
            seq = conn.execute(select(tables.head.c.seq)).scalar_one()
            waiting = None if seq == self._seq else _waiting(conn)
        if waiting is not None:
            self._seq = seq
            new = [at for offer, at in waiting.items() if offer not in self._known]
            known = [self._next] if self._next is not None and waiting else []
            self._next = min([*new, *known], default=None)
        if self._next is None or self._not_before is None:
            return self._next
        return max(self._next, self._not_before)

    def seen(self, exchange: Exchange, next_at: datetime | None) -> None:
        """The duty has looked at everything, and knows when the next is due."""
        with tables.reading(exchange.engine) as conn:
            self._seq = conn.execute(select(tables.head.c.seq)).scalar_one()
            self._known = frozenset(_waiting(conn))
        self._next, self._not_before = next_at, None

    def again(self, at: datetime) -> None:
        """The duty could not look; it tries again then."""
        self._not_before = at


def _waiting(conn: Connection) -> dict[_Offer, datetime]:
    d = tables.doc
    offers = {}
    for row in conn.execute(select(d.c.id, d.c.doc).where(tables.OFFERED[conn.dialect.name])):
        doc = _decode(row.doc)
        if doc.get("state") == "offered" and doc.get("offered_at") and doc.get("retired_at") is None:
            offers[row.id] = (str(doc.get("ticket_id")), from_iso(str(doc["offered_at"])))
    tickets = among(conn, select(d.c.id, d.c.doc), d.c.id, (ticket for ticket, _at in offers.values()))
    priorities = {row.id: str(_decode(row.doc).get("priority") or "") for row in tickets}
    return {
        (id, priority := priorities.get(ticket, "")): instant(answer_by(micros(since), Priority.read(priority), None))
        for id, (ticket, since) in offers.items()
    }
