"""What is unusual and happens: many orders, wrong clocks, a bad entry among good ones, full disks, copies cut short."""

import random
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy

from supportdesk.desk import people, tickets
from supportdesk.rules.numbers import make_number, valid
from supportdesk.server.exchange import Exchange
from supportdesk.store.journal import Journal
from supportdesk.store.views.conflicts import conflicts as open_conflicts
from supportdesk.sync.transport import ExchangeFailed
from supportdesk.terms.errors import DeskError
from tests.journal import desks
from tests.server.hand import Hand, fixed
from tests.sync import stand
from tests.sync.conftest import LOGINS, Opened
from tests.sync.work import call, equal, settled

# S04


def _power_lost(db: Path, folder: Path, calls: int, stride: int) -> None:
    """The log of a console is cut at a byte: whatever was reported saved by then is there."""
    journal = Journal(db)
    journal.conn.execute("PRAGMA wal_autocheckpoint = 0")
    wal, saved = Path(f"{db}-wal"), []
    for number in range(calls):
        ticket = desks.ticket(journal, f"call {number}")
        saved.append((wal.stat().st_size, ticket.bytes))
    whole, image = wal.read_bytes(), db.read_bytes()
    journal.close()
    cut = folder / "cut.db"
    for end in (*range(0, len(whole), stride), *(size for size, _ticket in saved)):
        cut.write_bytes(image)
        Path(f"{cut}-wal").write_bytes(whole[:end])
        with closing(sqlite3.connect(cut)) as conn:
            assert conn.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            there = {id for (id,) in conn.execute("SELECT id FROM ticket")}
            told = {id for (id,) in conn.execute("SELECT entity_id FROM entry WHERE entity = 'ticket'")}
        assert {ticket for size, ticket in saved if size <= end} <= there == told
        Path(f"{cut}-shm").unlink(missing_ok=True)
    assert len({size for size, _ticket in saved}) == calls


@pytest.fixture
def small(tmp_path: Path) -> Path:
    return desks.make(tmp_path / "small.db")


def test_s04_after_a_loss_of_power_what_was_reported_saved_is_there(small: Path, tmp_path: Path) -> None:
    _power_lost(small, tmp_path, 3, 20_011)


@pytest.mark.long
def test_s04_a_log_cut_at_every_hundredth_byte(small: Path, tmp_path: Path) -> None:
    _power_lost(small, tmp_path, 5, 97)


# S07


def _acts(site: stand.Site, chance: random.Random, many: int) -> list[str]:
    """Random work without the network; returns every text it typed."""
    typed = []
    for number in range(many):
        text = f"{site.login} {site.path.stem} {number}."
        found = site.desk.reader.execute("SELECT id FROM ticket ORDER BY id").fetchall()
        ticket = UUID(bytes=chance.choice(found)[0])
        match chance.randrange(5):
            case 0:
                call(site, text)
            case 1 | 2:
                tickets.note(site.desk, ticket, text)
            case 3:
                tickets.edit(site.desk, ticket, {"wish": text, "tags": (site.login, f"t{number % 5}")})
            case _:
                people.save_caller(site.desk, {"name": text})
        typed.append(text)
    return typed


def _in_many_orders(prepared: dict[str, Path], folder: Path, many: int, orders: int) -> None:
    names, chance, clock = list(LOGINS), random.Random(4711), desks.Clock()
    before = folder / "before"
    before.mkdir()
    server = stand.Server(before / "server")
    sites = [stand.Site(path, LOGINS[name], server, clock) for name, path in stand.copies(prepared, before, *names)]
    for site in sites:
        stand.enrol(server, site)
    for _ticket in range(3):
        call(sites[0], "first")
    settled(*sites)
    typed = {site.path.name: _acts(site, chance, many) for site in sites}
    for site in sites:
        site.close()
    server.close()
    for number in range(orders):
        here = folder / f"order-{number}"
        shutil.copytree(before, here)
        server = stand.Server(here / "server")
        again = [stand.Site(here / site.path.name, site.login, server, clock) for site in sites]
        for _turn in range(2 * len(again)):
            chance.choice(again).exchange()
        settled(*again)
        equal(server, *again)
        for site in again:
            found = stand.texts(site.path) + stand.overwritten(site.path)
            assert [text for text in typed[site.path.name] if not any(text in each for each in found)] == []
            site.close()
        server.close()
        shutil.rmtree(here)


def test_s07_consoles_that_worked_offline_end_equal_in_whatever_order_they_exchange(
    prepared: dict[str, Path], tmp_path: Path
) -> None:
    _in_many_orders(prepared, tmp_path, 6, 2)


@pytest.mark.long
def test_s07_a_thousand_acts_each_in_20_orders(prepared: dict[str, Path], tmp_path: Path) -> None:
    _in_many_orders(prepared, tmp_path, 1000, 20)


# S13


def test_s13_no_two_tickets_of_200_consoles_share_a_number(tmp_path: Path) -> None:
    exchange = Exchange.open(tmp_path / "server")
    prefixes = [
        Hand(exchange, f"agent{number}", fixed(f"console {number}")).enroll(
            exchange.make_code(admin=not number)).told["prefix"]
        for number in range(200)
    ]
    exchange.close()
    numbers = {make_number(prefix, counter) for prefix in prefixes for counter in range(1, 51)}
    assert len(numbers) == 10_000
    assert all(valid(number) for number in numbers)


# S19


def test_s19_wrong_clocks_change_neither_the_order_nor_anybody_elses_clock(server: stand.Server,
                                                                          sites: Opened) -> None:
    geneva, lausanne, zurich = sites("geneva", "lausanne", "zurich")
    ticket = call(geneva)
    settled(geneva, lausanne, zurich)
    start = geneva.clock.now
    clocks = {geneva: desks.Clock(start - timedelta(hours=3)), lausanne: desks.Clock(start + timedelta(days=1825)),
              zurich: _Jumping(start)}
    for site, clock in clocks.items():
        site.client.clock = clock
        site.client.close()
        site.desk.close()
        site.desk = desks.console(site.path, site.login, clock)
    for number in range(2):
        for site in (lausanne, geneva, zurich):
            tickets.edit(site.desk, ticket, {"wish": f"{site.login} {number}"})
            tickets.note(site.desk, ticket, f"{site.login} {number}")
            for each in (site, *clocks):
                each.exchange()
    settled(*clocks)
    equal(server, *clocks)
    for site in clocks:
        row = site.desk.reader.execute("SELECT wish FROM ticket").fetchone()
        assert row == ("cleo 1",), "the last to arrive stands, whatever its clock says"
        assert site.desk.reader.execute("SELECT count(*) FROM conflict").fetchone() == (0,)
        assert site.desk.reader.execute("SELECT count(*) FROM note").fetchone() == (6,)
    assert abs(clocks[geneva].now - (start - timedelta(hours=3))) < timedelta(hours=1)


class _Jumping(desks.Clock):
    """Goes back and forth by days while it is read."""

    def __call__(self) -> datetime:
        self.days = -getattr(self, "days", 3)
        return super().__call__() + timedelta(days=self.days)


# S22


def test_s22_one_bad_entry_among_300_stops_none_of_the_others(sites: Opened) -> None:
    geneva, lausanne = sites("geneva", "lausanne")
    ticket = call(geneva)
    geneva.exchange()
    for number in range(300):
        tickets.note(geneva.desk, ticket, f"note {number}")
    with closing(sqlite3.connect(geneva.path)) as conn:
        conn.execute("""UPDATE entry SET fields = replace(fields, '"note 150"', '{"no": "text"}')
                        WHERE fields LIKE '%"note 150"%'""")
        conn.commit()
    done = geneva.exchange()
    assert (done.pushed, done.refused) == (299, 1)
    status = geneva.client.status()
    assert status is not None
    assert (status.waiting, [(refusal.verb, bool(refusal.reason)) for refusal in status.refusals]) == (
        0, [("note", True)])
    lausanne.exchange()
    there = {text for (text,) in lausanne.desk.reader.execute("SELECT text FROM note")}
    assert there == {f"note {number}" for number in range(300)} - {"note 150"}


# S35


def _steps(conn: sqlite3.Connection, work: Callable[[], object]) -> int:
    """What ``work`` costs SQLite, in hundreds of its instructions."""
    count = 0

    def step() -> None:
        nonlocal count
        count += 1

    conn.set_progress_handler(step, 100)
    work()
    conn.set_progress_handler(None, 0)
    return count


def test_s35_pending_against_foreign_entries_cost_in_proportion(server: stand.Server, sites: Opened) -> None:
    geneva, lausanne = sites("geneva", "lausanne")
    costs = []
    for many in (30, 60):
        ticket = call(geneva)
        settled(geneva, lausanne)
        for number in range(many):
            for site in (geneva, lausanne):
                tickets.edit(site.desk, ticket, {"wish": f"{site.login} {many} {number}"})
        geneva.exchange()
        costs.append(_steps(lausanne.client._journal.conn, lausanne.exchange))
    settled(geneva, lausanne)
    equal(server, geneva, lausanne)
    assert len(open_conflicts(geneva.desk.reader)) == 2
    assert costs[0] > 50
    assert costs[1] <= 2.3 * costs[0], costs


# S36


@contextmanager
def _full(set_pages: Callable[[str], Any]) -> Iterator[None]:
    set_pages("PRAGMA max_page_count = 1")  # SQLite raises it to the pages there are: no room for more
    yield
    set_pages("PRAGMA max_page_count = 1000000")


def test_s36_a_full_disk_at_the_console_is_said_and_nothing_is_taken_that_is_not_stored(server: stand.Server,
                                                                                       sites: Opened) -> None:
    geneva, lausanne = sites("geneva", "lausanne")
    settled(geneva, lausanne)
    tickets.note(geneva.desk, call(geneva), "x" * 50_000)
    geneva.exchange()
    before = desks.content(lausanne.path, ("ticket", "note", "image", "sync_cursor"))
    with _full(lausanne.client._journal.conn.execute), pytest.raises(DeskError, match="disk is full"):
        lausanne.exchange()
    assert desks.content(lausanne.path, ("ticket", "note", "image", "sync_cursor")) == before
    lausanne.clock.now += timedelta(seconds=20)
    settled(geneva, lausanne)
    equal(server, geneva, lausanne)


@pytest.mark.parametrize("how", ["full", "read-only"])
def test_s36_a_server_that_cannot_write_acknowledges_nothing(server: stand.Server, sites: Opened, how: str) -> None:
    geneva, lausanne = sites("geneva", "lausanne")
    settled(geneva, lausanne)
    tickets.note(geneva.desk, call(geneva), "x" * 50_000)
    before = server.documents()
    spoil, mend = {
        "full": ("PRAGMA max_page_count = 1", "PRAGMA max_page_count = 1000000"),
        "read-only": ("PRAGMA query_only = 1", "PRAGMA query_only = 0"),
    }[how]
    sql = [spoil]

    @sqlalchemy.event.listens_for(server.exchange.engine, "checkout")
    def spoilt(conn: sqlite3.Connection, _entry: object, _proxy: object) -> None:
        conn.execute(sql[0])

    with pytest.raises(ExchangeFailed) as failed:
        geneva.exchange()
    assert failed.value.code == "busy"
    assert "Everything is kept here" in str(failed.value)
    assert server.documents() == before
    sql[0] = mend
    settled(geneva, lausanne)
    equal(server, geneva, lausanne)
