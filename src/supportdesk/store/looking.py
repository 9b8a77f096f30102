"""Looks at some images and their rows after each exchange: whether they are still what came."""

import json
import sqlite3
from dataclasses import dataclass
from uuid import UUID

from supportdesk.store import adopt, rows
from supportdesk.store.rows import Present
from supportdesk.terms.entities import ENTITIES


@dataclass(slots=True)
class Looked:
    """What a look at some images and their rows found. ``place`` is where the next look begins, 0 after the last."""

    place: int = 0
    damaged: int = 0  # images that are not what came
    astray: tuple[tuple[str, UUID], ...] = ()  # rows that are not what image and entries say


def look(conn: sqlite3.Connection, place: int, most: int) -> Looked:
    """Look at the next ``most`` images after ``place``; after the last it is time to count them, and to begin again."""
    found = conn.execute(
        "SELECT pk, entity, id, rev, doc, digest FROM image WHERE pk > ? ORDER BY pk LIMIT ?", (place, most)
    ).fetchall()
    looked = Looked(found[-1][0] if len(found) == most else 0)
    own = adopt.newest_own(conn, [row[2] for row in found])
    of: dict[str, list[bytes]] = {}
    for _pk, entity, raw, *_image in found:
        of.setdefault(entity, []).append(raw)
    present: dict[bytes, Present] = {}
    for entity in of.keys() & ENTITIES.keys():
        present |= rows.present(conn, entity, of[entity])
    astray: list[tuple[str, UUID]] = []
    for _pk, entity, raw, rev, doc, digest in found:
        id = UUID(bytes=raw)
        if digest is None or entity not in ENTITIES:
            continue
        if adopt.digest(raw, rev, doc) != digest:
            looked.damaged += 1
        elif not _as_laid(conn, entity, id, rev, doc, present.get(raw), own.get(raw, 0) > rev):
            astray.append((entity, id))
    looked.astray = tuple(astray)
    return looked


def _as_laid(conn: sqlite3.Connection, entity: str, id: UUID, rev: int, doc: str, row: Present | None,
             has_own: bool) -> bool:
    """Whether a row is what its image says, and own entries on top of it."""
    if row is None or row["rev"] != rev:
        return False
    image = rows.Image(entity, json.loads(doc))
    if not has_own and not image.differing(row):
        return True
    values = adopt.laid(entity, {n: image.get(n) for n in ENTITIES[entity].by_name}, adopt.own_entries(conn, id, rev))
    try:
        return all(row[name] == value for name, value in values.items())
    except ValueError:  # not even readable any more
        return False
