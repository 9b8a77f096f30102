"""What a file knows of the server it is enrolled with: one row, and who holds the exchange now."""

import sqlite3
from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Enrolment:
    """Instants in microseconds UTC. ``answered`` is the place in the journal up to which the server has answered for
    all own entries; ``failure`` the code of what went wrong last, None after an exchange that ended well, and
    ``failing_us`` since when none has."""

    url: str
    server: str
    secret: str
    epoch: int
    lease: str
    chain: str | None
    answered: int
    checked: int
    paused: int  # 0 or 1
    enrolled_us: int
    exchanged_us: int | None
    tried_us: int | None
    failure: str | None
    failing_us: int | None


def enrolment(conn: sqlite3.Connection) -> Enrolment | None:
    """The server this file exchanges with; None when it works alone."""
    row = _row(conn)
    return None if row is None or not row.secret else row


def former(conn: sqlite3.Connection) -> Enrolment | None:
    """The same, a server it has left included: its rows come from there."""
    return _row(conn)


def _row(conn: sqlite3.Connection) -> Enrolment | None:
    found = conn.execute(
        "SELECT url, server, secret, epoch, lease, chain, answered, checked, paused, enrolled_at, exchanged_at, "
        "tried_at, failure, failing_since FROM sync_state"
    ).fetchone()
    return None if found is None else Enrolment(*found)


def enrol(conn: sqlite3.Connection, url: str, server: str, secret: str, epoch: int, lease: str, prefix: int,
          now_us: int) -> None:
    """Keep what the server gave, and number tickets with its prefix from now on; numbers given before stay. A desk
    that comes back keeps the epoch it knew: should the server have another by now, the next exchange finds it."""
    conn.execute(
        "INSERT INTO sync_state (pk, url, server, secret, epoch, lease, answered, checked, paused, enrolled_at, "
        "held_until) VALUES (1, ?, ?, ?, ?, ?, 0, 0, 0, ?, 0) ON CONFLICT (pk) DO UPDATE SET url = excluded.url, "
        "secret = excluded.secret, lease = excluded.lease, paused = 0, failure = NULL, failing_since = NULL",
        (url, server, secret, epoch, lease, now_us),
    )
    conn.execute("UPDATE device SET number_prefix = ?", (prefix,))


def leave(conn: sqlite3.Connection) -> None:
    """Forget the secret; everything that came stays, and the lease, which shows who it is that comes back."""
    conn.execute("UPDATE sync_state SET secret = '', failure = NULL, failing_since = NULL, holder = NULL, "
                 "held_until = 0")


def pause(conn: sqlite3.Connection, paused: bool) -> None:
    conn.execute("UPDATE sync_state SET paused = ?", (paused,))


def note_lease(conn: sqlite3.Connection, lease: str, answered: int) -> None:
    """After a push: the next lease, and how far the server has answered."""
    conn.execute("UPDATE sync_state SET lease = ?, answered = ?", (lease, answered))


def renew_lease(conn: sqlite3.Connection, lease: str) -> None:
    conn.execute("UPDATE sync_state SET lease = ?", (lease,))


def note_place(conn: sqlite3.Connection, answered: int) -> None:
    conn.execute("UPDATE sync_state SET answered = ?", (answered,))


def note_chain(conn: sqlite3.Connection, chain: str | None) -> None:
    conn.execute("UPDATE sync_state SET chain = ?", (chain,))


def note_end(conn: sqlite3.Connection, now_us: int, checked: int) -> None:
    """An exchange ended well. What lies behind in the journal and needs no answer is not looked at again."""
    conn.execute(
        "UPDATE sync_state SET exchanged_at = ?, tried_at = ?, failure = NULL, failing_since = NULL, checked = ?, "
        "answered = CASE WHEN EXISTS (SELECT 1 FROM entry WHERE pk > answered AND device = (SELECT id FROM device) "
        "AND state IN ('local', 'pending')) THEN answered ELSE (SELECT coalesce(max(pk), 0) FROM entry) END",
        (now_us, now_us, checked),
    )


def note_failure(conn: sqlite3.Connection, code: str, now_us: int) -> None:
    conn.execute(
        "UPDATE sync_state SET tried_at = ?1, failure = ?2, failing_since = coalesce(failing_since, ?1)", (now_us, code)
    )


def hold(conn: sqlite3.Connection, holder: UUID, now_us: int, for_us: int) -> bool:
    """Take or renew the exchange of this file; False while somebody else has it."""
    return conn.execute(
        "UPDATE sync_state SET holder = ?, held_until = ? WHERE holder IS NULL OR holder = ? OR held_until < ?",
        (holder.bytes, now_us + for_us, holder.bytes, now_us),
    ).rowcount == 1


def free(conn: sqlite3.Connection) -> None:
    """Nobody exchanges any more."""
    conn.execute("UPDATE sync_state SET holder = NULL, held_until = 0")


def let_go(conn: sqlite3.Connection, holder: UUID) -> None:
    conn.execute("UPDATE sync_state SET holder = NULL, held_until = 0 WHERE holder = ?", (holder.bytes,))


def introduced(conn: sqlite3.Connection) -> list[tuple[UUID, str]]:
    """The agents of this file (id, login): those made here, and those who have worked here."""
    return [
        (UUID(bytes=id), login) for id, login in conn.execute(
            "SELECT id, login FROM agent WHERE login IS NOT NULL AND retired_at IS NULL AND (rev = 0 OR id IN "
            "(SELECT DISTINCT agent FROM entry WHERE device = (SELECT id FROM device))) ORDER BY pk"
        )
    ]
