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
from sqlalchemy import Connection, Engine

from supportdesk.server import tables, upgrading
from supportdesk.store.types import to_wire, uuid7
from supportdesk.terms.entities import ENTITIES


def start(engine: Engine, lang: str, zone: str) -> None:
    """Make what is not there yet, bring what is older up to date; any number of processes may do so at once.

    Raises NotReady for a database of a newer program."""
    found, _copy = upgrading.upgrade(engine)
    if found:
        return
    with tables.writing(engine) as conn:
        upgrading.alone(conn)
        if upgrading.version(conn) == 0:
            tables.metadata.create_all(conn)
            upgrading.note_version(conn)
            _fill(conn, lang, zone)


def _fill(conn: Connection, lang: str, zone: str) -> None:
    server = uuid7()
    genesis = blake2b(server.bytes, digest_size=8).hexdigest()
    epoch = secrets.randbelow(1 << 30) + 1
    conn.execute(tables.head.insert().values(
        stream=tables.OWN, server=str(server), epoch=epoch, seq=0, chain=genesis, key=secrets.token_hex(32),
    ))
    conn.execute(tables.epoch.insert().values(epoch=epoch, seq=0, began_at=None))
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
