"""SQL of the writing side: Core statements on the SQLModel tables, compiled once each.

An ORM session costs 3.1 times raw SQLite, Core compiled per call 1.24 (DESIGN.md 3); compiled once
and run on the journal's own sqlite3 connection nothing is left of it. Only column names the tables
know get in, values are always bound, by their place: by name takes SQLite three times as long.
"""

from collections.abc import Callable, Mapping
from functools import cache
from operator import itemgetter
from typing import Any, NamedTuple

from sqlalchemy import bindparam, insert, update
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.sql.expression import UpdateBase

from supportdesk import models

_DIALECT = DefaultDialect(paramstyle="qmark")
"""Plain SQL: what is SQLite's own is not needed for these."""


class Statement(NamedTuple):
    """SQL with ``?``, and what puts a row's values (by column) into their places."""

    sql: str
    values: Callable[[Mapping[str, Any]], tuple[Any, ...]]


@cache
def inserting(table: str, columns: tuple[str, ...]) -> Statement:
    """INSERT of ``columns``, two or more."""
    t = models.table(table)
    return _compiled(insert(t).values({c: bindparam(c) for c in columns}))


@cache
def updating(table: str, columns: tuple[str, ...]) -> Statement:
    """UPDATE of ``columns``, one or more, of the row whose id is ``id_``."""
    t = models.table(table)
    return _compiled(update(t).where(t.c.id == bindparam("id_")).values({c: bindparam(c) for c in columns}))


def _compiled(statement: UpdateBase) -> Statement:
    compiled = statement.compile(dialect=_DIALECT)
    return Statement(str(compiled), itemgetter(*(compiled.positiontup or ())))
