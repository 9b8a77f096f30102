"""Without a server nothing changes for anybody, and every command says how it stands."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from supportdesk.desk import calls
from supportdesk.desk.calls import Call
from supportdesk.store import outgoing
from supportdesk.sync.client import Client
from supportdesk.sync.transport import server_url
from supportdesk.terms.errors import DeskError, Invalid, NotReady
from tests.journal import desks


def test_entries_of_a_desk_that_works_alone_stay_its_own(prepared: dict[str, Path], tmp_path: Path) -> None:
    db = desks.copy(prepared["geneva"], tmp_path / "desk.db")
    desk = desks.console(db)
    calls.take_call(desk, Call(ticket={"description": "le vpn coupe"}))
    with closing(sqlite3.connect(db)) as conn:
        assert conn.execute("SELECT DISTINCT state, seq FROM entry").fetchall() == [("local", None)]
        for table in ("sync_state", "sync_cursor", "refused", "conflict"):
            assert conn.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)
    desk.close()


@pytest.mark.parametrize("say", [Client.exchange, Client.pause, Client.resume, Client.leave], ids=lambda s: s.__name__)
def test_what_needs_a_server_says_that_there_is_none_and_the_cure(prepared: dict[str, Path], tmp_path: Path,
                                                                 say: object) -> None:
    client = Client(desks.copy(prepared["geneva"], tmp_path / "desk.db"))
    with pytest.raises(NotReady, match=r"works alone.*sync enroll URL --code CODE") as refused:
        say(client)  # type: ignore[operator]
    assert refused.value.code == "alone"
    assert client.status() is None
    client.close()


@pytest.mark.parametrize(("typed", "url"), [
    ("desk.example.org", "https://desk.example.org"), ("https://desk.example.org:8440/", "https://desk.example.org:8440"),
    (" http://127.0.0.1:8440 ", "http://127.0.0.1:8440"), ("http://[::1]:1", "http://[::1]:1"),
    ("http://localhost:8440/desk", "http://localhost:8440/desk"),
])
def test_an_address_is_https_unless_it_is_this_machine(typed: str, url: str) -> None:
    assert server_url(typed) == url


@pytest.mark.parametrize("typed", [
    "", "http://desk.example.org", "ftp://127.0.0.1", "https://", "http://127.0.0.1.example.org", "https://a:b",
    "https://user:word@desk.example.org", "https://desk.example.org/?x=1", "http://[::1",
    "\u0661\u0662", "https://" + "a" * 64 + ".example.org",
])
def test_another_address_is_refused(typed: str) -> None:
    with pytest.raises(Invalid):
        server_url(typed)


def test_a_batch_holds_whole_actions_in_order(prepared: dict[str, Path], tmp_path: Path) -> None:
    db = desks.copy(prepared["geneva"], tmp_path / "desk.db")
    desk = desks.console(db)
    for number in range(12):
        calls.take_call(desk, Call(ticket={"description": f"call {number}"}, new_caller={"name": "Perret"}))
    whole = desk.reader.execute("SELECT id FROM entry ORDER BY pk").fetchall()
    for most, most_bytes in ((10, 1 << 20), (1, 1 << 20), (1000, 3_000), (1000, 1 << 20)):
        place, sent, next_n = 0, [], 1
        while (batch := outgoing.next_batch(desk.reader, place, most, most_bytes)) is not None:
            assert batch.first_n == next_n
            found = [json.loads(text) for text in batch.entries]
            assert [e["n"] for e in found] == list(range(next_n, next_n + len(found)))
            actions = [e["action"] for e in found]
            assert len(found) <= most or len(set(actions)) == 1
            assert sum(map(len, batch.entries)) <= most_bytes or len(set(actions)) == 1
            sent += found
            place, next_n = batch.last, next_n + len(found)
            following = outgoing.next_batch(desk.reader, place, 1, 1)
            assert following is None or json.loads(following.entries[0])["action"] != actions[-1]
        assert [e["id"].replace("-", "") for e in sent] == [id.hex() for (id,) in whole]
    desk.close()


def test_a_demo_is_not_enrolled(tmp_path: Path) -> None:
    from supportdesk.store import database

    database.create(tmp_path / "demo.db", kind="demo")
    with pytest.raises(DeskError, match="demo is not exchanged"):
        Client(tmp_path / "demo.db").enroll("https://desk.example.org", "K7MQ-4T9X-2B")
