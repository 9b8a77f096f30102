"""Real consoles and a real ``serve`` with a bad line between them: cut, stalled, trickling, replayed."""

import gzip
import json
import re
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from secrets import token_hex
from typing import Any
from uuid import UUID

import httpx
import pytest

from supportdesk.desk import tickets
from supportdesk.server.exchange import Exchange
from supportdesk.store.types import uuid7
from supportdesk.sync import rounds, transport, wire
from supportdesk.sync.transport import ExchangeFailed
from tests.journal import desks
from tests.server.running import serving
from tests.sync import stand
from tests.sync.conftest import LOGINS
from tests.sync.proxy import Fate, Proxy
from tests.sync.work import call, settled


@dataclass
class Far:
    """Sites whose way to a real server leads through the proxy."""

    folder: Path
    data: Path
    proxy: Proxy
    exchange: Exchange
    prepared: dict[str, Path]
    clock: desks.Clock = field(default_factory=desks.Clock)
    sites: list[stand.Site] = field(default_factory=list)

    def site(self, name: str) -> stand.Site:
        """A desk of its own, never seen at this server."""
        ((_name, path),) = stand.copies(self.prepared, self.folder, name)
        with closing(sqlite3.connect(path)) as conn:
            device = uuid7().bytes
            conn.execute("UPDATE device SET id = ?", (device,))
            conn.execute("UPDATE entry SET device = ?", (device,))
            conn.commit()
        made = stand.Site(path, LOGINS[name], None, self.clock)
        self.sites.append(made)
        self.enrol(made)
        return made

    def enrol(self, site: stand.Site) -> None:
        first = not self.exchange.devices()
        site.client.enroll(self.proxy.url, self.exchange.make_code(agents=[site.login], admin=first))

    def equal(self) -> None:
        settled(*self.sites)
        documents = stand.documents(self.data)
        for site in self.sites:
            assert stand.as_documents(site.path) == documents
            status = site.client.status()
            assert status is not None
            assert (status.waiting, status.refused, status.failure) == (0, 0, None)

    def notes(self, site: stand.Site, ticket: UUID) -> list[str]:
        return [text for (text,) in site.desk.reader.execute(
            "SELECT text FROM note WHERE ticket_id = ? ORDER BY pk", (ticket.bytes,))]

    def kept(self) -> list[tuple[Any, ...]]:
        """What the server holds of entries, in order."""
        return _asked(self.data / "exchange.db", "SELECT seq, id, device, n, result FROM entry ORDER BY seq, n")

    @contextmanager
    def spoiled(self, fate: Fate) -> Iterator[None]:
        for site in self.sites:
            site.client.close()  # what follows goes over a connection of its own
        self.proxy.fate = lambda _number: fate
        yield
        self.proxy.fate = lambda _number: Fate()


def _asked(path: Path, sql: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(path)) as conn:
        return conn.execute(sql).fetchall()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, int, Exchange]]:
    """One real server for all, its port, and its folder opened beside it."""
    data = tmp_path_factory.mktemp("far") / "server"
    with serving(data) as server:
        exchange = Exchange.open(data)
        yield data, httpx.URL(server.url).port or 0, exchange
        exchange.close()


@pytest.fixture
def far(prepared: dict[str, Path], tmp_path: Path, served: tuple[Path, int, Exchange]) -> Iterator[Far]:
    data, port, exchange = served
    made = Far(tmp_path, data, Proxy(port), exchange, prepared)
    try:
        yield made
    finally:
        for site in made.sites:
            site.close()
        made.proxy.close()


def _body(request: bytes) -> dict[str, Any]:
    head, _, body = request.partition(b"\r\n\r\n")
    packed = re.search(rb"^content-encoding: gzip", head, re.IGNORECASE | re.MULTILINE)
    told: dict[str, Any] = json.loads(gzip.decompress(body) if packed else body)
    return told


def _status(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1])


def test_s03_the_answer_to_a_push_that_was_lost_doubles_nothing(far: Far) -> None:
    geneva, lausanne = far.site("geneva"), far.site("lausanne")
    ticket = call(geneva)
    tickets.note(geneva.desk, ticket, "restarted")
    before = far.kept()
    with far.spoiled(Fate(cut_down=0)), pytest.raises(ExchangeFailed) as failed:
        geneva.exchange()
    assert failed.value.code == "unreachable"
    taken = far.kept()
    assert len(taken) > len(before) + 1, "the server had committed before its answer was lost"
    assert geneva.exchange().pushed > 0
    assert far.kept() == taken, "resent, it was known"
    far.equal()
    assert far.notes(lausanne, ticket) == ["restarted"]


def test_s05_a_batch_delivered_ten_times_between_later_ones_counts_once(far: Far) -> None:
    geneva = far.site("geneva")
    ticket = call(geneva)
    for number in range(3):
        tickets.note(geneva.desk, ticket, f"note {number}")
        geneva.exchange()
        before = (far.kept(), stand.documents(far.data))
        pushes = far.proxy.requests(wire.PUSH)
        assert len(pushes) == number + 1
        for each in pushes * 10:
            assert _status(far.proxy.send(each)) in (200, 409)
        assert _status(far.proxy.send(pushes[-1])) == 200
        assert (far.kept(), stand.documents(far.data)) == before
    far.equal()
    assert far.notes(geneva, ticket) == ["note 0", "note 1", "note 2"]


def test_s06_entries_that_arrive_before_earlier_ones_are_not_taken_and_all_follow_in_order(far: Far) -> None:
    geneva = far.site("geneva")
    ticket = call(geneva)
    geneva.exchange()
    taken = far.kept()
    tickets.note(geneva.desk, ticket, "first")
    with far.spoiled(Fate(cut_up=100)), pytest.raises(ExchangeFailed):
        geneva.exchange()
    ((last,),) = _asked(geneva.path, "SELECT max(pk) FROM entry")
    with closing(sqlite3.connect(geneva.path)) as conn:  # as if the first had been answered for
        conn.execute("UPDATE sync_state SET answered = ?", (last,))
        conn.commit()
    tickets.note(geneva.desk, ticket, "second")
    looks: list[int] = []
    far.proxy.passing = lambda way, _bytes: looks.append(len(far.kept())) if way == "down" else None
    assert geneva.exchange().pushed == 2
    assert looks[0] == len(taken), "what came too early left nothing behind"
    ahead, again = far.proxy.requests(wire.PUSH)[-2:]
    assert _body(ahead)["first_n"] > _body(again)["first_n"]
    far.equal()
    assert far.notes(geneva, ticket) == ["first", "second"]
    device = far.kept()[-1][2]
    numbers = [n for _seq, _id, whose, n, _result in far.kept() if whose == device]
    assert numbers == sorted(numbers)


def test_s39_a_captured_push_is_worth_nothing_to_another_device_nor_after_its_secret_has_gone(far: Far) -> None:
    geneva, lausanne = far.site("geneva"), far.site("lausanne")
    settled(geneva, lausanne)
    call(geneva)
    geneva.exchange()
    (captured,) = [each for each in far.proxy.requests(wire.PUSH) if b"take_call" in json.dumps(_body(each)).encode()]
    before = (far.kept(), stand.documents(far.data))
    mine, theirs = (_asked(site.path, "SELECT secret FROM sync_state")[0][0].encode() for site in (geneva, lausanne))
    assert mine in captured
    assert _status(far.proxy.send(captured.replace(mine, theirs))) == 409
    geneva.client.leave()
    far.enrol(geneva)
    assert _status(far.proxy.send(captured)) == 401
    assert (far.kept(), stand.documents(far.data)) == before
    far.equal()


def _checked_against_the_server(far: Far, site: stand.Site) -> int:
    """The console's cursor; every row the server had placed up to it is here."""
    ((cursor,),) = _asked(site.path, "SELECT coalesce(max(seq), 0) FROM sync_cursor")
    server = {id for (id,) in _asked(far.data / "exchange.db",
                                     f"SELECT id FROM membership WHERE seq <= {cursor} AND NOT gone")}
    images = {bytes(id).hex() for (id,) in _asked(site.path, "SELECT id FROM image WHERE rev > 0")}
    assert {id.replace("-", "") for id in server} <= images
    return int(cursor)


def _cut_everywhere(far: Far, calls: int, rows: int, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(rounds, "ROWS", rows)
    geneva, lausanne = far.site("geneva"), far.site("lausanne")
    lausanne.exchange()
    for number in range(calls):
        tickets.note(geneva.desk, call(geneva, f"{number} {token_hex(60)}"), f"{number}")
    geneva.exchange()
    far.proxy.connections.clear()
    cursors, cut = [_checked_against_the_server(far, lausanne)], 0
    while True:
        cut += 4096
        with far.spoiled(Fate(cut_down=cut)):
            try:
                lausanne.exchange()
            except ExchangeFailed as failed:
                cut_off = failed.code
            else:
                break
        assert cut_off == "unreachable"
        cursors.append(_checked_against_the_server(far, lausanne))
    asked = [_body(each)["cursors"]["own"] for each in far.proxy.requests(wire.PULL)]
    assert asked == sorted(asked), "it goes on where it was and never begins anew"
    assert cursors == sorted(cursors)
    assert len(set(cursors)) > 1
    far.equal()
    return len(cursors)


def test_s31_a_pull_cut_every_4_kilobytes_goes_on_by_page(far: Far, monkeypatch: pytest.MonkeyPatch) -> None:
    assert _cut_everywhere(far, 30, 10, monkeypatch) > 2


@pytest.mark.long
def test_s31_a_pull_of_5_megabytes_cut_every_4_kilobytes(far: Far, monkeypatch: pytest.MonkeyPatch) -> None:
    assert _cut_everywhere(far, 4000, 100, monkeypatch) > 10


def test_s32_a_line_that_stands_still_half_open_is_given_up_and_the_desk_works_meanwhile(
    far: Far, monkeypatch: pytest.MonkeyPatch
) -> None:
    geneva = far.site("geneva")
    call(geneva)
    monkeypatch.setattr(transport, "PATIENCE", httpx.Timeout(1.0))
    told: list[ExchangeFailed] = []

    def exchange() -> None:
        try:
            geneva.exchange()
        except ExchangeFailed as failed:
            told.append(failed)

    with far.spoiled(Fate(stall=20)):
        exchanging = threading.Thread(target=exchange, daemon=True)
        exchanging.start()
        assert far.proxy.stalled.wait(stand.PATIENCE)
        ticket = call(geneva, "while the line stands still")
        tickets.note(geneva.desk, ticket, "saved")
        exchanging.join(stand.PATIENCE)
    assert [failed.code for failed in told] == ["unreachable"]
    assert "Everything is kept here" in str(told[0])
    status = geneva.client.status()
    assert status is not None
    assert (status.failure, status.waiting > 0) == ("unreachable", True)
    far.equal()


def test_s32_an_answer_that_trickles_for_ever_is_given_up_too(far: Far, monkeypatch: pytest.MonkeyPatch) -> None:
    geneva = far.site("geneva")
    call(geneva)
    monkeypatch.setattr(transport, "WHOLE", 0.5)
    with far.spoiled(Fate(piece=1, delay=0.02)), pytest.raises(ExchangeFailed) as failed:
        geneva.exchange()
    assert failed.value.code == "unreachable"
    monkeypatch.undo()
    far.equal()


def test_over_a_slow_and_narrow_line_everything_arrives(far: Far) -> None:
    geneva, lausanne = far.site("geneva"), far.site("lausanne")
    call(geneva)
    with far.spoiled(Fate(piece=400, delay=0.002)):
        settled(geneva, lausanne)
    far.equal()
