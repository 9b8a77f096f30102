"""What is agreed, as the writing side has it at hand: the book and the matrix are read once for a connection, and again
when a calendar, a contract or the matrix was written, by whatever road and on whatever console of this file."""

import sqlite3
from collections.abc import Callable
from typing import TypeVar
from uuid import UUID

from supportdesk.rules.book import DEFAULT, Book
from supportdesk.rules.matrices import Matrices
from supportdesk.store import database
from supportdesk.store.views.agreements import book
from supportdesk.store.views.windows import matrix_of
from supportdesk.terms.codes import ContractKind

Read = TypeVar("Read")

AGREEMENTS = frozenset({"calendar", "contract"})
"""The entities promises are read from."""


def agreed(conn: sqlite3.Connection) -> Book:
    """The book as it stands."""
    if not isinstance(conn, database.Connection):
        return book(conn)
    kept = conn.agreed = _current(conn, conn.agreed, book)
    return kept[1]


def matrix_agreed(conn: sqlite3.Connection) -> Matrices:
    """The matrix as it stands, with its versions."""
    if not isinstance(conn, database.Connection):
        return matrix_of(conn)
    kept = conn.matrix = _current(conn, conn.matrix, matrix_of)
    return kept[1]


def _current(conn: database.Connection, kept: object, read: Callable[[sqlite3.Connection], Read]) -> tuple[int, Read]:
    """What is ``kept`` of what was read and at which count, read anew when that has passed."""
    count = _count(conn)
    return kept if isinstance(kept, tuple) and kept[0] == count else (count, read(conn))


def _count(conn: database.Connection) -> int:
    """How often what is agreed was written."""
    if conn.agreements is not None:
        return conn.agreements
    return int(conn.execute("SELECT agreements FROM device").fetchone()[0])


def forget(conn: sqlite3.Connection) -> None:
    """What was read may have been taken back, and its count will come again for something else."""
    if isinstance(conn, database.Connection):
        conn.agreed = conn.matrix = conn.agreements = None
        conn.classes.clear()


def was_written(conn: sqlite3.Connection, entity: str, id: UUID) -> None:
    """A calendar or contract is another now: the book is read again, and the promises of the open tickets under it."""
    read_again(conn)
    unsettle(conn, entity, id)


def read_again(conn: sqlite3.Connection) -> None:
    """Something of what is agreed was written."""
    conn.execute("UPDATE device SET agreements = agreements + 1")
    if isinstance(conn, database.Connection):
        conn.agreements = None


def unsettle(conn: sqlite3.Connection, entity: str, id: UUID) -> None:
    """Note that the promises of the open tickets under a calendar or contract are to be derived again."""
    if isinstance(conn, database.Connection):
        conn.unsettled = True
    under = "SELECT id FROM contract WHERE id = ?1" if entity == "contract" else (
        "SELECT id FROM contract WHERE instr(versions, ?1)")
    named = id.bytes if entity == "contract" else str(id)
    conn.execute(
        "INSERT OR IGNORE INTO unsettled (pk) SELECT pk FROM ticket INDEXED BY ticket_open_contract "
        f"WHERE lane < 3 AND contract_id IN ({under})", (named,))
    conn.execute(
        "INSERT OR IGNORE INTO unsettled (pk) SELECT pk FROM ticket INDEXED BY ticket_open_contract "
        "WHERE lane < 3 AND contract_id IS NULL AND EXISTS (SELECT 1 FROM contract WHERE kind = ?2 AND slug = ?3 "
        f"AND id IN ({under}))", (named, ContractKind.STANDARD.value, DEFAULT))
