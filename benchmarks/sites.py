"""Desks that exchange, for measuring: filled by the desk's own verbs, joined by a real ``supportdesk serve``."""

import shutil
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from random import Random
from uuid import UUID

from tests.journal import desks
from tests.server.running import Serving, new_code, serving

from benchmarks.fill import Words
from supportdesk.desk.calls import Call, take_call
from supportdesk.desk.desk import Desk
from supportdesk.desk.setup import init
from supportdesk.store import database
from supportdesk.store.adopt import starter_id
from supportdesk.store.clock import utc_now
from supportdesk.store.journal import Who
from supportdesk.sync.client import Client
from supportdesk.terms.verbs import VERBS

CALLS_PER_CALLER = 10
FIRST, SECOND = "ana", "ben"


def opened(path: Path, login: str) -> Desk:
    return desks.console(path, login, utc_now)


def take_calls(desk: Desk, count: int, seed: int) -> None:
    """``count`` calls, a ticket and a contact each; every tenth caller is new, the others call again."""
    rng = Random(seed)
    words = Words(rng)
    known: tuple[UUID, str] | None = None
    for n in range(count):
        ticket = {"title": words.some(rng.randint(4, 9)), "description": words.some(rng.randint(12, 45)),
                  "impact": rng.randint(1, 4), "urgency": rng.randint(1, 4)}
        newcomer = None
        if n % CALLS_PER_CALLER == 0:
            newcomer = {"name": words.some(2).title(), "mail": f"{words.some(1)}{n}@example.org"}
        elif known is not None:
            ticket |= {"caller_id": known[0], "caller_name": known[1]}
        done = take_call(desk, Call(ticket=ticket, new_caller=newcomer))
        if newcomer is not None:
            found = desk.reader.execute("SELECT caller_id, caller_name FROM ticket WHERE id = ?", (done.id.bytes,))
            raw, name = found.fetchone()
            known = UUID(bytes=raw), name


def new_desk(path: Path, login: str) -> Path:
    init(path, login=login, zone="Europe/Zurich", region="CH", lang="en")
    return path


def filled(folder: Path, tickets: int) -> Path:
    """A desk of :data:`FIRST` that took so many calls alone, made if it is not there."""
    path = folder / f"calls-{database.VERSION}-{tickets}.db"
    if not path.exists():
        making = folder / f"{path.stem}.making.db"
        for left in folder.glob(f"{making.name}*"):
            left.unlink()
        new_desk(making, FIRST)
        desk = opened(making, FIRST)
        desk.journal.conn.execute("PRAGMA synchronous = OFF")
        take_calls(desk, tickets, 1)
        desk.close()
        database.checkpoint(making)
        making.rename(path)
    return path


def copied(path: Path, target: Path) -> Path:
    """A copy of a desk nobody writes to, or of a server's folder."""
    database_file = path / "exchange.db" if path.is_dir() else path
    with closing(sqlite3.connect(database_file)) as conn:
        conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    if path.is_dir():
        shutil.copytree(path, target)
    else:
        shutil.copyfile(path, target)
        target.chmod(0o600)
    return target


@contextmanager
def server(folder: Path, *arguments: str) -> Iterator[Serving]:
    with serving(folder, *arguments) as running:
        yield running


def joined(path: Path, running: Serving, folder: Path, login: str) -> Client:
    """A desk enrolled at a running server: the first by its first code, others by one made for their agent."""
    client = Client(path)
    client.enroll(running.url, running.code if login == FIRST else new_code(folder, "--agent", login))
    return client


def edit(path: Path, login: str, tickets: Sequence[bytes], field: str, value: object) -> None:
    """One edit of each ticket, an action each, written without waiting for the disk."""
    desk = opened(path, login)
    desk.journal.conn.execute("PRAGMA synchronous = OFF")
    who = Who(starter_id("agent", login), login, frozenset(VERBS))
    for n, id in enumerate(tickets):
        with desk.journal.action("edit_ticket", who) as act:
            act.set("ticket", UUID(bytes=id), {field: f"{value} {n}"})
    desk.close()


def tickets_of(path: Path) -> list[bytes]:
    with closing(sqlite3.connect(path)) as conn:
        return [id for (id,) in conn.execute("SELECT id FROM ticket ORDER BY pk")]
