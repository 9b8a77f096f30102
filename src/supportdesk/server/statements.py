"""Many rows by one statement: Core's SQL compiled once for a dialect, its values given by their place.

A dict for each row and its way through Core cost more than the writing itself.
"""

from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, Dialect, bindparam
from sqlalchemy.sql.dml import Insert, Update

Rows = Sequence[tuple[Any, ...]]
Run = Callable[[Insert | Update, tuple[str, ...], Rows], None]

_compiled: dict[tuple[str, str, tuple[str, ...]], tuple[str, Callable[[tuple[Any, ...]], tuple[Any, ...]]]] = {}


def of(conn: Connection) -> Run:
    """What runs statements on this connection: the statement, its columns (or binds), a tuple of values a row."""

    def run(statement: Insert | Update, columns: tuple[str, ...], rows: Rows) -> None:
        if not rows:
            return
        key = (conn.dialect.name, f"{type(statement).__name__} {statement.table}", columns)
        found = _compiled.get(key)
        if found is None:
            found = _compiled[key] = _compile(statement, columns, conn.dialect)
        sql, place = found
        conn.exec_driver_sql(sql, [place(row) for row in rows])

    return run


def _compile(
    statement: Insert | Update, columns: tuple[str, ...], dialect: Dialect
) -> tuple[str, Callable[[tuple[Any, ...]], tuple[Any, ...]]]:
    values: dict[str, Any] = {c: bindparam(c) for c in columns if c in statement.table.c}
    compiled = statement.values(values).compile(dialect=dialect)
    names = compiled.positiontup or ()
    fixed = [compiled.params[name] for name in names if name not in columns]
    places = [columns.index(name) if name in columns else None for name in names]
    given = [at for at in places if at is not None]
    if not fixed:
        return str(compiled), itemgetter(*given)

    def place(row: tuple[Any, ...]) -> tuple[Any, ...]:
        constants = iter(fixed)
        return tuple(next(constants) if at is None else row[at] for at in places)

    return str(compiled), place
