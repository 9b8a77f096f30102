"""Damage behind the program's back is noticed at the next exchange and mended from the server; one exchange a file."""

import sqlite3
from contextlib import closing
from datetime import timedelta

import pytest

from supportdesk.store import enrolment
from supportdesk.store.types import micros, uuid7
from supportdesk.sync.client import Client
from supportdesk.sync.transport import ExchangeFailed
from supportdesk.terms.errors import DeskError
from tests.sync import stand
from tests.sync.conftest import Opened
from tests.sync.work import call, equal, settled

FLIPS = {
    "a word of an image": "UPDATE image SET doc = replace(doc, 'coupe', 'coupf') WHERE entity = 'ticket'",
    "a revision of an image": "UPDATE image SET rev = rev + 1 WHERE entity = 'ticket'",
    "an image that is gone": "DELETE FROM image WHERE entity = 'ticket'",
    "a word of a row": "UPDATE ticket SET description = 'le vpn coupf'",
    "a row that is gone": "DELETE FROM caller",
}


@pytest.mark.parametrize("flip", FLIPS.values(), ids=FLIPS.keys())
def test_s37_a_flipped_byte_is_noticed_and_mended(server: stand.Server, sites: Opened, flip: str) -> None:
    geneva, lausanne = sites("geneva", "lausanne")
    call(geneva)
    settled(geneva, lausanne)
    with closing(sqlite3.connect(lausanne.path)) as conn:
        assert conn.execute(flip).rowcount > 0
        conn.commit()
    call(geneva, "something new comes")
    geneva.exchange()
    assert lausanne.exchange().mended > 0
    settled(lausanne, geneva)
    equal(server, geneva, lausanne)
    assert lausanne.exchange().mended == 0


def test_one_exchange_of_a_file_at_a_time_and_one_that_died_is_followed_after_its_time(sites: Opened) -> None:
    (geneva,) = sites("geneva")
    other = uuid7()
    with geneva.client._journal.transaction() as conn:
        assert enrolment.hold(conn, other, micros(geneva.clock.now), 10_000_000)
    with pytest.raises(ExchangeFailed, match="Another console") as refused:
        geneva.exchange()
    assert refused.value.code == "taken"
    geneva.clock.now += timedelta(seconds=20)
    assert geneva.exchange().pushed > 0


def test_who_lost_the_hold_while_he_waited_writes_nothing(sites: Opened) -> None:
    (geneva,) = sites("geneva")

    def stolen(_number: int, when: str) -> bool:
        if when == "answer":
            with closing(sqlite3.connect(geneva.path)) as conn:
                conn.execute("UPDATE sync_state SET holder = x'00', held_until = 9000000000000000")
                conn.commit()
        return False

    geneva.line.fails = stolen
    with pytest.raises(ExchangeFailed, match="Another console"):
        geneva.exchange()
    with closing(sqlite3.connect(geneva.path)) as conn:
        assert {s for (s,) in conn.execute("SELECT state FROM entry")} == {"pending"}
        conn.execute("UPDATE sync_state SET holder = NULL, held_until = 0")
        conn.commit()
    geneva.line.fails = lambda _number, _when: False
    assert geneva.exchange().refused == 0
    status = geneva.client.status()
    assert status is not None
    assert status.waiting == 0


def test_no_write_lock_is_held_while_the_network_is_waited_for(sites: Opened) -> None:
    geneva, _lausanne = sites("geneva", "lausanne")
    saved: list[object] = []

    def save(_number: int, when: str) -> bool:
        if when == "request":
            saved.append(call(geneva, f"while it waits {len(saved)}"))
        return False

    geneva.line.fails = save
    geneva.exchange()
    geneva.line.fails = lambda _number, _when: False
    assert saved
    geneva.exchange()
    status = geneva.client.status()
    assert status is not None
    assert status.waiting == 0


def test_paused_nothing_is_exchanged_and_left_the_desk_works_alone(server: stand.Server, sites: Opened) -> None:
    geneva, lausanne = sites("geneva", "lausanne")
    settled(geneva, lausanne)
    geneva.client.pause()
    count = geneva.line.count
    with pytest.raises(DeskError, match="sync resume"):
        geneva.exchange()
    assert geneva.line.count == count
    geneva.client.resume()
    geneva.exchange()
    geneva.client.leave()
    assert geneva.client.status() is None
    call(geneva, "alone")
    stand.enrol(server, geneva)
    settled(geneva, lausanne)
    equal(server, geneva, lausanne)


def test_a_desk_that_belongs_to_one_server_is_not_mixed_with_another(server: stand.Server, sites: Opened,
                                                                    tmp_path_factory: pytest.TempPathFactory) -> None:
    (geneva,) = sites("geneva")
    geneva.exchange()
    geneva.client.leave()
    foreign = stand.Server(tmp_path_factory.mktemp("other") / "server")
    client = Client(geneva.path, foreign.mounted, geneva.clock)
    with pytest.raises(DeskError, match="another server"):
        client.enroll(stand.URL, foreign.exchange.make_code(admin=True))
    client.close()
    foreign.close()


@pytest.mark.parametrize(("spoil", "code"), [
    ("UPDATE sync_state SET secret = secret || 'x'", "secret"), ("UPDATE sync_state SET epoch = 99", "other_server"),
    ("UPDATE sync_state SET chain = '0123456789abcdef'", "unproven"),
])
def test_what_the_server_refuses_is_said_in_words_and_kept_for_the_status(sites: Opened, spoil: str,
                                                                         code: str) -> None:
    (geneva,) = sites("geneva")
    with closing(sqlite3.connect(geneva.path)) as conn:
        conn.execute(spoil)
        conn.commit()
    with pytest.raises(ExchangeFailed, match="admin") as refused:
        geneva.exchange()
    assert refused.value.code == code
    status = geneva.client.status()
    assert status is not None
    assert status.failure == code
    assert status.waiting == 3
