"""What the proofs compare: the rows of all entities, and the rows a journal replays to."""

import json
import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from supportdesk.rules.order import NEVER
from supportdesk.store import database, urgency
from supportdesk.store.clock import utc_now
from supportdesk.store.replay import replay
from supportdesk.store.types import micros
from supportdesk.terms.codes import Lane
from supportdesk.terms.entities import ENTITIES
from supportdesk.terms.tables import Form

DERIVED = ("number_tail", "lane", "wake_at")
INDEXES = {"reference": "target, field, owner", "caller_key": "digits, caller", "people_text": "id, words"}

Rows = dict[str, dict[bytes, tuple[Any, ...]]]


def columns(entity: str) -> tuple[str, ...]:
    return (*(f.name for f in ENTITIES[entity].fields), *(DERIVED if entity == "ticket" else ()))


def rows(conn: sqlite3.Connection) -> Rows:
    """Every row of every entity by id: its fields and what the queue sorts by. The keys of JSON objects have no order:
    a server gives them back sorted."""
    found: Rows = {}
    for entity, definition in ENTITIES.items():
        objects = {at for at, f in enumerate(definition.fields) if f.form is Form.JSON}
        found[entity] = {
            id: tuple(_sorted(v) if at in objects else v for at, v in enumerate(values)) if objects else tuple(values)
            for id, *values in conn.execute(f"SELECT id, {', '.join(columns(entity))} FROM {entity}")
        }
    return found


def _sorted(text: str | None) -> str | None:
    return None if text is None else json.dumps(json.loads(text), sort_keys=True)


def beside(conn: sqlite3.Connection) -> dict[str, list[tuple[Any, ...]]]:
    """What hangs on the rows: reference index, telephone keys, and the words the search holds."""
    found = {name: sorted(conn.execute(f"SELECT {cols} FROM {name}").fetchall()) for name, cols in INDEXES.items()}
    assert found["reference"] == named(conn)
    found["ticket_text"] = sorted(conn.execute(
        "SELECT t.id, x.digits, x.title, x.people, x.body, x.is_open FROM ticket_text x JOIN ticket t ON t.pk = x.pk"
    ).fetchall())
    found["article_text"] = sorted(conn.execute(
        "SELECT a.id, x.lang, x.title, x.issue, x.keywords, x.body FROM article_text x JOIN article a ON a.pk = x.pk"
    ).fetchall())
    return found


def named(conn: sqlite3.Connection) -> list[tuple[Any, ...]]:
    """What the reference index has to hold: who is named by the REFS fields of the rows."""
    return sorted(
        (UUID(target).bytes, field.name, owner)
        for name, entity in ENTITIES.items() for field in entity.fields if field.form is Form.REFS
        for owner, targets in conn.execute(f"SELECT id, {field.name} FROM {name} WHERE {field.name} IS NOT NULL")
        for target in json.loads(targets)
    )


def assert_replay_is_equal(db: Path, empty: Path) -> int:
    """Replay the journal of ``db`` into a new file at ``empty``; everything is as it was. Returns the entries."""
    database.create(empty, sync=False)
    with closing(database.connect(db, reading=True)) as source, closing(database.connect(empty)) as target:
        target.execute("PRAGMA synchronous = OFF")
        target.execute("BEGIN IMMEDIATE")
        count = replay(source, target)
        target.execute("COMMIT")
        assert rows(target) == rows(source)
        assert beside(target) == beside(source)
        assert_the_queue_goes_by_the_facts(source)
    return count


def assert_the_queue_goes_by_the_facts(conn: sqlite3.Connection, now: datetime | None = None) -> None:
    """What the queue sorts by is what is derived anew from the journal of every open ticket, and nothing of others."""
    stored = {
        UUID(bytes=id): columns for id, *columns in conn.execute(
            "SELECT t.id, t.lane, t.promise, p.calendar, p.target, t.due_point, t.weight, t.due_at FROM ticket t "
            "LEFT JOIN promise_class p ON p.pk = t.class_id")
    }
    found = urgency.derived(conn, list(stored), micros(now or utc_now()))
    for id, (lane, *columns) in stored.items():
        of = None if lane == Lane.CLOSED else found[id]
        assert tuple(columns) == ((None, None, None, None, 0, NEVER) if of is None else (
            of.kind, b"" if of.calendar is None else of.calendar.bytes, of.target, of.due_point, of.weight, of.due))
    assert conn.execute("SELECT count(*) FROM unsettled").fetchone() == (0,)


def actions(conn: sqlite3.Connection) -> list[tuple[bytes, str, bytes | None]]:
    """Every action in order: its id, verb, and the action it takes back."""
    return conn.execute("SELECT action, verb, undoes FROM entry GROUP BY action ORDER BY min(pk)").fetchall()
