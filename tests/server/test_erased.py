"""A person is erased at a server on PostgreSQL, and at one that runs in a process of its own."""

import threading
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import sqlalchemy

from supportdesk.desk import erasing, setup, tickets
from supportdesk.server import putting_back, tables
from supportdesk.server.exchange import Exchange
from supportdesk.server.place import Place
from supportdesk.store.clock import utc_now
from tests.journal import desks
from tests.server.running import new_code, run, serving
from tests.sync import person, stand
from tests.sync.person import NAME


def _site(path: Path, login: str, server: Any) -> stand.Site:
    clock = desks.Clock()
    setup.init(path, login=login, zone="Europe/Zurich", region="CH", lang="fr", now=desks.NOW)
    return stand.Site(path, login, server, clock)


def _files(url: str) -> Path:
    """PostgreSQL's tables and indexes on the disk, without its log."""
    host = sqlalchemy.make_url(url).query["host"]
    assert isinstance(host, str)
    return Path(host) / "data" / "base"


def test_s25_no_byte_of_the_person_is_left_in_the_files_of_postgresql(
        postgresql: str, new_database: Callable[[], str], tmp_path: Path) -> None:
    url = new_database()
    exchange = Exchange.open(url, tmp_path / "server")
    server = SimpleNamespace(exchange=exchange, mounted=stand.Mounted(exchange))
    geneva = _site(tmp_path / "geneva.db", "ana", server)
    geneva.client.enroll(stand.URL, exchange.make_code(admin=True))
    his = person.known(geneva.desk, tmp_path)
    geneva.exchange()
    exchange.backup(tmp_path / "backup")
    admin = sqlalchemy.create_engine(postgresql, isolation_level="AUTOCOMMIT")
    with admin.connect() as conn:
        conn.execute(sqlalchemy.text("CHECKPOINT"))
        with exchange.engine.begin() as own:
            own.execute(sqlalchemy.text("ANALYZE doc, entry"))  # the planner keeps values, too
        assert len({mark for marks in person.found(_files(postgresql), his).values() for mark in marks}) >= 50
        erasing.erase(geneva.desk, his.id)
        geneva.exchange()
        conn.execute(sqlalchemy.text("CHECKPOINT"))
    assert person.found(_files(postgresql), his) == {}
    assert [line.cleaned for line in exchange.erasures()] == [True]
    exchange.close()

    putting_back.restore(Place(str(tmp_path / "server"), url), tmp_path / "backup", utc_now())
    (tmp_path / "backup").unlink()
    with admin.connect() as conn:
        conn.execute(sqlalchemy.text("CHECKPOINT"))
    admin.dispose()
    assert person.found(_files(postgresql), his) == {}
    assert person.found(tmp_path, his) == {}
    server.mounted.end()
    geneva.close()


def test_s26_a_push_that_was_under_way_while_somebody_was_erased_is_taken_anew_without_him(
        new_database: Callable[[], str], tmp_path: Path) -> None:
    url = new_database()
    exchange = Exchange.open(url, tmp_path / "server")
    server = SimpleNamespace(exchange=exchange, mounted=stand.Mounted(exchange))
    other = SimpleNamespace(exchange=exchange, mounted=stand.Mounted(exchange))
    geneva, lausanne = _site(tmp_path / "geneva.db", "ana", server), _site(tmp_path / "lausanne.db", "ben", other)
    geneva.client.enroll(stand.URL, exchange.make_code(admin=True))
    lausanne.client.enroll(stand.URL, exchange.make_code(agents=["ben"]))
    his = person.known(geneva.desk, tmp_path)
    for site in (geneva, lausanne, geneva):
        site.exchange()
    tickets.note(lausanne.desk, his.other, f"{NAME} called again")
    erasing.erase(geneva.desk, his.id)
    with exchange.engine.connect() as conn, conn.begin():
        conn.execute(sqlalchemy.select(tables.head).with_for_update())  # both stand before the head of the order
        both = [threading.Thread(target=site.exchange) for site in (geneva, lausanne)]
        for each in both:
            each.start()
        waiting = sqlalchemy.text("SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype IN "
                                  "('transactionid', 'tuple')")
        while conn.execute(waiting).scalar_one() < 2:
            pass
    for each in both:
        each.join(stand.PATIENCE)
    for site in (geneva, lausanne, geneva):
        site.exchange()
    assert [file for file in person.found(tmp_path, his) if file.startswith(("geneva", "lausanne"))] == []
    assert stand.as_documents(geneva.path) == stand.as_documents(lausanne.path)
    with exchange.engine.connect() as conn:
        assert not any("called again" in body and "uark" in body for (body,) in conn.execute(
            sqlalchemy.select(tables.entry.c.body)))
    for site in (geneva, lausanne):
        site.close()
    server.mounted.end()
    other.mounted.end()
    exchange.close()


def test_s25_a_server_in_a_process_of_its_own_erases_and_says_on_how_many_consoles(tmp_path: Path) -> None:
    folder = tmp_path / "server"
    with serving(folder) as running:
        geneva = _site(tmp_path / "geneva.db", "ana", None)
        lausanne = _site(tmp_path / "lausanne.db", "ben", None)
        geneva.client.enroll(running.url, running.code)
        lausanne.client.enroll(running.url, new_code(folder, "--agent", "ben"))
        his = person.known(geneva.desk, tmp_path)
        for site in (geneva, lausanne, geneva):
            site.exchange()
        erasing.erase(geneva.desk, his.id)
        geneva.exchange()
        said = run("server", "erasures", "--data", str(folder))
        assert "erased on 1 of 2; console" in said.stdout
        assert "not seen for 0 days" in said.stdout
        lausanne.exchange()
        assert "1, on every console" in run("server", "status", "--data", str(folder)).stdout
        assert running.end() == 0
    said_by_it = "".join(running.narration).lower()
    assert not any(word in said_by_it for word in (*person.WORDS, *his.marks))
    for site in (geneva, lausanne):
        site.close()
    assert person.found(tmp_path, his) == {}
