"""What the server answers to a push: own entries are confirmed, refused, or wait for its update.

Every function that writes does so inside the caller's transaction."""

import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from supportdesk.store import held, parting, scopes
from supportdesk.store.agreed import AGREEMENTS, was_written
from supportdesk.store.journal import reread
from supportdesk.store.outgoing import Batch
from supportdesk.store.relaying import rebuild


@dataclass(slots=True)
class Answered:
    """What a push came to. ``held`` counts entries the server does not know yet: they wait for its update."""

    confirmed: int = 0
    refused: int = 0
    conflicts: int = 0
    held: int = 0


def take_answer(conn: sqlite3.Connection, results: Iterable[Mapping[str, Any]], batch: Batch, now_us: int) -> Answered:
    """Take what became of each entry of a push."""
    done = Answered()
    sent = {
        n: (pk, id, state) for n, pk, id, state in conn.execute(
            "SELECT n, pk, id, state FROM entry WHERE pk > ? AND pk <= ? AND device = (SELECT id FROM device)",
            (batch.after, batch.last),
        )
    }
    if held.is_any(conn):
        held.let_go(conn, [id for _pk, id, _state in sent.values()])
    later: list[bytes] = []
    confirmed: list[tuple[int, int]] = []
    for result in results:
        pk, id, state = sent[result["n"]]
        waited = state == "pending"
        seq = result.get("seq")
        if result["r"] == "later":
            later.append(id)
        elif seq is None:
            done.refused += waited
            _confirm(conn, confirmed)
            _refuse(conn, id, str(result.get("reason") or ""), now_us)
        else:
            done.confirmed += waited or result["r"] != "dup"
            done.conflicts += result["r"] == "conflict"
            confirmed.append((seq, pk))
    _confirm(conn, confirmed)
    done.held = len(later)
    held.hold(conn, later, now_us)
    parting.settle(conn)
    return done


def _confirm(conn: sqlite3.Connection, confirmed: list[tuple[int, int]]) -> None:
    """Keep where entries stand in the server's order (sequence, place in the journal); the list is empty then."""
    conn.executemany("UPDATE entry SET state = 'confirmed', seq = ? WHERE pk = ?", confirmed)
    confirmed.clear()


def _refuse(conn: sqlite3.Connection, id: bytes, reason: str, now_us: int) -> None:
    verb, entity, entity_id = conn.execute("SELECT verb, entity, entity_id FROM entry WHERE id = ?", (id,)).fetchone()
    conn.execute("UPDATE entry SET state = 'rejected' WHERE id = ?", (id,))
    conn.execute("INSERT OR IGNORE INTO refused (entry, reason, at) VALUES (?, ?, ?)", (id, reason, now_us))
    touched = rebuild(conn, entity, UUID(bytes=entity_id))
    if entity in AGREEMENTS:  # one whose making was refused holds for nobody
        was_written(conn, entity, UUID(bytes=entity_id))
    reread(conn, touched, now_us)
    if verb == "erase":  # the person is known as before, but not here any more
        for scope in scopes.cursors(conn):
            scopes.forget(conn, scope)
