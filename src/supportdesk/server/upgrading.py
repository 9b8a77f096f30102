"""An older server's tables are brought up to this program's version (DESIGN.md 3, Old versions).

One transaction for the whole way, on either database; of several processes that start at once one does it. An SQLite
file is copied beside itself first. Alembic is imported here and nowhere else in the server.
"""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text

from supportdesk.files import private_file
from supportdesk.i18n import _
from supportdesk.server import tables
from supportdesk.terms.errors import NEWER, NotReady

MIGRATIONS = Path(__file__).parent / "migrations"
_LOCK = 0x5344_0003  # PostgreSQL's advisory lock while a process makes or changes the tables


def version(conn: Connection) -> int:
    """The version of the tables there are; 0 when there are none."""
    there = inspect(conn)
    if there.has_table("alembic_version"):
        return int(conn.execute(text("SELECT version_num FROM alembic_version")).scalar_one())
    return 1 if there.has_table("head") else 0


def note_version(conn: Connection) -> None:
    """Say of tables that were just made that they are today's."""
    conn.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)"))
    conn.execute(text("INSERT INTO alembic_version VALUES (:now)"), {"now": f"{tables.VERSION:04d}"})


def refuse_newer(found: int) -> None:
    """Raise NotReady for tables a newer program has written."""
    if found > tables.VERSION:
        raise NotReady(
            _("This server's database was written by a newer supportdesk (version {found}, this program knows {known})."
              " Update supportdesk on this machine.").format(found=found, known=tables.VERSION), code=NEWER)


def alone(conn: Connection) -> None:
    """Let one process at a time make or change tables, until the transaction ends."""
    if conn.dialect.name == "postgresql":
        conn.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})


def upgrade(engine: Engine) -> tuple[int, Path | None]:
    """Bring the tables to :data:`tables.VERSION`. Returns the version they had, and the copy of an SQLite file made
    before. Raises NotReady for newer ones."""
    with tables.reading(engine) as conn:
        found = version(conn)
    refuse_newer(found)
    if found in (0, tables.VERSION):
        return found, None
    with tables.writing(engine) as conn:
        alone(conn)
        if version(conn) == tables.VERSION:  # another was first
            return found, None
        copy = _copied(Path(engine.url.database or ""), found) if engine.dialect.name == "sqlite" else None
        _run(conn, found)
    return found, copy


def _run(conn: Connection, found: int) -> None:
    from alembic import command
    from alembic.config import Config

    if not inspect(conn).has_table("alembic_version"):
        conn.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)"))
        conn.execute(text("INSERT INTO alembic_version VALUES (:found)"), {"found": f"{found:04d}"})
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = conn
    command.upgrade(config, f"{tables.VERSION:04d}")


def _copied(file: Path, found: int) -> Path:
    """A copy of the file as it was, private from its first moment."""
    copy = file.with_name(f"{file.name}.v{found}-{datetime.now(UTC):%Y%m%dT%H%M%SZ}")
    copy.unlink(missing_ok=True)
    private_file(copy)
    with closing(sqlite3.connect(file)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)
    return copy
