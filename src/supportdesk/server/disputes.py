"""The rows that show what could not be merged, and by whom both values are."""

from collections.abc import Callable, Iterable
from typing import Any

import msgspec
from sqlalchemy import Connection, select

from supportdesk.server import docs, tables
from supportdesk.server.merging import CONFLICT, Author, Clash, Doc, conflict_values
from supportdesk.server.reading import Read
from supportdesk.server.statements import among

_AT_ONCE = 500


def show(conn: Connection, clashes: list[tuple[Clash, Read, int]], device: str, there: dict[str, Doc],
         login: Callable[[str | None], str | None]) -> None:
    """Make the rows of conflicts among the documents that are ``there``; ``login`` names an agent of the device."""
    if not clashes:
        return
    t = tables.entry
    authors = {
        row.seq: (row.agent, msgspec.json.decode(row.body))
        for row in _in_numbers(conn, select(t.c.seq, t.c.agent, t.c.body), t.c.seq,
                               {clash.stamp.seq for clash, _, _ in clashes})
    }
    logins = _logins(conn, {agent for agent, _ in authors.values() if agent is not None})
    there |= docs.locked(conn, {clash.id(device) for clash, _, _ in clashes})
    for clash, found, ordinal in clashes:
        entry = found.entry
        assert entry is not None
        agent, body = authors.get(clash.stamp.seq, (None, {}))
        theirs = Author(logins.get(agent) or body.get("author_text"), body.get("at"))
        mine = Author(login(entry.agent) or entry.author_text, entry.at)
        values = conflict_values(clash, entry, theirs, mine)
        doc = there.setdefault(clash.id(device), Doc(clash.id(device), CONFLICT))
        if not doc.exists:
            doc.make(values, ordinal)
            continue
        for name in sorted({*doc.values, *values}):
            if doc.values.get(name) != values.get(name):
                doc.write(name, values.get(name), ordinal)


def _in_numbers(conn: Connection, query: Any, column: Any, numbers: set[int]) -> Iterable[Any]:
    wanted = sorted(numbers)
    for at in range(0, len(wanted), _AT_ONCE):
        yield from conn.execute(query.where(column.in_(wanted[at : at + _AT_ONCE])))


def _logins(conn: Connection, agents: set[str]) -> dict[str | None, str]:
    t = tables.doc
    found: dict[str | None, str] = {}
    for row in among(conn, select(t.c.id, t.c.doc), t.c.id, agents):
        found[row.id] = str(msgspec.json.decode(row.doc).get("login") or "")
    return found
