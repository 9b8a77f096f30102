"""What tests of the exchange do again and again: take a call, settle, compare, put an older server back."""

import shutil
import sqlite3
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from supportdesk.desk import calls
from supportdesk.desk.calls import Call
from supportdesk.desk.promises import promises_of
from supportdesk.store import database
from supportdesk.store.replay import replay
from supportdesk.store.types import micros
from tests.journal import desks, proof
from tests.sync import stand


def call(site: stand.Site, text: str = "le vpn coupe") -> UUID:
    """A ticket taken in a call of somebody new."""
    return calls.take_call(site.desk, Call(
        ticket={"description": text, "impact": 3, "urgency": 2}, new_caller={"name": f"caller {text}"})).id


def settled(*sites: stand.Site) -> None:
    """Everybody has what everybody did."""
    for site in (*sites, *sites):
        site.exchange()


def equal(server: stand.Server, *sites: stand.Site) -> None:
    """All hold the documents of the server, and the same rows."""
    documents = server.documents()
    for site in sites:
        assert stand.as_documents(site.path) == documents
    later = micros(max(site.clock.now for site in sites) + timedelta(days=1))
    first, promised = stand.shared(sites[0].path), promises(sites[0], later)
    for site in sites[1:]:
        assert stand.shared(site.path) == first
        assert promises(site, later) == promised


def promises(site: stand.Site, now: int) -> Mapping[UUID, Any]:
    """The promises of all tickets as this console derives them at ``now`` (microseconds UTC)."""
    with closing(database.connect(site.path, reading=True)) as conn:
        ids = [UUID(bytes=raw) for (raw,) in conn.execute("SELECT id FROM ticket")]
        return promises_of(conn, ids, now)


def proof_of_replay(folder: Path, *sites: stand.Site) -> None:
    """Images and entries still give the rows."""
    for number, site in enumerate(sites):
        target = folder / f"again-{number}.db"
        target.unlink(missing_ok=True)
        database.create(target, sync=False)
        with closing(database.connect(site.path, reading=True)) as source, closing(database.connect(target)) as conn:
            conn.execute("BEGIN IMMEDIATE")
            replay(source, conn)
            conn.execute("COMMIT")
            assert proof.rows(conn) == proof.rows(source)


def words(site: stand.Site) -> list[str]:
    """What callers said and notes tell, in the file."""
    with closing(sqlite3.connect(site.path)) as conn:
        return sorted(text for (text,) in conn.execute(
            "SELECT description FROM ticket UNION ALL SELECT text FROM note") if text)


def device(site: stand.Site) -> str:
    with closing(sqlite3.connect(site.path)) as conn:
        return str(UUID(bytes=conn.execute("SELECT id FROM device").fetchone()[0]))


def asked(site: stand.Site, sql: str) -> Any:
    """The first column of the first row."""
    with closing(sqlite3.connect(site.path, timeout=10)) as conn:
        found = conn.execute(sql).fetchone()
        return found and found[0]


def reach(url: str, *sites: stand.Site) -> None:
    """The sites look for their server at this address."""
    for site in sites:
        with closing(sqlite3.connect(site.path)) as conn, conn:
            conn.execute("UPDATE sync_state SET url = ?", (url,))


def forget_hold(path: Path) -> None:
    """Who was killed in an exchange would hold it for ten seconds more."""
    with closing(sqlite3.connect(path)) as conn, conn:
        assert conn.execute("PRAGMA quick_check").fetchone() == ("ok",)
        conn.execute("UPDATE sync_state SET held_until = 0")


def until(holds: Callable[[], Any]) -> None:
    """Wait for what another thread or process does; it is looked for often, and for long where the machine is busy."""
    deadline = time.monotonic() + stand.PATIENCE
    while not holds():
        assert time.monotonic() < deadline, "it has not come"
        time.sleep(0.005)


def copied(path: Path, target: Path) -> Path:
    """The same file, desk or server, as somebody copied it."""
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(target)) as copy:
        source.backup(copy)
        copy.execute("PRAGMA journal_mode = WAL")
    return target


def alone(prepared: dict[str, Path], folder: Path) -> stand.Site:
    """Geneva, which reaches its server by an address."""
    ((_name, path),) = stand.copies(prepared, folder, "geneva")
    return stand.Site(path, "ana", None, desks.Clock())


def kept(server: stand.Server, folder: Path) -> Path:
    """The server's file as a copy of yesterday has it."""
    return copied(server.folder / "exchange.db", folder / "yesterday.db")


def put_back(server: stand.Server, copy: Path, *sites: stand.Site) -> None:
    """Somebody puts yesterday's file back by hand, starts the server, and the sites find it again."""
    server.put_back(copy)
    for site in sites:
        site.line.inner = server.mounted


def as_killed(site: stand.Site, target: Path) -> Path:
    """The desk's file and its log as they would stand on the disk had its program been killed just now."""
    for part in ("", "-wal"):
        shutil.copy(f"{site.path}{part}", f"{target}{part}")
    return target
