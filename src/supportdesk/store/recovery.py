"""What a desk writes down when its server was restored from a backup, or when the desk itself was copied.

Nothing here deletes a row or an entry: a restored server lacks things, the desk does not (field/sync.md 2.8, 2.9).
Everything runs inside the caller's transaction.
"""

import sqlite3
from typing import Any
from uuid import UUID

from supportdesk.store import erasures, outgoing, parting, scopes
from supportdesk.store.outgoing import Batch
from supportdesk.terms.entities import ENTITIES

_EACH = 100
"""Newest entries that are all named to a restored server; older ones at distances that double."""


def seen(conn: sqlite3.Connection) -> list[tuple[int, str]]:
    """Places in the server's order and the entries that stood there as far as this desk knows, newest first."""
    found = conn.execute("SELECT seq, id FROM entry WHERE seq IS NOT NULL ORDER BY seq DESC LIMIT ?", (_EACH,))
    places = [(int(seq), str(UUID(bytes=id))) for seq, id in found]
    distance = _EACH
    while places and (older := conn.execute(
        "SELECT seq, id FROM entry WHERE seq <= ? ORDER BY seq DESC LIMIT 1", (places[0][0] - distance,)
    ).fetchone()):
        places.append((int(older[0]), str(UUID(bytes=older[1]))))
        distance *= 2
    return places


def send_again(conn: sqlite3.Connection, last_n: int, shared: int) -> int:
    """Go back to the own entry after ``last_n``. What an author saw of an order that was lost counts as seen up to
    ``shared``, where that order was still the server's. Returns the place in the journal to go on from."""
    place = outgoing.place_before(conn, last_n + 1)
    if place is None:  # the server has more of this desk than the desk itself
        place = outgoing.newest(conn)
    conn.execute("UPDATE sync_state SET answered = ?", (place,))
    _see_less(conn, place, shared)
    return place


def _see_less(conn: sqlite3.Connection, place: int, shared: int) -> None:
    conn.execute(
        "UPDATE entry SET base = ?1 WHERE pk > ?2 AND base > ?1 AND device = (SELECT id FROM device)", (shared, place)
    )


def former(conn: sqlite3.Connection, batch: Batch, shared: int) -> list[int]:
    """For each entry of a batch the place it had in the order that was lost; 0 for one that had none."""
    return [
        seq if state == "confirmed" and seq > shared else 0 for seq, state in conn.execute(
            "SELECT coalesce(seq, 0), state FROM entry WHERE pk > ? AND pk <= ? "
            "AND device = (SELECT id FROM device) ORDER BY pk", (batch.after, batch.last))
    ]


def survivors(conn: sqlite3.Connection, shared: int, after: int, most: int) -> list[tuple[int, str, str, int, str]]:
    """Rows as they came from the server that was, newer than ``shared``: (place, entity, id, rev, document). Of what
    came as a part the server that was knew more. An image that counts for nothing just now is as old as its row."""
    found: list[tuple[int, str, str, int, str]] = []
    for pk, entity, id, rev, doc in conn.execute(
        "SELECT pk, entity, id, rev, doc FROM image i WHERE (rev > ? OR rev = 0) AND pk > ? AND NOT EXISTS "
        "(SELECT 1 FROM image_scope s WHERE s.id = i.id) ORDER BY pk", (shared, after)
    ):
        if not rev and entity in ENTITIES:
            (rev,) = conn.execute(f"SELECT rev FROM {entity} WHERE id = ?", (id,)).fetchone() or (0,)
        if rev > shared:
            found.append((pk, entity, str(UUID(bytes=id)), rev, doc))
            if len(found) == most:
                break
    return found


def go_on(conn: sqlite3.Connection, epoch: int, chain: str | None) -> None:
    """The server is the one it was; only its epoch is another, and so what proves how far this desk has come."""
    conn.execute("UPDATE sync_state SET epoch = ?, chain = ?", (epoch, chain))


def begin_anew(conn: sqlite3.Connection, epoch: int, shared: int) -> None:
    """The server has what this desk had for it: from now on its order counts, and everything is pulled once more.
    Rows stay as they are until their images come."""
    answered = conn.execute("SELECT answered FROM sync_state").fetchone()[0]
    _see_less(conn, answered, shared)
    for entity in ENTITIES:
        conn.execute(f"UPDATE {entity} SET rev = ?1 WHERE rev > ?1", (shared,))
    for scope in scopes.cursors(conn):
        scopes.forget(conn, scope)
    parting.forget_all(conn)
    erasures.count_anew(conn)
    conn.execute("UPDATE sync_cursor SET whole = min(whole, ?)", (shared,))
    conn.execute("UPDATE sync_state SET epoch = ?, chain = NULL", (epoch,))


def go_by(conn: sqlite3.Connection, id: str) -> None:
    """From now on the server knows this file by another id. All that was done under the former one goes with it,
    numbered as before, and is sent again as far as the server asks for it: it may have lost some."""
    device = UUID(id).bytes
    conn.execute("UPDATE entry SET device = ? WHERE device = (SELECT id FROM device)", (device,))
    conn.execute("UPDATE device SET id = ?", (device,))


def become_whole(conn: sqlite3.Connection, given: dict[str, Any]) -> None:
    """As :func:`become`, at a server that was put back: what it had answered for may be missing there, and nobody else
    may have it."""
    go_by(conn, given["device"])
    conn.execute("UPDATE device SET number_prefix = ?", (given["prefix"],))
    conn.execute("UPDATE sync_state SET secret = ?, lease = ?", (given["secret"], given["lease"]))


_PAST = ("SELECT count(*) FROM entry WHERE device = (SELECT id FROM device) AND n > 0 "
         "AND recorded_at < (SELECT enrolled_at FROM sync_state)")


def past(conn: sqlite3.Connection) -> int:
    """How many own entries were written before the desk was enrolled."""
    return int(conn.execute(_PAST).fetchone()[0])


def past_waiting(conn: sqlite3.Connection) -> int:
    """How many of them wait."""
    return int(conn.execute(f"{_PAST} AND state IN ('local', 'pending')").fetchone()[0])


def become(conn: sqlite3.Connection, given: dict[str, Any]) -> int:
    """This file is a copy: take the identity the server gave it. What waits goes out under it, numbered from 1; what
    the server has answered stays under the former. The epoch stays the one this file knows: what a restored server is
    missing it has still to bring back. Returns the place in the journal to go on from."""
    device = UUID(given["device"]).bytes
    old = conn.execute("SELECT id FROM device").fetchone()[0]
    first = conn.execute(
        "SELECT min(pk) FROM entry WHERE device = ? AND state IN ('local', 'pending')", (old,)).fetchone()[0]
    place = outgoing.newest(conn) if first is None else first - 1
    conn.execute("UPDATE entry SET device = ?, n = 0 WHERE device = ? AND pk <= ? AND state = 'rejected'",
                 (device, old, place))
    waiting = [pk for (pk,) in conn.execute(
        "SELECT pk FROM entry WHERE device = ? AND pk > ? AND state != 'confirmed' ORDER BY pk", (old, place))]
    conn.executemany("UPDATE entry SET device = ?, n = ? WHERE pk = ?",
                     [(device, n, pk) for n, pk in enumerate(waiting, 1)])
    conn.execute("UPDATE device SET id = ?, number_prefix = ?, next_n = ?", (device, given["prefix"], len(waiting) + 1))
    conn.execute("UPDATE sync_state SET secret = ?, lease = ?, answered = ?", (given["secret"], given["lease"], place))
    return place
