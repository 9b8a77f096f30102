"""PostgreSQL under several server processes and under consoles that push at once; killed, in deadlock, in the middle of
a push; and the same entries whatever the machine hashes like."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy

from supportdesk.server.exchange import Exchange
from supportdesk.server.shapes import Device
from tests.server.hand import Hand, first_admin, fixed
from tests.server.running import PATIENCE, Console, client, console, serving

# S29


@contextmanager
def _open_transaction(url: str) -> Iterator[None]:
    """Somebody else's write transaction in the same PostgreSQL, open all the while."""
    with psycopg.connect(url.replace("postgresql+psycopg", "postgresql", 1)) as beside:
        beside.execute("CREATE TABLE of_somebody_else (x int)")
        beside.commit()
        beside.execute("INSERT INTO of_somebody_else VALUES (1)")
        yield
        assert beside.execute("SELECT count(*) FROM of_somebody_else").fetchone() == (1,)


def _pushing(ana: Console, pushes: int, wrong: list[BaseException], told: list[str]) -> None:
    try:
        for number in range(pushes):
            names = [f"{ana.device} {number} {each}" for each in range(5)]
            assert {result["r"] for result in ana.push(*names)["results"]} == {"ok"}
            told += names
    except BaseException as error:  # noqa: BLE001 (shown by the assertion at the end)
        wrong.append(error)


def _following(reader: Console, told: threading.Event, wrong: list[BaseException], found: list[str],
               seqs: list[int]) -> None:
    """Reads on from where it was, as a console does; what it passes over is never seen again."""
    try:
        since, last = 0, False
        while True:
            page = reader.pull(since, limit=50)
            found += [row["doc"]["name"] for row in page["rows"] if row["entity"] == "organisation"]
            seqs += [entry["seq"] for entry in page["entries"]]
            since = page["scopes"]["own"]["seq"]
            if last and not page["scopes"]["own"]["more"]:
                return
            last = told.wait(0.01)
    except BaseException as error:  # noqa: BLE001
        wrong.append(error)


def _many_push(data: Path, url: str, workers: int, consoles: int, pushes: int, open_for: float) -> None:
    wrong: list[BaseException] = []
    told: list[str] = []
    found: list[list[str]] = [[], []]
    seqs: list[list[int]] = [[], []]
    with ExitStack() as all_:
        server = all_.enter_context(serving(data, "--database", url, "--workers", str(workers)))
        _until_ready(server.url)
        exchange = Exchange.open(url)
        all_.callback(exchange.close)
        codes = [server.code] + [exchange.make_code() for _each in range(consoles + 1)]
        made = [all_.enter_context(console(server.url, code, f"agent{number}")) for number, code in enumerate(codes)]
        admin, *made = made
        for each in made:
            assert _introduced(admin, each)
        begun = time.monotonic()
        with _open_transaction(url):
            pushing = [threading.Thread(target=_pushing, args=(each, pushes, wrong, told)) for each in made[:-1]]
            done = threading.Event()
            following = [
                threading.Thread(target=_following, args=(each, done, wrong, *into))
                for each, *into in zip((admin, made[-1]), found, seqs, strict=True)
            ]
            for thread in (*pushing, *following):
                thread.start()
            for thread in pushing:
                thread.join(PATIENCE)
            time.sleep(max(0.0, open_for - (time.monotonic() - begun)))
            done.set()
            for thread in following:
                thread.join(PATIENCE)
        assert wrong == []
        for names, numbers in zip(found, seqs, strict=True):
            assert sorted(names) == sorted(told), "0 lost, 0 doubled"
            assert numbers == list(range(1, len(numbers) + 1))
        assert len(told) == consoles * pushes * 5


def _introduced(admin: Console, other: Console) -> bool:
    """An admin makes the other's agent known, so that he may work."""
    entry = admin.entry(admin.next_n, "x") | {
        "verb": "administer", "entity": "agent", "entity_id": other.agent,
        "fields": {"login": [None, f"agent {other.agent}"], "roles": [None, ["agent"]]},
    }  # fmt: skip
    ask = admin.ask() | {"entries": [entry]}
    answer = admin.http.post("/v1/push", json=ask, headers=admin.bearer).json()
    admin.lease, admin.next_n = answer["lease"], admin.next_n + 1
    return [result["r"] for result in answer["results"]] == ["ok"]


def _until_ready(url: str) -> None:
    end = time.monotonic() + PATIENCE
    with client(url) as http:
        while http.get("/readyz").status_code != 200:
            assert time.monotonic() < end
            time.sleep(0.05)


def test_s29_processes_on_one_postgresql_lose_and_double_nothing(tmp_path: Path,
                                                                new_database: Callable[[], str]) -> None:
    _many_push(tmp_path / "server", new_database(), workers=2, consoles=4, pushes=5, open_for=0)


@pytest.mark.long
def test_s29_four_processes_sixteen_consoles_and_a_minute_of_a_transaction(tmp_path: Path,
                                                                          new_database: Callable[[], str]) -> None:
    _many_push(tmp_path / "server", new_database(), workers=4, consoles=16, pushes=60, open_for=60)


# S30


def _at_statement(exchange: Exchange, k: int, do: Callable[[sqlalchemy.Connection], str | None]) -> Callable[[], bool]:
    """``do`` before the k-th statement; what it returns is said instead. Call the result to end this: it tells whether
    there was one."""
    left = [k]

    @sqlalchemy.event.listens_for(exchange.engine, "before_cursor_execute", retval=True)
    def met(conn: sqlalchemy.Connection, _cursor: Any, statement: str, given: Any, _context: Any,
            _many: bool) -> tuple[str, Any]:
        left[0] -= 1
        instead = do(conn) if left[0] == 0 else None
        return (instead, ()) if instead else (statement, given)

    def end() -> bool:
        sqlalchemy.event.remove(exchange.engine, "before_cursor_execute", met)
        return left[0] <= 0

    return end


def _kill_postgresql(conn: sqlalchemy.Connection) -> None:
    """As when its machine kills it: all its processes begin anew from what was committed."""
    os.kill(conn.connection.dbapi_connection.info.backend_pid, signal.SIGKILL)  # type: ignore[union-attr]


def _answers_again(exchange: Exchange) -> None:
    end = time.monotonic() + PATIENCE
    while True:
        try:
            exchange.head()
        except sqlalchemy.exc.OperationalError:
            assert time.monotonic() < end, "PostgreSQL does not come back"
            time.sleep(0.05)
        else:
            return


def _push_of(hand: Hand, number: int) -> list[dict[str, Any]]:
    ticket = fixed(f"ticket {number}")
    return [
        hand.entry("open_ticket", "ticket", ticket, "create", {"title": [None, f"call {number}"]}),
        hand.entry("note", "note", fixed(f"note {number}"), "create",
                   {"ticket_id": [None, ticket], "text": [None, "x"]}),
    ]  # fmt: skip


def _pushed(hand: Hand, device: Device, batch: list[Any]) -> list[str]:
    """As :meth:`Hand.push`, but who pushes is known already."""
    answer = hand.exchange.push(device, hand.ask(batch))
    hand.lease = answer["lease"]
    return [result["r"] for result in answer["results"]]


def _killed_at_each(url: str, stride: int) -> int:
    exchange = Exchange.open(url)
    anna = first_admin(exchange)
    k, killed = 1, 0
    while True:
        batch = _push_of(anna, k)
        device = anna.known()
        mend = _at_statement(exchange, k, _kill_postgresql)
        try:
            _pushed(anna, device, batch)
        except sqlalchemy.exc.DBAPIError:
            killed += 1
        else:
            break
        finally:
            mend()
            _answers_again(exchange)
        assert {result["r"] for result in anna.push(*batch)} <= {"ok", "dup"}
        k += stride
    anna.pull()  # proves by order and sum that there is neither gap nor double
    assert len(anna.of("note")) == len(anna.of("ticket")) == killed + 1
    exchange.close()
    return killed


def test_s30_postgresql_killed_in_the_middle_of_a_push_takes_it_once(new_database: Callable[[], str]) -> None:
    assert _killed_at_each(new_database(), 5) >= 2


@pytest.mark.long
def test_s30_postgresql_killed_at_every_statement_of_a_push(new_database: Callable[[], str]) -> None:
    assert _killed_at_each(new_database(), 1) >= 12


@pytest.mark.parametrize("state", ["40001", "40P01"], ids=["serialisation", "deadlock"])
def test_s30_a_push_that_postgresql_breaks_off_is_tried_again_and_counts_once(new_database: Callable[[], str],
                                                                             state: str) -> None:
    exchange = Exchange.open(new_database())
    anna = first_admin(exchange)
    for k in range(1, 12, 3):
        batch = _push_of(anna, k)
        device = anna.known()
        mend = _at_statement(
            exchange, k, lambda _conn: f"DO $$BEGIN RAISE EXCEPTION USING ERRCODE = '{state}'; END$$")
        assert _pushed(anna, device, batch) == ["ok", "ok"]
        assert mend(), k
    anna.pull()
    assert len(anna.of("note")) == len(anna.of("ticket")) == 4
    exchange.close()


# S40



def test_s40_the_same_entries_give_the_same_bytes_on_both_databases_whatever_hashes_are_like(
    tmp_path: Path, new_database: Callable[[], str]
) -> None:
    servers = [str(tmp_path / "one"), str(tmp_path / "two"), new_database()]
    told = [
        subprocess.run(
            [sys.executable, "-m", "tests.server.story", server], env=os.environ | {"PYTHONHASHSEED": str(seed)},
            check=True, capture_output=True, text=True, timeout=PATIENCE, cwd=Path(__file__).parents[2],
        ).stdout
        for seed, server in enumerate(servers)
    ]  # fmt: skip
    assert told[0] == told[1] == told[2]
    assert all(each in told[0] for each in ("vpn", "conflict", "rejected"))
