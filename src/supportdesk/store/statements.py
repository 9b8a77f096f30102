"""SQL of the writing side: Core statements on the SQLModel tables, compiled once each.

An ORM session costs 3.1 times raw SQLite, Core compiled per call 1.24 (DESIGN.md 3); compiled once
and run on the journal's own sqlite3 connection nothing is left of it. Only column names the tables
know get in, values are always bound.
"""

from functools import cache

from sqlalchemy import bindparam, insert, update
from sqlalchemy.dialects import sqlite
from sqlmodel import SQLModel

import supportdesk.models  # noqa: F401 (registers the tables)

_DIALECT = sqlite.dialect(paramstyle="named")


@cache
def insert_sql(table: str, columns: tuple[str, ...]) -> str:
    """INSERT of ``columns`` with named parameters."""
    t = SQLModel.metadata.tables[table]
    return str(insert(t).values({c: bindparam(c) for c in columns}).compile(dialect=_DIALECT))


@cache
def update_sql(table: str, columns: tuple[str, ...]) -> str:
    """UPDATE of ``columns`` of the row whose id is the parameter ``id_``."""
    t = SQLModel.metadata.tables[table]
    statement = update(t).where(t.c.id == bindparam("id_")).values({c: bindparam(c) for c in columns})
    return str(statement.compile(dialect=_DIALECT))
