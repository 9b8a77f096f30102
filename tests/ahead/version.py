"""What the three versions change."""

import shutil
import sys
import tempfile
from enum import Enum
from pathlib import Path

AHEAD = 3


def register() -> None:
    """Make this process a program three versions ahead of the one under test. To be called first."""
    assert not any(name.startswith("supportdesk.") for name in sys.modules), "too late: the tables are in use"
    from supportdesk.rules import schema
    from supportdesk.terms import codes, entities, entries
    from supportdesk.terms.tables import Entity, Field, Form, Merge, Scope
    from supportdesk.terms.tables import register as known

    today = entries.SCHEMA
    entries.SCHEMA = schema.SCHEMA = today + AHEAD
    entries.OLDEST = max(1, entries.SCHEMA - entries.SHOWN)

    ticket = entities.ENTITIES["ticket"]
    renamed = {"wish": "asked_for"}
    fields = tuple(f._replace(name=renamed.get(f.name, f.name)) for f in ticket.fields)
    entities.ENTITIES["ticket"] = known(ticket._replace(fields=(*fields, Field("mood"))))
    entities.ENTITIES["room"] = known(Entity(
        "room", (Field("name"), Field("ticket_id", Form.REF, ref="ticket"), Field("seats", Form.INT),
                 Field("tags", Form.SET, Merge.SET), Field("retired_at", Form.INSTANT)), Scope.ALL))
    _member(codes.Status, "PARKED", "parked")
    codes._STATUSES |= {"parked"}
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
    from sqlalchemy import Column, Integer, LargeBinary, Text
    from sqlmodel import SQLModel

    from supportdesk.models.base import Shared
    from supportdesk.store import database, migrate

    class Room(Shared, table=True):
        name: str | None = None
        ticket_id: bytes | None = None
        seats: int | None = None
        tags: str | None = None

    ticket = SQLModel.metadata.tables["ticket"]
    ticket.append_column(Column("mood", Text))
    ticket.append_column(Column("asked_for", Text))
    assert Room.__tablename__ == "room"
    assert {type(c.type) for c in Room.__table__.columns}
    assert Integer
    assert LargeBinary
    folder = Path(tempfile.mkdtemp(prefix="supportdesk-ahead-"))
    shutil.copytree(migrate.MIGRATIONS, folder, dirs_exist_ok=True)
    version = database.VERSION + 1
    (folder / "versions" / f"v{version:04d}_ahead.py").write_text(
        f'revision, down_revision = "{version:04d}", "{version - 1:04d}"\n{_MIGRATION}', encoding="utf-8")
    migrate.MIGRATIONS, database.VERSION = folder, version


_MIGRATION = '''
from alembic import op


def upgrade() -> None:
    op.execute("ALTER TABLE ticket ADD COLUMN mood TEXT")
    op.execute("ALTER TABLE ticket RENAME COLUMN wish TO asked_for")
    op.execute("CREATE TABLE room (pk INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, rev INTEGER NOT NULL DEFAULT 0, "
               "extra TEXT, retired_at INTEGER, name TEXT, ticket_id BLOB, seats INTEGER, tags TEXT)")
'''
