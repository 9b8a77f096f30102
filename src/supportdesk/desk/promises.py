"""The promises of tickets, derived when they are read: facts of the journal against what is agreed."""

import sqlite3
from collections.abc import Mapping, Sequence
from uuid import UUID

from supportdesk.rules.promises import Promise, promises
from supportdesk.store.views.agreements import book
from supportdesk.store.views.facts import cases
from supportdesk.store.views.queue import one_moment


def promises_of(conn: sqlite3.Connection, ids: Sequence[UUID], now: int) -> Mapping[UUID, tuple[Promise, ...]]:
    """How the promises of these tickets stand at ``now`` (microseconds UTC), whatever their number with a fixed number
    of statements. A ticket that is not there is left out."""
    with one_moment(conn):
        agreed = book(conn)
        return {id: promises(case, agreed, now) for id, case in cases(conn, ids, now).items()}
