"""The exchange's tables, the same on SQLite and PostgreSQL, and how its transactions begin on each.

Shared rows are documents in JSON text: a new field of the trade needs no migration here (DESIGN.md 5). Ids are
UUID text of 36 signs, instants ISO 8601 text with Z, 64-bit sums signed integers (SQL has no unsigned ones).
What is changed here is a step in server/migrations as well, and :data:`VERSION` counts it; new columns have a
default at the server, so that a process of the version before goes on beside it.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Engine,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    create_engine,
    event,
    false,
    text,
)
from sqlalchemy.pool import ConnectionPoolEntry

from supportdesk.sync import wire

VERSION = 3
"""Of these tables; kept in ``alembic_version`` of the database (none there: version 1)."""

OWN = wire.OWN
"""The scope of the desk's own sites: it holds every row. The others are made when a console is first granted them:
``team:<id>`` for a team of another company, ``own:<days>`` for the desk's own of which old tickets leave."""

TEAM = "team:"
WINDOW = wire.WINDOW

WHOLE = "whole"
"""The view of a scope that may see every field."""

FEW = text("entity IN ('agent', 'role', 'conflict')")
"""Documents that are looked up by their entity: few among many. SQLite uses the index only where this stands too."""

OFFERED = {  # handoffs nobody has answered yet: few among many
    "sqlite": text("""instr(doc, '"state":"offered"') > 0 AND entity = 'handoff'"""),
    "postgresql": text("""strpos(doc, '"state":"offered"') > 0 AND entity = 'handoff'"""),
}

metadata = MetaData()
_ID = String(36)

head = Table(
    "head", metadata,
    Column("stream", String(40), primary_key=True),
    Column("server", _ID, nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("chain", String(16), nullable=False),
    Column("key", String(64), nullable=False, server_default=""),  # signs the heads that consoles are told
    Column("backup_seq", BigInteger),
    Column("backup_at", String(32)),
    Column("takes_all", Boolean, nullable=False, server_default=false()),  # consoles of any epoch: restore --recover
    Column("erasures", Integer, nullable=False, server_default="0"),  # how many persons were erased
)
epoch = Table(  # the epochs this server's state has come through; a console of any other belongs to another server
    "epoch", metadata,
    Column("epoch", Integer, primary_key=True, autoincrement=False),
    Column("seq", BigInteger, nullable=False),  # of the head when it began
    Column("began_at", String(32)),  # null: not known
)
mark = Table(  # every head that consoles were told: one that is not here was told by another server, or a lost one
    "mark", metadata,
    Column("chain", String(16), primary_key=True),
    Column("seq", BigInteger, nullable=False),
)
device = Table(
    "device", metadata,
    Column("id", _ID, primary_key=True),
    Column("name", Text, nullable=False),
    Column("secret", String(64), nullable=False),
    Column("prefix", Integer, nullable=False, unique=True),
    Column("last_n", BigInteger, nullable=False),
    Column("enrolled_n", BigInteger, nullable=False),
    Column("lease", String(32), nullable=False),
    Column("lease_prev", String(32)),
    Column("last_seen", String(32)),
    Column("schema", Integer, nullable=False),
    Column("shared_host", Boolean, nullable=False),
    Column("revoked_at", String(32)),
    Column("epoch", Integer),  # in which the lease was given; null: before epochs were counted
    Column("shared_seq", BigInteger),  # up to which this server's order is the one the device knew before that epoch
    Column("proved_seq", BigInteger),  # up to which it has shown that this server had more then
    Column("wipe", Boolean, nullable=False, server_default=false()),
    Column("origin", _ID),  # the first of the devices that are copies of one file; itself there, too
    Column("duty", Boolean, nullable=False, server_default=false()),  # the server's own: it runs the duties
    Column("erased", Integer, nullable=False, server_default="0"),  # the last erasure it has carried out
)
quarantine = Table(  # what a revoked device still sent, until an admin decides
    "quarantine", metadata,
    Column("device", _ID, primary_key=True),
    Column("n", BigInteger, primary_key=True, autoincrement=False),
    Column("id", _ID, nullable=False),
    Column("body", Text, nullable=False),
    Column("received_at", String(32), nullable=False),
)
device_agent = Table(
    "device_agent", metadata,
    Column("device", _ID, primary_key=True),
    Column("agent", _ID, primary_key=True),
    Column("login", Text, nullable=False),
    Column("admin", Boolean, nullable=False),
)
code = Table(
    "code", metadata,
    Column("digest", String(64), primary_key=True),
    Column("agents", Text, nullable=False),
    Column("shared_host", Boolean, nullable=False),
    Column("admin", Boolean, nullable=False),
    Column("made_at", String(32), nullable=False),
    Column("used_at", String(32)),
)
entry = Table(
    "entry", metadata,
    Column("id", _ID, primary_key=True),
    Column("device", _ID, nullable=False),
    Column("n", BigInteger, nullable=False),
    Column("action", _ID, nullable=False),
    Column("verb", String(40), nullable=False),
    Column("agent", _ID),
    Column("entity", String(40), nullable=False),
    Column("entity_id", _ID, nullable=False),
    Column("seq", BigInteger),
    Column("result", String(10), nullable=False),
    Column("reason", Text),
    Column("digest", String(32), nullable=False),
    Column("body", Text, nullable=False),
    Column("received_at", String(32), nullable=False),
    UniqueConstraint("device", "n"),
    Index("entry_seq", "seq"),
    Index("entry_waits", "device", sqlite_where=text("result = 'later'"), postgresql_where=text("result = 'later'")),
)
doc = Table(
    "doc", metadata,
    Column("id", _ID, primary_key=True),
    Column("entity", String(40), nullable=False),
    Column("rev", BigInteger, nullable=False),
    Column("frev", Text, nullable=False),
    Column("doc", Text, nullable=False),
    Index("doc_few", "entity", sqlite_where=FEW, postgresql_where=FEW),
    Index("doc_offered", "id", sqlite_where=OFFERED["sqlite"], postgresql_where=OFFERED["postgresql"]),
)
membership = Table(
    "membership", metadata,
    Column("id", _ID, primary_key=True),
    Column("scope", String(80), primary_key=True),
    Column("entity", String(40), nullable=False),
    Column("view", String(40), nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("gone", Boolean, nullable=False),
    Index("membership_seq", "scope", "seq"),
    sqlite_with_rowid=False,
)
scope_sum = Table(
    "scope_sum", metadata,
    Column("scope", String(80), primary_key=True),
    Column("sum", BigInteger, nullable=False),
    Column("count", BigInteger, nullable=False),
)
duty_lease = Table(  # which process runs the duties, and until when if it does not come back
    "duty_lease", metadata,
    Column("name", String(40), primary_key=True),
    Column("holder", _ID, nullable=False),
    Column("fence", BigInteger, nullable=False),  # counts the holders: what an earlier one still wants is refused
    Column("until", String(32), nullable=False),
)
duty = Table(  # when each duty ran last, and when it is due next
    "duty", metadata,
    Column("name", String(40), primary_key=True),
    Column("due_at", String(32)),  # of its last run
    Column("ran_at", String(32)),
    Column("late_ms", BigInteger),  # how long after it was due
    Column("next_at", String(32)),  # null: nothing waits
    Column("failed", String(40)),  # what went wrong last; null after a run that ended well
)
erasure = Table(  # persons who were erased: ids and digests (rules/erasure.Order)
    "erasure", metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("id", _ID, nullable=False),  # of the entry that ordered it
    Column("doc", Text, nullable=False),
    Column("cleaned", Boolean, nullable=False),  # no byte is left in the files of the database
)
erased = Table(  # their records, tickets and calls: what is still said of them is scrubbed on entry
    "erased", metadata,
    Column("id", _ID, primary_key=True),
    Column("entity", String(40), nullable=False),
)
device_scope = Table(  # what a console may see, granted by an admin
    "device_scope", metadata,
    Column("device", _ID, primary_key=True),
    Column("scope", String(80), primary_key=True),
)
code_scope = Table(  # what the console that a code lets in is granted
    "code_scope", metadata,
    Column("digest", String(64), primary_key=True),
    Column("scope", String(80), primary_key=True),
)
window = Table(  # the desk's own, but tickets that are closed and did not change since a place of the order
    "window", metadata,
    Column("scope", String(80), primary_key=True),
    Column("days", Integer, nullable=False),
    Column("cutoff", BigInteger, nullable=False),
)
naming = Table(  # which rows name which: filled from the first team's scope on
    "naming", metadata,
    Column("target", _ID, primary_key=True),
    Column("id", String(80), primary_key=True),  # a row's, or a scope's
    Column("entity", String(40), nullable=False),
    Column("kind", String(40), nullable=False),  # of the target
    Index("naming_id", "id"),
)
scope_entry = Table(  # the entries a team's scope is shown, by the place at which it is
    "scope_entry", metadata,
    Column("scope", String(80), primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("place", BigInteger, nullable=False),
    Index("scope_entry_place", "scope", "place"),
)


def signed(number: int) -> int:
    """A sum within 64 bits as SQL holds it."""
    return number - (1 << 64) if number >> 63 else number


CONNECT_WITHIN = 10
"""Seconds in which a database answers who knocks."""
LIMITS = {"lock_timeout": "20s", "statement_timeout": "60s", "idle_in_transaction_session_timeout": "60s"}
"""PostgreSQL ends what waits or works longer: no call of a console hangs because of another's."""


def engine_for(url: str) -> Engine:
    """An engine whose transactions begin as the exchange needs them; PostgreSQL connections are proved when taken."""
    if not url.startswith("sqlite"):
        shared = create_engine(url, paramstyle="format", pool_pre_ping=True, pool_size=8, max_overflow=8,
                               connect_args={"connect_timeout": CONNECT_WITHIN})

        @event.listens_for(shared, "connect")
        def limited(conn: Any, _entry: ConnectionPoolEntry) -> None:
            conn.autocommit = True  # what is set within a transaction goes with it
            for name, value in LIMITS.items():
                conn.execute(f"SET {name} = '{value}'")
            conn.autocommit = False

        return shared
    engine = create_engine(url, connect_args={"timeout": 30, "check_same_thread": False})

    @event.listens_for(engine, "connect")
    def durable(conn: sqlite3.Connection, _entry: ConnectionPoolEntry) -> None:
        conn.isolation_level = None
        conn.execute("PRAGMA journal_mode = WAL")
        conn.execute("PRAGMA synchronous = FULL")
        conn.execute("PRAGMA journal_size_limit = 67108864")
        conn.execute("PRAGMA wal_autocheckpoint = 8192")  # pages: at every third large push it took half of its commit
        conn.execute("PRAGMA cache_size = -16384")  # kB: ids are spread over all of an index

    @event.listens_for(engine, "begin")
    def begin(conn: Connection) -> None:
        writes = conn.get_execution_options().get("writes", False)
        conn.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A transaction that writes: alone from its first statement on SQLite, by row locks on PostgreSQL."""
    with engine.connect().execution_options(writes=True) as conn, conn.begin():
        yield conn


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """One moment of the database: what is read here fits together."""
    conn = engine.connect()
    if engine.dialect.name != "sqlite":
        conn = conn.execution_options(isolation_level="REPEATABLE READ")
    with conn, conn.begin():
        yield conn
