"""Documents of the exchange as a push takes them into its hands."""

from collections.abc import Iterable, Iterator

from sqlalchemy import Connection, bindparam, select

from supportdesk.server import tables
from supportdesk.server.merging import Doc
from supportdesk.server.statements import Among

_d = tables.doc
_DOCS = select(_d.c.id, _d.c.entity, _d.c.rev, _d.c.frev, _d.c.doc)
_SOME = Among(_DOCS, _d.c.id)
_SOME_LOCKED = Among(_DOCS.order_by(_d.c.id).with_for_update(), _d.c.id)
_ONE_LOCKED = _DOCS.where(_d.c.id == bindparam("id")).with_for_update()
_FEW = _DOCS.where(tables.FEW, _d.c.entity == bindparam("entity"))


def locked(conn: Connection, ids: Iterable[str]) -> dict[str, Doc]:
    """Those that are there, nobody else's to write until the end of the transaction. They are locked in order of their
    ids: of two that want the same ones one waits for the other, neither for both."""
    return {doc.id: doc for doc in _read(_SOME_LOCKED.rows(conn, ids))}


def one_locked(conn: Connection, id: str) -> Doc | None:
    return next(_read(conn.execute(_ONE_LOCKED, {"id": id}).all()), None)


def seen(conn: Connection, ids: Iterable[str]) -> dict[str, Doc]:
    """Those that are there, to be read only."""
    return {doc.id: doc for doc in _read(_SOME.rows(conn, ids))}


def all_of(conn: Connection, entity: str) -> dict[str, Doc]:
    """Every one of an entity of which a desk has few (server/tables)."""
    return {doc.id: doc for doc in _read(conn.execute(_FEW, {"entity": entity}).all())}


def _read(rows: Iterable[tuple[str, str, int, str, str]]) -> Iterator[Doc]:
    return (Doc(id, entity, rev, (frev, doc)) for id, entity, rev, frev, doc in rows)
