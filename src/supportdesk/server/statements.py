"""Many rows by one statement: written on SQLite by ``executemany`` of SQL compiled once, on PostgreSQL as one JSON
text; asked for by one JSON text on both.

A dict for each row and its way through Core cost more than the writing itself. PostgreSQL takes a statement for each
row half as long again as one for all (arrays longer still: psycopg escapes them sign by sign).
"""

from collections.abc import Callable, Iterable, Sequence
from functools import cache
from operator import itemgetter
from typing import Any

import msgspec
from sqlalchemy import Column, Connection, Dialect, Select, Table, Text, bindparam, cast, column, func, select
from sqlalchemy.dialects import postgresql
from sqlalchemy.sql.dml import Insert, Update

Rows = Sequence[tuple[Any, ...]]
_Place = Callable[[tuple[Any, ...]], tuple[Any, ...]]

_BY = "by_"
"""Before the name of a column that says which row is meant."""


class Among:
    """What a query finds of rows whose ``column`` holds one of some values. The statement is made once and is the same
    however many these are: Core takes longer over a place for each of them than the database over finding it."""

    def __init__(self, query: Select[Any], column: Column[Any]) -> None:
        text = bindparam("among", type_=Text)
        self._sqlite, self._postgresql = (
            query.where(column.in_(select(each.table_valued("value").c.value)))
            for each in (func.json_each(text), func.json_array_elements_text(cast(text, postgresql.JSON)))
        )

    def rows(self, conn: Connection, values: Iterable[str]) -> Sequence[Any]:
        wanted = sorted(set(values))
        if not wanted:
            return ()
        query = self._postgresql if conn.dialect.name == "postgresql" else self._sqlite
        return conn.execute(query, {"among": msgspec.json.encode(wanted).decode()}).all()


def among(conn: Connection, query: Select[Any], column: Column[Any], values: Iterable[str]) -> Sequence[Any]:
    """The same, of a query that is made for this time."""
    return Among(query, column).rows(conn, values)


class Bulk:
    """Writes many rows through one connection; rows are tuples in the order of the columns named."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn
        self._as_json = conn.dialect.name == "postgresql"

    def insert(self, table: Table, columns: tuple[str, ...], rows: Rows) -> None:
        self._run(table, columns, (), rows)

    def update(self, table: Table, columns: tuple[str, ...], keys: tuple[str, ...], rows: Rows) -> None:
        """Set ``columns`` of the rows that ``keys`` name; a row's tuple holds first these, then those."""
        self._run(table, columns, keys, rows)

    def _run(self, table: Table, columns: tuple[str, ...], keys: tuple[str, ...], rows: Rows) -> None:
        if not rows:
            return
        names = (*columns, *(_BY + key for key in keys))
        if self._as_json:
            text = msgspec.json.encode([dict(zip(names, row, strict=True)) for row in rows]).decode()
            self._conn.execute(_from_json(table, columns, keys), {"rows": text})
            return
        sql, place = _single(table, columns, keys, self._conn.dialect)
        self._conn.exec_driver_sql(sql, [place(row) for row in rows])


@cache
def _single(table: Table, columns: tuple[str, ...], keys: tuple[str, ...], dialect: Dialect) -> tuple[str, _Place]:
    values: dict[str, Any] = {c: bindparam(c) for c in columns}
    statement: Insert | Update
    if keys:
        statement = table.update().where(*(table.columns[k] == bindparam(_BY + k) for k in keys)).values(values)
    else:
        statement = table.insert().values(values)
    compiled = statement.compile(dialect=dialect)
    names = (*columns, *(_BY + key for key in keys))
    return str(compiled), itemgetter(*(names.index(name) for name in compiled.positiontup or ()))


@cache
def _from_json(table: Table, columns: tuple[str, ...], keys: tuple[str, ...]) -> Insert | Update:
    given = [column(name, table.columns[name].type) for name in columns]
    given += [column(_BY + key, table.columns[key].type) for key in keys]
    text = cast(bindparam("rows", type_=Text), postgresql.JSON)
    rows = func.json_to_recordset(text).table_valued(*given, name="given").render_derived(with_types=True)
    if not keys:
        return table.insert().from_select(list(columns), select(*(rows.columns[c] for c in columns)))
    return (
        table.update().where(*(table.columns[k] == rows.columns[_BY + k] for k in keys))
        .values({c: rows.columns[c] for c in columns})
    )
