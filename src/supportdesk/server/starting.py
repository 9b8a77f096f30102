"""An empty database becomes an exchange: its tables, its name and the starter rows.

Starter rows are documents of revision 0 in no scope: every console has them, in its own language, and none is sent as
long as nobody changes it. The first change gives the row a revision and a place, and it goes out whole.
"""

import secrets
from collections.abc import Iterator
from hashlib import blake2b
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Connection, Engine, inspect, literal, select, text

from supportdesk.server import tables
from supportdesk.store.types import to_wire, uuid7
from supportdesk.terms.entities import ENTITIES

_LOCK = 0x5344_0003  # PostgreSQL's advisory lock while a process makes the tables


def start(engine: Engine, lang: str, zone: str) -> None:
    """Make what is not there yet; any number of processes may do so at once."""
    if inspect(engine).has_table("head"):
        with tables.reading(engine) as conn:
            whole = inspect(conn).has_table(tables.device_scope.name)
            if whole and conn.execute(select(tables.head.c.stream)).first() is not None:
                return
    with tables.writing(engine) as conn:
        if engine.dialect.name == "postgresql":
            conn.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        scoped = inspect(conn).has_table(tables.device_scope.name)
        tables.metadata.create_all(conn)
        if not scoped:  # who was let in before there were other companies belongs to the desk's own sites
            own = select(tables.device.c.id, literal(tables.OWN))
            conn.execute(tables.device_scope.insert().from_select(["device", "scope"], own))
        if conn.execute(select(tables.head.c.stream)).first() is None:
            _fill(conn, lang, zone)


def _fill(conn: Connection, lang: str, zone: str) -> None:
    server = uuid7()
    genesis = blake2b(server.bytes, digest_size=8).hexdigest()
    conn.execute(tables.head.insert().values(
        stream=tables.OWN, server=str(server), epoch=secrets.randbelow(1 << 30) + 1, seq=0, chain=genesis,
    ))
    conn.execute(tables.mark.insert().values(chain=genesis, seq=0))
    conn.execute(tables.scope_sum.insert().values(scope=tables.OWN, sum=0, count=0))
    conn.execute(tables.doc.insert(), [
        {"id": str(id), "entity": entity, "rev": 0, "frev": "{}", "doc": doc}
        for entity, id, doc in _starter(lang, zone)
    ])


def _starter(lang: str, zone: str) -> Iterator[tuple[str, UUID, str]]:
    from supportdesk.desk.setup import images

    encode = msgspec.json.Encoder(order="sorted").encode
    for entity, id, values in images(lang, zone):
        forms = ENTITIES[entity].by_name
        wired: dict[str, Any] = {n: to_wire(forms[n].form, v) for n, v in values.items()}
        yield entity, id, encode({n: v for n, v in wired.items() if v not in (None, "", [])}).decode()
