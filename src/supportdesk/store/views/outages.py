"""When services did not run: outages of incidents and major incidents, and what was announced as maintenance. Instants
are microseconds UTC."""

import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from supportdesk.rules.agreements import Terms
from supportdesk.rules.availability import Stretch
from supportdesk.rules.book import Book, Contract
from supportdesk.rules.calendars import ALWAYS, CalendarTime
from supportdesk.rules.clocks import FOR_EVER
from supportdesk.store.views.lookup import keyed
from supportdesk.store.views.names import Name, names
from supportdesk.store.views.ticket import uuid_of
from supportdesk.terms.codes import OutageKind

TAIL = 8
"""Signs of the end of an id that are asked for at least."""


class OutageLine(NamedTuple):
    """An outage or a maintenance; ``ended_us`` None: it goes on, or nobody has said when it ended."""

    id: UUID
    kind: str
    began_us: int
    ended_us: int | None
    product: Name | None
    component: Name | None
    ticket: Name | None
    agent: Name | None
    reason: str

    @property
    def is_maintenance(self) -> bool:
        return self.kind == OutageKind.MAINTENANCE

    @property
    def service(self) -> str:
        """What did not run."""
        named = self.component or self.product
        return named.shown if named else ""


class Service(NamedTuple):
    """What a contract's word for a service stands for in the catalogue; both None: for nothing that is there."""

    product: UUID | None
    component: UUID | None


_COLUMNS = "o.id, o.kind, o.began_at, o.ended_at, o.product_id, o.component_id, o.ticket_id, o.agent_id, o.reason"


def outages(conn: sqlite3.Connection, limit: int, *, going_on: bool = False) -> list[OutageLine]:
    """The newest, those that go on first."""
    where = " AND o.ended_at IS NULL" if going_on else ""
    return _lines(conn, conn.execute(
        f"SELECT {_COLUMNS} FROM outage o WHERE o.retired_at IS NULL AND o.began_at IS NOT NULL{where} "
        "ORDER BY o.ended_at IS NOT NULL, o.began_at DESC, o.id LIMIT ?", (limit,)).fetchall())


def outage(conn: sqlite3.Connection, id: UUID) -> OutageLine | None:
    found = _lines(conn, conn.execute(f"SELECT {_COLUMNS} FROM outage o WHERE o.id = ?", (id.bytes,)).fetchall())
    return found[0] if found else None


def named(conn: sqlite3.Connection, typed: str) -> list[UUID]:
    """Outages by their id or its end."""
    tail = typed.strip().lower().replace("-", "")
    if len(tail) < TAIL or set(tail) - set("0123456789abcdef"):
        return []
    return [UUID(bytes=raw) for (raw,) in conn.execute(
        "SELECT id FROM outage WHERE retired_at IS NULL AND lower(hex(id)) LIKE ? ORDER BY pk LIMIT 3", (f"%{tail}",))]


def of_ticket(conn: sqlite3.Connection, ticket: UUID) -> list[OutageLine]:
    """What was noted on a ticket, the newest first."""
    return _lines(conn, conn.execute(
        f"SELECT {_COLUMNS} FROM outage o WHERE o.ticket_id = ? AND o.retired_at IS NULL "
        "ORDER BY o.began_at DESC, o.id", (ticket.bytes,)).fetchall())


def service_named(conn: sqlite3.Connection, text: str) -> Service:
    """A product before a component, by short name or name, whatever its case."""
    for entity in ("product", "component"):
        found = keyed(conn, entity, text) or keyed(conn, entity, text, retired=True)
        if len(found) == 1:
            return Service(found[0].id, None) if entity == "product" else Service(_product_of(conn, found[0].id),
                                                                                   found[0].id)
    return Service(None, None)


def that_count(conn: sqlite3.Connection, of: Service, contract: Contract, until: int) -> list[OutageLine]:
    """What was noted of a service before an instant and counts for a contract: of a product what was noted of it or of
    one of its components; of a component what was noted of it, of what it is part of or what is part of it. What was
    noted on a case of one customer counts for him alone, unless the case is a major incident; what was noted on a
    cancelled ticket counts for nobody."""
    return _noted(conn, of, contract.organisation_id, contract.id, "o.began_at < ?", (until,))


def maintenance_now(conn: sqlite3.Connection, of: Service, organisation: UUID | None, now: int) -> OutageLine | None:
    """The maintenance of a service that runs at an instant and counts for an organisation, by the same rule; of several
    the one that ends last."""
    found = _noted(conn, of, organisation, None, "o.kind = ? AND o.began_at <= ? AND o.ended_at > ?",
                   (OutageKind.MAINTENANCE, now, now))
    return max(found, key=lambda line: line.ended_us or 0, default=None)


def _noted(conn: sqlite3.Connection, of: Service, organisation: UUID | None, contract: UUID | None, when: str,
           values: tuple[object, ...]) -> list[OutageLine]:
    """What was noted of a service and counts for a customer or a contract; ``when`` is SQL of the outage ``o``."""
    if of.product is None and of.component is None:
        return []
    components = _components(conn, of)
    marks = ", ".join("?" * len(components))
    whole = "o.component_id IS NULL AND o.product_id = ?"
    rows = conn.execute(
        f"SELECT {_COLUMNS} FROM outage o LEFT JOIN ticket t ON t.id = o.ticket_id "
        f"WHERE o.retired_at IS NULL AND {when} AND (({whole}) OR o.component_id IN ({marks})) "
        "AND (t.id IS NULL OR t.status IS NOT 'cancelled') AND (t.organisation_id IS NULL OR t.organisation_id = ? "
        "OR t.contract_id = ? OR EXISTS (SELECT 1 FROM major_incident m WHERE m.ticket_id = t.id "
        "AND m.retired_at IS NULL)) ORDER BY o.began_at, o.id",
        (*values, of.product and of.product.bytes, *components, organisation and organisation.bytes,
         contract and contract.bytes)).fetchall()
    return _lines(conn, rows)


def agreed_hours(book: Book, contract: Contract) -> list[Stretch]:
    """What a contract agrees on as hours, from the beginning of each of its versions to that of the next, while it is
    valid."""
    since_ever = ALWAYS if contract.valid_from is None else contract.valid_from
    ends = FOR_EVER if contract.valid_until is None else contract.valid_until
    found = []
    for place, terms in enumerate(contract.versions):
        following = contract.versions[place + 1].since if place + 1 < len(contract.versions) else FOR_EVER
        since, until = max(terms.since, since_ever), min(following, ends)
        if since < until:
            found.append(Stretch(since, until, hours_of(book, terms)))
    return found


def hours_of(book: Book, terms: Terms) -> CalendarTime | None:
    """The hours of a version of a contract; None: around the clock."""
    calendar = book.calendar(terms.calendar)
    return calendar.time if calendar else None


def _components(conn: sqlite3.Connection, of: Service) -> Sequence[bytes]:
    tree = {id: (parent, product) for id, parent, product in conn.execute(
        "SELECT id, parent_id, product_id FROM component")}
    if of.component is None:
        return [id for id, (_parent, product) in tree.items() if of.product and product == of.product.bytes]
    own = of.component.bytes
    return [id for id in tree if own in _above(tree, id) or id in _above(tree, own)]


def _above(tree: dict[bytes, tuple[bytes | None, bytes | None]], id: bytes | None) -> set[bytes]:
    """A component and all it is part of."""
    found: set[bytes] = set()
    while id is not None and id not in found and id in tree:
        found.add(id)
        id = tree[id][0]
    return found


def _product_of(conn: sqlite3.Connection, component: UUID) -> UUID | None:
    (found,) = conn.execute("SELECT product_id FROM component WHERE id = ?", (component.bytes,)).fetchone()
    return uuid_of(found)


def _lines(conn: sqlite3.Connection, rows: Iterable[tuple[Any, ...]]) -> list[OutageLine]:
    rows = list(rows)
    known = names(conn, ((entity, uuid_of(raw)) for row in rows for entity, raw in zip(_NAMED, row[4:8], strict=True)))

    def name(raw: bytes | None) -> Name | None:
        return None if raw is None else known.get(UUID(bytes=raw))

    return [
        OutageLine(UUID(bytes=id), kind or "", began, ended, name(product), name(component), name(ticket), name(agent),
                   reason or "")
        for id, kind, began, ended, product, component, ticket, agent, reason in rows
    ]


_NAMED = ("product", "component", "ticket", "agent")
