"""An older database is brought up to this program's version, after an automatic copy (DESIGN.md 3, Old versions).

The whole way is one transaction: a process killed anywhere in it leaves the old file or the new one. Alembic is
imported here and nowhere else. Its own table of versions lives in the connection's temporary schema: what a file
is, its ``PRAGMA user_version`` says alone.
"""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import StaticPool

from supportdesk.i18n import _
from supportdesk.rules.text import safe
from supportdesk.store import database, newly_known, urgency
from supportdesk.store.backup import write_backup
from supportdesk.store.clock import utc_now
from supportdesk.store.instants import micros
from supportdesk.terms.errors import NotReady

MIGRATIONS = Path(__file__).parent / "migrations"


def migrate(path: Path, found: int, now: datetime | None = None) -> Path:
    """Copy the file at ``path`` (of version ``found``) beside itself, then bring it to ``database.VERSION``.

    Returns the copy, a backup that 'supportdesk restore' takes. Raises NotReady (no room, not writable, busy);
    then the file is as it was."""
    mark = (now or datetime.now(UTC)).strftime("%Y%m%dT%H%M%SZ")
    mode, gid = database.modes_of(path)
    copy = path.with_name(f"{path.name}.v{found}-{mark}.sdbackup")
    write_backup(path, copy, now or datetime.now(UTC), reason=f"version {found}", mode=mode, gid=gid, files=False)
    with closing(database.connect(path)) as conn:
        try:
            upgrade(conn)
        except (sqlite3.Error, SQLAlchemyError) as error:
            raise NotReady(
                _("The desk could not be brought up to date ({error}); it is as it was. Close other consoles, check "
                  "the free space and try again.").format(error=safe(str(error.__cause__ or error))),
                code="not_migrated",
            ) from None
    return copy


def upgrade(conn: sqlite3.Connection) -> None:
    """Run the steps from the version of the file (0: an empty one) to ``database.VERSION`` in one transaction."""
    engine = create_engine("sqlite://", creator=lambda: conn, poolclass=StaticPool)
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    with engine.connect() as bound:
        # Begun here and not before: SQLAlchemy rolls back what it finds begun on a connection it gets to know.
        bound.exec_driver_sql("BEGIN IMMEDIATE")
        found = database.version(conn)
        if found >= database.VERSION:  # another console was first
            return
        bound.exec_driver_sql("CREATE TEMP TABLE alembic_version (version_num TEXT NOT NULL)")
        if found:
            bound.exec_driver_sql("INSERT INTO temp.alembic_version VALUES (?)", (f"{found:04d}",))
        config.attributes["connection"] = bound
        command.upgrade(config, f"{database.VERSION:04d}")
        bound.exec_driver_sql("DROP TABLE temp.alembic_version")
        if found:
            newly_known.lay(conn)
        while urgency.settle_some(conn, micros(utc_now())):
            continue
        bound.exec_driver_sql(f"PRAGMA user_version = {database.VERSION}")
        if not conn.in_transaction:
            raise AssertionError("a migration has committed by itself")
        bound.commit()


def baseline_statements() -> list[str]:
    """The statements of version 1, as released."""
    return database.statements_of(MIGRATIONS / "baseline.sql")
