"""A lost laptop: shut out, wiped, and what it had typed kept for an admin."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from supportdesk.desk import tickets
from supportdesk.store import attachments, drafts
from supportdesk.sync import wire
from supportdesk.sync.transport import ExchangeFailed
from supportdesk.terms.errors import NotFound
from tests.sync import stand
from tests.sync.conftest import Opened
from tests.sync.work import call, device


def _refused(site: stand.Site) -> str:
    with pytest.raises(ExchangeFailed) as refused:
        site.exchange()
    return refused.value.code


def _left(path: Path) -> list[str]:
    return sorted(part.name for part in path.parent.iterdir() if part.name.strip(".").startswith(path.name))


def test_s23_a_revoked_laptop_wipes_file_journals_search_index_and_side_files_with_its_next_call(
        server: stand.Server, sites: Opened) -> None:
    geneva, lausanne = sites("geneva", "lausanne")
    call(lausanne, "le vpn de la banque coupe")
    lausanne.exchange()
    drafts.drafts_file(lausanne.path).write_text("a draft")
    folder = attachments.files_folder(lausanne.path)
    (folder / "ab").mkdir(parents=True)
    (folder / "ab" / "cdef").write_text("a screenshot")
    lausanne.path.with_name(f"{lausanne.path.name}.v3-20260101T000000Z.sdbackup").write_text("an older copy")
    neighbour = lausanne.path.with_name("lausanne-of-somebody-else.db")
    neighbour.write_text("not ours")
    server.exchange.revoke(device(lausanne), wipe=True)
    assert _refused(lausanne) == "wiped"
    lausanne.desk.close()
    assert _left(lausanne.path) == []
    assert neighbour.read_text() == "not ours"
    geneva.exchange()


def test_s23_a_plain_refusal_deletes_nothing_and_neither_does_an_order_of_somebody_else(
        server: stand.Server, sites: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    (geneva,) = sites("geneva")
    call(geneva, "kept")
    geneva.exchange()
    server.exchange.revoke(device(geneva))
    assert _refused(geneva) == "revoked"
    assert stand.shared(geneva.path)["ticket"]
    server.exchange.revoke(device(geneva), wipe=True)
    forged = wire.wipe_order("another console's secret", server.exchange.status()["server"])
    monkeypatch.setattr("supportdesk.server.enrolling._order", lambda _conn, _row, _bearer: {"wipe": forged})
    assert _refused(geneva) == "revoked"
    assert stand.shared(geneva.path)["ticket"]


def test_s23_a_wipe_that_was_cut_goes_on_with_the_next_call(server: stand.Server, sites: Opened,
                                                           monkeypatch: pytest.MonkeyPatch) -> None:
    (geneva,) = sites("geneva")
    geneva.exchange()
    drafts.drafts_file(geneva.path).write_text("a draft")
    server.exchange.revoke(device(geneva), wipe=True)

    class Killed(BaseException):
        pass

    def killed(_part: Path) -> None:
        raise Killed

    monkeypatch.setattr("supportdesk.store.wiping._delete", killed)
    with pytest.raises(Killed):
        geneva.exchange()
    monkeypatch.undo()
    geneva.clock.now += stand.LONGER_THAN_A_HOLD
    assert _refused(geneva) == "wiped"
    geneva.desk.close()
    assert _left(geneva.path) == []


def test_s24_what_a_revoked_laptop_had_typed_is_in_quarantine_and_an_admin_takes_it_one_by_one(
        server: stand.Server, sites: Opened) -> None:
    geneva, lausanne = sites("geneva", "lausanne")
    shared = call(geneva, "before")
    for site in (geneva, lausanne):
        site.exchange()
    for number in range(40):
        tickets.note(lausanne.desk, shared, f"offline {number}")
    tickets.edit(lausanne.desk, shared, {"title": "spoiled"})
    server.exchange.revoke(device(lausanne), wipe=True)
    before = server.documents()
    assert _refused(lausanne) == "wiped"
    lausanne.desk.close()
    assert not lausanne.path.exists()
    assert server.documents() == before, "nothing takes effect by itself"
    kept = server.exchange.in_quarantine()
    assert [line.verb for line in kept] == ["note"] * 40 + ["edit_ticket"]
    assert {line.author for line in kept} == {"ben"}
    for line in kept[:3]:
        assert {result["r"] for result in server.exchange.accept(line.id)} == {"ok"}
    assert server.exchange.drop(kept[-1].id) == 1
    with pytest.raises(NotFound):
        server.exchange.accept(kept[-1].id)
    assert len(server.exchange.in_quarantine()) == 37
    geneva.exchange()
    with closing(sqlite3.connect(geneva.path)) as conn:
        assert [text for (text,) in conn.execute("SELECT text FROM note ORDER BY pk")] == [
            "offline 0", "offline 1", "offline 2"]
        assert conn.execute("SELECT title FROM ticket WHERE title = 'spoiled'").fetchall() == []


def test_s24_a_console_that_is_let_in_again_sends_everything_and_what_was_accepted_comes_once(
        server: stand.Server, sites: Opened) -> None:
    geneva, lausanne = sites("geneva", "lausanne")
    shared = call(geneva, "before")
    for site in (geneva, lausanne):
        site.exchange()
    for number in range(3):
        tickets.note(lausanne.desk, shared, f"offline {number}")
    server.exchange.revoke(device(lausanne))
    assert _refused(lausanne) == "revoked"
    assert _refused(lausanne) == "revoked"
    kept = server.exchange.in_quarantine()
    assert len(kept) == 3, "sent twice, kept once"
    server.exchange.accept(kept[1].id)
    lausanne.client.enroll(stand.URL, server.exchange.make_code(agents=["ben"]))
    assert not lausanne.exchange().copied
    geneva.exchange()
    with closing(sqlite3.connect(geneva.path)) as conn:
        assert sorted(text for (text,) in conn.execute("SELECT text FROM note")) == [
            "offline 0", "offline 1", "offline 2"]


def test_s24_a_forged_entry_gains_nothing_by_being_accepted(server: stand.Server, sites: Opened) -> None:
    geneva, lausanne = sites("geneva", "lausanne")
    for site in (geneva, lausanne):
        site.exchange()
    tickets.note(lausanne.desk, call(lausanne, "mine"), "text")
    with closing(sqlite3.connect(lausanne.path)) as conn, conn:
        conn.execute("UPDATE entry SET verb = 'administer' WHERE pk = (SELECT max(pk) FROM entry)")
    server.exchange.revoke(device(lausanne))
    assert _refused(lausanne) == "revoked"
    results = [result for line in server.exchange.in_quarantine() for result in server.exchange.accept(line.id)]
    assert "rejected" in {result["r"] for result in results}
