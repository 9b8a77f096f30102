"""What the three versions change."""

import shutil
import sqlite3
import sys
import tempfile
from collections.abc import Callable
from contextlib import closing
from enum import Enum
from pathlib import Path


def register() -> None:
    """Make this process a program three versions ahead of the one under test. To be called first."""
    assert not any(name.startswith("supportdesk.") for name in sys.modules), "too late: the tables are in use"
    from supportdesk.rules import schema
    from supportdesk.terms import codes, entities, entries
    from supportdesk.terms.tables import Entity, Field, Form, Merge, Scope
    from supportdesk.terms.tables import register as known

    today = entries.SCHEMA
    entries.SCHEMA = schema.SCHEMA = today + 3
    entries.OLDEST = max(1, entries.SCHEMA - entries.SHOWN)

    ticket = entities.ENTITIES["ticket"]
    renamed = {"wish": "asked_for"}
    fields = tuple(f._replace(name=renamed.get(f.name, f.name)) for f in ticket.fields)
    entities.ENTITIES["ticket"] = known(ticket._replace(fields=(*fields, Field("mood"))))
    entities.ENTITIES["room"] = known(Entity(
        "room", (Field("name"), Field("ticket_id", Form.REF, ref="ticket"), Field("seats", Form.INT),
                 Field("tags", Form.SET, Merge.SET), Field("retired_at", Form.INSTANT)), Scope.ALL))
    _member(codes.Status, "PARKED", "parked")
    codes._STATUSES["parked"] = codes.Status["PARKED"]
    schema.STEPS[today + 1] = schema.Step({"ticket": renamed})
    _verbs(renamed)
    _tables()


def _member(of: type[Enum], name: str, value: str) -> None:
    made = str.__new__(of, value)
    made._name_, made._value_ = name, value
    of._member_map_[name] = made
    of._member_names_.append(name)
    of._value2member_map_[value] = made
    type.__setattr__(of, name, made)


def _verbs(renamed: dict[str, str]) -> None:
    from supportdesk.terms import verbs
    from supportdesk.terms.tables import Verb

    edit = verbs.VERBS["edit_ticket"]
    fields = tuple(renamed.get(name, name) for name in edit.writes["ticket"])
    verbs.VERBS["edit_ticket"] = edit._replace(writes={**edit.writes, "ticket": (*fields, "mood")})
    verbs.VERBS["furnish"] = Verb("furnish", {"room": ()}, "room furnished")
    verbs.VERBS["park"] = Verb("park", {"ticket": ("status", "mood")}, "parked")


def _tables() -> None:
    from sqlalchemy import Column, Text

    from supportdesk.models import table
    from supportdesk.models.base import Shared
    from supportdesk.store import database

    class Room(Shared, table=True):
        name: str | None = None
        ticket_id: bytes | None = None
        seats: int | None = None
        tags: str | None = None

    for name in ("mood", "asked_for"):
        table("ticket").append_column(Column(name, Text))
    database.VERSION += 1
    made, check = database.schema_statements, database.check
    database.schema_statements = lambda: [*made(), *STATEMENTS]

    def with_migration(path: Path) -> sqlite3.Connection:
        with closing(sqlite3.connect(path)) as conn:
            found = database.version(conn)
        return check(path) if found == database.VERSION else _migrated(path, check)

    database.check = with_migration


def _migrated(path: Path, check: Callable[[Path], sqlite3.Connection]) -> sqlite3.Connection:
    """An older file is brought up to date on opening, by the product's own steps and one more."""
    from supportdesk.store import database, migrate

    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(migrate.MIGRATIONS, folder, dirs_exist_ok=True)
        (Path(folder) / "versions" / "ahead.py").write_text(
            f"from alembic import op\n\nrevision = '{database.VERSION:04d}'\n"
            f"down_revision = '{database.VERSION - 1:04d}'\n\n\ndef upgrade() -> None:\n"
            f"    for statement in {STATEMENTS!r}:\n        op.execute(statement)\n", encoding="utf-8")
        migrate.MIGRATIONS = Path(folder)
        return check(path)


STATEMENTS = (
    "ALTER TABLE ticket ADD COLUMN mood TEXT",
    "ALTER TABLE ticket ADD COLUMN asked_for TEXT",
    "UPDATE ticket SET asked_for = wish",
    """
    CREATE TABLE room (pk INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, rev INTEGER NOT NULL DEFAULT 0, extra TEXT,
        retired_at INTEGER, name TEXT, ticket_id BLOB, seats INTEGER, tags TEXT)
    """,
)
"""The old column of what has a new name stays, unread."""
