"""What is asked after every change and seldom there: how the exchange stands, which major incidents run. A desk that
works alone, or on which none runs, loads nothing for it."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from supportdesk.store.views.major import Major
    from supportdesk.store.views.sync import ExchangeLine


def standing(conn: sqlite3.Connection, login: str) -> ExchangeLine | None:
    """As :func:`supportdesk.store.views.sync.exchange_line`."""
    if conn.execute("SELECT 1 FROM sync_state WHERE secret != ''").fetchone() is None:
        return None
    from supportdesk.store.views.sync import exchange_line

    return exchange_line(conn, login)


def majors_now(conn: sqlite3.Connection) -> tuple[Major, ...]:
    """As :func:`supportdesk.store.views.major.running`."""
    if conn.execute("SELECT 1 FROM major_incident WHERE ended_at IS NULL AND retired_at IS NULL LIMIT 1"
                    ).fetchone() is None:
        return ()
    from supportdesk.store.views.major import running

    return running(conn)
