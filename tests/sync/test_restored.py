"""A server that was put back to an older state: its consoles notice, and between them nothing is lost."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from supportdesk.desk import calls, tickets
from supportdesk.server import putting_back
from supportdesk.server.exchange import Exchange
from supportdesk.server.place import Place
from supportdesk.store.clock import utc_now
from supportdesk.store.views.conflicts import conflicts as open_conflicts
from supportdesk.sync.client import Client
from supportdesk.sync.transport import ExchangeFailed
from tests.journal import desks
from tests.server.running import run, serving
from tests.sync import stand
from tests.sync.conftest import Opened
from tests.sync.dying import exchange_and_die_at
from tests.sync.work import call, equal, forget_hold, kept, put_back, reach, settled, words


def _put_back(server: stand.Server, sites: Opened, tmp_path: Path) -> tuple[stand.Site, stand.Site]:
    """Two sites that worked on, and all they did was confirmed, after the copy their server is put back from."""
    geneva, lausanne = sites("geneva", "lausanne")
    call(geneva, "before the copy")
    settled(geneva, lausanne)
    copy = kept(server, tmp_path)
    call(geneva, "geneva after the copy")
    call(lausanne, "lausanne after the copy")
    settled(geneva, lausanne)
    put_back(server, copy, geneva, lausanne)
    return geneva, lausanne


def test_s14_after_a_restore_every_entry_a_surviving_console_made_is_back_and_nothing_is_deleted(
        server: stand.Server, sites: Opened, tmp_path: Path) -> None:
    geneva, lausanne, basel = sites("geneva", "lausanne", "basel")
    first = call(geneva, "before the copy")
    settled(geneva, lausanne, basel)
    copy = kept(server, tmp_path)
    tickets.edit(lausanne.desk, first, {"title": "VPN Lausanne"})
    tickets.note(basel.desk, call(basel, "basel after the copy"), "a note of basel")
    tickets.note(geneva.desk, call(geneva, "geneva after the copy"), "a note of geneva")
    settled(geneva, lausanne, basel)
    tickets.note(lausanne.desk, first, "not sent yet")
    rows = stand.shared(geneva.path)
    put_back(server, copy, geneva, lausanne, basel)
    basel.close()  # the console at Basel is gone for good: what it did is left on the others
    done = geneva.exchange()
    assert done.brought_back > 0
    assert {id for entity in rows.values() for id in entity} <= {
        id for entity in stand.shared(geneva.path).values() for id in entity}
    settled(lausanne, geneva)
    equal(server, geneva, lausanne)
    for site in (geneva, lausanne):
        assert {"before the copy", "basel after the copy", "a note of basel", "geneva after the copy",
                "a note of geneva", "not sent yet"} <= set(words(site))
        assert site.desk.reader.execute("SELECT title FROM ticket WHERE id = ?", (first.bytes,)).fetchone() == (
            "VPN Lausanne",)
        assert open_conflicts(site.desk.reader) == []
        status = site.client.status()
        assert status is not None
        assert (status.waiting, status.refused, status.failure) == (0, 0, None)


@pytest.mark.parametrize("order", [(2, 1, 0), (1, 2, 0)])
def test_s14_the_last_word_on_a_field_is_the_last_word_again_in_whatever_order_consoles_come_back(
        server: stand.Server, sites: Opened, tmp_path: Path, order: tuple[int, ...]) -> None:
    three = sites("geneva", "lausanne", "zurich")
    ticket = call(three[0], "before the copy")
    settled(*three)
    copy = kept(server, tmp_path)
    for number, site in enumerate(three):  # each has seen what the one before wrote
        tickets.edit(site.desk, ticket, {"title": f"title {number}"})
        settled(*three)
    put_back(server, copy, *three)
    settled(*(three[at] for at in order))
    equal(server, *three)
    for site in three:
        assert site.desk.reader.execute("SELECT title FROM ticket WHERE id = ?", (ticket.bytes,)).fetchone() == (
            "title 2",)
        assert open_conflicts(site.desk.reader) == []


def test_s14_a_console_let_in_after_the_copy_comes_back_by_a_new_code_with_all_it_has(
        server: stand.Server, sites: Opened, tmp_path: Path) -> None:
    geneva, lausanne = sites("geneva", "lausanne", enrolled=False)
    stand.enrol(server, geneva)
    geneva.exchange()
    copy = kept(server, tmp_path)
    stand.enrol(server, lausanne)
    tickets.note(lausanne.desk, call(lausanne, "by the newcomer"), "a note of his")
    settled(geneva, lausanne)
    put_back(server, copy, geneva, lausanne)
    with pytest.raises(ExchangeFailed) as refused:
        lausanne.exchange()
    assert refused.value.code == "secret"
    stand.enrol(server, lausanne)
    assert lausanne.exchange().brought_back > 0
    settled(geneva, lausanne)
    equal(server, geneva, lausanne)
    assert {"by the newcomer", "a note of his"} <= set(words(geneva))
    assert open_conflicts(geneva.desk.reader) == []


def test_s15_a_restored_server_that_has_gone_on_past_its_old_head_is_still_noticed(
        server: stand.Server, sites: Opened, tmp_path: Path) -> None:
    geneva, lausanne = sites("geneva", "lausanne")
    both = call(geneva, "before the copy")
    settled(geneva, lausanne)
    copy = kept(server, tmp_path)
    tickets.edit(geneva.desk, both, {"title": "Geneva, lost with the disk"})
    call(geneva, "lost with the disk")
    geneva.exchange()
    head = server.exchange.head()
    put_back(server, copy, geneva, lausanne)
    tickets.edit(lausanne.desk, both, {"title": "Lausanne, since"})
    for number in range(5):
        call(lausanne, f"since {number}")
    lausanne.exchange()
    assert server.exchange.head() > head, "a cursor alone would not show it"
    assert geneva.exchange().brought_back > 0
    settled(geneva, lausanne)
    equal(server, geneva, lausanne)
    for site in (geneva, lausanne):
        assert {"lost with the disk", "since 4"} <= set(words(site))
        (line,) = open_conflicts(site.desk.reader)  # the one change two people made without knowing of each other
        assert {line.kept, line.offered} == {"Geneva, lost with the disk", "Lausanne, since"}


@pytest.mark.parametrize("lost", ["request", "answer"])
def test_s14_a_recovery_that_is_cut_anywhere_goes_on_with_the_next_exchange(
        server: stand.Server, sites: Opened, tmp_path: Path, lost: str) -> None:
    geneva, lausanne = _put_back(server, sites, tmp_path)
    number = 0
    while True:
        number += 1
        geneva.line.count = 0
        geneva.line.fails = lambda count, when, at=number: count == at and when == lost  # type: ignore[misc]
        try:
            geneva.exchange()
        except ExchangeFailed:
            continue
        break
    geneva.line.fails = lambda _count, _when: False
    assert number > 4
    lausanne.exchange()
    geneva.exchange()
    equal(server, geneva, lausanne)
    assert {"geneva after the copy", "lausanne after the copy"} <= set(words(geneva))
    assert len(server.exchange.devices()) == 2, "nobody was taken for a copy"


def test_s14_a_recovery_killed_at_any_statement_goes_on_with_the_next_exchange(
        server: stand.Server, sites: Opened, tmp_path: Path) -> None:
    geneva, lausanne = _put_back(server, sites, tmp_path)
    geneva.close()
    at = 5
    with stand.listening(server.exchange) as url:
        reach(url, geneva)
        while not exchange_and_die_at(geneva.path, at):
            forget_hold(geneva.path)
            at += 11
    assert at > 50
    lausanne.exchange()
    geneva.client.exchange()
    equal(server, geneva, lausanne)
    assert {"geneva after the copy", "lausanne after the copy"} <= set(words(geneva))
    assert len(server.exchange.devices()) == 2, "nobody was taken for a copy"


def test_s14_s23_the_real_commands_say_what_was_brought_back_and_that_a_desk_was_deleted(
        prepared: dict[str, Path], tmp_path: Path) -> None:
    data, backup, desk = tmp_path / "server", tmp_path / "backup.sdserver", tmp_path / "geneva.db"
    shutil.copy2(prepared["geneva"], desk)
    with serving(data) as running:
        client = Client(desk)
        client.enroll(running.url, running.code)
        client.exchange()
        beside = Exchange.open(data)
        beside.backup(backup)
        beside.close()
        console = desks.console(desk)
        calls.open_ticket(console, {"title": "after the backup"})
        console.close()
        client.exchange()
        client.close()
        port = running.url.rpartition(":")[2]
        assert running.end() == 0
    putting_back.restore(Place(str(data)), backup, utc_now())
    with serving(data, port=int(port)) as running:
        done = run("--db", str(desk), "sync", "now")
        assert done.returncode == 0, done.stderr
        assert "1 change it was missing was brought back from here" in done.stderr
        beside = Exchange.open(data)
        beside.revoke(beside.devices()[0].id, wipe=True)
        done = run("--db", str(desk), "sync", "now")
        assert done.returncode == 1
        assert "An admin has had this desk deleted" in done.stderr
        assert [part.name for part in tmp_path.iterdir() if part.name.startswith("geneva")] == []
        with beside.engine.connect() as conn:
            found = conn.exec_driver_sql("SELECT count(*) FROM doc WHERE doc LIKE '%after the backup%'").scalar_one()
        beside.close()
        assert found == 1
        assert running.end() == 0
        assert not [line for line in running.narration if " ERROR " in line]


def test_s16_a_console_that_met_one_server_of_a_backup_is_refused_by_the_other_with_a_clear_text(
        server: stand.Server, sites: Opened, tmp_path: Path) -> None:
    (geneva,) = sites("geneva")
    call(geneva, "before the copy")
    geneva.exchange()
    copy = kept(server, tmp_path)
    call(geneva, "after the copy")
    geneva.exchange()
    one, other = (stand.Server(tmp_path / name, copy) for name in ("one", "other"))
    geneva.line.inner = one.mounted
    assert geneva.exchange().brought_back > 0
    call(geneva, "at the one")
    geneva.exchange()
    geneva.line.inner = other.mounted
    rows = stand.shared(geneva.path)
    with pytest.raises(ExchangeFailed, match="another server") as refused:
        geneva.exchange()
    assert refused.value.code == "other_server"
    assert stand.shared(geneva.path) == rows
    geneva.line.inner = one.mounted
    geneva.exchange()
    equal(one, geneva)
    for twin in (one, other):
        twin.close()


def test_a_console_that_makes_up_a_head_neither_begins_an_epoch_nor_brings_rows(
        server: stand.Server, sites: Opened) -> None:
    (geneva,) = sites("geneva")
    geneva.exchange()
    before = server.exchange.status()["head"]["epoch"]
    with closing(sqlite3.connect(geneva.path)) as conn, conn:
        conn.execute("UPDATE sync_state SET chain = 'ffffffffffffffff.99.ffffffffffffffffffffffff'")
    with pytest.raises(ExchangeFailed) as refused:
        geneva.exchange()
    assert refused.value.code == "unproven"
    assert server.exchange.status()["head"]["epoch"] == before
