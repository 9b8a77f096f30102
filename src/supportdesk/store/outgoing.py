"""What goes out: own entries in order of n, as they stand on the wire (field/sync.md 2)."""

import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from supportdesk.rules.schema import STEPS, Line, fields_for, raised
from supportdesk.store import held, rows
from supportdesk.store.types import dumps, instant, iso
from supportdesk.terms.entries import SCHEMA, WIRE

IDS = frozenset({"id", "action", "batch", "agent", "session", "entity_id", "undoes"})
INSTANTS = frozenset({"at", "recorded_at"})


@dataclass(frozen=True, slots=True)
class Batch:
    """Own entries for one push: ``entries`` are JSON texts with n from ``first_n`` on, without a gap; they stand in the
    journal after place ``after``, up to ``last``."""

    first_n: int
    entries: Sequence[str]
    after: int
    last: int


def next_batch(conn: sqlite3.Connection, answered: int, most: int, most_bytes: int,
               schema: int = SCHEMA) -> Batch | None:
    """The own entries after place ``answered``, whole actions only: at most ``most`` and ``most_bytes``, but always
    one action. None when nothing waits. ``schema`` is the version of the server: its names of fields are used."""
    names = ", ".join(f"e.{name}" for name in WIRE if name != "fields")
    found = conn.execute(
        f"SELECT e.pk, e.fields, {names} FROM entry e WHERE e.pk > ? AND e.device = (SELECT id FROM device) "
        "ORDER BY e.pk", (answered,),
    )
    entries: list[str] = []
    first_n = whole = last = place = size = 0
    action = None
    for pk, fields, *values in found:  # no further than the batch goes
        entry = _wire(values)
        if entry["action"] != action:
            whole, last = len(entries), place
        action, place = entry["action"], pk
        if STEPS and schema < SCHEMA:
            fields = dumps(fields_for(entry["entity"], _now(entry, fields), schema))
        text = f'{rows.wire_text(entry)[:-1]},"fields":{fields}}}'
        size += len(text.encode()) + 1
        if whole and (size > most_bytes or len(entries) >= most):
            break
        first_n = first_n or entry["n"]
        entries.append(text)
    else:
        whole, last = len(entries), place
    found.close()
    return Batch(first_n, entries[:whole], answered, last) if entries else None


def _now(entry: Mapping[str, Any], fields: str) -> dict[str, Any]:
    """The fields of an own entry under today's names, whatever version wrote it."""
    line = Line(entry["verb"], entry["entity"], entry["kind"], json.loads(fields))
    return raised(line, entry["schema"]).fields


def held_batch(conn: sqlite3.Connection, after: int, most: int, most_bytes: int, schema: int) -> Batch | None:
    """As :func:`next_batch`, from the first entry after place ``after`` that waits for the server's update up to the
    last one that goes with it. None when none waits there."""
    waiting = [place for place in held.places(conn) if place > after]
    if not waiting:
        return None
    found = next_batch(conn, waiting[0] - 1, most, most_bytes, schema)
    assert found is not None
    last = max(place for place in waiting if place <= found.last)
    (count,) = conn.execute("SELECT count(*) FROM entry WHERE pk > ? AND pk <= ? AND device = (SELECT id FROM device)",
                            (found.after, last)).fetchone()
    return Batch(found.first_n, found.entries[:count], found.after, last)


_SENT = tuple(name for name in WIRE if name != "fields")


def _wire(values: Sequence[Any]) -> dict[str, Any]:
    """An entry without its fields in wire form; what is empty is left out."""
    entry = {name: value for name, value in zip(_SENT, values, strict=True) if value is not None}
    for name in entry.keys() & IDS:
        entry[name] = _text(entry[name])
    for name in INSTANTS:
        entry[name] = _iso(entry[name])
    return entry


def _text(raw: bytes) -> str:
    """An id in the tables as it stands on the wire."""
    text = raw.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


@lru_cache(1_024)
def _iso(at_us: int) -> str:
    """An instant as it stands on the wire; the same one stands in all entries of an action."""
    return iso(instant(at_us))


def mark_sent(conn: sqlite3.Connection, batch: Batch) -> None:
    """The entries of a push are on their way."""
    conn.execute(
        "UPDATE entry SET state = 'pending' WHERE pk > ? AND pk <= ? AND state = 'local' "
        "AND device = (SELECT id FROM device)", (batch.after, batch.last),
    )


def place_before(conn: sqlite3.Connection, n: int) -> int | None:
    """The place in the journal just before the own entry ``n``; None when there is no such entry."""
    found = conn.execute(
        "SELECT pk - 1 FROM entry WHERE n = ? AND device = (SELECT id FROM device)", (n,)
    ).fetchone()
    if found is None and conn.execute("SELECT next_n FROM device").fetchone()[0] == n:
        found = conn.execute("SELECT coalesce(max(pk), 0) FROM entry").fetchone()
    return None if found is None else int(found[0])


def newest(conn: sqlite3.Connection) -> int:
    """The last place in the journal."""
    return int(conn.execute("SELECT coalesce(max(pk), 0) FROM entry").fetchone()[0])
