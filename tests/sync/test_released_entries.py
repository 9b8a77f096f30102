"""What every released version wrote is taken for ever: at a desk, and at a server (DESIGN.md 3, "Old versions")."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from supportdesk.desk.fields import verb_name
from supportdesk.store import adopt, database, outgoing, replay, rows
from supportdesk.store.types import from_iso, micros
from supportdesk.store.views.timeline import timeline
from supportdesk.terms.entities import ENTITIES
from supportdesk.terms.entries import SCHEMA, WIRE
from supportdesk.terms.verbs import JOINS, MAJOR, SHIFTS, VERBS
from tests.fixtures.make import FOLDER
from tests.journal import desks
from tests.sync import stand

RELEASED = sorted(FOLDER.glob("entries-v*.jsonl"))
_PROMISES = {"choose_contract", "breach", "explain_breach", *SHIFTS, *JOINS, *MAJOR}
SINCE = {"entries-v1.jsonl": {"remind_handoff", "bring_back", "erase", *_PROMISES},
         "entries-v2.jsonl": {"remind_handoff", "bring_back", *_PROMISES},
         "entries-v3.jsonl": {"remind_handoff", "bring_back"}}
"""Verbs that came after a version, or that only duties say."""


def lines(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def desk_of(file: Path, folder: Path) -> stand.Site:
    """A desk of today with what a desk of that release had written and not sent."""
    path = folder / "old.db"
    database.create(path, prefix=214, now=desks.NOW)
    with closing(database.connect(path)) as conn, conn:
        conn.execute("BEGIN")
        (device,) = conn.execute("SELECT id FROM device").fetchone()
        for line in lines(file):
            if "verb" in line:
                _write(conn, device, line)
            else:
                adopt.adopt(conn, [(line["entity"], UUID(line["id"]), adopt.read_doc(
                    line["entity"], json.dumps(line["doc"]))[0])], desks.NOW)
        conn.execute("UPDATE device SET next_n = (SELECT max(n) + 1 FROM entry)")
    return stand.Site(path, "ana", None, desks.Clock())


def _write(conn: sqlite3.Connection, device: bytes, line: dict[str, Any]) -> None:
    ids, instants = outgoing.IDS, outgoing.INSTANTS
    values = {name: line.get(name) for name in WIRE} | {"fields": json.dumps(line["fields"])}
    for name, value in values.items():
        if value is not None and name in ids:
            values[name] = UUID(value).bytes
        elif name in instants:
            values[name] = micros(from_iso(value))
    subject = line["entity_id"] if line["entity"] == "ticket" else (line["fields"].get("ticket_id") or [None, None])[1]
    values |= {"device": device, "state": "local", "subject": subject and UUID(subject).bytes}
    conn.execute(f"INSERT INTO entry ({', '.join(values)}) VALUES ({', '.join('?' * len(values))})",
                 tuple(values.values()))
    written = adopt.Written(line["verb"], line["kind"], values["fields"], line["schema"])
    replay.apply(conn, line["entity"], UUID(line["entity_id"]), written, values["at"])


def test_every_version_that_was_released_is_kept() -> None:
    kept = [f"entries-v{version}.jsonl" for version in range(1, SCHEMA + 1)]
    assert [file.name for file in RELEASED] in (kept, kept[:-1]), "the present version is kept when it is released"


@pytest.mark.parametrize("file", RELEASED, ids=lambda file: file.stem)
def test_entries_of_a_released_version_are_taken_by_the_server_of_today(
    file: Path, server: stand.Server, tmp_path: Path
) -> None:
    said = lines(file)
    verbs = {line["verb"] for line in said if "verb" in line}
    assert verbs | SINCE[file.name] >= VERBS.keys()
    assert {line["schema"] for line in said if "verb" in line} == {int(file.stem.partition("-v")[2])}
    site = desk_of(file, tmp_path)
    with closing(sqlite3.connect(server.folder / "exchange.db")) as conn, conn:  # rows that are nobody's entries
        for line in said:
            if "verb" not in line and line["entity"] != "role":
                conn.execute("INSERT INTO doc (entity, id, rev, frev, doc) VALUES (?, ?, 0, '{}', ?)",
                             (line["entity"], str(UUID(line["id"])), json.dumps(line["doc"])))
    site.client = stand.Client(site.path, stand.Line(server.mounted), site.clock)
    site.client.enroll(stand.URL, server.exchange.make_code(agents=["ana", "ben"], admin=True))
    done = site.exchange()
    assert (done.pushed, done.refused, done.conflicts, done.held) == (len(said) - _images(said), 0, 0, 0)
    assert stand.as_documents(site.path) == server.documents()
    site.close()


@pytest.mark.parametrize("file", RELEASED, ids=lambda file: file.stem)
def test_entries_of_a_released_version_are_rows_and_history_at_the_desk_of_today(file: Path, tmp_path: Path) -> None:
    site = desk_of(file, tmp_path)
    made = {(line["entity"], line["entity_id"]) for line in lines(file) if line.get("kind") == "create"}
    for entity, id in made:
        assert entity in ENTITIES
        assert rows.read(site.desk.reader, entity, UUID(id)) is not None
    told = {item.kind for entity, id in made if entity == "ticket" for item in timeline(site.desk.reader, UUID(id))}
    assert {"take_call", "note", "solve", "offer", "undo"} <= told
    assert all(verb_name(kind) != kind for kind in told & VERBS.keys())
    site.close()


def _images(said: list[dict[str, Any]]) -> int:
    return sum("verb" not in line for line in said)
